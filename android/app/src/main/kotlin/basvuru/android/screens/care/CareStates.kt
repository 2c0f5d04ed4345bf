package basvuru.android.screens.care

import androidx.compose.runtime.Composable
import androidx.compose.runtime.remember
import basvuru.android.model.Care
import basvuru.android.model.CareDone
import basvuru.android.model.CarePin
import basvuru.android.model.Entry
import basvuru.android.model.Frame
import basvuru.android.screens.PERSON
import basvuru.android.screens.Wording
import basvuru.android.screens.card.Ways
import basvuru.android.screens.card.unblocking
import basvuru.android.screens.failed
import basvuru.android.screens.frame
import basvuru.android.screens.namedStates
import basvuru.android.screens.nfcReader
import basvuru.android.screens.ready
import basvuru.android.screens.wording
import basvuru.core.CardReport
import basvuru.core.CertificateReport
import basvuru.core.Failure
import basvuru.core.PinRules
import basvuru.core.Unblocking
import java.time.Instant

val careStates = namedStates("care") {
    state("care") { Show({ null }) }
    state("care-report") { Show({ report() }) }
    state("care-change") { Show({ report() }, { asked = CarePin.KNOWN }) }
    state("care-new") { Show({ report() }, { asked = CarePin.NEW }) }
    state("care-repeat") {
        Show({ report() }, {
            asked = CarePin.REPEATED
            repeat(6) { pin(CarePin.NEW).add(0x31) }
            repeat(6) { pin(CarePin.REPEATED).add(0x32) }
        })
    }
    state("care-refused") { Show({ report() }) { it.failed(this, Failure.NewPinSame()) } }
    state("care-changed") { Show({ report() }, done = CareDone.CHANGED) }
    state("care-unknown-outcome") { Show({ report() }) { it.failed(this, Failure.PinChangeOutcomeUnknown()) } }
}

internal fun Wording.report(tries: Int = 3, puk: Unblocking? = unblocking(3)) = CardReport(
    "nfc",
    "AKİS 2.5",
    "0123456789",
    PERSON,
    listOf(
        certificate("1", true, say("Geçerli, 42 gün kaldı.", "Valid, 42 days left.")),
        certificate("2", false, say("12.01.2027 10:00 itibarıyla açılır.", "Opens on 12.01.2027 10:00.")),
        certificate("3", false, say("Süresi 03.02.2024 günü doldu.", "Expired on 03.02.2024."))
    ),
    PinRules(6u, 6u, true),
    tries.toUByte(),
    say("Kartınızda $tries PIN deneme hakkı var.", "Your card has $tries PIN tries left.").takeIf { tries > 0 },
    notice = null,
    unblocking = puk
)

private fun Wording.certificate(serial: String, usable: Boolean, sentence: String) = CertificateReport(
    serial,
    PERSON,
    say("TEST Nitelikli Elektronik Sertifika Hizmet Sağlayıcısı", "TEST Qualified Certification Authority"),
    Instant.EPOCH,
    Instant.EPOCH,
    null,
    sentence,
    usable
)

@Composable
private fun Show(
    report: Wording.() -> CardReport?,
    fill: Entry.Care.() -> Unit = {},
    done: CareDone? = null,
    change: Wording.(Frame) -> Frame = { it }
) {
    val words = wording()
    val entry = remember { Entry.Care().apply(fill) }
    val frame = words.change(words.frame(1, "", "", "").copy(back = true))
    CareScreen(CareState(frame, Care(words.report(), "nfc", done, entry), Ways(listOf(nfcReader), emptyList(), ready))) {}
}
