import Foundation

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A TCP connection to loopback on which a message is a length in two octets, big-endian, and as many octets.
final class Connection: Sendable {
    private let socket: Int32

    /// The network broke.
    struct Broken: Error {}

    init(port: UInt16) throws {
        #if canImport(Glibc)
            socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
            socket = Darwin.socket(AF_INET, SOCK_STREAM, 0)
        #endif
        guard socket >= 0 else { throw Broken() }
        var yes: Int32 = 1
        setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw Broken() }
    }

    deinit {
        close(socket)
    }

    /// Sends a message and returns the one that comes back.
    func exchange(_ message: Data) throws -> Data {
        let framed = [UInt8(message.count >> 8), UInt8(message.count & 0xFF)] + message
        guard write(socket, framed, framed.count) == framed.count else { throw Broken() }
        let length = try receive(2)
        return Data(try receive(Int(length[0]) << 8 | Int(length[1])))
    }

    private func receive(_ count: Int) throws -> [UInt8] {
        var octets: [UInt8] = []
        while octets.count < count {
            var part = [UInt8](repeating: 0, count: count - octets.count)
            let length = read(socket, &part, part.count)
            guard length > 0 else { throw Broken() }
            octets += part[..<length]
        }
        return octets
    }
}
