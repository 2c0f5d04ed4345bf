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
    say("Akıllı karttaki nitelikli elektronik sertifika", "Qualified certificate on a smart card"),
    available,
    null,
)

private fun Wording.mobile() = offer(SigningMethod.MOBILE_SIGNATURE, say("Mobil imza", "Mobile signature"))

private fun Wording.ink() = offer(SigningMethod.INK, say("Islak imza (kâğıt)", "Ink on paper"))

private fun Wording.unknown() = offer(SigningMethod.UNKNOWN, say("Başka bir yöntem", "Another way"))

private fun Wording.offer(method: SigningMethod, name: String) = MethodOffer(
    method,
    name,
    false,
    say("Bu sürümde bu yöntemle imzalanamıyor.", "This version cannot sign this way."),
)

@Composable
private fun Show(methods: Wording.() -> List<MethodOffer>) {
    val words = wording()
    val frame = words.frame(
        5,
        words.say("İmza yöntemi", "Way of signing"),
        words.say("İmza yöntemi", "Way of signing"),
        words.say("Başvurunuzu nasıl imzalayacağınızı seçin.", "Choose how to sign your application."),
    )
    MethodScreen(MethodState(frame, Screen.ChooseMethod(words.methods()))) {}
}
