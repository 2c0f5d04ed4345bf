import SwiftUI

extension NfcWords {
    /// In the language of the app.
    static var catalogue: NfcWords {
        NfcWords(
            nothingSeen: String(localized: "nfc-nothing-seen"), severalCards: String(localized: "nfc-several-cards"),
            otherCard: String(localized: "nfc-other-card"), timeIsShort: String(localized: "nfc-time-is-short"))
    }
}
