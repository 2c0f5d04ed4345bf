import Basvuru
import Foundation

/// A card reader on USB, which the world plays. Its card speaks T=1, and so must the core.
final class TcpUsbReader: UsbReader {
    /// A call of the port.
    enum Call: Sendable {
        case descriptors, claim, bulkOut, bulkIn, control, pause, release
    }

    /// Transfers to readers, in all tests.
    static let transfers = Locked(0)

    private let connection: Connection
    private let before: @Sendable (Call) async throws -> Void

    init(connection: Connection, before: @escaping @Sendable (Call) async throws -> Void) {
        self.connection = connection
        self.before = before
    }

    func descriptors() async throws -> Data {
        try await ask(.descriptors, [0])
    }

    func claim(interface: UInt8) async throws {
        _ = try await ask(.claim, [1, interface])
    }

    func bulkOut(endpoint: UInt8, data: Data, timeoutMilliseconds: UInt32) async throws {
        Self.transfers.change { $0 += 1 }
        _ = try await ask(.bulkOut, [2, endpoint] + data)
    }

    func bulkIn(endpoint: UInt8, most: UInt32, timeoutMilliseconds: UInt32) async throws -> Data {
        let bounded = UInt16(clamping: most)
        return try await ask(.bulkIn, [3, endpoint, UInt8(bounded >> 8), UInt8(bounded & 0xFF)])
    }

    func control(request: UsbControl) async throws -> Data {
        let numbers = [request.value, request.index, request.length].flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
        return try await ask(.control, [5, request.requestType, request.request] + numbers + request.data)
    }

    func pause(milliseconds: UInt32) async throws {
        try await before(.pause)
    }

    func release(interface: UInt8) async throws {
        _ = try await ask(.release, [4, interface])
    }

    private func ask(_ call: Call, _ message: [UInt8]) async throws -> Data {
        try await before(call)
        let answer = try connection.exchange(Data(message))
        switch answer.first {
        case 0: return Data(answer.dropFirst())
        case 1: throw LinkFailure.NoReader
        case 2: throw LinkFailure.Busy
        case 3: throw LinkFailure.Timeout(delivery: .unknown)
        default: throw LinkFailure.Unsupported
        }
    }
}
