package basvuru.android.screens

import android.os.SystemClock
import androidx.activity.ComponentActivity
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.setValue
import androidx.compose.ui.semantics.SemanticsProperties
import androidx.compose.ui.test.SemanticsMatcher
import androidx.compose.ui.test.assert
import androidx.compose.ui.test.assertIsNotEnabled
import androidx.compose.ui.test.hasContentDescription
import androidx.compose.ui.test.hasText
import androidx.compose.ui.test.junit4.v2.createAndroidComposeRule
import androidx.compose.ui.test.onNodeWithText
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.performImeAction
import androidx.compose.ui.test.performScrollTo
import basvuru.android.model.Busy
import basvuru.android.model.Entry
import basvuru.android.model.Remedy
import basvuru.android.model.entryOf
import basvuru.android.screens.documents.DocumentsScreen
import basvuru.android.screens.documents.DocumentsState
import basvuru.android.screens.form.FormScreen
import basvuru.android.screens.form.FormState
import basvuru.android.screens.method.MethodScreen
import basvuru.android.screens.method.MethodState
import basvuru.android.screens.orders.OrdersScreen
import basvuru.android.screens.orders.OrdersState
import basvuru.android.screens.pending.PendingScreen
import basvuru.android.screens.pending.PendingState
import basvuru.android.screens.phone.PhoneScreen
import basvuru.android.screens.phone.PhoneState
import basvuru.android.screens.receipt.ReceiptScreen
import basvuru.android.screens.receipt.ReceiptState
import basvuru.android.screens.signin.SignInScreen
import basvuru.android.screens.signin.SignInState
import basvuru.android.screens.welcome.WelcomeScreen
import basvuru.android.screens.welcome.WelcomeState
import basvuru.core.CodeStatus
import basvuru.core.Failure
import basvuru.core.FieldEntry
import basvuru.core.FormField
import basvuru.core.IdentityKind
import basvuru.core.MethodOffer
import basvuru.core.OrderGroup
import basvuru.core.OrderPhase
import basvuru.core.OrderSummary
import basvuru.core.PendingAction
import basvuru.core.PhoneNumberAsked
import basvuru.core.Product
import basvuru.core.ReviewDocument
import basvuru.core.Screen
import basvuru.core.SigningMethod
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config

/** What each step of the journey sends for what is done on it, to the last answer. */
@RunWith(RobolectricTestRunner::class)
@Config(application = android.app.Application::class, qualifiers = "tr-w412dp-h915dp-mdpi")
class JourneyViewTest {
    @get:Rule
    val rule = createAndroidComposeRule<ComponentActivity>()

    private val answers by lazy { Answers(rule) }

    @Test
    fun `the welcome begins the journey`() {
        answers.show { send -> WelcomeScreen(WelcomeState(answers.frame, ready), send) }
        answers.press("Başla")
        answers.are("Go(outside=null)")
    }

    @Test
    fun `what is missing on the phone leads to its settings`() {
        val off = ready.copy(nfc = basvuru.android.model.NfcCondition.OFF, online = false)
        answers.show { send -> WelcomeScreen(WelcomeState(answers.frame, off), send) }
        answers.press("NFC ayarlarını aç")
        answers.press("Ağ ayarlarını aç")
        answers.are("Run(errand=Settings(which=NFC))", "Run(errand=Settings(which=NETWORK))")
    }

    @Test
    fun `signing in sends what was typed, once`() {
        showSignIn()
        typeSignIn()
        answers.press("Giriş yap")
        answers.are("SignIn NATIONAL_ID 10000000146 k8Rw-ğü K7PXM4")
    }

    @Test
    fun `the keyboard's last key signs in as well`() {
        showSignIn()
        typeSignIn().performImeAction()
        answers.are("SignIn NATIONAL_ID 10000000146 k8Rw-ğü K7PXM4")
    }

    @Test
    fun `a passport is another kind of number`() {
        showSignIn()
        answers.press("Pasaport")
        answers.type("Pasaport numarası", "U12345678")
        answers.press("Giriş yap")
        answers.are("SignIn PASSPORT U12345678  ")
    }

    @Test
    fun `another picture or a spoken one is asked for, a larger one is not`() {
        showSignIn()
        answers.press("Yenile")
        answers.press("Dinle")
        answers.press("Büyüt")
        answers.are("RequestCaptcha", "RequestSpokenCaptcha")
    }

    @Test
    fun `nothing is sent twice while an answer is under way`() {
        showSignIn(busy = true)
        answers.reach("Giriş yap").assertIsNotEnabled()
        answers.press("Giriş yap")
        answers.are()
    }

