package basvuru.android.screens

import android.os.SystemClock
import androidx.activity.ComponentActivity
import androidx.compose.ui.semantics.SemanticsProperties
import androidx.compose.ui.test.SemanticsMatcher
import androidx.compose.ui.test.assertIsNotEnabled
import androidx.compose.ui.test.hasClickAction
import androidx.compose.ui.test.hasContentDescription
import androidx.compose.ui.test.hasText
import androidx.compose.ui.test.junit4.v2.createAndroidComposeRule
import androidx.compose.ui.test.onNodeWithText
import basvuru.android.model.Care
import basvuru.android.model.CarePin
import basvuru.android.model.Entry
import basvuru.android.model.Frame
import basvuru.android.screens.assisted.AssistedScreen
import basvuru.android.screens.assisted.AssistedState
import basvuru.android.screens.card.PinScreen
import basvuru.android.screens.card.PinState
import basvuru.android.screens.card.Ways
import basvuru.android.screens.card.card
import basvuru.android.screens.care.CareScreen
import basvuru.android.screens.care.CareState
import basvuru.android.screens.unblock.UnblockScreen
import basvuru.android.screens.unblock.UnblockState
import basvuru.core.AssistedUnblocking
import basvuru.core.CardReport
import basvuru.core.CardSummary
import basvuru.core.CodeStatus
import basvuru.core.Failure
import basvuru.core.Language
import basvuru.core.PinRules
import basvuru.core.Unblocking
import basvuru.core.explain
import kotlin.test.assertEquals
import kotlin.test.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config

/** What is sent to unblock a PIN, and what is told before. */
@RunWith(RobolectricTestRunner::class)
@Config(application = android.app.Application::class, qualifiers = "tr-w412dp-h915dp-mdpi")
class UnblockViewTest {
    @get:Rule
    val rule = createAndroidComposeRule<ComponentActivity>()

    private val answers by lazy { Answers(rule) }
    private val words = Wording(turkish = true, doubled = false)
    private val entry = Entry.Care(unblocks = true)
    private val card = Entry.Card()
    private val sent = CodeStatus(6u, 291u, 45u, 3u)

    @Test
    fun `the PUK and the new PIN twice unblock once`() {
        show(puk(3))
        // What a wrong one costs stands there before the keys are touched.
        rule.onNodeWithText("3 PUK hakkı").assertExists()
        rule.onNodeWithText("üç yanlış, kartı bir daha kullanılamaz hale getirebilir", substring = true).assertExists()
        type("1357246")
        answers.reach("Devam et").assertIsNotEnabled()
        type("89")
        assertEquals(8, entry.pin(CarePin.KNOWN).length, "a digit too many is not taken")
        answers.press("Devam et")
        type("739182")
        answers.press("Devam et")
        type("739182")
        answers.press("PIN’in kilidini aç")
        answers.are("UnblockPin")
    }

    @Test
    fun `the new PIN is judged by the rules of the PIN, and not by those of the PUK`() {
        show(puk(3))
        type("13572468")
        answers.press("Devam et")
        type("73918")
        answers.reach("Devam et").assertIsNotEnabled()
        type("246")
        assertEquals(6, entry.pin(CarePin.NEW).length)
        repeat(6) { answers.press("Son rakamı sil") }
        type("111111")
        rule.onNodeWithText("Bu PIN çok kolay tahmin edilir", substring = true).assertExists()
        answers.reach("Devam et").assertIsNotEnabled()
        answers.are()
    }

    @Test
    fun `a new PIN that differs the second time is not set`() {
        show(puk(3))
        type("13572468")
        answers.press("Devam et")
        type("739182")
        answers.press("Devam et")
        type("739183")
        rule.onNodeWithText("Bu, az önce yazdığınız yeni PIN değil.").assertExists()
        answers.reach("PIN’in kilidini aç").assertIsNotEnabled()
        answers.are()
    }

    @Test
    fun `the last try of a PUK is asked about before there are keys`() {
        show(puk(1))
        assertNoKeys()
        rule.onNodeWithText("Bu PUK da yanlışsa kart bir daha kullanılamaz", substring = true).assertExists()
        answers.press("Şimdi değil")
        answers.are("Back")
        answers.press("Eminim, devam et")
        type("13572468")
        assertTrue(entry.lastTryConfirmed)
    }

    @Test
    fun `a last try that only the card told of is asked about as well`() {
        show(puk(null), answers.failed(Failure.PukLastTry()))
        assertNoKeys()
        answers.press("Eminim, devam et")
        type("13572468")
        assertTrue(entry.lastTryConfirmed)
        answers.are()
    }

    @Test
    fun `that no try is left is a hint, and asked about`() {
        show(puk(0))
        assertNoKeys()
        answers.press("Eminim, devam et")
        type("13572468")
        assertEquals(8, entry.pin(CarePin.KNOWN).length)
        answers.are()
    }

    @Test
    fun `a card without a PUK says who helps`() {
        show(null)
        assertNoKeys()
        rule.onNodeWithText(explain(Failure.PukUnavailable(), Language.TURKISH).next).assertExists()
        answers.are()
    }

    @Test
    fun `what was typed is gone with the app out of sight, and begins with the PUK again`() {
        show(puk(1))
        answers.press("Eminim, devam et")
        type("13572468")
        answers.press("Devam et")
        type("7391")
        rule.runOnUiThread { entry.wipe() }
        rule.waitForIdle()
        assertEquals(listOf(0, 0, 0), CarePin.entries.map { entry.pin(it).length })
        assertEquals(CarePin.KNOWN, entry.asked)
        // A consent to the last try goes with it.
        assertNoKeys()
    }

