package basvuru.core

import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertIs
import kotlin.test.assertTrue
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.coroutineScope

/** What becomes of a port that fails, in a way it declares and in a way it does not. */
class PortsTest {
    @Test
    fun `readers that cannot be listed are told apart from readers that break`() = withPhone {
        walkTo<Screen.Sign>()
        readers.beforeList = { throw LinkFailure.NoPermission() }
        assertIs<Failure.ReaderNotPermitted>(failure(sign()))
        readers.beforeList = { undeclared() }
        assertUntold(failure(sign()))
    }

    @Test
    fun `a connection that cannot be made is told apart from one that breaks`() = withPhone {
        walkTo<Screen.Sign>()
        readers.beforeConnect = { throw LinkFailure.CancelledByPerson(Delivery.NOT_SENT) }
        assertIs<Failure.CardCancelled>(failure(sign()))
        readers.beforeConnect = { throw LinkFailure.NoCard() }
        assertIs<Failure.CardMissing>(failure(sign()))
        readers.beforeConnect = { undeclared() }
        assertUntold(failure(sign()))
    }

    @Test
    fun `a channel without information is told apart from one that breaks`() = withPhone {
        walkTo<Screen.Sign>()
        readers.beforeInfo = { throw LinkFailure.CardLost(Delivery.NOT_SENT) }
        assertIs<Failure.CardLost>(failure(sign()))
        readers.beforeInfo = { undeclared() }
        assertUntold(failure(sign()))
    }

    @Test
    fun `a command that fails is told apart from one that breaks`() = withPhone {
        walkTo<Screen.Sign>()
        readers.beforeTransmit = { throw LinkFailure.Timeout(Delivery.UNKNOWN) }
        assertIs<Failure.CardTimeout>(failure(sign()))
        readers.beforeTransmit = { undeclared() }
        assertUntold(failure(sign()))
        assertEquals(0, readers.verifications)
    }

    @Test
    fun `whether a PIN may have reached the card is what the channel says`() = withPhone {
        walkTo<Screen.Sign>()
        readers.beforeTransmit = { if (it == VERIFY) throw LinkFailure.CardLost(Delivery.NOT_SENT) }
        assertIs<Failure.CardLost>(failure(sign()))
        readers.beforeTransmit = { if (it == VERIFY) throw LinkFailure.CardLost(Delivery.UNKNOWN) }
        assertIs<Failure.PinOutcomeUnknown>(failure(sign()))
        readers.beforeTransmit = { if (it == VERIFY) throw LinkFailure.CancelledByPerson(Delivery.NOT_SENT) }
        assertIs<Failure.CardCancelled>(failure(sign()))
        readers.beforeTransmit = { if (it == VERIFY) throw LinkFailure.CancelledByPerson(Delivery.UNKNOWN) }
        assertIs<Failure.PinOutcomeUnknown>(failure(sign()))
        // What a channel does not declare may have happened after the command had left.
        readers.beforeTransmit = { if (it == VERIFY) undeclared() }
        assertIs<Failure.PinOutcomeUnknown>(failure(sign()))

        readers.beforeTransmit = {}
        walkTo<Screen.Done>()
        assertEquals(1, readers.verifications)
    }

    @Test
    fun `a USB reader that fails is told apart from one that breaks`() = withPhone(Phone(TcpReaders.Way.USB)) {
        walkTo<Screen.Sign>()
        readers.beforeUsb = { if (it == "descriptors") throw LinkFailure.NoPermission() }
        assertIs<Failure.ReaderNotPermitted>(failure(sign()))
        readers.beforeUsb = { if (it == "claim") throw LinkFailure.Busy() }
        assertIs<Failure.ReaderBusy>(failure(sign()))
        for (call in listOf("descriptors", "claim", "bulkOut", "bulkIn")) {
            readers.beforeUsb = { if (it == call) undeclared() }
            assertUntold(failure(sign()))
        }
        readers.beforeUsb = { if (it == "release") undeclared() }
        walkTo<Screen.Done>()
    }

