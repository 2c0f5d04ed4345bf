package basvuru.android.screens.assisted

import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.sp
import basvuru.android.R
import basvuru.android.model.Action
import basvuru.android.model.CarePin
import basvuru.android.model.Entry
import basvuru.android.model.Frame
import basvuru.android.model.PinEntry
import basvuru.android.model.toPassword
import basvuru.android.screens.card.LEAST
import basvuru.android.screens.card.LastTry
import basvuru.android.screens.card.NewPin
import basvuru.android.screens.parts.Act
import basvuru.android.screens.parts.Question
import basvuru.android.screens.parts.SecureWindow
import basvuru.android.screens.parts.fault
import basvuru.android.screens.parts.language
import basvuru.android.screens.phone.CodeClock
import basvuru.android.screens.phone.CodeField
import basvuru.android.screens.phone.WaitForCode
import basvuru.android.screens.phone.endsCode
import basvuru.android.screens.phone.isOfCode
import basvuru.android.screens.phone.secondsSince
import basvuru.android.screens.phone.waitForAnother
import basvuru.android.theme.tabular
import basvuru.core.Answer
import basvuru.core.AssistedUnblocking
import basvuru.core.CardSummary
import basvuru.core.Check
import basvuru.core.CodeStatus
import basvuru.core.PinRules
import basvuru.core.checkCode

data class AssistedState(
    val frame: Frame,
    val assisted: AssistedUnblocking,
    val code: CodeStatus,
    val card: CardSummary?,
    val entry: Entry.Card,
    val reader: String,
    val arrived: Long
)

/** A PIN that is blocked, with the portal's help: its code is compared, that of the text message typed, then the new PIN twice. */
@Composable
fun AssistedScreen(state: AssistedState, send: (Action) -> Unit) {
    val entry = state.entry.help
    val unblocking = state.card?.unblocking
    when {
        unblocking?.triesLeft == 1.toUByte() && !entry.lastTryConfirmed ->
            LastTry(state.frame, unblocking.triesSentence, R.string.last_puk_advice, send) { entry.lastTryConfirmed = true }

        entry.asked == CarePin.KNOWN -> Code(state, send)

        else -> NewPin(state.frame, entry, state.card.rules, Act(stringResource(R.string.unblock_pin)) { send(state.unblock()) }, send)
    }
}

/** The answer, which nothing that was typed outlives. */
private fun AssistedState.unblock(): Action {
    val answer = Answer.Unblock(reader, entry.code.code.toPassword(), entry.help.pin(CarePin.NEW).take())
    entry.help.wipe()
    return Action.Reply(answer)
}

/** What the card expects of its PIN; before it was read, what any card does: the core asks it before anything is sent. */
private val CardSummary?.rules: PinRules
    get() = this?.run { PinRules(pinMinLength, pinMaxLength, pinNumeric) } ?: PinRules(LEAST.toUByte(), PinEntry.MOST.toUByte(), true)

@Composable
private fun Code(state: AssistedState, send: (Action) -> Unit) {
    SecureWindow()
    val entry = state.entry.code
    val trouble = state.frame.trouble
    val passed by secondsSince(state.arrived)
    val again = { send(Action.Reply(Answer.RequestUnblocking(state.reader, null))) }
    val title = stringResource(R.string.portal_help)
    val frame = state.frame.copy(title = title, hint = "")
    if (passed >= state.code.expiresIn.toInt() || trouble?.endsCode == true) {
        val wait = waitForAnother(state.code, passed)
        Question(
            frame.copy(trouble = trouble?.copy(remedies = emptyList())),
            send,
            Act(stringResource(R.string.new_code), wait == 0, again)
        ) {
            if (trouble == null) Text(stringResource(R.string.code_over), style = MaterialTheme.typography.bodyLarge)
            WaitForCode(wait)
        }
        return
    }
    val language = language()
    val whole = entry.code.toPassword().use { checkCode(it, state.code.length, language) } is Check.Acceptable
    val next = { if (whole) state.entry.help.asked = CarePin.NEW }
    Question(
        if (trouble?.isOfCode == true) frame.copy(trouble = null) else frame,
        send,
        Act(stringResource(R.string.codes_match), whole, next)
    ) {
        state.assisted.verificationCode?.let { VerificationCode(it) }
        CodeField(entry, state.code, stringResource(R.string.message_code), trouble, next)
        CodeClock(state.code, passed, again)
    }
}

/** To be compared with the text message: large, and spoken one sign after the other. */
@Composable
private fun VerificationCode(code: String) {
    val spoken = code.toList().joinToString(" ")
    Column(Modifier.fillMaxWidth().semantics(mergeDescendants = true) {}) {
        Text(
            stringResource(R.string.verification_code),
            style = MaterialTheme.typography.labelMedium,
            color = MaterialTheme.colorScheme.onSurfaceVariant
        )
        Text(
            code,
            Modifier.semantics { contentDescription = spoken },
            style = MaterialTheme.typography.displayMedium.tabular().copy(letterSpacing = 4.sp)
        )
        Text(stringResource(R.string.compare_codes), style = MaterialTheme.typography.bodyLarge)
    }
}
