package basvuru.android.rules

import kotlin.test.assertEquals
import kotlin.test.assertTrue
import org.junit.Test

/** One list of versions for Gradle, and Maven's copy of it. */
class VersionsTest {
    private val gradle = ANDROID.resolve("gradle/libs.versions.toml").readText()
        .substringAfter("[versions]").substringBefore("[libraries]").lines()
        .mapNotNull { Regex("^(\\w+) = \"(.+)\"$").matchEntire(it)?.destructured }.associate { (name, version) -> name to version }
    private val maven = Regex("<(\\w+)\\.version>(.+)</").findAll(ANDROID.resolve("pom.xml").readText())
        .map { it.destructured }.associate { (name, version) -> name to version }

    @Test
    fun `Maven builds with the versions that Gradle builds with`() {
        assertTrue("compose" in gradle && "compose" in maven, "the versions were not found")
        assertEquals(gradle - GRADLE_ONLY, maven - MAVEN_ONLY)
    }

    @Test
    fun `the tools are those of Gradle's plugin`() {
        // Google counts them from 23 on.
        assertEquals(gradle.getValue("agp").plusMajor(23), maven.getValue("tools"))
    }

    @Test
    fun `the core is built with the same versions`() {
        val core = ANDROID.resolve("../bindings/kotlin/pom.xml").readText()
        for (name in listOf("kotlin", "coroutines", "jna", "serialization")) {
            assertTrue("<$name.version>${maven.getValue(name)}</" in core, name)
        }
    }

    private companion object {
        val GRADLE_ONLY = setOf("agp", "compileSdk")
        val MAVEN_ONLY = setOf("android", "resources", "tools")
    }
}

private fun String.plusMajor(more: Int): String = "${substringBefore('.').toInt() + more}.${substringAfter('.')}"
