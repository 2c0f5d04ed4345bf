package basvuru.android.accessibility

import android.graphics.Bitmap
import androidx.compose.ui.geometry.Rect
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.luminance
import androidx.compose.ui.semantics.SemanticsActions
import androidx.compose.ui.semantics.SemanticsNode
import androidx.compose.ui.semantics.SemanticsProperties
import androidx.compose.ui.semantics.getOrNull
import androidx.compose.ui.text.TextLayoutResult
import kotlin.math.ceil
import kotlin.math.floor
import kotlin.math.max
import kotlin.math.min

/**
 * What a screen reader, a large finger or a weak eye would stumble over in what is shown: from the semantics tree, and for contrast
 * from the picture. WCAG 2.2: 1.3.1, 1.4.3, 1.4.11, 2.5.8 (by Android's measure of 48 dp), 4.1.2.
 */
class AccessibilityCheck(private val roots: List<SemanticsNode>, private val picture: Bitmap, private val density: Float) {
    fun faults(): List<String> {
        val merged = roots.flatMap { it.all() }
        val texts = roots.flatMap { it.all(merging = false) }.filter { it.isShown() && it.layout() != null }
        return buildList {
            if (isBlank()) add("the picture is blank")
            if (merged.none { it.config.contains(SemanticsProperties.Heading) }) add("there is no heading")
            merged.filter { it.isShown() && it.isControl() }.forEach { addAll(faultsOfControl(it)) }
            merged.filter { it.config.contains(SemanticsProperties.Error) }.forEach { addAll(faultsOfError(it, texts)) }
            texts.forEach { addAll(faultsOfText(it)) }
        }
    }

    private fun faultsOfControl(node: SemanticsNode): List<String> = buildList {
        val name = node.label()
        if (name.isBlank()) add("a control without a label at ${node.boundsInRoot}")
        val isField = node.config.contains(SemanticsActions.SetText)
        if (!isField && node.config.getOrNull(SemanticsProperties.Role) == null) add("“$name” has no role")
        // What was laid out: what reserves room around itself is larger than what is drawn.
        val width = node.layoutInfo.width / density
        val height = node.layoutInfo.height / density
        if (min(width, height) < TARGET - 0.5f) add("“$name” is ${width.toInt()} × ${height.toInt()} dp")
    }

    /** That something is wrong must be said, and not only be red. */
    private fun faultsOfError(node: SemanticsNode, texts: List<SemanticsNode>): List<String> {
        val error = node.config[SemanticsProperties.Error]
        val isSaid = texts.any { text -> text.config[SemanticsProperties.Text].any { it.text.contains(error) } }
        return if (isSaid) emptyList() else listOf("“$error” is said by colour alone")
    }

    private fun faultsOfText(node: SemanticsNode): List<String> = buildList {
        val text = node.config[SemanticsProperties.Text].joinToString()
        if (text.isBlank()) return@buildList
        if (node.layout()?.isCut() == true || node.isCutByParent()) add("“$text” is cut off")
        // What is but half in sight is looked at when it has been scrolled to.
        if (node.isDisabled() || node.isPartlyHidden()) return@buildList
        val contrast = contrast(node.boundsInRoot) ?: return@buildList
        if (contrast < CONTRAST) add("“$text” has a contrast of %.1f : 1".format(java.util.Locale.ROOT, contrast))
    }

    /** The contrast of the most frequent colour in a place, which is the ground, with the one that stands out most from it. */
    private fun contrast(place: Rect): Double? {
        val left = floor(place.left).toInt().coerceIn(0, picture.width)
        val top = floor(place.top).toInt().coerceIn(0, picture.height)
        val width = ceil(place.right).toInt().coerceIn(left, picture.width) - left
        val height = ceil(place.bottom).toInt().coerceIn(top, picture.height) - top
        if (width < 4 || height < 4) return null
        val pixels = IntArray(width * height).also { picture.getPixels(it, 0, width, left, top, width, height) }
        val counts = pixels.counts()
        val ground = counts.maxBy { it.value }.key
        return counts.keys.maxOf { ratio(it, ground) }
    }

    private fun isBlank(): Boolean {
        val pixels = IntArray(picture.width * picture.height).also {
            picture.getPixels(it, 0, picture.width, 0, 0, picture.width, picture.height)
        }
        return pixels.size - pixels.counts().values.max() < pixels.size / 500
    }

    private companion object {
        const val TARGET = 48
        const val CONTRAST = 4.5
    }
}

private fun SemanticsNode.all(merging: Boolean = true): List<SemanticsNode> {
    // Compose keeps children of a merging node apart; they are part of it for whoever listens.
    val below = if (merging && config.isMergingSemanticsOfDescendants) emptyList() else children
    return listOf(this) + below.flatMap { it.all(merging) }
}

private fun SemanticsNode.isShown(): Boolean =
    !config.contains(SemanticsProperties.HideFromAccessibility) && boundsInRoot.width > 0 && boundsInRoot.height > 0

private fun SemanticsNode.isControl(): Boolean =
    listOf(SemanticsActions.OnClick, SemanticsActions.SetText).any { config.contains(it) } && !isDisabled()

private fun SemanticsNode.isDisabled(): Boolean = config.contains(SemanticsProperties.Disabled) || parent?.isDisabled() == true

/** What is read aloud: of the node itself, and of everything that is merged into it. */
private fun SemanticsNode.label(): String {
    val own = config.getOrNull(SemanticsProperties.ContentDescription).orEmpty() +
        config.getOrNull(SemanticsProperties.Text).orEmpty().map { it.text }
    return (own + children.map { it.label() }).filter { it.isNotBlank() }.joinToString(" ")
}

private fun SemanticsNode.layout(): TextLayoutResult? {
    if (!config.contains(SemanticsProperties.Text)) return null
    val results = mutableListOf<TextLayoutResult>()
    config.getOrNull(SemanticsActions.GetTextLayoutResult)?.action?.invoke(results)
    return results.firstOrNull()
}

private fun TextLayoutResult.isCut(): Boolean =
    didOverflowHeight || (0 until lineCount).any { isLineEllipsized(it) || getLineRight(it) - getLineLeft(it) > size.width + 1 }

/** Whether something without a way to scroll shows less of it than there is. */
private fun SemanticsNode.isCutByParent(): Boolean {
    if (ancestors().any {
            it.config.contains(SemanticsProperties.VerticalScrollAxisRange) ||
                it.config.contains(SemanticsProperties.HorizontalScrollAxisRange)
        }
    ) {
        return false
    }
    return isPartlyHidden()
}

private fun SemanticsNode.isPartlyHidden() = size.width - boundsInRoot.width > 1.5f || size.height - boundsInRoot.height > 1.5f

private fun SemanticsNode.ancestors(): Sequence<SemanticsNode> = generateSequence(parent) { it.parent }

/** How often each colour is there. */
private fun IntArray.counts(): Map<Int, Int> = HashMap<Int, Int>().also { counts -> forEach { counts.merge(it, 1, Int::plus) } }

private fun ratio(one: Int, other: Int): Double {
    val lights = listOf(Color(one).luminance(), Color(other).luminance())
    return (max(lights[0], lights[1]) + 0.05) / (min(lights[0], lights[1]) + 0.05)
}
