package basvuru.android.screens.parts

import androidx.annotation.DrawableRes
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.ColumnScope
import androidx.compose.foundation.layout.FlowRow
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.material3.Icon
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Surface
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.res.painterResource
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import basvuru.android.R
import basvuru.android.model.Action
import basvuru.android.model.Errand
import basvuru.android.model.Remedy
import basvuru.android.model.SettingsPage
import basvuru.android.model.Trouble
import basvuru.android.theme.tabular
import basvuru.core.Explanation
import basvuru.core.SupportContact

/** Something to know, with an icon at its side. */
@Composable
fun Note(
    @DrawableRes icon: Int,
    modifier: Modifier = Modifier,
    colour: Color = MaterialTheme.colorScheme.surfaceContainer,
    content: @Composable ColumnScope.() -> Unit
) {
    Surface(modifier.fillMaxWidth(), MaterialTheme.shapes.medium, colour) {
        Row(Modifier.padding(16.dp), horizontalArrangement = Arrangement.spacedBy(12.dp)) {
            Icon(painterResource(icon), null, Modifier.size(lettered(24)))
            Column(Modifier.weight(1f), verticalArrangement = Arrangement.spacedBy(4.dp), content = content)
        }
    }
}

/** What happened, what to do now, whom to call. It stays until the next thing is done. */
@Composable
fun FailureCard(trouble: Trouble, support: SupportContact?, send: (Action) -> Unit) {
    val told = trouble.explanation
    Note(
        R.drawable.ic_warning,
        Modifier.padding(top = 8.dp).semantics { liveRegion = LiveRegionMode.Polite },
        MaterialTheme.colorScheme.errorContainer
    ) {
        Text(told.what, style = MaterialTheme.typography.titleMedium)
        Text(told.next, style = MaterialTheme.typography.bodyLarge)
        if (trouble.remedies.isNotEmpty()) {
            FlowRow(Modifier.padding(top = 8.dp), horizontalArrangement = Arrangement.spacedBy(8.dp)) {
                for (remedy in trouble.remedies) SecondButton(label(remedy), { send(Action.Mend(remedy)) })
            }
        }
        FlowRow(horizontalArrangement = Arrangement.spacedBy(4.dp), itemVerticalAlignment = Alignment.CenterVertically) {
            support?.let {
                QuietButton(
                    it.phone,
                    { send(Action.Run(Errand.Call(it.phone))) },
                    R.drawable.ic_call,
                    said = stringResource(R.string.call_support, it.phone),
                    style = MaterialTheme.typography.labelLarge.tabular()
                )
            }
            QuietButton(
                told.code,
                { send(Action.Run(Errand.Copy(told.code))) },
                iconAfter = R.drawable.ic_copy,
                said = stringResource(R.string.copy_code, told.code),
                style = MaterialTheme.typography.labelMedium.tabular()
            )
        }
    }
}

/** Something that happened on the way. */
@Composable
fun NoticeCard(notice: Explanation) {
    Note(
        R.drawable.ic_info,
        Modifier.padding(top = 8.dp).semantics {
            liveRegion = LiveRegionMode.Polite
        },
        MaterialTheme.colorScheme.secondaryContainer
    ) {
        Text(notice.what, style = MaterialTheme.typography.titleMedium)
        Text(notice.next, style = MaterialTheme.typography.bodyLarge)
    }
}

/** The phone's clock is wrong: said before it costs a signature. */
@Composable
fun ClockCard(sentence: String, send: (Action) -> Unit) {
    Note(R.drawable.ic_history, Modifier.padding(top = 8.dp), MaterialTheme.colorScheme.tertiaryContainer) {
        Text(sentence, style = MaterialTheme.typography.bodyLarge)
        SecondButton(stringResource(R.string.date_settings), {
            send(Action.Run(Errand.Settings(SettingsPage.DATE)))
        }, Modifier.padding(top = 8.dp))
    }
}

@Composable
private fun label(remedy: Remedy): String = stringResource(
    when (remedy) {
        Remedy.TRY_AGAIN -> R.string.try_again
        Remedy.NEW_CODE -> R.string.new_code
        Remedy.ORDERS -> R.string.refresh_orders
        Remedy.NFC_SETTINGS -> R.string.nfc_settings
        Remedy.NETWORK_SETTINGS -> R.string.network_settings
        Remedy.DATE_SETTINGS -> R.string.date_settings
        Remedy.START_AFRESH -> R.string.start_afresh
    }
)
