import Basvuru
import SwiftUI

/// A card that is looked at, and its PIN that is changed.
struct CareView: View {
    let state: AppState
    let care: Care
    let send: @MainActor (Action) -> Void

    @State private var chosen: String?
    /// By what the PIN is being changed.
    @State private var key: PinChange.Key?

    init(state: AppState, care: Care, send: @escaping @MainActor (Action) -> Void) {
        (self.state, self.care, self.send) = (state, care, send)
        _key = State(initialValue: care.isForJourney ? .puk : state.typed.change.map { _ in state.typed.key })
    }

    private var reader: ReaderDescription? { state.reader(chosen ?? care.report?.reader) }

    var body: some View {
        if let key, let report = care.report, let reader, key == .pin || report.unblocking != nil {
            PinChangeView(report: report, key: key, reader: reader, state: state) { change in
                self.key = nil
                send(.changePin(change))
            } cancel: {
                self.key = nil
            }
        } else {
            overview
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
        if let changed = care.changed { DoneView(key: changed) }
        if let report = care.report {
            ReportView(report: report)
            Button("change-pin") { key = .pin }.accessibilityIdentifier("change-pin")
            if report.unblocking != nil {
                Button("unblock-pin") { key = .puk }.accessibilityIdentifier("unblock-pin")
            }
        }
    }
}

/// That there is a new PIN.
struct DoneView: View {
    let key: PinChange.Key

    var body: some View {
        Label(key.done, systemImage: "checkmark.circle").accessibilityIdentifier("pin-changed")
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
