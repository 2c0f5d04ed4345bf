import Basvuru
import Foundation
import Testing

extension Seam {
    /// What becomes of a port that fails, in a way it declares and in a way it does not.
    struct PortsTests {
        @Test("readers that cannot be listed are told apart from readers that break")
        func list() async throws {
            let phone = try await signing()
            phone.readers.before.change { $0.list = { throw LinkFailure.NoPermission } }
            #expect(try await phone.failure(of: phone.sign()) == .ReaderNotPermitted)
            phone.readers.before.change { $0.list = { throw Undeclared() } }
            expectUntold(try await phone.failure(of: phone.sign()))
        }

        @Test("a connection that cannot be made is told apart from one that breaks")
        func connect() async throws {
            let phone = try await signing()
            phone.readers.before.change { $0.connect = { throw LinkFailure.CancelledByPerson(delivery: .notSent) } }
            #expect(try await phone.failure(of: phone.sign()) == .CardCancelled)
            phone.readers.before.change { $0.connect = { throw LinkFailure.NoCard } }
            #expect(try await phone.failure(of: phone.sign()) == .CardMissing)
            phone.readers.before.change { $0.connect = { throw Undeclared() } }
            expectUntold(try await phone.failure(of: phone.sign()))
        }

        @Test("a channel without information is told apart from one that breaks")
        func info() async throws {
            let phone = try await signing()
            phone.readers.before.change { $0.info = { throw LinkFailure.CardLost(delivery: .notSent) } }
            #expect(try await phone.failure(of: phone.sign()) == .CardLost)
            phone.readers.before.change { $0.info = { throw Undeclared() } }
            expectUntold(try await phone.failure(of: phone.sign()))
        }

        @Test("a command that fails is told apart from one that breaks")
        func transmit() async throws {
            let phone = try await signing()
            phone.readers.before.change { $0.transmit = { _ in throw LinkFailure.Timeout(delivery: .unknown) } }
            #expect(try await phone.failure(of: phone.sign()) == .CardTimeout)
            phone.readers.before.change { $0.transmit = { _ in throw Undeclared() } }
            expectUntold(try await phone.failure(of: phone.sign()))
            #expect(phone.readers.verifications == 0)
        }

        @Test("whether a PIN may have reached the card is what the channel says")
        func delivery() async throws {
            let phone = try await signing()
            breakVerification(on: phone, with: LinkFailure.CardLost(delivery: .notSent))
            #expect(try await phone.failure(of: phone.sign()) == .CardLost)
            breakVerification(on: phone, with: LinkFailure.CardLost(delivery: .unknown))
            #expect(try await phone.failure(of: phone.sign()) == .PinOutcomeUnknown)
            // What a channel does not declare may have happened after the command had left.
            breakVerification(on: phone, with: Undeclared())
            #expect(try await phone.failure(of: phone.sign()) == .PinOutcomeUnknown)

            phone.readers.before.change { $0.transmit = { _ in } }
            _ = try await phone.walk(to: \.receipt)
            #expect(phone.readers.verifications == 1)
        }

        @Test("a USB reader that fails is told apart from one that breaks")
        func usb() async throws {
            let phone = try await Phone(way: .usb)
            _ = try await phone.walk(to: \.signing)
            breakUsb(on: phone, at: .descriptors, with: LinkFailure.NoPermission)
            #expect(try await phone.failure(of: phone.sign()) == .ReaderNotPermitted)
            breakUsb(on: phone, at: .claim, with: LinkFailure.Busy)
            #expect(try await phone.failure(of: phone.sign()) == .ReaderBusy)
            for call in [TcpUsbReader.Call.descriptors, .claim, .bulkOut, .bulkIn] {
                breakUsb(on: phone, at: call, with: Undeclared())
                expectUntold(try await phone.failure(of: phone.sign()))
            }
            breakUsb(on: phone, at: .release, with: Undeclared())
            _ = try await phone.walk(to: \.receipt)
        }

        @Test("a USB reader that does not answer is told to give up over its control pipe")
        func controlPipe() async throws {
            let phone = try await Phone(way: .usb)
            _ = try await phone.walk(to: \.signing)
            let calls = Locked<[TcpUsbReader.Call]>([])
            phone.readers.before.change {
                $0.usb = { call in
                    calls.change { $0.append(call) }
                    // From the first command to the card on; what empties the reader before may come to nothing.
                    if call == .bulkIn, calls.now.contains(.bulkOut), !calls.now.contains(.control) {
                        throw LinkFailure.Timeout(delivery: .unknown)
                    }
                }
            }
            #expect(try await phone.failure(of: phone.sign()) == .CardTimeout)
            #expect(Array(calls.now.drop { $0 != .control }.dropFirst().prefix(2)) == [.bulkOut, .bulkIn])
            #expect(calls.now.last == .release)
            phone.readers.before.change { $0.usb = { _ in } }
            _ = try await phone.walk(to: \.receipt)
        }

