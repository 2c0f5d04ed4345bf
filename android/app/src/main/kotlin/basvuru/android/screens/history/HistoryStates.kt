package basvuru.android.screens.history

import basvuru.android.model.Frame
import basvuru.android.screens.namedStates
import basvuru.android.screens.sampleReceipt

val historyStates = namedStates("history") {
    state("history") {
        val earlier = sampleReceipt.copy(number = "2023-004711-1", receivedAt = "2023-12-01T07:30:00Z")
        HistoryScreen(HistoryState(Frame("", back = true), listOf(sampleReceipt, earlier))) {}
    }
    state("history-empty") { HistoryScreen(HistoryState(Frame("", back = true), emptyList())) {} }
}
