package basvuru.android.rules

import kotlin.test.assertEquals
import kotlin.test.assertTrue
import org.junit.Test

/** What the sources promise each other. */
class SourceRulesTest {
    @Test
    fun `no sentence stands in a screen`() {
        // A state shows what the core might say, which is no sentence of the app; a name in a pattern or a tag has no letters of a sentence.
        val literals = sourcesUnder("screens").filterNot { it.name.endsWith("States") }
            .flatMap { source -> source.literals.map { "${source.path}: $it" } }
            .filter { it.substringAfter(": ").any(Char::isLetter) }
        assertEquals(emptyList(), literals)
    }

    @Test
    fun `every screen has its states`() {
        val screens = sourcesUnder("screens").filter { it.name.endsWith("Screen") }
        assertTrue(screens.size >= 9, "the screens were not found")
        val states = sourcesUnder("screens").map { it.name }.filter { it.endsWith("States") }.map { it.removeSuffix("States") }
        assertEquals(emptyList(), screens.map { it.name.removeSuffix("Screen") } - states.toSet())
    }

    @Test
    fun `ports know nothing of the app, and screens nothing of ports`() {
        val ofTheApp = sourcesUnder("ports").flatMap { source -> source.imports.map { source.path to it } }
            .filter { (_, name) -> name.startsWith("basvuru.android.") && !name.startsWith("basvuru.android.ports.") }
        assertEquals(emptyList(), ofTheApp)
        val ports = sourcesUnder("screens").flatMap { source -> source.imports.map { source.path to it } }
            .filter { (_, name) -> name.startsWith("basvuru.android.ports") || name in CORE_PORTS }
        assertEquals(emptyList(), ports)
    }

    @Test
    fun `nothing that is saved holds a secret`() {
        val saving =
            Regex("rememberSaveable|onSaveInstanceState|SavedStateHandle|Parcelable|Parcelize|Saver\\b|putString|putByteArray|Serializable")
        val secret =
            Regex("\\b(Pin|PinEntry|Password|Secret\\w*|Code|Puk|Can)\\b|\\b(pin|password|code|secret|puk)\\b", RegexOption.IGNORE_CASE)
        val found = SOURCES.flatMap { source ->
            source.code.lines().mapIndexed { number, line -> Triple(source.path, number + 1, line) }
                .filter { (_, _, line) ->
                    saving.containsMatchIn(line) && !line.trimStart().startsWith("import ") &&
                        secret.containsMatchIn(line)
                }
        }
        assertEquals(emptyList(), found)
    }

    @Test
    fun `the clipboard is never read`() {
        val found = SOURCES.filter {
            Regex("primaryClip\\b(?!\\s*=)|getClip\\b|getText\\(\\)|clipboard\\w*\\.getClipEntry").containsMatchIn(it.code) &&
                "lipboard" in it.code
        }
        assertEquals(emptyList(), found.map { it.path })
    }

    @Test
    fun `the app stays thin`() {
        assertEquals(emptyList(), SOURCES.filter { it.lines > MOST_LINES_OF_A_FILE }.map { "${it.path}: ${it.lines}" })
        // Named states are what tests and previews show.
        val code = SOURCES.filterNot { it.name.endsWith("States") || it.name == "Samples" }
        val lines = code.sumOf { it.linesOfCode }
        println("lines of Kotlin code without tests, states and imports: $lines; all lines: ${SOURCES.sumOf { it.lines }}")
        assertTrue(lines < MOST_LINES, "$lines lines")
    }

    private companion object {
        const val MOST_LINES = 4_500
        const val MOST_LINES_OF_A_FILE = 350
        val CORE_PORTS = listOf("Readers", "CardChannel", "UsbReader", "Vault", "Watcher", "Monitor", "Ports").map { "basvuru.core.$it" }
    }
}
