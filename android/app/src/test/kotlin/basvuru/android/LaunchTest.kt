package basvuru.android

import androidx.compose.ui.test.hasText
import androidx.compose.ui.test.isEnabled
import androidx.compose.ui.test.junit4.v2.createAndroidComposeRule
import androidx.compose.ui.test.onNodeWithText
import androidx.compose.ui.test.performClick
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config

@RunWith(RobolectricTestRunner::class)
@Config(qualifiers = "tr-w412dp-h915dp-xhdpi")
class LaunchTest {
    @get:Rule
    val rule = createAndroidComposeRule<MainActivity>()

    @Test
    fun `the first step of the core is behind the welcome`() {
        waitFor("Başla")
        rule.onNodeWithText("Başla").performClick()
        waitFor("Giriş yap")
    }

    private fun waitFor(text: String) =
        rule.waitUntil(TIMEOUT) { rule.onAllNodes(hasText(text) and isEnabled()).fetchSemanticsNodes().isNotEmpty() }

    private companion object {
        const val TIMEOUT = 20_000L
    }
}
