package basvuru.android.screens.signin

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.text.KeyboardOptions
import androidx.compose.foundation.text.input.KeyboardActionHandler
import androidx.compose.material3.Icon
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.remember
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.autofill.ContentType
import androidx.compose.ui.res.painterResource
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.input.ImeAction
import androidx.compose.ui.text.input.KeyboardType
import androidx.compose.ui.unit.dp
import basvuru.android.R
import basvuru.android.model.Action
import basvuru.android.model.Entry
import basvuru.android.model.Errand
import basvuru.android.model.Frame
import basvuru.android.model.toPassword
import basvuru.android.screens.parts.Act
import basvuru.android.screens.parts.Fact
import basvuru.android.screens.parts.Field
import basvuru.android.screens.parts.FieldLook
import basvuru.android.screens.parts.Note
import basvuru.android.screens.parts.PickRow
import basvuru.android.screens.parts.Question
import basvuru.android.screens.parts.QuietButton
import basvuru.android.screens.parts.SecretField
import basvuru.android.screens.parts.SecureWindow
import basvuru.android.screens.parts.Subheading
import basvuru.android.screens.parts.WayRow
import basvuru.android.screens.parts.fault
import basvuru.android.screens.parts.language
import basvuru.android.screens.parts.lettered
import basvuru.android.screens.phone.secondsSince
import basvuru.android.theme.tabular
import basvuru.core.Answer
import basvuru.core.Failure
import basvuru.core.IdentityKind
import basvuru.core.PrivacyNotice
import basvuru.core.Screen
import basvuru.core.checkIdentityNumber
import basvuru.core.checkPassportNumber

data class SignInState(val frame: Frame, val screen: Screen.SignIn, val entry: Entry.SignIn, val arrived: Long)

/** Who the person is, the password from the e-mail, and the code in the picture, where this phone is not known yet. */
@Composable
fun SignInScreen(state: SignInState, send: (Action) -> Unit) {
    SecureWindow()
    val entry = state.entry
    val failure = state.frame.trouble?.failure
    val told = state.frame.trouble?.explanation?.what
    val captchaFault = told.takeIf { failure is Failure.CaptchaWrong || failure is Failure.CaptchaExpired }
    val numberFault = told.takeIf { failure is Failure.IdentityInvalid }
    val frame = if (captchaFault != null || numberFault != null) state.frame.copy(trouble = null) else state.frame
    val passed by secondsSince(state.arrived)
    val wait = failure?.wait
    val left = ((wait ?: 0) - passed).coerceAtLeast(0)
    val signIn = {
        send(
            Action.Reply(
                Answer.SignIn(entry.kind, entry.number.text.toString(), entry.password.toPassword(), entry.captcha.text.toString())
            )
        )
    }
    Question(
        frame,
        send,
        Act(stringResource(R.string.sign_in), left == 0, signIn),
        aside = {
            Host(state.screen)
            frame.privacy?.let { Privacy(it, entry, send) }
        }
    ) {
        if (wait != null) SignInWait(left)
        Identity(state, numberFault)
        SecretField(
            entry.password,
            FieldLook(
                stringResource(R.string.access_password),
                stringResource(R.string.access_password_help),
                contentType = ContentType.Password
            ),
            entry.passwordShown,
            { entry.passwordShown = it },
            KeyboardOptions(
                autoCorrectEnabled = false,
                keyboardType = KeyboardType.Password,
                imeAction = if (state.screen.captchaNeeded) ImeAction.Next else ImeAction.Done
            ),
            KeyboardActionHandler { if (state.screen.captchaNeeded) it() else signIn() }
        )
        if (state.screen.captchaNeeded) Captcha(state.screen.captcha, entry, captchaFault, send, signIn)
        OtherMethods(state.screen)
    }
}

/** How long nobody is signed in from here; then, that it can be tried again, for whoever does not see the button change. */
@Composable
private fun SignInWait(left: Int) {
    val over = left == 0
    Text(
        if (over) stringResource(R.string.sign_in_again) else stringResource(R.string.sign_in_again_in, left / MINUTE, left % MINUTE),
        Modifier.semantics { if (over) liveRegion = LiveRegionMode.Polite },
        style = MaterialTheme.typography.bodyLarge.tabular(),
        color = MaterialTheme.colorScheme.onSurfaceVariant
    )
}

/** Seconds until signing in can be tried again. */
private val Failure.wait: Int?
    get() = when (this) {
        is Failure.DeviceWaits -> wait.toInt()
        is Failure.LockedOut -> wait.toInt()
        else -> null
    }

/** Whose page this is: to compare with the e-mail. */
@Composable
private fun Host(screen: Screen.SignIn) {
    Row(Modifier.fillMaxWidth(), Arrangement.spacedBy(8.dp), Alignment.CenterVertically) {
        Icon(painterResource(R.drawable.ic_lock), null, Modifier.size(lettered(20)), MaterialTheme.colorScheme.primary)
        Text(
            listOfNotNull(screen.portalName, screen.host).joinToString(SEPARATOR),
            style = MaterialTheme.typography.bodyMedium,
            color = MaterialTheme.colorScheme.onSurfaceVariant
        )
    }
}

@Composable
private fun Identity(state: SignInState, failed: String?) {
    val entry = state.entry
    val label = stringResource(if (entry.kind == IdentityKind.NATIONAL_ID) R.string.national_id else R.string.passport)
    if (state.screen.identity?.editable == false) return Fact(label, entry.number.text.toString())
    Row(Modifier.fillMaxWidth(), Arrangement.spacedBy(16.dp)) {
        for (kind in IdentityKind.entries) {
            val name = stringResource(if (kind == IdentityKind.NATIONAL_ID) R.string.national_id_short else R.string.passport_short)
            PickRow(name, entry.kind == kind, { entry.kind = kind }, Modifier.weight(1f))
        }
    }
    val text = entry.number.text.toString()
    val language = language()
    val check = remember(entry.kind, text, language) {
        if (entry.kind == IdentityKind.NATIONAL_ID) checkIdentityNumber(text, language) else checkPassportNumber(text, language)
    }
    Field(
        entry.number,
        FieldLook(label, fault = check.fault ?: failed),
        KeyboardOptions(
            autoCorrectEnabled = false,
            keyboardType = if (entry.kind == IdentityKind.NATIONAL_ID) KeyboardType.Number else KeyboardType.Ascii,
            imeAction = ImeAction.Next
        ),
        textStyle = MaterialTheme.typography.bodyLarge.tabular()
    )
}

/** Ways to sign in that this version cannot offer: named, with why. */
@Composable
private fun OtherMethods(screen: Screen.SignIn) {
    val others = screen.methods.filter { !it.available }
    if (others.isEmpty()) return
    Subheading(stringResource(R.string.other_methods))
    for (method in others) WayRow(method.name, {}, note = method.note, enabled = false)
}

/** What becomes of what is typed here: the law wants it said first. */
@Composable
private fun Privacy(notice: PrivacyNotice, entry: Entry.SignIn, send: (Action) -> Unit) {
    QuietButton(notice.title, { entry.privacyOpen = !entry.privacyOpen })
    if (!entry.privacyOpen) return
    Note(R.drawable.ic_info) {
        Text(notice.text, style = MaterialTheme.typography.bodyMedium)
        notice.address?.let { address ->
            QuietButton(stringResource(R.string.whole_text), { send(Action.Run(Errand.Browse(address))) })
        }
    }
}

private const val MINUTE = 60
private const val SEPARATOR = " · "
