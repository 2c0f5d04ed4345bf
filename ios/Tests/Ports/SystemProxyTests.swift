import Basvuru
@_spi(Script) import CFNetwork
import Foundation
import Testing

@testable import BasvuruApp

extension AppSuite {
    /// The port of the network's proxy.
    struct SystemProxyTests {
        private static let origin = "https://basvuru.example"
        private static let script: [String: any Sendable] = [kCFProxyTypeKey: kCFProxyTypeAutoConfigurationURL]
        private static let socks = proxy(kCFProxyTypeSOCKS)

        /// What iOS says of a proxy.
        private static func proxy(
            _ type: String, host: String = "vekil.example", port: Int = 3128, user: String? = nil,
            password: String? = nil
        ) -> [String: any Sendable] {
            var proxy: [String: any Sendable] = [
                kCFProxyTypeKey: type, kCFProxyHostNameKey: host, kCFProxyPortNumberKey: port,
            ]
            proxy[kCFProxyUsernameKey] = user
            proxy[kCFProxyPasswordKey] = password
            return proxy
        }

        /// What the port says, as a sentence of the test's.
        private func way(_ proxies: [[String: any Sendable]]?, exceptions: [String] = []) -> String {
            Network.now = Network(proxies: proxies, exceptions: exceptions)
            defer { Network.now = Network() }
            switch SystemProxy(to: Self.origin) {
            case .straight: return "straight"
            case .unsupported: return "unsupported"
            case .server(let server): return "\(server.host):\(server.port)"
            }
        }

        @Test("a network without a proxy is gone through straight, and so is the way to a host that needs none")
        func straight() {
            let proxy = Self.proxy(kCFProxyTypeHTTPS)
            #expect(way(nil) == "straight")
            #expect(way([]) == "straight")
            #expect(way([proxy], exceptions: ["basvuru.example"]) == "straight")
            #expect(way([proxy], exceptions: ["another.example"]) == "vekil.example:3128")
            // The system would try it without first.
            #expect(way([[kCFProxyTypeKey: kCFProxyTypeNone], proxy]) == "straight")
        }

        @Test("the proxy for the portal's address is taken, the first that the app can use")
        func server() {
            #expect(way([Self.proxy(kCFProxyTypeHTTPS)]) == "vekil.example:3128")
            #expect(way([Self.proxy(kCFProxyTypeHTTP, port: 65_535)]) == "vekil.example:65535")
            #expect(
                way([Self.socks, Self.proxy(kCFProxyTypeHTTPS), Self.proxy(kCFProxyTypeHTTPS, host: "second.example")])
                    == "vekil.example:3128")
        }

        @Test("a script, and a proxy that opens no tunnels, are told as what the app does not take")
        func unsupported() {
            #expect(way([Self.script]) == "unsupported")
            #expect(way([Self.socks]) == "unsupported")
            #expect(way([Self.script, Self.proxy(kCFProxyTypeHTTPS)]) == "vekil.example:3128")
            #expect(way([Self.socks, [kCFProxyTypeKey: kCFProxyTypeNone]]) == "straight")
            for (host, port) in [("", 3128), ("vekil.example", 0), ("vekil.example", 65_536), ("vekil.example", -1)] {
                #expect(way([Self.proxy(kCFProxyTypeHTTPS, host: host, port: port)]) == "unsupported")
            }
        }

        @Test("a proxy's password goes with it and is printed nowhere")
        func credentials() throws {
            Network.now = Network(proxies: [Self.proxy(kCFProxyTypeHTTPS, user: "isil", password: "x7k2")])
            defer { Network.now = Network() }
            let way = SystemProxy(to: Self.origin)
            let server = try #require(way.server)
            #expect(server.credentials != nil)
            var dumped = ""
            dump(way, to: &dumped)
            for text in [dumped, "\(way)", String(reflecting: way), "\(server)"] {
                #expect(!text.contains("x7k2") && !text.contains("isil"), "\(text)")
            }
            Network.now = Network(proxies: [Self.proxy(kCFProxyTypeHTTPS, user: "isil")])
            #expect(SystemProxy(to: Self.origin).server?.credentials == nil)
        }
    }
}
