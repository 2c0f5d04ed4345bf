package basvuru.core

import java.io.DataInputStream
import java.net.InetAddress
import java.net.Socket
import java.util.Collections
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext

private const val VERIFY = 0x20

/**
 * A phone's reader with a card of the world in it. Before each call does its work it runs what the test has put there, which may
 * fail in the port's stead, or wait.
 */
internal class TcpReaders(private val card: Applicant.Card, private val link: CardLink) : Readers {
    val reader = if (link == CardLink.NFC) "NFC" else "Reader"

    var beforeList: suspend () -> Unit = {}
    var beforeConnect: suspend () -> Unit = {}
    var beforeInfo: suspend () -> Unit = {}
    var beforeTransmit: suspend (instruction: Int) -> Unit = {}
    var beforeTell: suspend (CardStage) -> Unit = {}
    var beforeClose: suspend () -> Unit = {}

    /** The instruction bytes of all commands that reached the card. */
    val instructions: MutableList<Int> = Collections.synchronizedList(mutableListOf())

    /** The sentences shown while connecting, told and at the end. */
    val sentences: MutableList<String> = Collections.synchronizedList(mutableListOf())

    /** How many times a PIN reached the card. */
    val verifications: Int get() = instructions.count { it == VERIFY }

    override suspend fun list(): List<ReaderDescription> {
        beforeList()
        return listOf(ReaderDescription(reader, "Deneme okuyucusu", link))
    }

    override suspend fun connect(reader: String, prompt: String): ConnectedCard {
        sentences += prompt
        beforeConnect()
        val port = if (link == CardLink.NFC) card.nfcPort else card.contactPort
        val socket = withContext(Dispatchers.IO) { Socket(InetAddress.getLoopbackAddress(), port) }
        return ConnectedCard(Channel(socket))
    }

    private inner class Channel(private val socket: Socket) : CardChannel {
        private val input = DataInputStream(socket.getInputStream())

        init {
            socket.tcpNoDelay = true
        }

        override suspend fun info(): ChannelInfo {
            beforeInfo()
            return ChannelInfo(
                link = link,
                atr = if (link == CardLink.CONTACT) exchange(byteArrayOf(4)) else null,
                historicalBytes = card.historicalBytes,
                maxCommandLength = if (card.extendedLength) 4096u else 261u,
                maxResponseLength = if (card.extendedLength) 4096u else 258u,
                extendedLength = card.extendedLength,
            )
        }

        override suspend fun transmit(command: ByteArray): ByteArray {
            val instruction = command[1].toUByte().toInt()
            beforeTransmit(instruction)
            instructions += instruction
            return exchange(command)
        }

        override suspend fun tell(stage: CardStage, sentence: String) {
            beforeTell(stage)
            sentences += sentence
        }

        override suspend fun close(outcome: CardOutcome) {
            withContext(Dispatchers.IO) { socket.close() }
            beforeClose()
            sentences += when (outcome) {
                is CardOutcome.Succeeded -> outcome.sentence
                is CardOutcome.Failed -> outcome.sentence
            }
        }

        /** A length of two octets, and the octets: once there, once back. */
        private suspend fun exchange(message: ByteArray): ByteArray = withContext(Dispatchers.IO) {
            val length = byteArrayOf((message.size shr 8).toByte(), message.size.toByte())
            socket.getOutputStream().write(length + message)
            input.readNBytes(input.readUnsignedShort())
        }
    }
}
