package basvuru.android.screens.card

import androidx.compose.runtime.remember
import basvuru.android.model.Entry
import basvuru.android.screens.PERSON
import basvuru.android.screens.Wording
import basvuru.android.screens.namedStates
import basvuru.android.screens.wording
import basvuru.core.CardCertificate
import basvuru.core.CardSummary
import basvuru.core.Failure
import basvuru.core.PinRules
import basvuru.core.Unblocking
import basvuru.core.UnusableCertificate
import basvuru.core.explain
import java.time.Instant

val certificateStates = namedStates("certificate") {
    state("certificate-choice") {
        val words = wording()
        CertificateScreen(CertificateState(words.signFrame(""), words.card(3, 2), remember { Entry.Card() })) {}
    }
    state("certificate-unusable") {
        val words = wording()
        CertificateScreen(CertificateState(words.signFrame(""), words.card(3, 2, listOf(words.expired())), remember { Entry.Card() })) {}
    }
}

/** A certificate on the same card that has expired. */
internal fun Wording.expired(): UnusableCertificate {
    val told = explain(Failure.CertificateExpired(Instant.parse("2024-05-03T10:00:00Z")), language).what
    return UnusableCertificate("5f3a9b00", PERSON, issuer(), say(told, told))
}

private fun Wording.issuer(): String =
    say("TEST Nitelikli Elektronik Sertifika Hizmet Sağlayıcısı - Sürüm 1", "TEST Qualified Certification Authority - Version 1")

internal fun Wording.card(
    tries: Int?,
    certificates: Int = 1,
    unusable: List<UnusableCertificate> = emptyList(),
    puk: Unblocking? = unblocking(3)
) = CardSummary(
    "usb",
    "AKİS",
    List(certificates) { index ->
        CardCertificate(
            "5f3a9c0$index",
            PERSON,
            issuer(),
            Instant.parse(if (index == 0) "2028-01-12T10:00:00Z" else "2027-01-12T10:00:00Z")
        )
    },
    unusable,
    6u,
    6u,
    true,
    tries?.toUByte(),
    when (tries) {
        null -> null

        1 -> say(
            "Kartınızda tek PIN deneme hakkı kaldı. Yanlış girerseniz kart kilitlenir.",
            "One PIN try is left on your card. If it is wrong, the card is locked."
        )

        else -> say("Kartınızda $tries PIN deneme hakkı var.", "Your card has $tries PIN tries left.")
    },
    unblocking = puk
)

/** The PUK of a card, which has so many tries left. */
internal fun Wording.unblocking(tries: Int) = Unblocking(
    PinRules(8u, 8u, true),
    tries.toUByte(),
    if (tries == 1) {
        say(
            "PUK için tek deneme hakkı kaldı. Yanlış girerseniz kart bir daha kullanılamayabilir.",
            "The PUK has a single try left. If it is wrong, the card may never be usable again."
        )
    } else {
        say(
            "PUK için $tries deneme hakkı var. Haklar biterse kart bir daha kullanılamayabilir.",
            "The PUK has $tries tries left. When they are gone, the card may never be usable again."
        )
    }
)
