package basvuru.android.phone

import android.app.Activity
import android.app.Application
import android.content.Intent
import android.nfc.NfcAdapter
import android.nfc.Tag
import android.nfc.TagLostException
import android.nfc.tech.IsoDep
import android.nfc.tech.TagTechnology
import android.os.Bundle
import basvuru.core.Applicant
import basvuru.core.Connection
import java.io.IOException
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.atomic.AtomicInteger
import kotlinx.coroutines.runBlocking
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Implementation
import org.robolectric.annotation.Implements
import org.robolectric.shadow.api.Shadow
import org.robolectric.shadows.ShadowBasicTagTechnology
import org.robolectric.shadows.ShadowNfcAdapter

/** The field before the phone's antenna, into which cards are held. */
internal object NfcField {
    private val application: Application get() = RuntimeEnvironment.getApplication()
    private val adapter: NfcAdapter get() = NfcAdapter.getDefaultAdapter(application)
    private val held = ConcurrentHashMap<Int, HeldCard>()
    private val numbers = AtomicInteger()

    /** Whether the app looks for cards. */
    val isLookedFor: Boolean get() = shadowOf(adapter).isInReaderMode

    /** Before the app starts: a phone with an antenna, or without one. */
    fun install(present: Boolean = true, on: Boolean = true) {
        held.clear()
        shadowOf(application.packageManager).setSystemFeature("android.hardware.nfc", present)
        ShadowNfcAdapter.setNfcHardwareExists(present)
        if (present) shadowOf(adapter).setEnabled(on)
    }

    /** The person switches NFC on or off. */
    fun switch(on: Boolean) {
        shadowOf(adapter).setEnabled(on)
        application.sendBroadcast(Intent(NfcAdapter.ACTION_ADAPTER_STATE_CHANGED))
    }

    /** Holds a card to the phone, which must be looking for one. */
    fun hold(card: HeldCard) {
        check(isLookedFor) { "the app does not look for cards" }
        shadowOf(adapter).dispatchTagDiscovered(tag(card))
    }

    /** What Android makes of a card in the field; without `card`, of a sticker. */
    fun tag(card: HeldCard?): Tag {
        val number = numbers.incrementAndGet()
        card?.let { held[number] = it }
        val technologies = if (card == null) intArrayOf(TagTechnology.NFC_A) else intArrayOf(TagTechnology.NFC_A, TagTechnology.ISO_DEP)
        return Tag.createMockTag(
            byteArrayOf((number shr 8).toByte(), number.toByte()),
            technologies,
            Array(technologies.size) {
                Bundle()
            },
            0L
        )
    }

    internal fun cardOf(tag: Tag): HeldCard? = held[(tag.id[0].toInt() and 0xFF shl 8) or (tag.id[1].toInt() and 0xFF)]
}

/** A card in a hand. `before` is run before each command, and fails in its stead. */
internal class HeldCard(private val card: Applicant.Card) {
    var before: (number: Int, command: ByteArray) -> Unit = { _, _ -> }

    /** Run when the card has answered, and fails in its answer's stead. */
    var after: (number: Int, command: ByteArray) -> Unit = { _, _ -> }

    /** What is left of it in the field: a card that was taken away answers nothing more. */
    @Volatile
    var present = true

    val historicalBytes: ByteArray get() = card.historicalBytes
    val extendedLength: Boolean get() = card.extendedLength
    val commands = AtomicInteger()
    private var connection: Connection? = null

    internal fun connect() {
        if (!present) throw IOException("no tag")
        close()
        connection = runBlocking { Connection.to(card.nfcPort) }
    }

    internal fun transceive(command: ByteArray): ByteArray {
        val number = commands.incrementAndGet()
        before(number, command)
        if (!present) throw TagLostException()
        val answer = runBlocking { checkNotNull(connection).exchange(command) }
        after(number, command)
        if (!present) throw TagLostException()
        return answer
    }

    internal fun close() {
        connection?.let { runBlocking { it.close() } }
        connection = null
    }

    /** Takes it out of the field, in the middle of whatever is under way. */
    fun takeAway(): Nothing {
        present = false
        close()
        throw TagLostException("Tag was lost.")
    }
}

/** Robolectric's, which does not keep what kinds of card are looked for. */
@Implements(NfcAdapter::class)
class NfcAdapterShadow : ShadowNfcAdapter() {
    var flags = 0
        private set

    @Implementation
    override fun enableReaderMode(activity: Activity, callback: NfcAdapter.ReaderCallback, flags: Int, extras: Bundle?) {
        this.flags = flags
        super.enableReaderMode(activity, callback, flags, extras)
    }
}

/** Android's class without its service: a card of the field answers. */
@Implements(IsoDep::class)
class IsoDepShadow : ShadowBasicTagTechnology() {
    private lateinit var card: HeldCard
    private var open = false
    private var milliseconds = 300

    @Implementation
    override fun isConnected() = open

    @Implementation
    override fun connect() {
        card.connect()
        open = true
    }

    @Implementation
    override fun close() {
        open = false
        card.close()
    }

    @Implementation
    fun transceive(command: ByteArray): ByteArray {
        check(open) { "Call connect() first!" }
        return card.transceive(command)
    }

    @Implementation
    fun getMaxTransceiveLength() = 0xFEFF

    @Implementation
    fun isExtendedLengthApduSupported() = card.extendedLength

    @Implementation
    fun setTimeout(timeout: Int) {
        milliseconds = timeout
    }

    @Implementation
    fun getTimeout() = milliseconds

    @Implementation
    fun getHistoricalBytes(): ByteArray? = card.historicalBytes

    @Implementation
    fun getHiLayerResponse(): ByteArray? = null

    companion object {
        @JvmStatic
        @Implementation
        fun get(tag: Tag): IsoDep? {
            val held = NfcField.cardOf(tag) ?: return null
            return Shadow.newInstanceOf(IsoDep::class.java).also { Shadow.extract<IsoDepShadow>(it).card = held }
        }
    }
}
