import Foundation

/// The network as it is set up on the phone, as a test wants it.
@_spi(Script) public struct Network: Sendable {
    private static let lock = NSLock()
    nonisolated(unsafe) private static var shared = Network()

    public static var now: Network {
        get { lock.withLock { shared } }
        set { lock.withLock { shared = newValue } }
    }

    let proxies: [[String: any Sendable]]?
    let exceptions: [String]

    /// - Parameters:
    ///   - proxies: in the order to try them; nil where nothing is set up at all.
    ///   - exceptions: the hosts that are reached without.
    public init(proxies: [[String: any Sendable]]? = nil, exceptions: [String] = []) {
        (self.proxies, self.exceptions) = (proxies, exceptions)
    }
}
