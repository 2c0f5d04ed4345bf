package basvuru.android.life

import androidx.activity.BackEventCompat
import androidx.activity.OnBackPressedDispatcher
import basvuru.android.R
import basvuru.android.journey.Journey
import basvuru.android.journey.Person
import basvuru.android.journey.Place
import basvuru.android.model.Outside
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertTrue
import org.junit.Test

/** The gesture back, as the system tells an activity of it from Android 14 on: begun, moved, and then let go of or taken back. */
class BackTest : Journey() {
    @Test
    fun `the page steps aside while the gesture goes on, and stays when it is taken back`() {
        person.walkTo(Place.FORM)
        val before = person.widthOf(R.string.approve_form)
        person.gesture { dispatchOnBackStarted(it(0f)) }
        person.gesture { dispatchOnBackProgressed(it(0.5f)) }
        assertEquals(before * 0.95f, person.widthOf(R.string.approve_form), 1f)
        person.gesture { dispatchOnBackCancelled() }
        assertEquals(before, person.widthOf(R.string.approve_form), 1f)
        assertEquals(Place.FORM, person.place)
    }

    @Test
    fun `a gesture that is finished goes back by one`() {
        person.walkTo(Place.FORM)
        person.press(R.string.help)
        person.press(R.string.about)
        for (outside in listOf(Outside.HELP, null)) {
            person.gesture { dispatchOnBackStarted(it(0f)) }
            person.gesture { onBackPressed() }
            assertEquals(outside, person.state.outside)
        }
        person.gesture { dispatchOnBackStarted(it(0f)) }
        person.gesture { onBackPressed() }
        assertEquals(Place.ORDERS, person.place)
    }

    @Test
    fun `where nothing lies before, the gesture is the system's, which shows what lies under the app`() {
        assertEquals(Place.WELCOME, person.place)
        assertFalse(person.takesGestures)
        person.walkTo(Place.SIGN_IN)
        assertTrue(person.takesGestures)
        person.walkTo(Place.ORDERS)
        assertFalse(person.takesGestures)
    }

    /** A finger comes in from the left edge. */
    private fun Person.gesture(act: OnBackPressedDispatcher.((progress: Float) -> BackEventCompat) -> Unit) {
        onActivity { activity -> activity.onBackPressedDispatcher.act { BackEventCompat(0f, 400f, it, BackEventCompat.EDGE_LEFT) } }
        settle()
    }

    private val Person.takesGestures: Boolean
        get() {
            var takes = false
            onActivity { takes = it.onBackPressedDispatcher.hasEnabledCallbacks() }
            return takes
        }
}
