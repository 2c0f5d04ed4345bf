package basvuru.android.screens.card

import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.keepScreenOn
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import basvuru.android.R
import basvuru.android.model.Action
import basvuru.android.model.Antenna
import basvuru.android.model.Busy
import basvuru.android.model.CardWork
import basvuru.android.model.Frame
import basvuru.android.screens.parts.Act
import basvuru.android.screens.parts.Picture
import basvuru.android.screens.parts.Question
import basvuru.android.screens.parts.Scene
import basvuru.core.WorkStage

data class SigningState(val frame: Frame, val busy: Busy, val antenna: Antenna?)

/** A card is at work: how to hold it, whether it may be moved, and when it may go. */
@Composable
fun SigningScreen(state: SigningState, send: (Action) -> Unit) {
    val busy = state.busy
    val scene = when (busy.stage) {
        WorkStage.ReadingCard, WorkStage.VerifyingPin, WorkStage.Signing -> Scene.WORKING

        WorkStage.CardDone, WorkStage.Timestamping, WorkStage.Submitting -> Scene.DONE

        WorkStage.AwaitingCard, WorkStage.AskingPortal, is WorkStage.FetchingDocument, null ->
            if (busy.card == CardWork.NFC) Scene.HOLD else Scene.INSERT
    }
    val told = when (scene) {
        Scene.WORKING -> R.string.keep_still
        Scene.DONE -> R.string.may_remove
        Scene.HOLD -> R.string.how_nfc
        Scene.INSERT, Scene.PLUG -> R.string.insert_now
    }
    val frame = state.frame.copy(
        title = busy.sentence ?: stringResource(R.string.card_at_work),
        hint = "",
        trouble = null,
        notice = null,
        // What is waited for stands above as the title.
        busy = if (scene == Scene.DONE) busy.copy(sentence = null) else null,
        back = false
    )
    Question(
        frame,
        send,
        secondary = Act(stringResource(R.string.stop)) { send(Action.Cancel) }.takeIf { scene != Scene.DONE },
        help = false,
        aside = {
            // Where the core's sentence says the same, it stands above as the title.
            val saidAbove = busy.stage is WorkStage.VerifyingPin || busy.stage is WorkStage.Signing || busy.stage is WorkStage.CardDone
            if (!saidAbove) {
                Text(
                    stringResource(told),
                    Modifier.semantics { liveRegion = LiveRegionMode.Assertive },
                    style = MaterialTheme.typography.titleLarge
                )
            }
        }
    ) {
        Box(Modifier.fillMaxWidth().keepScreenOn(), Alignment.Center) { Picture(scene, antenna = state.antenna) }
    }
}
