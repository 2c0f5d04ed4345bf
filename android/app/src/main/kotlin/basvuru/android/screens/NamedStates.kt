package basvuru.android.screens

import androidx.compose.runtime.Composable
import androidx.compose.runtime.ReadOnlyComposable
import androidx.compose.runtime.staticCompositionLocalOf
import basvuru.android.screens.parts.language
import basvuru.core.Language

/** A state of a screen under a name: for pictures, for accessibility checks, and the same on iPhones. */
class NamedState(val screen: String, val name: String, val content: @Composable () -> Unit)

/** Collects the states of a screen. */
class NamedStates internal constructor(private val screen: String) {
    internal val list = mutableListOf<NamedState>()

    fun state(name: String, content: @Composable () -> Unit) {
        list += NamedState(screen, name, content)
    }
}

fun namedStates(screen: String, collect: NamedStates.() -> Unit): List<NamedState> = NamedStates(screen).apply(collect).list

/** Whether sentences are shown twice in a row, to find where long ones are cut. */
val LocalDoubled = staticCompositionLocalOf { false }

/** Words of the core in the language of the screen, for states. */
class Wording(val turkish: Boolean, private val doubled: Boolean) {
    val language: Language get() = if (turkish) Language.TURKISH else Language.ENGLISH

    fun say(tr: String, en: String): String = (if (turkish) tr else en).let { if (doubled && it.isNotEmpty()) "$it $it" else it }
}

@Composable
@ReadOnlyComposable
fun wording() = Wording(language() == Language.TURKISH, LocalDoubled.current)
