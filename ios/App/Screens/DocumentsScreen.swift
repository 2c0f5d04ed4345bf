import Basvuru
import PDFKit
import SwiftUI

/// The documents that will be signed, exactly these.
struct DocumentsScreen: View {
    let state: AppState
    let documents: [ReviewDocument]
    let signature: String
    let read: @MainActor (String) async -> Data?
    let answer: @MainActor (Answer) -> Void

    @State private var seen: Set<String>
    @State private var opened: OpenedDocument?

    init(
        state: AppState, documents: [ReviewDocument], signature: String,
        read: @escaping @MainActor (String) async -> Data?, answer: @escaping @MainActor (Answer) -> Void
    ) {
        (self.state, self.documents, self.signature) = (state, documents, signature)
        (self.read, self.answer) = (read, answer)
        _seen = State(initialValue: state.typed.read)
        _opened = State(initialValue: state.typed.opened.map { OpenedDocument(document: $0, content: Data()) })
    }

    var body: some View {
        StepScreen(state: state) {
            Section {
                ForEach(documents, id: \.id) { document in
                    Button {
                        open(document)
                    } label: {
                        HStack {
                            VStack(alignment: .leading) {
                                Text(document.title)
                                Text(verbatim: size(of: document)).font(.footnote)
                            }
                            Spacer()
                            if seen.contains(document.id) { Label("was-read", systemImage: "checkmark") }
                        }
                    }
                    .accessibilityIdentifier(document.fileName)
                }
            } header: {
                Text("will-be-signed")
            } footer: {
                Text(signature)
            }
        } bottom: {
            PrimaryButton(title: "accept-documents", identifier: "accept") { answer(.acceptDocuments) }
        }
        .sheet(item: $opened) { opened in
            DocumentView(document: opened.document, content: opened.content) { self.opened = nil }
        }
    }

    private func size(of document: ReviewDocument) -> String {
        Int64(clamping: document.size).formatted(.byteCount(style: .file))
    }

    private func open(_ document: ReviewDocument) {
        Task {
            guard let content = await read(document.id) else { return }
            seen.insert(document.id)
            opened = OpenedDocument(document: document, content: content)
        }
    }
}

/// A document and its octets.
struct OpenedDocument: Identifiable {
    let document: ReviewDocument
    let content: Data
    var id: String { document.id }
}

/// A document as pages, or as text: what VoiceOver reads, as large as one wants.
struct DocumentView: View {
    let document: ReviewDocument
    let content: Data
    let close: @MainActor () -> Void

    @State private var isText = false
    @Environment(\.accessibilityVoiceOverEnabled) private var isSpoken

    var body: some View {
        NavigationStack {
            VStack {
                if !document.pages.isEmpty {
                    Picker("as", selection: $isText) {
                        Text("as-pages").tag(false)
                        Text("as-text").tag(true)
                    }
                    .pickerStyle(.segmented)
                    .accessibilityIdentifier("as")
                }
                if isText || pdf == nil {
                    PagesAsText(pages: document.pages)
                } else if let pdf {
                    Pages(document: pdf)
                }
            }
            .padding()
            .navigationTitle(document.title)
            .toolbar {
                ToolbarItem(placement: .topBarLeading) {
                    Button("close", action: close).accessibilityIdentifier("close")
                }
                ToolbarItem(placement: .topBarTrailing) {
                    Button("print", systemImage: "printer") { Printing.print(content, name: document.title) }
                        .accessibilityIdentifier("print")
                }
            }
        }
        .task { isText = isSpoken && !document.pages.isEmpty }
    }

    private var pdf: PDFDocument? { PDFDocument(data: content) }
}

/// The text of the pages, as the portal made them of it.
struct PagesAsText: View {
    let pages: [String]

    var body: some View {
        ScrollView {
            VStack(alignment: .leading, spacing: 16) {
                ForEach(Array(pages.enumerated()), id: \.offset) { index, page in
                    Text("page \(index + 1)").font(.headline).accessibilityAddTraits(.isHeader)
                    Text(page).textSelection(.enabled)
                }
            }
        }
    }
}

/// A PDF, to be scrolled and enlarged.
struct Pages: UIViewRepresentable {
    let document: PDFDocument

    func makeUIView(context: Context) -> PDFView {
        let view = PDFView()
        view.autoScales = true
        return view
    }

    func updateUIView(_ view: PDFView, context: Context) {
        view.document = document
    }
}
