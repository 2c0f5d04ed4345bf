package basvuru.android.screens.parts

import android.view.MotionEvent
import androidx.compose.foundation.background
import androidx.compose.foundation.border
import androidx.compose.foundation.focusable
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.FlowRow
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.layout.widthIn
import androidx.compose.foundation.shape.CircleShape
import androidx.compose.material3.Icon
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Surface
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.ExperimentalComposeUiApi
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.input.key.Key
import androidx.compose.ui.input.key.KeyEvent
import androidx.compose.ui.input.key.KeyEventType
import androidx.compose.ui.input.key.key
import androidx.compose.ui.input.key.onKeyEvent
import androidx.compose.ui.input.key.type
import androidx.compose.ui.input.key.utf16CodePoint
import androidx.compose.ui.input.pointer.pointerInteropFilter
import androidx.compose.ui.res.painterResource
import androidx.compose.ui.res.pluralStringResource
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.clearAndSetSemantics
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.role
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import basvuru.android.R
import basvuru.android.model.PinEntry
import basvuru.android.theme.tabular

/** Dots for the digits of a PIN. A reader hears how many there are, never which. */
@Composable
fun PinDots(pin: PinEntry, least: Int, most: Int) {
    val told = if (least == most) {
        stringResource(R.string.digits_of, pin.length, most)
    } else {
        pluralStringResource(R.plurals.digits, pin.length, pin.length)
    }
    FlowRow(
        Modifier
            .fillMaxWidth()
            .heightIn(min = 40.dp)
            .clearAndSetSemantics {
                contentDescription = told
                liveRegion = LiveRegionMode.Assertive
            },
        horizontalArrangement = Arrangement.spacedBy(16.dp, Alignment.CenterHorizontally),
        verticalArrangement = Arrangement.Center,
        itemVerticalAlignment = Alignment.CenterVertically
    ) {
        for (place in 0 until maxOf(pin.length, least)) {
            val typed = place < pin.length
            Box(
                Modifier
                    .size(16.dp)
                    .background(if (typed) MaterialTheme.colorScheme.primary else Color.Transparent, CircleShape)
                    .border(2.dp, if (typed) MaterialTheme.colorScheme.primary else MaterialTheme.colorScheme.outline, CircleShape)
            )
        }
    }
}

/**
 * The app's own keypad, for a [low] screen or a high one: no keyboard of another maker sees the PIN. Presses that come through something lying over the screen
 * are refused, and [onObscured] tells why nothing happens.
 */
@OptIn(ExperimentalComposeUiApi::class)
@Composable
fun Keypad(pin: PinEntry, most: Int, enabled: Boolean, low: Boolean, onObscured: () -> Unit, modifier: Modifier = Modifier) {
    val open = enabled && pin.length < most
    Column(
        modifier
            .fillMaxWidth()
            .pointerInteropFilter { press -> press.isObscured().also { if (it) onObscured() } }
            .onKeyEvent { enabled && typed(pin, most, it) }
            .focusable(),
        verticalArrangement = Arrangement.spacedBy(8.dp),
        horizontalAlignment = Alignment.CenterHorizontally
    ) {
        for (row in if (low) LOW else HIGH) {
            Row(Modifier.widthIn(max = 360.dp), horizontalArrangement = Arrangement.spacedBy(8.dp)) {
                for (key in row) {
                    when (key) {
                        NONE -> Box(Modifier.weight(1f))

                        DELETE -> PadKey(enabled && pin.length > 0, Modifier.weight(1f), pin::removeLast) {
                            Icon(painterResource(R.drawable.ic_backspace), stringResource(R.string.delete_digit))
                        }

                        else -> DigitKey(key, open, Modifier.weight(1f)) { pin.add((ZERO + key).toByte()) }
                    }
                }
            }
        }
    }
}

@Composable
private fun DigitKey(digit: Int, enabled: Boolean, modifier: Modifier, onClick: () -> Unit) {
    PadKey(enabled, modifier, onClick) {
        Text(digit.toString(), style = MaterialTheme.typography.headlineSmall.tabular())
    }
}

@Composable
private fun PadKey(enabled: Boolean, modifier: Modifier, onClick: () -> Unit, content: @Composable () -> Unit) {
    Surface(
        onClick,
        modifier.heightIn(min = 64.dp).semantics { role = Role.Button },
        enabled,
        MaterialTheme.shapes.large,
        MaterialTheme.colorScheme.surfaceContainerHigh
    ) {
        Box(Modifier.padding(8.dp), contentAlignment = Alignment.Center) { content() }
    }
}

private fun MotionEvent.isObscured() = flags and MotionEvent.FLAG_WINDOW_IS_OBSCURED != 0

private fun typed(pin: PinEntry, most: Int, event: KeyEvent): Boolean {
    if (event.type != KeyEventType.KeyDown) return false
    val digit = event.utf16CodePoint - ZERO
    when {
        digit in 0..9 -> if (pin.length < most) pin.add(event.utf16CodePoint.toByte())
        event.key == Key.Backspace -> pin.removeLast()
        else -> return false
    }
    return true
}

private const val ZERO = 0x30
private const val NONE = -1
private const val DELETE = -2
private val HIGH = listOf(listOf(1, 2, 3), listOf(4, 5, 6), listOf(7, 8, 9), listOf(NONE, 0, DELETE))

/** For screens that lie on their side: nine digits where the hand knows them. */
private val LOW = listOf(listOf(1, 2, 3, NONE), listOf(4, 5, 6, DELETE), listOf(7, 8, 9, 0))
