import Basvuru
import Foundation
import Testing

extension Seam {
    /// Card care, beside the journey.
    struct DeskTests {
        private static let newPin = "975310"
        private static let change: UInt8 = 0x24
        private static let unblock: UInt8 = 0x2C
        /// The PUK of every card of the world.
        private static let puk = "13572468"

        @Test("a card desk looks at a card and changes its PIN beside an open application")
        func change() async throws {
            let phone = try await Phone()
            _ = try await phone.walk(to: \.signing)
            let desk = try phone.openDesk()
            let card = try await desk.look(reader: phone.readers.reader)
            let certificate = try #require(card.certificates.first)
            #expect(certificate.usable && certificate.holder == card.holder)
            #expect(card.triesLeft == 3 && card.notice == nil)
            let changed = try await change(at: desk, of: phone, from: phone.applicant.pin, to: Self.newPin)
            #expect(changed.serial == card.serial)
            #expect(try await phone.failure(of: phone.sign()) == .PinWrong(triesLeft: 2))
            try await phone.answer(phone.sign(pin: Self.newPin))
            _ = try await phone.walk(to: \.receipt)
        }

        @Test("a card desk refuses a new PIN that cannot be one and tells what the card thinks of the old one")
        func refusals() async throws {
            let phone = try await Phone()
            let desk = try phone.openDesk()
            let pin = phone.applicant.pin
            await #expect(throws: Failure.NewPinSame) { try await change(at: desk, of: phone, from: pin, to: pin) }
            await #expect(throws: Failure.NewPinMalformed(minLength: 4, maxLength: 8, numeric: true)) {
                try await change(at: desk, of: phone, from: pin, to: "1")
            }
            #expect(phone.readers.count(of: Self.change) == 0)
            await #expect(throws: Failure.PinWrong(triesLeft: 2)) {
                try await change(at: desk, of: phone, from: "135792", to: Self.newPin)
            }
            desk.setLanguage(language: .english)
            let card = try await desk.look(reader: phone.readers.reader)
            #expect(try #require(card.triesSentence).contains("2 PIN tries"))
        }

        @Test("a PIN that was under way to be changed when the link was lost is told as what it is")
        func losses() async throws {
            let phone = try await Phone()
            let desk = try phone.openDesk()
            for (delivery, failure) in [
                (Delivery.unknown, Failure.PinChangeOutcomeUnknown), (.notSent, .CardCancelled),
            ] {
                phone.readers.before.change {
                    $0.transmit = { instruction in
                        if instruction == Self.change { throw LinkFailure.CancelledByPerson(delivery: delivery) }
                    }
                }
                await #expect(throws: failure) {
                    try await change(at: desk, of: phone, from: phone.applicant.pin, to: Self.newPin)
                }
            }
            #expect(phone.readers.count(of: Self.change) == 0)
        }

        @Test("a card desk unblocks a blocked PIN beside an open application, which goes on")
        func unblocking() async throws {
            let phone = try await Phone()
            _ = try await phone.walk(to: \.signing)
            let desk = try phone.openDesk()
            for failure in [Failure.PinWrong(triesLeft: 2), .PinWrong(triesLeft: 1), .PinBlocked] {
                await #expect(throws: failure) {
                    try await change(at: desk, of: phone, from: "135792", to: Self.newPin, lastTry: true)
                }
            }
            let card = try await desk.look(reader: phone.readers.reader)
            let unblocking = try #require(card.unblocking)
            #expect(unblocking.puk == PinRules(minLength: 8, maxLength: 8, numeric: true))
            #expect(unblocking.triesLeft == 3 && unblocking.triesSentence?.contains("PUK") == true)
            await #expect(throws: Failure.PukMalformed(minLength: 8, maxLength: 8, numeric: true)) {
                try await unblock(at: desk, of: phone, with: "1", to: Self.newPin)
            }
            await #expect(throws: Failure.NewPinMalformed(minLength: 4, maxLength: 8, numeric: true)) {
                try await unblock(at: desk, of: phone, with: Self.puk, to: "1")
            }
            #expect(phone.readers.count(of: Self.unblock) == 0)
            await #expect(throws: Failure.PukWrong(triesLeft: 2)) {
                try await unblock(at: desk, of: phone, with: "86427531", to: Self.newPin)
            }
            let unblocked = try await unblock(at: desk, of: phone, with: Self.puk, to: Self.newPin)
            #expect(unblocked.notice == nil && phone.readers.count(of: Self.unblock) == 2)
            try await phone.answer(phone.sign(pin: Self.newPin))
            _ = try await phone.walk(to: \.receipt)
        }

        @Test("a PUK that was under way when the link was lost is told as what it is")
        func lossesOfPuks() async throws {
            let phone = try await Phone()
            let desk = try phone.openDesk()
            for (delivery, failure) in [(Delivery.unknown, Failure.PukOutcomeUnknown), (.notSent, .CardLost)] {
                phone.readers.before.change {
                    $0.transmit = { instruction in
                        if instruction == Self.unblock { throw LinkFailure.CardLost(delivery: delivery) }
                    }
                }
                await #expect(throws: failure) {
                    try await unblock(at: desk, of: phone, with: Self.puk, to: Self.newPin)
                }
            }
            #expect(phone.readers.count(of: Self.unblock) == 0)
        }

        @Test("a reader is tested without a PIN")
        func readers() async throws {
            for way in [TcpReaders.Way.contact, .nfc, .usb] {
                let phone = try await Phone(way: way)
                let desk = try phone.openDesk()
                let report = try await desk.testReader(reader: phone.readers.reader)
                #expect((report.exchange == "TPDU") == (way == .usb))
                #expect(report.cardPresent && report.sentences.count == 2)
                phone.readers.before.change { $0.connect = { throw LinkFailure.NoCard } }
                #expect(try await desk.testReader(reader: phone.readers.reader).cardPresent == false)
            }
        }

        @discardableResult
        private func change(
            at desk: CardDesk, of phone: Phone, from old: String, to new: String, lastTry: Bool = false
        ) async throws -> CardReport {
            try await desk.changePin(
                reader: phone.readers.reader,
                pin: Pin(digits: Data(old.utf8)),
                newPin: Pin(digits: Data(new.utf8)),
                lastTryConfirmed: lastTry
            )
        }

        @discardableResult
        private func unblock(
            at desk: CardDesk, of phone: Phone, with puk: String, to new: String
        ) async throws -> CardReport {
            try await desk.unblockPin(
                reader: phone.readers.reader,
                puk: Pin(digits: Data(puk.utf8)),
                newPin: Pin(digits: Data(new.utf8)),
                lastTryConfirmed: false
            )
        }
    }
}
