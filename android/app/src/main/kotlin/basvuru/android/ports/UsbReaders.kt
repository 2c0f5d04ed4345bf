package basvuru.android.ports

import android.app.Application
import android.content.BroadcastReceiver
import android.content.Context
import android.content.Intent
import android.content.IntentFilter
import android.content.pm.PackageManager
import android.hardware.usb.UsbConstants
import android.hardware.usb.UsbDevice
import android.hardware.usb.UsbManager
import basvuru.core.CardLink
import basvuru.core.LinkFailure
import basvuru.core.ReaderDescription
import basvuru.core.UsbReader
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.withContext

/** What is plugged in. */
data class UsbState(
    /** Whether this phone can have anything plugged into it at all. */
    val host: Boolean,
    /** Readers with a smart card interface. */
    val readers: List<ReaderDescription> = emptyList(),
    /** Names of devices that may be readers of a kind of their own: they have no smart card interface, and cannot be used. */
    val unusable: List<String> = emptyList()
)

/**
 * Card readers on USB, known by the smart card class of their interface. There is no list of makers: who follows the standard
 * can be used.
 */
class UsbReaders(private val application: Application) {
    private val manager: UsbManager? = application.getSystemService(UsbManager::class.java)
    private val host = application.packageManager.hasSystemFeature(PackageManager.FEATURE_USB_HOST)
    private val current = MutableStateFlow(look())

    /** The device that the person is asked for, and what waits for the answer. */
    @Volatile
    private var asking: Pair<String, CompletableDeferred<Unit>>? = null

    /** Changes when something is plugged in or pulled out. */
    val state: StateFlow<UsbState> = current.asStateFlow()

    init {
        val filter = IntentFilter(UsbManager.ACTION_USB_DEVICE_ATTACHED).apply { addAction(UsbManager.ACTION_USB_DEVICE_DETACHED) }
        application.listen(
            filter,
            object : BroadcastReceiver() {
                override fun onReceive(context: Context, intent: Intent) {
                    current.value = look()
                    // The system gives no answer about a device that was pulled out.
                    asking?.takeIf { (device, _) -> device(device) == null }?.second?.complete(Unit)
                }
            }
        )
    }

    /** Opens a reader, after asking the person where they have not allowed it yet. */
    suspend fun connect(id: String): UsbReader {
        val manager = manager ?: throw LinkFailure.NoReader()
        val device = device(id) ?: throw LinkFailure.NoReader()
        if (!manager.hasPermission(device)) ask(manager, device)
        val connection = withContext(Dispatchers.IO) {
            try {
                manager.openDevice(device)
            } catch (_: SecurityException) {
                throw LinkFailure.NoPermission()
            }
        }
        return UsbPipe(device, connection ?: throw LinkFailure.NoReader()) { device(id) != null }
    }

    private suspend fun ask(manager: UsbManager, device: UsbDevice) {
        val answered = CompletableDeferred<Unit>()
        asking = device.deviceName to answered
        manager.requestPermission(device, application.answer("basvuru.ports.USB_PERMISSION", 0) { answered.complete(Unit) })
        answered.await()
        // The system is asked, and not the intent, which carries what it likes.
        if (device(device.deviceName) == null) throw LinkFailure.NoReader()
        if (!manager.hasPermission(device)) throw LinkFailure.NoPermission()
    }

    private fun device(id: String): UsbDevice? = manager?.deviceList?.get(id)

    private fun look(): UsbState {
        val devices = if (host) manager?.deviceList?.values.orEmpty() else emptyList()
        val (readers, others) = devices.sortedBy { it.deviceName }.partition { it.hasInterface(UsbConstants.USB_CLASS_CSCID) }
        return UsbState(
            host = host,
            readers = readers.map { ReaderDescription(it.deviceName, it.label(), CardLink.CONTACT) },
            // A keyboard or a stick says what it is; a reader without the smart card class hides behind its maker's own.
            unusable = others.filter { it.hasInterface(UsbConstants.USB_CLASS_VENDOR_SPEC) }.map { it.label() }
        )
    }
}

private fun UsbDevice.hasInterface(kind: Int): Boolean = (0 until interfaceCount).any { getInterface(it).interfaceClass == kind }

/** As the maker calls it; its numbers where it has no name. */
private fun UsbDevice.label(): String = productName?.trim()?.takeUnless { it.isEmpty() } ?: "USB %04x:%04x".format(vendorId, productId)
