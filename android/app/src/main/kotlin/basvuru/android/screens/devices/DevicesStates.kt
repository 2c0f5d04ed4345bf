package basvuru.android.screens.devices

import androidx.compose.runtime.Composable
import basvuru.android.model.Devices
import basvuru.android.model.Frame
import basvuru.android.model.Remedy
import basvuru.android.screens.Wording
import basvuru.android.screens.failed
import basvuru.android.screens.frame
import basvuru.android.screens.namedStates
import basvuru.android.screens.wording
import basvuru.core.Failure
import basvuru.core.SignedInDevice
import java.time.Instant

val devicesStates = namedStates("devices") {
    state("devices") { Show({ Devices(listOf(mine(), tablet(), computer())) }) }
    state("devices-one") { Show({ Devices(listOf(mine()), signedOut = tablet().name) }) }
    state("devices-sure") { Show({ Devices(listOf(mine(), tablet(), computer())) }, asked = "2") }
    state("devices-failed") { Show({ Devices() }) { it.failed(this, Failure.PortalUnreachable(), Remedy.TRY_AGAIN) } }
}

private fun Wording.mine() = device("1", "Google Pixel 9", say("Google Pixel 9 (bu cihaz)", "Google Pixel 9 (this device)"), current = true)

private fun Wording.tablet() = device(
    "2",
    "samsung SM-X910",
    say("samsung SM-X910, son kullanım 26 Kasım 2026 21.14", "samsung SM-X910, last used 26 November 2026 21:14")
)

private fun Wording.computer() = device(
    "3",
    say("Bilgisayar", "Computer"),
    say("Bilgisayar, son kullanım 3 Kasım 2026 09.30", "Computer, last used 3 November 2026 09:30")
)

private fun device(id: String, name: String, sentence: String, current: Boolean = false) =
    SignedInDevice(id, name, Instant.parse("2026-11-26T18:14:00Z"), current, sentence)

@Composable
private fun Show(devices: Wording.() -> Devices, asked: String? = null, change: Wording.(Frame) -> Frame = { it }) {
    val words = wording()
    DevicesScreen(DevicesState(words.change(words.frame(2, "", "", "", back = true)), words.devices(), asked)) {}
}
