package basvuru.android.screens.parts

import android.view.inputmethod.EditorInfo
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.relocation.BringIntoViewRequester
import androidx.compose.foundation.relocation.bringIntoViewRequester
import androidx.compose.foundation.text.KeyboardOptions
import androidx.compose.foundation.text.input.InputTransformation
import androidx.compose.foundation.text.input.KeyboardActionHandler
import androidx.compose.foundation.text.input.TextFieldLineLimits
import androidx.compose.foundation.text.input.TextFieldState
import androidx.compose.foundation.text.input.TextObfuscationMode
import androidx.compose.material3.Icon
import androidx.compose.material3.IconButton
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedSecureTextField
import androidx.compose.material3.OutlinedTextField
import androidx.compose.material3.Text
import androidx.compose.material3.TextFieldLabelPosition
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.ReadOnlyComposable
import androidx.compose.runtime.remember
import androidx.compose.ui.Modifier
import androidx.compose.ui.autofill.ContentType
import androidx.compose.ui.platform.InterceptPlatformTextInput
import androidx.compose.ui.platform.LocalConfiguration
import androidx.compose.ui.platform.PlatformTextInputMethodRequest
import androidx.compose.ui.res.painterResource
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.contentType
import androidx.compose.ui.semantics.error
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.password
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.TextStyle
import androidx.compose.ui.unit.dp
import basvuru.android.R
import basvuru.android.model.core
import basvuru.core.Check
import basvuru.core.Language
import java.util.Locale

/** What a field is, apart from what is typed into it. */
class FieldLook(
    val label: String,
    val help: String? = null,
    val fault: String? = null,
    val enabled: Boolean = true,
    val contentType: ContentType? = null,
    /** Whether what is typed is not said aloud, only how much of it there is: [help] says that. */
    val unspoken: Boolean = false
)

/** A field to type into. Its label stands above it, where large letters have room; its fault below it. */
@Composable
fun Field(
    state: TextFieldState,
    look: FieldLook,
    keyboard: KeyboardOptions,
    modifier: Modifier = Modifier,
    lines: TextFieldLineLimits = TextFieldLineLimits.SingleLine,
    textStyle: TextStyle = MaterialTheme.typography.bodyLarge,
    input: InputTransformation? = null,
    onDone: KeyboardActionHandler? = null,
    trailing: (@Composable () -> Unit)? = null
) {
    OutlinedTextField(
        state,
        modifier.shownWhenWrong(look).told(look).fillMaxWidth(),
        enabled = look.enabled,
        textStyle = textStyle,
        labelPosition = TextFieldLabelPosition.Above(),
        label = { Text(look.label, style = MaterialTheme.typography.titleSmall) },
        trailingIcon = trailing,
        supportingText = supporting(look),
        isError = look.fault != null,
        inputTransformation = input,
        keyboardOptions = keyboard,
        onKeyboardAction = onDone,
        lineLimits = lines
    )
}

/** A field for a password: no keyboard learns it, it can be shown and pasted into. */
@Composable
fun SecretField(
    state: TextFieldState,
    look: FieldLook,
    shown: Boolean,
    onShow: (Boolean) -> Unit,
    keyboard: KeyboardOptions,
    onDone: KeyboardActionHandler? = null
) {
    Unlearned {
        OutlinedSecureTextField(
            state,
            Modifier.shownWhenWrong(look).told(look).fillMaxWidth(),
            enabled = look.enabled,
            labelPosition = TextFieldLabelPosition.Above(),
            label = { Text(look.label, style = MaterialTheme.typography.titleSmall) },
            supportingText = supporting(look),
            isError = look.fault != null,
            textObfuscationMode = if (shown) TextObfuscationMode.Visible else TextObfuscationMode.RevealLastTyped,
            keyboardOptions = keyboard,
            onKeyboardAction = onDone,
            trailingIcon = {
                IconButton({ onShow(!shown) }, Modifier.size(48.dp)) {
                    Icon(
                        painterResource(if (shown) R.drawable.ic_hide else R.drawable.ic_show),
                        stringResource(if (shown) R.string.hide_password else R.string.show_password)
                    )
                }
            }
        )
    }
}

/** Tells the keyboard to remember nothing of what is typed inside. */
@Composable
private fun Unlearned(content: @Composable () -> Unit) {
    InterceptPlatformTextInput(
        { request, next ->
            next.startInputMethod(
                PlatformTextInputMethodRequest { attributes ->
                    request.createInputConnection(attributes).also {
                        attributes.imeOptions = attributes.imeOptions or EditorInfo.IME_FLAG_NO_PERSONALIZED_LEARNING
                    }
                }
            )
        },
        content
    )
}

/** A fault says what to do, with a sign that is not only red; help is there as long as there is no fault. */
private fun supporting(look: FieldLook): (@Composable () -> Unit)? {
    val fault = look.fault
    return when {
        fault != null -> (
            {
                Row(Modifier.padding(top = 4.dp), Arrangement.spacedBy(8.dp)) {
                    Icon(painterResource(R.drawable.ic_warning), null, Modifier.padding(top = 2.dp).size(lettered(16)))
                    Text(fault, style = MaterialTheme.typography.bodyMedium)
                }
            }
            )

        look.help != null -> (
            {
                val live = if (look.unspoken) Modifier.semantics { liveRegion = LiveRegionMode.Polite } else Modifier
                Text(look.help, live, style = MaterialTheme.typography.bodyMedium)
            }
            )

        else -> null
    }
}

private fun Modifier.told(look: FieldLook) = semantics {
    look.fault?.let { error(it) }
    look.contentType?.let { contentType = it }
    if (look.unspoken) password()
}

/** A fault that was found somewhere else on the screen is brought to the eye, with a margin. */
@Composable
private fun Modifier.shownWhenWrong(look: FieldLook): Modifier {
    val requester = remember { BringIntoViewRequester() }
    LaunchedEffect(look.fault) { if (look.fault != null) requester.bringIntoView() }
    return bringIntoViewRequester(requester).padding(bottom = if (look.fault == null) 0.dp else 12.dp)
}

/** The sentence of a refused check. */
val Check.fault: String? get() = (this as? Check.Refused)?.sentence

/** The language of this screen, as the core counts languages. */
@Composable
@ReadOnlyComposable
fun language(): Language = locale().core

/** What days and times are written after. */
@Composable
@ReadOnlyComposable
fun locale(): Locale = LocalConfiguration.current.locales[0]
