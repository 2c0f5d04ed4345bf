package basvuru.android.screens.pending

import basvuru.android.screens.frame
import basvuru.android.screens.namedStates
import basvuru.android.screens.wording
import basvuru.core.Screen

val outdatedStates = namedStates("outdated") {
    state("outdated") {
        val words = wording()
        val frame = words.frame(
            1,
            "",
            words.say("Uygulamayı güncelleyin", "Update the app"),
            words.say(
                "Portal bu sürümü artık kabul etmiyor. Başvurunuz olduğu yerde bekler.",
                "The portal no longer takes this version. Your application waits where it is."
            )
        )
        OutdatedScreen(OutdatedState(frame.copy(place = null), Screen.Outdated("0.1.0"))) {}
    }
}
