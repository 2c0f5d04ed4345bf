import Basvuru
@_spi(Script) import CFNetwork
@_spi(Script) import CoreNFC
@_spi(Script) import CryptoTokenKit
import Foundation
@_spi(Script) import Security
@_spi(Script) import SwiftUI
import Testing
@_spi(Script) import UIKit

@testable import BasvuruApp

extension AppSuite {
    /// The whole app in what an iPhone does to it.
    @MainActor
    struct LifeTests {
        @Test("the cover is there while the portal is asked, and not under the sheet while the card is used")
        func cover() async throws {
            let person = try await Person(.nfc)
            try await person.walk(to: .orders)
            try person.display.press("order-\(person.applicant.order)")
            #expect(person.model?.state.isBusy == true)
            #expect(person.isCovered(in: .inactive) && !person.isCovered(in: .active))
            try await person.settle()
            #expect(person.isCovered(in: .inactive) && !person.isCovered(in: .active))
            for step in Person.Step.allCases.drop(while: { $0 != .form }).dropLast() { try await person.take(step) }
            try await person.prepareCard()
            try person.sign()
            #expect(!person.isCovered(in: .inactive) && person.isCovered(in: .background))
            #expect(!person.isCovered(in: .active))
            try await person.settle()
            #expect(person.receipt != nil, "\(person.display.outline)")
            #expect(person.isCovered(in: .inactive))
        }

        @Test("a keychain that is locked is told and nothing is lost: unlocked, the app goes on where it was")
        func locked() async throws {
            let person = try await Person(.nfc)
            try await person.walk(to: .form)
            Keychain.now.status = errSecInteractionNotAllowed
            try await person.start()
            try await person.display.wait(for: "what is wrong") { person.display.has("try-again") }
            #expect(person.display.has("trouble") && !person.display.has("start-afresh"))
            try person.display.press("try-again")
            try await Task.sleep(for: .milliseconds(200))
            #expect(person.model == nil)
            Keychain.now.status = errSecSuccess
            try person.display.press("try-again")
            try await person.display.wait(for: "the application") { person.model != nil }
            guard case .fillForm = person.screen else { throw person.elsewhere }
            #expect(Keychain.now.attributes.count == 1)
        }

        @Test("a proxy that is not there is named, and without it the app goes on")
        func proxy() async throws {
            defer { Network.now = Network() }
            Network.now = Network(proxies: [
                [kCFProxyTypeKey: kCFProxyTypeHTTPS, kCFProxyHostNameKey: "127.0.0.1", kCFProxyPortNumberKey: 1]
            ])
            let person = try await Person(.nfc)
            try person.display.press("begin")
            try await person.display.wait(for: "what is wrong") { person.failure != nil && person.isIdle }
            let failure = Failure.ProxyFailed(fault: .unreachable, proxy: "127.0.0.1:1")
            #expect(person.model?.state.trouble?.explanation == explain(failure: failure, language: .turkish))
            #expect(person.display.outline.contains("127.0.0.1:1"))
            Network.now = Network()
            try await person.launch()
            try await person.walk(to: .orders)
        }

        @Test("a script for proxies that the app does not run is told where the portal is not reached, and only there")
        func script() async throws {
            defer { Network.now = Network() }
            for (proxies, isTold) in [
                (nil, false), ([[kCFProxyTypeKey: kCFProxyTypeAutoConfigurationURL]], true),
            ] as [([[String: any Sendable]]?, Bool)] {
                Network.now = Network(proxies: proxies)
                let person = try await Person(.nfc, portal: "https://localhost:1")
                try person.display.press("begin")
                try await person.display.wait(for: "what is wrong") { person.failure != nil && person.isIdle }
                #expect(person.failure == explain(failure: .PortalUnreachable, language: .turkish).code)
                #expect(person.display.has("proxy-unsupported") == isTold)
            }
            // Straight to the portal all is well, and another fault is not the network's.
            let person = try await Person(.nfc)
            try await person.walk(to: .signature)
            try await person.prepareCard()
            try person.sign(pin: "135790")
            try await person.settle()
            #expect(person.display.has("trouble") && !person.display.has("proxy-unsupported"))
        }

        @Test("that there is no reader is said when one had time to come up, and one that comes later is offered")
        func lateReader() async throws {
            let person = try await Person(.slot)
            let slots = Desk.now.scripts
            try await person.walk(to: .documents)
            Desk.now = Desk()
            let began = ContinuousClock.now
            try await person.press("accept")
            #expect(person.display.outline.contains("Kart okuyucu aranıyor"))
            try await person.display.wait(for: "the causes") { person.display.has("no-reader") }
            #expect(ContinuousClock.now - began >= .seconds(10))
            for slot in slots { Desk.now.plug(slot) }
            try await person.display.wait(for: "the reader") { person.display.has("reader") }
            try await person.prepareCard()
            try person.sign()
            try await person.settle()
            #expect(person.receipt != nil, "\(person.display.outline)")
        }

