package basvuru.android.journey

import basvuru.android.R
import basvuru.android.model.Entry
import basvuru.android.phone.TextMessageService
import basvuru.core.Failure
import basvuru.core.Language
import basvuru.core.PhoneNumberAsked
import basvuru.core.Screen
import basvuru.core.World
import basvuru.core.explain
import kotlin.test.assertEquals
import kotlin.test.assertIs
import kotlin.test.assertNotEquals
import kotlin.test.assertNotNull
import kotlin.test.assertNull
import kotlin.test.assertTrue
import org.junit.Test

/** A number in the form that the institution did not tell. The iPhone has the same. */
class SecondFactorTest : Journey() {
    @Test
    fun `a number the institution did not tell is confirmed with two codes, each to its own number`() {
        person.stated = OTHER_NUMBER
        person.walkTo(Place.PHONE)
        assertEquals(PhoneNumberAsked.STATED, asked.number)
        assertTrue(person.sees(R.string.your_phone), person.outline)
        assertTrue(!person.sees(R.string.number_gone), "only the told number may be gone")
        person.askForCode()
        val first = asked
        assertEquals(OTHER_NUMBER.takeLast(2), first.maskedPhone?.takeLast(2))
        person.receiveCode()
        person.wait("the other number") { asked.number == PhoneNumberAsked.TOLD }
        person.settle()
        assertTrue(person.sees(R.string.told_phone), person.outline)
        assertNotEquals(first.maskedPhone, asked.maskedPhone)
        // What was typed for the first number is no code of the second one, whose message has not been sent.
        assertNull(asked.code)
        assertEquals("", (person.state.entry as Entry.Code).code.text.toString())
        person.askForCode()
        assertTrue(person.sees(R.string.sent_to_told), person.outline)
        person.receiveCode()
        person.wait("the way to sign") { person.place == Place.METHOD }
        person.walkTo(Place.RECEIPT)
        assertNotNull(person.receipt, person.outline)
    }

    @Test
    fun `without the told number the institution confirms, and the journey goes on to the receipt`() {
        person.askInstitution()
        val screen = assertIs<Screen.AwaitInstitution>(person.screen)
        assertTrue(person.sees(screen.institution), person.outline)
        assertTrue(person.sees(screen.maskedPhone), person.outline)
        // Another thought, and back: the number can still be confirmed by a code.
        person.press(R.string.code_after_all)
        assertEquals(PhoneNumberAsked.TOLD, asked.number)
        person.press(R.string.number_gone)
        person.press(R.string.ask_again)
        assertIs<Screen.AwaitInstitution>(person.screen)
        assertNull(person.failure)
        assertTrue(person.sees(person.say(R.string.not_answered, "").substringBefore(":").trim()), person.outline)
        World.answerForInstitution(person.applicant.order, confirmed = true)
        // The app asks by itself when it is opened.
        person.startAgain()
        person.wait("the way to sign") { person.place == Place.METHOD }
        person.walkTo(Place.RECEIPT)
        assertNotNull(person.receipt, person.outline)
        assertEquals(1, TextMessageService.tokens.size, "the told number got no message")
    }

    @Test
    fun `a number the institution refuses leads back to the form`() {
        person.askInstitution()
        World.answerForInstitution(person.applicant.order, confirmed = false)
        person.press(R.string.ask_again)
        assertEquals(Place.FORM, person.place)
        assertTrue(person.sees(explain(Failure.NumberNotConfirmed(), Language.TURKISH).what), person.outline)
        // With the number that the institution told, one code is enough.
        person.stated = person.applicant.phone
        person.walkTo(Place.METHOD)
        assertEquals(2, TextMessageService.tokens.size)
    }

    private val asked get() = person.screen as Screen.ConfirmPhone

    private fun Person.askInstitution() {
        stated = OTHER_NUMBER
        walkTo(Place.PHONE)
        askForCode()
        receiveCode()
        wait("the other number") { asked.number == PhoneNumberAsked.TOLD }
        settle()
        press(R.string.number_gone)
    }

    private companion object {
        const val OTHER_NUMBER = "+905449876547"
    }
}
