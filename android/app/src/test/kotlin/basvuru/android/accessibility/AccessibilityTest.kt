package basvuru.android.accessibility

import androidx.activity.ComponentActivity
import androidx.compose.ui.test.isRoot
import androidx.compose.ui.test.junit4.v2.createAndroidComposeRule
import basvuru.android.pictures.Configured
import basvuru.android.pictures.Stage
import basvuru.android.pictures.Variant
import basvuru.android.screens.allStates
import kotlin.test.assertEquals
import org.junit.Rule
import org.junit.Test
import org.junit.rules.RuleChain
import org.junit.runner.RunWith
import org.robolectric.ParameterizedRobolectricTestRunner
import org.robolectric.annotation.Config

@RunWith(ParameterizedRobolectricTestRunner::class)
@Config(application = android.app.Application::class)
class AccessibilityTest(variant: Variant) {
    private val rule = createAndroidComposeRule<ComponentActivity>()

    @get:Rule
    val rules: RuleChain = RuleChain.outerRule(Configured(variant)).around(rule)

    @Test
    fun `nobody stumbles over any state`() {
        val stage = Stage(rule, doubled = false)
        val faults = allStates.flatMap { state ->
            stage.show(state.content)
            stage.wayDown().flatMap { stage.check() }.distinct().map { "${state.name}: $it" }
        }
        assertEquals("", faults.joinToString("\n"))
    }

    /** What lies on top is what a person uses. */
    private fun Stage.check() =
        AccessibilityCheck(listOf(rule.onAllNodes(isRoot()).fetchSemanticsNodes().last()), topPicture(), rule.density.density).faults()

    companion object {
        @JvmStatic
        @ParameterizedRobolectricTestRunner.Parameters(name = "{0}")
        fun variants(): List<Array<Any>> = listOf(Variant.LIGHT, Variant.DARK, Variant.LARGE).map { arrayOf(it) }
    }
}
