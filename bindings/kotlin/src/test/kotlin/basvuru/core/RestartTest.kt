package basvuru.core

import kotlin.test.Test
import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertIs

/** An app that was closed and is opened again. */
class RestartTest {
    @Test
    fun `an app that is opened again goes on where it was, without a new sign-in`() = withPhone {
        val before = walkTo<Screen.ReviewDocuments>()
        val id = before.documents.first().id
        val content = application.document(id)
        leave()
        val after = assertIs<Screen.ReviewDocuments>(screen)
        assertEquals(before, after)
        assertContentEquals(content, application.document(id))
        val receipt = walkTo<Screen.Done>().receipt
        leave()
        assertEquals(receipt, assertIs<Screen.Done>(screen).receipt)
    }

    @Test
    fun `a draft is there again when the app is`() = withPhone {
        val form = walkTo<Screen.FillForm>()
        val field = form.fields.first { !it.locked && it.entry is FieldEntry.Lines }
        answer(Answer.SaveDraft(mapOf(field.name to "Şişli")))
        leave()
        val restored = assertIs<Screen.FillForm>(screen)
        assertEquals("Şişli", restored.fields.single { it.name == field.name }.value)
    }

    @Test
    fun `another key opens nothing`() = withPhone {
        walkTo<Screen.ChooseOrder>()
        leave()
        val other = TestVault { ByteArray(TestVault.KEY_LENGTH) { 0x43 } }
        assertIs<Failure.JournalUnreadable>(runCatching { open(other) }.exceptionOrNull())
        assertIs<Screen.ChooseOrder>(screen)
    }
}
