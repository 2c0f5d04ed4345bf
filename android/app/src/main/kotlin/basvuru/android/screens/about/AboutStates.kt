package basvuru.android.screens.about

import androidx.compose.runtime.Composable
import basvuru.android.model.About
import basvuru.android.model.Frame
import basvuru.android.model.PhoneAbout
import basvuru.android.screens.Wording
import basvuru.android.screens.card.Ways
import basvuru.android.screens.namedStates
import basvuru.android.screens.nfcReader
import basvuru.android.screens.ready
import basvuru.android.screens.usbReader
import basvuru.android.screens.wording
import basvuru.core.CardLink
import basvuru.core.ReaderReport

val aboutStates = namedStates("about") {
    state("about") { Show(null) }
    state("about-reader-tested") { Show(wording().tested()) }
}

private fun Wording.tested() = ReaderReport(
    usbReader.name,
    CardLink.CONTACT,
    "TPDU, T=1",
    true,
    listOf(
        say("Okuyucu yanıt veriyor.", "The reader answers."),
        say("Bir kart takılı ve yanıt veriyor.", "A card is in it, and answers.")
    ),
    emptyList()
)

@Composable
private fun Show(report: ReaderReport?) {
    val about = About(PhoneAbout("0.1.0", "16", "Örnek Telefon 7"), report)
    AboutScreen(AboutState(Frame("", back = true), about, Ways(listOf(usbReader, nfcReader), emptyList(), ready), false)) {}
}
