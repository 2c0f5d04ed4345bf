package basvuru.android.screens.documents

import androidx.activity.compose.BackHandler
import androidx.compose.foundation.Image
import androidx.compose.foundation.background
import androidx.compose.foundation.border
import androidx.compose.foundation.clickable
import androidx.compose.foundation.gestures.rememberTransformableState
import androidx.compose.foundation.gestures.transformable
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.BoxWithConstraints
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.aspectRatio
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.safeDrawingPadding
import androidx.compose.foundation.layout.size
import androidx.compose.material3.CircularProgressIndicator
import androidx.compose.material3.FilledTonalButton
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.SideEffect
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableFloatStateOf
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.produceState
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.runtime.staticCompositionLocalOf
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clipToBounds
import androidx.compose.ui.geometry.Offset
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.ImageBitmap
import androidx.compose.ui.graphics.asImageBitmap
import androidx.compose.ui.graphics.graphicsLayer
import androidx.compose.ui.layout.onVisibilityChanged
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import androidx.compose.ui.window.Dialog
import androidx.compose.ui.window.DialogProperties
import basvuru.android.R
import basvuru.android.model.PageSource
import basvuru.core.ReviewDocument
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext

/** A page of a document, and what it says. */
class Page(val source: PageSource, val index: Int, val description: String)

/** Where pages are drawn. */
val LocalDrawing = staticCompositionLocalOf<CoroutineDispatcher> { Dispatchers.Default }

/** The pages below each other; only those on the screen are drawn. A screen reader reads what is on them. */
@Composable
fun Pages(document: ReviewDocument, source: PageSource?, failed: Boolean, onEnlarge: (Page) -> Unit) {
    if (source == null) {
        if (failed) return
        Box(Modifier.fillMaxWidth().heightIn(min = 240.dp), Alignment.Center) { CircularProgressIndicator(Modifier.size(32.dp)) }
        return
    }
    val enlarge = stringResource(R.string.enlarge)
    for (index in 0 until source.count) {
        val number = stringResource(R.string.page_of, index + 1, source.count)
        val page = Page(source, index, listOfNotNull(number, document.pages.getOrNull(index)).joinToString(System.lineSeparator()))
        var visible by remember { mutableStateOf(true) }
        Box(
            Modifier
                .fillMaxWidth()
                .aspectRatio(1 / remember(source, index) { source.aspect(index) })
                .background(Color.White)
                .border(1.dp, MaterialTheme.colorScheme.outlineVariant)
                .onVisibilityChanged(minFractionVisible = GLIMPSE) { visible = it }
                .clickable(onClickLabel = enlarge, role = Role.Image) { onEnlarge(page) }
                .semantics { contentDescription = page.description }
        ) { if (visible) Drawn(page, 1f) }
    }
}

@Composable
private fun Drawn(page: Page, times: Float) {
    val drawing = LocalDrawing.current
    BoxWithConstraints(Modifier.fillMaxSize()) {
        val width = (constraints.maxWidth * times).toInt()
        val picture by produceState<ImageBitmap?>(null, page.source, page.index, width) {
            value = withContext(drawing) { page.source.draw(page.index, width)?.asImageBitmap() }
        }
        picture?.let { Image(it, null, Modifier.fillMaxSize()) }
    }
}

/** A page as large as one wants: by two fingers, or by a button. */
@Composable
fun EnlargedPage(page: Page, onClose: () -> Unit) {
    Dialog(onClose, DialogProperties(usePlatformDefaultWidth = false, decorFitsSystemWindows = false)) {
        BackHandler(onBack = onClose)
        var zoom by remember { mutableFloatStateOf(START) }
        // Begins where reading does; what is beyond an edge is brought back to it.
        var offset by remember { mutableStateOf(Offset(FAR, FAR)) }
        val fingers = rememberTransformableState { _, zoomBy, panBy, _ ->
            zoom = (zoom * zoomBy).coerceIn(1f, MOST)
            offset += panBy
        }
        Box(Modifier.fillMaxSize().background(MaterialTheme.colorScheme.surfaceDim).safeDrawingPadding()) {
            BoxWithConstraints(Modifier.fillMaxSize().clipToBounds().transformable(fingers), Alignment.Center) {
                val width = constraints.maxWidth
                val height = width * remember(page) { page.source.aspect(page.index) }
                val room = Offset((width * (zoom - 1) / 2), ((height * zoom - constraints.maxHeight) / 2).coerceAtLeast(0f))
                val shift = Offset(offset.x.coerceIn(-room.x, room.x), offset.y.coerceIn(-room.y, room.y))
                SideEffect { offset = shift }
                Box(
                    Modifier
                        .fillMaxWidth()
                        .aspectRatio(width / height)
                        .graphicsLayer {
                            scaleX = zoom
                            scaleY = zoom
                            translationX = shift.x
                            translationY = shift.y
                        }
                        .semantics {
                            contentDescription = page.description
                            heading()
                        }
                ) { Drawn(page, SHARP) }
            }
            Row(Modifier.align(Alignment.BottomCenter).padding(16.dp)) {
                val larger = zoom < MOST
                FilledTonalButton(
                    { zoom = if (larger) (zoom * START).coerceAtMost(MOST) else 1f },
                    Modifier.padding(end = 8.dp).heightIn(min = 48.dp)
                ) { Text(stringResource(if (larger) R.string.larger else R.string.whole_page)) }
                FilledTonalButton(onClose, Modifier.heightIn(min = 48.dp)) { Text(stringResource(R.string.close)) }
            }
        }
    }
}

private const val FAR = 1e6f

/** As much of a page as is worth drawing it for. */
private const val GLIMPSE = 0.01f
private const val START = 1.5f
private const val SHARP = 2f
private const val MOST = 5f
