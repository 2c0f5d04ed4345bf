import Basvuru
import SwiftUI

/// The code from the text message that proves whose the phone is: the one in the form, and after it the institution's where
/// that is another.
struct CodeScreen: View {
    let state: AppState
    let phone: String?
    let code: CodeStatus?
    let number: PhoneNumberAsked
    /// Who may confirm the number in the form in place of a code.
    let institution: String?
    let answer: @MainActor (Answer) -> Void

    @State private var typed: String
    @Environment(\.locale) private var locale

    init(
        state: AppState, phone: String?, code: CodeStatus?, number: PhoneNumberAsked, institution: String?,
        answer: @escaping @MainActor (Answer) -> Void
    ) {
        (self.state, self.phone, self.code, self.answer) = (state, phone, code, answer)
        (self.number, self.institution) = (number, institution)
        _typed = State(initialValue: state.typed.code)
    }

    var body: some View {
        StepScreen(state: state) {
            Section {
                if let phone {
                    LabeledContent(isTold ? "told-phone" : "phone", value: phone).accessibilityIdentifier("phone")
                }
                Button(isTold ? "change-number" : "change-phone", systemImage: "pencil") {
                    answer(.changeForm(order: nil))
                }
                .accessibilityIdentifier("change-phone")
            }
            if let institution {
                Section {
                    Button("number-gone", systemImage: "questionmark.circle") { answer(.askInstitution) }
                        .accessibilityIdentifier("number-gone")
                } footer: {
                    Text("institution-confirms \(institution)")
                }
            }
            if let code {
                CodeSection(state: state, code: code, typed: $typed, resend: send, come: confirm)
            }
        } bottom: {
            if let code {
                PrimaryButton(
                    title: "confirm", identifier: "confirm", isEnabled: code.check(typed, locale).isAcceptable,
                    action: confirm)
            } else {
                PrimaryButton(title: "send-code", identifier: "send-code", action: send)
            }
        }
        // What was typed for one number is no code of the other.
        .onChange(of: number) { _, _ in typed = "" }
    }

    private var isTold: Bool { number == .told }

    private func send() { answer(.sendCode(appToken: nil)) }

    private func confirm() {
        guard let secret = try? Password(utf8: Data(typed.utf8)) else { return }
        typed = ""
        answer(.confirmCode(code: secret))
    }
}

/// A code from a text message, for how long it is good, and when another can be sent. iOS offers it above the keyboard; the
/// app never sees the message.
struct CodeSection: View {
    let state: AppState
    let code: CodeStatus
    @Binding var typed: String
    let resend: @MainActor () -> Void
    /// It came all at once, from the message: the one tap was on the keyboard.
    let come: @MainActor () -> Void

    /// Seconds since the step was told.
    @State private var passed = 0
    @Environment(\.locale) private var locale

    var body: some View {
        Section {
            TextField("code", text: $typed)
                .keyboardType(.numberPad)
                .textContentType(.oneTimeCode)
                .accessibilityHint(fault ?? "")
                .accessibilityIdentifier("code")
                .task(id: state.told) { await count() }
                .onChange(of: typed) { old, new in
                    if new.count - old.count == Int(code.length), code.check(new, locale).isAcceptable { come() }
                }
            if left(of: code.expiresIn) > 0 {
                LabeledContent("code-good-for", value: clock(left(of: code.expiresIn)))
                    .monospacedDigit()
                    .accessibilityIdentifier("expires")
            } else {
                Text("code-over").accessibilityIdentifier("expires")
            }
            if left(of: code.resendIn) > 0 {
                LabeledContent("send-again-in", value: clock(left(of: code.resendIn)))
                    .monospacedDigit()
                    .accessibilityIdentifier("resend-in")
            } else {
                Button("send-again", systemImage: "arrow.clockwise", action: resend)
                    .accessibilityIdentifier("send-again")
            }
        } footer: {
            FaultView(fault: fault)
        }
    }

    private var fault: String? { code.check(typed, locale).fault ?? state.trouble?.fault(of: .code) }

    private func left(of seconds: UInt32) -> Int { max(0, Int(seconds) - passed) }

    private func clock(_ seconds: Int) -> String {
        Duration.seconds(seconds).formatted(.time(pattern: .minuteSecond))
    }

    private func count() async {
        repeat {
            passed = Int((ContinuousClock.now - state.told).components.seconds)
        } while (try? await Task.sleep(for: .seconds(1))) != nil
    }
}

extension CodeStatus {
    /// Whether what was typed can be the code.
    func check(_ typed: String, _ locale: Locale) -> Check {
        guard let secret = try? Password(utf8: Data(typed.utf8)) else { return .incomplete }
        return checkCode(code: secret, length: length, language: Language(locale))
    }
}
