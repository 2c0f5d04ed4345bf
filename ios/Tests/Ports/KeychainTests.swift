import Basvuru
import Foundation
@_spi(Script) import Security
import Testing

@testable import BasvuruApp

extension AppSuite {
    /// The keychain's port.
    struct KeychainTests {
        @Test("the journal's key is made once and stays on this phone")
        func made() throws {
            Keychain.now = Keychain()
            let key = try KeychainVault().journalKey()
            #expect(key.count == 32 && key != Data(count: 32))
            #expect(try KeychainVault().journalKey() == key)
            let item = try #require(Keychain.now.attributes.first)
            #expect(Keychain.now.attributes.count == 1)
            #expect(item[kSecAttrAccessible] == kSecAttrAccessibleWhenUnlockedThisDeviceOnly)
            #expect(item[kSecAttrSynchronizable] == "false")
        }

        @Test("a keychain that is locked gives no key, and none is made anew")
        func locked() throws {
            let keychain = Keychain(status: errSecInteractionNotAllowed)
            Keychain.now = keychain
            #expect(throws: PortFailure.Unavailable(detail: "keychain -25308")) { try KeychainVault().journalKey() }
            #expect(keychain.attributes.isEmpty && keychain.additions == 0)
        }

        @Test("of two that make a key at once, both have the first one's")
        func race() throws {
            let first = Data(repeating: 7, count: 32)
            Keychain.now = Keychain(meanwhile: first)
            #expect(try KeychainVault().journalKey() == first)
        }

        @Test("any other trouble of the keychain is told by its number")
        func trouble() throws {
            Keychain.now = Keychain(status: errSecParam)
            #expect(throws: PortFailure.Unavailable(detail: "keychain -50")) { try KeychainVault().journalKey() }
        }
    }
}
