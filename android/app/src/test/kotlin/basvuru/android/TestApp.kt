package basvuru.android

import android.os.Looper
import android.os.StrictMode
import basvuru.android.model.AndroidPhone
import basvuru.android.model.ApplicationModel
import basvuru.android.model.Opening
import basvuru.android.model.Phone
import basvuru.android.phone.FakeKeystore
import basvuru.android.ports.PhonePorts
import basvuru.core.CertificateApplication
import basvuru.core.CertificateApplicationInterface
import basvuru.core.World
import kotlinx.coroutines.CoroutineExceptionHandler
import kotlinx.coroutines.MainScope
import kotlinx.coroutines.cancel
import kotlinx.coroutines.plus

/** The app as it is, on the world's portal, on a phone with a key store. It can end as the system ends it, and start again. */
class TestApp : App() {
    private var life = Life()

    /** What would have ended the app, if anything has. */
    var crash: Throwable? = null
        private set

    override val model: ApplicationModel get() = life.model

    override fun onCreate() {
        FakeKeystore.install()
        StrictMode.setThreadPolicy(StrictMode.ThreadPolicy.Builder().detectAll().penaltyDeath().build())
        super.onCreate()
    }

    override fun portal() = PortalAddress(World.portal, World.trust)

    /** The process ends without a word. What was written stays. */
    fun die() {
        life.end()
        life = Life()
    }

    /** What the app has written goes, as on a phone that is new. */
    fun erase() {
        val policy = StrictMode.allowThreadDiskWrites()
        noBackupFilesDir.deleteRecursively()
        FakeKeystore.install()
        StrictMode.setThreadPolicy(policy)
    }

    override fun onTerminate() {
        life.end()
        super.onTerminate()
    }

    private inner class Life {
        private val scope = MainScope() + CoroutineExceptionHandler { _, fault -> crash = fault }
        private val ports by lazy { PhonePorts(this@TestApp) }
        private val phone by lazy { StrictPhone(AndroidPhone(this@TestApp, ports, portal(), scope)) }
        val model by lazy { ApplicationModel(phone, scope) }

        fun end() {
            scope.cancel()
            ports.nfc.showCardScreen(false)
            phone.opened?.close()
        }
    }
}

/** A phone on whose main thread nobody waits for the core. */
private class StrictPhone(private val phone: Phone) : Phone by phone {
    var opened: CertificateApplication? = null
        private set

    override fun open(opening: Opening): CertificateApplicationInterface {
        notOnMain()
        return StrictApplication((phone.open(opening) as CertificateApplication).also { opened = it })
    }

    override fun forget() {
        notOnMain()
        phone.forget()
    }
}

private class StrictApplication(private val application: CertificateApplication) :
    CertificateApplicationInterface by application,
    AutoCloseable by application {
    override fun document(id: String): ByteArray {
        notOnMain()
        return application.document(id)
    }

    override fun history() = notOnMain().run { application.history() }

    override fun signedContainer(order: String) = notOnMain().run { application.signedContainer(order) }
}

private fun notOnMain() = check(Looper.myLooper() != Looper.getMainLooper()) { "the screen stands still meanwhile" }
