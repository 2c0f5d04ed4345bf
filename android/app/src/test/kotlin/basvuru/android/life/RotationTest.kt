package basvuru.android.life

import android.os.Bundle
import android.os.Parcel
import android.view.WindowManager
import basvuru.android.R
import basvuru.android.journey.Journey
import basvuru.android.journey.Place
import basvuru.android.model.Entry
import basvuru.core.FieldEntry
import basvuru.core.Screen
import kotlin.test.assertEquals
import kotlin.test.assertNotNull
import kotlin.test.assertSame
import kotlin.test.assertTrue
import org.junit.Test

/** The system may make the activity anew at any moment, and keeps what an activity saves. */
class RotationTest : Journey() {
    @Test
    fun `turning the phone loses nothing that was typed`() {
        person.walkTo(Place.SIGN_IN)
        person.wait("the picture") { (person.screen as Screen.SignIn).captcha != null }
        val captcha = (person.screen as Screen.SignIn).captcha
        person.type(R.string.national_id, person.applicant.identity)
        person.type(R.string.access_password, person.applicant.accessPassword)
        person.turn()
        assertSame(captcha, (person.screen as Screen.SignIn).captcha, "the picture is the same")
        assertTrue(person.sees(person.applicant.identity))
        assertEquals(person.applicant.accessPassword, (person.state.entry as Entry.SignIn).password.text.toString())
        person.walkTo(Place.FORM)
        val field = (person.screen as Screen.FillForm).fields.first { it.entry is FieldEntry.Lines && !it.locked }
        person.type(field.label, "Çınar Sokağı")
        person.turn()
        assertTrue(person.sees("Çınar Sokağı"))
    }

    @Test
    fun `turning the phone while a card is at work takes nothing from it`() {
        person.walkTo(Place.SIGNATURE)
        person.onCard = { card -> card.before = { number, _ -> if (number == 5) Thread.sleep(300) } }
        person.prepareCard()
        person.typePin(person.applicant.pin)
        person.press(R.string.sign)
        person.turn()
        person.meetCard()
        assertNotNull(person.receipt, person.outline)
        assertEquals(1, person.commands.count { it.isPin })
    }

    @Test
    fun `nothing of a person is in what the system keeps of an activity`() {
        person.walkTo(Place.SIGN_IN)
        person.wait("the picture") { (person.screen as Screen.SignIn).captcha != null }
        person.type(R.string.national_id, person.applicant.identity)
        person.type(R.string.access_password, person.applicant.accessPassword)
        assertKeepsNothing(person.applicant.identity, person.applicant.accessPassword)
        person.walkTo(Place.SIGNATURE)
        person.prepareCard()
        person.typePin(person.applicant.pin)
        assertKeepsNothing(person.applicant.identity, person.applicant.phone, person.applicant.pin)
    }

    @Test
    fun `no picture is taken of a password or a PIN, and of the rest it may be`() {
        assertEquals(false, isSecure())
        person.walkTo(Place.SIGN_IN)
        assertEquals(true, isSecure())
        person.walkTo(Place.ORDERS)
        assertEquals(false, isSecure())
        person.walkTo(Place.SIGNATURE)
        person.prepareCard()
        assertEquals(true, isSecure())
        person.sign()
        assertEquals(false, isSecure())
    }

    private fun isSecure(): Boolean {
        var flags = 0
        person.onActivity { flags = it.window.attributes.flags }
        return flags and WindowManager.LayoutParams.FLAG_SECURE != 0
    }

    private fun assertKeepsNothing(vararg secrets: String) {
        person.onActivity { activity ->
            val kept = Bundle()
            androidx.test.platform.app.InstrumentationRegistry.getInstrumentation().callActivityOnSaveInstanceState(activity, kept)
            val octets = Parcel.obtain().apply { writeBundle(kept) }.marshall()
            assertTrue(octets.size > 100, "nothing was kept at all")
            for (secret in secrets) {
                for (charset in listOf(Charsets.UTF_8, Charsets.UTF_16LE)) {
                    assertTrue(
                        octets.toString(Charsets.ISO_8859_1).indexOf(secret.toByteArray(charset).toString(Charsets.ISO_8859_1)) < 0,
                        "$kept"
                    )
                }
            }
            assertTrue(secrets.none { it in kept.toString() }, "$kept")
        }
        // Whoever has saved its state is not in front any more.
        person.makeAnew()
    }
}
