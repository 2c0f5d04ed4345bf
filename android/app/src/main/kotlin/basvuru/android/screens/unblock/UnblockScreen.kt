package basvuru.android.screens.unblock

import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.res.stringResource
import basvuru.android.R
import basvuru.android.model.Action
import basvuru.android.model.CarePin
import basvuru.android.model.Entry
import basvuru.android.model.Frame
import basvuru.android.screens.card.LastTry
import basvuru.android.screens.card.NewPin
import basvuru.android.screens.card.PinPad
import basvuru.android.screens.card.length
import basvuru.android.screens.parts.Act
import basvuru.android.screens.parts.Note
import basvuru.android.screens.parts.Question
import basvuru.android.screens.parts.language
import basvuru.core.CardReport
import basvuru.core.Failure
import basvuru.core.Unblocking
import basvuru.core.explain

data class UnblockState(val frame: Frame, val report: CardReport, val entry: Entry.Care)

/** A PIN that is blocked: the PUK, told before what a wrong one costs, then the new PIN twice. */
@Composable
fun UnblockScreen(state: UnblockState, send: (Action) -> Unit) {
    val unblocking = state.report.unblocking
    val entry = state.entry
    // That none is left is a hint, which the card may give wrongly: a person who is sure goes on.
    val lastTry = unblocking?.triesLeft?.let { it <= 1u } == true || state.frame.trouble?.failure is Failure.PukLastTry
    when {
        unblocking == null -> NoWay(state, send)

        lastTry && !entry.lastTryConfirmed ->
            LastTry(state.frame, unblocking.triesSentence, R.string.last_puk_advice, send) { entry.lastTryConfirmed = true }

        entry.asked == CarePin.KNOWN -> Puk(state, unblocking, send)

        else -> NewPin(state.frame, entry, state.report.pin, Act(stringResource(R.string.unblock_pin)) { send(Action.UnblockPin) }, send)
    }
}

@Composable
private fun Puk(state: UnblockState, unblocking: Unblocking, send: (Action) -> Unit) {
    val frame = state.frame
    // A failure says how many tries there are now.
    val tries = unblocking.triesSentence.takeIf { frame.trouble == null }
    PinPad(
        frame.copy(title = stringResource(R.string.puk), hint = tries.orEmpty(), place = null, notice = state.report.notice),
        send,
        state.entry.pin(CarePin.KNOWN),
        unblocking.puk.length,
        Act(stringResource(R.string.go_on)) { state.entry.asked = CarePin.NEW },
        state.entry.obscured,
        help = false
    ) {
        Note(R.drawable.ic_warning, colour = MaterialTheme.colorScheme.tertiaryContainer) {
            Text(stringResource(R.string.puk_advice), style = MaterialTheme.typography.bodyLarge)
        }
    }
}

/** No PUK helps here: what does. */
@Composable
private fun NoWay(state: UnblockState, send: (Action) -> Unit) {
    val frame = state.frame.copy(title = stringResource(R.string.unblock_pin), hint = "", place = null)
    val told = if (frame.trouble == null) frame.copy(notice = explain(Failure.PukUnavailable(), language())) else frame
    Question(told, send, help = false)
}
