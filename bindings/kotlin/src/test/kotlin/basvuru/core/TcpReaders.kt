package basvuru.core

import java.util.Collections

private const val VERIFY = 0x20

/**
 * A phone's reader with a card of the world in it. Before each call does its work it runs what the test has put there, which may
 * fail in the port's stead, or wait.
 */
internal class TcpReaders(private val card: Applicant.Card, private val way: Way) : Readers {
    /** How the card is reached. */
    enum class Way { CONTACT, NFC, USB }

    val reader = way.name
    private val link = if (way == Way.NFC) CardLink.NFC else CardLink.CONTACT

    var beforeList: suspend () -> Unit = {}
    var beforeConnect: suspend () -> Unit = {}
    var beforeInfo: suspend () -> Unit = {}
    var beforeTransmit: suspend (instruction: Int) -> Unit = {}
    var beforeTell: suspend (CardStage) -> Unit = {}
    var beforeClose: suspend () -> Unit = {}
    var beforeUsb: suspend (call: String) -> Unit = {}

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
        return when (way) {
            Way.CONTACT -> ConnectedCard.Channel(Channel(Connection.to(card.contactPort)))
            Way.NFC -> ConnectedCard.Channel(Channel(Connection.to(card.nfcPort)))
            Way.USB -> ConnectedCard.Usb(TcpUsbReader(Connection.to(card.usbPort)) { beforeUsb(it) })
        }
    }

    private inner class Channel(private val connection: Connection) : CardChannel {
        override suspend fun info(): ChannelInfo {
            beforeInfo()
            return ChannelInfo(
                link = link,
                atr = if (link == CardLink.CONTACT) connection.exchange(byteArrayOf(4)) else null,
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
            return connection.exchange(command)
        }

        override suspend fun tell(stage: CardStage, sentence: String) {
            beforeTell(stage)
            sentences += sentence
        }

        override suspend fun close(outcome: CardOutcome) {
            connection.close()
            beforeClose()
            sentences += when (outcome) {
                is CardOutcome.Succeeded -> outcome.sentence
                is CardOutcome.Failed -> outcome.sentence
            }
        }
    }
}
