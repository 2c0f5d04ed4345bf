package basvuru.android.screens.form

import androidx.compose.foundation.layout.PaddingValues
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.text.KeyboardOptions
import androidx.compose.foundation.text.input.TextFieldState
import androidx.compose.foundation.text.input.setTextAndPlaceCursorAtEnd
import androidx.compose.material3.DatePicker
import androidx.compose.material3.DatePickerDefaults
import androidx.compose.material3.DatePickerDialog
import androidx.compose.material3.ExperimentalMaterial3Api
import androidx.compose.material3.Icon
import androidx.compose.material3.IconButton
import androidx.compose.material3.SelectableDates
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.material3.rememberDatePickerState
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.painterResource
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import basvuru.android.R
import basvuru.android.screens.parts.Field
import basvuru.android.screens.parts.FieldLook
import basvuru.core.FieldEntry
import java.time.Instant
import java.time.LocalDate
import java.time.ZoneOffset
import java.time.format.DateTimeFormatter
import java.time.format.DateTimeFormatterBuilder
import java.time.format.DateTimeParseException
import java.time.temporal.ChronoField

/** A day: typed as people write it, or picked. */
@Composable
fun DateField(
    value: TextFieldState,
    look: FieldLook,
    entry: FieldEntry.Date,
    keyboard: KeyboardOptions,
    picking: Boolean,
    onPick: (Boolean) -> Unit
) {
    Field(value, look, keyboard, trailing = {
        IconButton({ onPick(true) }, Modifier.size(48.dp)) {
            Icon(painterResource(R.drawable.ic_calendar), stringResource(R.string.pick_date))
        }
    })
    if (picking) Picker(value, entry) { onPick(false) }
}

@OptIn(ExperimentalMaterial3Api::class)
@Composable
private fun Picker(value: TextFieldState, entry: FieldEntry.Date, onClose: () -> Unit) {
    val first = day(entry.first, DateTimeFormatter.ISO_LOCAL_DATE) ?: LocalDate.of(EARLIEST, 1, 1)
    val last = day(entry.last, DateTimeFormatter.ISO_LOCAL_DATE) ?: LocalDate.now()
    val typed = day(value.text.toString(), TURKISH_DAY)?.takeIf { it in first..last }
    val state = rememberDatePickerState(
        initialSelectedDateMillis = typed?.let(::milliseconds),
        initialDisplayedMonthMillis = milliseconds(typed ?: last),
        yearRange = first.year..last.year,
        selectableDates = object : SelectableDates {
            override fun isSelectableDate(utcTimeMillis: Long) = utcTimeMillis in milliseconds(first)..milliseconds(last)
        }
    )
    DatePickerDialog(
        onClose,
        confirmButton = {
            TextButton({
                state.selectedDateMillis?.let { value.setTextAndPlaceCursorAtEnd(TURKISH_DAY.format(dayOf(it))) }
                onClose()
            }) { Text(stringResource(R.string.take_date)) }
        },
        dismissButton = { TextButton(onClose) { Text(stringResource(R.string.dismiss)) } }
    ) {
        // The title as everywhere, and for a screen reader a heading, as everywhere.
        DatePicker(state, title = {
            DatePickerDefaults.DatePickerTitle(state.displayMode, Modifier.padding(TITLE).semantics { heading() })
        })
    }
}

private fun milliseconds(day: LocalDate) = day.atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli()

private fun dayOf(milliseconds: Long) = Instant.ofEpochMilli(milliseconds).atZone(ZoneOffset.UTC).toLocalDate()

private fun day(text: String, format: DateTimeFormatter): LocalDate? = try {
    LocalDate.parse(text, format)
} catch (_: DateTimeParseException) {
    null
}

private val TURKISH_DAY = DateTimeFormatterBuilder()
    .appendValue(ChronoField.DAY_OF_MONTH, 2)
    .appendLiteral('.')
    .appendValue(ChronoField.MONTH_OF_YEAR, 2)
    .appendLiteral('.')
    .appendValue(ChronoField.YEAR, 4)
    .toFormatter()
private const val EARLIEST = 1900
private val TITLE = PaddingValues(start = 24.dp, end = 12.dp, top = 16.dp)
