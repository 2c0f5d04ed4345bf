package basvuru.android.phone

import android.app.Application
import android.app.PendingIntent
import android.content.Intent
import android.hardware.usb.IUsbSerialReader
import android.hardware.usb.UsbConfiguration
import android.hardware.usb.UsbConstants
import android.hardware.usb.UsbDevice
import android.hardware.usb.UsbDeviceConnection
import android.hardware.usb.UsbEndpoint
import android.hardware.usb.UsbInterface
import android.hardware.usb.UsbManager
import android.os.Parcelable
import basvuru.core.Applicant
import basvuru.core.Connection
import java.time.Duration
import java.util.concurrent.ConcurrentHashMap
import kotlinx.coroutines.runBlocking
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Implementation
import org.robolectric.annotation.Implements
import org.robolectric.shadow.api.Shadow
import org.robolectric.shadows.ShadowSystemClock
import org.robolectric.shadows.ShadowUsbDeviceConnection
import org.robolectric.shadows.ShadowUsbManager

/** The phone's USB socket, into which readers are plugged. */
internal object UsbBus {
    private val application: Application get() = RuntimeEnvironment.getApplication()
    private val manager: UsbManager get() = application.getSystemService(UsbManager::class.java)
    internal val plugged = ConcurrentHashMap<String, PluggedReader>()

    /** Before the app starts: a phone that can be a USB host, or one that cannot. */
    fun install(host: Boolean = true) {
        plugged.clear()
        manager.deviceList.values.forEach { shadowOf(manager).removeUsbDevice(it) }
        shadowOf(application.packageManager).setSystemFeature("android.hardware.usb.host", host)
    }

    /** Plugs a reader in. */
    fun plug(reader: PluggedReader, permitted: Boolean = false) {
        plugged[reader.device.deviceName] = reader
        shadowOf(manager).addOrUpdateUsbDevice(reader.device, permitted)
        application.sendBroadcast(Intent(UsbManager.ACTION_USB_DEVICE_ATTACHED).putExtra(UsbManager.EXTRA_DEVICE, reader.device))
    }

    /** Plugs in something that is no reader of a card. */
    fun plug(device: UsbDevice) {
        shadowOf(manager).addOrUpdateUsbDevice(device, false)
        application.sendBroadcast(Intent(UsbManager.ACTION_USB_DEVICE_ATTACHED).putExtra(UsbManager.EXTRA_DEVICE, device))
    }

    /** Pulls a reader out, in the middle of whatever is under way. */
    fun unplug(reader: PluggedReader) {
        reader.present = false
        plugged.remove(reader.device.deviceName)
        shadowOf(manager).removeUsbDevice(reader.device)
        application.sendBroadcast(Intent(UsbManager.ACTION_USB_DEVICE_DETACHED).putExtra(UsbManager.EXTRA_DEVICE, reader.device))
    }

    /** The person answers the system's question about a device. */
    fun answer(permitted: Boolean) {
        val (device, answer) = checkNotNull(Shadow.extract<UsbManagerShadow>(manager).question) { "nobody was asked" }
        shadowOf(manager).addOrUpdateUsbDevice(device, permitted)
        answer.send(
            application,
            0,
            Intent().putExtra(UsbManager.EXTRA_DEVICE, device).putExtra(UsbManager.EXTRA_PERMISSION_GRANTED, permitted)
        )
    }

    /** Whether the system's question is before the person. */
    val isAsked: Boolean get() = Shadow.extract<UsbManagerShadow>(manager).question != null

    /** What was asked is answered and done with. */
    fun forgetQuestion() {
        Shadow.extract<UsbManagerShadow>(manager).question = null
    }

    /** A device with interfaces of the given classes and no endpoints. */
    fun device(name: String?, path: String, vararg classes: Int): UsbDevice = device(
        name,
        path,
        classes.mapIndexed { number, kind ->
            UsbInterface(number, 0, null, kind, 0, 0).apply { setEndpoints(emptyArray<Parcelable>()) }
        }
    )

    internal fun device(name: String?, path: String, interfaces: List<UsbInterface>): UsbDevice {
        val configuration = UsbConfiguration(1, null, 0x80, 50).apply { setInterfaces(interfaces.toTypedArray<Parcelable>()) }
        return UsbDevice.Builder(
            path, 0x1234, 0x5678, 0, 0, 0, null, name, "1",
            arrayOf(
                configuration
            ),
            null, false, false, false, false, false
        )
            .build(object : IUsbSerialReader.Stub() {
                override fun getSerial(packageName: String?) = "1"
            })
    }
}

/** Robolectric's, which asks nobody. */
@Implements(UsbManager::class)
class UsbManagerShadow : ShadowUsbManager() {
    internal var question: Pair<UsbDevice, PendingIntent>? = null

    @Implementation
    fun requestPermission(device: UsbDevice, answer: PendingIntent) {
        check(answer.isImmutable.not()) { "the system cannot fill in its answer" }
        question = device to answer
    }
}

/** A reader of the world with somebody's card in it. `before` and `after` are run around each message that carries something to the card. */
internal class PluggedReader(card: Applicant.Card, path: String = "/dev/bus/usb/001/002") {
    var before: (number: Int, message: ByteArray) -> Unit = { _, _ -> }
    var after: (number: Int, message: ByteArray) -> Unit = { _, _ -> }

