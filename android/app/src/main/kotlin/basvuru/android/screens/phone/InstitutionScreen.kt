package basvuru.android.screens.phone

import android.icu.text.DateFormat
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import basvuru.android.R
import basvuru.android.model.Action
import basvuru.android.model.Entry
import basvuru.android.model.Frame
import basvuru.android.model.Remedy
import basvuru.android.screens.parts.Act
import basvuru.android.screens.parts.Fact
import basvuru.android.screens.parts.Note
import basvuru.android.screens.parts.Question
import basvuru.android.screens.parts.QuietButton
import basvuru.android.screens.parts.locale
import basvuru.android.theme.tabular
import basvuru.core.Answer
import basvuru.core.Screen
import java.time.Instant
import java.util.Date

data class InstitutionState(val frame: Frame, val screen: Screen.AwaitInstitution, val entry: Entry.Waiting)

/** The institution was asked to confirm the number in the form, and has the word. */
@Composable
fun InstitutionScreen(state: InstitutionState, send: (Action) -> Unit) {
    // To try again is to ask again: one button for it.
    val trouble = state.frame.trouble
    val frame = state.frame.copy(trouble = trouble?.copy(remedies = trouble.remedies - Remedy.TRY_AGAIN))
    Question(
        frame,
        send,
        Act(stringResource(R.string.ask_again)) { send(Action.Reply(Answer.Continue)) },
        Act(stringResource(R.string.change_number)) { send(Action.Reply(Answer.ChangeForm(null))) }
    ) {
        Fact(stringResource(R.string.institution), state.screen.institution, MaterialTheme.typography.titleLarge)
        Fact(stringResource(R.string.number_to_confirm), state.screen.maskedPhone, MaterialTheme.typography.titleLarge.tabular())
        state.entry.asked?.takeIf { trouble == null }?.let {
            Note(R.drawable.ic_history, Modifier.semantics { liveRegion = LiveRegionMode.Polite }) {
                Text(stringResource(R.string.not_answered, time(it)), style = MaterialTheme.typography.bodyLarge)
            }
        }
        QuietButton(stringResource(R.string.code_after_all), { send(Action.Back) }, R.drawable.ic_back)
    }
}

/** To the second: asked twice in a minute, it is heard twice. */
@Composable
private fun time(moment: Instant): String = DateFormat.getTimeInstance(DateFormat.MEDIUM, locale()).format(Date.from(moment))
