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
import basvuru.android.screens.parts.WayRow
import basvuru.android.theme.tabular
import basvuru.core.Answer
import basvuru.core.CodeStatus
import basvuru.core.PhoneNumberAsked
import basvuru.core.Screen

data class PhoneState(val frame: Frame, val screen: Screen.ConfirmPhone, val entry: Entry.Code, val arrived: Long)

/** A telephone number, and the code that proves it: the one in the form, and after it the institution's where that is another. */
@Composable
fun PhoneScreen(state: PhoneState, send: (Action) -> Unit) {
    val code = state.screen.code
    if (code == null) AskForCode(state, send) else TypeCode(state, code, send)
}

@Composable
private fun AskForCode(state: PhoneState, send: (Action) -> Unit) {
    val told = state.screen.number == PhoneNumberAsked.TOLD
    Question(
        state.frame,
        send,
        Act(stringResource(R.string.send_code)) { send(Action.Reply(Answer.SendCode(null))) },
        changeForm(state, send)
    ) {
        state.screen.maskedPhone?.let {
            val whose = if (told) R.string.told_phone else R.string.your_phone
            Fact(stringResource(whose), it, MaterialTheme.typography.headlineMedium.tabular())
        }
        NumberGone(state, send)
    }
}

@Composable
private fun changeForm(state: PhoneState, send: (Action) -> Unit): Act {
    val told = state.screen.number == PhoneNumberAsked.TOLD
    return Act(stringResource(if (told) R.string.change_number else R.string.wrong_number)) { send(Action.Reply(Answer.ChangeForm(null))) }
}

/** Who no longer has the number that the institution told has the institution confirm the one in the form. */
@Composable
private fun NumberGone(state: PhoneState, send: (Action) -> Unit) {
    val institution = state.screen.institution ?: return
    WayRow(
        stringResource(R.string.number_gone),
        { send(Action.Reply(Answer.AskInstitution)) },
        R.drawable.ic_help,
        stringResource(R.string.institution_confirms, institution),
        state.frame.busy == null
    )
}

@Composable
private fun SentTo(state: PhoneState) {
    val whose = if (state.screen.number == PhoneNumberAsked.TOLD) R.string.sent_to_told else R.string.sent_to
    state.screen.maskedPhone?.let { Fact(stringResource(whose), it, MaterialTheme.typography.titleLarge.tabular()) }
}

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
        changeForm(state, send)
    ) {
        SentTo(state)
        CodeField(entry, code, stringResource(R.string.code), trouble, confirm)
        CodeClock(code, passed) { send(Action.Reply(Answer.SendCode(null))) }
        NumberGone(state, send)
    }
}

/** The code is no longer good: another one is the way on. */
@Composable
private fun CodeOver(state: PhoneState, code: CodeStatus, passed: Int, send: (Action) -> Unit) {
    val wait = waitForAnother(code, passed)
    val again = Act(stringResource(R.string.new_code), wait == 0) { send(Action.Reply(Answer.SendCode(null))) }
    Question(state.frame.copy(trouble = state.frame.trouble?.copy(remedies = emptyList())), send, again, changeForm(state, send)) {
        SentTo(state)
        if (state.frame.trouble == null) Text(stringResource(R.string.code_over), style = MaterialTheme.typography.bodyLarge)
        WaitForCode(wait)
        NumberGone(state, send)
    }
}
