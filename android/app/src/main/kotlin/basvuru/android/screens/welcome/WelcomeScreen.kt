package basvuru.android.screens.welcome

import androidx.annotation.DrawableRes
import androidx.annotation.StringRes
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.material3.Icon
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.painterResource
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.unit.dp
import basvuru.android.R
import basvuru.android.model.Action
import basvuru.android.model.Errand
import basvuru.android.model.Frame
import basvuru.android.model.NfcCondition
import basvuru.android.model.PhoneCondition
import basvuru.android.model.SettingsPage
import basvuru.android.screens.parts.Act
import basvuru.android.screens.parts.Note
import basvuru.android.screens.parts.Picture
import basvuru.android.screens.parts.Question
import basvuru.android.screens.parts.Scene
import basvuru.android.screens.parts.SecondButton
import basvuru.android.screens.parts.Subheading
import basvuru.android.screens.parts.lettered

data class WelcomeState(val frame: Frame, val condition: PhoneCondition)

/** What is needed, and whether this phone can do it: told before anything is typed. */
@Composable
fun WelcomeScreen(state: WelcomeState, send: (Action) -> Unit) {
    val frame = state.frame.copy(
        title = stringResource(R.string.welcome_title),
        hint = stringResource(R.string.welcome_hint),
        place = null
    )
    Question(frame, send, Act(stringResource(R.string.begin)) { send(Action.Go(null)) }, aside = { Hero(state.condition) }) {
        Readiness(state, send)
        Subheading(stringResource(R.string.have_ready))
        Need(R.drawable.ic_mail, R.string.need_password)
        Need(R.drawable.ic_card, R.string.need_card)
        Need(R.drawable.ic_lock, R.string.need_pin)
    }
}

@Composable
private fun Hero(condition: PhoneCondition) {
    val scene = when {
        condition.nfc != NfcCondition.ABSENT -> Scene.HOLD
        condition.usbHost -> Scene.INSERT
        else -> return
    }
    Box(Modifier.fillMaxWidth(), Alignment.Center) { Picture(scene) }
}

@Composable
private fun Readiness(state: WelcomeState, send: (Action) -> Unit) {
    val condition = state.condition
    val reachesCards = condition.nfc != NfcCondition.ABSENT || condition.usbHost
    if (!condition.online) {
        Hindrance(R.drawable.ic_network, R.string.offline, R.string.network_settings) { send(open(SettingsPage.NETWORK)) }
    }
    when {
        !reachesCards -> Hindrance(R.drawable.ic_warning, R.string.no_way_to_card)

        condition.nfc == NfcCondition.OFF ->
            Hindrance(R.drawable.ic_nfc, R.string.nfc_off, R.string.nfc_settings) { send(open(SettingsPage.NFC)) }

        condition.nfc == NfcCondition.ABSENT -> Hindrance(R.drawable.ic_nfc, R.string.nfc_absent)

        !condition.usbHost -> Hindrance(R.drawable.ic_reader, R.string.usb_absent)
    }
    val isWell = state.frame.clock == null && state.frame.trouble == null
    if (isWell && condition.online && condition.nfc == NfcCondition.ON && condition.usbHost) {
        Note(R.drawable.ic_done, colour = MaterialTheme.colorScheme.secondaryContainer) {
            Text(stringResource(R.string.phone_ready), style = MaterialTheme.typography.bodyLarge)
        }
    }
}

private fun open(page: SettingsPage) = Action.Run(Errand.Settings(page))

@Composable
private fun Hindrance(@DrawableRes icon: Int, @StringRes text: Int, @StringRes button: Int? = null, onClick: () -> Unit = {}) {
    Note(icon, colour = MaterialTheme.colorScheme.tertiaryContainer) {
        Text(stringResource(text), style = MaterialTheme.typography.bodyLarge)
        if (button != null) SecondButton(stringResource(button), onClick, Modifier.padding(top = 8.dp))
    }
}

@Composable
private fun Need(@DrawableRes icon: Int, @StringRes text: Int) {
    Row(Modifier.fillMaxWidth(), Arrangement.spacedBy(16.dp), Alignment.CenterVertically) {
        Icon(painterResource(icon), null, Modifier.size(lettered(24)), MaterialTheme.colorScheme.primary)
        Text(stringResource(text), style = MaterialTheme.typography.bodyLarge)
    }
}
