package basvuru.android.screens.assisted

import android.os.SystemClock
import androidx.compose.foundation.text.input.setTextAndPlaceCursorAtEnd
import androidx.compose.runtime.Composable
import androidx.compose.runtime.remember
import basvuru.android.model.CarePin
import basvuru.android.model.Entry
import basvuru.android.model.Frame
import basvuru.android.screens.Wording
import basvuru.android.screens.card.PinScreen
import basvuru.android.screens.card.PinState
import basvuru.android.screens.card.card
import basvuru.android.screens.card.signFrame
import basvuru.android.screens.failed
import basvuru.android.screens.namedStates
import basvuru.android.screens.wording
import basvuru.core.AssistedUnblocking
import basvuru.core.CodeStatus
import basvuru.core.Failure

val assistedStates = namedStates("assisted") {
    state("assisted") { Offered { it.failed(this, Failure.PinBlocked()) } }
    state("assisted-code") { Show() }
    state("assisted-filled") {
        Show({
            code.code.setTextAndPlaceCursorAtEnd("482913")
            code.found = true
        })
    }
    state("assisted-new") { Show({ help.asked = CarePin.NEW }) }
    state("assisted-repeat") {
        Show({
            help.asked = CarePin.REPEATED
            for (which in listOf(CarePin.NEW, CarePin.REPEATED)) "739182".forEach { help.pin(which).add(it.code.toByte()) }
        })
    }
    state("assisted-wrong") { Show({ code.code.setTextAndPlaceCursorAtEnd("482913") }) { it.failed(this, Failure.CodeWrong(2u)) } }
    state("assisted-refused") { Offered(offered = null) { it.failed(this, Failure.UnblockingRefused()) } }
}

private val sent = CodeStatus(6u, 291u, 45u, 3u)

@Composable
private fun Offered(offered: AssistedUnblocking? = AssistedUnblocking(null, null), change: Wording.(Frame) -> Frame) {
    val words = wording()
    PinScreen(PinState(words.change(words.signFrame("")), words.card(0), remember { Entry.Card() }, "usb", offered)) {}
}

@Composable
private fun Show(fill: Entry.Card.() -> Unit = {}, change: Wording.(Frame) -> Frame = { it }) {
    val words = wording()
    val entry = remember { Entry.Card().apply(fill) }
    val assisted = AssistedUnblocking("K7MP", sent)
    val frame = words.change(words.signFrame(""))
    AssistedScreen(AssistedState(frame, assisted, sent, words.card(0), entry, "usb", SystemClock.elapsedRealtime())) {}
}
