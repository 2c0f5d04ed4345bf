package basvuru.android.screens.pending

import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import basvuru.android.R
import basvuru.android.model.Action
import basvuru.android.model.Frame
import basvuru.android.model.Remedy
import basvuru.android.screens.parts.Act
import basvuru.android.screens.parts.Picture
import basvuru.android.screens.parts.Question
import basvuru.android.screens.parts.Scene
import basvuru.core.Answer
import basvuru.core.PendingAction
import basvuru.core.Screen

data class PendingState(val frame: Frame, val screen: Screen.Pending)

/** Something was begun of which only the portal knows the end: asked again, never done twice. */
@Composable
fun PendingScreen(state: PendingState, send: (Action) -> Unit) {
    // To try again is to go on: one button for it.
    val trouble = state.frame.trouble
    val label = if (trouble == null) R.string.go_on else R.string.try_again
    val frame = state.frame.copy(trouble = trouble?.copy(remedies = trouble.remedies - Remedy.TRY_AGAIN))
    Question(frame, send, Act(stringResource(label)) { send(Action.Reply(Answer.Continue)) }) {
        if (state.screen.action == PendingAction.SUBMISSION) {
            Box(Modifier.fillMaxWidth(), Alignment.Center) { Picture(Scene.DONE) }
        }
    }
}
