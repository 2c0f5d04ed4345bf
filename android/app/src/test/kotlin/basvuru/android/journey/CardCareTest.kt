package basvuru.android.journey

import basvuru.android.R
import kotlin.test.assertEquals
import kotlin.test.assertNotNull
import kotlin.test.assertTrue
import org.junit.Test

/** The card outside the journey. The iPhone has the same. */
class CardCareTest : Journey() {
    @Test
    fun `a card that is looked at tells its holder, its certificates and its tries`() {
        for (way in Way.entries) {
            look(way)
            val report = assertNotNull(person.state.care.report, person.outline)
            assertTrue(person.sees(report.holder ?: report.label), person.outline)
            report.triesSentence?.let { assertTrue(person.sees(it), person.outline) }
            assertTrue(report.certificates.isNotEmpty())
            for (certificate in report.certificates) assertTrue(person.sees(certificate.sentence), person.outline)
            assertEquals(0, person.commands.count { it.isPin })
        }
    }

    @Test
    fun `a PIN is changed, and the new one signs`() {
        for (way in Way.entries) {
            look(way)
            person.press(R.string.change_pin)
            person.typePin(person.applicant.pin)
            person.press(R.string.go_on)
            person.typePin(NEW)
            person.press(R.string.go_on)
            // One that differs is told before a card is there.
            person.typePin(OTHER)
            assertTrue(person.sees(R.string.pins_differ), person.outline)
            repeat(OTHER.length) { person.press(R.string.delete_digit) }
            person.typePin(NEW)
            person.press(R.string.change_pin)
            person.meetCard()
            assertTrue(person.sees(R.string.pin_changed), person.outline)
            assertEquals(1, person.commands.count { it.isPinChange })
            repeat(2) { person.press(R.string.back) }
            person.press(R.string.back)
            person.walkTo(Place.SIGNATURE)
            person.sign(pin = NEW)
            assertNotNull(person.receipt, person.outline)
        }
    }

    @Test
    fun `a reader tests itself without a PIN`() {
        person.takeAnotherPhone(Way.USB)
        person.plugIn()
        person.press(R.string.help)
        person.press(R.string.about)
        person.press(R.string.test_reader)
        person.settle()
        val report = assertNotNull(person.state.about.reader, person.outline)
        assertTrue(report.cardPresent && report.sentences.isNotEmpty())
        for (sentence in report.sentences) assertTrue(person.sees(sentence), person.outline)
        assertEquals(0, person.commands.count { it.isPin })
    }

    private fun look(way: Way) {
        person.takeAnotherPhone(way)
        if (way == Way.USB) person.plugIn()
        person.press(R.string.help)
        person.press(R.string.care)
        person.press(R.string.read_card)
        person.meetCard()
    }

    private companion object {
        const val NEW = "864201"
        const val OTHER = "864202"
    }
}
