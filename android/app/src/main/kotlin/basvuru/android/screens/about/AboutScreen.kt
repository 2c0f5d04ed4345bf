package basvuru.android.screens.about

import android.os.Build
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.selection.toggleable
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Switch
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.unit.dp
import basvuru.android.R
import basvuru.android.model.About
import basvuru.android.model.Action
import basvuru.android.model.Frame
import basvuru.android.model.NfcCondition
import basvuru.android.model.Outside
import basvuru.android.screens.card.Ways
import basvuru.android.screens.parts.Act
import basvuru.android.screens.parts.Fact
import basvuru.android.screens.parts.Note
import basvuru.android.screens.parts.Question
import basvuru.android.screens.parts.Subheading
import basvuru.android.screens.parts.WayRow
import basvuru.core.CardLink
import basvuru.core.ReaderReport

data class AboutState(val frame: Frame, val about: About, val ways: Ways, val dynamicColour: Boolean)

/** Versions and what this phone can do; what support asks for. */
@Composable
fun AboutScreen(state: AboutState, send: (Action) -> Unit) {
    val frame = state.frame.copy(title = stringResource(R.string.about), hint = stringResource(R.string.about_hint), place = null)
    val phone = state.about.phone
    Question(frame, send, Act(stringResource(R.string.share_diagnosis)) { send(Action.ShareDiagnosis) }, help = false) {
        Fact(stringResource(R.string.app_version), phone.appVersion)
        Fact(stringResource(R.string.phone_model), stringResource(R.string.phone_facts, phone.phoneModel, phone.androidVersion))
        Fact(stringResource(R.string.nfc), stringResource(nfc(state.ways.condition.nfc)))
        Fact(
            stringResource(R.string.usb_readers),
            stringResource(if (state.ways.condition.usbHost) R.string.usb_yes else R.string.usb_absent)
        )
        val readers = state.ways.readers.filter { it.link == CardLink.CONTACT }
        for (reader in readers) {
            WayRow(stringResource(R.string.test_reader), { send(Action.TestReader(reader.id)) }, R.drawable.ic_reader, reader.name)
        }
        state.about.reader?.let { Tested(it) }
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.S) Looks(state.dynamicColour, send)
        WayRow(stringResource(R.string.licences), { send(Action.Go(Outside.LICENCES)) }, R.drawable.ic_document)
    }
}

/** Newer phones take colours from their wallpaper. */
@Composable
private fun Looks(dynamicColour: Boolean, send: (Action) -> Unit) {
    Subheading(stringResource(R.string.looks))
    Row(
        Modifier
            .fillMaxWidth()
            .heightIn(min = 56.dp)
            .toggleable(dynamicColour, role = Role.Switch) { send(Action.DynamicColour(it)) },
        Arrangement.spacedBy(16.dp),
        Alignment.CenterVertically
    ) {
        Text(stringResource(R.string.dynamic_colour), Modifier.weight(1f), style = MaterialTheme.typography.bodyLarge)
        Switch(dynamicColour, null)
    }
}

private fun nfc(condition: NfcCondition): Int = when (condition) {
    NfcCondition.ABSENT -> R.string.nfc_absent
    NfcCondition.OFF -> R.string.nfc_off
    NfcCondition.ON -> R.string.nfc_on
}

@Composable
private fun Tested(report: ReaderReport) {
    Note(if (report.cardPresent) R.drawable.ic_done else R.drawable.ic_info) {
        Text(report.name, style = MaterialTheme.typography.titleMedium)
        for (sentence in report.sentences) Text(sentence, style = MaterialTheme.typography.bodyLarge)
        Text(report.exchange, style = MaterialTheme.typography.bodyMedium)
    }
}
