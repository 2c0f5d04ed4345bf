package basvuru.android.model

import androidx.compose.foundation.text.input.TextFieldState
import androidx.compose.foundation.text.input.clearText
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableIntStateOf
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.mutableStateSetOf
import androidx.compose.runtime.setValue
import basvuru.core.IdentityKind
import basvuru.core.Password
import basvuru.core.Pin
import basvuru.core.Screen
import java.nio.Buffer
import java.nio.ByteBuffer
import java.nio.CharBuffer
import java.time.Instant

/**
 * What is being typed or picked on a screen, until it becomes an answer. It lives in the model, so that it outlives a
 * rotation, and nowhere else: nothing of it goes into saved state, where the system would keep it.
 */
sealed interface Entry {
    /** Lets go of what is secret. */
    fun wipe() = Unit

    data object Nothing : Entry

    class SignIn(kind: IdentityKind, number: String) : Entry {
        var kind by mutableStateOf(kind)
        val number = TextFieldState(number)
        val password = TextFieldState()
        var passwordShown by mutableStateOf(false)
        val captcha = TextFieldState()

        /** Whether the privacy notice is open. */
        var privacyOpen by mutableStateOf(false)

        /** Whether the person asked to hear the picture code. */
        var listening by mutableStateOf(false)

        override fun wipe() {
            password.clearText()
            captcha.clearText()
            passwordShown = false
        }
    }

    class Form(fields: Map<String, String>) : Entry {
        val fields = fields.mapValues { TextFieldState(it.value) }

        val values get() = fields.mapValues { it.value.text.toString() }

        /** The day whose calendar is open. */
        var picking by mutableStateOf<String?>(null)
    }

    class Code : Entry {
        val code = TextFieldState()

        /** Whether the code came out of a message by itself. */
        var found by mutableStateOf(false)

        override fun wipe() {
            code.clearText()
            found = false
        }
    }

    /** Somebody else has the word. */
    class Waiting : Entry {
        /** When it was asked again, without an answer; none: not since the screen is there. */
        var asked by mutableStateOf<Instant?>(null)
    }

    class Documents : Entry {
        val read = mutableStateSetOf<String>()
        var asText by mutableStateOf(false)
    }

    /** [helped]: the portal has been asked for its help with a PIN that is blocked. */
    class Card(helped: Boolean = false) : Entry {
        /** The reader the person picked; none: the one that suggests itself. */
        var reader by mutableStateOf<String?>(null)

        /** Whether the person went on to the PIN. */
        var typing by mutableStateOf(false)
        var certificate by mutableStateOf<String?>(null)
        var lastTryConfirmed by mutableStateOf(false)
        val pin = PinEntry()

        /** Whether the card refused a PIN because it is blocked: until it was unblocked or another card is read, none is asked for. */
        var blocked by mutableStateOf(false)

        /** Whether the PIN was unblocked just now. */
        var unblocked by mutableStateOf(false)

        /** Whether the person takes the portal's help with a PIN that is blocked. */
        var helped by mutableStateOf(helped)

        /** The code out of the text message that comes with that help, and the new PIN. */
        val code = Code()
        val help = Care(unblocks = true)

        /** Whether what is shown of the card is no longer so. */
        var stale = false

        /** Whether a press came through something lying over the screen. */
        val obscured = mutableStateOf(false)

        /** The PIN of the card can be typed again, and may be another one. */
        fun goOn(unblocked: Boolean) {
            wipe()
            blocked = false
            helped = false
            this.unblocked = unblocked
            typing = true
            stale = true
        }

        /** Lets go of PINs; a code out of a message is good while the person looks for it there. */
        fun wipePins() {
            pin.clear()
            help.wipe()
        }

        override fun wipe() {
            wipePins()
            code.wipe()
        }
    }

    /** PINs of card care: what they are for, which one is asked for, and the three of them. */
    class Care(unblocks: Boolean = false) : Entry {
        /** Whether a PUK is to unblock the PIN, and not the PIN there is to change it. */
        var unblocks by mutableStateOf(unblocks)

        /** None: the card is looked at. */
        var asked by mutableStateOf(CarePin.KNOWN.takeIf { unblocks })
        var lastTryConfirmed by mutableStateOf(false)
        val obscured = mutableStateOf(false)
        val pins = CarePin.entries.associateWith { PinEntry() }

        fun pin(which: CarePin) = pins.getValue(which)

        /** Asks for the PIN there is, or the PUK, to begin with. */
        fun begin(unblocks: Boolean) {
            this.unblocks = unblocks
            asked = CarePin.KNOWN
        }

        /** Asks for the one before. */
        fun back() {
            val now = asked ?: return
            pin(now).clear()
            asked = CarePin.entries.getOrNull(now.ordinal - 1)
        }

        /** Without the others, the one that is asked for is of no use: it begins anew. So does a consent to the last try. */
        override fun wipe() {
            pins.values.forEach(PinEntry::clear)
            if (asked != null) asked = CarePin.KNOWN
            lastTryConfirmed = false
        }
    }
}

/** What proves the right to another PIN (the PIN there is, or the PUK), the new PIN, and the new PIN once more. */
enum class CarePin { KNOWN, NEW, REPEATED }

/** The entry a screen begins with. */
fun entryOf(screen: Screen): Entry = when (screen) {
    is Screen.SignIn -> Entry.SignIn(screen.identity?.kind ?: IdentityKind.NATIONAL_ID, screen.identity?.number.orEmpty())
    is Screen.FillForm -> Entry.Form(screen.fields.filter { !it.locked }.associate { it.name to it.value })
    is Screen.ConfirmPhone -> Entry.Code()
    is Screen.AwaitInstitution -> Entry.Waiting()
    is Screen.ReviewDocuments -> Entry.Documents()
    is Screen.Sign -> Entry.Card(helped = screen.assisted?.code != null)
    else -> Entry.Nothing
}

/**
 * Digits of a PIN while they are typed: octets outside the heap, which no collector copies, overwritten as soon as they
 * were taken. Never text.
 */
class PinEntry {
    private val octets = ByteBuffer.allocateDirect(MOST)

    var length by mutableIntStateOf(0)
        private set

    fun add(octet: Byte) {
        if (length < MOST) octets.put(length++, octet)
    }

    fun removeLast() {
        if (length > 0) octets.put(--length, 0)
    }

    fun clear() {
        for (index in 0 until MOST) octets.put(index, 0)
        length = 0
    }

    fun sameAs(other: PinEntry): Boolean = view() == other.view()

    /** Hands the PIN over and forgets it. */
    fun take(): Pin = peek().also { clear() }

    /** The PIN, to be checked and let go of. */
    fun peek(): Pin = Pin(view())

    private fun view(): ByteBuffer = octets.duplicate().also { (it as Buffer).limit(length) }

    companion object {
        /** As many as any card takes. */
        const val MOST = 16
    }
}

/** What was typed as a secret the core keeps; its octets are overwritten here. */
fun TextFieldState.toPassword(): Password {
    val encoded = ByteBuffer.allocateDirect(text.length * MOST_OCTETS)
    Charsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text), encoded, true)
    // As its ancestor: what the buffer itself returns is newer than Android 8.
    (encoded as Buffer).flip()
    return Password(encoded).also {
        (encoded as Buffer).clear()
        for (index in 0 until encoded.capacity()) encoded.put(index, 0)
    }
}

/** Most octets of a UTF-16 unit in UTF-8. */
private const val MOST_OCTETS = 3
