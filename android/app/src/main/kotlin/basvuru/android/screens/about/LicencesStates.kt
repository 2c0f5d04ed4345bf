package basvuru.android.screens.about

import basvuru.android.model.Frame
import basvuru.android.screens.namedStates
import basvuru.android.model.licences

val licencesStates = namedStates("licences") {
    state("licences") { LicencesScreen(LicencesState(Frame("", back = true), licences())) {} }
}
