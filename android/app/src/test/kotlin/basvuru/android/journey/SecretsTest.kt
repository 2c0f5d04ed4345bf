package basvuru.android.journey

import basvuru.android.R
import basvuru.android.model.Action
import basvuru.android.model.Entry
import basvuru.android.model.PinEntry
import basvuru.core.Answer
import basvuru.core.IdentityKind
import basvuru.core.Password
import basvuru.core.Screen
import java.nio.ByteBuffer
import kotlin.test.assertEquals
import kotlin.test.assertTrue
import org.junit.Test

/** What must not be seen is not. The iPhone has the same. */
class SecretsTest : Journey() {
    @Test
    fun `no action prints what is in it`() {
        val password = ByteBuffer.allocateDirect(SECRET.length).put(SECRET.encodeToByteArray()).flip().let { Password(it) }
        val pin = PinEntry().apply { SECRET_PIN.forEach { add(it.code.toByte()) } }
        val answers = listOf(
            Answer.SignIn(IdentityKind.NATIONAL_ID, SECRET, password, SECRET),
            Answer.ConfirmCode(password),
            Answer.ApproveForm(mapOf("name" to SECRET)),
            Answer.SaveDraft(mapOf("name" to SECRET)),
            Answer.Sign("nfc", pin.take(), false, SECRET),
            Answer.Unblock("nfc", password, pin.take())
        )
        for (answer in answers) {
            val printed = Action.Reply(answer).toString()
            assertTrue(SECRET !in printed && SECRET_PIN !in printed, printed)
        }
        assertTrue(SECRET_PIN !in pin.toString())
    }

    @Test
    fun `a password leaves the screen with its answer`() {
        person.walkTo(Place.SIGN_IN)
        person.wait("the picture") { (person.screen as Screen.SignIn).captcha != null }
        val entry = person.state.entry as Entry.SignIn
        person.goOn()
        assertEquals(0, entry.password.text.length)
        assertTrue(person.applicant.accessPassword !in person.outline)
    }

    @Test
    fun `the digits of a PIN are nowhere on the screen, and gone when it was taken`() {
        person.walkTo(Place.SIGNATURE)
        person.prepareCard()
        val entry = person.state.entry as Entry.Card
        val before = person.words
        for ((index, digit) in person.applicant.pin.withIndex()) {
            person.press(digit.toString())
            assertEquals(index + 1, entry.pin.length)
            // Nothing is new on the screen but how many there are.
            val told = listOf(person.app.resources.getQuantityString(R.plurals.digits, index + 1, index + 1))
            assertEquals(told, person.words - before.toSet(), person.outline)
        }
        person.press(R.string.sign)
        assertEquals(0, entry.pin.length)
        person.meetCard()
        assertTrue(person.receipt != null, person.outline)
    }

    private companion object {
        const val SECRET = "parola-7391"
        const val SECRET_PIN = "739182"
    }
}
