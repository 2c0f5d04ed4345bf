package basvuru.android.screens.card

import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.selection.selectableGroup
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import basvuru.android.R
import basvuru.android.model.Action
import basvuru.android.model.Entry
import basvuru.android.model.Frame
import basvuru.android.screens.parts.Act
import basvuru.android.screens.parts.Note
import basvuru.android.screens.parts.PickRow
import basvuru.android.screens.parts.Question
import basvuru.android.screens.parts.day
import basvuru.core.CardCertificate
import basvuru.core.CardSummary
import basvuru.core.UnusableCertificate

data class CertificateState(val frame: Frame, val card: CardSummary, val entry: Entry.Card)

/** Several certificates could sign: which one. Those that cannot stand below, each with what is wrong with it. */
@Composable
fun CertificateScreen(state: CertificateState, send: (Action) -> Unit) {
    var picked by remember { mutableStateOf(state.card.certificates.first().serial) }
    val frame = state.frame.copy(title = stringResource(R.string.which_certificate), hint = stringResource(R.string.which_certificate_hint))
    Question(frame, send, Act(stringResource(R.string.go_on)) { state.entry.certificate = picked }) {
        Column(Modifier.selectableGroup()) {
            for (certificate in state.card.certificates) {
                PickRow(certificate.holder, picked == certificate.serial, { picked = certificate.serial }, note = facts(certificate))
            }
            for (certificate in state.card.unusable) {
                PickRow(certificate.holder, false, {}, note = reason(certificate), enabled = false)
            }
        }
    }
}

/** Whose card this is, before the PIN is typed. */
@Composable
fun CertificateNote(certificate: CardCertificate) {
    Note(R.drawable.ic_card) {
        Text(certificate.holder, style = MaterialTheme.typography.titleMedium)
        Text(facts(certificate), style = MaterialTheme.typography.bodyMedium)
    }
}

/** A certificate on the same card that cannot sign, and why. */
@Composable
fun UnusableNote(certificate: UnusableCertificate) {
    Note(R.drawable.ic_card) {
        Text(certificate.holder, style = MaterialTheme.typography.bodyLarge)
        Text(reason(certificate), style = MaterialTheme.typography.bodyMedium)
    }
}

private fun reason(certificate: UnusableCertificate): String =
    listOf(certificate.issuer, certificate.reason).filter { it.isNotEmpty() }.joinToString("\n")

@Composable
private fun facts(certificate: CardCertificate): String =
    stringResource(R.string.certificate_facts, certificate.issuer, day(certificate.validUntil))
