package basvuru.android.screens.devices

import androidx.compose.foundation.BorderStroke
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.FlowRow
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.material3.Icon
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Surface
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.painterResource
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import basvuru.android.R
import basvuru.android.model.Action
import basvuru.android.model.Devices
import basvuru.android.model.Frame
import basvuru.android.screens.parts.Note
import basvuru.android.screens.parts.Question
import basvuru.android.screens.parts.QuietButton
import basvuru.android.screens.parts.SecondButton
import basvuru.android.screens.parts.lettered
import basvuru.core.SignedInDevice

/** [asked]: the device about which the second question stands. */
data class DevicesState(val frame: Frame, val devices: Devices, val asked: String? = null)

/** Where this person is signed in. Another device can be signed out from here, this one where the person signs out. */
@Composable
fun DevicesScreen(state: DevicesState, send: (Action) -> Unit) {
    val frame = state.frame.copy(title = stringResource(R.string.devices), hint = stringResource(R.string.devices_hint), place = null)
    val (list, signedOut) = state.devices
    var asked by remember { mutableStateOf(state.asked) }
    Question(frame, send, help = false) {
        if (signedOut != null) {
            Note(R.drawable.ic_done, Modifier.semantics { liveRegion = LiveRegionMode.Polite }) {
                Text(stringResource(R.string.device_signed_out, signedOut), style = MaterialTheme.typography.bodyLarge)
            }
        }
        for (device in list) {
            Device(device) {
                val sure = asked == device.id
                when {
                    device.current -> Unit
                    sure -> Sure(device, frame.busy == null, { asked = null }, send)
                    else -> SignOut(device) { asked = device.id }
                }
            }
        }
    }
}

@Composable
private fun Device(device: SignedInDevice, below: @Composable () -> Unit) {
    Surface(
        Modifier.fillMaxWidth(),
        MaterialTheme.shapes.medium,
        if (device.current) MaterialTheme.colorScheme.secondaryContainer else MaterialTheme.colorScheme.surfaceContainerLowest,
        border = BorderStroke(1.dp, MaterialTheme.colorScheme.outlineVariant)
    ) {
        Column(Modifier.padding(16.dp), Arrangement.spacedBy(8.dp)) {
            Row(horizontalArrangement = Arrangement.spacedBy(16.dp), verticalAlignment = Alignment.CenterVertically) {
                Icon(painterResource(if (device.current) R.drawable.ic_check else R.drawable.ic_devices), null, Modifier.size(lettered(24)))
                Text(device.sentence, Modifier.weight(1f), style = MaterialTheme.typography.titleMedium)
            }
            below()
        }
    }
}

@Composable
private fun SignOut(device: SignedInDevice, onClick: () -> Unit) {
    // Heard without the name above it, it would be one of several of the same name.
    QuietButton(
        stringResource(R.string.device_sign_out),
        onClick,
        R.drawable.ic_lock,
        said = stringResource(R.string.device_sign_out_said, device.name)
    )
}

/** Asked once more, where it stands. */
@Composable
private fun Sure(device: SignedInDevice, idle: Boolean, onNo: () -> Unit, send: (Action) -> Unit) {
    Note(
        R.drawable.ic_warning,
        Modifier.semantics { liveRegion = LiveRegionMode.Polite },
        MaterialTheme.colorScheme.tertiaryContainer
    ) {
        Text(stringResource(R.string.device_sure), style = MaterialTheme.typography.bodyLarge)
        FlowRow(Modifier.padding(top = 8.dp), Arrangement.spacedBy(8.dp), Arrangement.spacedBy(8.dp)) {
            SecondButton(stringResource(R.string.device_sign_out), { if (idle) send(Action.SignOutDevice(device)) })
            SecondButton(stringResource(R.string.dismiss), onNo)
        }
    }
}
