package basvuru.android.screens

import android.view.InputDevice
import android.view.MotionEvent
import androidx.activity.ComponentActivity
import androidx.compose.ui.semantics.SemanticsProperties
import androidx.compose.ui.test.SemanticsMatcher
import androidx.compose.ui.test.assertIsNotEnabled
import androidx.compose.ui.test.hasClickAction
import androidx.compose.ui.test.hasText
import androidx.compose.ui.test.junit4.v2.createAndroidComposeRule
import androidx.compose.ui.test.onNodeWithText
import basvuru.android.model.Busy
import basvuru.android.model.CardWork
import basvuru.android.model.Care
import basvuru.android.model.CarePin
import basvuru.android.model.Entry
import basvuru.android.model.Frame
import basvuru.android.screens.card.CertificateScreen
import basvuru.android.screens.card.CertificateState
import basvuru.android.screens.card.PinScreen
import basvuru.android.screens.card.PinState
import basvuru.android.screens.card.PrepareScreen
import basvuru.android.screens.card.PrepareState
import basvuru.android.screens.card.SigningScreen
import basvuru.android.screens.card.SigningState
import basvuru.android.screens.card.Ways
import basvuru.android.screens.card.card
import basvuru.android.screens.care.CareScreen
import basvuru.android.screens.care.CareState
import basvuru.android.screens.help.HelpScreen
import basvuru.android.screens.help.HelpState
import basvuru.core.CardReport
import basvuru.core.Failure
import basvuru.core.PinRules
import basvuru.core.WorkStage
import kotlin.test.assertEquals
import kotlin.test.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config

/** What is sent about the card, and what is not sent without being asked for. */
@RunWith(RobolectricTestRunner::class)
@Config(application = android.app.Application::class, qualifiers = "tr-w412dp-h915dp-mdpi")
class CardViewTest {
    @get:Rule
    val rule = createAndroidComposeRule<ComponentActivity>()

    private val answers by lazy { Answers(rule) }
    private val words = Wording(turkish = true, doubled = false)
    private val entry = Entry.Card()

    @Test
    fun `a card in a reader is read by itself, once`() {
        showWays(Ways(listOf(usbReader), emptyList(), ready))
        answers.are("ReadCard usb")
    }

    @Test
    fun `a card that failed to be read is read again only when asked for`() {
        showWays(Ways(listOf(usbReader), emptyList(), ready), answers.failed(Failure.CardLost()))
        answers.are()
        answers.press("Kartı oku")
        answers.are("ReadCard usb")
    }

    @Test
    fun `over NFC the PIN comes first, and nothing is sent before it`() {
        showWays(Ways(listOf(nfcReader), emptyList(), ready))
        answers.press("PIN’e geç")
        assertTrue(entry.typing)
        answers.are()
    }

    @Test
    fun `a certificate is chosen before the PIN`() {
        answers.show { send -> CertificateScreen(CertificateState(answers.frame, words.card(3, 2), entry), send) }
        answers.press("Devam et")
        assertEquals("5f3a9c00", entry.certificate)
        answers.are()
    }

    @Test
    fun `a PIN signs once, and nothing of it is left`() {
        showPin(3)
        answers.reach("İmzala").assertIsNotEnabled()
        type("148259")
        answers.press("İmzala")
        assertEquals(0, entry.pin.length)
        answers.press("İmzala")
        answers.are("Sign usb lastTry=false null")
    }

    @Test
    fun `a digit too many is not taken, and the last one can be taken back`() {
        showPin(3)
        type("1482597")
        assertEquals(6, entry.pin.length)
        answers.press("Son rakamı sil")
        assertEquals(5, entry.pin.length)
        answers.reach("İmzala").assertIsNotEnabled()
        answers.are()
    }

    @Test
    fun `a reader hears how many digits there are, and never which`() {
        showPin(3)
        type("1482")
        val told = rule.onAllNodes(SemanticsMatcher.keyIsDefined(SemanticsProperties.LiveRegion)).fetchSemanticsNodes()
        assertEquals(listOf("4 / 6 rakam"), told.flatMap { it.config[SemanticsProperties.ContentDescription] })
        val said = rule.onAllNodes(hasClickAction().not()).fetchSemanticsNodes().map { it.config.toString() }
        assertEquals(emptyList(), said.filter { "1482" in it })
    }

