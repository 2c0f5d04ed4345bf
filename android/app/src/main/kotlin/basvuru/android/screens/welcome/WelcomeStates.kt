package basvuru.android.screens.welcome

import androidx.compose.runtime.Composable
import basvuru.android.model.Frame
import basvuru.android.model.NfcCondition
import basvuru.android.model.PhoneCondition
import basvuru.android.screens.Wording
import basvuru.android.screens.failed
import basvuru.android.screens.frame
import basvuru.android.screens.namedStates
import basvuru.android.screens.ready
import basvuru.android.screens.wording
import basvuru.core.Failure

val welcomeStates = namedStates("welcome") {
    state("welcome") { Show(ready) }
    state("welcome-nfc-off") { Show(ready.copy(nfc = NfcCondition.OFF)) }
    state("welcome-nfc-absent") { Show(ready.copy(nfc = NfcCondition.ABSENT)) }
    state("welcome-offline") { Show(ready.copy(online = false)) }
    state("welcome-clock") {
        Show(ready) {
            it.copy(
                clock = say(
                    "Telefonunuzun saati iki gün ileri. Bu saatle imza atılamaz.",
                    "Your phone’s clock is two days ahead. Nothing can be signed with it."
                )
            )
        }
    }
    state("welcome-nothing") { Show(ready.copy(nfc = NfcCondition.ABSENT, usbHost = false)) }
    state("welcome-link-refused") { Show(ready) { it.failed(this, Failure.PortalNotOurs()) } }
}

@Composable
private fun Show(condition: PhoneCondition, change: Wording.(Frame) -> Frame = { it }) {
    val words = wording()
    WelcomeScreen(WelcomeState(words.change(words.frame(1, "", "", "")), condition)) {}
}