    @Test
    fun `a PIN that is blocked leads to the PUK in one tap`() {
        showPin(words.card(0), answers.failed(Failure.PinBlocked()))
        answers.press("PIN’in kilidini aç")
        answers.are("AskForPuk(reader=usb)")
    }

    @Test
    fun `a PIN that is blocked leads to no PUK where the card has none`() {
        showPin(words.card(0, puk = null))
        rule.onNodeWithText("PIN’in kilidini aç").assertDoesNotExist()
        rule.onNodeWithText(explain(Failure.PinBlocked(), Language.TURKISH).next).assertExists()
        answers.are()
    }

    @Test
    fun `a card that was looked at offers its PUK, and another PIN only where the PIN is not blocked`() {
        val care = Care(report(puk(3), tries = 0), "usb")
        answers.show { send -> CareScreen(CareState(answers.frame, care, Ways(listOf(usbReader), emptyList(), ready)), send) }
        rule.onNodeWithText("PIN’i değiştir").assertDoesNotExist()
        answers.press("PIN’in kilidini aç")
        assertEquals(CarePin.KNOWN, care.entry.asked)
        assertTrue(care.entry.unblocks)
        answers.are()
    }

    @Test
    fun `a card whose PIN turns out to be unblocked leads back to the journey`() {
        val care = Care(report(puk(3), tries = 3), "usb")
        val ways = Ways(listOf(usbReader), emptyList(), ready)
        answers.show { send -> CareScreen(CareState(answers.frame, care, ways, journeyWaits = true), send) }
        answers.press("PIN’e geç")
        answers.are("Go(outside=null)")
    }

    @Test
    fun `the portal's help is asked for in one tap, beside the PUK`() {
        showPin(words.card(0), answers.failed(Failure.PinBlocked()), AssistedUnblocking(null, null))
        rule.onNodeWithText("PIN’in kilidini aç").assertExists()
        answers.press("Portalın yardımıyla aç")
        answers.are("RequestUnblocking usb")
        assertTrue(card.helped)
    }

    @Test
    fun `a message that is on its way is not asked for twice`() {
        showPin(words.card(0, puk = null), assisted = AssistedUnblocking("K7MP", sent))
        answers.press("Portalın yardımıyla aç")
        answers.are()
        assertTrue(card.helped)
    }

    @Test
    fun `the portal's code is compared and spoken sign by sign, and the message's code and a new PIN unblock once`() {
        showAssisted()
        rule.onNode(hasContentDescription("K 7 M P")).assertExists()
        answers.type("Mesajdaki onay kodu", "48291")
        answers.reach("Kodlar aynı, devam et").assertIsNotEnabled()
        answers.type("Mesajdaki onay kodu", "3")
        answers.press("Kodlar aynı, devam et")
        type("739182")
        answers.press("Devam et")
        type("739182")
        answers.press("PIN’in kilidini aç")
        answers.are("Unblock usb 482913")
        assertEquals(listOf(0, 0, 0), CarePin.entries.map { card.help.pin(it).length })
    }

    @Test
    fun `a code that was wrong is told at its field, and another can be asked for`() {
        showAssisted(answers.failed(Failure.CodeWrong(2u)), sent.copy(resendIn = 0u))
        val told = explain(Failure.CodeWrong(2u), Language.TURKISH).what
        rule.onNode(SemanticsMatcher.expectValue(SemanticsProperties.Error, told)).assertExists()
        answers.press("Yeni kod iste")
        answers.are("RequestUnblocking usb")
    }

    @Test
    fun `a code that ran out can only be had anew`() {
        showAssisted(code = sent.copy(expiresIn = 0u, resendIn = 0u))
        rule.onNodeWithText("Kodlar aynı, devam et").assertDoesNotExist()
        answers.press("Yeni kod iste")
        answers.are("RequestUnblocking usb")
    }

    @Test
    fun `the last try of a PUK is asked about before the portal spends it`() {
        showAssisted(puk = puk(1))
        rule.onNodeWithText("K7MP").assertDoesNotExist()
        answers.press("Eminim, devam et")
        rule.onNode(hasContentDescription("K 7 M P")).assertExists()
        answers.are()
    }

    private fun assertNoKeys() = rule.onNode(hasText("5") and hasClickAction()).assertDoesNotExist()

    private fun show(puk: Unblocking?, frame: Frame = answers.frame) =
        answers.show { send -> UnblockScreen(UnblockState(frame, report(puk, tries = 0), entry), send) }

    private fun showPin(summary: CardSummary, frame: Frame = answers.frame, assisted: AssistedUnblocking? = null) =
        answers.show { send -> PinScreen(PinState(frame, summary, card, "usb", assisted), send) }

    private fun showAssisted(frame: Frame = answers.frame, code: CodeStatus = sent, puk: Unblocking = puk(3)) = answers.show { send ->
        val assisted = AssistedUnblocking("K7MP", code)
        val arrived = SystemClock.elapsedRealtime()
        AssistedScreen(AssistedState(frame, assisted, code, words.card(0, puk = puk), card, "usb", arrived), send)
    }

    private fun puk(tries: Int?) = Unblocking(PinRules(8u, 8u, true), tries?.toUByte(), tries?.let { "$it PUK hakkı" })

    private fun report(puk: Unblocking?, tries: Int) =
        CardReport("usb", "AKİS", "01", PERSON, emptyList(), PinRules(6u, 6u, true), tries.toUByte(), null, notice = null, unblocking = puk)

    private fun type(pin: String) = pin.forEach { answers.press(it.toString()) }
}
