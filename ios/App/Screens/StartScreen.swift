import Basvuru
import SwiftUI

/// Opens the application and shows it, covered as long as the app is not in front. A link opens it anew.
struct StartScreen: View {
    private enum Start {
        case opening
        case open(ApplicationModel)
        case failed(Trouble?)
    }

    /// The origins of the portals that links may lead to.
    let portals: [String]
    let open: @MainActor (Invitation?) async throws -> ApplicationModel
    let forget: @MainActor () throws -> Void

    @State private var start = Start.opening
    @State private var attempt = 0
    @State private var invitation: Invitation?
    @Environment(\.locale) private var locale

    var body: some View {
        content
            .task(id: attempt) { await begin() }
            .onOpenURL(perform: follow)
    }

    @ViewBuilder private var content: some View {
        switch start {
        case .opening:
            OpeningView()
        case .open(let model):
            Covered(isNeeded: !model.state.usesCard) {
                RootScreen(
                    state: model.state, reading: Reading(document: model.document, container: model.container),
                    send: model.send)
            }
            .task { await model.watch() }
            .task(id: model.state.wantsReaders) { if model.state.wantsReaders { await model.lookForReaders() } }
        case .failed(let trouble):
            NotOpenedView(trouble: trouble) {
                attempt += 1
            } forget: {
                try? forget()
                attempt += 1
            }
        }
    }

    private func begin() async {
        // What was open before a link came ends with its tasks, a moment after it has left the screen.
        let end = ContinuousClock.now + .seconds(5)
        while true {
            do {
                start = .open(try await open(invitation))
                return
            } catch Failure.JournalBusy where ContinuousClock.now < end {
                guard (try? await Task.sleep(for: .milliseconds(50))) != nil else { return }
            } catch {
                start = .failed(Trouble(error, language: Language(locale)))
                return
            }
        }
    }

    private func follow(_ link: URL) {
        do {
            invitation = try readLink(link: link.absoluteString, portals: portals)
            start = .opening
            attempt += 1
        } catch {
            guard let trouble = Trouble(error, language: Language(locale)) else { return }
            if case .open(let model) = start { model.tell(trouble) } else { start = .failed(trouble) }
        }
    }
}

/// The journal is being opened.
struct OpeningView: View {
    var body: some View { ProgressView("opening").accessibilityIdentifier("opening") }
}

/// The application could not be opened: why, and what helps.
struct NotOpenedView: View {
    /// Nil for an app that was built without a portal: nothing a person could do.
    let trouble: Trouble?
    let again: @MainActor () -> Void
    let forget: @MainActor () -> Void

    var body: some View {
        Form {
            if let trouble { TroubleCard(trouble: trouble, support: nil) } else { Text("not-for-a-portal") }
            Button("try-again", action: again).accessibilityIdentifier("try-again")
            if trouble?.isLost == true {
                Text("start-afresh-means")
                Button("start-afresh", role: .destructive, action: forget).accessibilityIdentifier("start-afresh")
            }
        }
    }
}

/// Hides what is below it from the picture that the app switcher keeps. While the card is used it is not needed: iOS's own
/// sheet makes the scene inactive, and the person should see the app under it.
struct Covered<Content: View>: View {
    let isNeeded: Bool
    @ViewBuilder let content: Content
    @Environment(\.scenePhase) private var phase

    private var isCovered: Bool { phase == .background || (phase == .inactive && isNeeded) }

    var body: some View {
        content
            .accessibilityHidden(isCovered)
            .overlay {
                if isCovered { CoverView() }
            }
    }
}

/// The app's name and nothing else.
struct CoverView: View {
    var body: some View {
        Label("app-name", systemImage: "signature")
            .frame(maxWidth: .infinity, maxHeight: .infinity)
            .background(.background)
            .ignoresSafeArea()
            .accessibilityIdentifier("cover")
    }
}
