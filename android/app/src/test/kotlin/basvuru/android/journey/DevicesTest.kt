package basvuru.android.journey

import android.os.Build
import basvuru.android.R
import basvuru.core.Failure
import basvuru.core.Language
import basvuru.core.Screen
import basvuru.core.World
import basvuru.core.explain
import kotlin.test.assertEquals
import kotlin.test.assertTrue
import org.junit.Test

/** Devices that the portal knows. The iPhone has the same. */
class DevicesTest : Journey() {
    @Test
    fun `a device the portal knows is asked for no picture code`() {
        person.walkTo(Place.ORDERS)
        person.giveTo(World.inviteAgain(person.applicant))
        // A new password ends what was begun with the one before, wherever it is noticed.
        person.press(R.string.help)
        person.press(R.string.devices)
        assertEquals(Place.SIGN_IN, person.place)
        val screen = person.screen as Screen.SignIn
        assertEquals(false to null, screen.captchaNeeded to screen.captcha)
        assertTrue(!person.sees(R.string.picture_code), person.outline)
        assertTrue(person.sees(explain(Failure.SessionOver(), Language.TURKISH).what), person.outline)
        person.walkTo(Place.FORM)
        // Who has signed out is a stranger again.
        person.press(R.string.help)
        person.press(R.string.sign_out)
        person.press(R.string.sign_out)
        person.wait("the end of the visit") { person.screen is Screen.SignIn }
        person.walkTo(Place.SIGN_IN)
        assertEquals(true, (person.screen as Screen.SignIn).captchaNeeded)
        assertTrue(person.sees(R.string.picture_code), person.outline)
    }

    @Test
    fun `another device is signed out after a second question, and this one is marked`() {
        person.walkTo(Place.ORDERS)
        person.takeOwnOtherPhone()
        person.walkTo(Place.ORDERS)
        person.press(R.string.help)
        person.press(R.string.devices)
        val list = person.state.devices.list
        assertEquals(listOf(false, true), list.map { it.current }.sorted())
        for (device in list) {
            assertTrue(Build.MODEL in device.name, "what its owner knows it by: ${device.name}")
            assertTrue(person.sees(device.sentence), person.outline)
        }
        val other = list.single { !it.current }
        person.press(person.say(R.string.device_sign_out_said, other.name))
        assertEquals(2, person.state.devices.list.size, "nobody is signed out before the second question")
        person.press(R.string.device_sign_out)
        assertEquals(list - other, person.state.devices.list)
        assertTrue(person.sees(person.say(R.string.device_signed_out, other.name)), person.outline)
        assertTrue(!person.sees(R.string.device_sign_out), "this device is left elsewhere")
    }
}
