package basvuru.core

import java.io.File
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertTrue

/** What is opened and closed again leaves nothing behind. */
class LifetimeTest {
    @Test
    fun `two hundred openings leave no handle and no memory behind`() = withPhone {
        walkTo<Screen.Sign>()
        leave()
        suspend fun cycle() {
            answer(Answer.ReadCard(readers.reader))
            failure(Answer.RefreshOrders)
            leave()
        }
        repeat(WARM_UP) { cycle() }
        val handles = handles()
        val before = residentKibibytes()
        repeat(CYCLES) { cycle() }
        assertEquals(handles, handles())
        assertEquals(0, uniffiForeignFutureHandleCount())
        val grown = residentKibibytes() - before
        println("$CYCLES openings: $grown KiB more")
        assertTrue(grown < MOST_KIBIBYTES, "$grown KiB more")
    }

    /** Ports that the core still holds. */
    private fun handles() = listOf(
        FfiConverterTypeReaders.handleMap.size,
        FfiConverterTypeCardChannel.handleMap.size,
        FfiConverterTypeUsbReader.handleMap.size,
        FfiConverterTypeVault.handleMap.size,
        FfiConverterTypeWatcher.handleMap.size,
        FfiConverterTypeMonitor.handleMap.size,
    )

    private fun residentKibibytes(): Int {
        System.gc()
        val line = File("/proc/self/status").readLines().first { it.startsWith("VmRSS:") }
        return line.filter { it.isDigit() }.toInt()
    }

    private companion object {
        const val WARM_UP = 100
        const val CYCLES = 200
        const val MOST_KIBIBYTES = 16 * 1024
    }
}
