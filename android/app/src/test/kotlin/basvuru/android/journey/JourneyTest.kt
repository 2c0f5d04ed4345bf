package basvuru.android.journey

import basvuru.android.R
import basvuru.android.phone.Loudspeaker
import basvuru.android.phone.NfcField
import basvuru.android.phone.UsbBus
import basvuru.core.Failure
import basvuru.core.Language
import basvuru.core.Screen
import basvuru.core.explain
import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertNotNull
import kotlin.test.assertNull
import kotlin.test.assertTrue
import org.junit.Test

/** From launch to the receipt, by pressing what is on the screen, with the real core behind it. The iPhone has the same. */
class JourneyTest : Journey() {
    @Test
    fun `a card over NFC does everything in one tap, from launch to the receipt`() {
        person.walkTo(Place.SIGNATURE)
        person.sign()
        val receipt = assertNotNull(person.receipt, person.outline)
        assertTrue(person.sees(receipt.number))
        assertNull(person.failure)
        assertEquals(1, person.commands.count { it.isPin })
        assertEquals(1, person.commands.count { it.isSigning })
        assertTrue(!NfcField.isLookedFor, "nothing is looked for after the card")
        println("taps over NFC beside typing: ${person.taps}")
    }

    @Test
    fun `a card in a reader is read first and signs, from launch to the receipt`() {
        person.takeAnotherPhone(Way.USB)
        person.walkTo(Place.SIGNATURE)
        person.prepareCard()
        val card = assertNotNull((person.screen as Screen.Sign).card)
        assertTrue(person.sees(card.certificates.first().holder), "whose card it is stands before the PIN")
        assertTrue(person.sees(assertNotNull(card.triesSentence)))
        assertEquals(0, person.commands.count { it.isPin })
        person.sign()
        val receipt = assertNotNull(person.receipt, person.outline)
        assertTrue(person.sees(receipt.number))
        assertEquals(1, person.commands.count { it.isPin })
        assertEquals(1, person.commands.count { it.isSigning })
        println("taps with a reader beside typing: ${person.taps}")
    }

    @Test
    fun `a wrong PIN costs one try, says so, and the right one is asked for`() = onBothWays {
        person.sign(pin = WRONG)
        person.fails(Failure.PinWrong(2u))
        person.prepareCard()
        assertTrue(person.seesKeypad)
        assertEquals(1, person.commands.count { it.isPin })
        person.sign()
        assertNotNull(person.receipt, person.outline)
        assertEquals(2, person.commands.count { it.isPin })
    }

    @Test
    fun `the last try is asked about before it is spent`() = onBothWays {
        repeat(2) { person.sign(pin = WRONG) }
        person.prepareCard()
        if (!person.sees(R.string.use_last_try)) {
            // Over NFC it is known only when the card is there.
            person.sign()
            // The question itself says what happened, and what it means.
            assertEquals(code(Failure.PinLastTry()), person.failure, person.outline)
            assertTrue(person.sees(explain(Failure.PinLastTry(), Language.TURKISH).what), person.outline)
        }
        assertEquals(2, person.commands.count { it.isPin })
        assertTrue(!person.seesKeypad, "the PIN is not asked for before the last try was agreed to")
        person.press(R.string.use_last_try)
        person.sign()
        assertNotNull(person.receipt, person.outline)
        assertEquals(3, person.commands.count { it.isPin })
    }

    @Test
    fun `a card lost at any command loses nothing, and nothing is sent twice`() {
        for (way in Way.entries) {
            for (afterwards in listOf(false, true)) {
                person.takeAnotherPhone(way)
                person.walkTo(Place.SIGNATURE)
                var consents = 0
                var at = 0
                val codes = mutableListOf<String>()
                while (person.receipt == null) {
                    at += 1
                    assertTrue(at < MOST_COMMANDS, "$way never comes to an end: $codes")
                    person.loseLinkAt(at, afterwards)
                    person.prepareCard()
                    if (person.sees(R.string.use_last_try)) person.press(R.string.use_last_try)
                    if (person.seesKeypad) {
                        consents += 1
                        person.sign()
                    }
                    person.failure?.let(codes::add)
                }
                assertTrue(codes.size >= LEAST_COMMANDS, "$way: $codes")
                // The card itself tells: no PIN and no signature without the person's own press.
                val commands = person.commands
                assertTrue(commands.count { it.isPin } <= consents, "$way, after: $afterwards")
                assertTrue(commands.count { it.isSigning } <= consents, "$way, after: $afterwards")
                // Only while the PIN was under way it is unknown whether a try was spent.
                assertTrue(codes.count { it == code(Failure.PinOutcomeUnknown()) } <= 1, "$codes")
            }
        }
    }

