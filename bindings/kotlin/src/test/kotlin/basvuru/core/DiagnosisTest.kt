package basvuru.core

import java.util.Collections
import kotlin.test.Test
import kotlin.test.assertContains
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertTrue

/** What support and an app's own monitoring get to know. */
class DiagnosisTest {
    @Test
    fun `a diagnosis has the commands to the card and nothing of the person`() = withPhone {
        walkTo<Screen.Sign>()
        failure(Answer.RefreshOrders)
        walkTo<Screen.Done>()
        val told = diagnosis()
        for (part in listOf("basvuru-diagnosis/1", "\"BSV-801\"", "\"header\": \"002000", "\"sw\": \"9000\"", "\"tag\": \"30\"")) {
            assertContains(told, part)
        }
        val personal = listOf(applicant.identity, applicant.pin, applicant.accessPassword, applicant.phone, applicant.order)
        for (text in personal) {
            val hexadecimal = text.toByteArray().joinToString("") { "%02X".format(it) }
            assertFalse(text in told || hexadecimal in told.uppercase(), told)
        }
    }

    @Test
    fun `monitoring learns of every answer and one that breaks changes nothing`() {
        val monitor = TestMonitor { if (it % 2 == 0) throw PortFailure.Unavailable("test") else error("undeclared") }
        withPhone(Phone(monitor = monitor)) {
            walkTo<Screen.Sign>()
            failure(Answer.RefreshOrders)
            walkTo<Screen.Done>()
        }
        val told = monitor.told.toList()
        assertEquals("sign-in", told.first().step)
        assertEquals(listOf("BSV-801"), told.mapNotNull { it.code })
        assertTrue(told.mapNotNull { it.request }.all { Regex("[0-9a-f]{32}").matches(it) })
    }

    @Test
    fun `the licences of the library can be shown`() {
        val text = licences()
        for (part in listOf("uniffi_core", "Mozilla Public License", "ring", "SQLite", "Permission is hereby granted")) {
            assertContains(text, part)
        }
    }

    /** Remembers what it was told. */
    private class TestMonitor(private val then: (Int) -> Unit) : Monitor {
        val told: MutableList<MonitorEvent> = Collections.synchronizedList(mutableListOf())

        override fun observed(event: MonitorEvent) {
            told += event
            then(told.size)
        }
    }
}
