package basvuru.android.screens.card

import androidx.compose.runtime.Composable
import androidx.compose.runtime.remember
import basvuru.android.model.Entry
import basvuru.android.model.Frame
import basvuru.android.screens.Wording
import basvuru.android.screens.failed
import basvuru.android.screens.namedStates
import basvuru.android.screens.wording
import basvuru.core.Failure

val pinStates = namedStates("pin") {
    state("pin") { Show(3) }
    state("pin-typed") { Show(3, typed = 4) }
    state("pin-complete") { Show(3, typed = 6) }
    state("pin-nfc") { Show(null) }
    state("pin-wrong") { Show(2) { it.failed(this, Failure.PinWrong(2u)) } }
    state("pin-last-try") { Show(1) }
    state("pin-blocked") { Show(0) { it.failed(this, Failure.PinBlocked()) } }
    state("pin-unblocked") { Show(3, { unblocked = true }) }
    state("pin-obscured") { Show(3, { obscured.value = true }) }
    state("pin-unusable") { Show(3, unusable = true) }
    state("pin-unknown-outcome") { Show(2) { it.failed(this, Failure.PinOutcomeUnknown()) } }
}

@Composable
private fun Show(
    tries: Int?,
    fill: Entry.Card.() -> Unit = {},
    typed: Int = 0,
    unusable: Boolean = false,
    change: Wording.(Frame) -> Frame = { it }
) {
    val words = wording()
    val entry = remember { Entry.Card().apply(fill).apply { repeat(typed) { pin.add(0x31) } } }
    val hint = if (tries == null) {
        words.say(
            "Kartınızı ve PIN’inizi hazırlayın; PIN’i yazınca “İmzala” diyeceksiniz.",
            "Have your card and your PIN ready; after the PIN you choose “Sign”."
        )
    } else {
        words.say("Kartınız okundu. PIN’inizi yazın ve “İmzala” deyin.", "Your card was read. Type your PIN and choose “Sign”.")
    }
    val card = tries?.let { words.card(it, unusable = if (unusable) listOf(words.expired()) else emptyList()) }
    PinScreen(PinState(words.change(words.signFrame(hint)), card, entry, "usb")) {}
}