    @Test
    fun `an order is gone on with, or its form changed`() {
        val order = OrderSummary("7", Product.NES, "Sertifika", "Kurum", "2026-11-20T09:00:00Z", OrderPhase.SIGNATURE, "İmzalanacak", true)
        answers.show { send ->
            OrdersScreen(OrdersState(answers.frame, Screen.ChooseOrder("Işıl", listOf(OrderGroup("Önceki", listOf(order))))), send)
        }
        answers.press("Devam et")
        answers.press("Formu değiştir")
        answers.press("Listeyi yenile")
        answers.are("ChooseOrder 7", "ChangeForm 7", "RefreshOrders")
    }

    @Test
    fun `a form is kept after a pause and approved with everything in it`() {
        val fields = listOf(
            FormField("name", "Ad", null, FieldEntry.Text(1u, 200u), required = true, locked = true, value = "Işıl", fault = null),
            FormField("email", "E-posta", null, FieldEntry.Email, required = true, locked = false, value = "", fault = null),
            FormField("note", "Not", null, FieldEntry.Lines(200u), required = false, locked = false, value = "eski", fault = null)
        )
        val screen = Screen.FillForm(Product.NES, "Sertifika", fields)
        val entry = entryOf(screen) as Entry.Form
        answers.show { send -> FormScreen(FormState(answers.frame, screen, entry), send) }
        answers.type("E-posta", "isil@kurum.example")
        rule.mainClock.advanceTimeBy(PAUSE)
        answers.are("KeepDraft")
        answers.press("Formu Onayla")
        answers.are("KeepDraft", "ApproveForm {email=isil@kurum.example, note=eski}")
    }

    @Test
    fun `a code is asked for, or the number changed`() {
        answers.show { send -> PhoneScreen(PhoneState(answers.frame, stated(null), Entry.Code(), 0), send) }
        answers.press("Kodu gönder")
        answers.press("Numara yanlış mı? Formu değiştir")
        answers.are("SendCode null", "ChangeForm null")
    }

    @Test
    fun `a code that was typed is confirmed`() {
        showCode(CodeStatus(6u, 151u, 45u, 3u))
        answers.type("Onay kodu", "482913")
        answers.press("Gönder")
        answers.are("ConfirmCode 482913")
    }

    @Test
    fun `of a code a reader hears how much was typed`() {
        showCode(CodeStatus(6u, 151u, 45u, 3u))
        answers.type("Onay kodu", "4829").assert(SemanticsMatcher.keyIsDefined(SemanticsProperties.Password))
        rule.onNode(
            hasText("4 / 6 rakam") and SemanticsMatcher.keyIsDefined(SemanticsProperties.LiveRegion),
            useUnmergedTree = true
        ).assertExists()
    }

    @Test
    fun `a short wait is not worth a word, a longer one moves, and a long one tells what is waited for and can be ended`() {
        val moving = SemanticsMatcher.keyIsDefined(SemanticsProperties.ProgressBarRangeInfo)
        var busy by mutableStateOf(Busy(now()))
        answers.show { send -> PendingScreen(PendingState(answers.frame.copy(busy = busy), Screen.Pending(PendingAction.CODE)), send) }
        rule.onNode(moving).assertDoesNotExist()
        busy = Busy(now() - 1_000)
        rule.waitForIdle()
        rule.onNode(moving).assertExists()
        rule.onNodeWithText("Beklemeyi bırak").assertDoesNotExist()
        busy = Busy(now() - 11_000, sentence = "Portala soruluyor")
        rule.waitForIdle()
        rule.onNodeWithText("Portala soruluyor").assertExists()
        answers.press("Beklemeyi bırak")
        answers.are("Cancel")
    }

    @Test
    fun `a code that is no longer good can only be had anew`() {
        showCode(CodeStatus(6u, 0u, 0u, 3u))
        rule.onNodeWithText("Gönder").assertDoesNotExist()
        answers.press("Yeni kod iste")
        answers.are("SendCode null")
    }

    @Test
    fun `a way to sign is chosen, and one that is not open cannot be`() {
        val offers = listOf(
            MethodOffer(SigningMethod.CARD, "Kart", true, null),
            MethodOffer(SigningMethod.MOBILE_SIGNATURE, "Mobil imza", false, "Bu sürümde yok.")
        )
        answers.show { send -> MethodScreen(MethodState(answers.frame, Screen.ChooseMethod(offers)), send) }
        answers.press("Mobil imza")
        answers.press("Kart")
        answers.press("Formu değiştir")
        answers.are("ChooseMethod CARD", "ChangeForm null")
    }

