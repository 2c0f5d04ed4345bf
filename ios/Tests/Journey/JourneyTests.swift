@_spi(Script) import AVFAudio
import Basvuru
@_spi(Script) import CoreNFC
@_spi(Script) import CryptoTokenKit
import Foundation
@_spi(Script) import SwiftUI
import Testing

@testable import BasvuruApp

extension AppSuite {
    /// From launch to the receipt, by pressing what is on the screen, with the real core behind it. Android has the same.
    @MainActor
    struct JourneyTests {
        @Test("a card over NFC does everything in one tap, from launch to the receipt")
        func nfc() async throws {
            let person = try await Person(.nfc)
            try await person.walk(to: .signature)
            try await person.prepareCard()
            UIApplication.shared.idleTimerChanges = []
            try person.sign()
            // Nothing else is taken while an answer is under way.
            person.model?.send(.answer(.back))
            try await person.settle()
            let receipt = try #require(person.receipt, "\(person.display.outline)")
            #expect(person.failure == nil && person.display.faults == [])
            #expect(person.display.outline.contains(receipt.number))
            // One PIN, one signature, one tap.
            let commands = try await person.commands()
            #expect(commands.count(where: \.isVerify) == 1 && commands.count(where: \.isSigning) == 1)
            // The phone stayed awake, the sheet said what was done, and VoiceOver did.
            #expect(UIApplication.shared.idleTimerChanges == [true, false])
            #expect(Phone.now.sentences.count >= 4)
            #expect(Spoken.all.contains { Phone.now.sentences.contains($0) })
        }

        @Test("a card in a reader is read first and signs, from launch to the receipt")
        func reader() async throws {
            let person = try await Person(.slot)
            try await person.walk(to: .signature)
            #expect(!person.display.has("pin"))
            try await person.prepareCard()
            #expect(person.display.has("tries"))
            try person.sign()
            try await person.settle()
            #expect(person.receipt != nil, "\(person.display.outline)")
            #expect(person.display.faults == [])
            let commands = try await person.commands()
            #expect(commands.count(where: \.isVerify) == 1 && commands.count(where: \.isSigning) == 1)
            #expect(Desk.now.scripts.first?.isTaken == false)
        }

        @Test(
            "a wrong PIN costs one try, says so, and the right one is asked for", arguments: Person.Way.allCases)
        func wrongPin(way: Person.Way) async throws {
            let person = try await Person(way)
            try await person.walk(to: .signature)
            try await person.prepareCard()
            try person.sign(pin: "135790")
            try await person.settle()
            #expect(person.failure == explain(failure: .PinWrong(triesLeft: 2), language: .turkish).code)
            #expect(person.display.has("trouble"))
            try await person.prepareCard()
            #expect(try person.display.find("pin").value == "0 rakam")
            #expect(try await person.commands().count(where: \.isVerify) == 1)
            try person.sign()
            try await person.settle()
            #expect(person.receipt != nil, "\(person.display.outline)")
            #expect(try await person.commands().count(where: \.isVerify) == 2)
        }

        @Test("the last try is asked about before it is spent", arguments: Person.Way.allCases)
        func lastTry(way: Person.Way) async throws {
            let person = try await Person(way)
            try await person.walk(to: .signature)
            for _ in 0..<2 {
                try await person.prepareCard()
                try person.sign(pin: "135790")
                try await person.settle()
            }
            try await person.prepareCard()
            try person.type(person.applicant.pin)
            if !person.display.has("last-try") {
                // Over NFC it is known only when the card is there.
                try person.display.press("sign")
                try await person.settle()
                #expect(person.failure == explain(failure: .PinLastTry, language: .turkish).code)
                try await person.prepareCard()
                try person.type(person.applicant.pin)
            }
            #expect(try await person.commands().count(where: \.isVerify) == 2)
            #expect(try !person.display.find("sign").isEnabled)
            try person.display.press("last-try")
            try person.display.press("sign")
            try await person.settle()
            #expect(person.receipt != nil, "\(person.display.outline)")
            #expect(try await person.commands().count(where: \.isVerify) == 3)
        }

