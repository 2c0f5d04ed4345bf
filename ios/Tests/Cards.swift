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
    @discardableResult
    func loseLink(at place: Int?, afterwards: Bool = false) throws -> Cut {
        let cut = Cut(at: place)
        try loseLink(afterwards: afterwards) { cut.falls(on: $0) }
        return cut
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

/// A link that is cut once, at a command that is counted from one.
final class Cut: @unchecked Sendable {
    private let lock = NSLock()
    private let place: Int?
    private var count = 0
    private var lost: Data?

    init(at place: Int?) {
        self.place = place
    }

    /// Whether the lost command carried a PIN.
    var isAtPin: Bool { lock.withLock { lost?.dropFirst().first == 0x20 } }

    func falls(on command: Data) -> Bool {
        lock.withLock {
            count += 1
            guard count == place else { return false }
            lost = command
            return true
        }
    }
}
