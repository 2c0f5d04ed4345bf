package basvuru.android.model

import android.app.Application
import android.os.Build
import android.os.SystemClock
import androidx.core.content.edit
import basvuru.android.PortalAddress
import basvuru.android.ports.NfcReader
import basvuru.android.ports.PhonePorts
import basvuru.android.ports.systemProxy
import basvuru.core.CardDesk
import basvuru.core.CardDeskInterface
import basvuru.core.CertificateApplication
import basvuru.core.CertificateApplicationInterface
import basvuru.core.Configuration
import basvuru.core.Language
import java.io.File
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.flow.SharingStarted
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.combine
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.stateIn

/** The phone the app runs on. */
class AndroidPhone(
    private val application: Application,
    private val ports: PhonePorts,
    private val portal: PortalAddress,
    scope: CoroutineScope
) : Phone {
    private val folder by lazy { File(application.noBackupFilesDir, "journey") }
    private val preferences by lazy { application.getSharedPreferences("looks", 0) }

    override val portals = listOf(portal.origin)

    override val condition: StateFlow<PhoneCondition> =
        combine(ports.nfc.state, ports.usb.state, ports.network.connected) { nfc, usb, online -> condition(nfc, usb.host, online) }
            .stateIn(
                scope,
                SharingStarted.Eagerly,
                condition(ports.nfc.state.value, ports.usb.state.value.host, ports.network.connected.value)
            )

    override val readers = combine(ports.nfc.state, ports.usb.state) { nfc, usb ->
        usb.readers + listOfNotNull(ports.nfc.description().takeIf { nfc == NfcReader.State.ON })
    }.stateIn(scope, SharingStarted.Eagerly, emptyList())

    override val unusableReaders = ports.usb.state.map { it.unusable }.stateIn(scope, SharingStarted.Eagerly, emptyList())

    override val progress = ports.watcher.progress
        .map { told -> told?.let { Progress(it.stage, it.sentence) } }
        .stateIn(scope, SharingStarted.Eagerly, null)

    override val keyLost get() = ports.vault.isLost

    override val about = PhoneAbout(
        application.packageManager.getPackageInfo(application.packageName, 0).versionName.orEmpty(),
        Build.VERSION.RELEASE,
        Build.MANUFACTURER + " " + Build.MODEL
    )

    override var dynamicColour: Boolean
        get() = preferences.getBoolean(DYNAMIC_COLOUR, false)
        set(on) = preferences.edit { putBoolean(DYNAMIC_COLOUR, on) }

    override fun messageToken(onMessage: (text: String, sender: String?) -> Unit): String? = ports.messages.token(onMessage)

    override fun clearProgress() = ports.watcher.clear()

    override fun forgetMessages() = ports.messages.forget()

    override fun cardScreen(shown: Boolean) = ports.nfc.showCardScreen(shown)

    override fun open(opening: Opening): CertificateApplicationInterface {
        folder.mkdirs()
        val origin = opening.invitation?.portal ?: portal.origin
        return CertificateApplication.open(
            Configuration(
                portal = origin,
                portalRoots = portal.roots,
                folder = folder.path,
                language = opening.language,
                identityKind = opening.invitation?.identityKind,
                order = opening.invitation?.order,
                returnTo = opening.invitation?.returnTo,
                proxy = systemProxy(origin),
                deviceName = deviceName()
            ),
            ports.forCore()
        )
    }

    override fun openDesk(language: Language): CardDeskInterface {
        folder.mkdirs()
        return CardDesk.open(folder.path, ports.forCore(), language)
    }

    override fun forget() {
        folder.deleteRecursively()
        ports.vault.forget()
    }

    override fun pages(pdf: ByteArray): PageSource = PdfPages.open(application.cacheDir, pdf)

    override fun steadyMilliseconds(): Long = SystemClock.elapsedRealtime()

    /** What a person knows this phone by. Many makers begin the model's name with their own. */
    private fun deviceName(): String =
        (if (Build.MODEL.startsWith(Build.MANUFACTURER, ignoreCase = true)) Build.MODEL else about.phoneModel).take(LONGEST_NAME)

    private fun condition(nfc: NfcReader.State, usbHost: Boolean, online: Boolean) = PhoneCondition(
        when (nfc) {
            NfcReader.State.ABSENT -> NfcCondition.ABSENT
            NfcReader.State.OFF -> NfcCondition.OFF
            NfcReader.State.ON -> NfcCondition.ON
        },
        ports.nfc.antenna()?.let { Antenna(it.x, it.y) },
        usbHost,
        online
    )

    private companion object {
        const val DYNAMIC_COLOUR = "dynamic-colour"

        /** Most characters of a name in the list of devices. */
        const val LONGEST_NAME = 64
    }
}
