import Basvuru
import SwiftUI

/// The code from the text message. iOS offers it above the keyboard; the app never sees the message.
struct CodeScreen: View {
    let state: AppState
    let phone: String?
    let code: CodeStatus?
    let answer: @MainActor (Answer) -> Void

    @State private var typed: String
    /// Seconds since the step was told.
    @State private var passed = 0
    @Environment(\.locale) private var locale

    init(state: AppState, phone: String?, code: CodeStatus?, answer: @escaping @MainActor (Answer) -> Void) {
        (self.state, self.phone, self.code, self.answer) = (state, phone, code, answer)
        _typed = State(initialValue: state.typed.code)
    }

    var body: some View {
        StepScreen(state: state) {
            Section {
                if let phone { LabeledContent("phone", value: phone).accessibilityIdentifier("phone") }
                Button("change-phone", systemImage: "pencil") { answer(.changeForm(order: nil)) }
                    .accessibilityIdentifier("change-phone")
            }
            if let code { entry(code) }
        } bottom: {
            if let code {
                PrimaryButton(title: "confirm", identifier: "confirm", isEnabled: check(code).isAcceptable) {
                    confirm(typed)
                }
            } else {
                PrimaryButton(title: "send-code", identifier: "send-code") { answer(.sendCode(appToken: nil)) }
            }
        }
        .task(id: state.told) { await count() }
        .onChange(of: typed) { old, new in
            // What comes all at once comes from the message: the one tap was on the keyboard.
            if let code, new.count - old.count == Int(code.length), check(code).isAcceptable { confirm(new) }
        }
    }

    private func entry(_ code: CodeStatus) -> some View {
        Section {
            TextField("code", text: $typed)
                .keyboardType(.numberPad)
                .textContentType(.oneTimeCode)
                .accessibilityHint(fault(code) ?? "")
                .accessibilityIdentifier("code")
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
                Button("send-again", systemImage: "arrow.clockwise") { answer(.sendCode(appToken: nil)) }
                    .accessibilityIdentifier("send-again")
            }
        } footer: {
            FaultView(fault: fault(code))
        }
    }

    private func fault(_ code: CodeStatus) -> String? { check(code).fault ?? state.trouble?.fault(of: .code) }

    private func check(_ code: CodeStatus) -> Check {
        guard let secret = try? Password(utf8: Data(typed.utf8)) else { return .incomplete }
        return checkCode(code: secret, length: code.length, language: Language(locale))
    }

    private func confirm(_ code: String) {
        guard let secret = try? Password(utf8: Data(code.utf8)) else { return }
        typed = ""
        answer(.confirmCode(code: secret))
    }

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
