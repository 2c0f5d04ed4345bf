package basvuru.core

import java.security.MessageDigest
import kotlin.test.Test
import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertIs
import kotlin.test.assertNotNull
import kotlin.test.assertNull
import kotlin.test.assertTrue

/** The whole application, from the invitation to the receipt. */
class JourneyTest {
    @Test
    fun `a card with contacts is read first, signs, and a receipt comes back`() = withPhone {
        walkTo<Screen.Sign>()
        val read = assertIs<Screen.Sign>(answer(Answer.ReadCard(readers.reader)).screen)
        val card = assertNotNull(read.card)
        assertEquals(3u, card.triesLeft)
        assertTrue(card.certificates.single().validUntil.isAfter(java.time.Instant.now()))

        val done = walkTo<Screen.Done>()
        assertEquals(1, readers.verifications)
        assertEquals(applicant.order, done.receipt.order)
        assertEquals(listOf(done.receipt), application.history())
        assertTrue(done.receipt.number in done.summary)
    }

    @Test
    fun `a card over NFC does everything in one tap`() {
        val watcher = TestWatcher()
        withPhone(Phone(TcpReaders.Way.NFC, watcher = watcher)) {
            walkTo<Screen.Done>()
            assertEquals(1, readers.verifications)
            val stages = watcher.told.map { it.first }
            for (stage in listOf(WorkStage.AwaitingCard, WorkStage.VerifyingPin, WorkStage.Signing, WorkStage.CardDone)) {
                assertEquals(1, stages.count { it == stage }, "$stage")
            }
            assertTrue(WorkStage.FetchingDocument(1u, 2u) in stages)
            assertTrue(watcher.told.all { it.second.isNotBlank() })
            assertTrue(readers.sentences.all { it.isNotBlank() })
        }
    }

    @Test
    fun `a card in a reader on raw USB signs, and the core speaks to the reader`() = withPhone(Phone(TcpReaders.Way.USB)) {
        val before = TcpUsbReader.transfers.get()
        walkTo<Screen.Sign>()
        answer(Answer.ReadCard(readers.reader))
        walkTo<Screen.Done>()
        assertTrue(TcpUsbReader.transfers.get() > before + 10)
    }

    @Test
    fun `what is shown is what is signed, and the receipt is for exactly that`() = withPhone {
        val review = walkTo<Screen.ReviewDocuments>()
        for (document in review.documents) {
            val content = application.document(document.id)
            assertEquals(document.size, content.size.toULong())
            assertEquals(document.sha256, sha256(content))
            assertTrue(document.pages.isNotEmpty())
        }
        val receipt = walkTo<Screen.Done>().receipt
        val container = application.signedContainer(receipt.order)
        assertEquals(receipt.containerSha256, sha256(container))
        assertContentEquals("PK".toByteArray(), container.copyOf(2))
    }

    @Test
    fun `the code is found in its text message and in no other`() = withPhone {
        walkTo<Screen.ConfirmPhone>()
        answer(Answer.SendCode())
        val text = World.newestText(applicant.phone)
        val code = assertNotNull(application.readSms(text, null))
        assertTrue(code.utf8().decodeToString() in text)
        assertNull(application.readSms("Siparişiniz 25 dakika içinde kapınızda, tutar 149,90 TL.", "KURYE"))
    }

    @Test
    fun `an approved form is changed and approved anew, and what followed is void`() = withPhone {
        val id = walkTo<Screen.ReviewDocuments>().documents.first().id
        val form = assertIs<Screen.FillForm>(answer(Answer.ChangeForm(order = null)).screen)
        assertTrue(form.fields.all { !it.required || it.value.isNotEmpty() })
        assertIs<Failure.DocumentUnknown>(runCatching { application.document(id) }.exceptionOrNull())
        val long = mapOf(form.fields.first { !it.locked }.name to "x".repeat(20_000))
        assertIs<Failure.DraftTooLarge>(failure(Answer.SaveDraft(long)))
        val phone = assertIs<Screen.ConfirmPhone>(answer(answer(screen)).screen)
        assertNull(phone.code)

        // The list has it among those that can be changed.
        answer(Answer.Leave)
        val order = walkTo<Screen.ChooseOrder>().groups.single().orders.single()
        assertTrue(order.formChangeable)
        assertIs<Screen.FillForm>(answer(Answer.ChangeForm(order.id)).screen)
    }

    @Test
    fun `an answer out of its turn is refused and changes nothing`() = withPhone {
        assertIs<Failure.AnswerNotExpected>(failure(Answer.AcceptDocuments))
        assertIs<Screen.SignIn>(screen)
    }

    private fun sha256(octets: ByteArray) = MessageDigest.getInstance("SHA-256").digest(octets).toHexString()
}
