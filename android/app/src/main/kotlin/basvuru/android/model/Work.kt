package basvuru.android.model

import basvuru.core.Failure
import basvuru.core.explain
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.update
import kotlinx.coroutines.launch

/** Does one thing after the other, tells that it is under way, and what went wrong. */
internal class Work(private val state: MutableStateFlow<AppState>, private val phone: Phone, private val scope: CoroutineScope) {
    private var last: Job? = null

    /** What failed last, to be done once more as it was. */
    private var failed: (() -> Unit)? = null

    /** Does something once everything before it has ended. What is [quiet] is not shown while it goes well, [unheard] not at all. */
    fun run(card: CardWork? = null, repeatable: Boolean, quiet: Boolean = false, unheard: Boolean = false, task: suspend () -> Unit) {
        val before = last
        if (!quiet) state.update { it.copy(busy = Busy(phone.steadyMilliseconds(), card), trouble = null) }
        last = scope.launch {
            before?.join()
            val failure = try {
                task()
                null
            } catch (failure: Failure) {
                failure
            } finally {
                if (!quiet) {
                    phone.clearProgress()
                    state.update { it.copy(busy = null) }
                }
            }
            if (failure != null && !unheard) {
                failed = if (repeatable) ({ run(card, true, quiet, unheard, task) }) else null
                trouble(failure)
            }
        }
    }

    fun again() {
        failed?.invoke()
    }

    /** Shows a failure, and what helps. */
    fun trouble(failure: Failure) {
        // Who has stopped it knows.
        if (failure is Failure.Cancelled) return
        state.update {
            val remedies = remedies(failure, failed != null, phone)
            it.copy(trouble = Trouble(failure, explain(failure, it.language), remedies))
        }
    }
}
