import Basvuru
import Foundation
import Testing

extension Seam {
    /// An app that was closed and is opened again.
    struct RestartTests {
        @Test("an app that is opened again goes on where it was, without a new sign-in")
        func goingOn() async throws {
            let phone = try await Phone()
            let before = try await phone.walk(to: \.review)
            let id = try #require(before.first).id
            let content = try phone.application().document(id: id)
            phone.leave()
            #expect(try phone.screen().review == before)
            #expect(try phone.application().document(id: id) == content)
            let receipt = try await phone.walk(to: \.receipt)
            phone.leave()
            #expect(try phone.screen().receipt == receipt)
        }

        @Test("a draft is there again when the app is")
        func draft() async throws {
            let phone = try await Phone()
            let fields = try await phone.walk(to: \.form)
            let field = try #require(
                fields.first { field in
                    if case .lines = field.entry { !field.locked } else { false }
                })
            try await phone.answer(.saveDraft(values: [field.name: "Şişli"]))
            phone.leave()
            let restored = try #require(try phone.screen().form)
            #expect(restored.first { $0.name == field.name }?.value == "Şişli")
        }

        @Test("a folder belongs to the portal it was opened with first, and says so")
        func portals() async throws {
            let phone = try await Phone()
            let folder = phone.folder.path()
            #expect(try portalOf(folder: folder) == nil)
            let orders = try await phone.walk(to: \.orders)
            #expect(try portalOf(folder: folder) == phone.world.portal)
            phone.leave()
            let asked = TestVault { throw Phone.Unexpected() }
            #expect(throws: Failure.AnotherPortal(portal: phone.world.portal)) {
                try phone.open(vault: asked, portal: "https://basvuru.example")
            }
            #expect(throws: Failure.self) { try portalOf(folder: "") }
            #expect(try phone.screen().orders == orders)
        }

        @Test("who comes next sees nothing of who has left, and everything can be erased")
        func people() async throws {
            let phone = try await Phone()
            let receipt = try await phone.walk(to: \.receipt)
            try await phone.answer(.leave)
            #expect(try phone.application().history().isEmpty)
            #expect(throws: Failure.DocumentUnknown) {
                try phone.application().signedContainer(order: receipt.order)
            }
            _ = try await phone.walk(to: \.orders)
            #expect(try phone.application().history() == [receipt])

            let erased = try await phone.application().erase()
            guard case .signIn = erased.screen else { throw Phone.Unexpected() }
            phone.leave()
            _ = try await phone.walk(to: \.orders)
            #expect(try phone.application().history().isEmpty)
            #expect(try portalOf(folder: phone.folder.path()) == phone.world.portal)
        }

        @Test("another key opens nothing")
        func anotherKey() async throws {
            let phone = try await Phone()
            let orders = try await phone.walk(to: \.orders)
            phone.leave()
            let other = TestVault { Data(repeating: 0x43, count: TestVault.keyLength) }
            #expect(throws: Failure.JournalUnreadable) { try phone.open(vault: other) }
            #expect(try phone.screen().orders == orders)
        }
    }
}
