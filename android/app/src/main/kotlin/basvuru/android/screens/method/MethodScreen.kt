package basvuru.android.screens.method

import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.res.stringResource
import basvuru.android.R
import basvuru.android.model.Action
import basvuru.android.model.Frame
import basvuru.android.screens.parts.Act
import basvuru.android.screens.parts.Note
import basvuru.android.screens.parts.Question
import basvuru.android.screens.parts.WayRow
import basvuru.core.Answer
import basvuru.core.Screen
import basvuru.core.SigningMethod

data class MethodState(val frame: Frame, val screen: Screen.ChooseMethod)

/** The ways to sign; those that are not open say why. Where there is but one, it is the button. */
@Composable
fun MethodScreen(state: MethodState, send: (Action) -> Unit) {
    val methods = state.screen.methods
    Question(
        state.frame,
        send,
        methods.singleOrNull { it.available }?.let { offer ->
            Act(stringResource(R.string.go_on)) { send(Action.Reply(Answer.ChooseMethod(offer.method))) }
        },
        secondary = Act(stringResource(R.string.change_form)) { send(Action.Reply(Answer.ChangeForm(null))) }
    ) {
        if (methods.none { it.available }) {
            Note(R.drawable.ic_info) { Text(stringResource(R.string.no_method), style = MaterialTheme.typography.bodyLarge) }
        }
        for (offer in methods) {
            WayRow(
                offer.name,
                { send(Action.Reply(Answer.ChooseMethod(offer.method))) },
                icon(offer.method),
                offer.note,
                offer.available
            )
        }
    }
}

private fun icon(method: SigningMethod): Int = when (method) {
    SigningMethod.CARD -> R.drawable.ic_card
    SigningMethod.MOBILE_SIGNATURE -> R.drawable.ic_call
    SigningMethod.INK -> R.drawable.ic_edit
    SigningMethod.UNKNOWN -> R.drawable.ic_help
}
