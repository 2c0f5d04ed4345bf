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
import basvuru.android.model.CarePin
import basvuru.android.model.Frame
import basvuru.android.model.PinEntry
import basvuru.android.screens.card.HowToReach
import basvuru.android.screens.card.LastTry
import basvuru.android.screens.card.PinLength
import basvuru.android.screens.card.PinPad
import basvuru.android.screens.card.Ways
import basvuru.android.screens.card.WaysToCard
import basvuru.android.screens.parts.Act
import basvuru.android.screens.parts.Fact
import basvuru.android.screens.parts.Note
import basvuru.android.screens.parts.Question
import basvuru.android.screens.parts.Subheading
import basvuru.android.screens.parts.fault
import basvuru.android.screens.parts.language
import basvuru.core.CardReport
import basvuru.core.CertificateReport
import basvuru.core.Check
import basvuru.core.checkNewPin

data class CareState(val frame: Frame, val care: Care, val ways: Ways)

/** Beside the journey: what is on the card, and another PIN for it. */
@Composable
fun CareScreen(state: CareState, send: (Action) -> Unit) {
    val report = state.care.report
    val asked = state.care.entry.asked
    when {
        report == null -> Start(state, send)
        asked == null -> Report(state, report, send)
        else -> NewPin(state, report, asked, send)
    }
}

@Composable
private fun Start(state: CareState, send: (Action) -> Unit) {
    var picked by remember { mutableStateOf<String?>(null) }
    val chosen = state.ways.chosen(picked)
    val frame = state.frame.copy(title = stringResource(R.string.care), hint = stringResource(R.string.care_hint), place = null)
    val look = chosen?.let { Act(stringResource(R.string.read_card)) { send(Action.LookAtCard(it.id)) } }
    Question(frame, send, look, help = false, aside = { HowToReach(chosen) }) { WaysToCard(state.ways, chosen, send) { picked = it } }
}

@Composable
private fun Report(state: CareState, report: CardReport, send: (Action) -> Unit) {
    val frame = state.frame.copy(
        title = report.holder ?: report.label,
        hint = report.triesSentence.orEmpty(),
        place = null,
        notice = report.notice
    )
    val change = Act(stringResource(R.string.change_pin)) { state.care.entry.asked = CarePin.OLD }
    Question(frame, send, change, help = false) {
        if (state.care.changed) {
            Note(R.drawable.ic_done) {
                Text(stringResource(R.string.pin_changed), style = MaterialTheme.typography.titleMedium)
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
private fun NewPin(state: CareState, report: CardReport, asked: CarePin, send: (Action) -> Unit) {
    val entry = state.care.entry
    if (report.triesLeft == 1.toUByte() && !entry.lastTryConfirmed) {
        LastTry(state.frame, report.triesSentence, send) { entry.lastTryConfirmed = true }
        return
    }
    val pin = entry.pin(asked)
    val rules = report.pin
    val language = language()
    val refusal = remember(pin.length, asked, language) {
        if (asked != CarePin.NEW || pin.length == 0) null else pin.peek().use { checkNewPin(it, rules, language) }
    }
    val differs = asked == CarePin.REPEATED && pin.length >= entry.pin(CarePin.NEW).length && !pin.sameAs(entry.pin(CarePin.NEW))
    val fault = refusal?.fault ?: stringResource(R.string.pins_differ).takeIf { differs }
    val title = when (asked) {
        CarePin.OLD -> R.string.old_pin
        CarePin.NEW -> R.string.new_pin
        CarePin.REPEATED -> R.string.repeat_pin
    }
    val next = when (asked) {
        CarePin.OLD -> Act(stringResource(R.string.go_on)) { entry.asked = CarePin.NEW }
        CarePin.NEW -> Act(stringResource(R.string.go_on), refusal is Check.Acceptable) { entry.asked = CarePin.REPEATED }
        CarePin.REPEATED -> Act(stringResource(R.string.change_pin), pin.length > 0 && !differs) { send(Action.ChangePin) }
    }
    PinPad(
        state.frame.copy(title = stringResource(title), hint = "", place = null),
        send,
        pin,
        PinLength(rules.minLength.toInt(), minOf(rules.maxLength.toInt(), PinEntry.MOST)),
        next,
        entry.obscured,
        help = false
    ) {
        fault?.let {
            Note(
                R.drawable.ic_warning,
                Modifier.semantics { liveRegion = LiveRegionMode.Polite },
                MaterialTheme.colorScheme.errorContainer
            ) { Text(it, style = MaterialTheme.typography.bodyLarge) }
        }
    }
}

private const val SEPARATOR = " · "
