package basvuru.android.screens.parts

import androidx.compose.foundation.ScrollState
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
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.liveRegion
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
 * reach of the thumb however long the rest is; it is told whether the screen is low.
 */
@Composable
fun Question(
    frame: Frame,
    send: (Action) -> Unit,
    primary: Act? = null,
    secondary: Act? = null,
    help: Boolean = true,
    scrolls: Boolean = true,
    pinned: (@Composable (low: Boolean) -> Unit)? = null,
    aside: @Composable ColumnScope.() -> Unit = {},
    content: @Composable ColumnScope.() -> Unit = {}
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
                val page = Page(frame, waited, low, primary, secondary, scrolls, pinned, aside, content, send)
                if (wide) Wide(page, scroll) else Narrow(page, scroll)
            }
        }
    }
}

/** What a page is made of, however it is laid out. */
private class Page(
    val frame: Frame,
    val waited: Waited,
    val low: Boolean,
    val primary: Act?,
    val secondary: Act?,
    val scrolls: Boolean,
    val pinned: (@Composable (low: Boolean) -> Unit)?,
    val aside: @Composable ColumnScope.() -> Unit,
    val content: @Composable ColumnScope.() -> Unit,
    val send: (Action) -> Unit
)

/** Beside each other: what is asked, and where it is answered. */
@Composable
private fun Wide(page: Page, scroll: ScrollState) {
    // Keys need all the height of a low screen: what goes with them stands at the other side.
    val keys = page.pinned.takeIf { page.low }
    Row(Modifier.fillMaxSize(), horizontalArrangement = Arrangement.Center) {
        Column(Modifier.weight(2f).fillMaxHeight()) {
            Column(
                Modifier.weight(1f).widthIn(max = MEASURE).verticalScroll(scroll).padding(horizontal = EDGE, vertical = 12.dp),
                verticalArrangement = Arrangement.spacedBy(12.dp)
            ) {
                Heading(page)
                page.aside(this)
                if (keys != null) page.content(this)
            }
            if (keys != null) BottomBar(page, null)
        }
        Column(Modifier.weight(3f, fill = false).widthIn(max = MEASURE).fillMaxHeight()) {
            if (keys != null) {
                Box(Modifier.fillMaxSize().padding(horizontal = EDGE), Alignment.Center) { keys(true) }
            } else {
                Body(Modifier.weight(1f), page.scrolls, page.content)
                BottomBar(page, page.pinned)
            }
        }
    }
}

/** Below each other. */
@Composable
private fun ColumnScope.Narrow(page: Page, scroll: ScrollState) {
    Column(
        Modifier.weight(1f).fillMaxWidth().run { if (page.scrolls) verticalScroll(scroll) else this },
        horizontalAlignment = Alignment.CenterHorizontally
    ) {
        Column(
            Modifier.widthIn(max = MEASURE).fillMaxWidth().padding(horizontal = EDGE, vertical = 12.dp),
            verticalArrangement = Arrangement.spacedBy(12.dp)
        ) {
            Heading(page)
            page.aside(this)
            Column(Modifier.padding(top = 4.dp), verticalArrangement = Arrangement.spacedBy(16.dp), content = page.content)
            if (page.low) page.pinned?.invoke(true)
        }
    }
    BottomBar(page, page.pinned.takeIf { !page.low })
}

@Composable
private fun Body(modifier: Modifier, scrolls: Boolean, content: @Composable ColumnScope.() -> Unit) {
    val scroll = rememberScrollState()
    Column(
        modifier.fillMaxWidth().run { if (scrolls) verticalScroll(scroll) else this }.padding(horizontal = EDGE, vertical = 12.dp),
        verticalArrangement = Arrangement.spacedBy(16.dp),
        content = content
    )
}

@Composable
private fun Heading(page: Page) {
    val frame = page.frame
    Column(verticalArrangement = Arrangement.spacedBy(8.dp)) {
        Text(
            frame.title,
            Modifier.semantics { heading() },
            style = if (page.low) MaterialTheme.typography.titleLarge else MaterialTheme.typography.headlineMedium
        )
        if (frame.hint.isNotEmpty()) {
            Text(frame.hint, style = MaterialTheme.typography.bodyLarge, color = MaterialTheme.colorScheme.onSurfaceVariant)
        }
        frame.clock?.let { ClockCard(it, page.send) }
        frame.notice?.let { NoticeCard(it) }
        frame.trouble?.let { FailureCard(it, frame.support, page.send) }
    }
}

@Composable
private fun BottomBar(page: Page, pinned: (@Composable (low: Boolean) -> Unit)?) {
    val primary = page.primary
    val secondary = page.secondary
    if (primary == null && secondary == null && page.waited != Waited.LONG) return
    Surface(Modifier.fillMaxWidth(), color = MaterialTheme.colorScheme.surfaceContainerLow) {
        Column(
            Modifier.padding(horizontal = EDGE, vertical = 12.dp).widthIn(max = MEASURE),
            horizontalAlignment = Alignment.CenterHorizontally
        ) {
            pinned?.let { Box(Modifier.padding(bottom = 12.dp)) { it(false) } }
            if (page.waited == Waited.LONG) LongWait(page.frame.busy?.sentence, page.send)
            val idle = page.frame.busy == null
            if (page.low && primary != null && secondary != null) {
                Row(horizontalArrangement = Arrangement.spacedBy(8.dp), verticalAlignment = Alignment.CenterVertically) {
                    Secondary(secondary, idle)
                    Primary(primary, idle)
                }
            } else {
                primary?.let { Primary(it, idle) }
                secondary?.let { Secondary(it, idle, Modifier.padding(top = 4.dp)) }
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

@Composable
private fun Secondary(act: Act, idle: Boolean, modifier: Modifier = Modifier) {
    TextButton(act.onClick, modifier.heightIn(min = 48.dp), enabled = idle && act.enabled) {
        Text(act.label, textAlign = TextAlign.Center)
    }
}

/** What is being waited for, and the way out. */
@Composable
private fun LongWait(sentence: String?, send: (Action) -> Unit) {
    Column(Modifier.fillMaxWidth(), horizontalAlignment = Alignment.CenterHorizontally) {
        Text(
            sentence ?: stringResource(R.string.waiting),
            Modifier.semantics { liveRegion = LiveRegionMode.Polite },
            style = MaterialTheme.typography.bodyMedium,
            textAlign = TextAlign.Center
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
