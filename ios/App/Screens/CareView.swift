import Basvuru
import SwiftUI

/// A card that is looked at, and its PIN that is changed.
struct CareView: View {
    let state: AppState
    let care: Care
    let send: @MainActor (Action) -> Void

    @State private var chosen: String?
    @State private var isChanging: Bool

    init(state: AppState, care: Care, send: @escaping @MainActor (Action) -> Void) {
        (self.state, self.care, self.send) = (state, care, send)
        _isChanging = State(initialValue: state.typed.change != nil)
    }

    private var reader: ReaderDescription? { state.reader(chosen ?? care.report?.reader) }

    var body: some View {
        Group {
            if isChanging, let report = care.report, let reader {
                PinChangeView(
                    report: report, reader: reader, typed: state.typed,
                    isLastTry: report.triesLeft == 1 || state.trouble?.isLastTry == true
                ) { change in
                    isChanging = false
                    send(.changePin(change))
                } cancel: {
                    isChanging = false
                }
            } else {
                overview
            }
        }
    }

    @ViewBuilder private var overview: some View {
        Section {
            ReaderChoice(
                readers: state.readers, facts: state.phone,
                chosen: Binding(get: { reader?.id }, set: { chosen = $0 }))
            if let reader {
                CardPicture(link: reader.link)
                Button("look") { send(.look(reader: reader.id)) }.accessibilityIdentifier("look")
            }
        }
        if care.isChanged {
            Label("pin-changed", systemImage: "checkmark.circle").accessibilityIdentifier("pin-changed")
        }
        if let report = care.report {
            ReportView(report: report)
            Button("change-pin") { isChanging = true }.accessibilityIdentifier("change-pin")
        }
    }
}

/// What is on a card.
struct ReportView: View {
    let report: CardReport

    var body: some View {
        if let notice = report.notice { Section { NoticeView(notice: notice) } }
        Section {
            LabeledContent("card", value: report.label)
            if let holder = report.holder { LabeledContent("holder", value: holder).accessibilityIdentifier("holder") }
            if let serial = report.serial { LabeledContent("serial", value: serial) }
            if let tries = report.triesSentence { Text(tries).accessibilityIdentifier("tries") }
        }
        ForEach(report.certificates, id: \.serial) { certificate in
            VStack(alignment: .leading) {
                Text(certificate.holder).bold()
                Text(certificate.issuer).font(.footnote)
                Label(certificate.sentence, systemImage: certificate.usable ? "checkmark.circle" : "xmark.circle")
            }
            .accessibilityElement(children: .combine)
            .accessibilityIdentifier("certificate-\(certificate.serial)")
        }
    }
}

/// The PIN there is, the new one, and the new one again.
struct PinChangeView: View {
    let report: CardReport
    let reader: ReaderDescription
    let isLastTry: Bool
    let change: @MainActor (PinChange) -> Void
    let cancel: @MainActor () -> Void

    @State private var stage: PinChange.Stage
    @State private var old = PinEntry()
    @State private var new = PinEntry()
    @State private var again = PinEntry()
    @State private var fault: String?
    @State private var areDifferent = false
    @State private var lastTryConfirmed = false
    @Environment(\.locale) private var locale

    init(
        report: CardReport, reader: ReaderDescription, typed: Typed, isLastTry: Bool,
        change: @escaping @MainActor (PinChange) -> Void, cancel: @escaping @MainActor () -> Void
    ) {
        (self.report, self.reader, self.isLastTry) = (report, reader, isLastTry)
        (self.change, self.cancel) = (change, cancel)
        _stage = State(initialValue: typed.change ?? .old)
        _fault = State(initialValue: typed.fault)
    }

    var body: some View {
        Section {
            switch stage {
            case .old:
                if let tries = report.triesSentence { Text(tries).accessibilityIdentifier("tries") }
                PinPad(label: "old-pin", entry: old)
                if isLastTry {
                    Toggle("last-try", isOn: $lastTryConfirmed).accessibilityIdentifier("last-try")
                }
            case .new: PinPad(label: "new-pin", entry: new)
            case .again: PinPad(label: "new-pin-again", entry: again)
            }
            PrimaryButton(title: title, identifier: "next", isEnabled: isComplete, action: goOn)
            Button("cancel", role: .cancel, action: cancel).accessibilityIdentifier("cancel")
        } header: {
            Text(heading)
        } footer: {
            if areDifferent { Text("pins-differ").accessibilityIdentifier("fault") }
            if let fault { Text(fault).foregroundStyle(.red).accessibilityIdentifier("fault") }
        }
        .onDisappear { for entry in [old, new, again] { entry.wipe() } }
    }

    private var heading: LocalizedStringKey {
        switch stage {
        case .old: "old-pin"
        case .new: "new-pin"
        case .again: "new-pin-again"
        }
    }

    private var title: LocalizedStringKey { stage == .again ? "change-pin" : "next" }

    private var isComplete: Bool {
        switch stage {
        case .old: old.count >= Int(report.pin.minLength) && (!isLastTry || lastTryConfirmed)
        case .new: new.count > 0
        case .again: again.count > 0
        }
    }

    private func goOn() {
        (fault, areDifferent) = (nil, false)
        switch stage {
        case .old: stage = .new
        case .new:
            switch checkNewPin(pin: new.pin(), rules: report.pin, language: Language(locale)) {
            case .acceptable: stage = .again
            case .refused(let sentence): refuse(sentence)
            case .incomplete: break
            }
        case .again:
            guard again.isSame(as: new) else {
                (stage, areDifferent) = (.new, true)
                new.wipe()
                return again.wipe()
            }
            again.wipe()
            change(
                PinChange(
                    reader: reader.id, pin: old.take(), newPin: new.take(), lastTryConfirmed: lastTryConfirmed))
        }
    }

    private func refuse(_ sentence: String) {
        fault = sentence
        new.wipe()
    }
}