    @Test
    fun `the last try is asked about before there are keys`() {
        showPin(1)
        rule.onNodeWithText("İmzala").assertDoesNotExist()
        answers.press("Eminim, devam et")
        type("148259")
        answers.press("İmzala")
        answers.are("Sign usb lastTry=true null")
    }

    @Test
    fun `the last try can be kept`() {
        showPin(1)
        answers.press("Şimdi değil")
        answers.are("Back")
    }

    @Test
    fun `a blocked card is asked for no PIN`() {
        showPin(0, answers.failed(Failure.PinBlocked()))
        rule.onNodeWithText("İmzala").assertDoesNotExist()
        rule.onNode(hasText("5") and hasClickAction()).assertDoesNotExist()
        answers.are()
    }

    @Test
    fun `a press that came through another window is refused and said to be`() {
        showPin(3)
        press("5", MotionEvent.FLAG_WINDOW_IS_OBSCURED)
        assertEquals(0, entry.pin.length)
        rule.onNodeWithText("Ekranın üzerinde başka bir uygulama var", substring = true).assertExists()
        press("5", 0)
        assertEquals(1, entry.pin.length)
    }

    @Test
    fun `a card at work can be stopped`() {
        val busy = Busy(0, CardWork.NFC, "Kart bekleniyor", WorkStage.AwaitingCard)
        answers.show { send -> SigningScreen(SigningState(answers.frame.copy(busy = busy), busy, null), send) }
        answers.press("Durdur")
        answers.are("Cancel")
    }

    @Test
    fun `a PIN is changed by the old one and the new one twice`() {
        val care = showCare()
        answers.press("PIN’i değiştir")
        type("148259")
        answers.press("Devam et")
        type("730915")
        answers.press("Devam et")
        // Not even the beginning of it is the same.
        type("7309")
        answers.reach("PIN’i değiştir").assertIsNotEnabled()
        type("16")
        answers.reach("PIN’i değiştir").assertIsNotEnabled()
        rule.onNodeWithText("Bu, az önce yazdığınız yeni PIN değil.").assertExists()
        answers.press("Son rakamı sil")
        type("5")
        answers.press("PIN’i değiştir")
        assertEquals(CarePin.REPEATED, care.entry.asked)
        answers.are("ChangePin")
    }

    @Test
    fun `what cannot be undone is asked about first`() {
        answers.show { send -> HelpScreen(HelpState(answers.frame, signedIn = true), send) }
        answers.press("Oturumu kapat")
        answers.are()
        answers.pressLast("Oturumu kapat")
        answers.are("Go(outside=null)", "Leave")
    }

    private fun showWays(ways: Ways, frame: Frame = answers.frame) =
        answers.show { send -> PrepareScreen(PrepareState(frame, entry, ways), send) }

    private fun showPin(tries: Int, frame: Frame = answers.frame) =
        answers.show { send -> PinScreen(PinState(frame, words.card(tries), entry, "usb"), send) }

    private fun showCare(): Care {
        val rules = PinRules(4u, 8u, true)
        val report = CardReport("usb", "AKİS", "01", PERSON, emptyList(), rules, 3u, "3 hak", notice = null, unblocking = null)
        val care = Care(report, "usb")
        answers.show { send -> CareScreen(CareState(answers.frame, care, Ways(listOf(usbReader), emptyList(), ready)), send) }
        return care
    }

    private fun type(pin: String) = pin.forEach { answers.press(it.toString()) }

    /** A finger, as the system says that it came through. */
    private fun press(key: String, flags: Int) {
        val place = rule.onNode(hasText(key) and hasClickAction()).fetchSemanticsNode().boundsInRoot.center
        val pointer = MotionEvent.PointerProperties().apply { toolType = MotionEvent.TOOL_TYPE_FINGER }
        val at = MotionEvent.PointerCoords().apply {
            x = place.x
            y = place.y
            pressure = 1f
        }
        for (action in listOf(MotionEvent.ACTION_DOWN, MotionEvent.ACTION_UP)) {
            val now = android.os.SystemClock.uptimeMillis()
            val event = MotionEvent.obtain(
                now, now, action, 1, arrayOf(pointer), arrayOf(at), 0, 0, 1f, 1f, 0, 0, InputDevice.SOURCE_TOUCHSCREEN, flags
            )
            rule.runOnUiThread { rule.activity.window.decorView.dispatchTouchEvent(event) }
            rule.waitForIdle()
        }
    }
}
