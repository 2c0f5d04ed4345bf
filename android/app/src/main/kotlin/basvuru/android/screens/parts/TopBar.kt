package basvuru.android.screens.parts

import android.os.SystemClock
import androidx.compose.foundation.background
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.shape.CircleShape
import androidx.compose.material3.Icon
import androidx.compose.material3.IconButton
import androidx.compose.material3.LinearProgressIndicator
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.painterResource
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.unit.dp
import basvuru.android.R
import basvuru.android.model.Action
import basvuru.android.model.Busy
import basvuru.android.model.Frame
import basvuru.android.model.Outside
import basvuru.core.Place
import kotlinx.coroutines.delay

/** How long the person has been waiting: short waits are not worth a word. */
enum class Waited { NOT, BRIEFLY, SOME, LONG }

@Composable
fun rememberWaited(busy: Busy?): Waited {
    var waited by remember(busy?.since) { mutableStateOf(waited(busy)) }
    LaunchedEffect(busy?.since) {
        while (busy != null && waited != Waited.LONG) {
            delay(STEP)
            waited = waited(busy)
        }
    }
    return waited
}

private fun waited(busy: Busy?): Waited {
    val since = SystemClock.elapsedRealtime() - (busy ?: return Waited.NOT).since
    return if (since < SOME) {
        Waited.BRIEFLY
    } else if (since < LONG) {
        Waited.SOME
    } else {
        Waited.LONG
    }
}

private const val STEP = 100L
private const val SOME = 300L
private const val LONG = 10_000L

/** The way back, where the person is, and help. */
@Composable
fun TopBar(frame: Frame, waited: Waited, help: Boolean, send: (Action) -> Unit) {
    Column {
        Row(Modifier.fillMaxWidth().heightIn(min = 56.dp).padding(horizontal = 8.dp), verticalAlignment = Alignment.CenterVertically) {
            Box(Modifier.size(48.dp)) {
                if (frame.back) {
                    IconButton({ send(Action.Back) }, Modifier.size(48.dp)) {
                        Icon(painterResource(R.drawable.ic_back), stringResource(R.string.back))
                    }
                }
            }
            Text(
                frame.place?.let { stringResource(R.string.place, it.number.toInt(), it.count.toInt(), it.name) }.orEmpty(),
                Modifier.weight(1f),
                style = MaterialTheme.typography.titleSmall,
                color = MaterialTheme.colorScheme.onSurfaceVariant,
                textAlign = TextAlign.Center
            )
            Box(Modifier.size(48.dp)) {
                if (help) {
                    IconButton({ send(Action.Go(Outside.HELP)) }, Modifier.size(48.dp)) {
                        Icon(painterResource(R.drawable.ic_help), stringResource(R.string.help))
                    }
                }
            }
        }
        Box(Modifier.fillMaxWidth().padding(horizontal = EDGE).height(8.dp), contentAlignment = Alignment.Center) {
            if (waited >= Waited.SOME) {
                LinearProgressIndicator(Modifier.fillMaxWidth())
            } else {
                frame.place?.let { Way(it) }
            }
        }
    }
}

/** The way, a piece a step. The words beside it say the same. */
@Composable
private fun Way(place: Place) {
    Row(horizontalArrangement = Arrangement.spacedBy(4.dp)) {
        for (number in 1..place.count.toInt()) {
            val colour = if (number <= place.number.toInt()) MaterialTheme.colorScheme.primary else MaterialTheme.colorScheme.outlineVariant
            Box(Modifier.weight(1f).height(4.dp).background(colour, CircleShape))
        }
    }
}
