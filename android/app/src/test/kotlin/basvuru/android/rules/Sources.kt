package basvuru.android.rules

import java.io.File

/** The folder of this project, from which its own sources are read. */
internal val ANDROID = File(System.getProperty("basvuru.android")).canonicalFile

/** A Kotlin file of the app, without its comments. */
internal class Source(file: File, root: File) {
    val path: String = file.relativeTo(root).path
    val name: String = file.nameWithoutExtension
    val lines: Int = file.readLines().size
    val code: String = file.readText().withoutComments()

    /** Lines that somebody has to understand: neither blank nor a comment nor an import. */
    val linesOfCode: Int = code.lines().count { it.isNotBlank() && !it.startsWith("import ") }
    val imports: List<String> = Regex("^import (\\S+)", RegexOption.MULTILINE).findAll(code).map { it.groupValues[1] }.toList()

    /** What stands between quotation marks, without what is filled in and without marks such as that of a new line. */
    val literals: List<String> = Regex("\"\"\"([\\s\\S]*?)\"\"\"|\"((?:[^\"\\\\\\n]|\\\\.)*)\"").findAll(code)
        .map { it.groupValues[1] + it.groupValues[2] }
        .map { it.replace(Regex("\\$\\{[^}]*}|\\$\\w+|\\\\."), "") }
        .toList()
}

internal val SOURCES: List<Source> by lazy {
    val root = ANDROID.resolve("app/src/main/kotlin/basvuru/android")
    root.walk().filter { it.extension == "kt" }.sorted().map { Source(it, root) }.toList()
}

internal fun sourcesUnder(folder: String): List<Source> = SOURCES.filter { it.path.startsWith("$folder/") }

private fun String.withoutComments(): String = replace(Regex("/\\*[\\s\\S]*?\\*/"), "").replace(Regex("(?m)(^|\\s)//.*$"), "$1")
