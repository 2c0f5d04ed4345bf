// CFNetwork's proxies as far as the app asks for them, for Linux.

@_exported import Foundation

public typealias CFString = String
public typealias CFURL = URL
public typealias CFDictionary = [String: Any]
public typealias CFArray = [Any]

/// What a function that copies gives. The standard library's is of objects alone, and here these are none.
public struct Unmanaged<Value> {
    let value: Value
    public func takeRetainedValue() -> Value { value }
}

// objc: kCFProxyTypeKey
public let kCFProxyTypeKey: CFString = "kCFProxyTypeKey"
// objc: kCFProxyHostNameKey
public let kCFProxyHostNameKey: CFString = "kCFProxyHostNameKey"
// objc: kCFProxyPortNumberKey
public let kCFProxyPortNumberKey: CFString = "kCFProxyPortNumberKey"
// objc: kCFProxyUsernameKey
public let kCFProxyUsernameKey: CFString = "kCFProxyUsernameKey"
// objc: kCFProxyPasswordKey
public let kCFProxyPasswordKey: CFString = "kCFProxyPasswordKey"
// objc: kCFProxyTypeNone
public let kCFProxyTypeNone: CFString = "kCFProxyTypeNone"
// objc: kCFProxyTypeHTTP
public let kCFProxyTypeHTTP: CFString = "kCFProxyTypeHTTP"
// objc: kCFProxyTypeHTTPS
public let kCFProxyTypeHTTPS: CFString = "kCFProxyTypeHTTPS"
// objc: kCFProxyTypeSOCKS
public let kCFProxyTypeSOCKS: CFString = "kCFProxyTypeSOCKS"
// objc: kCFProxyTypeAutoConfigurationURL
public let kCFProxyTypeAutoConfigurationURL: CFString = "kCFProxyTypeAutoConfigurationURL"

// swift-format-ignore: AlwaysUseLowerCamelCase
// objc: CFNetworkCopySystemProxySettings
public func CFNetworkCopySystemProxySettings() -> Unmanaged<CFDictionary>? {
    Network.now.proxies.map { Unmanaged(value: ["proxies": $0, "exceptions": Network.now.exceptions]) }
}

// swift-format-ignore: AlwaysUseLowerCamelCase
// objc: CFNetworkCopyProxiesForURL
public func CFNetworkCopyProxiesForURL(_ url: CFURL, _ proxySettings: CFDictionary) -> Unmanaged<CFArray> {
    let exceptions = proxySettings["exceptions"] as? [String] ?? []
    let proxies = proxySettings["proxies"] as? [Any] ?? []
    let isStraight = proxies.isEmpty || exceptions.contains(url.host() ?? "")
    return Unmanaged(value: isStraight ? [[kCFProxyTypeKey: kCFProxyTypeNone]] : proxies)
}
