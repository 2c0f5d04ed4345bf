import Basvuru
import CryptoTokenKit

/// Readers that iOS drives itself: any that speak CCID, since iOS 16.
struct SlotReaders: Sendable {
    /// How long a reader may take to come up, a card to be inserted, another app to let go of it.
    var readerTime: Duration = .seconds(10)
    var cardTime: Duration = .seconds(60)
    var turnTime: Duration = .seconds(10)

    /// Nil where the system has no smart card service, or the app no entitlement: no reader will ever come.
    var areDriven: Bool { TKSmartCardSlotManager.default != nil }

    func list() -> [ReaderDescription] {
        let names = TKSmartCardSlotManager.default?.slotNames ?? []
        return names.map { ReaderDescription(id: $0, name: $0, link: .contact) }
    }

    func connect(reader: String) async throws -> SlotChannel {
        guard let manager = TKSmartCardSlotManager.default else { throw LinkFailure.Unsupported }
        guard let slot = try await found(within: readerTime, { manager.slotNamed(reader) }) else {
            throw LinkFailure.NoReader
        }
        let card = try await found(within: cardTime) {
            guard slot.state != .missing else { throw LinkFailure.NoReader }
            guard slot.state != .muteCard else { throw LinkFailure.Unsupported }
            return slot.makeSmartCard()
        }
        guard let card else { throw LinkFailure.NoCard }
        let channel = SlotChannel(card: card)
        try await channel.open(within: turnTime)
        return channel
    }

    /// Looks five times a second until there is something. Slots tell changes by key-value observing, which says no more.
    private func found<Found>(within time: Duration, _ look: () throws -> Found?) async throws -> Found? {
        let end = ContinuousClock.now + time
        while true {
            if let found = try look() { return found }
            guard ContinuousClock.now < end else { return nil }
            do {
                try await Task.sleep(for: .milliseconds(200))
            } catch {
                throw LinkFailure.CancelledByPerson(delivery: .notSent)
            }
        }
    }
}
