// Security's keychain as far as the app uses it, for Linux: in memory, and only generic passwords.

@_exported import Foundation

public typealias CFString = String
public typealias CFDictionary = [String: Any]
public typealias CFTypeRef = AnyObject
public typealias OSStatus = Int32

// objc: errSecSuccess
public let errSecSuccess: OSStatus = 0
// objc: errSecParam
public let errSecParam: OSStatus = -50
// objc: errSecInteractionNotAllowed
public let errSecInteractionNotAllowed: OSStatus = -25308
// objc: errSecDuplicateItem
public let errSecDuplicateItem: OSStatus = -25299
// objc: errSecItemNotFound
public let errSecItemNotFound: OSStatus = -25300

// objc: kSecClass
public let kSecClass: CFString = "class"
// objc: kSecClassGenericPassword
public let kSecClassGenericPassword: CFString = "genp"
// objc: kSecAttrService
public let kSecAttrService: CFString = "svce"
// objc: kSecAttrAccount
public let kSecAttrAccount: CFString = "acct"
// objc: kSecAttrSynchronizable
public let kSecAttrSynchronizable: CFString = "sync"
// objc: kSecAttrAccessible
public let kSecAttrAccessible: CFString = "pdmn"
// objc: kSecAttrAccessibleWhenUnlockedThisDeviceOnly
public let kSecAttrAccessibleWhenUnlockedThisDeviceOnly: CFString = "aku"
// objc: kSecUseDataProtectionKeychain
public let kSecUseDataProtectionKeychain: CFString = "nleg"
// objc: kSecValueData
public let kSecValueData: CFString = "v_Data"
// objc: kSecReturnData
public let kSecReturnData: CFString = "r_Data"

public struct SecRandomRef: Sendable {}
// objc: kSecRandomDefault
public let kSecRandomDefault: SecRandomRef? = nil

// swift-format-ignore: AlwaysUseLowerCamelCase
// objc: SecRandomCopyBytes
public func SecRandomCopyBytes(_ rnd: SecRandomRef?, _ count: Int, _ bytes: UnsafeMutableRawPointer) -> Int32 {
    var generator = SystemRandomNumberGenerator()
    for offset in 0..<count {
        bytes.storeBytes(of: UInt8.random(in: .min ... .max, using: &generator), toByteOffset: offset, as: UInt8.self)
    }
    return errSecSuccess
}

// swift-format-ignore: AlwaysUseLowerCamelCase
// objc: SecItemAdd
public func SecItemAdd(_ attributes: CFDictionary, _ result: UnsafeMutablePointer<CFTypeRef?>?) -> OSStatus {
    Keychain.now.add(attributes)
}

// swift-format-ignore: AlwaysUseLowerCamelCase
// objc: SecItemCopyMatching
public func SecItemCopyMatching(_ query: CFDictionary, _ result: UnsafeMutablePointer<CFTypeRef?>?) -> OSStatus {
    let (status, data) = Keychain.now.find(query)
    if let data, query[kSecReturnData] as? Bool == true { result?.pointee = data as AnyObject }
    return status
}

/// What the phone keeps, as a test wants it.
@_spi(Script) public final class Keychain: @unchecked Sendable {
    private static let lock = NSLock()
    nonisolated(unsafe) private static var shared = Keychain()

    public static var now: Keychain {
        get { lock.withLock { shared } }
        set { lock.withLock { shared = newValue } }
    }

    private let lock = NSLock()
    private var items: [[String: Any]] = []
    private var refusal: OSStatus
    private var meanwhile: Data?
    private var added = 0

    /// - Parameters:
    ///   - status: what every call says.
    ///   - meanwhile: what somebody else adds between a look that finds nothing and the addition after it.
    public init(status: OSStatus = errSecSuccess, meanwhile: Data? = nil) {
        (refusal, self.meanwhile) = (status, meanwhile)
    }

    /// What every call says: a phone is locked and unlocked.
    public var status: OSStatus {
        get { lock.withLock { refusal } }
        set { lock.withLock { refusal = newValue } }
    }
    /// How often something was to be added.
    public var additions: Int { lock.withLock { added } }

    /// The attributes of all items, values apart.
    public var attributes: [[String: String]] {
        lock.withLock { items.map { $0.filter { $0.key != kSecValueData }.mapValues { "\($0)" } } }
    }

    func add(_ item: [String: Any]) -> OSStatus {
        lock.withLock {
            added += 1
            guard refusal == errSecSuccess else { return refusal }
            if let meanwhile {
                self.meanwhile = nil
                items.append(item.merging([kSecValueData: meanwhile]) { $1 })
            }
            guard item[kSecClass] as? String == kSecClassGenericPassword, item[kSecValueData] is Data else {
                return errSecParam
            }
            guard !items.contains(where: { Self.matches($0, item) }) else { return errSecDuplicateItem }
            items.append(item)
            return errSecSuccess
        }
    }

    func find(_ query: [String: Any]) -> (OSStatus, Data?) {
        lock.withLock {
            guard refusal == errSecSuccess else { return (refusal, nil) }
            guard let item = items.first(where: { Self.matches($0, query) }) else { return (errSecItemNotFound, nil) }
            return (errSecSuccess, item[kSecValueData] as? Data)
        }
    }

    private static func matches(_ item: [String: Any], _ query: [String: Any]) -> Bool {
        [kSecClass, kSecAttrService, kSecAttrAccount].allSatisfy { item[$0] as? String == query[$0] as? String }
    }
}
