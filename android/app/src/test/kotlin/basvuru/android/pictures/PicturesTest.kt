package basvuru.android.pictures

import android.graphics.Bitmap
import androidx.activity.ComponentActivity
import androidx.compose.ui.test.junit4.v2.createAndroidComposeRule
import basvuru.android.screens.allStates
import java.io.File
import kotlin.test.assertEquals
import org.junit.Rule
import org.junit.Test
import org.junit.rules.RuleChain
import org.junit.runner.RunWith
import org.robolectric.ParameterizedRobolectricTestRunner
import org.robolectric.annotation.Config

/**
 * Every named state as it looks, beside how it was when somebody last looked at it. What has changed lies in target/pictures;
 * `-Dtest.arguments=-Dpictures=accept` keeps it.
 */
@RunWith(ParameterizedRobolectricTestRunner::class)
@Config(application = android.app.Application::class)
class PicturesTest(private val variant: Variant) {
    private val rule = createAndroidComposeRule<ComponentActivity>()

    @get:Rule
    val rules: RuleChain = RuleChain.outerRule(Configured(variant)).around(rule)

    @Test
    fun `every state looks as it did when somebody looked at it`() {
        val stage = Stage(rule, variant.doubled)
        val states = if (variant.keyStatesOnly) allStates.filter { it.name in KEY_STATES + KEYS_ASIDE } else allStates
        val key = mutableListOf<Pair<String, Bitmap>>()
        val changed = states.groupBy { if (variant.keyStatesOnly) "key" else it.screen }.flatMap { (screen, group) ->
            val pictures = group.flatMap { state ->
                stage.show(state.content)
                val places = if (variant.scrolls) stage.wayDown() else sequenceOf(0)
                places.map { (if (it == 0) state.name else "${state.name} ↓$it") to stage.picture() }.toList()
            }
            key += pictures.filter { it.first in KEY_STATES }
            Sheet.of(pictures).changes("$screen-$variant.png")
        }
        // The whole way at a glance, for the README.
        val journey = if (variant == Variant.LIGHT) Sheet.of(key).changes("key-$variant.png") else emptyList()
        assertEquals(emptyList(), changed + journey)
    }

    private fun Sheet.changes(name: String): List<String> {
        val kept = File(ANDROID, "pictures/$name")
        val changed = differences(Sheet.read(kept, this))
        if (changed.isNotEmpty()) write(if (ACCEPT) kept else File(ANDROID, "app/target/pictures/$name"))
        return if (ACCEPT) emptyList() else changed
    }

    companion object {
        private val ANDROID = File(System.getProperty("basvuru.android"))
        private val ACCEPT = System.getProperty("pictures") == "accept"

        /** One of each kind, for landscape, tablets and the README. */
        private val KEY_STATES = setOf(
            "welcome", "sign-in-filled", "orders", "form-filled", "phone-filled", "method", "documents", "card-choice", "pin-complete",
            "signing-working", "receipt", "care-report"
        )

        /** What is not on everybody's way, and has little room where a screen is low. */
        private val KEYS_ASIDE = setOf("unblock", "assisted-filled")

        @JvmStatic
        @ParameterizedRobolectricTestRunner.Parameters(name = "{0}")
        fun variants(): List<Array<Any>> = Variant.entries.map { arrayOf(it) }
    }
}
