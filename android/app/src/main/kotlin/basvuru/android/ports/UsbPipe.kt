package basvuru.android.ports

import android.hardware.usb.UsbConstants
import android.hardware.usb.UsbDevice
import android.hardware.usb.UsbDeviceConnection
import android.hardware.usb.UsbEndpoint
import android.hardware.usb.UsbInterface
import android.os.SystemClock
import basvuru.core.Delivery
import basvuru.core.LinkFailure
import basvuru.core.UsbControl
import basvuru.core.UsbReader
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.delay
import kotlinx.coroutines.withContext

/** More in one call is cut off before Android 9. */
private const val MOST_OCTETS = 16_384
private const val DEVICE_DESCRIPTOR = 18

/** An open USB device, as it is: the core speaks the reader's protocol. */
internal class UsbPipe(private val device: UsbDevice, private val connection: UsbDeviceConnection, private val isAttached: () -> Boolean) :
    UsbReader {
    private val interfaces: List<UsbInterface> = List(device.interfaceCount) { device.getInterface(it) }

    override suspend fun descriptors(): ByteArray = onDevice {
        // Android gives the device's descriptor and all configurations behind it; the first is the active one.
        val all = connection.rawDescriptors ?: throw LinkFailure.NoReader()
        val begin = DEVICE_DESCRIPTOR.coerceAtMost(all.size)
        val length = if (all.size >= begin + 4) all.octet(begin + 2) or (all.octet(begin + 3) shl 8) else 0
        all.copyOfRange(begin, (begin + length).coerceAtMost(all.size))
    }

    override suspend fun claim(`interface`: UByte) = onDevice {
        val wanted = interfaces.firstOrNull { it.id == `interface`.toInt() } ?: throw LinkFailure.Unsupported()
        if (!connection.claimInterface(wanted, true)) throw if (isAttached()) LinkFailure.Busy() else LinkFailure.NoReader()
    }

    override suspend fun bulkOut(endpoint: UByte, data: ByteArray, timeoutMilliseconds: UInt) = onDevice {
        val out = endpoint(endpoint)
        val began = SystemClock.elapsedRealtime()
        var sent = 0
        do {
            val part = (data.size - sent).coerceAtMost(MOST_OCTETS)
            val gone = connection.bulkTransfer(out, data, sent, part, timeoutMilliseconds.toInt())
            if (gone < part) throw afterSending(began, timeoutMilliseconds)
            sent += part
        } while (sent < data.size)
    }

    override suspend fun bulkIn(endpoint: UByte, most: UInt, timeoutMilliseconds: UInt): ByteArray = onDevice {
        val buffer = ByteArray(most.coerceAtMost(MOST_OCTETS.toUInt()).toInt())
        val began = SystemClock.elapsedRealtime()
        val come = connection.bulkTransfer(endpoint(endpoint), buffer, buffer.size, timeoutMilliseconds.toInt())
        if (come < 0) throw afterSending(began, timeoutMilliseconds)
        buffer.copyOf(come).also { buffer.fill(0) }
    }

    override suspend fun control(request: UsbControl): ByteArray = onDevice {
        val buffer = if (request.data.isEmpty()) ByteArray(request.length.toInt()) else request.data
        val began = SystemClock.elapsedRealtime()
        val done = connection.controlTransfer(
            request.requestType.toInt(),
            request.request.toInt(),
            request.value.toInt(),
            request.index.toInt(),
            buffer,
            buffer.size,
            request.timeoutMilliseconds.toInt()
        )
        if (done < 0) throw afterSending(began, request.timeoutMilliseconds)
        if (request.requestType.toInt() and UsbConstants.USB_DIR_IN != 0) buffer.copyOf(done) else byteArrayOf()
    }

    override suspend fun pause(milliseconds: UInt) = delay(milliseconds.toLong())

    override suspend fun release(`interface`: UByte) = onDevice {
        interfaces.firstOrNull { it.id == `interface`.toInt() }?.let(connection::releaseInterface)
        connection.close()
    }

    private fun endpoint(address: UByte): UsbEndpoint = interfaces
        .flatMap { candidate -> List(candidate.endpointCount) { candidate.getEndpoint(it) } }
        .firstOrNull { it.address == address.toInt() }
        ?: throw LinkFailure.Unsupported()

    /** Android says no more than that it did not work. What was on its way may have arrived. */
    private fun afterSending(began: Long, timeoutMilliseconds: UInt): LinkFailure = when {
        !isAttached() -> LinkFailure.CardLost(Delivery.UNKNOWN)
        SystemClock.elapsedRealtime() - began >= timeoutMilliseconds.toLong() -> LinkFailure.Timeout(Delivery.UNKNOWN)
        else -> LinkFailure.Unexpected(Delivery.UNKNOWN, "a transfer failed")
    }

    private suspend fun <T> onDevice(work: () -> T): T = withContext(Dispatchers.IO) { work() }
}

private fun ByteArray.octet(index: Int): Int = this[index].toInt() and 0xFF
