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
            6,
            words.say("İmza", "Signature"),
            words.say("Başvurunuz gönderiliyor", "Sending your application"),
            words.say(
                "İmzanız kaydedildi ve portala iletiliyor. Yeniden imzalamanız gerekmez.",
                "Your signature is saved and on its way to the portal. You need not sign again."
            )
        )
    } else {
        words.frame(
            2,
            words.say("Başvuru formu", "Application form"),
            words.say("Formunuz onaylanıyor", "Approving your form"),
            words.say(
                "Onayınız portala iletiliyor. Aynı form iki kez onaylanmaz.",
                "Your approval is on its way to the portal. A form is never approved twice."
            )
        )
    }
    PendingScreen(PendingState(words.change(frame), Screen.Pending(action))) {}
}
