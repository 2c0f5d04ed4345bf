package basvuru.android.life

import basvuru.android.journey.Journey
import basvuru.android.journey.Place
import basvuru.android.model.Action
import basvuru.android.model.Entry
import basvuru.core.Answer
import kotlin.test.assertEquals
import kotlin.test.assertNull
import org.junit.Test

/** What is typed into the form is kept a moment later, which may be too late. */
class DraftTest : Journey() {
    @Test
    fun `a draft that comes behind the form's approval is let go of`() {
        person.walkTo(Place.FORM)
        person.fillIn()
        val values = (person.state.entry as Entry.Form).values
        person.app.model.send(Action.Reply(Answer.ApproveForm(values)))
        person.app.model.send(Action.KeepDraft)
        person.settle()
        person.wait("the next step") { person.place == Place.PHONE }
        person.settle()
        assertNull(person.state.trouble, person.outline)
        assertEquals(Place.PHONE, person.place)
    }
}
