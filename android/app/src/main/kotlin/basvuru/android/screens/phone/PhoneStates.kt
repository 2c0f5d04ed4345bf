package basvuru.android.screens.phone

import android.os.SystemClock
import androidx.compose.foundation.text.input.setTextAndPlaceCursorAtEnd
import androidx.compose.runtime.Composable
import androidx.compose.runtime.remember
import basvuru.android.model.Entry
import basvuru.android.model.Frame
import basvuru.android.model.Remedy
import basvuru.android.screens.Wording
import basvuru.android.screens.busy
import basvuru.android.screens.failed
import basvuru.android.screens.frame
import basvuru.android.screens.namedStates
import basvuru.android.screens.wording
import basvuru.core.CodeStatus
import basvuru.core.Failure
import basvuru.core.PhoneNumberAsked
import basvuru.core.Screen

val phoneStates = namedStates("phone") {
    state("phone") { Show(null) }
    state("phone-sent") { Show(sent) }
    state("phone-filled") {
        Show(sent, {
            code.setTextAndPlaceCursorAtEnd("482913")
            found = true
        }) { it.copy(busy = busy(1)) }
    }
    state("phone-wrong") { Show(sent, { code.setTextAndPlaceCursorAtEnd("482913") }) { it.failed(this, Failure.CodeWrong(2u)) } }
    state("phone-expired") { Show(sent.copy(expiresIn = 0u)) { it.failed(this, Failure.CodeExpired(), Remedy.NEW_CODE) } }
    state("phone-resend") { Show(sent.copy(resendIn = 0u)) }
    state("phone-told") { Show(null, told = true) }
    state("phone-told-sent") { Show(sent, told = true) }
    state("phone-told-wrong") {
        Show(sent, { code.setTextAndPlaceCursorAtEnd("482913") }, told = true) { it.failed(this, Failure.CodeWrong(2u)) }
    }
}

private val sent = CodeStatus(6u, 151u, 45u, 3u)

@Composable
private fun Show(code: CodeStatus?, fill: Entry.Code.() -> Unit = {}, told: Boolean = false, change: Wording.(Frame) -> Frame = { it }) {
    val words = wording()
    val entry = remember { Entry.Code().apply(fill) }
    val (title, hint) = if (told) words.ofTold(code != null) else words.ofStated(code != null)
    val frame = words.frame(3, words.say("Telefon onayı", "Telephone"), title, hint)
    val screen = if (told) {
        Screen.ConfirmPhone("+90 5•• ••• •• 47", code, PhoneNumberAsked.TOLD, "Örnek Üniversitesi")
    } else {
        Screen.ConfirmPhone("+90 5•• ••• •• 01", code, PhoneNumberAsked.STATED, null)
    }
    PhoneScreen(PhoneState(words.change(frame), screen, entry, SystemClock.elapsedRealtime())) {}
}

private fun Wording.ofStated(sent: Boolean) = say("Telefonunuzun doğrulanması", "Confirming your telephone") to if (sent) {
    say("Mesajla gelen kodu yazın ve “Gönder” deyin.", "Type the code from the message and choose “Send”.")
} else {
    say("Telefonunuza ücretsiz bir onay kodu isteyin.", "Ask for a confirmation code by text message, free of charge.")
}

private fun Wording.ofTold(sent: Boolean) =
    say("Kurumunuzdaki telefonun doğrulanması", "Confirming the telephone your institution has") to if (sent) {
        say(
            "Kurumunuzun bildirdiği numaraya mesajla gelen kodu yazın ve “Gönder” deyin.",
            "Type the code that came to the number your institution told, and choose “Send”."
        )
    } else {
        say(
            "Bildirdiğiniz numara doğrulandı. Kurumunuz başka bir numara bildirmişti; başvurunuzu koruyabilmemiz için o numaraya da " +
                "bir kod isteyin ya da kurumunuzun onayını isteyin.",
            "The number you stated is confirmed. Your institution had told another one; to protect your application, ask for a code " +
                "to that number as well, or have your institution confirm yours."
        )
    }
