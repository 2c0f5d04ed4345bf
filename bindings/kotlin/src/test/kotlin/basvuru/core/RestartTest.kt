package basvuru.core

import kotlin.test.Test
import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertIs
import kotlin.test.assertNull

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
    fun `a folder belongs to the portal it was opened with first, and says so`() = withPhone {
        assertNull(portalOf(folder.toString()))
        walkTo<Screen.ChooseOrder>()
        assertEquals(World.portal, portalOf(folder.toString()))
        leave()
        val asked = TestVault { error("no key is asked for") }
        val failure = runCatching { open(asked, portal = "https://basvuru.example") }.exceptionOrNull()
        assertEquals(World.portal, assertIs<Failure.AnotherPortal>(failure).portal)
        assertIs<Failure.ConfigurationInvalid>(runCatching { portalOf("") }.exceptionOrNull())
        assertIs<Screen.ChooseOrder>(screen)
    }

    @Test
    fun `who comes next sees nothing of who has left, and everything can be erased`() = withPhone {
        val receipt = walkTo<Screen.Done>().receipt
        answer(Answer.Leave)
        assertEquals(emptyList(), application.history())
        val refused = runCatching { application.signedContainer(receipt.order) }
        assertIs<Failure.DocumentUnknown>(refused.exceptionOrNull())
        walkTo<Screen.ChooseOrder>()
        assertEquals(listOf(receipt), application.history())

        assertIs<Screen.SignIn>(application.erase().screen)
        leave()
        walkTo<Screen.ChooseOrder>()
        assertEquals(emptyList(), application.history())
        assertEquals(World.portal, portalOf(folder.toString()))
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
