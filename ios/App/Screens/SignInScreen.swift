import Basvuru
import SwiftUI

/// Signing in: the ways there are, and the fields of the one this app knows.
struct SignInScreen: View {
    let state: AppState
    let portal: String?
    let host: String
    let methods: [SignInOffer]
    let known: KnownIdentity?
    let captcha: CaptchaFiles?
    /// Not on a device that the portal knows.
    let captchaNeeded: Bool
    let send: @MainActor (Action) -> Void

    @State private var kind: IdentityKind
    @State private var number: String
    @State private var password: String
    @State private var code: String
    /// Seconds until it can be tried again.
    @State private var left: Int
    @Environment(\.locale) private var locale

    init(
        state: AppState, portal: String?, host: String, methods: [SignInOffer], known: KnownIdentity?,
        captcha: CaptchaFiles?, captchaNeeded: Bool, send: @escaping @MainActor (Action) -> Void
    ) {
        (self.state, self.portal, self.host, self.methods) = (state, portal, host, methods)
        (self.known, self.captcha, self.captchaNeeded, self.send) = (known, captcha, captchaNeeded, send)
        _kind = State(initialValue: known?.kind ?? .nationalId)
        _number = State(initialValue: known?.number ?? state.typed.identity)
        _password = State(initialValue: state.typed.password)
        _code = State(initialValue: state.typed.captcha)
        _left = State(initialValue: state.trouble?.wait.map(Int.init) ?? 0)
    }

    var body: some View {
        StepScreen(state: state) {
            Section {
                LabeledContent("portal", value: portal ?? host)
                if portal != nil { LabeledContent("address", value: host).accessibilityIdentifier("host") }
            }
            if methods.contains(where: { !$0.available }) {
                Section {
                    ForEach(methods, id: \.name) { offer in OfferView(offer: offer) }
                } header: {
                    Text("sign-in-methods")
                }
            }
            if takesPassword {
                identitySection
                passwordSection
                captchaSection
            }
        } bottom: {
            if takesPassword {
                PrimaryButton(title: "sign-in", identifier: "sign-in", isEnabled: isReady, action: signIn)
            }
        }
        .task(id: captchaNeeded) { if captchaNeeded, captcha == nil { send(.answer(.requestCaptcha)) } }
        .onChange(of: state.trouble?.wait) { _, wait in left = wait.map(Int.init) ?? 0 }
        .onChange(of: known?.number) { _, _ in
            if let known { (kind, number) = (known.kind, known.number) }
        }
        .onChange(of: captcha?.id) { _, _ in code = "" }
    }

    @ViewBuilder private var captchaSection: some View {
        if captchaNeeded {
            CaptchaSection(captcha: captcha, code: $code, fault: fault(of: .captcha)) { send(.answer($0)) }
        }
        if let wait = state.trouble?.wait { SignInWait(wait: wait, told: state.told, left: $left) }
    }

    private var isReady: Bool { isComplete && left == 0 }

    private var takesPassword: Bool { methods.contains { $0.available && $0.method == .accessPassword } }

    private var isLocked: Bool { known?.editable == false }

    private var check: Check {
        switch kind {
        case .nationalId: checkIdentityNumber(text: number, language: Language(locale))
        case .passport: checkPassportNumber(text: number, language: Language(locale))
        }
    }

    private var isComplete: Bool { check.isAcceptable && !password.isEmpty && (!captchaNeeded || !code.isEmpty) }

    private func fault(of field: Trouble.Field) -> String? { state.trouble?.fault(of: field) }

    private var identitySection: some View {
        Section {
            Picker("identity-kind", selection: $kind) {
                Text("national-id").tag(IdentityKind.nationalId)
                Text("passport").tag(IdentityKind.passport)
            }
            .pickerStyle(.segmented)
            .disabled(isLocked)
            .accessibilityIdentifier("identity-kind")
            TextField(kind == .nationalId ? "national-id" : "passport", text: $number)
                .keyboardType(kind == .nationalId ? .numberPad : .asciiCapable)
                .textInputAutocapitalization(.characters)
                .autocorrectionDisabled()
                .textContentType(.username)
                .disabled(isLocked)
                .accessibilityHint(check.fault ?? fault(of: .identity) ?? "")
                .accessibilityIdentifier("identity")
        } footer: {
            FaultView(fault: check.fault ?? fault(of: .identity))
        }
    }

    private var passwordSection: some View {
        Section {
            PasswordField(password: $password)
        }
    }

    private func signIn() {
        guard let secret = try? Password(utf8: Data(password.utf8)) else { return }
        password = ""
        send(.answer(.signIn(identityKind: kind, identity: number, accessPassword: secret, captcha: code)))
    }
}

/// How long nobody is signed in from here; then, that it can be tried again.
struct SignInWait: View {
    let wait: UInt32
    let told: ContinuousClock.Instant
    @Binding var left: Int

    var body: some View {
        Section {
            Group {
                if left > 0 {
                    let rest = Duration.seconds(left).formatted(.time(pattern: .minuteSecond))
                    Text("sign-in-again-in \(rest)").monospacedDigit()
                } else {
                    Text("sign-in-again")
                }
            }
            .accessibilityIdentifier("sign-in-again")
            .task(id: told) { await count() }
        }
    }

    private func count() async {
        while !Task.isCancelled {
            left = max(0, Int(wait) - Int((ContinuousClock.now - told).components.seconds))
            if left == 0 { break }
            try? await Task.sleep(for: .seconds(1))
        }
        if left == 0 { AccessibilityNotification.Announcement(String(localized: "sign-in-again")).post() }
    }
}

/// The password that came by mail: to be pasted, and looked at when it is typed.
struct PasswordField: View {
    @Binding var password: String
    @State private var isShown = false

    var body: some View {
        HStack {
            Group {
                if isShown {
                    TextField("access-password", text: $password)
                        .keyboardType(.asciiCapable)
                        .textInputAutocapitalization(.never)
                        .autocorrectionDisabled()
                        .textContentType(.password)
                        .accessibilityIdentifier("password")
                } else {
                    SecureField("access-password", text: $password)
                        .textContentType(.password)
                        .accessibilityIdentifier("password")
                }
            }
            .privacySensitive()
            Button(isShown ? "hide-password" : "show-password", systemImage: isShown ? "eye.slash" : "eye") {
                isShown.toggle()
            }
            .labelStyle(.iconOnly)
            .accessibilityIdentifier("show-password")
        }
    }
}

/// A way to sign in, with why it cannot be taken here.
struct OfferView: View {
    let offer: SignInOffer

    var body: some View {
        VStack(alignment: .leading) {
            Text(offer.name).foregroundStyle(offer.available ? Color.primary : Color.secondary)
            if let note = offer.note { Text(note).font(.footnote) }
        }
        .accessibilityElement(children: .combine)
        .accessibilityIdentifier(offer.available ? "method-available" : "method-unavailable")
    }
}