    @Test
    fun `a card lost while it signs has signed nothing, and signs when it is asked again`() {
        for (way in Way.entries) {
            for (afterwards in listOf(false, true)) {
                person.takeAnotherPhone(way)
                person.walkTo(Place.SIGNATURE)
                person.loseLinkAtSignature(afterwards)
                // The PIN was right: the same card may come back once and finish. A reader that was pulled out does not.
                val attempts = if (way == Way.NFC) 2 else 1
                person.sign(holds = attempts)
                assertNull(person.receipt)
                assertNotNull(person.failure)
                val before = person.commands
                assertEquals(if (afterwards) attempts else 0, before.count { it.isSigning })
                assertEquals(attempts, before.count { it.isPin })
                // After that, nothing goes on by itself.
                person.keepLink()
                person.sign()
                assertNotNull(person.receipt, person.outline)
                assertEquals(before.count { it.isSigning } + 1, person.commands.count { it.isSigning })
                assertEquals(attempts + 1, person.commands.count { it.isPin })
            }
        }
    }

    @Test
    fun `a form that was approved is changed and approved anew`() {
        person.walkTo(Place.METHOD)
        person.press(R.string.change_form)
        assertEquals(Place.FORM, person.place)
        person.goOn()
        // What was confirmed before is void.
        assertEquals(Place.PHONE, person.place)
        assertNull((person.screen as Screen.ConfirmPhone).code)
        person.walkTo(Place.RECEIPT)
        assertNotNull(person.receipt, person.outline)
        assertEquals(1, person.commands.count { it.isSigning })
    }

    @Test
    fun `a picture code is spoken when it is asked for`() {
        Loudspeaker.install()
        person.walkTo(Place.SIGN_IN)
        person.wait("the picture") { (person.screen as Screen.SignIn).captcha != null }
        assertNull((person.screen as Screen.SignIn).captcha?.sound)
        person.press(R.string.picture_listen)
        person.wait("the sound") { Loudspeaker.played.size == 1 }
        val sound = assertNotNull((person.screen as Screen.SignIn).captcha?.sound)
        assertContentEquals(sound, Loudspeaker.played.single())
        person.press(R.string.picture_listen)
        person.wait("the sound again") { Loudspeaker.played.size == 2 }
        person.goOn()
    }

    private fun onBothWays(test: () -> Unit) {
        for (way in Way.entries) {
            person.takeAnotherPhone(way)
            person.walkTo(Place.SIGNATURE)
            test()
        }
    }

    private fun Person.fails(failure: Failure) {
        assertEquals(code(failure), this.failure, outline)
        assertTrue(sees(explain(failure, Language.TURKISH).next), outline)
    }

    private fun Person.keepLink() {
        onCard = {}
        onReader = {}
    }

    /** Takes the card away, or pulls the reader out, at the command with a number: before it reaches the card, or after the card did it. */
    private fun Person.loseLinkAt(number: Int, afterwards: Boolean) {
        onCard = { card ->
            val take = { now: Int, _: ByteArray -> if (now == number) card.takeAway() }
            if (afterwards) card.after = take else card.before = take
        }
        onReader = { reader ->
            val pull = { now: Int, _: ByteArray -> if (now == number) UsbBus.unplug(reader) }
            if (afterwards) reader.after = pull else reader.before = pull
        }
    }

    private fun Person.loseLinkAtSignature(afterwards: Boolean) {
        onCard = { card ->
            val take = { _: Int, command: ByteArray -> if (isSigning(command, 0)) card.takeAway() }
            if (afterwards) card.after = take else card.before = take
        }
        onReader = { reader ->
            val pull = { _: Int, message: ByteArray -> if (isSigning(message, BLOCK_HEADER)) UsbBus.unplug(reader) }
            if (afterwards) reader.after = pull else reader.before = pull
        }
    }

    /** PSO: COMPUTE DIGITAL SIGNATURE, as it stands behind a header. */
    private fun isSigning(message: ByteArray, header: Int) =
        (header..header + T1_PROLOGUE).any { message.getOrNull(it + 1) == 0x2A.toByte() && message.getOrNull(it + 2) == 0x9E.toByte() }

    private companion object {
        const val WRONG = "135790"
        const val MOST_COMMANDS = 80

        /** A card that is new is asked more than these. */
        const val LEAST_COMMANDS = 6

        /** CCID 1.1, 6.1.4. */
        const val BLOCK_HEADER = 10

        /** ISO/IEC 7816-3, 11.3.1. */
        const val T1_PROLOGUE = 3

        fun code(failure: Failure) = explain(failure, Language.TURKISH).code
    }
}
