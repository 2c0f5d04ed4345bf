import Basvuru
@_spi(Script) import CoreNFC
@_spi(Script) import CryptoTokenKit
import Foundation
@_spi(Script) import SwiftUI
import Testing

@testable import BasvuruApp

extension AppSuite {
    /// The card outside the journey. Android has the same.
    @MainActor
    struct CardCareTests {
        private static let newPin = "864201"

        @Test(
            "a card that is looked at tells its holder, its certificates and its tries",
            arguments: Person.Way.allCases)
        func look(way: Person.Way) async throws {
            let person = try await Person(way)
            try await person.look()
            #expect(person.display.has("holder"), "\(person.display.outline)")
            #expect(person.display.elements.contains { $0.identifier?.hasPrefix("certificate-") == true })
            #expect(person.display.has("tries") == (way == .slot) || person.display.has("tries"))
            #expect(try await !person.commands().contains(where: \.isVerify))
            #expect(person.display.faults == [])
        }

        @Test("a PIN is changed, and the new one signs", arguments: Person.Way.allCases)
        func change(way: Person.Way) async throws {
            let person = try await Person(way)
            try await person.look()
            try await person.press("change-pin")
            try person.type(person.applicant.pin)
            try await person.press("next")
            // What cannot be a new PIN is told before a card is there.
            try person.type("1")
            try await person.press("next")
            try person.type(Self.newPin)
            try await person.press("next")
            // One that differs is asked for anew.
            try person.type("864202")
            try await person.press("next")
            #expect(person.display.has("fault"))
            for _ in 0..<2 {
                try person.type(Self.newPin)
                try await person.press("next")
            }
            #expect(person.display.has("pin-changed"), "\(person.display.outline)")
            #expect(try await person.commands().count(where: \.isChange) == 1)
            try await person.press("close")
            try await person.walk(to: .signature)
            try await person.prepareCard()
            try person.sign(pin: Self.newPin)
            try await person.settle()
            #expect(person.receipt != nil, "\(person.display.outline)")
        }

        @Test("a reader tests itself without a PIN", arguments: Person.Way.allCases)
        func test(way: Person.Way) async throws {
            let person = try await Person(way)
            try await person.choose("about")
            try await person.press("test-reader")
            guard case .about(let about) = person.model?.state.aside else { throw person.elsewhere }
            let tested = try #require(about.tested)
            #expect(!tested.sentences.isEmpty)
            for sentence in tested.sentences { #expect(person.display.outline.contains(sentence)) }
            #expect(try await !person.commands().contains(where: \.isVerify))
        }
    }
}

extension Person {
    /// Looks at the card.
    fileprivate func look() async throws {
        try await display.wait(for: "welcome") { self.isIdle && self.display.has("begin") }
        try await choose("care")
        try await press("look")
    }
}
