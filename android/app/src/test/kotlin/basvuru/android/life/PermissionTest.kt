package basvuru.android.life

import basvuru.android.R
import basvuru.android.journey.Journey
import basvuru.android.journey.Place
import basvuru.android.journey.Way
import basvuru.android.phone.NfcField
import basvuru.android.phone.PluggedReader
import basvuru.android.phone.UsbBus
import basvuru.core.Failure
import basvuru.core.Language
import basvuru.core.Screen
import basvuru.core.explain
import kotlin.test.assertEquals
import kotlin.test.assertNotNull
import kotlin.test.assertTrue
import org.junit.Test

/** What the person allows, and what the phone lacks. */
class PermissionTest : Journey() {
    @Test
    fun `a reader that was refused is asked for again when the person wants it`() {
        person.takeAnotherPhone(Way.USB)
        person.walkTo(Place.SIGNATURE)
        UsbBus.plug(PluggedReader(person.applicant.card), permitted = false)
        person.wait("the system's question") { UsbBus.isAsked }
        UsbBus.answer(permitted = false)
        person.settle()
        val refused = explain(Failure.ReaderNotPermitted(), Language.TURKISH)
        assertEquals(refused.code, person.failure, person.outline)
        assertTrue(person.sees(refused.next), person.outline)
        assertEquals(emptyList(), person.commands)
        UsbBus.forgetQuestion()
        person.press(R.string.read_card)
        person.wait("the system's question") { UsbBus.isAsked }
        UsbBus.answer(permitted = true)
        person.settle()
        assertNotNull((person.screen as Screen.Sign).card, person.outline)
        person.sign()
        assertNotNull(person.receipt, person.outline)
    }

    @Test
    fun `NFC that is off is told before anything is typed, and goes on when it is switched on`() {
        NfcField.switch(on = false)
        person.wait("the word about NFC") { person.sees(R.string.nfc_off) }
        person.walkTo(Place.SIGNATURE)
        assertTrue(person.sees(R.string.nfc_off), person.outline)
        NfcField.switch(on = true)
        person.wait("the way to the card") { person.sees(R.string.to_the_pin) }
        person.sign()
        assertNotNull(person.receipt, person.outline)
    }

    @Test
    fun `a wait for a card is ended by the person, and nothing was sent`() {
        person.walkTo(Place.SIGNATURE)
        person.prepareCard()
        person.typePin(person.applicant.pin)
        person.press(R.string.sign)
        person.wait("the phone to look for the card") { NfcField.isLookedFor }
        person.press(R.string.stop)
        person.settle()
        assertEquals(explain(Failure.CardCancelled(), Language.TURKISH).code, person.failure, person.outline)
        assertEquals(emptyList(), person.commands)
        person.sign()
        assertNotNull(person.receipt, person.outline)
    }
}
