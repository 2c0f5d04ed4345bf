package basvuru.android.ports

import android.app.Activity
import android.app.Application
import android.nfc.AvailableNfcAntenna
import android.nfc.NfcAdapter
import android.nfc.NfcAntennaInfo
import android.os.Vibrator
import basvuru.android.phone.HeldCard
import basvuru.android.phone.IsoDepShadow
import basvuru.android.phone.NfcAdapterShadow
import basvuru.android.phone.NfcField
import basvuru.android.phone.begin
import basvuru.android.phone.failure
import basvuru.android.phone.get
import basvuru.android.phone.waitFor
import basvuru.core.CardLink
import basvuru.core.CardOutcome
import basvuru.core.Delivery
import basvuru.core.LinkFailure
import basvuru.core.World
import java.io.IOException
import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertIs
import kotlin.test.assertNull
import kotlin.test.assertTrue
import kotlinx.coroutines.runBlocking
import org.junit.Before
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.android.controller.ActivityController
import org.robolectric.annotation.Config
import org.robolectric.shadow.api.Shadow

@RunWith(RobolectricTestRunner::class)
@Config(application = Application::class, shadows = [IsoDepShadow::class, NfcAdapterShadow::class])
class NfcReaderTest {
    private val application: Application get() = RuntimeEnvironment.getApplication()
    private val card = HeldCard(World.invite().card)
    private lateinit var nfc: NfcReader
    private lateinit var activity: ActivityController<Activity>

    @Before
    fun aPhoneWithAnAntenna() {
        NfcField.install()
        start()
    }

    private fun start() {
        nfc = NfcReader(application)
        activity = Robolectric.buildActivity(Activity::class.java).setup()
    }

    @Test
    fun `cards are looked for on the card screen and in front only`() {
        assertFalse(NfcField.isLookedFor)
        nfc.showCardScreen(true)
        assertTrue(NfcField.isLookedFor)
        activity.pause()
        assertFalse(NfcField.isLookedFor)
        activity.resume()
        assertTrue(NfcField.isLookedFor)
        nfc.showCardScreen(false)
        assertFalse(NfcField.isLookedFor)
    }

    @Test
    fun `it looks for both kinds of card, without NDEF and without sounds, and seldom checks their presence`() {
        nfc.showCardScreen(true)
        val adapter = Shadow.extract<NfcAdapterShadow>(NfcAdapter.getDefaultAdapter(application))
        assertEquals(
            NfcAdapter.FLAG_READER_NFC_A or NfcAdapter.FLAG_READER_NFC_B or NfcAdapter.FLAG_READER_SKIP_NDEF_CHECK or
                NfcAdapter.FLAG_READER_NO_PLATFORM_SOUNDS,
            adapter.flags
        )
        assertEquals(1_000, adapter.readerModeExtras.getInt(NfcAdapter.EXTRA_READER_PRESENCE_CHECK_DELAY))
    }

    @Test
    fun `a card that is held to the phone is spoken to`() {
        nfc.showCardScreen(true)
        val connecting = begin { nfc.connect() }
        waitFor("the reader") { NfcField.isLookedFor }
        NfcField.hold(card)
        val channel = connecting.get()
        val info = runBlocking { channel.info() }
        assertEquals(CardLink.NFC, info.link)
        assertContentEquals(card.historicalBytes, info.historicalBytes)
        assertEquals(card.extendedLength, info.extendedLength)
        assertContentEquals(byteArrayOf(0x90.toByte(), 0), runBlocking { channel.transmit(SELECT) }.takeLast(2).toByteArray())
        assertTrue(shadowOf(application.getSystemService(Vibrator::class.java)).isVibrating)
        runBlocking { channel.close(CardOutcome.Succeeded("")) }
    }

    @Test
    fun `a card that was held too early is taken when it is asked for`() {
        nfc.showCardScreen(true)
        NfcField.hold(card)
        waitFor("the tag") { true }
        runBlocking { begin { nfc.connect() }.get().close(CardOutcome.Succeeded("")) }
    }

