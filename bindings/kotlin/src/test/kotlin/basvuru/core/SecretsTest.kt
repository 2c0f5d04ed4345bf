package basvuru.core

import java.nio.ByteBuffer
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertFalse
import kotlin.test.assertIs

/** Secrets cross as objects: copied from a buffer that is wiped, and silent. */
class SecretsTest {
    @Test
    fun `a PIN outlives the buffer it was made from, which is wiped`() = withPhone(Phone(TcpReaders.Way.NFC)) {
        walkTo<Screen.Sign>()
        val buffer = ByteBuffer.allocateDirect(applicant.pin.length)
        buffer.put(applicant.pin.toByteArray()).flip()
        val pin = Pin(buffer)
        for (index in 0 until buffer.capacity()) buffer.put(index, 'x'.code.toByte())
        answer(Answer.Sign(readers.reader, pin, lastTryConfirmed = false, certificate = null))
        assertIs<Screen.Done>(screen)
    }

    @Test
    fun `no secret prints itself or is found in an answer that carries it`() {
        val pin = secret("246813") { Pin(it) }
        val password = password("246813")
        val answers = listOf(
            Answer.Sign("NFC", pin, lastTryConfirmed = false, certificate = null),
            Answer.ConfirmCode(password),
            Answer.SignIn(IdentityKind.PASSPORT, "U12345678", password, "captcha"),
        )
        for (text in listOf(pin, password, *answers.toTypedArray()).map { it.toString() }) {
            assertFalse("246813" in text, text)
        }
        answers.forEach { it.destroy() }
    }

    @Test
    fun `a password that is no Unicode is a failure`() {
        val octets = ByteBuffer.allocateDirect(2).put(0x70).put(0xFF.toByte()).flip()
        assertFailsWith<Failure.TextUnreadable> { Password(octets) }
    }

    @Test
    fun `a text with half a surrogate pair does no harm`() = withPhone(Phone(TcpReaders.Way.NFC)) {
        assertFailsWith<Failure.TextUnreadable> { checkIdentityNumber("1\uD83D", Language.TURKISH) }
        walkTo<Screen.FillForm>()
        val failure = failure(Answer.SaveDraft(mapOf("birth_place" to "I\uDC00")))
        assertIs<Failure.TextUnreadable>(failure)
        assertIs<Screen.FillForm>(screen)
    }

    @Test
    fun `a wrong PIN costs one try and says how many are left`() = withPhone(Phone(TcpReaders.Way.NFC)) {
        walkTo<Screen.Sign>()
        val failure = assertIs<Failure.PinWrong>(failure(sign("135790")))
        assertEquals(2u, failure.triesLeft)
        assertEquals(1, readers.verifications)
    }

    @Test
    fun `a PIN of the wrong length never reaches the card`() = withPhone(Phone(TcpReaders.Way.NFC)) {
        walkTo<Screen.Sign>()
        assertIs<Failure.PinMalformed>(failure(sign("1")))
        assertEquals(0, readers.verifications)
    }

    @Test
    fun `a secret that was let go of is gone`() = withPhone(Phone(TcpReaders.Way.NFC)) {
        walkTo<Screen.Sign>()
        val answer = sign()
        answer.destroy()
        assertFailsWith<IllegalStateException> { application.answer(answer) }
        assertEquals(0, readers.verifications)
    }
}
