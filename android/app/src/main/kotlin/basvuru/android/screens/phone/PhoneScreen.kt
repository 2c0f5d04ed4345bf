package basvuru.android.screens.phone

import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.ui.res.stringResource
import basvuru.android.R
import basvuru.android.model.Action
import basvuru.android.model.Entry
import basvuru.android.model.Frame
import basvuru.android.model.toPassword
import basvuru.android.screens.parts.Act
import basvuru.android.screens.parts.Fact
import basvuru.android.screens.parts.Question
import basvuru.android.theme.tabular
import basvuru.core.Answer
import basvuru.core.CodeStatus
import basvuru.core.Screen

data class PhoneState(val frame: Frame, val screen: Screen.ConfirmPhone, val entry: Entry.Code, val arrived: Long)

/** The telephone number, and the code that proves it. */
@Composable
fun PhoneScreen(state: PhoneState, send: (Action) -> Unit) {
    val code = state.screen.code
    if (code == null) AskForCode(state, send) else TypeCode(state, code, send)
}

@Composable
private fun AskForCode(state: PhoneState, send: (Action) -> Unit) {
    Question(
        state.frame,
        send,
        Act(stringResource(R.string.send_code)) { send(Action.Reply(Answer.SendCode(null))) },
        changeForm(send)
    ) {
        state.screen.maskedPhone?.let {
            Fact(stringResource(R.string.your_phone), it, MaterialTheme.typography.headlineMedium.tabular())
        }
    }
}

@Composable
private fun changeForm(send: (Action) -> Unit) = Act(stringResource(R.string.wrong_number)) { send(Action.Reply(Answer.ChangeForm(null))) }

@Composable
private fun TypeCode(state: PhoneState, code: CodeStatus, send: (Action) -> Unit) {
    val entry = state.entry
    val trouble = state.frame.trouble
    val confirm = { send(Action.Reply(Answer.ConfirmCode(entry.code.toPassword()))) }
    val passed by secondsSince(state.arrived)
    if (passed >= code.expiresIn.toInt() || trouble?.endsCode == true) return CodeOver(state, code, passed, send)
    Question(
        if (trouble?.isOfCode == true) state.frame.copy(trouble = null) else state.frame,
        send,
        Act(stringResource(R.string.confirm_code), onClick = confirm),
        changeForm(send)
    ) {
        state.screen.maskedPhone?.let { Fact(stringResource(R.string.sent_to), it, MaterialTheme.typography.titleLarge.tabular()) }
        CodeField(entry, code, stringResource(R.string.code), trouble, confirm)
        CodeClock(code, passed) { send(Action.Reply(Answer.SendCode(null))) }
    }
}

/** The code is no longer good: another one is the only way on. */
@Composable
private fun CodeOver(state: PhoneState, code: CodeStatus, passed: Int, send: (Action) -> Unit) {
    val wait = waitForAnother(code, passed)
    val again = Act(stringResource(R.string.new_code), wait == 0) { send(Action.Reply(Answer.SendCode(null))) }
    Question(state.frame.copy(trouble = state.frame.trouble?.copy(remedies = emptyList())), send, again, changeForm(send)) {
        state.screen.maskedPhone?.let { Fact(stringResource(R.string.sent_to), it, MaterialTheme.typography.titleLarge.tabular()) }
        if (state.frame.trouble == null) Text(stringResource(R.string.code_over), style = MaterialTheme.typography.bodyLarge)
        WaitForCode(wait)
    }
}
