package basvuru.android.model

import basvuru.core.CertificateApplicationInterface
import basvuru.core.Screen
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.update
import kotlinx.coroutines.withContext

/** The pages of the documents that are looked at, as long as they are. */
internal class DocumentPages(
    private val state: MutableStateFlow<AppState>,
    private val work: Work,
    private val phone: Phone,
    private val io: CoroutineDispatcher
) {
    fun load(screen: Screen.ReviewDocuments, application: CertificateApplicationInterface) {
        val missing = screen.documents.filter { it.id !in state.value.pages }
        if (missing.isEmpty()) return
        work.run(repeatable = true, quiet = true) {
            for (document in missing) {
                val pages = withContext(io) { phone.pages(application.document(document.id)) }
                state.update { it.copy(pages = it.pages + (document.id to pages)) }
            }
        }
    }

    fun drop() {
        val pages = state.value.pages.values
        state.update { it.copy(pages = emptyMap()) }
        pages.forEach(PageSource::close)
    }
}
