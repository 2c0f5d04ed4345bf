package basvuru.android.screens.orders

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.size
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.unit.dp
import basvuru.android.R
import basvuru.android.model.Action
import basvuru.android.model.Frame
import basvuru.android.screens.parts.Act
import basvuru.android.screens.parts.Note
import basvuru.android.screens.parts.Question
import basvuru.android.screens.parts.QuietButton
import basvuru.android.screens.parts.Subheading
import basvuru.android.screens.parts.WayRow
import basvuru.core.Answer
import basvuru.core.OrderSummary
import basvuru.core.Screen

data class OrdersState(val frame: Frame, val screen: Screen.ChooseOrder)

/** The person's applications. Where there is but one to go on with, it is the button. */
@Composable
fun OrdersScreen(state: OrdersState, send: (Action) -> Unit) {
    val orders = state.screen.groups.flatMap { it.orders }
    val primary = if (orders.size == 1) {
        Act(stringResource(R.string.go_on)) { send(Action.Reply(Answer.ChooseOrder(orders.single().id))) }
    } else {
        null
    }
    val refresh = Act(stringResource(R.string.refresh_orders)) { send(Action.Reply(Answer.RefreshOrders)) }
    Question(state.frame, send, if (orders.isEmpty()) refresh else primary, if (orders.isEmpty()) null else refresh) {
        Text(
            stringResource(R.string.greeting, state.screen.applicantName),
            style = MaterialTheme.typography.bodyLarge
        )
        if (orders.isEmpty()) {
            Note(R.drawable.ic_info) { Text(stringResource(R.string.no_orders), style = MaterialTheme.typography.bodyLarge) }
        }
        for (group in state.screen.groups) {
            if (group.orders.isNotEmpty()) Subheading(group.name)
            for (order in group.orders) Order(order, send)
        }
    }
}

@Composable
private fun Order(order: OrderSummary, send: (Action) -> Unit) {
    Column(verticalArrangement = Arrangement.spacedBy(4.dp)) {
        WayRow(
            order.productName,
            { send(Action.Reply(Answer.ChooseOrder(order.id))) },
            R.drawable.ic_document,
            order.institution
        ) {
            Text(order.phaseName, style = MaterialTheme.typography.labelLarge, color = MaterialTheme.colorScheme.primary)
        }
        if (order.formChangeable) {
            QuietButton(
                stringResource(R.string.change_form),
                { send(Action.Reply(Answer.ChangeForm(order.id))) },
                R.drawable.ic_edit
            )
        }
    }
}
