import Basvuru
import Foundation
@_spi(Script) import SwiftUI
import Testing

@testable import BasvuruApp

extension AppSuite {
    /// A PIN that is blocked, and the ways on from there. Android has the same.
    @MainActor
    struct UnblockTests {
        @Test(
            "a PIN that is blocked is unblocked with the PUK, and the journey goes on to the receipt",
            arguments: Person.Way.allCases)
        func journey(way: Person.Way) async throws {
            let person = try await Person(way)
            try await person.walk(to: .signature)
            try await person.blockPin()
            // One tap: the card is read, and the PUK is asked for with what it costs.
            try await person.press("unblock-pin")
            #expect(person.display.has("tries"), "\(person.display.outline)")
            try await person.unblock()
            #expect(person.model?.state.aside == nil && person.display.has("pin-changed"), "\(person.display.outline)")
            // What is in a reader was read anew.
            #expect(person.display.has("tries") == (way == .slot))
            #expect(!person.display.has("unblock-pin"))
            try await person.signWithNewPin()
            let commands = try await person.commands()
            #expect(commands.count(where: \.isUnblocking) == 1 && commands.count(where: \.isVerify) == 4)
            #expect(person.display.faults == [])
        }

        @Test("a PIN that is blocked is unblocked from the card that is looked at", arguments: Person.Way.allCases)
        func care(way: Person.Way) async throws {
            let person = try await Person(way)
            try await person.display.wait(for: "welcome") { person.isIdle && person.display.has("begin") }
            try await person.choose("care")
            for _ in 0..<3 {
                try await person.press("look")
                try await person.press("change-pin")
                try await person.enter("135790")
            }
            #expect(person.failure == Person.code(.PinBlocked))
            try await person.press("look")
            try await person.press("unblock-pin")
            try await person.unblock()
            #expect(person.display.has("pin-changed"), "\(person.display.outline)")
            try await person.press("close")
            try await person.walk(to: .signature)
            try await person.signWithNewPin()
        }

        @Test(
            "a wrong PUK costs one of its tries, says how many are left, and the right one is asked for",
            arguments: Person.Way.allCases)
        func wrong(way: Person.Way) async throws {
            let person = try await Person(way)
            try await person.walk(to: .signature)
            try await person.blockPin()
            try await person.press("unblock-pin")
            try await person.enter("11111111")
            #expect(person.failure == Person.code(.PukWrong(triesLeft: 2)))
            #expect(person.display.has("trouble"))
            try person.display.press("unblock-pin")
            // The number that the card told before is not shown any more.
            #expect(!person.display.has("tries"))
            #expect(try person.display.find("pin").value == "0 rakam")
            #expect(try await person.commands().count(where: \.isUnblocking) == 1)
            try await person.unblock()
            try await person.signWithNewPin()
            #expect(try await person.commands().count(where: \.isUnblocking) == 2)
        }

        @Test("the last try of a PUK is asked about before it is spent", arguments: Person.Way.allCases)
        func lastTry(way: Person.Way) async throws {
            let person = try await Person(way)
            try await person.walk(to: .signature)
            try await person.blockPin()
            try await person.press("unblock-pin")
            for _ in 0..<2 {
                try await person.enter("11111111")
                try person.display.press("unblock-pin")
            }
            try person.type(person.applicant.puk)
            #expect(try !person.display.find("next").isEnabled)
            try person.display.press("last-try")
            try person.display.press("next")
            try await person.enterNewPin()
            #expect(person.failure == nil, "\(person.display.outline)")
            #expect(try await person.commands().count(where: \.isUnblocking) == 3)
            try await person.signWithNewPin()
        }

