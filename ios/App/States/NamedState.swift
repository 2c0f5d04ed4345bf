import Basvuru
import SwiftUI

/// A state that is looked at: previews, outlines on Linux, pictures and the accessibility audit on a Mac, all by name.
/// Android has the same names.
struct NamedState: Sendable {
    let name: String
    let shown: @MainActor @Sendable (Sample) -> Shown

    /// What is on the screen.
    enum Shown {
        case opening
        case notOpened(Trouble)
        case app(AppState)
        case covered(AppState)
    }

    static let all = [
        start, signIn, orders, form, phone, institution, method, documents, card, pin, assisted, signing, end, beside,
        devices, unblock, about,
    ].flatMap { $0 }

    static func state(_ name: String, _ shown: @escaping @MainActor @Sendable (Sample) -> AppState) -> NamedState {
        NamedState(name: name) { .app(shown($0)) }
    }

    /// The state that launch arguments name: `-state NAME`.
    static func asked(by arguments: [String]) -> NamedState? {
        guard let index = arguments.firstIndex(of: "-state"), index + 1 < arguments.count else { return nil }
        return all.first { $0.name == arguments[index + 1] }
    }
}

/// Shows a named state in the language of the screen.
struct NamedStateView: View {
    let state: NamedState
    @Environment(\.locale) private var locale

    var body: some View {
        switch state.shown(Sample(language: Language(locale))) {
        case .opening: OpeningView()
        case .notOpened(let trouble): NotOpenedView(trouble: trouble, again: {}, forget: {})
        case .app(let state): RootScreen(state: state) { _ in }
        case .covered(let state):
            RootScreen(state: state) { _ in }.accessibilityHidden(true).overlay { CoverView() }
        }
    }
}

struct NamedStatePreviews: PreviewProvider {
    static var previews: some View {
        ForEach(NamedState.all, id: \.name) { state in
            NamedStateView(state: state).previewDisplayName(state.name)
        }
    }
}
