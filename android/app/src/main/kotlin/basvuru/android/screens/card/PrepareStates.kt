package basvuru.android.screens.card

import androidx.compose.runtime.Composable
import androidx.compose.runtime.remember
import basvuru.android.model.Entry
import basvuru.android.model.Frame
import basvuru.android.model.NfcCondition
import basvuru.android.screens.Wording
import basvuru.android.screens.failed
import basvuru.android.screens.frame
import basvuru.android.screens.namedStates
import basvuru.android.screens.nfcReader
import basvuru.android.screens.ready
import basvuru.android.screens.usbReader
import basvuru.android.screens.wording
import basvuru.core.Failure

val prepareStates = namedStates("card") {
    state("card-nfc") { Show(Ways(listOf(nfcReader), emptyList(), ready)) }
    state("card-usb-missing") { Show(Ways(emptyList(), emptyList(), ready.copy(nfc = NfcCondition.ABSENT))) }
    state("card-usb-insert") { Show(Ways(listOf(usbReader), emptyList(), ready.copy(nfc = NfcCondition.ABSENT))) }
    state("card-choice") { Show(Ways(listOf(usbReader, nfcReader), emptyList(), ready), { reader = "nfc" }) }
    state("card-nfc-off") { Show(Ways(emptyList(), emptyList(), ready.copy(nfc = NfcCondition.OFF))) }
    state("card-unusable-reader") {
        Show(Ways(emptyList(), listOf("Feitian bR301"), ready.copy(nfc = NfcCondition.ABSENT)))
    }
    state("card-failed") { Show(Ways(listOf(usbReader), emptyList(), ready)) { it.failed(this, Failure.CardLost()) } }
}

internal fun Wording.signFrame(hint: String) = frame(6, say("İmza", "Signature"), say("İmza", "Signature"), hint, back = true)

@Composable
private fun Show(ways: Ways, fill: Entry.Card.() -> Unit = {}, change: Wording.(Frame) -> Frame = { it }) {
    val words = wording()
    val entry = remember { Entry.Card().apply(fill) }
    val frame = words.signFrame(
        words.say(
            "Kartınızı ve PIN’inizi hazırlayın; PIN’i yazınca “İmzala” diyeceksiniz.",
            "Have your card and your PIN ready; after the PIN you choose “Sign”."
        )
    )
    PrepareScreen(PrepareState(words.change(frame), entry, ways)) {}
}
