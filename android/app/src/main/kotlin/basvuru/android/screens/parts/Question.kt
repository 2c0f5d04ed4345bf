package basvuru.android.screens.parts

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.BoxWithConstraints
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.ColumnScope
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.WindowInsets
import androidx.compose.foundation.layout.fillMaxHeight
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.safeDrawing
import androidx.compose.foundation.layout.widthIn
import androidx.compose.foundation.layout.windowInsetsPadding
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.Button
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Surface
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.paneTitle
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.unit.dp
import basvuru.android.R
import basvuru.android.model.Action
import basvuru.android.model.Frame

/** Something to press. */
class Act(val label: String, val enabled: Boolean = true, val onClick: () -> Unit)

/**
 * One question a screen: where the person is, what is asked, what went wrong, the content, and the one thing to press, always
 * in the same places. [aside] explains; where there is room it stands beside [content] instead of above it. [pinned] stays in
 * reach of the thumb however long the rest is.
 */
@Composable
fun Question(
    frame: Frame,
    send: (Action) -> Unit,
    primary: Act? = null,
    secondary: Act? = null,
    help: Boolean = true,
    scrolls: Boolean = true,
    pinned: (@Composable () -> Unit)? = null,
    aside: @Composable ColumnScope.() -> Unit = {},
    content: @Composable ColumnScope.() -> Unit = {},
) {
    val waited = rememberWaited(frame.busy)
    Surface(Modifier.fillMaxSize().semantics { paneTitle = frame.title }) {
        BoxWithConstraints {
            val low = maxHeight < LOW
            val wide = maxWidth >= WIDE || (low && maxWidth >= HALF_WIDE)
            val scroll = rememberScrollState()
            LaunchedEffect(frame.trouble) { if (frame.trouble != null) scroll.animateScrollTo(0) }
            Column(Modifier.fillMaxSize().windowInsetsPadding(WindowInsets.safeDrawing)) {
                TopBar(frame, waited, help, send)
                if (wide) {
                    Row(Modifier.fillMaxSize(), horizontalArrangement = Arrangement.Center) {
                        Column(
                            Modifier.weight(2f, fill = false).widthIn(max = MEASURE).verticalScroll(scroll).padding(EDGE),
                            verticalArrangement = Arrangement.spacedBy(12.dp),
                        ) {
                            Heading(frame, low, send)
                            aside()
                        }
                        Column(Modifier.weight(3f, fill = false).widthIn(max = MEASURE).fillMaxHeight()) {
                            Body(Modifier.weight(1f), scrolls) {
                                content()
                                if (low) pinned?.invoke()
                            }
                            BottomBar(frame, waited, low, primary, secondary, pinned.takeIf { !low }, send)
                        }
                    }
                } else {
                    Column(
                        Modifier.weight(1f).fillMaxWidth().run { if (scrolls) verticalScroll(scroll) else this },
                        horizontalAlignment = Alignment.CenterHorizontally,
                    ) {
                        Column(
                            Modifier.widthIn(max = MEASURE).fillMaxWidth().padding(horizontal = EDGE, vertical = 12.dp),
                            verticalArrangement = Arrangement.spacedBy(12.dp),
                        ) {
                            Heading(frame, low, send)
                            aside()
                            Column(Modifier.padding(top = 4.dp), verticalArrangement = Arrangement.spacedBy(16.dp), content = content)
                        }
                    }
                    BottomBar(frame, waited, low, primary, secondary, pinned, send)
                }
            }
        }
    }
}

@Composable
private fun Body(modifier: Modifier, scrolls: Boolean, content: @Composable ColumnScope.() -> Unit) {
    val scroll = rememberScrollState()
    Column(
        modifier.fillMaxWidth().run { if (scrolls) verticalScroll(scroll) else this }.padding(EDGE),
        verticalArrangement = Arrangement.spacedBy(16.dp),
        content = content,
    )
}

@Composable
private fun Heading(frame: Frame, low: Boolean, send: (Action) -> Unit) {
    Column(verticalArrangement = Arrangement.spacedBy(8.dp)) {
        Text(
            frame.title,
            Modifier.semantics { heading() },
            style = if (low) MaterialTheme.typography.titleLarge else MaterialTheme.typography.headlineMedium,
        )
        if (frame.hint.isNotEmpty()) {
            Text(frame.hint, style = MaterialTheme.typography.bodyLarge, color = MaterialTheme.colorScheme.onSurfaceVariant)
        }
        frame.clock?.let { ClockCard(it, send) }
        frame.notice?.let { NoticeCard(it) }
        frame.trouble?.let { FailureCard(it, frame.support, send) }
    }
}

@Composable
private fun BottomBar(
    frame: Frame,
    waited: Waited,
    low: Boolean,
    primary: Act?,
    secondary: Act?,
    pinned: (@Composable () -> Unit)?,
    send: (Action) -> Unit,
) {
    if (primary == null && secondary == null && waited != Waited.LONG) return
    Surface(Modifier.fillMaxWidth(), color = MaterialTheme.colorScheme.surfaceContainerLow) {
        Column(
            Modifier.padding(horizontal = EDGE, vertical = 12.dp).widthIn(max = MEASURE),
            horizontalAlignment = Alignment.CenterHorizontally,
        ) {
            pinned?.let { Box(Modifier.padding(bottom = 12.dp)) { it() } }
            if (waited == Waited.LONG) LongWait(frame.busy?.sentence, send)
            val idle = frame.busy == null
            if (low && primary != null && secondary != null) {
                Row(horizontalArrangement = Arrangement.spacedBy(8.dp), verticalAlignment = Alignment.CenterVertically) {
                    TextButton(secondary.onClick, Modifier.heightIn(min = 48.dp), enabled = idle && secondary.enabled) { Text(secondary.label) }
                    Primary(primary, idle)
                }
            } else {
                primary?.let { Primary(it, idle) }
                secondary?.let {
                    TextButton(it.onClick, Modifier.padding(top = 4.dp).heightIn(min = 48.dp), enabled = idle && it.enabled) {
                        Text(it.label, textAlign = TextAlign.Center)
                    }
                }
            }
        }
    }
}

@Composable
private fun Primary(act: Act, idle: Boolean) {
    Button(act.onClick, Modifier.fillMaxWidth().heightIn(min = 56.dp), enabled = idle && act.enabled) {
        Text(act.label, textAlign = TextAlign.Center)
    }
}

/** What is being waited for, and the way out. */
@Composable
private fun LongWait(sentence: String?, send: (Action) -> Unit) {
    Row(Modifier.fillMaxWidth().padding(bottom = 8.dp), verticalAlignment = Alignment.CenterVertically) {
        Text(
            sentence ?: stringResource(R.string.waiting),
            Modifier.weight(1f).semantics { liveRegion = LiveRegionMode.Polite },
            style = MaterialTheme.typography.bodyMedium,
        )
        TextButton({ send(Action.Cancel) }, Modifier.heightIn(min = 48.dp)) { Text(stringResource(R.string.stop_waiting)) }
    }
}

/** The blank at the sides. */
val EDGE = 24.dp

private val MEASURE = 600.dp
private val LOW = 480.dp
private val WIDE = 840.dp
private val HALF_WIDE = 600.dp