    @Volatile
    var present = true
    var transfers = 0
        private set
    private val connection: Connection = runBlocking { Connection.to(card.usbPort) }
    private val configuration: ByteArray = checkNotNull(ask(byteArrayOf(DESCRIPTORS)))

    val descriptors: ByteArray get() = DEVICE_DESCRIPTOR + configuration
    val device: UsbDevice = UsbBus.device("Deneme okuyucusu", path, interfaces(configuration))

    internal fun claim(number: Int): Boolean = ask(byteArrayOf(CLAIM, number.toByte())) != null

    internal fun release(number: Int): Boolean = ask(byteArrayOf(RELEASE, number.toByte())) != null

    internal fun out(endpoint: Int, data: ByteArray): Int {
        val carries = data.firstOrNull() == XFR_BLOCK
        if (carries) before(++transfers, data)
        val answer = ask(byteArrayOf(OUT, endpoint.toByte()) + data)
        if (carries) after(transfers, data)
        return if (answer == null || !present) -1 else data.size
    }

    internal fun into(endpoint: Int, most: Int): ByteArray? = ask(byteArrayOf(IN, endpoint.toByte(), (most shr 8).toByte(), most.toByte()))

    internal fun control(head: ByteArray, data: ByteArray): ByteArray? = ask(byteArrayOf(CONTROL) + head + data)

    private fun ask(message: ByteArray): ByteArray? {
        if (!present) return null
        val answer = runBlocking { connection.exchange(message) }
        return answer.takeIf { it.first().toInt() == 0 }?.copyOfRange(1, answer.size)
    }

    private companion object {
        const val DESCRIPTORS: Byte = 0
        const val CLAIM: Byte = 1
        const val OUT: Byte = 2
        const val IN: Byte = 3
        const val RELEASE: Byte = 4
        const val CONTROL: Byte = 5

        /** PC_to_RDR_XfrBlock (CCID 1.1, 6.1.4). */
        const val XFR_BLOCK: Byte = 0x6F

        /** USB 2.0, 9.6.1: what Android puts before the configurations. */
        val DEVICE_DESCRIPTOR = byteArrayOf(18, 1, 0, 2, 0, 0, 0, 8, 0x34, 0x12, 0x78, 0x56, 0, 1, 0, 0, 0, 1)

        /** What Android makes of a configuration's descriptors. */
        fun interfaces(configuration: ByteArray): List<UsbInterface> {
            val found = mutableListOf<Pair<UsbInterface, MutableList<UsbEndpoint>>>()
            var at = 0
            while (at < configuration.size) {
                val it = configuration.copyOfRange(at, at + configuration[at]).map { octet -> octet.toUByte().toInt() }
                when (it[1]) {
                    4 -> found += UsbInterface(it[2], it[3], null, it[5], it[6], it[7]) to mutableListOf()
                    5 -> found.last().second += UsbEndpoint(it[2], it[3], it[4] or (it[5] shl 8), it[6])
                }
                at += it[0]
            }
            return found.map { (face, endpoints) -> face.apply { setEndpoints(endpoints.toTypedArray<Parcelable>()) } }
        }
    }
}

/** Android's class without its driver: a reader of the bus is at the other end. */
@Implements(UsbDeviceConnection::class)
class UsbConnectionShadow : ShadowUsbDeviceConnection() {
    private val reader: PluggedReader? get() = UsbBus.plugged.values.firstOrNull()

    @Implementation
    fun getRawDescriptors(): ByteArray? = reader?.descriptors

    @Implementation
    override fun claimInterface(face: UsbInterface, force: Boolean): Boolean = reader?.claim(face.id) ?: false

    @Implementation
    override fun releaseInterface(face: UsbInterface): Boolean = reader?.release(face.id) ?: false

    @Implementation
    override fun bulkTransfer(endpoint: UsbEndpoint, buffer: ByteArray?, length: Int, timeout: Int): Int =
        bulkTransfer(endpoint, buffer, 0, length, timeout)

    @Implementation
    override fun bulkTransfer(endpoint: UsbEndpoint, buffer: ByteArray?, offset: Int, length: Int, timeout: Int): Int {
        val reader = reader ?: return -1
        if (endpoint.direction ==
            UsbConstants.USB_DIR_OUT
        ) {
            return reader.out(endpoint.address, buffer?.copyOfRange(offset, offset + length) ?: byteArrayOf())
        }
        val come = reader.into(endpoint.address, length)
        if (come == null) {
            // Nothing came in time: it passes on the phone's clock, which stands still otherwise.
            if (reader.present) ShadowSystemClock.advanceBy(Duration.ofMillis(timeout.toLong()))
            return -1
        }
        come.copyInto(checkNotNull(buffer), offset)
        return come.size
    }

    @Implementation
    override fun controlTransfer(kind: Int, request: Int, value: Int, index: Int, buffer: ByteArray?, length: Int, timeout: Int): Int {
        val reader = reader ?: return -1
        val sends = kind and UsbConstants.USB_DIR_IN == 0
        val numbers = listOf(value, index, length).flatMap { listOf((it shr 8).toByte(), it.toByte()) }
        val data = buffer?.takeIf { sends }?.copyOf(length) ?: byteArrayOf()
        val come = reader.control(byteArrayOf(kind.toByte(), request.toByte()) + numbers, data) ?: return -1
        if (sends) return length
        buffer?.let { come.copyInto(it) }
        return come.size
    }
}
