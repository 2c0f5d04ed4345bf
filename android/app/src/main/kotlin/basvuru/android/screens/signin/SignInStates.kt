package basvuru.android.screens.signin

import android.os.SystemClock
import androidx.compose.foundation.text.input.setTextAndPlaceCursorAtEnd
import androidx.compose.runtime.Composable
import androidx.compose.runtime.remember
import basvuru.android.model.Entry
import basvuru.android.model.Frame
import basvuru.android.screens.Wording
import basvuru.android.screens.busy
import basvuru.android.screens.failed
import basvuru.android.screens.frame
import basvuru.android.screens.namedStates
import basvuru.android.screens.notice
import basvuru.android.screens.sampleCaptcha
import basvuru.android.screens.wording
import basvuru.core.Failure
import basvuru.core.IdentityKind
import basvuru.core.KnownIdentity
import basvuru.core.PrivacyNotice
import basvuru.core.Screen
import basvuru.core.SignInMethod
import basvuru.core.SignInOffer

val signInStates = namedStates("sign-in") {
    state("sign-in") { Show({}, { it.copy(captcha = null) }) }
    state("sign-in-filled") { Show(filled) }
    state("sign-in-number-wrong") { Show({ number.setTextAndPlaceCursorAtEnd("12345678901") }) }
    state("sign-in-captcha-wrong") { Show(filled) { it.failed(this, Failure.CaptchaWrong()) } }
    state("sign-in-password-wrong") { Show(filled) { it.failed(this, Failure.CredentialsWrong(3u)) } }
    state("sign-in-known") { Show(filled, { it.copy(captcha = null, captchaNeeded = false) }) }
    state("sign-in-device-waits") { Show(filled) { it.failed(this, Failure.DeviceWaits(45u)) } }
    state("sign-in-busy") { Show(filled) { it.copy(busy = busy(1)) } }
    state("sign-in-slow") { Show(filled) { it.copy(busy = busy(20, say("Portala soruluyor", "Asking the portal"))) } }
    state("sign-in-session-over") {
        Show(filled, { it.copy(identity = KnownIdentity(IdentityKind.NATIONAL_ID, NUMBER, false)) }) {
            it.copy(notice = notice(Failure.SessionOver()))
        }
    }
    state("sign-in-privacy") { Show({}, opened = true) }
    state("sign-in-methods") {
        Show(filled, {
            it.copy(
                methods = it.methods + SignInOffer(
                    SignInMethod.UNKNOWN,
                    say("e-Devlet ile giriş", "Sign in with e-Devlet"),
                    false,
                    say("Bu sürüm bu yolu bilmiyor. Uygulamayı güncelleyin.", "This version does not know this way. Update the app.")
                )
            )
        })
    }
    state("sign-in-passport") {
        Show({
            kind = IdentityKind.PASSPORT
            number.setTextAndPlaceCursorAtEnd("U12345678")
        })
    }
}

private const val NUMBER = "10000000146"

private val filled: Entry.SignIn.() -> Unit = {
    number.setTextAndPlaceCursorAtEnd(NUMBER)
    password.setTextAndPlaceCursorAtEnd("k8Rw-27pQ-vT5x")
    captcha.setTextAndPlaceCursorAtEnd("K7PXM4")
}

@Composable
private fun Show(
    fill: Entry.SignIn.() -> Unit,
    screen: Wording.(Screen.SignIn) -> Screen.SignIn = { it },
    opened: Boolean = false,
    change: Wording.(Frame) -> Frame = { it }
) {
    val words = wording()
    val entry = remember { Entry.SignIn(IdentityKind.NATIONAL_ID, "").apply(fill).apply { privacyOpen = opened } }
    val frame = words.frame(
        1,
        words.say("Giriş", "Signing in"),
        words.say("Giriş", "Sign in"),
        words.say(
            "Kimlik numaranızı, e-postayla gelen erişim parolasını ve resimdeki kodu yazın. " +
                "Resimdeki kod, parolaları bir programın denemediğini gösterir.",
            "Type your identity number, the access password that came by e-mail, and the code in the picture. " +
                "The picture code shows that no program is trying passwords."
        ),
        back = true
    ).copy(
        privacy = PrivacyNotice(
            words.say("Kişisel verileriniz", "Your personal data"),
            words.say(
                "Yazdıklarınız yalnızca başvurunuz için işlenir ve 6698 sayılı Kanun uyarınca saklanır.",
                "What you type is processed for your application only, and kept as Law no. 6698 demands."
            ),
            "https://basvuru.example/kvkk"
        )
    )
    val shown = Screen.SignIn(
        words.say("Örnek Elektronik Sertifika Hizmet Sağlayıcısı", "Example Certification Authority"),
        "basvuru.example",
        listOf(SignInOffer(SignInMethod.ACCESS_PASSWORD, words.say("Erişim parolası", "Access password"), true, null)),
        null,
        sampleCaptcha,
        true
    )
    val screen = words.screen(shown)
    val known = if (screen.captchaNeeded) frame else frame.copy(hint = words.ofKnown())
    SignInScreen(SignInState(words.change(known), screen, entry, SystemClock.elapsedRealtime())) {}
}

private fun Wording.ofKnown() = say(
    "Kimlik numaranızı ve e-postayla gelen erişim parolasını yazın.",
    "Type your identity number and the access password that came by e-mail."
)
