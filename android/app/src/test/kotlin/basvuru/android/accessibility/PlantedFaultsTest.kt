package basvuru.android.accessibility

import androidx.activity.ComponentActivity
import androidx.compose.foundation.background
import androidx.compose.foundation.clickable
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.ColumnScope
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.layout.width
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.Button
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.error
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.test.isRoot
import androidx.compose.ui.test.junit4.v2.createAndroidComposeRule
import androidx.compose.ui.text.style.TextOverflow
import androidx.compose.ui.unit.dp
import basvuru.android.pictures.Configured
import basvuru.android.pictures.Stage
import basvuru.android.pictures.Variant
import kotlin.test.assertContains
import kotlin.test.assertEquals
import org.junit.Rule
import org.junit.Test
import org.junit.rules.RuleChain
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config

/** That the check finds what it is for, and nothing where there is nothing. */
@RunWith(RobolectricTestRunner::class)
@Config(application = android.app.Application::class)
class PlantedFaultsTest {
    private val rule = createAndroidComposeRule<ComponentActivity>()

    @get:Rule
    val rules: RuleChain = RuleChain.outerRule(Configured(Variant.LIGHT)).around(rule)

    @Test
    fun `a sound screen has no faults`() = assertEquals("", faults {})

    @Test
    fun `a control without a label is found`() =
        assertContains(faults { Box(Modifier.size(48.dp).clickable(role = Role.Button) {}) }, "a control without a label")

    @Test
    fun `a control without a role is found`() =
        assertContains(faults { Box(Modifier.size(96.dp).clickable {}) { Text("Ara") } }, "“Ara” has no role")

    @Test
    fun `a control of 40 dp is found`() =
        assertContains(faults { Box(Modifier.size(40.dp).clickable(role = Role.Button) {}) { Text("Ara") } }, "“Ara” is 40 × 40 dp")

    @Test
    fun `a contrast of 3 to 1 is found`() =
        assertContains(faults { Text("Soluk", color = Color(0xFF949494)) }, "“Soluk” has a contrast of 3.0 : 1")

    @Test
    fun `text that is cut off is found`() =
        assertContains(faults { Text(LONG, Modifier.width(120.dp), maxLines = 1, overflow = TextOverflow.Ellipsis) }, "$LONG” is cut off")

    @Test
    fun `text that its place cuts off is found`() = assertContains(
        faults {
            Box(Modifier.height(10.dp)) { Text("Kesik") }
        },
        "“Kesik” is cut off"
    )

    @Test
    fun `a fault that is only red is found`() = assertContains(
        faults {
            Box(Modifier.size(96.dp).background(Color.Red).semantics { error("Yanlış") })
        },
        "“Yanlış” is said by colour alone"
    )

    @Test
    fun `a fault that has to be scrolled to is found`() = assertContains(
        faults {
            Column(Modifier.height(200.dp).verticalScroll(rememberScrollState())) {
                Box(Modifier.height(1_200.dp))
                Text("Aşağıda", color = Color(0xFF949494))
            }
        },
        "“Aşağıda” has a contrast of 3.0 : 1"
    )

    @Test
    fun `a screen without a heading is found`() = assertContains(faultsOf { Text("Başlıksız") }, "there is no heading")

    @Test
    fun `a blank picture is found`() = assertContains(faultsOf {}, "the picture is blank")

    private fun faults(planted: @Composable ColumnScope.() -> Unit): String = faultsOf {
        Text("Başlık", Modifier.semantics { heading() })
        Text(LONG)
        Button({}, Modifier.fillMaxWidth().height(56.dp)) { Text("Devam") }
        planted()
    }

    private fun faultsOf(content: @Composable ColumnScope.() -> Unit): String {
        val stage = Stage(rule, doubled = false)
        stage.show { Column(Modifier.fillMaxSize().background(Color.White), content = content) }
        return stage.wayDown().flatMap {
            AccessibilityCheck(rule.onAllNodes(isRoot()).fetchSemanticsNodes(), stage.picture(), rule.density.density).faults()
        }.distinct().joinToString("\n")
    }

    private companion object {
        const val LONG = "Nitelikli elektronik sertifika başvurusunun tamamlanması için gereken bilgiler"
    }
}
