package basvuru.android.screens.parts

import android.animation.ValueAnimator
import androidx.compose.animation.core.FastOutSlowInEasing
import androidx.compose.animation.core.RepeatMode
import androidx.compose.animation.core.animateFloat
import androidx.compose.animation.core.infiniteRepeatable
import androidx.compose.animation.core.rememberInfiniteTransition
import androidx.compose.animation.core.tween
import androidx.compose.foundation.Canvas
import androidx.compose.foundation.layout.aspectRatio
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.widthIn
import androidx.compose.material3.MaterialTheme
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.geometry.CornerRadius
import androidx.compose.ui.geometry.Offset
import androidx.compose.ui.geometry.Size
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.Path
import androidx.compose.ui.graphics.StrokeCap
import androidx.compose.ui.graphics.drawscope.DrawScope
import androidx.compose.ui.graphics.drawscope.Stroke
import androidx.compose.ui.graphics.drawscope.scale
import androidx.compose.ui.graphics.drawscope.translate
import androidx.compose.ui.platform.LocalDensity
import androidx.compose.ui.platform.LocalWindowInfo
import androidx.compose.ui.unit.dp
import basvuru.android.model.Antenna

/** What a picture shows. */
enum class Scene { HOLD, INSERT, PLUG, WORKING, DONE }

/**
 * A drawn picture of what to do with card, reader and phone; it moves only where the phone lets things move. What it shows is
 * said in words beside it.
 */
@Composable
fun Picture(scene: Scene, modifier: Modifier = Modifier, antenna: Antenna? = null) {
    val ink = Ink(
        line = MaterialTheme.colorScheme.onSurface,
        body = MaterialTheme.colorScheme.surfaceContainerHighest,
        card = MaterialTheme.colorScheme.primary,
        accent = MaterialTheme.colorScheme.tertiary,
        ground = MaterialTheme.colorScheme.primaryContainer,
        onCard = MaterialTheme.colorScheme.onPrimary
    )
    val near = nearness(scene)
    // Half a low screen is for what is said.
    val height = with(LocalDensity.current) { LocalWindowInfo.current.containerSize.height.toDp() }
    val most = if (height < LOW) 240.dp else 360.dp
    Canvas(modifier.widthIn(max = most).fillMaxWidth().aspectRatio(WIDTH / HEIGHT)) {
        val unit = size.width / WIDTH
        scale(unit, Offset.Zero) {
            drawRoundRect(ink.ground, Offset(8f, 8f), Size(WIDTH - 16f, HEIGHT - 16f), CornerRadius(28f))
            when (scene) {
                Scene.HOLD -> hold(ink, near, antenna)
                Scene.INSERT -> insert(ink, near)
                Scene.PLUG -> plug(ink, near)
                Scene.WORKING -> working(ink, near)
                Scene.DONE -> done(ink)
            }
        }
    }
}

/** How near things are: 1 is where they belong, and where they stay when nothing may move. */
@Composable
private fun nearness(scene: Scene): Float {
    if (scene == Scene.DONE || !ValueAnimator.areAnimatorsEnabled()) return 1f
    val transition = rememberInfiniteTransition()
    val near by transition.animateFloat(
        1f,
        0f,
        infiniteRepeatable(tween(MILLISECONDS, easing = FastOutSlowInEasing), RepeatMode.Reverse)
    )
    return near
}

private class Ink(val line: Color, val body: Color, val card: Color, val accent: Color, val ground: Color, val onCard: Color)

/** The card lies flat, the phone comes down on it; waves go out from where its antenna is. */
private fun DrawScope.hold(ink: Ink, near: Float, antenna: Antenna?) {
    val x = 76f * (antenna?.x ?: 0.5f).coerceIn(0.3f, 0.7f)
    val y = 152f * (antenna?.y ?: 0.6f).coerceIn(0.4f, 0.75f)
    translate(98f + x - 55f, 30f + y - 34f) { card(ink) }
    translate(98f + 30f * (1 - near), 30f - 10f * (1 - near)) {
        phoneBack(ink, 0.8f)
        waves(ink.accent, Offset(x, y), near)
    }
}

/** The card goes into the reader, chip first. */
private fun DrawScope.insert(ink: Ink, near: Float) {
    translate(26f + 34f * near, 76f) { card(ink) }
    translate(136f, 58f) { reader(ink) }
    cable(ink, Offset(224f, 100f), Offset(256f, 100f))
}

