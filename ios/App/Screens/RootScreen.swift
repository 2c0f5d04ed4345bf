import Basvuru
import SwiftUI

/// What screens read beside their values.
struct Reading {
    var document: @MainActor (String) async -> Data? = { _ in nil }
    var container: @MainActor (String) async -> URL? = { _ in nil }
}

/// The screen for the core's step, with what is under way and what is open beside it.
struct RootScreen: View {
    let state: AppState
    var reading = Reading()
    let send: @MainActor (Action) -> Void

    var body: some View {
        NavigationStack {
            screen
                .disabled(state.isBusy)
                .navigationTitle(state.step.title)
                .navigationBarTitleDisplayMode(.inline)
                .toolbar { MenuView(state: state, send: send) }
        }
        .underWork(state, isHere: state.aside == nil) { send(.stop) }
        .sheet(isPresented: isBeside) {
            BesideScreen(state: state, send: send)
                .underWork(state, isHere: true) { send(.stop) }
        }
    }

    private var isBeside: Binding<Bool> {
        Binding {
            state.aside != nil
        } set: { isShown in
            if !isShown { send(.close) }
        }
    }

    @ViewBuilder private var screen: some View {
        if state.isWelcome {
            WelcomeScreen(state: state, send: send)
        } else {
            switch state.step.screen {
            case .signIn(let portal, let host, let methods, let identity, let captcha, let captchaNeeded):
                SignInScreen(
                    state: state, portal: portal, host: host, methods: methods, known: identity, captcha: captcha,
                    captchaNeeded: captchaNeeded, send: send)
            case .chooseOrder(let name, let groups):
                OrdersScreen(state: state, name: name, groups: groups, answer: answer)
            case .fillForm(_, let product, let fields):
                FormScreen(state: state, product: product, fields: fields, send: send)
            case .confirmPhone(let phone, let code, let number, let institution):
                CodeScreen(
                    state: state, phone: phone, code: code, number: number, institution: institution, answer: answer)
            case .awaitInstitution(let institution, let phone):
                InstitutionScreen(state: state, institution: institution, phone: phone, answer: answer)
            case .chooseMethod(let methods):
                MethodsScreen(state: state, methods: methods, answer: answer)
            case .reviewDocuments(let documents, let signature):
                DocumentsScreen(
                    state: state, documents: documents, signature: signature, read: reading.document, answer: answer)
            case .sign(let card, let assisted):
                SignScreen(state: state, card: card, assisted: assisted, send: send)
            case .pending:
                PendingScreen(state: state, answer: answer)
            case .done(let receipt, let summary, let returnTo):
                ReceiptScreen(
                    state: state, receipt: receipt, summary: summary, returnTo: returnTo.flatMap(URL.init),
                    container: reading.container, answer: answer)
            case .outdated(let version):
                OutdatedScreen(state: state, version: version)
            }
        }
    }

    private func answer(_ answer: Answer) {
        send(.answer(answer))
    }
}

/// The way back, help, and what is beside the journey: always in the same place.
struct MenuView: ToolbarContent {
    let state: AppState
    let send: @MainActor (Action) -> Void

    var body: some ToolbarContent {
        ToolbarItem(placement: .topBarLeading) {
            if let back = state.step.screen.back {
                Button("back") { send(.answer(back)) }.disabled(state.isBusy).accessibilityIdentifier("back")
            }
        }
        ToolbarItem(placement: .topBarTrailing) {
            Menu {
                Button("help") { send(.open(.help)) }.accessibilityIdentifier("help")
                Button("history") { send(.open(.history)) }.accessibilityIdentifier("history")
                Button("care") { send(.open(.care)) }.accessibilityIdentifier("care")
                if state.step.screen.canBeLeft {
                    Button("devices") { send(.open(.devices)) }.accessibilityIdentifier("devices")
                }
                Button("about") { send(.open(.about)) }.accessibilityIdentifier("about")
                if state.step.screen.canBeLeft {
                    Button("leave", role: .destructive) { send(.answer(.leave)) }.accessibilityIdentifier("leave")
                }
            } label: {
                Label("more", systemImage: "ellipsis.circle")
            }
            .disabled(state.isBusy)
            .accessibilityIdentifier("more")
        }
    }
}

extension Screen {
    /// The answer that leads back, where there is a way back.
    var back: Answer? {
        switch self {
        case .fillForm, .reviewDocuments, .sign, .awaitInstitution: .back
        case .confirmPhone, .chooseMethod: .changeForm(order: nil)
        case .signIn, .chooseOrder, .pending, .done, .outdated: nil
        }
    }

    /// Whether somebody is signed in who could leave the phone to somebody else.
    var canBeLeft: Bool {
        switch self {
        case .signIn, .pending, .outdated: false
        case .chooseOrder, .fillForm, .confirmPhone, .awaitInstitution, .chooseMethod, .reviewDocuments, .sign, .done:
            true
        }
    }
}
