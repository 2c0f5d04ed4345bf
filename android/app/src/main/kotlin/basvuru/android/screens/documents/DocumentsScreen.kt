package basvuru.android.screens.documents

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.FlowRow
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.text.selection.SelectionContainer
import androidx.compose.material3.Icon
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Surface
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.layout.onVisibilityChanged
import androidx.compose.ui.res.painterResource
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.unit.dp
import basvuru.android.R
import basvuru.android.model.Action
import basvuru.android.model.Entry
import basvuru.android.model.Frame
import basvuru.android.model.PageSource
import basvuru.android.screens.parts.Act
import basvuru.android.screens.parts.Fact
import basvuru.android.screens.parts.Note
import basvuru.android.screens.parts.Question
import basvuru.android.screens.parts.QuietButton
import basvuru.android.screens.parts.SecondButton
import basvuru.android.screens.parts.Subheading
import basvuru.android.screens.parts.lettered
import basvuru.android.theme.tabular
import basvuru.core.Answer
import basvuru.core.ReviewDocument
import basvuru.core.Screen

data class DocumentsState(
    val frame: Frame,
    val screen: Screen.ReviewDocuments,
    val entry: Entry.Documents,
    val pages: Map<String, PageSource>
)

/**
 * What will be signed, all of it below each other: reading is scrolling. A document counts as read when its end was on the
 * screen. Each page can be enlarged; all of it can be read as text, aloud or in large letters.
 */
@Composable
fun DocumentsScreen(state: DocumentsState, send: (Action) -> Unit) {
    val entry = state.entry
    val documents = state.screen.documents
    var enlarged by remember { mutableStateOf<Page?>(null) }
    Question(
        state.frame,
        send,
        Act(stringResource(R.string.accept_documents)) { send(Action.Reply(Answer.AcceptDocuments)) },
        aside = { WhatIsSigned(state) }
    ) {
        if (documents.any { it.pages.isNotEmpty() }) {
            SecondButton(
                stringResource(if (entry.asText) R.string.show_pages else R.string.show_text),
                { entry.asText = !entry.asText },
                icon = if (entry.asText) R.drawable.ic_document else R.drawable.ic_text
            )
        }
        for (document in documents) {
            Subheading(document.title)
            val source = state.pages[document.id]
            if (entry.asText) {
                DocumentText(document)
            } else {
                Pages(document, source, state.frame.trouble != null) { enlarged = it }
            }
            End(document, source != null || entry.asText, entry)
        }
    }
    enlarged?.let { EnlargedPage(it) { enlarged = null } }
}

@Composable
private fun WhatIsSigned(state: DocumentsState) {
    Note(R.drawable.ic_edit, Modifier.padding(top = 16.dp)) {
        Text(state.screen.signature, style = MaterialTheme.typography.bodyLarge)
        for (document in state.screen.documents) DocumentLine(document, document.id in state.entry.read)
    }
}

@Composable
private fun DocumentLine(document: ReviewDocument, read: Boolean) {
    var open by remember { mutableStateOf(false) }
    Column(Modifier.fillMaxWidth().padding(top = 8.dp)) {
        Text(document.title, style = MaterialTheme.typography.titleMedium)
        FlowRow(Modifier.fillMaxWidth(), Arrangement.SpaceBetween, itemVerticalAlignment = Alignment.CenterVertically) {
            Row(horizontalArrangement = Arrangement.spacedBy(8.dp), verticalAlignment = Alignment.CenterVertically) {
                if (read) Icon(painterResource(R.drawable.ic_check), null, Modifier.size(lettered(18)), MaterialTheme.colorScheme.primary)
                Text(
                    stringResource(if (read) R.string.document_read else R.string.document_unread),
                    style = MaterialTheme.typography.bodyMedium,
                    color = if (read) MaterialTheme.colorScheme.primary else MaterialTheme.colorScheme.onSurfaceVariant
                )
            }
            QuietButton(stringResource(R.string.details), { open = !open })
        }
        if (open) {
            SelectionContainer {
                Column(verticalArrangement = Arrangement.spacedBy(8.dp)) {
                    val kilobytes = ((document.size + KILO - 1u) / KILO).toInt()
                    Fact(stringResource(R.string.file), document.fileName, MaterialTheme.typography.bodyMedium)
                    Fact(stringResource(R.string.size), stringResource(R.string.kilobytes, kilobytes), MaterialTheme.typography.bodyMedium)
                    Fact(stringResource(R.string.digest), document.sha256, MaterialTheme.typography.bodySmall.tabular())
                }
            }
        }
    }
}

/** The document as text, a page after the other. */
@Composable
private fun DocumentText(document: ReviewDocument) {
    document.pages.forEachIndexed { index, text ->
        Text(
            stringResource(R.string.page_of, index + 1, document.pages.size),
            style = MaterialTheme.typography.labelMedium,
            color = MaterialTheme.colorScheme.onSurfaceVariant
        )
        SelectionContainer {
            Column(verticalArrangement = Arrangement.spacedBy(8.dp)) {
                for (line in text.lines().filter { it.isNotBlank() }) Text(line, style = MaterialTheme.typography.bodyLarge)
            }
        }
    }
}

/** The end of a document: who has it on the screen has come through all of it. */
@Composable
private fun End(document: ReviewDocument, shown: Boolean, entry: Entry.Documents) {
    if (!shown) return
    Surface(
        Modifier.fillMaxWidth().onVisibilityChanged(minDurationMs = LOOK) { if (it) entry.read += document.id },
        color = MaterialTheme.colorScheme.surface
    ) {
        Text(
            stringResource(R.string.end_of_document, document.title),
            Modifier.padding(bottom = 16.dp),
            style = MaterialTheme.typography.labelMedium,
            color = MaterialTheme.colorScheme.onSurfaceVariant
        )
    }
}

private const val KILO = 1024uL

/** Milliseconds that the end must be on the screen. */
private const val LOOK = 300L