        @Test("an answer that comes in the moment it was becoming long leaves the app free")
        func moment() async throws {
            let person = try await Person(.nfc)
            try await person.walk(to: .orders)
            person.model?.send(.open(.history))
            // Both have begun; then what comes first and the end of the 300 milliseconds wait for one busy main thread.
            for _ in 0..<10 { await Task.yield() }
            hold(seconds: 0.6)
            try await person.settle()
            try await Task.sleep(for: .milliseconds(100))
            #expect(person.isIdle, "\(person.display.outline)")
        }

        private func hold(seconds: Double) {
            Thread.sleep(forTimeInterval: seconds)
        }

        @Test("a system that drives no readers is told at once")
        func notDriven() async throws {
            let person = try await Person(.slot)
            Desk.now = Desk(isOpen: false)
            try await person.launch()
            #expect(person.display.has("no-way"), "\(person.display.outline)")
        }

        @Test("a wait for a card is ended by the person, and nothing was sent", arguments: Person.Way.allCases)
        func stopped(way: Person.Way) async throws {
            let person = try await Person(way)
            try await person.walk(to: .signature)
            let polls = Phone.now
            switch way {
            case .nfc:
                Phone.now = Phone()
                try await person.prepareCard()
                try person.sign()
            case .slot:
                Desk.now.scripts.first?.state = .empty
                try await person.display.wait(for: "the reader") { person.display.has("read-card") }
                try person.display.press("read-card")
            }
            try await person.display.wait(for: "the way out") { person.display.has("stop") }
            try person.display.press("stop")
            try await person.settle()
            guard case .sign = person.screen else { throw person.elsewhere }
            #expect(person.failure == explain(failure: .CardCancelled, language: .turkish).code)
            #expect(try await person.commands().isEmpty)
            Phone.now = polls
            Desk.now.scripts.first?.state = .validCard
            try await person.prepareCard()
            try person.sign()
            try await person.settle()
            #expect(person.receipt != nil, "\(person.display.outline)")
        }

        @Test("what the card has done is felt, and what went wrong with it")
        func felt() async throws {
            let person = try await Person(.nfc)
            try await person.walk(to: .signature)
            UINotificationFeedbackGenerator.felt = []
            try await person.prepareCard()
            try person.sign(pin: "135790")
            try await person.settle()
            #expect(UINotificationFeedbackGenerator.felt == [.error])
            try await person.prepareCard()
            try person.sign()
            try await person.settle()
            #expect(UINotificationFeedbackGenerator.felt == [.error, .success])
        }

        @Test("the diagnosis that is shared tells of the card and nothing of the person")
        func diagnosis() async throws {
            let person = try await Person(.slot)
            for step in Person.Step.allCases { try await person.take(step) }
            let code = try await person.newestCode()
            try await person.choose("about")
            try person.display.press("share-diagnosis")
            let shared = try #require(Shared.items.last)
            #expect(shared.contains("basvuru-diagnosis/1") && shared.contains("\"002000"))
            let applicant = person.applicant
            for known in [
                applicant.pin, applicant.accessPassword, applicant.identity, applicant.phone, applicant.order, code,
            ] {
                #expect(!shared.contains(known), "\(known)")
            }
        }

        @Test("the notices of everybody whose work is in the app can be read")
        func notices() async throws {
            let person = try await Person(.nfc)
            try await person.choose("about")
            try await person.press("licences")
            for name in ["Mozilla Public License", "SQLite", "Permission is hereby granted"] {
                #expect(person.display.outline.contains(name), "\(name)")
            }
            try await person.press("close-licences")
            #expect(person.display.has("licences"))
        }

        @Test("nothing that was typed lies on the phone")
        func onDisk() async throws {
            let person = try await Person(.slot)
            try await person.walk(to: .signature)
            let code = try await person.newestCode()
            try await person.prepareCard()
            try person.sign()
            try await person.settle()
            #expect(person.receipt != nil)
            try await person.putAway()
            let files = try #require(
                FileManager.default.enumerator(at: person.folder, includingPropertiesForKeys: [.isRegularFileKey]))
            var octets = Data()
            for case let file as URL in files where !file.hasDirectoryPath {
                octets += try Data(contentsOf: file)
            }
            #expect(octets.count > 10_000)
            for typed in [person.applicant.pin, person.applicant.accessPassword, person.applicant.identity, code] {
                #expect(octets.range(of: Data(typed.utf8)) == nil, "\(typed)")
            }
        }
    }
}

extension Person {
    /// Whether the app hides itself when its scene is as said.
    fileprivate func isCovered(in phase: ScenePhase) -> Bool {
        display.environment.scenePhase = phase
        return display.has("cover")
    }
}
