package basvuru.android.screens.receipt

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.text.selection.SelectionContainer
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.unit.dp
import basvuru.android.R
import basvuru.android.model.Action
import basvuru.android.model.Errand
import basvuru.android.model.Frame
import basvuru.android.screens.parts.Act
import basvuru.android.screens.parts.Fact
import basvuru.android.screens.parts.Picture
import basvuru.android.screens.parts.Question
import basvuru.android.screens.parts.Scene
import basvuru.android.screens.parts.WayRow
import basvuru.android.theme.tabular
import basvuru.core.Answer
import basvuru.core.Screen

data class ReceiptState(val frame: Frame, val screen: Screen.Done)

/** Done: the receipt, to keep and to hand on. */
@Composable
fun ReceiptScreen(state: ReceiptState, send: (Action) -> Unit) {
    val receipt = state.screen.receipt
    val share = Act(stringResource(R.string.share)) { send(Action.ShareReceipt(receipt, state.screen.summary)) }
    val primary = state.screen.returnTo?.let { address ->
        Act(stringResource(R.string.return_to)) { send(Action.Run(Errand.Browse(address))) }
    }
    Question(
        state.frame,
        send,
        primary ?: share,
        if (primary == null) Act(stringResource(R.string.save_file)) { send(Action.SaveReceipt(receipt)) } else share,
        aside = { Box(Modifier.fillMaxWidth(), Alignment.Center) { Picture(Scene.DONE) } }
    ) {
        SelectionContainer {
            Column(verticalArrangement = Arrangement.spacedBy(12.dp)) {
                Fact(stringResource(R.string.receipt_number), receipt.number, MaterialTheme.typography.titleLarge.tabular())
                Text(state.screen.summary, style = MaterialTheme.typography.bodyLarge)
            }
        }
        if (primary != null) WayRow(stringResource(R.string.save_file), { send(Action.SaveReceipt(receipt)) }, R.drawable.ic_save)
        WayRow(stringResource(R.string.other_orders), { send(Action.Reply(Answer.RefreshOrders)) }, R.drawable.ic_document)
    }
}
