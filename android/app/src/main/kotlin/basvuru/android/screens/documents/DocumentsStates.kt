package basvuru.android.screens.documents

import androidx.compose.runtime.Composable
import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.runtime.remember
import basvuru.android.model.Entry
import basvuru.android.model.Frame
import basvuru.android.model.Remedy
import basvuru.android.screens.SamplePages
import basvuru.android.screens.Wording
import basvuru.android.screens.failed
import basvuru.android.screens.frame
import basvuru.android.screens.namedStates
import basvuru.android.screens.wording
import basvuru.core.Failure
import basvuru.core.ReviewDocument
import basvuru.core.Screen
import kotlinx.coroutines.Dispatchers

val documentsStates = namedStates("documents") {
    state("documents") { Show() }
    state("documents-read") { Show({ read += listOf("1", "2") }) }
    state("documents-text") { Show({ asText = true }) }
    state("documents-enlarged") {
        val page = Page(SamplePages(1, wording().say("Başvuru Formu", "Application form")), 0, wording().say("Sayfa 1 / 1", "Page 1 of 1"))
        CompositionLocalProvider(LocalDrawing provides Dispatchers.Unconfined) { EnlargedPage(page) {} }
    }
    state("documents-loading") { Show(loaded = false) }
    state("documents-altered") { Show(loaded = false) { it.failed(this, Failure.DocumentAltered(), Remedy.TRY_AGAIN) } }
}

private fun Wording.document(id: String, title: String, file: String) = ReviewDocument(
    id,
    title,
    file,
    "application/pdf",
    38_211u,
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    listOf(
        say(
            "$title\nBu belge, aşağıda adı geçen kişinin başvurusudur.\nAd soyad: Işıl Gülçağ ÖRNEKŞEN\nKurum: Örnek Üniversitesi",
            "$title\nThis is the application of the person named below.\nName: Işıl Gülçağ ÖRNEKŞEN\nInstitution: Örnek Üniversitesi"
        ),
        say(
            "Başvuru nedeni: Yenileme\nE-posta adresi: isil.orneksen@kurum.example",
            "Reason for the application: Renewal\nE-mail address: isil.orneksen@kurum.example"
        )
    )
)

@Composable
private fun Show(fill: Entry.Documents.() -> Unit = {}, loaded: Boolean = true, change: Wording.(Frame) -> Frame = { it }) {
    val words = wording()
    val entry = remember { Entry.Documents().apply(fill) }
    val documents = listOf(
        words.document("1", words.say("Nitelikli Elektronik Sertifika Başvuru Formu", "Application form"), "basvuru-formu.pdf"),
        words.document("2", words.say("Nitelikli Elektronik Sertifika Sahibi Taahhütnamesi", "Subscriber agreement"), "taahhutname.pdf")
    )
    val frame = words.frame(
        5,
        words.say("Belgeler", "Documents"),
        words.say("İmzalanacak belgeler", "Documents to be signed"),
        words.say(
            "Her belgeyi açıp okuyun. Tam olarak bu belgeler imzalanacak.",
            "Open each document and read it. Exactly these documents will be signed."
        ),
        back = true
    )
    val screen = Screen.ReviewDocuments(
        documents,
        words.say(
            "ASiC-E paketi içinde zaman damgalı CAdES B-T imzası: tek imza bütün belgeleri kapsar.",
            "A CAdES B-T signature with a time-stamp in an ASiC-E container: one signature over all documents."
        )
    )
    val pages = if (loaded) documents.associate { it.id to SamplePages(2, it.title) } else emptyMap()
    CompositionLocalProvider(LocalDrawing provides Dispatchers.Unconfined) {
        DocumentsScreen(DocumentsState(words.change(frame), screen, entry, pages)) {}
    }
}
