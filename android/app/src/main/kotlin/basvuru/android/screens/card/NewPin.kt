package basvuru.android.screens.card

import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.remember
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import basvuru.android.R
import basvuru.android.model.Action
import basvuru.android.model.CarePin
import basvuru.android.model.Entry
import basvuru.android.model.Frame
import basvuru.android.model.PinEntry
import basvuru.android.screens.parts.Act
import basvuru.android.screens.parts.Note
import basvuru.android.screens.parts.fault
import basvuru.android.screens.parts.language
import basvuru.core.Check
import basvuru.core.PinRules
import basvuru.core.checkNewPin

/** The new PIN, then the same once more; what is wrong with it is said as soon as it is. [finish] is what the last press does. */
@Composable
fun NewPin(frame: Frame, entry: Entry.Care, rules: PinRules, finish: Act, send: (Action) -> Unit) {
    val again = entry.asked == CarePin.REPEATED
    val first = entry.pin(CarePin.NEW)
    val pin = if (again) entry.pin(CarePin.REPEATED) else first
    val language = language()
    val refusal = remember(pin.length, again, language) {
        if (again || pin.length == 0) null else pin.peek().use { checkNewPin(it, rules, language) }
    }
    val same = pin.length == first.length && pin.sameAs(first)
    val fault = refusal?.fault ?: stringResource(R.string.pins_differ).takeIf { again && pin.length >= first.length && !same }
    // What has failed before was told where it was typed.
    PinPad(
        frame.copy(title = stringResource(if (again) R.string.repeat_pin else R.string.new_pin), hint = "", place = null, trouble = null),
        send,
        pin,
        rules.length,
        if (again) {
            Act(finish.label, same, finish.onClick)
        } else {
            Act(stringResource(R.string.go_on), refusal is Check.Acceptable) { entry.asked = CarePin.REPEATED }
        },
        entry.obscured,
        help = false
    ) {
        fault?.let {
            Note(
                R.drawable.ic_warning,
                Modifier.semantics { liveRegion = LiveRegionMode.Polite },
                MaterialTheme.colorScheme.errorContainer
            ) { Text(it, style = MaterialTheme.typography.bodyLarge) }
        }
    }
}

/** How long a PIN or a PUK may be, as far as there is room to type it. */
internal val PinRules.length: PinLength get() = PinLength(minLength.toInt(), minOf(maxLength.toInt(), PinEntry.MOST))