/** The reader's plug goes into the phone. */
private fun DrawScope.plug(ink: Ink, near: Float) {
    translate(24f, 24f) { phoneBack(ink, 1f) }
    val x = 100f + 28f * (1 - near)
    drawRoundRect(ink.accent, Offset(x, 91f), Size(24f, 18f), CornerRadius(4f))
    cable(ink, Offset(x + 24f, 100f), Offset(164f, 100f))
    translate(160f, 58f) { reader(ink) }
}

/** Card and reader, or card and phone, at work: keep still. */
private fun DrawScope.working(ink: Ink, near: Float) {
    translate(80f, 66f) { card(ink) }
    for (ring in 0..2) {
        val reach = 66f + 6f * ring + 2f * (1 - near)
        drawCircle(ink.accent.copy(alpha = 0.8f - 0.25f * ring), reach, Offset(135f, 100f), style = Stroke(3f))
    }
}

/** Done: the card may go. */
private fun DrawScope.done(ink: Ink) {
    translate(64f, 78f) { card(ink) }
    drawCircle(ink.ground, 36f, Offset(186f, 74f))
    drawCircle(ink.card, 30f, Offset(186f, 74f))
    val tick = Path().apply {
        moveTo(173f, 75f)
        lineTo(182f, 84f)
        lineTo(200f, 64f)
    }
    drawPath(tick, ink.onCard, style = Stroke(5f, cap = StrokeCap.Round))
}

private fun DrawScope.card(ink: Ink) {
    drawRoundRect(ink.card, Offset.Zero, Size(110f, 68f), CornerRadius(8f))
    drawRoundRect(ink.onCard, Offset(78f, 20f), Size(20f, 16f), CornerRadius(4f))
    drawLine(ink.card, Offset(88f, 20f), Offset(88f, 36f), 2f)
    drawLine(ink.card, Offset(78f, 28f), Offset(98f, 28f), 2f)
    drawLine(ink.onCard, Offset(12f, 24f), Offset(52f, 24f), 4f, StrokeCap.Round)
    drawLine(ink.onCard, Offset(12f, 36f), Offset(40f, 36f), 4f, StrokeCap.Round)
    val hand = Path().apply {
        moveTo(12f, 56f)
        cubicTo(20f, 44f, 24f, 46f, 22f, 53f)
        cubicTo(22f, 58f, 28f, 54f, 32f, 49f)
        cubicTo(34f, 47f, 34f, 56f, 54f, 50f)
    }
    drawPath(hand, ink.onCard, style = Stroke(3f, cap = StrokeCap.Round))
}

private fun DrawScope.reader(ink: Ink) {
    drawRoundRect(ink.body, Offset.Zero, Size(88f, 84f), CornerRadius(14f))
    drawRoundRect(ink.line, Offset.Zero, Size(88f, 84f), CornerRadius(14f), style = Stroke(3f))
    drawLine(ink.line, Offset(2f, 14f), Offset(2f, 70f), 8f, StrokeCap.Round)
    drawCircle(ink.accent, 5f, Offset(66f, 42f))
}

private fun DrawScope.phoneBack(ink: Ink, alpha: Float) {
    drawRoundRect(ink.body.copy(alpha = alpha), Offset.Zero, Size(76f, 152f), CornerRadius(14f))
    drawRoundRect(ink.line, Offset.Zero, Size(76f, 152f), CornerRadius(14f), style = Stroke(3f))
    drawRoundRect(ink.line, Offset(10f, 10f), Size(20f, 30f), CornerRadius(8f), style = Stroke(3f))
    drawCircle(ink.line, 4f, Offset(20f, 19f))
    drawCircle(ink.line, 4f, Offset(20f, 31f))
}

private fun DrawScope.waves(colour: Color, at: Offset, near: Float) {
    drawCircle(colour, 5f, at)
    for (ring in 1..2) drawCircle(colour.copy(alpha = 1f - 0.3f * ring), 4f + 10f * ring + 4f * near, at, style = Stroke(3f))
}

private fun DrawScope.cable(ink: Ink, from: Offset, to: Offset) {
    drawLine(ink.line, from, to, 4f, StrokeCap.Round)
}

private val LOW = 480.dp
private const val WIDTH = 272f
private const val HEIGHT = 200f
private const val MILLISECONDS = 1_600
