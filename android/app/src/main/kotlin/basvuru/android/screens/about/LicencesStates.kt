package basvuru.android.screens.about

import basvuru.android.model.Frame
import basvuru.android.model.licences
import basvuru.android.screens.namedStates

val licencesStates = namedStates("licences") {
    state("licences") { LicencesScreen(LicencesState(Frame("", back = true), licences())) {} }
}
