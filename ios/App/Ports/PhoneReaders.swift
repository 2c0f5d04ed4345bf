import Basvuru
import Foundation

/// What of the phone matters to a card.
struct PhoneFacts: Equatable, Sendable {
    var hasAntenna = true
    /// Whether iOS drives readers here at all.
    var drivesReaders = true
}

/// The phone's readers: its antenna, and what is plugged into it.
final class PhoneReaders: Readers {
    private let nfc: NfcReader
    private let slots: SlotReaders

    init(nfc: NfcReader, slots: SlotReaders = SlotReaders()) {
        (self.nfc, self.slots) = (nfc, slots)
    }

    var facts: PhoneFacts { PhoneFacts(hasAntenna: nfc.isThere, drivesReaders: slots.areDriven) }

    func list() async throws -> [ReaderDescription] {
        nfc.list() + slots.list()
    }

    func connect(reader: String, prompt: String) async throws -> ConnectedCard {
        if reader == NfcReader.id {
            return .channel(channel: try await nfc.connect(prompt: prompt))
        }
        return .channel(channel: try await slots.connect(reader: reader))
    }
}
