import Basvuru
import CoreNFC

/// What is said on iOS's sheet beside the core's sentences.
struct NfcWords: Sendable {
    var nothingSeen: String
    var severalCards: String
    var otherCard: String
    var timeIsShort: String
}

/// The phone's own antenna. iPads have none.
struct NfcReader: Sendable {
    static let id = "nfc"

    /// When to say that no card was seen. iOS is silent on a card that has none of the names in Info.plist: held as it
    /// should be, it is as good as not there, and only a reader helps.
    var patience: Duration = .seconds(20)
    /// iOS ends a session after 60 seconds. Said ten seconds before.
    var warning: Duration = .seconds(50)
    /// How long after several cards or another one were met the next is looked for.
    var pause: Duration = .milliseconds(500)
    let words: NfcWords

    var isThere: Bool { NFCTagReaderSession.readingAvailable }

    func list() -> [ReaderDescription] {
        guard isThere else { return [] }
        return [ReaderDescription(id: Self.id, name: "NFC", link: .nfc)]
    }

    func connect(prompt: String) async throws -> NfcChannel {
        guard isThere else { throw LinkFailure.NoReader }
        let channel = NfcChannel(reader: self)
        try await channel.open(prompt: prompt)
        return channel
    }
}
