package basvuru.android.journey

import basvuru.android.R
import basvuru.android.phone.UsbBus
import basvuru.core.Failure
import basvuru.core.Language
import basvuru.core.Screen
import basvuru.core.explain
import kotlin.test.assertEquals
import kotlin.test.assertNotNull
import kotlin.test.assertTrue
import org.junit.Test

/** A PIN that is blocked, and the way on from there. The iPhone has the same. */
class UnblockTest : Journey() {
    @Test
    fun `a PIN that is blocked is unblocked with the PUK, and the journey goes on to the receipt`() = onBothWays {
        person.block()
        person.press(R.string.unblock_pin)
        person.meetCard()
        // What a wrong one costs is told before it can be typed.
        assertTrue(person.sees(R.string.puk_advice), person.outline)
        person.unblock(person.applicant.puk)
        assertEquals(Place.SIGNATURE, person.place)
        assertTrue(person.sees(R.string.pin_unblocked), person.outline)
        assertEquals(1, person.commands.count { it.isUnblocking })
        person.sign(pin = NEW)
        assertNotNull(person.receipt, person.outline)
        assertEquals(Person.TRIES + 1, person.commands.count { it.isPin })
    }

    @Test
    fun `a PIN that is blocked is unblocked from the card that is looked at`() = onBothWays {
        person.block()
        person.press(R.string.help)
        person.press(R.string.care)
        person.press(R.string.read_card)
        person.meetCard()
        person.press(R.string.unblock_pin)
        assertTrue(person.sees(R.string.puk_advice), person.outline)
        person.unblock(person.applicant.puk)
        assertTrue(person.sees(R.string.pin_unblocked), person.outline)
        repeat(2) { person.press(R.string.back) }
        // The journey was waiting, and knows.
        person.press(R.string.back)
        person.meetCard()
        person.sign(pin = NEW)
        assertNotNull(person.receipt, person.outline)
        assertEquals(1, person.commands.count { it.isUnblocking })
    }

    @Test
    fun `a wrong PUK costs one of its tries, says how many are left, and the right one is asked for`() = onBothWays {
        person.askForPuk()
        person.unblock(WRONG_PUK)
        person.fails(Failure.PukWrong(2u))
        assertEquals(1, person.commands.count { it.isUnblocking })
        assertTrue(person.seesKeypad, person.outline)
        person.unblock(person.applicant.puk)
        assertEquals(2, person.commands.count { it.isUnblocking })
        person.sign(pin = NEW)
        assertNotNull(person.receipt, person.outline)
        assertEquals(Person.TRIES + 1, person.commands.count { it.isPin })
    }

    @Test
    fun `the last try of a PUK is asked about before it is spent`() = onBothWays {
        person.askForPuk()
        repeat(2) { person.unblock(WRONG_PUK) }
        assertTrue(!person.seesKeypad, "the PUK is not asked for before the last try was agreed to")
        assertTrue(person.sees(R.string.last_puk_advice), person.outline)
        person.press(R.string.use_last_try)
        person.unblock(person.applicant.puk)
        assertEquals(3, person.commands.count { it.isUnblocking })
        person.sign(pin = NEW)
        assertNotNull(person.receipt, person.outline)
    }

    @Test
    fun `a card lost with a PUK under way tells that the outcome is unknown, and nothing is sent again`() = onBothWays {
        person.askForPuk()
        person.loseLinkAtUnblocking()
        person.unblock(person.applicant.puk)
        person.fails(Failure.PukOutcomeUnknown())
        assertTrue(!person.seesKeypad, "the PUK is not asked for before the card has told what became of it")
        assertEquals(1, person.commands.count { it.isUnblocking })
        person.onCard = {}
        person.onReader = {}
        if (person.way == Way.USB) person.plugIn()
        person.press(R.string.read_card)
        person.meetCard()
        // The card had done it: its PIN can be typed, and the journey goes on.
        person.press(R.string.to_the_pin)
        person.meetCard()
        person.sign(pin = NEW)
        assertNotNull(person.receipt, person.outline)
        assertEquals(1, person.commands.count { it.isUnblocking })
    }