    @Test
    fun `a USB reader that does not answer is told to give up over its control pipe`() =
        withPhone(Phone(TcpReaders.Way.USB)) {
            walkTo<Screen.Sign>()
            val calls = mutableListOf<String>()
            readers.beforeUsb = {
                calls += it
                // From the first command to the card on; what empties the reader before may come to nothing.
                if (it == "bulkIn" && calls.count { call -> call == "bulkOut" } > 0 && "control" !in calls) {
                    throw LinkFailure.Timeout(Delivery.UNKNOWN)
                }
            }
            assertIs<Failure.CardTimeout>(failure(sign()))
            assertEquals(listOf("bulkOut", "bulkIn"), calls.dropWhile { it != "control" }.drop(1).take(2))
            assertEquals("release", calls.last())
            readers.beforeUsb = {}
            walkTo<Screen.Done>()
        }

    @Test
    fun `a call that never comes back holds up nothing that only shows something`() =
        withPhone(Phone(TcpReaders.Way.NFC)) {
            readers.beforeTell = { lost() }
            walkTo<Screen.Done>()
        }

    @Test
    fun `a wait for a card ends when the person has had enough`() = withPhone {
        walkTo<Screen.Sign>()
        val waits = CompletableDeferred<Unit>()
        readers.beforeConnect = {
            waits.complete(Unit)
            lost()
        }
        coroutineScope {
            val waiting = async(Dispatchers.Default) { failure(sign()) }
            waits.await()
            application.cancel()
            assertIs<Failure.CardCancelled>(waiting.await())
        }
        readers.beforeConnect = {}
        walkTo<Screen.Done>()
    }

    @Test
    fun `an application is closed and opened again while a call never comes back`() = withPhone {
        walkTo<Screen.Sign>()
        val sent = CompletableDeferred<Unit>()
        readers.beforeTransmit = {
            if (it == VERIFY) {
                sent.complete(Unit)
                lost()
            }
        }
        coroutineScope {
            val waiting = async(Dispatchers.Default) { runCatching { answer(sign()) } }
            sent.await()
            leave()
            waiting.cancel()
        }
        readers.beforeTransmit = {}
        walkTo<Screen.Done>()
        assertEquals(1, readers.verifications)
    }

    @Test
    fun `nothing that only shows something stops the application`() {
        var calls = 0
        val watcher = TestWatcher { if (calls++ % 2 == 0) throw PortFailure.Unavailable("test") else undeclared() }
        withPhone(Phone(TcpReaders.Way.NFC, watcher = watcher)) {
            readers.beforeTell = {
                if (it == CardStage.READING) throw LinkFailure.Busy() else undeclared()
            }
            readers.beforeClose = { throw LinkFailure.NoReader() }
            walkTo<Screen.Done>()
            assertTrue(watcher.told.size > 5)
        }
    }

    @Test
    fun `a card that cannot be let go has signed all the same`() = withPhone(Phone(TcpReaders.Way.NFC)) {
        readers.beforeClose = { undeclared() }
        walkTo<Screen.Done>()
    }

    @Test
    fun `a vault that gives no key leaves the journal closed`() = withPhone {
        for (key in listOf({ throw PortFailure.Unavailable("locked") }, { undeclared() }, { ByteArray(31) })) {
            assertIs<Failure.VaultUnavailable>(runCatching { open(TestVault(key)) }.exceptionOrNull())
        }
        open().close()
    }

    /** A failure of a reader, with nothing in it of the exception, which may hold anything. */
    private fun assertUntold(failure: Failure) {
        assertIs<Failure.ReaderFailed>(failure)
        val explanation = explain(failure, Language.ENGLISH)
        assertFalse(SECRET in "$failure ${failure.message} $explanation")
    }

    private fun undeclared(): Nothing = throw IllegalStateException(SECRET)

    /** What the generated code does not catch: the core never hears of the call again. */
    private fun lost(): Nothing = throw AssertionError("a call that is lost")

    private companion object {
        const val SECRET = "00200001 246813"
        const val VERIFY = 0x20
    }
}
