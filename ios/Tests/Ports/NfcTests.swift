import Basvuru
@_spi(Script) import CoreNFC
import Foundation
import Testing

@testable import BasvuruApp

extension AppSuite {
    /// The antenna's port: everything that iOS can do to it.
    struct NfcTests {
        private static let ok = Data([0x90, 0x00])
        private let reader = NfcReader(pause: .milliseconds(1), words: .none)

        @Test("a phone without an antenna lists none, and a connection to it is refused")
        func absent() async throws {
            Phone.now = Phone(hasAntenna: false)
            #expect(reader.list().isEmpty)
            await #expect(throws: LinkFailure.NoReader) { try await reader.connect(prompt: "") }
        }

        @Test("a response comes back whole, with its status word")
        func response() async throws {
            let channel = try await connect(
                ScriptedTag(historicalBytes: Data([1])) { Data([0xAB]) + $0.prefix(1) + Self.ok })
            #expect(try await channel.transmit(command: Data([0, 0xB0, 0, 0, 0])) == Data([0xAB, 0x00, 0x90, 0x00]))
            #expect(try await channel.info().historicalBytes == Data([1]))
            #expect(Phone.now.sentences == ["prompt"])
        }

        /// What the end of a session means while no card is there yet; every error there is has its line.
        static let ends: [(NFCReaderError.Code, LinkFailure)] = [
            (.readerSessionInvalidationErrorUserCanceled, .CancelledByPerson(delivery: .notSent)),
            (.readerSessionInvalidationErrorSessionTimeout, .NoCard),
            (.readerSessionInvalidationErrorSystemIsBusy, .Busy),
            (.readerErrorSecurityViolation, .NoPermission),
            (.readerErrorUnsupportedFeature, .Unsupported),
            (.readerErrorRadioDisabled, .NoReader),
            (.readerSessionInvalidationErrorSessionTerminatedUnexpectedly, .CardLost(delivery: .notSent)),
            (.readerSessionInvalidationErrorFirstNDEFTagRead, .CardLost(delivery: .notSent)),
            (.readerErrorInvalidParameter, .CardLost(delivery: .notSent)),
            (.readerErrorInvalidParameterLength, .CardLost(delivery: .notSent)),
            (.readerErrorParameterOutOfBound, .CardLost(delivery: .notSent)),
            (.readerTransceiveErrorTagConnectionLost, .CardLost(delivery: .notSent)),
            (.readerTransceiveErrorRetryExceeded, .CardLost(delivery: .notSent)),
            (.readerTransceiveErrorTagResponseError, .CardLost(delivery: .notSent)),
            (.readerTransceiveErrorSessionInvalidated, .CardLost(delivery: .notSent)),
            (.readerTransceiveErrorTagNotConnected, .CardLost(delivery: .notSent)),
            (.readerTransceiveErrorPacketTooLong, .CardLost(delivery: .notSent)),
        ]

        /// What the error of a command means: whether the card may have had it.
        static let errors: [(NFCReaderError.Code, LinkFailure)] = [
            (.readerTransceiveErrorTagConnectionLost, .CardLost(delivery: .unknown)),
            (.readerTransceiveErrorRetryExceeded, .CardLost(delivery: .unknown)),
            (.readerTransceiveErrorTagResponseError, .CardLost(delivery: .unknown)),
            (.readerTransceiveErrorSessionInvalidated, .CardLost(delivery: .unknown)),
            (.readerTransceiveErrorTagNotConnected, .CardLost(delivery: .notSent)),
            (.readerTransceiveErrorPacketTooLong, .Malformed(delivery: .notSent)),
            (.readerErrorInvalidParameterLength, .Malformed(delivery: .notSent)),
            (.readerErrorParameterOutOfBound, .Malformed(delivery: .notSent)),
            (.readerErrorSecurityViolation, .NoPermission),
            (.readerErrorInvalidParameter, .CardLost(delivery: .unknown)),
            (.readerErrorUnsupportedFeature, .CardLost(delivery: .unknown)),
            (.readerErrorRadioDisabled, .CardLost(delivery: .unknown)),
            (.readerSessionInvalidationErrorUserCanceled, .CardLost(delivery: .unknown)),
            (.readerSessionInvalidationErrorSessionTimeout, .CardLost(delivery: .unknown)),
            (.readerSessionInvalidationErrorSessionTerminatedUnexpectedly, .CardLost(delivery: .unknown)),
            (.readerSessionInvalidationErrorSystemIsBusy, .CardLost(delivery: .unknown)),
            (.readerSessionInvalidationErrorFirstNDEFTagRead, .CardLost(delivery: .unknown)),
        ]

