package basvuru.android.journey

import basvuru.core.Failure
import basvuru.core.IdentityKind
import basvuru.core.Language
import basvuru.core.Screen
import basvuru.core.World
import basvuru.core.explain
import kotlin.test.assertEquals
import kotlin.test.assertIs
import kotlin.test.assertTrue
import org.junit.Test

/** Links that open the app. The iPhone has the same. */
class LinkTest : Journey() {
    @Test
    fun `an invitation's link fills in what it knows`() {
        person.startAgain(World.invitation(person.applicant))
        person.walkTo(Place.SIGN_IN)
        assertEquals(IdentityKind.NATIONAL_ID, assertIs<Screen.SignIn>(person.screen).identity?.kind)
        person.goOn()
        // The order that the link names is entered by itself.
        assertEquals(Place.FORM, person.place)
        person.walkTo(Place.RECEIPT)
        println("taps from the link on, beside typing: ${person.taps}")
        assertTrue(person.taps <= MOST_TAPS, "${person.taps} taps")
    }

    @Test
    fun `a link of a portal the app was not built for is refused`() {
        person.startAgain(World.invitation(person.applicant).replace(World.portal, "https://baska.example"))
        val refused = explain(Failure.PortalNotOurs(), Language.TURKISH)
        assertEquals(refused.code, person.failure)
        assertTrue(person.sees(refused.what), person.outline)
        // What there is of one's own goes on.
        person.walkTo(Place.ORDERS)
    }

    private companion object {
        const val MOST_TAPS = 8
    }
}
