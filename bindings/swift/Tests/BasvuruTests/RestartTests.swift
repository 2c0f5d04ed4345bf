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
