package basvuru.android.ports

import android.app.Application
import basvuru.core.ConnectedCard
import basvuru.core.Ports
import basvuru.core.ReaderDescription
import basvuru.core.Readers

/** What an Android phone lends to the core, and what it tells its app. Make one for the process, on the main thread. */
class PhonePorts(application: Application) {
    val nfc = NfcReader(application)
    val usb = UsbReaders(application)
    val messages = TextMessages(application)
    val network = NetworkState(application)
    val vault = KeystoreVault(application)
    val watcher = ProgressWatcher(application)

    /** Both ways to a card. */
    val readers: Readers = object : Readers {
        override suspend fun list(): List<ReaderDescription> = available()

        override suspend fun connect(reader: String, prompt: String): ConnectedCard =
            if (reader == NfcReader.ID) ConnectedCard.Channel(nfc.connect()) else ConnectedCard.Usb(usb.connect(reader))
    }

    /** The readers that can be used now. */
    fun available(): List<ReaderDescription> =
        usb.state.value.readers + listOfNotNull(nfc.description().takeIf { nfc.state.value == NfcReader.State.ON })

    /** For `CertificateApplication.open`. */
    fun forCore(): Ports = Ports(readers, vault, watcher)
}
