package basvuru.android.screens.receipt

import androidx.compose.runtime.Composable
import basvuru.android.screens.frame
import basvuru.android.screens.namedStates
import basvuru.android.screens.sampleReceipt
import basvuru.android.screens.wording
import basvuru.core.Receipt
import basvuru.core.Screen

val receiptStates = namedStates("receipt") {
    state("receipt") { Show() }
    state("receipt-long") { Show(sampleReceipt.copy(number = "2026-KAHRAMANMARAS-00000000123456789-1")) }
    state("receipt-return") { Show(returnTo = "https://kurum.example/tamam") }
}

@Composable
private fun Show(receipt: Receipt = sampleReceipt, returnTo: String? = null) {
    val words = wording()
    val frame = words.frame(
        7,
        words.say("Alındı", "Received"),
        words.say("Başvurunuz tamamlandı", "Your application is complete"),
        words.say("Alındı belgenizi saklayın.", "Keep your receipt.")
    )
    val digest = receipt.containerSha256
    val summary = words.say(
        "Alındı no ${receipt.number}. Alınma zamanı 22.11.2026 18:08 (Türkiye saati). İmzalı paketin SHA-256 özeti $digest.",
        "Receipt no. ${receipt.number}. Received 22.11.2026 18:08 (Turkish time). SHA-256 of the signed container $digest."
    )
    ReceiptScreen(ReceiptState(frame, Screen.Done(receipt, summary, returnTo))) {}
}
