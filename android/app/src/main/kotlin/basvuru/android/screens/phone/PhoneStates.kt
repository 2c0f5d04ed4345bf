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
}

private val sent = CodeStatus(6u, 151u, 45u, 3u)

@Composable
private fun Show(code: CodeStatus?, fill: Entry.Code.() -> Unit = {}, change: Wording.(Frame) -> Frame = { it }) {
    val words = wording()
    val entry = remember { Entry.Code().apply(fill) }
    val frame = words.frame(
        3,
        words.say("Telefon onayı", "Telephone"),
        words.say("Telefonunuzun doğrulanması", "Confirming your telephone"),
        if (code == null) {
            words.say("Telefonunuza ücretsiz bir onay kodu isteyin.", "Ask for a confirmation code by text message, free of charge.")
        } else {
            words.say("Mesajla gelen kodu yazın ve “Gönder” deyin.", "Type the code from the message and choose “Send”.")
        }
    )
    PhoneScreen(PhoneState(words.change(frame), Screen.ConfirmPhone("+90 5•• ••• •• 01", code), entry, SystemClock.elapsedRealtime())) {}
}
