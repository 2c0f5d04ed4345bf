import Basvuru
@_spi(Script) import CoreNFC
import Foundation
@_spi(Script) import SwiftUI
import Testing

@testable import BasvuruApp

extension AppSuite {
    /// An app that was ended by the phone, and a phone that several people use. Android has the same.
    @MainActor
    struct RestorationTests {
        @Test("an app that was left goes on at every step where it was")
        func everyStep() async throws {
            let person = try await Person(.nfc)
            for step in Person.Step.allCases where step != .welcome {
                if step == .signIn { try await person.take(.welcome) }
                let before = try #require(person.model?.state.step.title)
                try await person.launch()
                // Somebody who was never signed in is welcomed anew.
                if step == .signIn { try await person.take(.welcome) }
                #expect(person.model?.state.step.title == before, "\(step)")
                try await person.take(step)
                #expect(person.failure == nil, "\(step): \(person.display.outline)")
            }
            let receipt = try #require(person.receipt, "\(person.display.outline)")
            try await person.launch()
            #expect(person.receipt == receipt)
        }

        @Test("what was typed into the form is there when the app is")
        func draft() async throws {
            let person = try await Person(.nfc)
            try await person.walk(to: .form)
            guard case .fillForm(_, _, let fields) = person.screen else { throw person.elsewhere }
            let field = try #require(
                fields.first { field in
                    if case .lines = field.entry { !field.locked } else { false }
                })
            try person.display.write("Şişli", into: field.name)
            _ = person.display.nodes
            person.display.environment.scenePhase = .background
            _ = person.display.nodes
            try await person.kept()
            try await person.launch()
            #expect(try person.display.find(field.name).value == "Şişli")
        }

        @Test("after leaving, the next person sees nothing of the last one")
        func nextPerson() async throws {
            let person = try await Person(.nfc)
            for step in Person.Step.allCases { try await person.take(step) }
            let receipt = try #require(person.receipt)
            try await person.display.wait(for: "the file") { person.display.has("share-application") }
            #expect(person.isShared)
            try await person.choose("leave")
            #expect(!person.isShared)
            #expect(!person.display.outline.contains(receipt.number))
            let next = try await Person(.nfc, folder: person.folder, insteadOf: person)
            try await next.walk(to: .orders)
            try await next.choose("history")
            #expect(next.display.has("history-empty"), "\(next.display.outline)")
            #expect(!next.display.outline.contains(receipt.number))
        }

        @Test("erasing leaves nothing of anybody")
        func erasing() async throws {
            let person = try await Person(.nfc)
            for step in Person.Step.allCases { try await person.take(step) }
            let receipt = try #require(person.receipt)
            try await person.choose("about")
            try person.display.press("erase")
            #expect(person.receipt == receipt)
            try await person.press("erase-surely")
            try await person.press("close")
            guard case .signIn(_, _, _, nil, _, _) = person.screen else { throw person.elsewhere }
            #expect(!person.isShared)
            try await person.launch()
            try await person.walk(to: .orders)
            try await person.choose("history")
            #expect(person.display.has("history-empty"), "\(person.display.outline)")
        }
    }
}
