package basvuru.core

import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertIs
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.coroutineScope

/** A shell that stops waiting for an answer: the step reaches its end, and what it did is shown afterwards. */
class CancellationTest {
    @Test
    fun `an answer that is given up before the card is there ends as if it were waited for`() =
        givenUp { gate -> beforeConnect = gate::pass }

    @Test
    fun `an answer that is given up while the PIN is with the card ends as if it were waited for`() =
        givenUp { gate -> beforeTransmit = { if (it == VERIFY) gate.pass() } }

    @Test
    fun `an answer that is given up while the card signs ends as if it were waited for`() =
        givenUp { gate -> beforeTransmit = { if (it == SIGN) gate.pass() } }

    @Test
    fun `an answer that is given up when the card has signed ends as if it were waited for`() =
        givenUp { gate -> beforeClose = gate::pass }

    /** Gives an answer up while a port waits at a gate, and opens the gate only then. */
    private fun givenUp(place: TcpReaders.(Gate) -> Unit) = withPhone(Phone(TcpReaders.Way.NFC)) {
        walkTo<Screen.Sign>()
        val gate = Gate()
        readers.place(gate)
        coroutineScope {
            val waiting = async(Dispatchers.Default) { answer(sign()) }
            gate.reached.await()
            waiting.cancel()
            gate.open.complete(Unit)
            // Answers queue: this one is refused, and not before the one that was given up has reached its end.
            assertIs<Failure.AnswerNotExpected>(failure(Answer.AcceptDocuments))
        }
        assertIs<Screen.Done>(screen)
        assertEquals(1, application.history().size)
        assertEquals(1, readers.verifications)
        assertEquals(1, readers.instructions.count { it == SIGN })
    }

    private class Gate {
        val reached = CompletableDeferred<Unit>()
        val open = CompletableDeferred<Unit>()

        suspend fun pass() {
            reached.complete(Unit)
            open.await()
        }
    }

    private companion object {
        const val VERIFY = 0x20
        const val SIGN = 0x2A
    }
}
