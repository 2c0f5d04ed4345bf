package basvuru.android

import android.app.Application
import basvuru.android.model.AndroidPhone
import basvuru.android.model.ApplicationModel
import basvuru.android.ports.PhonePorts
import kotlinx.coroutines.MainScope

/** The process. It keeps the one model there is, so that turning the phone changes nothing. */
open class App : Application() {
    private val scope = MainScope()

    open val model: ApplicationModel by lazy { ApplicationModel(AndroidPhone(this, PhonePorts(this), portal(), scope), scope) }

    /** The portal this app is built for. */
    protected open fun portal(): PortalAddress =
        PortalAddress(getString(R.string.portal), resources.openRawResource(R.raw.portal_roots).use { it.readBytes() })
}

/** A portal's origin, and the only roots its certificate may come from, as PEM. */
class PortalAddress(val origin: String, val roots: ByteArray)
