import Basvuru
import Foundation
@_spi(Script) import SwiftUI
import Testing

@testable import BasvuruApp

extension AppSuite {
    /// A number in the form that the institution did not tell. Android has the same.
    @MainActor
    struct SecondFactorTests {
        private static let otherNumber = "+905449876547"

        @Test("a number the institution did not tell is confirmed with two codes, each to its own number")
        func codes() async throws {
            let person = try await Person(.slot)
            person.stated = Self.otherNumber
            try await person.walk(to: .phone)
            let first = try #require(person.asked)
            #expect(first.number == .stated && first.phone?.hasSuffix("47") == true)
            #expect(!person.display.has("number-gone"), "only the told number may be gone")
            try await person.confirmNumber()
            let second = try #require(person.asked, "\(person.display.outline)")
            #expect(second.number == .told && second.phone != first.phone && second.code == nil)
            #expect(person.display.has("number-gone") && person.display.has("send-code"))
            try await person.press("send-code")
            // What was typed for the first number is no code of the second one.
            #expect(try person.display.find("code").value?.isEmpty != false)
            try person.display.write(try await person.nextCode(), into: "code")
            try await person.settle()
            if person.asked != nil { try await person.press("confirm") }
            for step in [Person.Step.method, .documents, .signature] { try await person.take(step) }
            #expect(person.receipt != nil && person.display.faults == [], "\(person.display.outline)")
        }

        @Test("without the told number the institution confirms, and the journey goes on to the receipt")
        func institution() async throws {
            let person = try await Person(.slot)
            try await person.askInstitution(stating: Self.otherNumber)
            guard case .awaitInstitution(let institution, let phone) = person.screen else { throw person.elsewhere }
            #expect(person.display.outline.contains(institution) && person.display.outline.contains(phone))
            // Another thought, and back: the number can still be confirmed by a code.
            try await person.press("code-after-all")
            #expect(person.asked?.number == .told)
            try await person.press("number-gone")
            try await person.press("ask-again")
            #expect(person.display.has("not-answered") && person.failure == nil)
            try await person.world.answerForInstitution(person.applicant.order, confirmed: true)
            // The app asks by itself when it is opened.
            try await person.launch()
            try await person.display.wait(for: "the way to sign") {
                if case .chooseMethod = person.screen { person.isIdle } else { false }
            }
            for step in [Person.Step.method, .documents, .signature] { try await person.take(step) }
            #expect(person.receipt != nil && person.display.faults == [], "\(person.display.outline)")
        }

        @Test("a number the institution refuses leads back to the form")
        func refused() async throws {
            let person = try await Person(.slot)
            try await person.askInstitution(stating: Self.otherNumber)
            try await person.world.answerForInstitution(person.applicant.order, confirmed: false)
            try await person.press("ask-again")
            guard case .fillForm = person.screen else { throw person.elsewhere }
            let told = explain(failure: .NumberNotConfirmed, language: .turkish)
            #expect(person.display.outline.contains(told.what), "\(person.display.outline)")
            // With the number that the institution told, one code is enough.
            person.stated = person.applicant.phone
            for step in [Person.Step.form, .phone] { try await person.take(step) }
            guard case .chooseMethod = person.screen else { throw person.elsewhere }
        }
    }
}

extension Person {
    fileprivate struct Asked {
        let phone: String?
        let code: CodeStatus?
        let number: PhoneNumberAsked
    }

    /// What is asked of a telephone number, where one is asked for.
    fileprivate var asked: Asked? {
        guard case .confirmPhone(let phone, let code, let number, _) = screen else { return nil }
        return Asked(phone: phone, code: code, number: number)
    }

    fileprivate func askInstitution(stating number: String) async throws {
        stated = number
        try await walk(to: .phone)
        try await confirmNumber()
        try await press("number-gone")
        // The screen asks by itself when it comes: what is answered before that is over is found without a press.
        try await display.wait(for: "the institution's first answer") { display.has("not-answered") && isIdle }
    }
}
