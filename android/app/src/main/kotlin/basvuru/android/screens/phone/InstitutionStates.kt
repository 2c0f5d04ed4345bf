package basvuru.android.screens.phone

import androidx.compose.runtime.Composable
import androidx.compose.runtime.remember
import basvuru.android.model.Entry
import basvuru.android.model.Frame
import basvuru.android.model.Remedy
import basvuru.android.screens.Wording
import basvuru.android.screens.failed
import basvuru.android.screens.frame
import basvuru.android.screens.namedStates
import basvuru.android.screens.wording
import basvuru.core.Failure
import basvuru.core.Screen
import java.time.Instant

val institutionStates = namedStates("institution") {
    state("institution") { Show(null) }
    state("institution-asked") { Show(Instant.parse("2026-11-27T10:42:07Z")) }
    state("institution-failed") { Show(null) { it.failed(this, Failure.PortalUnreachable(), Remedy.TRY_AGAIN) } }
}

@Composable
private fun Show(asked: Instant?, change: Wording.(Frame) -> Frame = { it }) {
    val words = wording()
    val entry = remember { Entry.Waiting().apply { this.asked = asked } }
    val frame = words.frame(
        3,
        words.say("Telefon onayı", "Telephone"),
        words.say("Kurumunuzun onayı", "Your institution's confirmation"),
        words.say(
            "Örnek Üniversitesi kurumundan +90 5•• ••• •• 01 numarasını onaylaması istendi. Onay gelince buradan devam edersiniz; " +
                "uygulamayı kapatabilirsiniz.",
            "Örnek Üniversitesi was asked to confirm the number +90 5•• ••• •• 01. You go on from here once it has; you may close the app."
        ),
        back = true
    )
    val screen = Screen.AwaitInstitution("Örnek Üniversitesi", "+90 5•• ••• •• 01")
    InstitutionScreen(InstitutionState(words.change(frame), screen, entry)) {}
}
