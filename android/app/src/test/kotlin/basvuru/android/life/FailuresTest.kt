package basvuru.android.life

import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.setValue
import androidx.compose.ui.test.assertIsDisplayed
import androidx.compose.ui.test.hasClickAction
import androidx.compose.ui.test.hasText
import androidx.compose.ui.test.junit4.v2.createComposeRule
import androidx.compose.ui.test.performScrollTo
import basvuru.android.model.Frame
import basvuru.android.model.Trouble
import basvuru.android.screens.parts.Question
import basvuru.android.theme.AppTheme
import basvuru.core.Failure
import basvuru.core.FaultyField
import basvuru.core.FieldFault
import basvuru.core.IdentityKind
import basvuru.core.Language
import basvuru.core.explain
import java.lang.reflect.Constructor
import java.lang.reflect.Modifier
import java.time.Instant
import kotlin.test.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config

/** Every failure there is, on a screen: what happened, what to do, the code to copy. */
@RunWith(RobolectricTestRunner::class)
@Config(application = android.app.Application::class)
class FailuresTest {
    @get:Rule
    val compose = createComposeRule()

    @Test
    fun `each failure says on its screen what happened and what to do`() {
        val failures = Failure::class.java.declaredClasses.filter { Failure::class.java.isAssignableFrom(it) }.map(::sample)
        assertTrue(failures.size > 60, "${failures.size} failures")
        var shown by mutableStateOf(trouble(failures.first(), Language.TURKISH))
        compose.setContent { AppTheme { Question(Frame("Deneme", trouble = shown), {}) {} } }
        for (failure in failures) {
            for (language in Language.entries) {
                shown = trouble(failure, language)
                compose.onNode(hasText(shown.explanation.what)).performScrollTo().assertIsDisplayed()
                compose.onNode(hasText(shown.explanation.next)).performScrollTo().assertIsDisplayed()
                compose.onNode(hasText(shown.explanation.code) and hasClickAction()).performScrollTo().assertIsDisplayed()
            }
        }
    }

    private fun trouble(failure: Failure, language: Language) = Trouble(failure, explain(failure, language))

    /** One of a kind, with whatever it carries. */
    private fun sample(kind: Class<*>): Failure {
        val constructor: Constructor<*> = kind.declaredConstructors.filter { Modifier.isPublic(it.modifiers) || it.parameterCount > 0 }
            .minBy { constructor -> constructor.parameterTypes.count { it.simpleName == "DefaultConstructorMarker" } }
        constructor.isAccessible = true
        return constructor.newInstance(*constructor.parameterTypes.map(::value).toTypedArray()) as Failure
    }

    private fun value(type: Class<*>): Any? = when {
        type.simpleName == "DefaultConstructorMarker" -> null
        type == Byte::class.java || type == UByte::class.java -> if (type == UByte::class.java) 3.toUByte() else 3.toByte()
        type == Boolean::class.java -> true
        type == Int::class.java -> 45
        type == UInt::class.java -> 45u
        type == String::class.java -> "6A82"
        type == Instant::class.java -> Instant.ofEpochSecond(1_800_000_000)
        type == List::class.java -> listOf(FaultyField("email", FieldFault.MALFORMED))
        type == IdentityKind::class.java -> IdentityKind.NATIONAL_ID
        type.isEnum -> type.enumConstants.first()
        else -> error("what is a ${type.name}?")
    }
}
