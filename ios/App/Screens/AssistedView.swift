import Basvuru
import SwiftUI

/// A blocked PIN that is unblocked with the portal's help: the code of the text message, then a new PIN.
struct AssistedView: View {
    let state: AppState
    let verificationCode: String?
    let code: CodeStatus
    /// What the card wants of its PIN, where one was read.
    let rules: PinRules?
    let resend: @MainActor () -> Void
    let unblock: @MainActor (Password, Pin) -> Void
    let cancel: @MainActor () -> Void

    @State private var typed: String
    /// The code, once it is typed.
    @State private var secret: Password?
    @Environment(\.locale) private var locale

    init(
        state: AppState, verificationCode: String?, code: CodeStatus, rules: PinRules?,
        resend: @escaping @MainActor () -> Void, unblock: @escaping @MainActor (Password, Pin) -> Void,
        cancel: @escaping @MainActor () -> Void
    ) {
        (self.state, self.verificationCode, self.code, self.rules) = (state, verificationCode, code, rules)
        (self.resend, self.unblock, self.cancel) = (resend, unblock, cancel)
        let isPinAsked = state.typed.change != nil
        _typed = State(initialValue: isPinAsked ? "" : state.typed.code)
        _secret = State(initialValue: isPinAsked ? try? Password(utf8: Data(state.typed.code.utf8)) : nil)
    }

    var body: some View {
        if let secret {
            NewPinView(rules: rules, title: "unblock", typed: state.typed) { new in
                self.secret = nil
                unblock(secret, new)
            } cancel: {
                self.secret = nil
            }
        } else {
            if let verificationCode {
                Section {
                    Text(verbatim: verificationCode)
                        .monospaced()
                        .font(.largeTitle)
                        .accessibilityLabel("verification-code")
                        // One by one, as they are compared.
                        .accessibilityValue(verificationCode.map(String.init).joined(separator: " "))
                        .accessibilityIdentifier("verification-code")
                } header: {
                    Text("verification-code")
                } footer: {
                    Text("verification-compare")
                }
            }
            CodeSection(state: state, code: code, typed: $typed, resend: resend, come: goOn)
            Section {
                PrimaryButton(
                    title: "next", identifier: "next", isEnabled: code.check(typed, locale).isAcceptable, action: goOn)
                Button("cancel", role: .cancel, action: cancel).accessibilityIdentifier("cancel")
            }
        }
    }

    private func goOn() {
        secret = try? Password(utf8: Data(typed.utf8))
        typed = ""
    }
}
