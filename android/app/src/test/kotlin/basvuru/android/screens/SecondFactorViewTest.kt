package basvuru.android.screens

import android.os.SystemClock
import androidx.activity.ComponentActivity
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableLongStateOf
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.setValue
import androidx.compose.ui.semantics.SemanticsProperties
import androidx.compose.ui.test.SemanticsMatcher
import androidx.compose.ui.test.assertIsNotEnabled
import androidx.compose.ui.test.hasAnyDescendant
import androidx.compose.ui.test.hasText
import androidx.compose.ui.test.junit4.v2.createAndroidComposeRule
import androidx.compose.ui.test.onNodeWithText
import androidx.compose.ui.test.performImeAction
import basvuru.android.model.Devices
import basvuru.android.model.Entry
import basvuru.android.model.Frame
import basvuru.android.model.Remedy
import basvuru.android.screens.devices.DevicesScreen
import basvuru.android.screens.devices.DevicesState
import basvuru.android.screens.phone.InstitutionScreen
import basvuru.android.screens.phone.InstitutionState
import basvuru.android.screens.phone.PhoneScreen
import basvuru.android.screens.phone.PhoneState
import basvuru.android.screens.signin.SignInScreen
import basvuru.android.screens.signin.SignInState
import basvuru.core.CaptchaFiles
import basvuru.core.CodeStatus
import basvuru.core.Failure
import basvuru.core.IdentityKind
import basvuru.core.PhoneNumberAsked
import basvuru.core.Screen
import basvuru.core.SignedInDevice
import java.time.Instant
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config

/** What is sent where a person proves more than the password, and by devices that are known. */
@RunWith(RobolectricTestRunner::class)
@Config(application = android.app.Application::class, qualifiers = "tr-w412dp-h915dp-mdpi")
class SecondFactorViewTest {
    @get:Rule
    val rule = createAndroidComposeRule<ComponentActivity>()

    private val answers by lazy { Answers(rule) }
    private val isLive = SemanticsMatcher.keyIsDefined(SemanticsProperties.LiveRegion)

    @Test
    fun `the told number's code is asked for, or the institution, or the form is changed`() {
        showPhone(told(null))
        rule.onNodeWithText("Kurumunuzun bildirdiği numara").assertExists()
        answers.press("Kodu gönder")
        answers.press(GONE)
        answers.press("Formdaki numarayı değiştir")
        answers.are("SendCode null", "AskInstitution", "ChangeForm null")
    }

    @Test
    fun `the institution can be asked as well while a code is typed and after it is over`() {
        var code by mutableStateOf(CodeStatus(6u, 151u, 45u, 3u))
        answers.show { send -> PhoneScreen(PhoneState(answers.frame, told(code), Entry.Code(), now()), send) }
        answers.press(GONE)
        code = CodeStatus(6u, 0u, 0u, 3u)
        rule.waitForIdle()
        answers.press(GONE)
        answers.are("AskInstitution", "AskInstitution")
    }

    @Test
    fun `where no institution can be asked, none is offered`() {
        showPhone(told(null).copy(institution = null))
        rule.onNodeWithText(GONE).assertDoesNotExist()
    }

    @Test
    fun `an institution that has the word is asked again, or its code or another number is taken instead`() {
        showInstitution(answers.frame)
        answers.press("Yeniden sor")
        answers.press("Yine de bildirilen numaraya kod iste")
        answers.press("Formdaki numarayı değiştir")
        answers.are("Continue", "Back", "ChangeForm null")
    }

    @Test
    fun `that the institution has not answered is heard`() {
        showInstitution(answers.frame, Instant.parse("2026-11-27T10:42:07Z"))
        rule.onNode(isLive and hasAnyDescendant(hasText("Henüz yanıt yok", substring = true))).assertExists()
    }

    @Test
    fun `where asking the institution failed, there is one button to ask again`() {
        showInstitution(answers.failed(Failure.PortalUnreachable(), Remedy.TRY_AGAIN), Instant.EPOCH)
        rule.onNodeWithText("Yeniden dene").assertDoesNotExist()
        rule.onNodeWithText("Henüz yanıt yok", substring = true).assertDoesNotExist()
        answers.press("Yeniden sor")
        answers.are("Continue")
    }

