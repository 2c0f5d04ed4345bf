import Basvuru
import SwiftUI

/// The app: one scene. Started with `-state NAME`, as the tests on a Mac do, it shows that named state and nothing else.
@main
struct BasvuruPhone: App {
    var body: some Scene {
        WindowGroup {
            if let state = NamedState.asked(by: ProcessInfo.processInfo.arguments) {
                NamedStateView(state: state)
            } else {
                StartScreen(portals: Launch.portals()) { invitation in
                    try await ApplicationModel.open(
                        try Launch.configuration(invitation), readers: PhoneReaders(nfc: NfcReader(words: .catalogue)))
                } forget: {
                    try Launch.forget()
                }
            }
        }
    }
}

extension Language {
    /// The core's language for the phone's.
    init(_ locale: Locale) {
        self = locale.identifier.hasPrefix("en") ? .english : .turkish
    }
}
