package basvuru.android.ports

import android.nfc.TagLostException
import android.nfc.tech.IsoDep
import android.os.SystemClock
import basvuru.core.CardChannel
import basvuru.core.CardLink
import basvuru.core.CardOutcome
import basvuru.core.CardStage
import basvuru.core.ChannelInfo
import basvuru.core.Delivery
import basvuru.core.LinkFailure
import java.io.IOException
import java.util.concurrent.atomic.AtomicBoolean
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext

/** The longest a card may think about one command. One that needs longer has left the field without being missed. */
private const val TIMEOUT_MILLISECONDS = 20_000

/** Connects. Nothing is sent to the card's operating system by it. */
internal fun IsoDep.open() {
    try {
        connect()
        timeout = TIMEOUT_MILLISECONDS
    } catch (_: IOException) {
        throw LinkFailure.CardLost(Delivery.NOT_SENT)
    } catch (_: SecurityException) {
        // The handle of a card that has left meanwhile (Android 14).
        throw LinkFailure.CardLost(Delivery.NOT_SENT)
    }
}

/** One card in the field. What is sent is sent once. */
internal class IsoDepChannel(private val link: IsoDep, private val closed: () -> Unit) : CardChannel {
    private val open = AtomicBoolean(true)

    override suspend fun info(): ChannelInfo = withContext(Dispatchers.IO) {
        val most = link.maxTransceiveLength.toUInt()
        ChannelInfo(
            link = CardLink.NFC,
            atr = null,
            // Type A says it in its ATS, type B in the answer to ATTRIB.
            historicalBytes = link.historicalBytes ?: link.hiLayerResponse ?: byteArrayOf(),
            maxCommandLength = most,
            maxResponseLength = most,
            extendedLength = link.isExtendedLengthApduSupported
        )
    }

    override suspend fun transmit(command: ByteArray): ByteArray = withContext(Dispatchers.IO) {
        if (command.size > link.maxTransceiveLength) throw LinkFailure.Unsupported()
        val began = SystemClock.elapsedRealtime()
        try {
            link.transceive(command)
        } catch (_: TagLostException) {
            throw LinkFailure.CardLost(Delivery.UNKNOWN)
        } catch (_: IOException) {
            // Android says the same of a card that was too slow and of one that was torn away.
            val late = SystemClock.elapsedRealtime() - began >= TIMEOUT_MILLISECONDS
            throw if (late) LinkFailure.Timeout(Delivery.UNKNOWN) else LinkFailure.CardLost(Delivery.UNKNOWN)
        } catch (_: IllegalStateException) {
            throw LinkFailure.CardLost(Delivery.NOT_SENT)
        } catch (_: SecurityException) {
            throw LinkFailure.CardLost(Delivery.NOT_SENT)
        }
    }

    // The screen says it, told by the watcher.
    override suspend fun tell(stage: CardStage, sentence: String) = Unit

    override suspend fun close(outcome: CardOutcome) {
        if (!open.compareAndSet(true, false)) return
        try {
            // Android selects the card anew, which ends every PIN state in it.
            withContext(Dispatchers.IO) { link.close() }
        } catch (_: IOException) {
            // It has left, and its PIN state with it.
        } finally {
            closed()
        }
    }
}
