package basvuru.android.rules

import javax.xml.parsers.DocumentBuilderFactory
import kotlin.test.assertEquals
import org.junit.Test
import org.w3c.dom.Element

/** What is asked of the person's phone, libraries included: read in the manifest that is packed. */
class ManifestTest {
    private val manifest: Element = DocumentBuilderFactory.newInstance().apply { isNamespaceAware = true }
        .newDocumentBuilder().parse(ANDROID.resolve("app/target/android/merged.xml")).documentElement
    private val application = manifest.all("application").single()

    @Test
    fun `no permission is asked for but these`() {
        val permissions = manifest.all("uses-permission").map { it["name"].removePrefix("android.permission.") }
        assertEquals(setOf("ACCESS_NETWORK_STATE", "INTERNET", "NFC", "VIBRATE"), permissions.toSet())
        assertEquals(emptyList(), manifest.all("permission").map { it["name"] })
    }

    @Test
    fun `other apps reach the launcher and the verified link alone`() {
        val exported = COMPONENTS.flatMap { manifest.all(it) }.filter { it["exported"] != "false" }
        assertEquals(listOf(".MainActivity"), exported.map { it["name"] })
        val filters = exported.single().all("intent-filter")
        assertEquals(
            listOf(
                Triple("android.intent.action.MAIN", "", ""),
                Triple("android.intent.action.VIEW", "true", "https")
            ),
            filters.map {
                Triple(it.all("action").single()["name"], it["autoVerify"], it.all("data").joinToString { data -> data["scheme"] })
            }
        )
        assertEquals(listOf("@string/portal_host"), filters.last().all("data").map { it["host"] })
    }

    @Test
    fun `what the app keeps leaves the phone in no backup, and nothing travels in the clear`() {
        assertEquals("false", application["allowBackup"])
        assertEquals("false", application["usesCleartextTraffic"])
        assertEquals("@xml/no_backup", application["dataExtractionRules"])
        assertEquals("", application["debuggable"])
    }

    @Test
    fun `phones without NFC or USB can have it too`() {
        assertEquals(
            mapOf("android.hardware.nfc" to "false", "android.hardware.usb.host" to "false"),
            manifest.all("uses-feature").associate { it["name"] to it["required"] }
        )
        val sdk = manifest.all("uses-sdk").single()
        assertEquals("26" to "36", sdk["minSdkVersion"] to sdk["targetSdkVersion"])
    }

    @Test
    fun `the app takes part in the gesture back`() {
        assertEquals("true", application["enableOnBackInvokedCallback"])
    }

    private companion object {
        val COMPONENTS = listOf("activity", "activity-alias", "service", "receiver", "provider")
    }
}

private fun Element.all(name: String): List<Element> = getElementsByTagName(name).run { List(length) { item(it) as Element } }

private operator fun Element.get(name: String): String = getAttributeNS("http://schemas.android.com/apk/res/android", name)
