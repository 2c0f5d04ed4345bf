package basvuru.android.screens.pending

import androidx.compose.runtime.Composable
import androidx.compose.ui.res.stringResource
import basvuru.android.R
import basvuru.android.model.Action
import basvuru.android.model.Errand
import basvuru.android.model.Frame
import basvuru.android.screens.parts.Act
import basvuru.android.screens.parts.Fact
import basvuru.android.screens.parts.Question
import basvuru.core.Screen

data class OutdatedState(val frame: Frame, val screen: Screen.Outdated)

/** This version is too old for its portal. */
@Composable
fun OutdatedScreen(state: OutdatedState, send: (Action) -> Unit) {
    Question(state.frame, send, Act(stringResource(R.string.update)) { send(Action.Run(Errand.Update)) }) {
        Fact(stringResource(R.string.app_version), state.screen.version)
    }
}
