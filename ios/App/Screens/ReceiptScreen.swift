import Basvuru
import SwiftUI

/// The application is complete: what to keep of it.
struct ReceiptScreen: View {
    let state: AppState
    let receipt: Receipt
    let summary: String
    /// Where the link came from, which wants the person back.
    let returnTo: URL?
    let container: @MainActor (String) async -> URL?
    let answer: @MainActor (Answer) -> Void

    @State private var file: URL?
    @Environment(\.openURL) private var openURL

    var body: some View {
        StepScreen(state: state) {
            Section {
                LabeledContent("receipt-number", value: receipt.number).accessibilityIdentifier("receipt-number")
                Text(summary).textSelection(.enabled)
            }
            Section {
                ShareLink("share-receipt", item: summary).accessibilityIdentifier("share-receipt")
                if let file {
                    ShareLink("share-application", item: file).accessibilityIdentifier("share-application")
                }
                Button("print", systemImage: "printer") { Printing.print(summary, name: receipt.number) }
                    .accessibilityIdentifier("print")
            }
            Button("other-application") { answer(.refreshOrders) }.accessibilityIdentifier("other-application")
        } bottom: {
            if let returnTo {
                PrimaryButton(title: "return", identifier: "return") { openURL(returnTo) }
            }
        }
        .task { file = await container(receipt.order) }
    }
}

/// What goes on when it is asked to: the core is in the middle of something that is not repeated.
struct PendingScreen: View {
    let state: AppState
    let answer: @MainActor (Answer) -> Void

    var body: some View {
        StepScreen(state: state) {
        } bottom: {
            PrimaryButton(title: "go-on", identifier: "go-on") { answer(.continue) }
        }
    }
}

/// The app is too old for its portal.
struct OutdatedScreen: View {
    let state: AppState
    let version: String

    var body: some View {
        StepScreen(state: state) {
            Section {
                LabeledContent("version-wanted", value: version).accessibilityIdentifier("version-wanted")
                LabeledContent("version", value: Launch.version())
            }
            if let support = state.step.support { Section { CallView(support: support) } }
        } bottom: {
            if let store = Launch.store() {
                Link("update", destination: store)
                    .buttonStyle(.borderedProminent)
                    .controlSize(.large)
                    .accessibilityIdentifier("update")
            }
        }
    }
}
