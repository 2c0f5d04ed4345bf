package basvuru.android.screens.card

import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.selection.selectableGroup
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.unit.dp
import basvuru.android.R
import basvuru.android.model.Action
import basvuru.android.model.Entry
import basvuru.android.model.Errand
import basvuru.android.model.Frame
import basvuru.android.model.NfcCondition
import basvuru.android.model.PhoneCondition
import basvuru.android.model.SettingsPage
import basvuru.android.screens.parts.Act
import basvuru.android.screens.parts.Note
import basvuru.android.screens.parts.PickRow
import basvuru.android.screens.parts.Picture
import basvuru.android.screens.parts.Question
import basvuru.android.screens.parts.Scene
import basvuru.android.screens.parts.SecondButton
import basvuru.core.Answer
import basvuru.core.CardLink
import basvuru.core.ReaderDescription

/** The ways to a card just now. */
data class Ways(val readers: List<ReaderDescription>, val unusable: List<String>, val condition: PhoneCondition) {
    /** The one that suggests itself: a reader was plugged in to be used. */
    fun chosen(picked: String?): ReaderDescription? =
        readers.find { it.id == picked } ?: readers.find { it.link == CardLink.CONTACT } ?: readers.firstOrNull()
}

data class PrepareState(val frame: Frame, val entry: Entry.Card, val ways: Ways)

/** Card and reader are made ready: one picture of what to do. */
@Composable
fun PrepareScreen(state: PrepareState, send: (Action) -> Unit) {
    val chosen = state.ways.chosen(state.entry.reader)
    val contact = chosen?.takeIf { it.link == CardLink.CONTACT }
    if (contact != null && state.frame.trouble == null && state.frame.busy == null) {
        LaunchedEffect(contact.id) { send(Action.Reply(Answer.ReadCard(contact.id))) }
    }
    val primary = when {
        contact != null -> Act(stringResource(R.string.read_card)) { send(Action.Reply(Answer.ReadCard(contact.id))) }
        chosen != null -> Act(stringResource(R.string.to_the_pin)) { state.entry.typing = true }
        else -> null
    }
    Question(state.frame, send, primary, aside = { HowToReach(chosen) }) {
        WaysToCard(state.ways, chosen, send) { state.entry.reader = it }
    }
}

/** What to do with card, reader and phone, in words. */
@Composable
fun HowToReach(chosen: ReaderDescription?) {
    val what = when (chosen?.link) {
        CardLink.NFC -> stringResource(R.string.how_nfc)
        CardLink.CONTACT -> stringResource(R.string.how_contact, chosen.name)
        null -> stringResource(R.string.how_reader)
    }
    Text(what, style = MaterialTheme.typography.bodyLarge)
}

/** How the card is reached: a picture, and the other ways there are. */
@Composable
fun WaysToCard(ways: Ways, chosen: ReaderDescription?, send: (Action) -> Unit, onPick: (String) -> Unit) {
    val scene = when (chosen?.link) {
        CardLink.NFC -> Scene.HOLD
        CardLink.CONTACT -> Scene.INSERT
        null -> Scene.PLUG
    }
    Box(Modifier.fillMaxWidth(), Alignment.Center) { Picture(scene, antenna = ways.condition.antenna) }
    if (ways.readers.size > 1) {
        Column(Modifier.selectableGroup()) {
            for (reader in ways.readers) PickRow(name(reader), reader == chosen, { onPick(reader.id) })
        }
    }
    if (ways.condition.nfc == NfcCondition.OFF) {
        Note(R.drawable.ic_nfc) {
            Text(stringResource(R.string.nfc_off), style = MaterialTheme.typography.bodyLarge)
            SecondButton(stringResource(R.string.nfc_settings), {
                send(Action.Run(Errand.Settings(SettingsPage.NFC)))
            }, Modifier.padding(top = 8.dp))
        }
    }
    for (device in ways.unusable) {
        Note(R.drawable.ic_warning) {
            Text(stringResource(R.string.unusable_reader, device), style = MaterialTheme.typography.bodyLarge)
        }
    }
}

@Composable
private fun name(reader: ReaderDescription) = if (reader.link == CardLink.NFC) stringResource(R.string.by_nfc) else reader.name
