package basvuru.android.model

import basvuru.core.Answer
import basvuru.core.CertificateApplicationInterface
import basvuru.core.Failure
import basvuru.core.Screen
import basvuru.core.SignedInDevice
import basvuru.core.Step
import basvuru.core.licences
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.update
import kotlinx.coroutines.withContext

/** The places beside the journey: going there, what is fetched for them, and what coming back from them brings. */
internal class Beside(
    private val state: MutableStateFlow<AppState>,
    private val work: Work,
    private val io: CoroutineDispatcher,
    private val application: () -> CertificateApplicationInterface?,
    private val arrive: (Step) -> Unit,
    private val send: (Action) -> Unit
) {
    fun go(outside: Outside?) {
        val before = state.value
        before.care.entry.wipe()
        state.update {
            it.copy(
                outside = outside,
                trouble = null,
                care = when (outside) {
                    Outside.CARE -> Care()
                    Outside.UNBLOCK -> Care(entry = Entry.Care(unblocks = true))
                    else -> it.care
                }
            )
        }
        when (outside) {
            null -> comeBack(before)

            Outside.HISTORY -> work.run(repeatable = true) {
                val receipts = application()?.let { withContext(io) { it.history() } }.orEmpty()
                state.update { it.copy(history = receipts) }
            }

            Outside.DEVICES -> {
                state.update { it.copy(devices = Devices()) }
                ask { Devices(it.devices()) }
            }

            Outside.LICENCES -> work.run(repeatable = true) {
                val text = withContext(io) { licences() }
                state.update { it.copy(licences = text) }
            }

            else -> Unit
        }
    }

    /** Signs another device out. This one is left where the person signs out. */
    fun signOut(device: SignedInDevice) {
        if (state.value.busy == null) ask { Devices(it.signOutDevice(device.id), signedOut = device.name) }
    }

    /** Asks the portal about the person's devices. Whose session is over signs in first. */
    private fun ask(question: suspend (CertificateApplicationInterface) -> Devices) = work.run(repeatable = true) {
        val application = application() ?: return@run
        try {
            val devices = question(application)
            state.update { it.copy(devices = devices) }
        } catch (failure: Failure.SessionOver) {
            val step = application.step()
            go(null)
            arrive(step)
            // The step says it as well.
            if (step.notice == null) throw failure
        }
    }

    /** The PIN of a card was unblocked: it may be the one that the journey waits for. */
    fun unblocked() {
        // With a notice the PIN is not the one that was typed: that has to be read.
        val asTyped = state.value.care.report?.notice == null
        (state.value.entry as? Entry.Card)?.goOn(unblocked = asTyped)
        if (state.value.outside == Outside.UNBLOCK && asTyped) go(null)
    }

    /** Back in the journey: what it shows of a card whose PIN can be typed again is read anew. */
    private fun comeBack(before: AppState) {
        val entry = before.entry as? Entry.Card ?: return
        val tries = before.care.report?.triesLeft?.takeIf { before.outside == Outside.UNBLOCK }
        if (!entry.stale && tries != null && tries > 0u) entry.goOn(unblocked = false)
        if (!entry.stale) return
        entry.stale = false
        val card = (before.step?.screen as? Screen.Sign)?.card ?: return
        // Sent, and not answered at once: the unblocking may still be under way.
        send(Action.Reply(Answer.ReadCard(card.reader)))
    }
}
