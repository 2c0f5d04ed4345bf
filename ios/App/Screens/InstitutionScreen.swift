import Basvuru
import SwiftUI

/// The institution was asked to confirm the number in the form, and has the word.
struct InstitutionScreen: View {
    let state: AppState
    let institution: String
    let phone: String
    let answer: @MainActor (Answer) -> Void

    @Environment(\.scenePhase) private var phase

    var body: some View {
        StepScreen(state: state) {
            Section {
                LabeledContent("institution", value: institution).accessibilityIdentifier("institution")
                LabeledContent("number-to-confirm", value: phone).accessibilityIdentifier("phone")
                if let asked = state.asked, state.trouble == nil {
                    // To the second: asked twice in a minute, it is heard twice.
                    Label("not-answered \(asked.formatted(date: .omitted, time: .standard))", systemImage: "clock")
                        .accessibilityIdentifier("not-answered")
                }
            }
            Section {
                Button("code-after-all", systemImage: "message") { answer(.back) }
                    .accessibilityIdentifier("code-after-all")
                Button("change-number", systemImage: "pencil") { answer(.changeForm(order: nil)) }
                    .accessibilityIdentifier("change-phone")
            }
        } bottom: {
            PrimaryButton(title: "ask-again", identifier: "ask-again") { answer(.continue) }
        }
        // Who comes back to the app wants to know.
        .task { answer(.continue) }
        .onChange(of: phase) { old, new in if old != .active, new == .active { answer(.continue) } }
    }
}
