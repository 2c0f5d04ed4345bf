package basvuru.android.screens.form

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.selection.selectableGroup
import androidx.compose.foundation.text.KeyboardOptions
import androidx.compose.foundation.text.input.TextFieldLineLimits
import androidx.compose.foundation.text.input.TextFieldState
import androidx.compose.foundation.text.input.setTextAndPlaceCursorAtEnd
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.remember
import androidx.compose.runtime.snapshotFlow
import androidx.compose.ui.Modifier
import androidx.compose.ui.autofill.ContentType
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.text.input.ImeAction
import androidx.compose.ui.text.input.KeyboardCapitalization
import androidx.compose.ui.text.input.KeyboardType
import androidx.compose.ui.unit.dp
import basvuru.android.R
import basvuru.android.model.Action
import basvuru.android.model.Entry
import basvuru.android.model.Frame
import basvuru.android.screens.parts.Act
import basvuru.android.screens.parts.Fact
import basvuru.android.screens.parts.Field
import basvuru.android.screens.parts.FieldLook
import basvuru.android.screens.parts.Note
import basvuru.android.screens.parts.PickRow
import basvuru.android.screens.parts.Question
import basvuru.android.screens.parts.Subheading
import basvuru.android.screens.parts.fault
import basvuru.android.screens.parts.language
import basvuru.core.Answer
import basvuru.core.FieldEntry
import basvuru.core.FormField
import basvuru.core.Screen
import basvuru.core.checkField
import kotlinx.coroutines.FlowPreview
import kotlinx.coroutines.flow.debounce
import kotlinx.coroutines.flow.drop

data class FormState(val frame: Frame, val screen: Screen.FillForm, val entry: Entry.Form)

/** The form as the portal wants it. What is typed is kept a moment after it was typed. */
@OptIn(FlowPreview::class)
@Composable
fun FormScreen(state: FormState, send: (Action) -> Unit) {
    val entry = state.entry
    LaunchedEffect(entry) {
        snapshotFlow { entry.values }.drop(1).debounce(QUIET).collect { send(Action.KeepDraft) }
    }
    Question(
        state.frame,
        send,
        Act(stringResource(R.string.approve_form)) { send(Action.Reply(Answer.ApproveForm(entry.values))) },
        aside = { Told(state.screen) }
    ) {
        val open = state.screen.fields.filter { !it.locked }
        for (field in open) entry.fields[field.name]?.let { FormInput(field, it, entry, field === open.last()) }
    }
}

/** What the institution told, which nobody changes here. */
@Composable
private fun Told(screen: Screen.FillForm) {
    val told = screen.fields.filter { it.locked }
    if (told.isEmpty()) return
    Note(R.drawable.ic_lock) {
        Text(stringResource(R.string.told_by_institution), style = MaterialTheme.typography.titleSmall)
        for (field in told) Fact(field.label, field.value)
    }
}

@Composable
private fun FormInput(field: FormField, value: TextFieldState, typed: Entry.Form, last: Boolean) {
    val entry = field.entry
    val text = value.text.toString()
    val language = language()
    val refused = remember(field, text, language) {
        if (text == field.value || text.isEmpty()) null else checkField(field, text, language).fault
    }
    val fault = refused ?: field.fault.takeIf { text == field.value }
    val label = if (field.required) field.label else stringResource(R.string.optional, field.label)
    when (entry) {
        is FieldEntry.Choice -> Choices(label, fault ?: field.help, entry, value)

        is FieldEntry.Date ->
            DateField(value, FieldLook(label, field.help, fault), entry, keyboard(entry, last), typed.picking == field.name) {
                typed.picking = if (it) field.name else null
            }

        else -> Field(
            value,
            FieldLook(label, field.help, fault, contentType = contentType(entry)),
            keyboard(entry, last),
            lines = if (entry is FieldEntry.Lines) TextFieldLineLimits.MultiLine(2, 5) else TextFieldLineLimits.SingleLine
        )
    }
}

@Composable
private fun Choices(label: String, note: String?, entry: FieldEntry.Choice, value: TextFieldState) {
    Column(Modifier.selectableGroup(), Arrangement.spacedBy(0.dp)) {
        Subheading(label)
        note?.let { Text(it, style = MaterialTheme.typography.bodyMedium, color = MaterialTheme.colorScheme.onSurfaceVariant) }
        for (choice in entry.choices) {
            PickRow(choice.label, value.text.toString() == choice.value, { value.setTextAndPlaceCursorAtEnd(choice.value) })
        }
    }
}

private fun keyboard(entry: FieldEntry, last: Boolean) = KeyboardOptions(
    capitalization = if (entry is FieldEntry.Text ||
        entry is FieldEntry.Lines
    ) {
        KeyboardCapitalization.Sentences
    } else {
        KeyboardCapitalization.None
    },
    keyboardType = when (entry) {
        is FieldEntry.Mobile -> KeyboardType.Phone
        is FieldEntry.Email -> KeyboardType.Email
        is FieldEntry.Date -> KeyboardType.Decimal
        is FieldEntry.Text, is FieldEntry.Lines, is FieldEntry.Choice -> KeyboardType.Text
    },
    imeAction = if (entry is FieldEntry.Lines) {
        ImeAction.Default
    } else if (last) {
        ImeAction.Done
    } else {
        ImeAction.Next
    }
)

private fun contentType(entry: FieldEntry): ContentType? = when (entry) {
    is FieldEntry.Mobile -> ContentType.PhoneNumber
    is FieldEntry.Email -> ContentType.EmailAddress
    else -> null
}

/** Milliseconds without a key before the draft is kept. */
private const val QUIET = 1_500L
