package basvuru.android.screens.unblock

import androidx.compose.runtime.Composable
import androidx.compose.runtime.remember
import basvuru.android.model.CardWork
import basvuru.android.model.Care
import basvuru.android.model.CareDone
import basvuru.android.model.CarePin
import basvuru.android.model.Entry
import basvuru.android.model.Frame
import basvuru.android.screens.Wording
import basvuru.android.screens.busy
import basvuru.android.screens.card.SigningScreen
import basvuru.android.screens.card.SigningState
import basvuru.android.screens.card.Ways
import basvuru.android.screens.card.signFrame
import basvuru.android.screens.card.unblocking
import basvuru.android.screens.care.CareScreen
import basvuru.android.screens.care.CareState
import basvuru.android.screens.care.report
import basvuru.android.screens.failed
import basvuru.android.screens.namedStates
import basvuru.android.screens.nfcReader
import basvuru.android.screens.ready
import basvuru.android.screens.wording
import basvuru.core.CardReport
import basvuru.core.Failure
import basvuru.core.WorkStage

val unblockStates = namedStates("unblock") {
    state("unblock") { Show({ report(0) }) }
    state("unblock-last-try") { Show({ report(0, unblocking(1)) }) }
    state("unblock-new") { Show({ report(0) }, { asked = CarePin.NEW }) }
    state("unblock-repeat") {
        Show({ report(0) }, {
            asked = CarePin.REPEATED
            type(CarePin.NEW, "739182")
            type(CarePin.REPEATED, "739183")
        })
    }
    state("unblock-refused") {
        Show({ report(0) }, {
            asked = CarePin.NEW
            type(CarePin.NEW, "111111")
        })
    }
    state("unblock-working") {
        val words = wording()
        val busy = busy(1, words.say("PUK denetleniyor, kartı oynatmayın", "Checking the PUK, do not move the card"))
            .copy(card = CardWork.NFC, stage = WorkStage.VerifyingPin)
        SigningScreen(SigningState(words.signFrame(""), busy, null)) {}
    }
    state("unblock-wrong") { Show({ report(0, unblocking(2)) }) { it.failed(this, Failure.PukWrong(2u)) } }
    state("unblock-blocked") { Show({ report(0, null) }) { it.failed(this, Failure.PukBlocked()) } }
    state("unblock-unavailable") { Show({ report(0, null) }) }
    state("unblock-unknown-outcome") { Show({ null }) { it.failed(this, Failure.PukOutcomeUnknown()) } }
    state("unblock-done") { Show({ report(3) }, { asked = null }, CareDone.UNBLOCKED) }
}

private fun Entry.Care.type(which: CarePin, pin: String) = pin.forEach { pin(which).add(it.code.toByte()) }

@Composable
private fun Show(
    report: Wording.() -> CardReport?,
    fill: Entry.Care.() -> Unit = {},
    done: CareDone? = null,
    change: Wording.(Frame) -> Frame = { it }
) {
    val words = wording()
    val entry = remember { Entry.Care(unblocks = true).apply(fill) }
    val care = Care(words.report(), "nfc", done, entry)
    val ways = Ways(listOf(nfcReader), emptyList(), ready)
    CareScreen(CareState(words.change(words.signFrame("")), care, ways, journeyWaits = done == null)) {}
}
