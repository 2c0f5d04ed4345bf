import Basvuru
import SwiftUI

/// A new PIN for a card, after what the card wants to see first: the PIN there is, or the PUK.
struct PinChangeView: View {
    let report: CardReport
    let key: PinChange.Key
    let reader: ReaderDescription
    let state: AppState
    let change: @MainActor (PinChange) -> Void
    let cancel: @MainActor () -> Void

    @State private var old: PinEntry
    @State private var isOldTyped: Bool
    @State private var lastTryConfirmed = false
    @State private var fault: String?
    @Environment(\.locale) private var locale
    @Environment(\.scenePhase) private var phase

    init(
        report: CardReport, key: PinChange.Key, reader: ReaderDescription, state: AppState,
        change: @escaping @MainActor (PinChange) -> Void, cancel: @escaping @MainActor () -> Void
    ) {
        (self.report, self.key, self.reader, self.state) = (report, key, reader, state)
        (self.change, self.cancel) = (change, cancel)
        _old = State(initialValue: PinEntry(zeros: state.typed.digits))
        _isOldTyped = State(initialValue: [.new, .again].contains(state.typed.change))
    }

    var body: some View {
        Group {
            if isOldTyped {
                NewPinView(rules: report.pin, title: key.action, typed: state.typed, done: done, cancel: cancel)
            } else {
                entry
            }
        }
        .onChange(of: phase) { _, phase in
            guard phase == .background else { return }
            (isOldTyped, lastTryConfirmed) = (false, false)
            old.wipe()
        }
    }

    private var entry: some View {
        Section {
            // What went wrong since the card was looked at says it better.
            if state.trouble == nil, let tries { Text(tries).accessibilityIdentifier("tries") }
            PinPad(label: key.label, entry: old)
            if isLastTry { Toggle(key.lastTry, isOn: $lastTryConfirmed).accessibilityIdentifier("last-try") }
            PrimaryButton(title: "next", identifier: "next", isEnabled: isComplete, action: goOn)
            Button("cancel", role: .cancel, action: cancel).accessibilityIdentifier("cancel")
        } header: {
            Text(key.label)
        } footer: {
            PinFaultView(fault: fault)
        }
    }

    private var rules: PinRules { key == .puk ? report.unblocking?.puk ?? report.pin : report.pin }

    private var tries: String? { key == .puk ? report.unblocking?.triesSentence : report.triesSentence }

    private var isLastTry: Bool {
        switch key {
        case .pin: report.triesLeft == 1 || state.trouble?.lastTry == .pin
        // That there is none left may be wrong, too.
        case .puk: (report.unblocking?.triesLeft).map { $0 <= 1 } == true || state.trouble?.lastTry == .puk
        }
    }

    private var isComplete: Bool { old.count >= Int(rules.minLength) && (!isLastTry || lastTryConfirmed) }

    private func goOn() {
        fault = nil
        if old.count <= Int(rules.maxLength) {
            isOldTyped = true
        } else {
            let explanation = explain(failure: key.malformed(rules), language: Language(locale))
            fault = "\(explanation.what) \(explanation.next)"
            old.wipe()
        }
    }

    private func done(_ new: Pin) {
        change(
            PinChange(key: key, reader: reader.id, old: old.take(), new: new, lastTryConfirmed: lastTryConfirmed))
    }
}

extension PinChange.Key {
    fileprivate var label: LocalizedStringKey { self == .pin ? "old-pin" : "puk" }
    fileprivate var lastTry: LocalizedStringKey { self == .pin ? "last-try" : "last-puk-try" }
    /// What is done with it.
    fileprivate var action: LocalizedStringKey { self == .pin ? "change-pin" : "unblock" }
    /// That it was done.
    var done: LocalizedStringKey { self == .pin ? "pin-changed" : "pin-unblocked" }

    fileprivate func malformed(_ rules: PinRules) -> Failure {
        let (least, most, digits) = (rules.minLength, rules.maxLength, rules.numeric)
        return switch self {
        case .pin: .PinMalformed(minLength: least, maxLength: most, numeric: digits)
        case .puk: .PukMalformed(minLength: least, maxLength: most, numeric: digits)
        }
    }
}

/// A new PIN, and once more.
struct NewPinView: View {
    /// Nil where no card was read yet that tells them: it is judged when one is there.
    let rules: PinRules?
    /// What the new PIN is good for.
    let title: LocalizedStringKey
    let done: @MainActor (Pin) -> Void
    let cancel: @MainActor () -> Void

    @State private var isAgain: Bool
    @State private var new = PinEntry()
    @State private var again = PinEntry()
    @State private var fault: String?
    @State private var areDifferent = false
    @Environment(\.locale) private var locale
    @Environment(\.scenePhase) private var phase

    init(
        rules: PinRules?, title: LocalizedStringKey, typed: Typed, done: @escaping @MainActor (Pin) -> Void,
        cancel: @escaping @MainActor () -> Void
    ) {
        (self.rules, self.title, self.done, self.cancel) = (rules, title, done, cancel)
        _isAgain = State(initialValue: typed.change == .again)
        _fault = State(initialValue: typed.fault)
    }

    var body: some View {
        Section {
            if isAgain { PinPad(label: heading, entry: again) } else { PinPad(label: heading, entry: new) }
            PrimaryButton(
                title: isAgain ? title : "next", identifier: "next", isEnabled: (isAgain ? again : new).count > 0,
                action: goOn)
            Button("cancel", role: .cancel, action: cancel).accessibilityIdentifier("cancel")
        } header: {
            Text(heading)
        } footer: {
            if areDifferent { Text("pins-differ").accessibilityIdentifier("fault") }
            PinFaultView(fault: fault)
        }
        .onChange(of: phase) { _, phase in
            guard phase == .background else { return }
            isAgain = false
            new.wipe()
            again.wipe()
        }
    }

    private var heading: LocalizedStringKey { isAgain ? "new-pin-again" : "new-pin" }

    private func goOn() {
        (fault, areDifferent) = (nil, false)
        if !isAgain { return judge() }
        if again.isSame(as: new) {
            again.wipe()
            return done(new.take())
        }
        (isAgain, areDifferent) = (false, true)
        new.wipe()
        again.wipe()
    }

    private func judge() {
        switch rules.map({ checkNewPin(pin: new.pin(), rules: $0, language: Language(locale)) }) ?? .acceptable {
        case .acceptable: isAgain = true
        case .incomplete: break
        case .refused(let sentence):
            fault = sentence
            new.wipe()
        }
    }
}

/// What is wrong with what was pressed.
struct PinFaultView: View {
    let fault: String?

    var body: some View {
        if let fault { Text(fault).foregroundStyle(.red).accessibilityIdentifier("fault") }
    }
}