    @Test
    fun `a card that was held too early and is gone again is waited for anew`() {
        nfc.showCardScreen(true)
        NfcField.hold(card)
        card.present = false
        val connecting = begin { nfc.connect() }
        waitFor("the main thread") { true }
        card.present = true
        NfcField.hold(card)
        assertContentEquals(byteArrayOf(0x90.toByte(), 0), runBlocking { connecting.get().transmit(SELECT) }.takeLast(2).toByteArray())
    }

    @Test
    fun `one card at a time`() {
        nfc.showCardScreen(true)
        val first = begin { nfc.connect() }
        waitFor("the first") { NfcField.isLookedFor }
        assertIs<LinkFailure.Busy>(begin { nfc.connect() }.failure())
        NfcField.hold(card)
        runBlocking { first.get().close(CardOutcome.Succeeded("")) }
        val second = begin { nfc.connect() }
        waitFor("the second") { NfcField.isLookedFor }
        NfcField.hold(card)
        runBlocking { second.get().close(CardOutcome.Failed("")) }
    }

    @Test
    fun `leaving the card screen ends the wait`() {
        nfc.showCardScreen(true)
        val connecting = begin { nfc.connect() }
        waitFor("the reader") { NfcField.isLookedFor }
        nfc.showCardScreen(false)
        assertIs<LinkFailure.CancelledByPerson>(connecting.failure())
        assertIs<LinkFailure.CancelledByPerson>(begin { nfc.connect() }.failure())
    }

    @Test
    fun `NFC that is switched on half-way goes on`() {
        NfcField.install(on = false)
        start()
        assertEquals(NfcReader.State.OFF, nfc.state.value)
        nfc.showCardScreen(true)
        val connecting = begin { nfc.connect() }
        waitFor("the main thread") { true }
        assertFalse(NfcField.isLookedFor)
        NfcField.switch(on = true)
        waitFor("the reader") { NfcField.isLookedFor }
        assertEquals(NfcReader.State.ON, nfc.state.value)
        NfcField.hold(card)
        runBlocking { connecting.get().close(CardOutcome.Succeeded("")) }
    }

    @Test
    fun `a phone without an antenna says so`() {
        NfcField.install(present = false)
        val without = NfcReader(application)
        assertEquals(NfcReader.State.ABSENT, without.state.value)
        assertIs<LinkFailure.NoReader>(begin { without.connect() }.failure())
        assertNull(without.antenna())
    }

    @Test
    fun `a sticker is no card`() {
        nfc.showCardScreen(true)
        val connecting = begin { nfc.connect() }
        waitFor("the reader") { NfcField.isLookedFor }
        shadowOf(NfcAdapter.getDefaultAdapter(application)).dispatchTagDiscovered(NfcField.tag(null))
        assertIs<LinkFailure.Unsupported>(connecting.failure())
    }

    @Test
    fun `what a lost card is told as depends on what happened`() {
        nfc.showCardScreen(true)
        val connecting = begin { nfc.connect() }
        waitFor("the reader") { NfcField.isLookedFor }
        NfcField.hold(card)
        val channel = connecting.get()

        card.before = { _, _ -> throw IOException("Transceive failed") }
        assertEquals(Delivery.UNKNOWN, assertIs<LinkFailure.CardLost>(begin { channel.transmit(SELECT) }.failure()).delivery)
        card.before = { _, _ -> card.takeAway() }
        assertEquals(Delivery.UNKNOWN, assertIs<LinkFailure.CardLost>(begin { channel.transmit(SELECT) }.failure()).delivery)
        assertIs<LinkFailure.Unsupported>(begin { channel.transmit(ByteArray(0x1_0000)) }.failure())
        runBlocking { channel.close(CardOutcome.Failed("")) }
        assertEquals(Delivery.NOT_SENT, assertIs<LinkFailure.CardLost>(begin { channel.transmit(SELECT) }.failure()).delivery)
    }

    @Test
    fun `the place of the antenna is told as seen from the screen`() {
        val info = NfcAntennaInfo(80, 160, false, listOf(AvailableNfcAntenna(20, 120)))
        shadowOf(NfcAdapter.getDefaultAdapter(application)).setNfcAntennaInfo(info)
        assertEquals(Antenna(0.25f, 0.25f), nfc.antenna())
    }

    private companion object {
        val SELECT = byteArrayOf(0, 0xA4.toByte(), 0, 0x0C, 2, 0x3F, 0)
    }
}
