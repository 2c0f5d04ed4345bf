package basvuru.android.screens.help

import androidx.compose.foundation.layout.padding
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.unit.dp
import basvuru.android.R
import basvuru.android.model.Action
import basvuru.android.model.Errand
import basvuru.android.model.Frame
import basvuru.android.model.Outside
import basvuru.android.screens.parts.Note
import basvuru.android.screens.parts.Question
import basvuru.android.screens.parts.SecondButton
import basvuru.android.screens.parts.WayRow
import basvuru.core.Answer

data class HelpState(val frame: Frame, val signedIn: Boolean)

/** Whom to ask, and everything that is not the question at hand. */
@Composable
fun HelpScreen(state: HelpState, send: (Action) -> Unit) {
    val frame = state.frame.copy(title = stringResource(R.string.help), hint = "", place = null, notice = null)
    var leaving by remember { mutableStateOf<Leaving?>(null) }
    Question(frame, send, help = false) {
        frame.support?.let { support ->
            WayRow(stringResource(R.string.call), { send(Action.Run(Errand.Call(support.phone))) }, R.drawable.ic_call, support.phone)
            WayRow(stringResource(R.string.write), { send(Action.Run(Errand.Write(support.email))) }, R.drawable.ic_mail, support.email)
        }
        WayRow(stringResource(R.string.history), { send(Action.Go(Outside.HISTORY)) }, R.drawable.ic_history)
        WayRow(stringResource(R.string.care), { send(Action.Go(Outside.CARE)) }, R.drawable.ic_card)
        WayRow(stringResource(R.string.about), { send(Action.Go(Outside.ABOUT)) }, R.drawable.ic_info)
        if (state.signedIn) {
            WayRow(stringResource(R.string.devices), { send(Action.Go(Outside.DEVICES)) }, R.drawable.ic_devices)
            WayRow(stringResource(R.string.sign_out), {
                leaving = Leaving.SIGN_OUT
            }, R.drawable.ic_lock, stringResource(R.string.sign_out_note))
            if (leaving == Leaving.SIGN_OUT) {
                Sure(R.string.sign_out_sure, R.string.sign_out) {
                    send(Action.Go(null))
                    send(Action.Reply(Answer.Leave))
                }
            }
        }
        WayRow(stringResource(R.string.erase), { leaving = Leaving.ERASE }, R.drawable.ic_erase, stringResource(R.string.erase_note))
        if (leaving == Leaving.ERASE) Sure(R.string.erase_sure, R.string.erase) { send(Action.Erase) }
    }
}

private enum class Leaving { SIGN_OUT, ERASE }

/** Asked once more, where it stands. */
@Composable
private fun Sure(question: Int, button: Int, onClick: () -> Unit) {
    Note(R.drawable.ic_warning, colour = MaterialTheme.colorScheme.tertiaryContainer) {
        Text(stringResource(question), style = MaterialTheme.typography.bodyLarge)
        SecondButton(stringResource(button), onClick, Modifier.padding(top = 8.dp))
    }
}
