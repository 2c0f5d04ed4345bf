package basvuru.android.screens.phone

import android.os.SystemClock
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.text.KeyboardOptions
import androidx.compose.foundation.text.input.InputTransformation
import androidx.compose.foundation.text.input.KeyboardActionHandler
import androidx.compose.foundation.text.input.maxLength
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedButton
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableIntStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.autofill.ContentType
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.input.ImeAction
import androidx.compose.ui.text.input.KeyboardType
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.unit.dp
import androidx.compose.ui.unit.sp
import basvuru.android.R
import basvuru.android.model.Action
import basvuru.android.model.Entry
import basvuru.android.model.Frame
import basvuru.android.model.toPassword
import basvuru.android.screens.parts.Act
import basvuru.android.screens.parts.Fact
import basvuru.android.screens.parts.Field
import basvuru.android.screens.parts.FieldLook
import basvuru.android.screens.parts.Note
import basvuru.android.screens.parts.Question
import basvuru.android.screens.parts.fault
import basvuru.android.screens.parts.language
import basvuru.android.theme.tabular
import basvuru.core.Answer
import basvuru.core.CodeStatus
import basvuru.core.Failure
import basvuru.core.Screen
import basvuru.core.checkCode
import kotlinx.coroutines.delay

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
    val atField = trouble?.failure is Failure.CodeWrong || trouble?.failure is Failure.CodeMalformed
    val confirm = { send(Action.Reply(Answer.ConfirmCode(entry.code.toPassword()))) }
    val passed by secondsSince(state.arrived)
    val length = code.length.toInt()
    val over = passed >= code.expiresIn.toInt() || trouble?.failure is Failure.CodeExpired || trouble?.failure is Failure.CodeUsedUp
    if (over) return CodeOver(state, code, passed, send)
    Question(
        if (atField) state.frame.copy(trouble = null) else state.frame,
        send,
        Act(stringResource(R.string.confirm_code), onClick = confirm),
        changeForm(send)
    ) {
        state.screen.maskedPhone?.let { Fact(stringResource(R.string.sent_to), it, MaterialTheme.typography.titleLarge.tabular()) }
        val text = entry.code.text
        val language = language()
        val typed = remember(text.toString(), language) {
            entry.code.toPassword().use { checkCode(it, code.length, language) }.fault
        }
        Field(
            entry.code,
            FieldLook(
                stringResource(R.string.code),
                stringResource(R.string.digits_of, text.length, length),
                typed ?: trouble?.explanation?.what.takeIf { atField },
                contentType = ContentType.SmsOtpCode,
                unspoken = true
            ),
            KeyboardOptions(autoCorrectEnabled = false, keyboardType = KeyboardType.Number, imeAction = ImeAction.Done),
            textStyle = MaterialTheme.typography.headlineMedium.tabular().copy(letterSpacing = 8.sp, textAlign = TextAlign.Center),
            input = InputTransformation.maxLength(length + SLACK),
            onDone = KeyboardActionHandler { confirm() }
        )
        if (entry.found) {
            Note(R.drawable.ic_done, Modifier.semantics { liveRegion = LiveRegionMode.Polite }) {
                Text(stringResource(R.string.code_found), style = MaterialTheme.typography.bodyLarge)
            }
        }
        Clock(code, passed, send)
    }
}

/** The code is no longer good: another one is the only way on. */
@Composable
private fun CodeOver(state: PhoneState, code: CodeStatus, passed: Int, send: (Action) -> Unit) {
    val wait = (code.resendIn.toInt() - passed).coerceAtLeast(0)
    val again = Act(stringResource(R.string.new_code), wait == 0) { send(Action.Reply(Answer.SendCode(null))) }
    Question(state.frame.copy(trouble = state.frame.trouble?.copy(remedies = emptyList())), send, again, changeForm(send)) {
        state.screen.maskedPhone?.let { Fact(stringResource(R.string.sent_to), it, MaterialTheme.typography.titleLarge.tabular()) }
        if (state.frame.trouble == null) Text(stringResource(R.string.code_over), style = MaterialTheme.typography.bodyLarge)
        Wait(wait)
    }
}

@Composable
private fun Wait(seconds: Int) {
    if (seconds == 0) return
    Text(
        stringResource(R.string.new_code_in, seconds / MINUTE, seconds % MINUTE),
        style = MaterialTheme.typography.bodyLarge.tabular(),
        color = MaterialTheme.colorScheme.onSurfaceVariant
    )
}

/** How long the code is good for, and when another one may be asked for. */
@Composable
private fun Clock(code: CodeStatus, passed: Int, send: (Action) -> Unit) {
    val left = (code.expiresIn.toInt() - passed).coerceAtLeast(0)
    Text(
        stringResource(R.string.code_good_for, left / MINUTE, left % MINUTE),
        style = MaterialTheme.typography.bodyLarge.tabular(),
        color = MaterialTheme.colorScheme.onSurfaceVariant
    )
    val wait = (code.resendIn.toInt() - passed).coerceAtLeast(0)
    Wait(wait)
    if (wait == 0) {
        OutlinedButton({ send(Action.Reply(Answer.SendCode(null))) }, Modifier.heightIn(min = 48.dp)) {
            Text(stringResource(R.string.new_code))
        }
    }
}

/** Seconds since a moment, by the clock that never jumps. */
@Composable
private fun secondsSince(moment: Long) = remember(moment) { mutableIntStateOf(seconds(moment)) }.also { passed ->
    LaunchedEffect(moment) {
        while (true) {
            delay(MILLISECONDS)
            passed.intValue = seconds(moment)
        }
    }
}

private fun seconds(since: Long) = ((SystemClock.elapsedRealtime() - since) / MILLISECONDS).toInt()

private const val MINUTE = 60
private const val MILLISECONDS = 1_000L

/** Room for the blanks somebody types between digits. */
private const val SLACK = 4
