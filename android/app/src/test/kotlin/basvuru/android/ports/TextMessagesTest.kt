package basvuru.android.ports

import android.app.Application
import basvuru.android.phone.SmsManagerShadow
import basvuru.android.phone.TextMessageService
import kotlin.test.assertEquals
import kotlin.test.assertNotNull
import kotlin.test.assertNull
import org.junit.Before
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.shadows.ShadowLooper

@RunWith(RobolectricTestRunner::class)
@Config(application = Application::class, shadows = [SmsManagerShadow::class])
class TextMessagesTest {
    private val application: Application get() = RuntimeEnvironment.getApplication()
    private val arrived = mutableListOf<Pair<String, String?>>()
    private val messages by lazy { TextMessages(application) }

    @Before
    fun aPhone() {
        TextMessageService.install()
        shadowOf(application.packageManager).setSystemFeature("android.hardware.telephony", true)
    }

    @Test
    fun `the message of the token arrives whole, with its sender`() {
        val token = assertNotNull(messages.token { text, sender -> arrived += text to sender })
        val text = "Başvuru onay kodunuz: 385776. Kodu kimseyle paylaşmayınız. ".repeat(3) + token
        TextMessageService.deliver(token, text, "+905301234567")
        ShadowLooper.idleMainLooper()
        assertEquals(listOf<Pair<String, String?>>(text to "+905301234567"), arrived)
    }

    @Test
    fun `a token is good for one message`() {
        val token = assertNotNull(messages.token { text, sender -> arrived += text to sender })
        repeat(2) { TextMessageService.deliver(token, "kod $it") }
        ShadowLooper.idleMainLooper()
        assertEquals(listOf("kod 0"), arrived.map { it.first })
    }

    @Test
    fun `what an older token brings is dropped`() {
        val older = assertNotNull(messages.token { text, _ -> arrived += "older $text" to null })
        val newer = assertNotNull(messages.token { text, _ -> arrived += "newer $text" to null })
        TextMessageService.deliver(older, "111111")
        TextMessageService.deliver(newer, "222222")
        ShadowLooper.idleMainLooper()
        assertEquals(listOf("newer 222222"), arrived.map { it.first })
    }

    @Test
    fun `nothing arrives once it is forgotten`() {
        val token = assertNotNull(messages.token { text, sender -> arrived += text to sender })
        messages.forget()
        TextMessageService.deliver(token, "385776")
        ShadowLooper.idleMainLooper()
        assertEquals(emptyList(), arrived)
    }

    @Test
    fun `a tablet without telephony has no token`() {
        shadowOf(application.packageManager).setSystemFeature("android.hardware.telephony", false)
        assertNull(messages.token { _, _ -> })
    }
}
