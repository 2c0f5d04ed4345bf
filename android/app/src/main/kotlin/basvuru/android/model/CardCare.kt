package basvuru.android.model

import basvuru.core.CardDeskInterface
import basvuru.core.CardReport
import basvuru.core.Failure
import basvuru.core.Language
import basvuru.core.Pin
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

    /** Looks at the card. A PUK that is wanted is asked for then, unless the card says that its PIN is not blocked. */
    fun look(reader: String) = work.run(state.value.cardWork(reader), repeatable = true) {
        val report = desk().look(reader)
        val blocked = report.triesLeft?.let { it == 0.toUByte() } ?: true
        state.update { it.copy(care = Care(report, reader, entry = Entry.Care(it.care.entry.unblocks && blocked))) }
    }

    fun testReader(reader: String) = work.run(CardWork.USB, repeatable = true) {
        val report = desk().testReader(reader)
        state.update { it.copy(about = it.about.copy(reader = report)) }
    }

    /** Changes the PIN as it was typed. */
    fun changePin() = setPin(CareDone.CHANGED) { reader, old, new, confirmed -> desk().changePin(reader, old, new, confirmed) }

    /** Unblocks the PIN with the PUK, as both were typed. */
    fun unblockPin(onUnblocked: () -> Unit) = setPin(CareDone.UNBLOCKED, onUnblocked) { reader, puk, new, confirmed ->
        desk().unblockPin(reader, puk, new, confirmed)
    }

    /** Gives the card another PIN, and lets go of everything that was typed, whatever comes of it. */
    private fun setPin(done: CareDone, onDone: () -> Unit = {}, set: suspend (String, Pin, Pin, Boolean) -> CardReport) {
        val care = state.value.care
        val reader = care.reader ?: return
        if (state.value.busy != null) return
        val entry = care.entry
        work.run(state.value.cardWork(reader), repeatable = false) {
            val confirmed = entry.lastTryConfirmed
            val report = try {
                entry.pin(CarePin.KNOWN).take().use { known ->
                    entry.pin(CarePin.NEW).take().use { new ->
                        entry.wipe()
                        set(reader, known, new, confirmed)
                    }
                }
            } catch (failure: Failure) {
                state.update { it.copy(care = it.care.after(failure)) }
                throw failure
            }
            state.update { it.copy(care = Care(report, reader, done)) }
            onDone()
        }
    }

    /** The PIN asked for before this one, or the report. */
    fun back() {
        val care = state.value.care
        if (care.entry.asked == null) state.update { it.copy(care = Care(), trouble = null) } else care.entry.back()
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

/** What a failure has told of the card, until it is looked at again. */
private fun Care.after(failure: Failure): Care = when (failure) {
    is Failure.PinWrong -> told { copy(triesLeft = failure.triesLeft, triesSentence = null) }

    is Failure.PinBlocked -> told { copy(triesLeft = 0u, triesSentence = null) }.also { entry.asked = null }

    is Failure.PinChangeOutcomeUnknown -> also { entry.asked = null }

    is Failure.PukWrong -> told { copy(unblocking = unblocking?.copy(triesLeft = failure.triesLeft, triesSentence = null)) }

    is Failure.PukBlocked, is Failure.PukUnavailable -> told { copy(unblocking = null) }

    // What the card is like now is not known: it is looked at before anything else is typed for it.
    is Failure.PukOutcomeUnknown -> Care()

    is Failure.CardChanged -> if (entry.unblocks) copy(report = null) else this

    else -> this
}

private fun Care.told(change: CardReport.() -> CardReport): Care = copy(report = report?.change())
