import Basvuru
import Foundation
@_spi(Script) import SwiftUI
import Testing

@testable import BasvuruApp

extension AppSuite {
    /// Links that open the app. Android has the same.
    @MainActor
    struct LinkTests {
        @Test("an invitation's link fills in what it knows")
        func invitation() async throws {
            let person = try await Person(.nfc)
            let link = try await person.world.invitation(of: person.applicant)
            try await person.follow(link)
            try await person.take(.welcome)
            try await person.take(.signIn)
            // The order that the link names is entered by itself.
            guard case .fillForm = person.screen else { throw person.elsewhere }
        }

        @Test("a link of a portal the app was not built for is refused")
        func another() async throws {
            let person = try await Person(.nfc)
            let link = try await person.world.invitation(of: person.applicant)
            let elsewhere = link.absoluteString.replacing(person.world.portal, with: "https://another.example")
            let model = try #require(person.model)
            person.display.open(try #require(URL(string: elsewhere)))
            #expect(person.model === model)
            #expect(person.failure == explain(failure: .PortalNotOurs, language: .turkish).code)
            #expect(person.display.has("trouble"))
        }
    }
}
