package basvuru.android.screens.about

import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.items
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.remember
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import basvuru.android.R
import basvuru.android.model.Action
import basvuru.android.model.Frame
import basvuru.android.screens.parts.Question

data class LicencesState(val frame: Frame, val text: String)

/** Whose work is in here, and under which terms. */
@Composable
fun LicencesScreen(state: LicencesState, send: (Action) -> Unit) {
    val frame = state.frame.copy(title = stringResource(R.string.licences), hint = "", place = null)
    val lines = remember(state.text) { state.text.lines() }
    Question(frame, send, help = false, scrolls = false) {
        LazyColumn(Modifier.fillMaxSize()) {
            items(lines) { Text(it, style = MaterialTheme.typography.bodySmall) }
        }
    }
}
