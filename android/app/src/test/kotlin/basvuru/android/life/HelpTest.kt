package basvuru.android.life

import basvuru.android.R
import basvuru.android.journey.Journey
import basvuru.android.journey.Place
import basvuru.android.model.Entry
import basvuru.core.Screen
import kotlin.test.assertEquals
import kotlin.test.assertNotNull
import kotlin.test.assertTrue
import org.junit.Test

/** Whoever looks for the portal's message in another app comes back to an app that was left, or ended. */
class HelpTest : Journey() {
    @Test
    fun `an app that was ended while the portal's message is waited for shows the code to compare`() {
        person.walkTo(Place.SIGNATURE)
        person.block()
        person.askPortal()
        val shown = assertNotNull((person.screen as Screen.Sign).assisted?.verificationCode)
        person.startAgain()
        assertTrue(person.sees(shown), person.outline)
    }

    @Test
    fun `a code that came is there when the app is seen again, and a PIN is not`() {
        person.walkTo(Place.SIGNATURE)
        person.block()
        person.askPortal()
        person.receiveHelp()
        person.press(R.string.codes_match)
        person.typePin("8642")
        val entry = person.state.entry as Entry.Card
        person.putAside()
        assertEquals(0, entry.help.pins.values.sumOf { it.length })
        assertEquals(6, entry.code.code.text.length)
    }
}
