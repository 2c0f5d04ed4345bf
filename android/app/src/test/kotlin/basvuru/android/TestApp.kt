package basvuru.android

import basvuru.android.phone.FakeKeystore
import basvuru.core.World

/** The app as it is, on the world's portal, on a phone with a key store. */
class TestApp : App() {
    override fun onCreate() {
        FakeKeystore.install()
        super.onCreate()
    }

    override fun portal() = PortalAddress(World.portal, World.trust)
}