        @Test("every error there is has its line in both tables")
        func tables() {
            let all = Set((0...300).compactMap(NFCReaderError.Code.init(rawValue:)))
            #expect(Set(Self.ends.map(\.0)) == all && Set(Self.errors.map(\.0)) == all)
        }

        @Test("a session that ends before there is a card says why", arguments: ends)
        func noCard(code: NFCReaderError.Code, failure: LinkFailure) async throws {
            Phone.now = Phone(polls: [.failure(NFCReaderError(code))])
            await #expect(throws: failure) { try await reader.connect(prompt: "") }
        }

        @Test("a command's error says whether the card may have had it", arguments: errors)
        func lost(code: NFCReaderError.Code, failure: LinkFailure) async throws {
            let tag = ScriptedTag { _ in Self.ok }
            tag.fails.command = { _, _ in code }
            let channel = try await connect(tag)
            await #expect(throws: failure) { try await channel.transmit(command: Data([0, 0x20, 0, 1])) }
        }

        @Test("a command that iOS never answers ends with its session, and may have reached the card")
        func forgotten() async throws {
            let tag = ScriptedTag { _ in Self.ok }
            tag.fails.isSilent = true
            let channel = try await connect(tag)
            let sending = Task { try await channel.transmit(command: Data([0, 0x20, 0, 1])) }
            while tag.commands == 0 { try await Task.sleep(for: .milliseconds(1)) }
            Phone.now.session?.end(with: .readerSessionInvalidationErrorUserCanceled)
            await #expect(throws: LinkFailure.CardLost(delivery: .unknown)) { try await sending.value }
        }

        @Test("a wait for a card that nobody wants any more closes the sheet")
        func givenUp() async throws {
            Phone.now = Phone()
            let connecting = Task { try await reader.connect(prompt: "prompt") }
            while Phone.now.session?.isReady != true { try await Task.sleep(for: .milliseconds(1)) }
            let session = Phone.now.session
            connecting.cancel()
            await #expect(throws: LinkFailure.CancelledByPerson(delivery: .notSent)) { try await connecting.value }
            #expect(session?.isReady == false)
        }

