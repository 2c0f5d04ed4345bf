package basvuru.android.phone

import org.junit.rules.ExternalResource
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf

/** A phone with everything the app has a use for, before the app starts: NFC that is on, a USB socket, and a SIM card. */
internal class PhoneRule : ExternalResource() {
    override fun before() {
        NfcField.install()
        UsbBus.install()
        TextMessageService.install()
        shadowOf(RuntimeEnvironment.getApplication().packageManager).setSystemFeature("android.hardware.telephony", true)
    }
}