        @Test("a call that never comes back holds up nothing that only shows something")
        func lostShowing() async throws {
            let phone = try await Phone(way: .nfc)
            phone.readers.before.change { $0.tell = { _ in await lost() } }
            _ = try await phone.walk(to: \.receipt)
        }

        @Test("a wait for a card ends when the person has had enough")
        func impatience() async throws {
            let phone = try await signing()
            let waits = AsyncStream.makeStream(of: Void.self)
            phone.readers.before.change {
                $0.connect = {
                    waits.continuation.finish()
                    await lost()
                }
            }
            let waiting = Task { try await phone.failure(of: phone.sign()) }
            for await _ in waits.stream {}
            try phone.application().cancel()
            #expect(try await waiting.value == .CardCancelled)
            phone.readers.before.change { $0.connect = {} }
            _ = try await phone.walk(to: \.receipt)
        }

        @Test("an application is closed and opened again while a call never comes back")
        func reopening() async throws {
            let phone = try await signing()
            let sent = AsyncStream.makeStream(of: Void.self)
            phone.readers.before.change {
                $0.transmit = { instruction in
                    guard instruction == TcpReaders.verify else { return }
                    sent.continuation.finish()
                    await lost()
                }
            }
            let waiting = Task { try await phone.answer(phone.sign()) }
            for await _ in sent.stream {}
            // Whoever waits for an answer has the application: it is let go of by saying so.
            try phone.application().cancel()
            phone.leave()
            phone.readers.before.change { $0.transmit = { _ in } }
            _ = try await phone.walk(to: \.receipt)
            #expect(phone.readers.verifications == 1)
            await #expect(throws: Failure.Cancelled) { try await waiting.value }
        }

        @Test("nothing that only shows something stops the application")
        func showing() async throws {
            let watcher = TestWatcher { call in
                if call.isMultiple(of: 2) { throw Undeclared() }
                throw PortFailure.Unavailable(detail: "test")
            }
            let phone = try await Phone(way: .nfc, watcher: watcher)
            phone.readers.before.change {
                $0.tell = { stage in
                    if stage == .reading { throw LinkFailure.Busy }
                    throw Undeclared()
                }
                $0.close = { throw LinkFailure.NoReader }
            }
            _ = try await phone.walk(to: \.receipt)
            #expect(watcher.told.now.count > 5)
        }

        @Test("a card that cannot be let go has signed all the same")
        func closing() async throws {
            let phone = try await Phone(way: .nfc)
            phone.readers.before.change { $0.close = { throw Undeclared() } }
            _ = try await phone.walk(to: \.receipt)
        }

        @Test("a vault that gives no key leaves the journal closed")
        func vault() async throws {
            let phone = try await Phone()
            let vaults = [
                TestVault { throw PortFailure.Unavailable(detail: "locked") },
                TestVault { throw Undeclared() },
                TestVault { Data(count: 31) },
            ]
            for vault in vaults {
                #expect(throws: Failure.VaultUnavailable) { try phone.open(vault: vault) }
            }
            _ = try phone.open()
        }

        private func signing() async throws -> Phone {
            let phone = try await Phone()
            _ = try await phone.walk(to: \.signing)
            return phone
        }

        private func breakVerification(on phone: Phone, with error: any Error) {
            phone.readers.before.change {
                $0.transmit = { instruction in
                    if instruction == TcpReaders.verify { throw error }
                }
            }
        }

        private func breakUsb(on phone: Phone, at broken: TcpUsbReader.Call, with error: any Error) {
            phone.readers.before.change {
                $0.usb = { call in
                    if call == broken { throw error }
                }
            }
        }

        /// A failure of a reader, with nothing in it of the error, which may hold anything.
        private func expectUntold(_ failure: Failure) {
            #expect(failure == .ReaderFailed)
            let told = "\(failure) \(failure.description) \(explain(failure: failure, language: .english))"
            #expect(!told.contains(Undeclared.secret))
        }

        private struct Undeclared: Error {
            static let secret = "00200001 246813"
            let text = secret
        }
    }
}

/// Never comes back, whatever is cancelled.
@Sendable private func lost() async {
    await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
}
