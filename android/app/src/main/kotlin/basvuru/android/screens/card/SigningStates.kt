package basvuru.android.screens.card

import androidx.compose.runtime.Composable
import basvuru.android.model.CardWork
import basvuru.android.screens.busy
import basvuru.android.screens.namedStates
import basvuru.android.screens.wording
import basvuru.core.WorkStage

val signingStates = namedStates("signing") {
    state("signing-nfc") { Show(CardWork.NFC, WorkStage.AwaitingCard, "Kart bekleniyor", "Waiting for the card") }
    state("signing-insert") { Show(CardWork.USB, WorkStage.AwaitingCard, "Kart bekleniyor", "Waiting for the card") }
    state("signing-reading") { Show(CardWork.NFC, WorkStage.ReadingCard, "Kart okunuyor", "Reading the card") }
    state("signing-working") {
        Show(CardWork.NFC, WorkStage.Signing, "Kart imzalıyor, kartı oynatmayın", "The card is signing, do not move it")
    }
    state("signing-done") { Show(CardWork.NFC, WorkStage.CardDone, "Kartı çekebilirsiniz", "You may take the card away") }
    state("signing-sending") { Show(CardWork.USB, WorkStage.Submitting, "İmzalı başvuru gönderiliyor", "Sending the signed application") }
    state("signing-slow") { Show(CardWork.USB, WorkStage.Submitting, "İmzalı başvuru gönderiliyor", "Sending the signed application", 20) }
    state("signing-octets") {
        val en = "Sending the signed application: 24 of 62 kB"
        Show(CardWork.USB, WorkStage.Submitting, "İmzalı başvuru gönderiliyor: 24/62 kB", en, 20)
    }
}

@Composable
private fun Show(work: CardWork, stage: WorkStage, tr: String, en: String, seconds: Int = 1) {
    val words = wording()
    val busy = busy(seconds, words.say(tr, en)).copy(card = work, stage = stage)
    SigningScreen(SigningState(words.signFrame(""), busy, null)) {}
}
