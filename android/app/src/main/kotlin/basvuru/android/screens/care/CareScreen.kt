package basvuru.android.screens.care

import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import basvuru.android.R
import basvuru.android.model.Action
import basvuru.android.model.Care
import basvuru.android.model.CareDone
import basvuru.android.model.CarePin
import basvuru.android.model.Frame
import basvuru.android.screens.card.HowToReach
import basvuru.android.screens.card.LastTry
import basvuru.android.screens.card.NewPin
import basvuru.android.screens.card.PinPad
import basvuru.android.screens.card.Ways
import basvuru.android.screens.card.WaysToCard
import basvuru.android.screens.card.length
import basvuru.android.screens.parts.Act
import basvuru.android.screens.parts.Fact
import basvuru.android.screens.parts.Note
import basvuru.android.screens.parts.Question
import basvuru.android.screens.parts.Subheading
import basvuru.android.screens.parts.language
import basvuru.android.screens.unblock.UnblockScreen
import basvuru.android.screens.unblock.UnblockState
import basvuru.core.CardReport
import basvuru.core.CertificateReport
import basvuru.core.Failure
import basvuru.core.explain

/** [journeyWaits]: it is the card of the journey, which goes on with it. */
data class CareState(val frame: Frame, val care: Care, val ways: Ways, val journeyWaits: Boolean = false)

/** Beside the journey: what is on the card, and another PIN for it. */
@Composable
fun CareScreen(state: CareState, send: (Action) -> Unit) {
    val report = state.care.report
    val entry = state.care.entry
    when {
        report == null -> Start(state, send)
        entry.asked == null -> Report(state, report, send)
        entry.unblocks -> UnblockScreen(UnblockState(state.frame, report, entry), send)
        else -> PinChange(state, report, send)
    }
}

@Composable
private fun Start(state: CareState, send: (Action) -> Unit) {
    var picked by remember { mutableStateOf<String?>(null) }
    val chosen = state.ways.chosen(picked)
    val unblocks = state.journeyWaits
    val frame = state.frame.copy(
        title = stringResource(if (unblocks) R.string.unblock_pin else R.string.care),
        hint = stringResource(if (unblocks) R.string.unblock_hint else R.string.care_hint),
        place = null
    )
    val look = chosen?.let { Act(stringResource(R.string.read_card)) { send(Action.LookAtCard(it.id)) } }
    Question(frame, send, look, help = false, aside = { HowToReach(chosen) }) { WaysToCard(state.ways, chosen, send) { picked = it } }
}

@Composable
private fun Report(state: CareState, report: CardReport, send: (Action) -> Unit) {
    val blocked = report.triesLeft == 0.toUByte()
    val frame = state.frame.copy(
        title = report.holder ?: report.label,
        hint = report.triesSentence.orEmpty(),
        place = null,
        notice = report.notice ?: explain(Failure.PinBlocked(), language()).takeIf { blocked && state.frame.trouble == null }
    )
    val entry = state.care.entry
    val change = Act(stringResource(R.string.change_pin)) { entry.begin(unblocks = false) }
    val unblock = Act(stringResource(R.string.unblock_pin)) { entry.begin(unblocks = true) }.takeIf { report.unblocking != null }
    val acts = when {
        blocked -> listOf(unblock)
        state.journeyWaits -> listOf(Act(stringResource(R.string.to_the_pin)) { send(Action.Go(null)) }, unblock)
        else -> listOf(change, unblock)
    }
    Question(frame, send, acts.first(), acts.getOrNull(1), help = false) {
        // A notice says what became of it instead.
        state.care.done?.takeIf { report.notice == null }?.let {
            Note(R.drawable.ic_done, Modifier.semantics { liveRegion = LiveRegionMode.Polite }) {
                val told = if (it == CareDone.CHANGED) R.string.pin_changed else R.string.pin_unblocked
                Text(stringResource(told), style = MaterialTheme.typography.titleMedium)
            }
        }
        Fact(stringResource(R.string.card_name), listOfNotNull(report.label, report.serial).joinToString(SEPARATOR))
        if (report.certificates.isNotEmpty()) Subheading(stringResource(R.string.certificates))
        for (certificate in report.certificates) Certificate(certificate)
    }
}

@Composable
private fun Certificate(certificate: CertificateReport) {
    Note(if (certificate.usable) R.drawable.ic_done else R.drawable.ic_warning) {
        Text(certificate.holder, style = MaterialTheme.typography.titleMedium)
        Text(certificate.sentence, style = MaterialTheme.typography.bodyLarge)
        Text(certificate.issuer, style = MaterialTheme.typography.bodyMedium)
    }
}

/** The old PIN, the new one, the new one again. */
@Composable
private fun PinChange(state: CareState, report: CardReport, send: (Action) -> Unit) {
    val entry = state.care.entry
    val lastTry = report.triesLeft == 1.toUByte() || state.frame.trouble?.failure is Failure.PinLastTry
    when {
        lastTry && !entry.lastTryConfirmed ->
            LastTry(state.frame, report.triesSentence, R.string.last_try_advice, send) { entry.lastTryConfirmed = true }

        entry.asked == CarePin.KNOWN -> PinPad(
            state.frame.copy(title = stringResource(R.string.old_pin), hint = "", place = null),
            send,
            entry.pin(CarePin.KNOWN),
            report.pin.length,
            Act(stringResource(R.string.go_on)) { entry.asked = CarePin.NEW },
            entry.obscured,
            help = false
        )

        else -> NewPin(state.frame, entry, report.pin, Act(stringResource(R.string.change_pin)) { send(Action.ChangePin) }, send)
    }
}

private const val SEPARATOR = " · "
