package basvuru.android.screens.help

import basvuru.android.screens.frame
import basvuru.android.screens.namedStates
import basvuru.android.screens.wording

val helpStates = namedStates("help") {
    state("help") { HelpScreen(HelpState(wording().frame(1, "", "", "").copy(back = true), signedIn = true)) {} }
}
