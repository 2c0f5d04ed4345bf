package basvuru.core

import java.util.concurrent.atomic.AtomicInteger

/** A card reader on USB, which the world plays. Its card speaks T=1, and so must the core. */
internal class TcpUsbReader(
    private val connection: Connection,
    private val before: suspend (call: String) -> Unit,
) : UsbReader {
    override suspend fun descriptors(): ByteArray = ask("descriptors", byteArrayOf(0))

    override suspend fun claim(`interface`: UByte) {
        ask("claim", byteArrayOf(1, `interface`.toByte()))
    }

    override suspend fun bulkOut(endpoint: UByte, data: ByteArray, timeoutMilliseconds: UInt) {
        transfers.incrementAndGet()
        ask("bulkOut", byteArrayOf(2, endpoint.toByte()) + data)
    }

    override suspend fun bulkIn(endpoint: UByte, most: UInt, timeoutMilliseconds: UInt): ByteArray {
        val bounded = most.coerceAtMost(UShort.MAX_VALUE.toUInt()).toInt()
        return ask("bulkIn", byteArrayOf(3, endpoint.toByte(), (bounded shr 8).toByte(), bounded.toByte()))
    }

    override suspend fun control(request: UsbControl): ByteArray {
        val numbers = listOf(request.value, request.index, request.length).map(UShort::toInt)
        val head = byteArrayOf(5, request.requestType.toByte(), request.request.toByte())
        return ask("control", head + numbers.flatMap { listOf((it shr 8).toByte(), it.toByte()) } + request.data)
    }

    override suspend fun pause(milliseconds: UInt) = before("pause")

    override suspend fun release(`interface`: UByte) {
        ask("release", byteArrayOf(4, `interface`.toByte()))
        connection.close()
    }

    private suspend fun ask(call: String, message: ByteArray): ByteArray {
        before(call)
        val answer = connection.exchange(message)
        when (answer.first().toInt()) {
            0 -> return answer.copyOfRange(1, answer.size)
            1 -> throw LinkFailure.NoReader()
            2 -> throw LinkFailure.Busy()
            3 -> throw LinkFailure.Timeout(Delivery.UNKNOWN)
            else -> throw LinkFailure.Unsupported()
        }
    }

    companion object {
        /** Transfers to readers, in all tests. */
        val transfers = AtomicInteger()
    }
}
