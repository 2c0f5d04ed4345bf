import Basvuru
import SwiftUI

/// What is needed and whether the phone has it, before anything is typed. The portal is asked for its picture meanwhile: a
/// network that is not there and a clock that is wrong are told here.
struct WelcomeScreen: View {
    let state: AppState
    let send: @MainActor (Action) -> Void

    var body: some View {
        Form {
            Section {
                Image(decorative: "card-on-phone").resizable().scaledToFit().frame(maxHeight: 180)
                Text("welcome").font(.title2).accessibilityAddTraits(.isHeader)
                Label("need-password", systemImage: "envelope")
                Label("need-phone", systemImage: "message")
                Label("need-card", systemImage: "creditcard")
            }
            Section {
                if state.phone.hasAntenna {
                    Label("nfc-there", systemImage: "checkmark.circle").accessibilityIdentifier("nfc")
                } else {
                    Label("nfc-absent", systemImage: "info.circle").accessibilityIdentifier("nfc")
                }
                if state.phone.drivesReaders {
                    Label("readers-driven", systemImage: "checkmark.circle").accessibilityIdentifier("readers")
                } else {
                    Label("readers-not-driven", systemImage: "info.circle").accessibilityIdentifier("readers")
                }
                if !state.phone.canReachCards {
                    Label("no-way-to-card", systemImage: "exclamationmark.circle").accessibilityIdentifier("no-way")
                }
                if let clock = state.step.clock {
                    Label(clock, systemImage: "clock.badge.exclamationmark").accessibilityIdentifier("clock")
                }
            } header: {
                Text("this-phone")
            }
            if let trouble = state.trouble {
                TroubleCard(trouble: trouble, support: state.step.support)
                Button("try-again") { send(.answer(.requestCaptcha)) }.accessibilityIdentifier("try-again")
            }
        }
        .safeAreaInset(edge: .bottom) {
            PrimaryButton(title: "begin", identifier: "begin") { send(.begin) }.padding().background(.bar)
        }
        .task { if !state.step.screen.hasPicture { send(.answer(.requestCaptcha)) } }
    }
}

extension PhoneFacts {
    var canReachCards: Bool { hasAntenna || drivesReaders }
}

extension Screen {
    /// Whether the picture code of signing in is there.
    var hasPicture: Bool {
        if case .signIn(_, _, _, _, .some, _) = self { true } else { false }
    }
}
