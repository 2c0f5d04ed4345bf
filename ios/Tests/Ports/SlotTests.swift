import Basvuru
@_spi(Script) import CryptoTokenKit
import Foundation
import Testing

@testable import BasvuruApp

extension AppSuite {
    /// The port to readers that iOS drives: everything that can be done to one.
    struct SlotTests {
        private static let ok = Data([0x90, 0x00])
        private static let atr = Data([0x3B, 0x02, 0x41, 0x42])
        private let readers = SlotReaders(
            readerTime: .milliseconds(300), cardTime: .milliseconds(300), turnTime: .milliseconds(100))

        @Test("without a slot manager there is no reader, and none will come")
        func unsupported() async throws {
            Desk.now = Desk(isOpen: false)
            #expect(readers.list().isEmpty)
            await #expect(throws: LinkFailure.Unsupported) { try await readers.connect(reader: "slot") }
        }

        @Test("a reader that is not there is waited for, and then missed")
        func missing() async throws {
            Desk.now = Desk()
            await #expect(throws: LinkFailure.NoReader) { try await readers.connect(reader: "slot") }
        }

        @Test("a reader that comes up late is found")
        func late() async throws {
            let (desk, slot) = (Desk(), slot())
            Desk.now = desk
            Task {
                try await Task.sleep(for: .milliseconds(50))
                desk.plug(slot)
            }
            let channel = try await readers.connect(reader: "slot")
            #expect(readers.list().map(\.name) == ["slot"])
            #expect(try await channel.transmit(command: Data([0, 0xB0, 0, 0])) == Self.ok)
        }

        @Test("a reader and another app's end are waited for ten seconds, a card for a minute")
        func times() {
            let readers = SlotReaders()
            #expect(readers.readerTime == .seconds(10) && readers.turnTime == .seconds(10))
            #expect(readers.cardTime == .seconds(60))
        }

        @Test("what slot and card say of themselves is told")
        func info() async throws {
            Desk.now = Desk(slots: [slot()])
            let info = try await readers.connect(reader: "slot").info()
            #expect(info.link == .contact && info.extendedLength && info.maxCommandLength == 65_544)
            #expect(info.atr == Self.atr && info.historicalBytes == Data([0x41, 0x42]))
        }

        @Test(
            "a card that is not inserted in time is missed, a mute one is refused",
            arguments: [
                (TKSmartCardSlot.State.empty, LinkFailure.NoCard), (.probing, .NoCard), (.muteCard, .Unsupported),
                (.missing, .NoReader),
            ])
        func noCard(state: TKSmartCardSlot.State, failure: LinkFailure) async throws {
            Desk.now = Desk(slots: [slot(state: state)])
            await #expect(throws: failure) { try await readers.connect(reader: "slot") }
        }

        @Test("a card that another app has is busy, and is given back when it comes after all")
        func busy() async throws {
            let slot = slot()
            Desk.now = Desk(slots: [slot])
            slot.begin {}
            await #expect(throws: LinkFailure.Busy) { try await readers.connect(reader: "slot") }
            slot.end()
            try await Task.sleep(for: .milliseconds(50))
            #expect(!slot.isTaken)
        }

        @Test("a card pulled out is lost, and the one put in is another")
        func removed() async throws {
            let slot = slot()
            Desk.now = Desk(slots: [slot])
            let channel = try await readers.connect(reader: "slot")
            slot.state = .empty
            await #expect(throws: LinkFailure.CardLost(delivery: .notSent)) {
                try await channel.transmit(command: Data([0, 0x20, 0, 1]))
            }
            slot.state = .validCard
            await #expect(throws: LinkFailure.CardLost(delivery: .notSent)) {
                try await channel.transmit(command: Data([0, 0x20, 0, 1]))
            }
            #expect(slot.commands == 0)
        }

        /// What an error of CryptoTokenKit means for a command; every error there is has its line.
        static let errors: [(TKError.Code, LinkFailure)] = [
            (.notImplemented, .CardLost(delivery: .unknown)),
            (.communicationError, .CardLost(delivery: .unknown)),
            (.corruptedData, .Malformed(delivery: .unknown)),
            (.canceledByUser, .CardLost(delivery: .unknown)),
            (.objectNotFound, .NoCard),
            (.tokenNotFound, .NoCard),
            (.badParameter, .Malformed(delivery: .unknown)),
        ]

        @Test("every error there is has its line")
        func table() {
            #expect(Set(Self.errors.map(\.0)) == Set((-20...20).compactMap(TKError.Code.init(rawValue:))))
        }

        @Test("a command's error says whether the card may have had it", arguments: errors)
        func lost(code: TKError.Code, failure: LinkFailure) async throws {
            let slot = slot()
            Desk.now = Desk(slots: [slot])
            let channel = try await readers.connect(reader: "slot")
            slot.error = code
            slot.fails = { _ in .response }
            await #expect(throws: failure) { try await channel.transmit(command: Data([0, 0x20, 0, 1])) }
        }

        @Test("a wait that nobody wants any more ends, for a card and for another app's end")
        func givenUp() async throws {
            let (slot, readers) = (slot(state: .empty), SlotReaders())
            Desk.now = Desk(slots: [slot])
            for state in [TKSmartCardSlot.State.empty, .validCard] {
                slot.state = state
                if state == .validCard { slot.begin {} }
                let connecting = Task { try await readers.connect(reader: "slot") }
                try await Task.sleep(for: .milliseconds(50))
                connecting.cancel()
                await #expect(throws: LinkFailure.CancelledByPerson(delivery: .notSent)) { try await connecting.value }
            }
            slot.end()
            try await Task.sleep(for: .milliseconds(50))
            #expect(!slot.isTaken)
        }

        @Test("a channel has the card to itself, reset, and leaves it to others when it is closed")
        func closing() async throws {
            let slot = slot()
            Desk.now = Desk(slots: [slot])
            let channel = try await readers.connect(reader: "slot")
            #expect(slot.isTaken && slot.isSensitive)
            try await channel.close(outcome: .succeeded(sentence: ""))
            #expect(!slot.isTaken)
        }

        private func slot(state: TKSmartCardSlot.State = .validCard) -> ScriptedSlot {
            ScriptedSlot(name: "slot", atr: Self.atr, state: state) { _ in Self.ok }
        }
    }
}