    @Test
    fun `documents are accepted, read as pages or as text`() {
        val document = ReviewDocument("1", "Form", "form.pdf", "application/pdf", 10u, "00", listOf("Birinci sayfa"))
        val screen = Screen.ReviewDocuments(listOf(document), "CAdES B-T")
        answers.show { send -> DocumentsScreen(DocumentsState(answers.frame, screen, Entry.Documents(), emptyMap()), send) }
        answers.press("Metin olarak oku")
        rule.onNodeWithText("Birinci sayfa").assertExists()
        answers.press("Okudum, imzaya geç")
        answers.are("AcceptDocuments")
    }

    @Test
    fun `a page is read aloud in full, and can be enlarged`() {
        val document = ReviewDocument("1", "Form", "form.pdf", "application/pdf", 10u, "00", listOf("Ad soyad: Işıl"))
        val screen = Screen.ReviewDocuments(listOf(document), "CAdES B-T")
        val pages = mapOf("1" to SamplePages(1, "Form"))
        answers.show { send -> DocumentsScreen(DocumentsState(answers.frame, screen, Entry.Documents(), pages), send) }
        val page = rule.onNode(hasContentDescription("Sayfa 1 / 1", substring = true))
        page.assert(hasContentDescription("Ad soyad: Işıl", substring = true))
        page.performScrollTo().performClick()
        rule.onNodeWithText("Kapat").performClick()
        rule.onNodeWithText("Kapat").assertDoesNotExist()
        answers.are()
    }

    @Test
    fun `what the portal must tell is asked for by hand`() {
        answers.show { send -> PendingScreen(PendingState(answers.frame, Screen.Pending(PendingAction.SUBMISSION)), send) }
        answers.press("Devam et")
        answers.are("Continue")
    }

    @Test
    fun `where going on is trying again, there is one button for it`() {
        val frame = answers.failed(Failure.PortalTimeout(), Remedy.TRY_AGAIN)
        answers.show { send -> PendingScreen(PendingState(frame, Screen.Pending(PendingAction.SUBMISSION)), send) }
        answers.press("Yeniden dene")
        answers.are("Continue")
    }

    @Test
    fun `a receipt is shared and saved`() {
        answers.show { send -> ReceiptScreen(ReceiptState(answers.frame, Screen.Done(sampleReceipt, "Özet", null)), send) }
        answers.press("Paylaş")
        answers.press("Dosya olarak kaydet")
        answers.press("Öteki başvurular")
        answers.are("ShareReceipt 2026-000001-1", "SaveReceipt 2026-000001-1", "RefreshOrders")
    }

    @Test
    fun `a failure offers what helps, the support line and its code`() {
        val frame = answers.failed(Failure.PortalUnreachable(), Remedy.TRY_AGAIN)
        answers.show { send -> OrdersScreen(OrdersState(frame, Screen.ChooseOrder("Işıl", emptyList())), send) }
        answers.press("Yeniden dene")
        answers.press("Destek hattını ara: +90 444 5 576")
        answers.press("BSV-701 kodunu kopyala")
        answers.are("Mend(remedy=TRY_AGAIN)", "Run(errand=Call(phone=+90 444 5 576))", "Run(errand=Copy(text=BSV-701))")
    }

    private fun showSignIn(busy: Boolean = false) {
        val screen = Screen.SignIn("Portal", "basvuru.example", emptyList(), null, sampleCaptcha, true)
        val frame = if (busy) answers.frame.copy(busy = Busy(0)) else answers.frame
        answers.show { send -> SignInScreen(SignInState(frame, screen, entry, now()), send) }
    }

    private val entry = Entry.SignIn(IdentityKind.NATIONAL_ID, "")

    private fun typeSignIn() = answers.run {
        type("T.C. kimlik numarası", "10000000146")
        type("Erişim parolası", "k8Rw-ğü")
        type("Resimdeki kod", "K7PXM4")
    }

    private fun showCode(code: CodeStatus) = answers.show { send ->
        PhoneScreen(PhoneState(answers.frame, stated(code), entryOfCode, now()), send)
    }

    private fun stated(code: CodeStatus?) = Screen.ConfirmPhone("+90 5•• 01", code, PhoneNumberAsked.STATED, null)

    private val entryOfCode = Entry.Code()

    private fun now() = SystemClock.elapsedRealtime()

    private companion object {
        const val PAUSE = 2_000L
    }
}
