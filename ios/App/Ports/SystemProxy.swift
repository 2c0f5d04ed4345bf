import Basvuru
import CFNetwork
import Foundation

/// How the phone's network is set up for an address.
enum SystemProxy {
    /// The way leads straight there.
    case straight
    case server(ProxyServer)
    /// Set up in a way that the app does not take: by a script (PAC), which each app would have to run by itself, or through
    /// a proxy that opens no tunnels. It goes straight there.
    case unsupported

    var server: ProxyServer? {
        if case .server(let server) = self { server } else { nil }
    }

    /// Asked anew each time: a phone changes its network.
    init(to origin: String) {
        self = .straight
        guard
            let url = URL(string: origin),
            let settings = CFNetworkCopySystemProxySettings()?.takeRetainedValue(),
            let proxies = CFNetworkCopyProxiesForURL(url as CFURL, settings).takeRetainedValue() as? [[String: Any]]
        else { return }
        // In the order to try them. Which hosts need no proxy, iOS has heeded.
        for proxy in proxies {
            let type = proxy[kCFProxyTypeKey as String] as? String
            if type == kCFProxyTypeNone as String {
                self = .straight
                return
            }
            if type == kCFProxyTypeHTTPS as String || type == kCFProxyTypeHTTP as String,
                let server = Self.server(proxy)
            {
                self = .server(server)
                return
            }
            self = .unsupported
        }
    }

    private static func server(_ proxy: [String: Any]) -> ProxyServer? {
        guard
            let host = proxy[kCFProxyHostNameKey as String] as? String, !host.isEmpty,
            let number = proxy[kCFProxyPortNumberKey as String] as? Int,
            let port = UInt16(exactly: number), port != 0
        else { return nil }
        return ProxyServer(host: host, port: port, credentials: credentials(proxy))
    }

    /// User and password, where iOS knows them.
    private static func credentials(_ proxy: [String: Any]) -> Password? {
        guard
            let user = proxy[kCFProxyUsernameKey as String] as? String,
            let password = proxy[kCFProxyPasswordKey as String] as? String
        else { return nil }
        var octets = Data("\(user):\(password)".utf8)
        defer { octets.resetBytes(in: octets.indices) }
        return try? Password(utf8: octets)
    }
}
