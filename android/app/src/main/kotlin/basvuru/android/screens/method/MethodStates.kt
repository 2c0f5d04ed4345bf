package basvuru.android.screens.method

import androidx.compose.runtime.Composable
import basvuru.android.screens.Wording
import basvuru.android.screens.frame
import basvuru.android.screens.namedStates
import basvuru.android.screens.wording
import basvuru.core.MethodOffer
import basvuru.core.Screen
import basvuru.core.SigningMethod

val methodStates = namedStates("method") {
    state("method") { Show { listOf(card(true), mobile(), ink(), unknown()) } }
    state("method-none") { Show { listOf(mobile(), unknown()) } }
}

private fun Wording.card(available: Boolean) = MethodOffer(
    SigningMethod.CARD,
    say(
        "Elektronik imzalı başvuru (karttaki nitelikli elektronik sertifikanızla)",
        "Application signed electronically (with the qualified certificate on your card)"
    ),
    available,
    null
)

private fun Wording.mobile() = offer(SigningMethod.MOBILE_SIGNATURE, say("Mobil imzalı başvuru", "Application by mobile signature"))

private fun Wording.ink() = offer(SigningMethod.INK, say("Islak imzalı başvuru (kâğıt)", "Application signed in ink, on paper"))

private fun Wording.unknown() = offer(SigningMethod.UNKNOWN, say("Başka bir imza yöntemi", "Another way of signing"))

private fun Wording.offer(method: SigningMethod, name: String) = MethodOffer(
    method,
    name,
    false,
    say(
        "Bu sürümde yok. Kartla imzalayın ya da kurumunuza danışın.",
        "It is not in this version. Sign with a card, or ask your institution."
    )
)

@Composable
private fun Show(methods: Wording.() -> List<MethodOffer>) {
    val words = wording()
    val frame = words.frame(
        4,
        words.say("İmza yöntemi", "Way of signing"),
        words.say("İmza yöntemi", "Way of signing"),
        words.say("Başvurunuzu nasıl imzalayacağınızı seçin.", "Choose how to sign your application.")
    )
    MethodScreen(MethodState(frame, Screen.ChooseMethod(words.methods()))) {}
}
