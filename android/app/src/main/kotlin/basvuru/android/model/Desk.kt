package basvuru.android.model

import basvuru.core.CardDeskInterface
import basvuru.core.CardReport
import basvuru.core.Language
import basvuru.core.Pin
import basvuru.core.ReaderReport
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.withContext

/** The core's desk for card care, opened when it is first needed. */
internal class Desk(private val phone: Phone, private val io: CoroutineDispatcher) : AutoCloseable {
    private var opened: CardDeskInterface? = null

    suspend fun look(language: Language, reader: String): CardReport = desk(language).look(reader)

    suspend fun testReader(language: Language, reader: String): ReaderReport = desk(language).testReader(reader)

    /** Lets go of both PINs, whatever comes of it. */
    suspend fun changePin(language: Language, reader: String, pins: Pair<Pin, Pin>, lastTryConfirmed: Boolean): CardReport =
        pins.first.use { old ->
            pins.second.use { new -> desk(language).changePin(reader, old, new, lastTryConfirmed) }
        }

    fun speak(language: Language) {
        opened?.setLanguage(language)
    }

    fun cancel() {
        opened?.cancel()
    }

    override fun close() {
        (opened as? AutoCloseable)?.close()
        opened = null
    }

    private suspend fun desk(language: Language): CardDeskInterface =
        opened ?: withContext(io) { phone.openDesk(language) }.also { opened = it }
}
