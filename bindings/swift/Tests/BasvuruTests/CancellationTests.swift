import Basvuru
import Foundation
import Testing

extension Seam {
    /// A shell that stops waiting for an answer: the step reaches its end, and what it did is shown afterwards.
    struct CancellationTests {
        @Test("an answer that is given up before the card is there ends as if it were waited for")
        func beforeCard() async throws {
            try await giveUp { before, gate in before.connect = { await gate.pass() } }
        }

        @Test("an answer that is given up while the PIN is with the card ends as if it were waited for")
        func duringVerification() async throws {
            try await giveUp { before, gate in
                before.transmit = { if $0 == TcpReaders.verify { await gate.pass() } }
            }
        }

        @Test("an answer that is given up while the card signs ends as if it were waited for")
        func duringSignature() async throws {
            try await giveUp { before, gate in before.transmit = { if $0 == TcpReaders.sign { await gate.pass() } } }
        }

        @Test("an answer that is given up when the card has signed ends as if it were waited for")
        func afterCard() async throws {
            try await giveUp { before, gate in before.close = { await gate.pass() } }
        }

        /// Gives an answer up while a port waits at a gate, and opens the gate only then.
        private func giveUp(_ place: (inout TcpReaders.Before, Gate) -> Void) async throws {
            let phone = try await Phone(way: .nfc)
            _ = try await phone.walk(to: \.signing)
            let gate = Gate()
            phone.readers.before.change { place(&$0, gate) }
            let waiting = Task { try await phone.answer(phone.sign()) }
            await gate.reached()
            waiting.cancel()
            gate.open()
            // Answers queue: this one is refused, and not before the one that was given up has reached its end.
            #expect(try await phone.failure(of: .acceptDocuments) == .AnswerNotExpected)

            #expect(try phone.screen().receipt != nil)
            #expect(try phone.application().history().count == 1)
            #expect(phone.readers.verifications == 1)
            #expect(phone.readers.count(of: TcpReaders.sign) == 1)
            _ = await waiting.result
        }
    }

    /// Where a port waits until the test lets it pass.
    private final class Gate: Sendable {
        private let arrivals = AsyncStream.makeStream(of: Void.self)
        private let openings = AsyncStream.makeStream(of: Void.self)

        func pass() async {
            arrivals.continuation.finish()
            for await _ in openings.stream {}
        }

        func reached() async {
            for await _ in arrivals.stream {}
        }

        func open() {
            openings.continuation.finish()
        }
    }
}
