package basvuru.android.screens.phone

import android.os.SystemClock
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.text.KeyboardOptions
import androidx.compose.foundation.text.input.InputTransformation
import androidx.compose.foundation.text.input.KeyboardActionHandler
import androidx.compose.foundation.text.input.maxLength
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedButton
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.mutableIntStateOf
import androidx.compose.runtime.remember
import androidx.compose.ui.Modifier
import androidx.compose.ui.autofill.ContentType
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.input.ImeAction
import androidx.compose.ui.text.input.KeyboardType
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.unit.dp
import androidx.compose.ui.unit.sp
import basvuru.android.R
import basvuru.android.model.Entry
import basvuru.android.model.Trouble
import basvuru.android.model.toPassword
import basvuru.android.screens.parts.Field
import basvuru.android.screens.parts.FieldLook
import basvuru.android.screens.parts.Note
import basvuru.android.screens.parts.fault
import basvuru.android.screens.parts.language
import basvuru.android.theme.tabular
import basvuru.core.CodeStatus
import basvuru.core.Failure
import basvuru.core.checkCode

/** Whether what went wrong is told at the field of the code. */
val Trouble.isOfCode: Boolean get() = failure is Failure.CodeWrong || failure is Failure.CodeMalformed

/** Whether the code was told to be no longer good. */
val Trouble.endsCode: Boolean get() = failure is Failure.CodeExpired || failure is Failure.CodeUsedUp

/** Where the code out of a text message is typed, and whether it came by itself. */
@Composable
fun CodeField(entry: Entry.Code, code: CodeStatus, label: String, trouble: Trouble?, onDone: () -> Unit) {
    val text = entry.code.text
    val length = code.length.toInt()
    val language = language()
    val typed = remember(text.toString(), language) {
        entry.code.toPassword().use { checkCode(it, code.length, language) }.fault
    }
    Field(
        entry.code,
        FieldLook(
            label,
            stringResource(R.string.digits_of, text.length, length),
            typed ?: trouble?.takeIf { it.isOfCode }?.explanation?.what,
            contentType = ContentType.SmsOtpCode,
            unspoken = true
        ),
        KeyboardOptions(autoCorrectEnabled = false, keyboardType = KeyboardType.Number, imeAction = ImeAction.Done),
        textStyle = MaterialTheme.typography.headlineMedium.tabular().copy(letterSpacing = 8.sp, textAlign = TextAlign.Center),
        input = InputTransformation.maxLength(length + SLACK),
        onDone = KeyboardActionHandler { onDone() }
    )
    if (entry.found) {
        Note(R.drawable.ic_done, Modifier.semantics { liveRegion = LiveRegionMode.Polite }) {
            Text(stringResource(R.string.code_found), style = MaterialTheme.typography.bodyLarge)
        }
    }
}

/** How long the code is good for, and when another one may be asked for. */
@Composable
fun CodeClock(code: CodeStatus, passed: Int, onAnother: () -> Unit) {
    val left = (code.expiresIn.toInt() - passed).coerceAtLeast(0)
    Text(
        stringResource(R.string.code_good_for, left / MINUTE, left % MINUTE),
        style = MaterialTheme.typography.bodyLarge.tabular(),
        color = MaterialTheme.colorScheme.onSurfaceVariant
    )
    val wait = waitForAnother(code, passed)
    WaitForCode(wait)
    if (wait == 0) OutlinedButton(onAnother, Modifier.heightIn(min = 48.dp)) { Text(stringResource(R.string.new_code)) }
}

/** When another code may be asked for. */
@Composable
fun WaitForCode(seconds: Int) {
    if (seconds == 0) return
    Text(
        stringResource(R.string.new_code_in, seconds / MINUTE, seconds % MINUTE),
        style = MaterialTheme.typography.bodyLarge.tabular(),
        color = MaterialTheme.colorScheme.onSurfaceVariant
    )
}

/** Seconds until another code may be asked for. */
fun waitForAnother(code: CodeStatus, passed: Int): Int = (code.resendIn.toInt() - passed).coerceAtLeast(0)

/** Seconds since a moment, by the clock that never jumps. */
@Composable
fun secondsSince(moment: Long) = remember(moment) { mutableIntStateOf(seconds(moment)) }.also { passed ->
    LaunchedEffect(moment) {
        while (true) {
            kotlinx.coroutines.delay(MILLISECONDS)
            passed.intValue = seconds(moment)
        }
    }
}

private fun seconds(since: Long) = ((SystemClock.elapsedRealtime() - since) / MILLISECONDS).toInt()

private const val MINUTE = 60
private const val MILLISECONDS = 1_000L

/** Room for the blanks somebody types between digits. */
private const val SLACK = 4
