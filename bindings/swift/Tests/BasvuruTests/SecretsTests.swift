import Basvuru
import Foundation
import Testing

extension Seam {
    /// Secrets cross as objects: copied from a buffer that is wiped, and silent.
    struct SecretsTests {
        @Test("a PIN outlives the buffer it was made from, which is wiped")
        func wipedBuffer() async throws {
            let phone = try await Phone(way: .nfc)
            _ = try await phone.walk(to: \.signing)
            var buffer = Data(phone.applicant.pin.utf8)
            let pin = Pin(digits: buffer)
            buffer.resetBytes(in: buffer.indices)
            let reader = phone.readers.reader
            let step = try await phone.answer(
                .sign(reader: reader, pin: pin, lastTryConfirmed: false, certificate: nil))
            #expect(step.screen.receipt != nil)
        }

        @Test("no secret prints itself or is found in an answer that carries it")
        func printing() throws {
            let pin = Pin(digits: Data("246813".utf8))
            let password = try Password(utf8: Data("246813".utf8))
            let answers: [Answer] = [
                .sign(reader: "NFC", pin: pin, lastTryConfirmed: false, certificate: nil),
                .confirmCode(code: password),
                .signIn(
                    identityKind: .passport, identity: "U12345678", accessPassword: password, captcha: "captcha"),
            ]
            var dumped = ""
            dump((pin, password, answers), to: &dumped)
            let texts = [dumped, "\(pin) \(password) \(answers)", String(reflecting: answers)]
            for text in texts {
                #expect(!text.contains("246813"))
            }
        }

        @Test("a password that is no Unicode is a failure")
        func unreadableText() {
            #expect(throws: Failure.TextUnreadable) { try Password(utf8: Data([0x70, 0xFF])) }
        }

        @Test("a text with half a surrogate pair does no harm")
        func halfPair() {
            let text = "1" + String(decoding: [0xD83D as UInt16], as: UTF16.self)
            guard case .refused = checkIdentityNumber(text: text, language: .turkish) else {
                Issue.record("Swift is to put a mark in its place, which is no digit")
                return
            }
        }

        @Test("a wrong PIN costs one try and says how many are left")
        func wrongPin() async throws {
            let phone = try await Phone(way: .nfc)
            _ = try await phone.walk(to: \.signing)
            #expect(try await phone.failure(of: phone.sign(pin: "135790")) == .PinWrong(triesLeft: 2))
            #expect(phone.readers.verifications == 1)
        }

        @Test("a PIN of the wrong length never reaches the card")
        func malformedPin() async throws {
            let phone = try await Phone(way: .nfc)
            _ = try await phone.walk(to: \.signing)
            guard case .PinMalformed = try await phone.failure(of: phone.sign(pin: "1")) else {
                throw Phone.Unexpected()
            }
            #expect(phone.readers.verifications == 0)
        }

        @Test("a secret that was let go of is gone")
        func lettingGo() async throws {
            let phone = try await Phone(way: .nfc)
            _ = try await phone.walk(to: \.signing)
            weak var secret: Pin?
            do {
                let pin = Pin(digits: Data("135790".utf8))
                secret = pin
                let reader = phone.readers.reader
                _ = try await phone.failure(
                    of: .sign(reader: reader, pin: pin, lastTryConfirmed: false, certificate: nil))
            }
            #expect(secret == nil)
        }
    }
}