        @Test(
            "a card lost at any command loses nothing, and nothing is sent twice",
            arguments: Person.Way.allCases, [false, true])
        func lost(way: Person.Way, afterwards: Bool) async throws {
            let person = try await Person(way)
            try await person.walk(to: .signature)
            let unknown = explain(failure: .PinOutcomeUnknown, language: .turkish).code
            var codes: [String] = []
            for place in 1...60 where person.receipt == nil {
                try await person.display.wait(for: "a reader") { person.display.has("reader") }
                let cut = try person.loseLink(at: place, afterwards: afterwards)
                if !person.display.has("pin"), way == .slot {
                    try person.display.press("read-card")
                    try await person.settle()
                    if let code = person.failure { codes.append(code) }
                    if !person.display.has("pin") { continue }
                }
                try await person.prepareCard()
                if person.display.has("last-try") { try person.display.press("last-try") }
                let before = try await person.commands().count
                try person.sign()
                try await person.settle()
                // One PIN for a consent. The card that is known to have accepted it may come back once and finish.
                let sent = try await person.commands().dropFirst(before)
                let pins = sent.filter(\.isVerify)
                let isFinished = pins.count == 2 && pins[0].status == "9000" && !cut.isAtPin
                #expect(pins.count <= 1 || isFinished, "\(place): \(sent)")
                #expect(sent.count(where: \.isSigning) <= pins.count)
                guard let code = person.failure else { continue }
                codes.append(code)
            }
            #expect(person.receipt != nil, "\(codes) \(person.display.outline)")
            #expect(codes.count >= 4, "\(codes)")
            // Only where the PIN was under way it is unknown whether a try was spent.
            #expect(codes.count { $0 == unknown } <= 1, "\(codes)")
        }

        @Test(
            "a card lost while it signs has signed nothing, and signs when it is asked again",
            arguments: Person.Way.allCases, [false, true])
        func lostSigning(way: Person.Way, afterwards: Bool) async throws {
            let person = try await Person(way)
            try await person.walk(to: .signature)
            try await person.prepareCard()
            try person.loseLink(afterwards: afterwards) { $0[1] == 0x2A }
            try person.sign()
            try await person.settle()
            #expect(person.receipt == nil && person.failure != nil)
            // The PIN was right: the same card may come back once and finish, and after that nothing goes on by itself.
            let before = try await person.commands()
            #expect(before.count(where: \.isSigning) == (afterwards ? 2 : 0))
            #expect(before.count(where: \.isVerify) == 2)
            try person.loseLink(at: nil)
            try await person.prepareCard()
            try person.sign()
            try await person.settle()
            #expect(person.receipt != nil, "\(person.display.outline)")
            let after = try await person.commands()
            #expect(after.count(where: \.isSigning) == before.count(where: \.isSigning) + 1)
            #expect(after.count(where: \.isVerify) == 3)
        }

        @Test("a form that was approved is changed and approved anew")
        func changed() async throws {
            let person = try await Person(.nfc)
            try await person.walk(to: .documents)
            try await person.press("back")
            try await person.press("back")
            guard case .fillForm = person.screen else { throw person.elsewhere }
            try await person.take(.form)
            // What was confirmed before is void.
            guard case .confirmPhone(_, nil, _, _) = person.screen else { throw person.elsewhere }
            for step in Person.Step.allCases.drop(while: { $0 != .phone }) { try await person.take(step) }
            #expect(person.receipt != nil, "\(person.display.outline)")
            #expect(try await person.commands().count(where: \.isSigning) == 1)
        }

        @Test("a picture code is spoken when it is asked for")
        func spoken() async throws {
            let person = try await Person(.nfc)
            try await person.walk(to: .signIn)
            try await person.display.wait(for: "the picture") { person.captcha != nil && person.isIdle }
            #expect(person.captcha?.sound == nil)
            let heard = Sounds.all.count
            try await person.press("listen")
            try await person.display.wait(for: "the sound") { Sounds.all.count == heard + 1 }
            #expect(Sounds.all.last == person.captcha?.sound)
            try await person.press("listen")
            #expect(Sounds.all.count == heard + 2)
            try await person.take(.signIn)
        }
    }
}
