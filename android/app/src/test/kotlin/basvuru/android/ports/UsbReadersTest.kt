package basvuru.android.ports

import android.app.Application
import android.hardware.usb.UsbConstants
import basvuru.android.phone.PluggedReader
import basvuru.android.phone.UsbBus
import basvuru.android.phone.UsbConnectionShadow
import basvuru.android.phone.UsbManagerShadow
import basvuru.android.phone.begin
import basvuru.android.phone.failure
import basvuru.android.phone.get
import basvuru.android.phone.waitFor
import basvuru.core.CardLink
import basvuru.core.Delivery
import basvuru.core.LinkFailure
import basvuru.core.ReaderDescription
import basvuru.core.UsbControl
import basvuru.core.World
import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertIs
import org.junit.Before
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.annotation.Config

@RunWith(RobolectricTestRunner::class)
@Config(application = Application::class, shadows = [UsbManagerShadow::class, UsbConnectionShadow::class])
class UsbReadersTest {
    private val reader = PluggedReader(World.invite().card)
    private lateinit var usb: UsbReaders

    @Before
    fun aPhoneThatIsAHost() {
        UsbBus.install()
        usb = UsbReaders(RuntimeEnvironment.getApplication())
    }

    @Test
    fun `a reader is known by its interface, and comes and goes`() {
        assertEquals(UsbState(host = true), usb.state.value)
        UsbBus.plug(reader)
        waitFor("the reader") { usb.state.value.readers.isNotEmpty() }
        assertEquals(
            listOf(ReaderDescription(reader.device.deviceName, "Deneme okuyucusu", CardLink.CONTACT)),
            usb.state.value.readers
        )
        UsbBus.unplug(reader)
        waitFor("its end") { usb.state.value.readers.isEmpty() }
    }

    @Test
    fun `what has no smart card interface is named, and what is something else is not`() {
        UsbBus.plug(UsbBus.device("Eski okuyucu", "/dev/bus/usb/001/003", UsbConstants.USB_CLASS_VENDOR_SPEC))
        UsbBus.plug(UsbBus.device("Klavye", "/dev/bus/usb/001/004", UsbConstants.USB_CLASS_HID))
        UsbBus.plug(UsbBus.device(null, "/dev/bus/usb/001/005", UsbConstants.USB_CLASS_HID, UsbConstants.USB_CLASS_CSCID))
        waitFor("all three") { usb.state.value.readers.isNotEmpty() }
        assertEquals(listOf("Eski okuyucu"), usb.state.value.unusable)
        assertEquals(listOf("USB 1234:5678"), usb.state.value.readers.map { it.name })
    }

    @Test
    fun `the person is asked once, and a reader is spoken to as it is`() {
        UsbBus.plug(reader)
        val connecting = begin { usb.connect(reader.device.deviceName) }
        waitFor("the question") { UsbBus.isAsked }
        assertFalse(connecting.isCompleted)
        UsbBus.answer(permitted = true)
        val pipe = connecting.get()
        // The device's own descriptor is Android's addition.
        assertContentEquals(reader.descriptors.drop(18).toByteArray(), begin { pipe.descriptors() }.get())
        begin { pipe.claim(0u) }.get()
        // PC_to_RDR_GetSlotStatus.
        begin { pipe.bulkOut(endpoint(UsbConstants.USB_DIR_OUT), byteArrayOf(0x65, 0, 0, 0, 0, 0, 1, 0, 0, 0), 1_000u) }.get()
        assertEquals(0x81.toByte(), begin { pipe.bulkIn(endpoint(UsbConstants.USB_DIR_IN), 64u, 1_000u) }.get().first())
        // ABORT, which the reader knows (CCID 1.1, 5.3.1), and GET_CLOCK_FREQUENCIES, at which it stalls.
        assertContentEquals(byteArrayOf(), begin { pipe.control(UsbControl(0x21u, 1u, 0x0100u, 0u, byteArrayOf(), 0u, 1_000u)) }.get())
        val stalled = begin { pipe.control(UsbControl(0xA1u, 2u, 0u, 0u, byteArrayOf(), 64u, 1_000u)) }
        assertIs<LinkFailure.Unexpected>(stalled.failure())
        begin { pipe.release(0u) }.get()
        begin { usb.connect(reader.device.deviceName) }.get()
    }

    @Test
    fun `a person who refuses is believed, whatever the answer says`() {
        UsbBus.plug(reader)
        val connecting = begin { usb.connect(reader.device.deviceName) }
        waitFor("the question") { UsbBus.isAsked }
        UsbBus.answer(permitted = false)
        assertIs<LinkFailure.NoPermission>(connecting.failure())
    }

    @Test
    fun `a reader that is pulled out while the person is asked is gone`() {
        UsbBus.plug(reader)
        val connecting = begin { usb.connect(reader.device.deviceName) }
        waitFor("the question") { UsbBus.isAsked }
        UsbBus.unplug(reader)
        assertIs<LinkFailure.NoReader>(connecting.failure())
    }

    @Test
    fun `a reader that was pulled out is gone, and what was on its way may have arrived`() {
        UsbBus.plug(reader, permitted = true)
        val pipe = begin { usb.connect(reader.device.deviceName) }.get()
        begin { pipe.claim(0u) }.get()
        reader.before = { _, _ -> UsbBus.unplug(reader) }
        val sending = begin { pipe.bulkOut(endpoint(UsbConstants.USB_DIR_OUT), byteArrayOf(0x6F, 0, 0, 0, 0, 0, 1, 0, 0, 0), 1_000u) }
        assertEquals(Delivery.UNKNOWN, assertIs<LinkFailure.CardLost>(sending.failure()).delivery)
        assertIs<LinkFailure.NoReader>(begin { usb.connect(reader.device.deviceName) }.failure())
    }

    @Test
    fun `a phone that is no host has no readers`() {
        UsbBus.install(host = false)
        UsbBus.plug(reader)
        assertEquals(UsbState(host = false), UsbReaders(RuntimeEnvironment.getApplication()).state.value)
    }

    private fun endpoint(direction: Int): UByte = reader.device.getInterface(0)
        .run { List(endpointCount) { getEndpoint(it) } }
        .first { it.type == UsbConstants.USB_ENDPOINT_XFER_BULK && it.direction == direction }
        .address.toUByte()
}
