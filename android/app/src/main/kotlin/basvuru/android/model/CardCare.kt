package basvuru.android.model

import basvuru.core.CardDeskInterface
import basvuru.core.Language
import basvuru.core.use
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.update
import kotlinx.coroutines.withContext

/** The card outside the journey, at the core's desk, which is opened when it is first needed. */
internal class CardCare(
    private val state: MutableStateFlow<AppState>,
    private val work: Work,
    private val phone: Phone,
    private val io: CoroutineDispatcher
) : AutoCloseable {
    private var opened: CardDeskInterface? = null

    fun look(reader: String) = work.run(state.value.cardWork(reader), repeatable = true) {
        val report = desk().look(reader)
        state.update { it.copy(care = Care(report, reader)) }
    }

    fun testReader(reader: String) = work.run(CardWork.USB, repeatable = true) {
        val report = desk().testReader(reader)
        state.update { it.copy(about = it.about.copy(reader = report)) }
    }

    /** Changes the PIN as it was typed, and lets go of both PINs, whatever comes of it. */
    fun changePin() {
        val care = state.value.care
        val reader = care.reader ?: return
        if (state.value.busy != null) return
        val entry = care.entry
        work.run(state.value.cardWork(reader), repeatable = false) {
            val confirmed = entry.lastTryConfirmed
            val report = entry.pin(CarePin.OLD).take().use { old ->
                entry.pin(CarePin.NEW).take().use { new ->
                    entry.wipe()
                    desk().changePin(reader, old, new, confirmed)
                }
            }
            state.update { it.copy(care = Care(report, reader, changed = true)) }
        }
    }

    /** The PIN asked for before this one, or the report. */
    fun back() {
        val care = state.value.care
        val asked = care.entry.asked
        if (asked == null) {
            state.update { it.copy(care = Care(), trouble = null) }
        } else {
            care.entry.pin(asked).clear()
            care.entry.asked = CarePin.entries.getOrNull(asked.ordinal - 1)
        }
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

    private suspend fun desk(): CardDeskInterface = opened ?: withContext(io) { phone.openDesk(state.value.language) }.also { opened = it }
}
