package basvuru.android.ports

import android.content.Context
import android.os.VibrationEffect
import android.os.Vibrator
import basvuru.core.Watcher
import basvuru.core.WorkStage
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow

/** What the core is doing, with the sentence to show and to read aloud. */
data class Progress(val stage: WorkStage, val sentence: String)

/** Hears from the core how things come along: for the screen, and for the hand that holds the card. */
class ProgressWatcher(private val context: Context) : Watcher {
    private val current = MutableStateFlow<Progress?>(null)

    /** The latest, until [clear]. */
    val progress: StateFlow<Progress?> = current.asStateFlow()

    override fun progress(activity: WorkStage, sentence: String) {
        current.value = Progress(activity, sentence)
        if (activity is WorkStage.CardDone) vibrate(context, DONE_MILLISECONDS)
    }

    /** Nothing is under way any more. */
    fun clear() {
        current.value = null
    }

    private companion object {
        const val DONE_MILLISECONDS = 250L
    }
}

/** Felt, where the phone is turned away from the eye: its back is on the card. */
internal fun vibrate(context: Context, milliseconds: Long) {
    val vibrator = context.getSystemService(Vibrator::class.java)
    vibrator?.vibrate(VibrationEffect.createOneShot(milliseconds, VibrationEffect.DEFAULT_AMPLITUDE))
}