        @Test(
            "a card lost with a PUK under way tells that the outcome is unknown, and nothing is sent again",
            arguments: Person.Way.allCases, [false, true])
        func lost(way: Person.Way, afterwards: Bool) async throws {
            let person = try await Person(way)
            try await person.walk(to: .signature)
            try await person.blockPin()
            try await person.press("unblock-pin")
            try person.loseLink(afterwards: afterwards) { $0[1] == 0x2C }
            try await person.enter(person.applicant.puk)
            #expect(person.failure == Person.code(.PukOutcomeUnknown))
            // What is known of the card may be so no longer: it has to be looked at before a PUK is typed.
            #expect(person.display.has("look") && !person.display.has("unblock-pin"))
            try person.loseLink(at: nil)
            try await person.press("look")
            #expect(try await person.commands().count(where: \.isUnblocking) == (afterwards ? 1 : 0))
            if afterwards {
                // The card has done it.
                try await person.press("close")
            } else {
                try await person.press("unblock-pin")
                try await person.unblock()
            }
            try await person.signWithNewPin()
            #expect(try await person.commands().count(where: \.isUnblocking) == 1)
        }

        @Test(
            "a PIN that is blocked is unblocked with the portal's help, and the journey goes on to the receipt",
            arguments: Person.Way.allCases)
        func assisted(way: Person.Way) async throws {
            let person = try await Person(way)
            try await person.walk(to: .signature)
            try await person.blockPin()
            try await person.press("unblock-assisted")
            let code = try await person.nextCode()
            // What is compared is on the screen and in the message.
            let compared = try #require(try person.display.find("verification-code").value).replacing(" ", with: "")
            #expect(compared.count == 4)
            #expect(try await person.newestText().contains(compared))
            // From the keyboard's offer, with one tap.
            try person.offer(code)
            try await person.enterNewPin()
            #expect(person.failure == nil && person.display.has("pin-changed"), "\(person.display.outline)")
            #expect(!person.display.has("code") && !person.display.has("unblock-assisted"))
            try await person.signWithNewPin()
            let commands = try await person.commands()
            #expect(commands.count(where: \.isUnblocking) == 1 && commands.count(where: \.isVerify) == 4)
            #expect(person.display.faults == [])
        }

        @Test(
            "a wrong code of the portal's help changes nothing on the card, and the right one is asked for",
            arguments: Person.Way.allCases)
        func wrongCode(way: Person.Way) async throws {
            let person = try await Person(way)
            try await person.walk(to: .signature)
            try await person.blockPin()
            try await person.press("unblock-assisted")
            let code = try await person.nextCode()
            try person.offer(code == "135790" ? "135791" : "135790")
            try await person.enterNewPin()
            #expect(person.failure == Person.code(.CodeWrong(triesLeft: 2)))
            #expect(try person.display.find("code").hint?.isEmpty == false)
            #expect(try await !person.commands().contains(where: \.isUnblocking))
            try person.offer(code)
            try await person.enterNewPin()
            #expect(person.failure == nil, "\(person.display.outline)")
            try await person.signWithNewPin()
            #expect(try await person.commands().count(where: \.isUnblocking) == 1)
        }
    }
}

extension Person {
    fileprivate static let newPin = "864201"

    fileprivate static func code(_ failure: Failure) -> String {
        explain(failure: failure, language: .turkish).code
    }

    /// Types wrong PINs until the card takes none any more.
    fileprivate func blockPin() async throws {
        for _ in 0..<3 {
            try await prepareCard()
            if display.has("last-try") { try display.press("last-try") }
            try sign(pin: "135790")
            try await settle()
        }
        #expect(failure == Self.code(.PinBlocked), "\(display.outline)")
    }

    /// Types the right PUK and a new PIN.
    fileprivate func unblock() async throws {
        try await enter(applicant.puk)
        #expect(failure == nil, "\(display.outline)")
    }

    /// Types what the card wants to see, and a new PIN.
    fileprivate func enter(_ old: String) async throws {
        if display.has("last-try") { try display.press("last-try") }
        try type(old)
        try display.press("next")
        try await enterNewPin()
    }

    /// Takes the code that the keyboard offers.
    fileprivate func offer(_ code: String) throws {
        try display.write(code, into: "code")
        _ = display.nodes
    }

    fileprivate func enterNewPin() async throws {
        for _ in 0..<2 {
            try type(Self.newPin)
            try display.press("next")
        }
        try await settle()
    }

    fileprivate func signWithNewPin() async throws {
        try await prepareCard()
        try sign(pin: Self.newPin)
        try await settle()
        #expect(receipt != nil, "\(display.outline)")
    }
}
