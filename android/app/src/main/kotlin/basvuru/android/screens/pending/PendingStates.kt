package basvuru.android.screens.pending

import androidx.compose.runtime.Composable
import basvuru.android.model.Frame
import basvuru.android.model.Remedy
import basvuru.android.screens.Wording
import basvuru.android.screens.busy
import basvuru.android.screens.failed
import basvuru.android.screens.frame
import basvuru.android.screens.namedStates
import basvuru.android.screens.wording
import basvuru.core.Failure
import basvuru.core.PendingAction
import basvuru.core.Screen

val pendingStates = namedStates("pending") {
    state("pending") { Show(PendingAction.APPROVAL) { it.copy(busy = busy(1)) } }
    state("pending-submission") { Show(PendingAction.SUBMISSION) { it.copy(busy = busy(1)) } }
    state("pending-failed") { Show(PendingAction.SUBMISSION) { it.failed(this, Failure.PortalTimeout(), Remedy.TRY_AGAIN) } }
}

@Composable
private fun Show(action: PendingAction, change: Wording.(Frame) -> Frame) {
    val words = wording()
    val frame = if (action == PendingAction.SUBMISSION) {
        words.frame(
            7,
            words.say("İmza", "Signing"),
            words.say("Başvurunuz gönderiliyor", "Your application is being sent"),
            words.say(
                "İmzanız kaydedildi ve portala iletiliyor. Yeniden imzalamanız gerekmez.",
                "Your signature is kept; you need not sign again."
            )
        )
    } else {
        words.frame(
            3,
            words.say("Form", "Form"),
            words.say("Formunuz onaylanıyor", "Your form is being approved"),
            words.say("Onayınız portala iletiliyor. Aynı form iki kez onaylanmaz.", "No form is approved twice.")
        )
    }
    PendingScreen(PendingState(words.change(frame.copy(back = false)), Screen.Pending(action))) {}
}