    @Test
    fun `a PIN that is blocked is unblocked with the portal's help, and the journey goes on to the receipt`() = onBothWays {
        person.block()
        person.askPortal()
        val shown = assertNotNull((person.screen as Screen.Sign).assisted?.verificationCode)
        assertTrue(shown in person.receiveHelp(), "the message has the code that is on the screen")
        assertTrue(person.sees(shown), person.outline)
        assertTrue(person.sees(R.string.code_found), person.outline)
        person.press(R.string.codes_match)
        person.typeNewPin()
        assertTrue(person.sees(R.string.pin_unblocked), person.outline)
        assertEquals(1, person.commands.count { it.isUnblocking })
        person.sign(pin = NEW)
        assertNotNull(person.receipt, person.outline)
        assertEquals(Person.TRIES + 1, person.commands.count { it.isPin })
    }

    @Test
    fun `a wrong code of the portal's help changes nothing on the card, and the right one is asked for`() = onBothWays {
        person.block()
        person.askPortal()
        person.type(R.string.message_code, WRONG_CODE)
        person.press(R.string.codes_match)
        person.typeNewPin(reachesCard = false)
        assertEquals(code(Failure.CodeWrong(2u)), person.failure, person.outline)
        assertEquals(0, person.commands.count { it.isUnblocking })
        person.receiveHelp()
        person.press(R.string.codes_match)
        person.typeNewPin()
        assertTrue(person.sees(R.string.pin_unblocked), person.outline)
        assertEquals(1, person.commands.count { it.isUnblocking })
        person.sign(pin = NEW)
        assertNotNull(person.receipt, person.outline)
    }

    private fun onBothWays(test: () -> Unit) {
        for (way in Way.entries) {
            person.takeAnotherPhone(way)
            person.walkTo(Place.SIGNATURE)
            test()
        }
    }

    /** Goes from a blocked PIN to where the PUK is typed. */
    private fun Person.askForPuk() {
        block()
        press(R.string.unblock_pin)
        meetCard()
    }

    /** Types a PUK and the new PIN twice, and holds the card to the phone where that is the way. */
    private fun Person.unblock(puk: String) {
        typePin(puk)
        press(R.string.go_on)
        typeNewPin()
    }

    private fun Person.typeNewPin(reachesCard: Boolean = true) {
        typePin(NEW)
        press(R.string.go_on)
        typePin(NEW)
        press(R.string.unblock_pin)
        if (reachesCard) meetCard() else settle()
    }

    private fun Person.fails(failure: Failure) {
        assertEquals(code(failure), this.failure, outline)
        assertTrue(sees(explain(failure, Language.TURKISH).next), outline)
    }

    /** Takes the card away, or pulls the reader out, when the card has done what it was told and before that is heard. */
    private fun Person.loseLinkAtUnblocking() {
        onCard = { card -> card.after = { _, command -> if (isUnblocking(command, 0)) card.takeAway() } }
        onReader = { reader -> reader.after = { _, message -> if (isUnblocking(message, BLOCK_HEADER)) UsbBus.unplug(reader) } }
        UsbBus.plugged.values.forEach(onReader)
    }

    /** RESET RETRY COUNTER, as it stands behind a header. */
    private fun isUnblocking(message: ByteArray, header: Int) =
        (header..header + T1_PROLOGUE).any { message.getOrNull(it) == 0.toByte() && message.getOrNull(it + 1) == 0x2C.toByte() }

    private companion object {
        const val NEW = "864201"
        const val WRONG_PUK = "97531864"
        const val WRONG_CODE = "000000"

        /** CCID 1.1, 6.1.4. */
        const val BLOCK_HEADER = 10

        /** ISO/IEC 7816-3, 11.3.1. */
        const val T1_PROLOGUE = 3

        fun code(failure: Failure) = explain(failure, Language.TURKISH).code
    }
}
