import Basvuru
import SwiftUI

/// What every step has: where one is, what is asked, what went wrong, and the one thing to do, at the bottom of the screen.
struct StepScreen<Content: View, Bottom: View>: View {
    let state: AppState
    @ViewBuilder let content: Content
    @ViewBuilder let bottom: Bottom

    private var step: Step { state.step }

    var body: some View {
        Form {
            Section {
                if let place = step.place { PlaceView(place: place) }
                Text(step.hint)
                if let clock = step.clock {
                    Label(clock, systemImage: "clock.badge.exclamationmark").accessibilityIdentifier("clock")
                }
                if let notice = step.notice { NoticeView(notice: notice) }
            }
            if let trouble = state.trouble, trouble.field == nil {
                TroubleCard(trouble: trouble, support: step.support)
            }
            content
            if let privacy = step.privacy { PrivacyView(notice: privacy, isOpen: state.typed.isOpen) }
        }
        .scrollDismissesKeyboard(.interactively)
        .safeAreaInset(edge: .bottom) {
            VStack { bottom }.padding().background(.bar)
        }
    }
}

/// Which of how many steps this is: "3/7 · Telefon onayı".
struct PlaceView: View {
    let place: Place

    var body: some View {
        Text(verbatim: "\(place.number)/\(place.count) · \(place.name)")
            .font(.footnote)
            .foregroundStyle(.secondary)
            .accessibilityLabel("place \(Int(place.number)) \(Int(place.count)) \(place.name)")
            .accessibilityIdentifier("place")
    }
}

/// What happened since the person was here last.
struct NoticeView: View {
    let notice: Explanation

    var body: some View {
        VStack(alignment: .leading) {
            Text(notice.what).bold()
            Text(notice.next)
        }
        .accessibilityElement(children: .combine)
        .accessibilityIdentifier("notice")
    }
}

/// What went wrong, calmly: what happened, what to do now, whom to call, and the code to tell them.
struct TroubleCard: View {
    let trouble: Trouble
    let support: SupportContact?

    var body: some View {
        Section {
            Label {
                VStack(alignment: .leading) {
                    Text(trouble.explanation.what).bold()
                    Text(trouble.explanation.next)
                }
            } icon: {
                Image(systemName: "exclamationmark.circle").accessibilityHidden(true)
            }
            .accessibilityElement(children: .combine)
            .accessibilityIdentifier("trouble")
            if trouble.isProxyUnsupported { Text("proxy-unsupported").accessibilityIdentifier("proxy-unsupported") }
            if let support { CallView(support: support) }
            Button {
                UIPasteboard.general.string = trouble.explanation.code
            } label: {
                Text(verbatim: trouble.explanation.code).monospaced().font(.footnote)
            }
            .accessibilityHint("copies-code")
            .accessibilityIdentifier("trouble-code")
        }
    }
}

/// A number to tap.
struct CallView: View {
    let support: SupportContact

    var body: some View {
        let number = support.phone.filter { $0.isNumber || $0 == "+" }
        if let address = URL(string: "tel:\(number)") {
            Link("call \(support.phone)", destination: address).accessibilityIdentifier("call")
        }
    }
}

/// What becomes of the person's data (law no. 6698), told before any of it is typed.
struct PrivacyView: View {
    let notice: PrivacyNotice
    @State private var isOpen: Bool

    init(notice: PrivacyNotice, isOpen: Bool) {
        self.notice = notice
        _isOpen = State(initialValue: isOpen)
    }

    var body: some View {
        Section {
            DisclosureGroup(isExpanded: $isOpen) {
                Text(notice.text).textSelection(.enabled)
                if let address = notice.address.flatMap(URL.init) {
                    Link("whole-text", destination: address).accessibilityIdentifier("privacy-address")
                }
            } label: {
                Text(notice.title)
            }
            .accessibilityIdentifier("privacy")
        }
    }
}

/// The one thing to do on a screen.
struct PrimaryButton: View {
    let title: LocalizedStringKey
    let identifier: String
    var isEnabled = true
    let action: @MainActor () -> Void

    var body: some View {
        Button(action: action) {
            Text(title).frame(maxWidth: .infinity)
        }
        .buttonStyle(.borderedProminent)
        .controlSize(.large)
        .disabled(!isEnabled)
        .keyboardShortcut(.defaultAction)
        .accessibilityIdentifier(identifier)
    }
}

/// What is wrong with a field, below it. Read aloud with the field, as its hint.
struct FaultView: View {
    let fault: String?
    var help: String?

    var body: some View {
        if let fault {
            Label(fault, systemImage: "exclamationmark.circle").foregroundStyle(.red).accessibilityHidden(true)
        } else if let help {
            Text(help).accessibilityHidden(true)
        }
    }
}

extension Check {
    /// Why what was typed cannot be right, where it cannot.
    var fault: String? {
        if case .refused(let sentence) = self { sentence } else { nil }
    }

    var isAcceptable: Bool {
        if case .acceptable = self { true } else { false }
    }
}
