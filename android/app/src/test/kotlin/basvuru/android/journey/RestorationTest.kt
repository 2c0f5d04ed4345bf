package basvuru.android.journey

import basvuru.android.R
import basvuru.core.FieldEntry
import basvuru.core.Screen
import basvuru.core.World
import kotlin.test.assertEquals
import kotlin.test.assertNotNull
import kotlin.test.assertTrue
import org.junit.Test

/** An app that the phone ended, and a phone that several people use. The iPhone has the same. */
class RestorationTest : Journey() {
    @Test
    fun `an app that was left goes on at every step where it was`() {
        for (place in Place.entries - Place.RECEIPT) {
            // Somebody who was never signed in is welcomed anew.
            person.walkTo(place)
            val before = person.state.step?.title
            person.startAgain()
            if (place == Place.SIGN_IN) person.walkTo(place)
            assertEquals(place to before, person.place to person.state.step?.title)
            assertTrue(person.sees(checkNotNull(before)) || place == Place.WELCOME, person.outline)
            person.goOn()
        }
        val receipt = assertNotNull(person.receipt)
        person.startAgain()
        assertEquals(receipt, person.receipt)
        assertTrue(person.sees(receipt.number))
        assertEquals(1, person.commands.count { it.isSigning })
    }

    @Test
    fun `what was typed into the form is there when the app is`() {
        person.walkTo(Place.FORM)
        val field = (person.screen as Screen.FillForm).fields.first { it.entry is FieldEntry.Lines && !it.locked }
        person.type(field.label, "Şişli")
        person.putAside()
        person.wait("the draft to be kept") { (person.screen as Screen.FillForm).fields.single { it.name == field.name }.value == "Şişli" }
        person.startAgain()
        assertEquals(Place.FORM, person.place)
        assertTrue(person.sees("Şişli"), person.outline)
    }

    @Test
    fun `after leaving, the next person sees nothing of the last one`() {
        person.walkTo(Place.RECEIPT)
        val receipt = assertNotNull(person.receipt)
        person.press(R.string.help)
        person.press(R.string.sign_out)
        person.press(R.string.sign_out)
        person.wait("the end of the visit") { person.screen is Screen.SignIn }
        assertTrue(!person.sees(receipt.number))
        person.giveTo(World.invite())
        person.walkTo(Place.ORDERS)
        person.press(R.string.help)
        person.press(R.string.history)
        assertTrue(person.sees(R.string.history_empty), person.outline)
        assertTrue(!person.sees(receipt.number), person.outline)
    }

    @Test
    fun `erasing leaves nothing of anybody`() {
        person.walkTo(Place.RECEIPT)
        val receipt = assertNotNull(person.receipt)
        person.press(R.string.help)
        person.press(R.string.erase)
        assertEquals(receipt, person.receipt)
        person.press(R.string.erase)
        person.wait("everything to be gone") { person.screen is Screen.SignIn }
        assertEquals(null, (person.screen as Screen.SignIn).identity)
        person.startAgain()
        person.walkTo(Place.ORDERS)
        person.press(R.string.help)
        person.press(R.string.history)
        assertTrue(person.sees(R.string.history_empty), person.outline)
    }
}
