package basvuru.android.pictures

import android.app.Activity
import android.content.Context
import android.content.ContextWrapper
import android.content.res.Resources
import android.graphics.Bitmap
import android.graphics.Canvas
import android.view.View
import android.view.WindowManager
import android.view.inspector.WindowInspector
import androidx.activity.ComponentActivity
import androidx.compose.runtime.Composable
import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.runtime.getValue
import androidx.compose.runtime.key
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.setValue
import androidx.compose.ui.platform.LocalContext
import androidx.compose.ui.platform.LocalResources
import androidx.compose.ui.semantics.SemanticsActions.ScrollBy
import androidx.compose.ui.semantics.SemanticsProperties.VerticalScrollAxisRange
import androidx.compose.ui.test.SemanticsMatcher.Companion.keyIsDefined
import androidx.compose.ui.test.junit4.AndroidComposeTestRule
import androidx.test.ext.junit.rules.ActivityScenarioRule
import basvuru.android.screens.LocalDoubled
import basvuru.android.theme.AppTheme
import kotlin.math.roundToInt
import org.robolectric.shadows.ShadowLooper

typealias ComposeRule = AndroidComposeTestRule<ActivityScenarioRule<ComponentActivity>, ComponentActivity>

/** Where states are shown, one after the other, in one activity. */
class Stage(private val rule: ComposeRule, private val doubled: Boolean) {
    private var shown by mutableStateOf<Pair<Int, @Composable () -> Unit>>(0 to {})

    init {
        // Time passes when it is told to, so that what moves is caught at the same moment every time.
        rule.mainClock.autoAdvance = false
        rule.setContent {
            key(shown.first) { Words(doubled) { AppTheme { shown.second() } } }
        }
    }

    /** Shows content, until it has come to rest. */
    fun show(content: @Composable () -> Unit) {
        shown = shown.first + 1 to content
        settle()
    }

    private fun settle() {
        repeat(SETTLING) {
            rule.mainClock.advanceTimeBy(SETTLING_MILLISECONDS)
            ShadowLooper.idleMainLooper()
        }
    }

    /** A thing to do at each place on the way down to the end of what can be scrolled; the first is where it stands. */
    fun wayDown(): Sequence<Int> = generateSequence(0) { place -> (place + 1).takeIf { scrollOn() } }

    /** Scrolls on by most of what is in sight, where there is more. */
    private fun scrollOn(): Boolean {
        val scroll = rule.onAllNodes(keyIsDefined(VerticalScrollAxisRange)).fetchSemanticsNodes()
            .firstOrNull { it.config[VerticalScrollAxisRange].run { value() < maxValue() } } ?: return false
        rule.runOnUiThread { scroll.config[ScrollBy].action?.invoke(0f, scroll.size.height * MOST) }
        settle()
        return true
    }

    /** What is in the uppermost window alone. */
    fun topPicture(): Bitmap {
        val top = WindowInspector.getGlobalWindowViews().last { it.isShown }
        return Bitmap.createBitmap(top.width, top.height, Bitmap.Config.ARGB_8888).also { top.draw(Canvas(it)) }
    }

    /** What is on the screen, with everything that lies over the activity. */
    fun picture(): Bitmap = rule.activity.picture()

    private companion object {
        const val SETTLING = 4
        const val MOST = 0.8f
        const val SETTLING_MILLISECONDS = 250L
    }
}

/** The app's own words, twice in a row where that is wanted. */
@Composable
private fun Words(doubled: Boolean, content: @Composable () -> Unit) {
    if (!doubled) return content()
    val context = LocalContext.current
    val resources = DoubledResources(LocalResources.current)
    CompositionLocalProvider(
        LocalDoubled provides true,
        LocalResources provides resources,
        LocalContext provides DoubledContext(context, resources),
        content = content
    )
}

private class DoubledContext(context: Context, private val resources: Resources) : ContextWrapper(context) {
    override fun getResources(): Resources = resources
}

@Suppress("DEPRECATION")
private class DoubledResources(of: Resources) : Resources(of.assets, of.displayMetrics, of.configuration) {
    override fun getText(id: Int): CharSequence = super.getText(id).let { "$it $it" }

    override fun getQuantityText(id: Int, quantity: Int): CharSequence = super.getQuantityText(id, quantity).let { "$it $it" }
}

private fun Activity.picture(): Bitmap {
    val decor = window.decorView
    val bitmap = Bitmap.createBitmap(decor.width, decor.height, Bitmap.Config.ARGB_8888)
    val canvas = Canvas(bitmap)
    decor.draw(canvas)
    WindowInspector.getGlobalWindowViews().filter { it !== decor && it.isShown }.forEach { canvas.drawWindow(it) }
    return bitmap
}

/** A dialog or a menu, with the dimming of what lies under it. */
private fun Canvas.drawWindow(view: View) {
    val parameters = view.layoutParams as WindowManager.LayoutParams
    if (parameters.flags and WindowManager.LayoutParams.FLAG_DIM_BEHIND != 0) {
        drawColor((parameters.dimAmount * 0xFF).roundToInt() shl 24)
    }
    // Nobody places windows here: what is smaller than the screen stands in its middle.
    val place = intArrayOf((width - view.width) / 2, (height - view.height) / 2)
    save()
    translate(place[0].toFloat(), place[1].toFloat())
    view.draw(this)
    restore()
}
