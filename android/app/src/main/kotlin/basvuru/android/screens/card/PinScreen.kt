package basvuru.android.screens.card

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
import basvuru.core.Answer
import basvuru.core.CardSummary
import basvuru.core.Failure

data class PinState(val frame: Frame, val card: CardSummary?, val entry: Entry.Card, val reader: String)

/** The PIN. Whose card it is and how many tries are left stands beside it; the last try is asked about first. */
@Composable
fun PinScreen(state: PinState, send: (Action) -> Unit) {
    val card = state.card
    val entry = state.entry
    val lastTry = card?.triesLeft == 1.toUByte() || state.frame.trouble?.failure is Failure.PinLastTry
    if (lastTry && !entry.lastTryConfirmed) {
        LastTry(state.frame, card?.triesSentence, send) { entry.lastTryConfirmed = true }
        return
    }
    if (state.frame.trouble?.failure is Failure.PinBlocked || card?.triesLeft == 0.toUByte()) {
        return Question(state.frame, send, aside = { CardNote(card, entry) })
    }
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
        // A failure says how many there are now.
        if (state.frame.trouble == null) card?.triesSentence?.let { Text(it, style = MaterialTheme.typography.bodyLarge) }
        CardNote(card, entry)
    }
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

/** One wrong PIN more and the card is locked: a question of its own. */
@Composable
fun LastTry(frame: Frame, sentence: String?, send: (Action) -> Unit, onConfirm: () -> Unit) {
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
            Text(stringResource(R.string.last_try_advice), style = MaterialTheme.typography.bodyLarge)
        }
    }
}

/** The least digits a PIN has where the card has not told yet; the core asks the card before it sends anything. */
private const val LEAST = 4
