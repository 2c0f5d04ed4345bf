import Basvuru
@_spi(Script) import CoreNFC
@_spi(Script) import CryptoTokenKit
import Foundation
import Testing

@testable import BasvuruApp

extension Person {
    /// Holds the applicant's card to the phone, or puts it into a reader that is plugged in.
    func holdCard() throws {
        switch way {
        case .nfc:
            let wire = try Wire(to: applicant.card.nfcPort)
            let history = Data(hexadecimal: applicant.card.historicalBytes)
            let tag = ScriptedTag(historicalBytes: history) { try wire.exchange($0) }
            Phone.now = Phone(selectable: try Files.selectable(), polls: [.success([.iso7816(tag)])])
            Desk.now = Desk()
        case .slot:
            let wire = try Wire(to: applicant.card.contactPort)
            let atr = try wire.exchange(Data([4]))
            Phone.now = Phone(hasAntenna: false)
            Desk.now = Desk(slots: [ScriptedSlot(name: "Deneme okuyucusu", atr: atr) { try wire.exchange($0) }])
        }
    }

    /// Loses the link at a command: before it reaches the card, or after the card has done it, so that only the answer is
    /// lost. Counted from the next command on; nil has it work again.
    func loseLink(at place: Int?, afterwards: Bool = false) throws {
        let counter = Counter()
        let cut: @Sendable (Data) -> Bool = { _ in place.map { counter.next() == $0 } ?? false }
        try loseLink(afterwards: afterwards, where: cut)
    }

    func loseLink(afterwards: Bool, where isLost: @escaping @Sendable (Data) -> Bool) throws {
        switch way {
        case .nfc:
            let tag = try #require(Phone.now.tag)
            tag.fails.command = { _, octets in
                !afterwards && isLost(octets) ? .readerTransceiveErrorTagConnectionLost : nil
            }
            tag.fails.response = { octets in
                afterwards && isLost(octets) ? .readerTransceiveErrorTagConnectionLost : nil
            }
        case .slot:
            let slot = try #require(Desk.now.scripts.first)
            slot.fails = { octets in isLost(octets) ? (afterwards ? .response : .command) : nil }
        }
    }

    /// What reached the card since it was made.
    func commands() async throws -> [CardCommand] {
        try await world.commands(of: applicant)
    }
}

/// Counts from one.
final class Counter: @unchecked Sendable {
    private let lock = NSLock()
    private var count = 0

    func next() -> Int {
        lock.withLock {
            count += 1
            return count
        }
    }
}
