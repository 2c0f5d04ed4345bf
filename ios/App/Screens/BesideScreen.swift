import Basvuru
import SwiftUI

/// What is open beside the journey.
struct BesideScreen: View {
    let state: AppState
    let send: @MainActor (Action) -> Void

    var body: some View {
        NavigationStack {
            Form {
                if let trouble = state.trouble { TroubleCard(trouble: trouble, support: state.step.support) }
                switch state.aside {
                case .history(let receipts): HistoryView(receipts: receipts)
                case .devices(let devices): DevicesView(devices: devices, send: send)
                case .care(let care): CareView(state: state, care: care, send: send)
                case .about(let about): AboutView(state: state, about: about, send: send)
                case .help: HelpView(state: state)
                case nil: EmptyView()
                }
            }
            .disabled(state.isBusy)
            .navigationTitle(title)
            .navigationBarTitleDisplayMode(.inline)
            .toolbar {
                ToolbarItem(placement: .topBarLeading) {
                    Button("close") { send(.close) }.disabled(state.isBusy).accessibilityIdentifier("close")
                }
            }
        }
        // Not by a slip of the thumb while a card is used.
        .interactiveDismissDisabled(state.isBusy)
    }

    private var title: LocalizedStringKey {
        switch state.aside {
        case .history, nil: "history"
        case .devices: "devices"
        case .care: "care"
        case .about: "about"
        case .help: "help"
        }
    }
}

/// The receipts of the person who is signed in.
struct HistoryView: View {
    let receipts: [Receipt]

    var body: some View {
        if receipts.isEmpty { Text("history-empty").accessibilityIdentifier("history-empty") }
        ForEach(receipts, id: \.number) { receipt in
            LabeledContent("receipt-number", value: receipt.number).accessibilityIdentifier(receipt.number)
        }
    }
}

/// Whom to ask, and what is needed.
struct HelpView: View {
    let state: AppState

    var body: some View {
        Section {
            if let support = state.step.support {
                CallView(support: support)
                if let address = URL(string: "mailto:\(support.email)") {
                    Link("mail \(support.email)", destination: address).accessibilityIdentifier("mail")
                }
            }
        }
        Section {
            Label("need-password", systemImage: "envelope")
            Label("need-phone", systemImage: "message")
            Label("need-card", systemImage: "creditcard")
        }
    }
}

/// The app about itself: versions, what the phone can do, a reader's self-test, the diagnosis, and who else wrote it.
struct AboutView: View {
    let state: AppState
    let about: About
    let send: @MainActor (Action) -> Void

    @State private var chosen: String?
    @State private var areLicencesShown: Bool
    @State private var isErasing = false
    @Environment(\.openURL) private var openURL

    init(state: AppState, about: About, send: @escaping @MainActor (Action) -> Void) {
        (self.state, self.about, self.send) = (state, about, send)
        _areLicencesShown = State(initialValue: state.typed.isOpen)
    }

    var body: some View {
        Section {
            LabeledContent("version", value: about.version).accessibilityIdentifier("version")
            LabeledContent("nfc") { Text(yesOrNo(state.phone.hasAntenna)) }
            LabeledContent("readers") { Text(yesOrNo(state.phone.drivesReaders)) }
            if let settings = URL(string: UIApplication.openSettingsURLString) {
                Button("language") { openURL(settings) }.accessibilityIdentifier("language")
            }
        }
        Section {
            ReaderChoice(
                readers: state.readers, facts: state.phone,
                chosen: Binding(get: { state.reader(chosen)?.id }, set: { chosen = $0 }))
            if let reader = state.reader(chosen) {
                Button("test-reader") { send(.test(reader: reader.id)) }.accessibilityIdentifier("test-reader")
            }
            if let tested = about.tested {
                ForEach(tested.sentences, id: \.self) { sentence in Text(sentence) }
            }
        }
        Section {
            ShareLink("share-diagnosis", item: about.diagnosis).accessibilityIdentifier("share-diagnosis")
        } footer: {
            Text("diagnosis-is-clean")
        }
        Section {
            Button("licences") { areLicencesShown = true }
                .accessibilityIdentifier("licences")
                .sheet(isPresented: $areLicencesShown) {
                    LicencesView(text: about.licences) { areLicencesShown = false }
                }
            Button("erase", role: .destructive) { isErasing = true }
                .accessibilityIdentifier("erase")
                .alert(Text("erase"), isPresented: $isErasing) {
                    Button("erase", role: .destructive) { send(.erase) }.accessibilityIdentifier("erase-surely")
                    Button("cancel", role: .cancel) {}.accessibilityIdentifier("cancel")
                } message: {
                    Text("erase-means")
                }
        }
    }

    private func yesOrNo(_ fact: Bool) -> LocalizedStringKey { fact ? "yes" : "no" }
}

/// The notices of everybody whose work is in the app.
struct LicencesView: View {
    let text: String
    let close: @MainActor () -> Void

    private var paragraphs: [String] {
        text.split(separator: /\n{2,}/).map(String.init)
    }

    var body: some View {
        NavigationStack {
            ScrollView {
                // Each for itself: a book in one piece would be laid out in one piece, and read aloud so.
                LazyVStack(alignment: .leading, spacing: 12) {
                    ForEach(Array(paragraphs.enumerated()), id: \.offset) { _, paragraph in
                        Text(verbatim: paragraph).font(.footnote).textSelection(.enabled)
                    }
                }
                .padding()
            }
            .navigationTitle("licences")
            .toolbar {
                ToolbarItem(placement: .topBarLeading) {
                    Button("close", action: close).accessibilityIdentifier("close-licences")
                }
            }
        }
    }
}
