package basvuru.android.screens.history

import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.remember
import androidx.compose.ui.res.stringResource
import basvuru.android.R
import basvuru.android.model.Action
import basvuru.android.model.Frame
import basvuru.android.screens.parts.Note
import basvuru.android.screens.parts.Question
import basvuru.android.screens.parts.WayRow
import basvuru.android.screens.parts.dayAndTime
import basvuru.core.Receipt
import java.time.Instant

data class HistoryState(val frame: Frame, val receipts: List<Receipt>)

/** Applications that this person sent from this phone. */
@Composable
fun HistoryScreen(state: HistoryState, send: (Action) -> Unit) {
    val frame = state.frame.copy(title = stringResource(R.string.history), hint = stringResource(R.string.history_hint), place = null)
    Question(frame, send, help = false) {
        if (state.receipts.isEmpty() && frame.busy == null) {
            Note(R.drawable.ic_info) { Text(stringResource(R.string.history_empty), style = MaterialTheme.typography.bodyLarge) }
        }
        for (receipt in state.receipts) {
            WayRow(receipt.number, { send(Action.ShareReceipt(receipt)) }, R.drawable.ic_share, received(receipt.receivedAt))
        }
    }
}

/** The portal's time as people write it; a time in another form as it is. */
@Composable
private fun received(moment: String): String =
    remember(moment) { runCatching { Instant.parse(moment) }.getOrNull() }?.let { dayAndTime(it) } ?: moment
