package basvuru.android.screens.pending

import basvuru.android.model.Frame
import basvuru.android.model.Remedy
import basvuru.android.screens.busy
import basvuru.android.screens.failed
import basvuru.android.screens.namedStates
import basvuru.android.screens.wording
import basvuru.core.Failure

val openingStates = namedStates("opening") {
    state("opening") { OpeningScreen(OpeningState(Frame("", busy = busy(1)))) {} }
    state("opening-lost-key") {
        OpeningScreen(OpeningState(Frame("").failed(wording(), Failure.JournalUnreadable(), Remedy.START_AFRESH))) {}
    }
    state("opening-busy") { OpeningScreen(OpeningState(Frame("").failed(wording(), Failure.JournalBusy(), Remedy.TRY_AGAIN))) {} }
}