        @Test("a sheet dismissed while a command is under way is a lost card, afterwards a cancelling")
        func dismissed() async throws {
            let tag = ScriptedTag { _ in Self.ok }
            tag.fails.command = { _, _ in
                Phone.now.session?.end(with: .readerSessionInvalidationErrorUserCanceled)
                return .readerTransceiveErrorSessionInvalidated
            }
            let channel = try await connect(tag)
            await #expect(throws: LinkFailure.CardLost(delivery: .unknown)) {
                try await channel.transmit(command: Data([0, 0x20, 0, 1]))
            }
            await #expect(throws: LinkFailure.CancelledByPerson(delivery: .notSent)) {
                try await channel.transmit(command: Data([0, 0x20, 0, 1]))
            }
        }

        @Test("a session that iOS ends while a command is under way has expired")
        func expired() async throws {
            let tag = ScriptedTag { _ in Self.ok }
            tag.fails.command = { _, _ in
                Phone.now.session?.end(with: .readerSessionInvalidationErrorSessionTimeout)
                return .readerTransceiveErrorSessionInvalidated
            }
            let channel = try await connect(tag)
            await #expect(throws: LinkFailure.SessionExpired(delivery: .unknown)) {
                try await channel.transmit(command: Data([0, 0x20, 0, 1]))
            }
        }

        @Test("a name that Info.plist does not list is not on the card, and the session goes on")
        func unlisted() async throws {
            let tag = ScriptedTag { _ in Self.ok }
            let channel = try await connect(tag, selectable: ["A000000063504B43532D3135"])
            let select = Data([0, 0xA4, 4, 0, 2, 0xA0, 0x01])
            #expect(try await channel.transmit(command: select) == Data([0x6A, 0x82]))
            #expect(try await channel.transmit(command: Data([0, 0xA4, 0, 0, 2, 0x3F, 0])) == Self.ok)
        }

        @Test("several cards and a card of another kind are told, and the next is waited for")
        func several() async throws {
            let tag = ScriptedTag { _ in Self.ok }
            let other = NFCTag.miFare(ScriptedMiFareTag())
            let words = NfcWords(nothingSeen: "", severalCards: "several", otherCard: "other", timeIsShort: "")
            Phone.now = Phone(polls: [
                .success([.iso7816(tag), .iso7816(tag)]), .success([other]), .success([.iso7816(tag)]),
            ])
            let channel = try await NfcReader(pause: .milliseconds(1), words: words).connect(prompt: "prompt")
            #expect(try await channel.transmit(command: Data([0, 0xB0, 0, 0])) == Self.ok)
            #expect(Phone.now.sentences == ["prompt", "several", "other"])
        }

        @Test("time running out is told before it has, and stays told")
        func warning() async throws {
            Phone.now = Phone(polls: [.success([.iso7816(ScriptedTag { _ in Self.ok })])])
            let words = NfcWords(nothingSeen: "", severalCards: "", otherCard: "", timeIsShort: "short")
            let channel = try await NfcReader(warning: .milliseconds(20), words: words).connect(
                prompt: "prompt")
            try await Task.sleep(for: .milliseconds(200))
            try await channel.tell(stage: .signing, sentence: "signing")
            #expect(Phone.now.sentences == ["prompt", "short", "signing\nshort"])
        }

        @Test("that no card is seen is told, since iOS does not")
        func unseen() async throws {
            Phone.now = Phone()
            let reader = NfcReader(
                patience: .milliseconds(20),
                words: NfcWords(nothingSeen: "nothing", severalCards: "", otherCard: "", timeIsShort: ""))
            let connecting = Task { try await reader.connect(prompt: "prompt") }
            try await Task.sleep(for: .milliseconds(200))
            #expect(Phone.now.sentences == ["prompt", "nothing"])
            Phone.now.session?.end(with: .readerSessionInvalidationErrorSessionTimeout)
            await #expect(throws: LinkFailure.NoCard) { try await connecting.value }
        }

        @Test("no card is told after 20 seconds, and that iOS ends a session after 60 ten before that")
        func times() {
            #expect(reader.patience == .seconds(20) && reader.warning == .seconds(50))
            #expect(NfcReader(words: .none).pause == .milliseconds(500))
        }

        @Test("the sheet ends with the core's sentence, and what is left of the session says nothing")
        func closing() async throws {
            let tag = ScriptedTag { _ in Self.ok }
            let channel = try await connect(tag)
            try await channel.close(outcome: .failed(sentence: "failed"))
            #expect(Phone.now.sentences == ["prompt", "failed"])
            // Long enough for iOS to say that the session was cancelled, which is what it says of one that we end.
            try await Task.sleep(for: .milliseconds(50))
            await #expect(throws: LinkFailure.CardLost(delivery: .notSent)) {
                try await channel.transmit(command: Data([0, 0xB0, 0, 0]))
            }
            #expect(tag.commands == 0)
        }

        @Test("what is no command never leaves")
        func malformed() async throws {
            let tag = ScriptedTag { _ in Self.ok }
            let channel = try await connect(tag)
            await #expect(throws: LinkFailure.Malformed(delivery: .notSent)) {
                try await channel.transmit(command: Data([0, 0x20, 0, 1, 4, 1]))
            }
            #expect(tag.commands == 0)
        }

        private func connect(_ tag: ScriptedTag, selectable: [String]? = nil) async throws -> NfcChannel {
            Phone.now = Phone(selectable: selectable, polls: [.success([.iso7816(tag)])])
            return try await reader.connect(prompt: "prompt")
        }
    }
}

extension NfcWords {
    fileprivate static let none = NfcWords(nothingSeen: "", severalCards: "", otherCard: "", timeIsShort: "")
}
