package basvuru.android.screens.pending

import androidx.compose.runtime.Composable
import androidx.compose.ui.res.stringResource
import basvuru.android.R
import basvuru.android.model.Action
import basvuru.android.model.Frame
import basvuru.android.screens.parts.Question

data class OpeningState(val frame: Frame)

/** Before the first step: nothing to see, unless the journey could not be opened. */
@Composable
fun OpeningScreen(state: OpeningState, send: (Action) -> Unit) {
    Question(state.frame.copy(title = stringResource(R.string.app_name)), send, help = false) {}
}