    @Test
    fun `a phone that is known signs in without a picture, by the keyboard's last key too`() {
        showSignIn(answers.frame, captcha = false)
        rule.onNodeWithText("Resimdeki kod").assertDoesNotExist()
        answers.type("T.C. kimlik numarası", "10000000146")
        answers.type("Erişim parolası", "k8Rw-ğü").performImeAction()
        answers.press("Giriş yap")
        val signIn = "SignIn NATIONAL_ID 10000000146 k8Rw-ğü "
        answers.are(signIn, signIn)
    }

    @Test
    fun `the keyboard's next key leads from the password to the picture's code and signs nobody in`() {
        showSignIn(answers.frame, captcha = true)
        answers.type("Erişim parolası", "k8Rw-ğü").performImeAction()
        answers.are()
    }

    @Test
    fun `who typed too many wrong passwords sees the wait pass, and hears when it is over`() {
        showSignIn(answers.failed(Failure.DeviceWaits(75u)), captcha = false)
        rule.onNodeWithText("1:15 sonra yeniden deneyebilirsiniz.").assertExists()
        answers.reach("Giriş yap").assertIsNotEnabled()
        arrived -= 74_000
        rule.waitForIdle()
        rule.onNodeWithText("0:01 sonra yeniden deneyebilirsiniz.").assertExists()
        answers.reach("Giriş yap").assertIsNotEnabled()
        arrived -= 1_000
        rule.waitForIdle()
        rule.onNode(isLive and hasText("Şimdi yeniden deneyebilirsiniz.")).assertExists()
        answers.press("Giriş yap")
        answers.are("SignIn NATIONAL_ID   ")
    }

    @Test
    fun `a portal that locks the person out makes the button wait as well`() {
        showSignIn(answers.failed(Failure.LockedOut(75u)), captcha = false)
        answers.reach("Giriş yap").assertIsNotEnabled()
    }

    @Test
    fun `another device is signed out only by somebody who is sure`() {
        answers.show { send -> DevicesScreen(DevicesState(answers.frame, Devices(listOf(mine, tablet))), send) }
        answers.press(OTHER)
        answers.are()
        answers.press("Vazgeç")
        rule.onNodeWithText("Vazgeç").assertDoesNotExist()
        answers.press(OTHER)
        answers.press("Oturumunu kapat")
        answers.are("SignOutDevice(device=$tablet)")
    }

    @Test
    fun `this device is marked and is signed out elsewhere`() {
        answers.show { send -> DevicesScreen(DevicesState(answers.frame, Devices(listOf(mine))), send) }
        rule.onNodeWithText("Telefon (bu cihaz)").assertExists()
        rule.onNodeWithText("Oturumunu kapat").assertDoesNotExist()
    }

    private fun told(code: CodeStatus?) = Screen.ConfirmPhone("+90 5•• 47", code, PhoneNumberAsked.TOLD, "Kurum")

    private fun showPhone(screen: Screen.ConfirmPhone) =
        answers.show { send -> PhoneScreen(PhoneState(answers.frame, screen, Entry.Code(), now()), send) }

    private fun showInstitution(frame: Frame, asked: Instant? = null) = answers.show { send ->
        val entry = Entry.Waiting().apply { this.asked = asked }
        InstitutionScreen(InstitutionState(frame, Screen.AwaitInstitution("Kurum", "+90 5•• 01"), entry), send)
    }

    private fun showSignIn(frame: Frame, captcha: Boolean) = answers.show { send ->
        val screen = Screen.SignIn("Portal", "basvuru.example", emptyList(), null, picture.takeIf { captcha }, captcha)
        SignInScreen(SignInState(frame, screen, entry, arrived), send)
    }

    private val picture = CaptchaFiles("1", ByteArray(0), null)
    private val entry = Entry.SignIn(IdentityKind.NATIONAL_ID, "")
    private var arrived by mutableLongStateOf(now())

    private val mine = SignedInDevice("1", "Telefon", Instant.EPOCH, true, "Telefon (bu cihaz)")
    private val tablet = SignedInDevice("2", "Tablet", Instant.EPOCH, false, "Tablet, dün")

    private fun now() = SystemClock.elapsedRealtime()

    private companion object {
        const val OTHER = "Oturumunu kapat: Tablet"
        const val GONE = "Bu numarayı artık kullanmıyorum"
    }
}
