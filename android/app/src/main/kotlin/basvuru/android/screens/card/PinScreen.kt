package basvuru.android.screens.card

import androidx.annotation.StringRes
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.ColumnScope
import androidx.compose.foundation.layout.padding
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.MutableState
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import basvuru.android.R
import basvuru.android.model.Action
import basvuru.android.model.Entry
import basvuru.android.model.Frame
import basvuru.android.model.PinEntry
import basvuru.android.screens.parts.Act
import basvuru.android.screens.parts.Keypad
import basvuru.android.screens.parts.Note
import basvuru.android.screens.parts.PinDots
import basvuru.android.screens.parts.Question
import basvuru.android.screens.parts.SecureWindow
import basvuru.android.screens.parts.language
import basvuru.core.Answer
import basvuru.core.AssistedUnblocking
import basvuru.core.CardSummary
import basvuru.core.Failure
import basvuru.core.explain

data class PinState(
    val frame: Frame,
    val card: CardSummary?,
    val entry: Entry.Card,
    val reader: String,
    val assisted: AssistedUnblocking? = null
)

/** The PIN. Whose card it is and how many tries are left stands beside it; the last try is asked about first. */
@Composable
fun PinScreen(state: PinState, send: (Action) -> Unit) {
    val card = state.card
    val entry = state.entry
    val failure = state.frame.trouble?.failure
    val lastTry = card?.triesLeft == 1.toUByte() || failure is Failure.PinLastTry
    if (lastTry && !entry.lastTryConfirmed) {
        LastTry(state.frame, card?.triesSentence, R.string.last_try_advice, send) { entry.lastTryConfirmed = true }
        return
    }
    if (entry.blocked || failure is Failure.PinBlocked || card?.triesLeft == 0.toUByte()) return Blocked(state, send)
    val rules = PinLength(card?.pinMinLength?.toInt() ?: LEAST, card?.pinMaxLength?.toInt() ?: PinEntry.MOST)
    PinPad(
        state.frame,
        send,
        entry.pin,
        rules,
        Act(stringResource(R.string.sign)) {
            send(Action.Reply(Answer.Sign(state.reader, entry.pin.take(), entry.lastTryConfirmed, entry.certificate)))
        },
        entry.obscured
    ) {
        if (entry.unblocked && state.frame.trouble == null) {
            Note(R.drawable.ic_done, Modifier.semantics { liveRegion = LiveRegionMode.Polite }) {
                Text(stringResource(R.string.pin_unblocked), style = MaterialTheme.typography.bodyLarge)
            }
        }
        // A failure says how many there are now.
        if (state.frame.trouble == null) card?.triesSentence?.let { Text(it, style = MaterialTheme.typography.bodyLarge) }
        CardNote(card, entry)
    }
}

/** No PIN is taken any more: the PUK of the card helps, where it has one, and the portal, where it offers to. */
@Composable
private fun Blocked(state: PinState, send: (Action) -> Unit) {
    val frame = state.frame
    // A card that was not read yet is looked at before its PUK is asked for.
    val byPuk = state.card == null || state.card.unblocking != null
    val puk = Act(stringResource(R.string.unblock_pin)) { send(Action.AskForPuk(state.reader)) }.takeIf { byPuk }
    val portal = state.assisted?.let { assisted ->
        Act(stringResource(R.string.unblock_with_portal)) {
            state.entry.helped = true
            if (assisted.code == null) send(Action.Reply(Answer.RequestUnblocking(state.reader, null)))
        }
    }
    val acts = listOfNotNull(puk, portal)
    Question(
        frame.copy(hint = "", notice = if (frame.trouble == null) explain(Failure.PinBlocked(), language()) else frame.notice),
        send,
        acts.firstOrNull(),
        acts.getOrNull(1),
        aside = { CardNote(state.card, state.entry) }
    )
}

/** Whose card it is, and which of its certificates cannot sign. */
@Composable
private fun CardNote(card: CardSummary?, entry: Entry.Card) {
    val certificates = card?.certificates.orEmpty()
    val certificate = certificates.find { it.serial == entry.certificate } ?: certificates.firstOrNull()
    certificate?.let { CertificateNote(it) }
    card?.unusable.orEmpty().forEach { UnusableNote(it) }
}

/** How long a PIN may be. */
data class PinLength(val least: Int, val most: Int)

/** Dots and keys for a PIN, with what is to be known before it is typed. */
@Composable
fun PinPad(
    frame: Frame,
    send: (Action) -> Unit,
    pin: PinEntry,
    length: PinLength,
    primary: Act,
    obscured: MutableState<Boolean>,
    help: Boolean = true,
    aside: @Composable ColumnScope.() -> Unit = {}
) {
    SecureWindow()
    val act = Act(primary.label, primary.enabled && pin.length >= length.least, primary.onClick)
    Question(
        frame,
        send,
        act,
        help = help,
        pinned = { low ->
            Column {
                PinDots(pin, length.least, length.most)
                Keypad(pin, length.most, frame.busy == null, low, { obscured.value = true }, Modifier.padding(top = 8.dp))
            }
        },
        aside = {
            if (obscured.value) {
                Note(
                    R.drawable.ic_warning,
                    Modifier.semantics { liveRegion = LiveRegionMode.Assertive },
                    MaterialTheme.colorScheme.errorContainer
                ) { Text(stringResource(R.string.obscured), style = MaterialTheme.typography.bodyLarge) }
            }
            aside()
        }
    )
}

/** One that is wrong more, and the card is locked, or lost: a question of its own. */
@Composable
fun LastTry(frame: Frame, sentence: String?, @StringRes advice: Int, send: (Action) -> Unit, onConfirm: () -> Unit) {
    val asked = frame.copy(
        title = stringResource(R.string.last_try),
        hint = sentence ?: frame.trouble?.explanation?.what.orEmpty(),
        trouble = null
    )
    Question(
        asked,
        send,
        Act(stringResource(R.string.use_last_try), onClick = onConfirm),
        Act(stringResource(R.string.not_now)) { send(Action.Back) }
    ) {
        Note(R.drawable.ic_warning, colour = MaterialTheme.colorScheme.tertiaryContainer) {
            Text(stringResource(advice), style = MaterialTheme.typography.bodyLarge)
        }
    }
}

/** The least digits a PIN has where the card has not told yet; the core asks the card before it sends anything. */
internal const val LEAST = 4
