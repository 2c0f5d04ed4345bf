import Basvuru
import SwiftUI

/// Card and PIN. With a reader the card is read first; over NFC the PIN is asked first, and one tap does everything.
struct SignScreen: View {
    let state: AppState
    let card: CardSummary?
    let assisted: AssistedUnblocking?
    let send: @MainActor (Action) -> Void

    @State private var chosen: String?
    /// Whether the portal's help was asked for, and then declined.
    @State private var isHelpDeclined = false
    @State private var isPinAsked: Bool
    @State private var pin: PinEntry
    @State private var certificate: String?
    @State private var lastTryConfirmed = false
    @Environment(\.scenePhase) private var phase

    init(
        state: AppState, card: CardSummary?, assisted: AssistedUnblocking?,
        send: @escaping @MainActor (Action) -> Void
    ) {
        (self.state, self.card, self.assisted, self.send) = (state, card, assisted, send)
        _isPinAsked = State(initialValue: state.typed.isPinAsked)
        _pin = State(initialValue: PinEntry(zeros: state.typed.digits))
    }

    private var reader: ReaderDescription? { state.reader(chosen ?? card?.reader) }

    /// What is known of the card in the chosen reader.
    private var known: CardSummary? { card?.reader == reader?.id ? card : nil }

    private var isAtPin: Bool { reader != nil && (known != nil || (isPinAsked && reader?.link == .nfc)) }

    /// What the portal's help waits for.
    private var awaited: CodeStatus? { isHelpDeclined || state.pin == .unblocked ? nil : assisted?.code }

    var body: some View {
        StepScreen(state: state) {
            if state.pin == .unblocked, state.trouble == nil { DoneView(key: .puk) }
            if let awaited, let reader {
                AssistedView(
                    state: state, verificationCode: assisted?.verificationCode, code: awaited, rules: known?.rules,
                    resend: { answer(.requestUnblocking(reader: reader.id, appToken: nil)) },
                    unblock: { answer(.unblock(reader: reader.id, code: $0, newPin: $1)) },
                    cancel: { isHelpDeclined = true })
            } else {
                if isBlocked, let reader { waysToUnblock(reader) }
                signing
            }
        } bottom: {
            if awaited == nil {
                if isAtPin {
                    PrimaryButton(title: "sign", identifier: "sign", isEnabled: isComplete, action: sign)
                } else if let reader {
                    bringing(reader)
                }
            }
        }
        .onChange(of: phase) { _, phase in if phase == .background { pin.wipe() } }
        .onDisappear { pin.wipe() }
    }

    @ViewBuilder private var signing: some View {
        Section {
            ReaderChoice(
                readers: state.readers, facts: state.phone,
                chosen: Binding(get: { reader?.id }, set: { chosen = $0 }))
        }
        if isAtPin {
            if let known { CardSection(card: known, isUnblocked: state.pin == .unblocked, certificate: $certificate) }
            Section {
                PinPad(label: "pin", entry: pin)
                if isLastTry { Toggle("last-try", isOn: $lastTryConfirmed).accessibilityIdentifier("last-try") }
            }
        } else if let reader {
            Section { CardPicture(link: reader.link) }
        }
    }

    /// Told by the card that was read, or with the last answer.
    private var isBlocked: Bool { state.pin == .blocked || (state.pin == nil && known?.triesLeft == 0) }

    private func waysToUnblock(_ reader: ReaderDescription) -> some View {
        Section {
            // Of a card that was not read yet it is not known.
            if known == nil || known?.unblocking != nil {
                Button("unblock-pin", systemImage: "lock.open") { send(.unblock(reader: reader.id)) }
                    .accessibilityIdentifier("unblock-pin")
            }
            if let assisted {
                Button("unblock-assisted", systemImage: "lifepreserver") {
                    isHelpDeclined = false
                    if assisted.code == nil { answer(.requestUnblocking(reader: reader.id, appToken: nil)) }
                }
                .accessibilityIdentifier("unblock-assisted")
            }
        }
    }

    @ViewBuilder private func bringing(_ reader: ReaderDescription) -> some View {
        switch reader.link {
        case .contact:
            PrimaryButton(title: "read-card", identifier: "read-card") { answer(.readCard(reader: reader.id)) }
        case .nfc:
            PrimaryButton(title: "ask-pin", identifier: "ask-pin") { isPinAsked = true }
        }
    }

    private func answer(_ answer: Answer) { send(.answer(answer)) }

    /// Told by the card that was read, or, over NFC, with the last answer.
    private var isLastTry: Bool { known?.triesLeft == 1 || state.trouble?.lastTry == .pin }

    private var isComplete: Bool {
        pin.count >= Int(known?.pinMinLength ?? 1)
            && (!isLastTry || lastTryConfirmed)
            && (known.map { $0.certificates.count < 2 } ?? true || certificate != nil)
    }

    private func sign() {
        guard let reader else { return }
        answer(
            .sign(reader: reader.id, pin: pin.take(), lastTryConfirmed: lastTryConfirmed, certificate: certificate))
        lastTryConfirmed = false
    }
}

extension CardSummary {
    fileprivate var rules: PinRules {
        PinRules(minLength: pinMinLength, maxLength: pinMaxLength, numeric: pinNumeric)
    }
}

/// The card that was read: whose it is, and how many tries there are, before a PIN is typed.
struct CardSection: View {
    let card: CardSummary
    /// Whether its PIN was unblocked since.
    let isUnblocked: Bool
    @Binding var certificate: String?

    var body: some View {
        Section {
            LabeledContent("card", value: card.label)
            if card.certificates.count > 1 {
                Picker("certificate", selection: $certificate) {
                    Text("choose").tag(String?.none)
                    ForEach(card.certificates, id: \.serial) { certificate in
                        CertificateView(certificate: certificate).tag(String?.some(certificate.serial))
                    }
                }
                .pickerStyle(.inline)
                .accessibilityIdentifier("certificate")
            } else if let certificate = card.certificates.first {
                CertificateView(certificate: certificate)
            }
            ForEach(Array(card.unusable.enumerated()), id: \.offset) { _, certificate in
                UnusableView(certificate: certificate)
            }
            if let tries = card.triesSentence, !isUnblocked || card.triesLeft != 0 {
                Text(tries).foregroundStyle(card.triesLeft == 1 ? Color.red : Color.primary).accessibilityIdentifier(
                    "tries")
            }
        }
    }
}

/// A certificate on the same card that cannot sign, and why.
struct UnusableView: View {
    let certificate: UnusableCertificate

    var body: some View {
        Label {
            VStack(alignment: .leading) {
                Text(certificate.holder)
                if !certificate.issuer.isEmpty { Text(certificate.issuer).font(.footnote) }
                Text(certificate.reason).font(.footnote)
            }
        } icon: {
            Image(systemName: "exclamationmark.circle").accessibilityHidden(true)
        }
        .accessibilityElement(children: .combine)
    }
}

/// Whose certificate it is, by whom, and until when.
struct CertificateView: View {
    let certificate: CardCertificate
    @Environment(\.locale) private var locale

    var body: some View {
        VStack(alignment: .leading) {
            Text(certificate.holder).bold()
            Text(certificate.issuer).font(.footnote)
            Text("valid-until \(end)").font(.footnote)
        }
        .accessibilityElement(children: .combine)
    }

    private var end: String {
        certificate.validUntil.formatted(Date.FormatStyle(date: .long, time: .omitted, locale: locale))
    }
}
