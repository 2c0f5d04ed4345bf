import Basvuru
import Foundation
@_spi(Script) import SwiftUI
import Testing
@_spi(Script) import UIKit

@testable import BasvuruApp

extension AppSuite {
    /// What Apple's screens have of their own.
    @MainActor
    struct ScreensTests {
        @Test("the app switcher's picture shows nothing, and iOS's own sheet hides nothing")
        func cover() throws {
            for (phase, isNeeded, isCovered) in [
                (ScenePhase.active, true, false), (.inactive, true, true), (.inactive, false, false),
                (.background, false, true), (.background, true, true),
            ] {
                let display = Display(
                    Covered(isNeeded: isNeeded) { Text(verbatim: "10000000146") }, catalogue: try Files.catalogue(),
                    language: "tr")
                display.environment.scenePhase = phase
                #expect(display.has("cover") == isCovered && display.has("10000000146") == !isCovered, "\(phase)")
            }
        }

        @Test("a code that comes all at once is confirmed with the tap on the keyboard, one that is typed is not")
        func oneTap() throws {
            let (display, sent) = try show("phone-sent")
            try display.write("24", into: "code")
            try display.write("246", into: "code")
            #expect(sent.actions.isEmpty)
            try display.write("", into: "code")
            try display.write("246813", into: "code")
            _ = display.nodes
            #expect(sent.actions.map(\.description) == ["answer"])
            #expect(try display.find("code").value == "")
        }

        @Test("digits that were typed are wiped when the app is left")
        func leaving() throws {
            let (display, _) = try show("pin-typed")
            #expect(try display.find("pin").value == "4 rakam")
            display.environment.scenePhase = .inactive
            #expect(try display.find("pin").value == "4 rakam")
            display.environment.scenePhase = .background
            _ = display.nodes
            #expect(try display.find("pin").value == "0 rakam")
        }

        @Test("a PUK and a new PIN that were typed are wiped when the app is left")
        func leavingUnblocking() throws {
            let (display, sent) = try show("unblock")
            for _ in 0..<8 { try display.press("digit-1") }
            display.environment.scenePhase = .inactive
            #expect(try display.find("pin").value == "8 rakam")
            try display.press("next")
            for _ in 0..<6 { try display.press("digit-2") }
            #expect(try display.find("pin").label == "Yeni PIN")
            display.environment.scenePhase = .background
            _ = display.nodes
            #expect(try display.find("pin").label == "PUK")
            #expect(try display.find("pin").value == "0 rakam")
            #expect(sent.actions.isEmpty)
        }

        @Test("a new PIN for the portal's help is wiped when the app is left, and asked for from the beginning")
        func leavingAssisted() throws {
            let (display, sent) = try show("assisted-repeat")
            for _ in 0..<6 { try display.press("digit-2") }
            display.environment.scenePhase = .background
            _ = display.nodes
            #expect(try display.find("pin").label == "Yeni PIN")
            #expect(try display.find("pin").value == "0 rakam")
            #expect(sent.actions.isEmpty)
        }

        @Test("a PUK that is too short cannot be sent, and one that is too long is told at its field")
        func lengths() throws {
            let (display, sent) = try show("unblock")
            for count in 1...9 {
                try display.press("digit-1")
                #expect(try display.find("next").isEnabled == (count >= 8))
            }
            try display.press("next")
            #expect(display.outline.contains("PUK 8 rakamdan oluşur."))
            #expect(try display.find("pin").value == "0 rakam")
            for _ in 0..<8 { try display.press("digit-1") }
            try display.press("next")
            #expect(try display.find("pin").label == "Yeni PIN" && !display.has("fault"))
            #expect(sent.actions.isEmpty)
        }

        @Test("a PIN that is blocked offers no PUK where the card has none")
        func withoutPuk() throws {
            let sample = Sample(language: .turkish)
            for puk in [true, false] {
                let shown = sample.pin(sample.card(tries: 0, puk: puk))
                let screen = RootScreen(state: shown) { _ in }
                let display = Display(screen, catalogue: try Files.catalogue(), language: "tr")
                #expect(display.has("unblock-pin") == puk)
            }
        }

        @Test("a day that is chosen is written the way it is typed")
        func day() throws {
            let (display, sent) = try show("form-date")
            #expect(try display.find("calendar-days").value == "1985-03-07")
            try display.write("1990-12-31", into: "calendar-days")
            #expect(try display.find("birth").value == "31.12.1990")
            try display.write("7.3.1985", into: "birth")
            try display.press("approve")
            #expect(sent.actions.map(\.description) == ["answer"])
        }

        @Test("a receipt is shared, printed, and leads back to the app that the link came from")
        func receipt() async throws {
            let (display, _) = try show("receipt-return")
            var opened: [URL] = []
            display.environment.openURL = OpenURLAction { opened.append($0) }
            let (jobs, shared) = (UIPrintInteractionController.shared.jobs.count, Shared.items.count)
            try display.press("share-receipt")
            try display.press("print")
            try display.press("return")
            #expect(Shared.items.count == shared + 1)
            #expect(UIPrintInteractionController.shared.jobs.dropFirst(jobs) == ["2026-000001-1"])
            #expect(opened.map(\.absoluteString) == ["https://kurum.example/bitti"])
        }

        @Test("a document is read as text where it is read aloud")
        func aloud() async throws {
            let (display, _) = try show("documents-text")
            display.environment.accessibilityVoiceOverEnabled = true
            #expect(display.outline.contains("Sayfanın yazısı."))
        }

        @Test("what takes long is told, with a way out where there is one")
        func long() throws {
            let (display, sent) = try show("signing-slow")
            #expect(display.outline.contains("Beklenenden uzun sürüyor."))
            try display.press("stop")
            #expect(sent.actions.map(\.description) == ["stop"])
        }

        @Test("a proxy, a suspended certificate and a PIN of digits are told with what to do, in both languages")
        func told() throws {
            let failures: [Failure] =
                [ProxyFault.unreachable, .refused, .passwordNeeded, .silent].map {
                    .ProxyFailed(fault: $0, proxy: "vekil.example:3128")
                } + [
                    .CertificateSuspended, .PinMalformed(minLength: 4, maxLength: 8, numeric: true),
                    .PinMalformed(minLength: 4, maxLength: 8, numeric: false),
                ]
            for (language, code) in [(Language.turkish, "tr"), (.english, "en")] {
                var told: Set<String> = []
                for failure in failures {
                    let trouble = Trouble(failure, language: language)
                    let card = TroubleCard(trouble: trouble, support: nil)
                    let display = Display(card, catalogue: try Files.catalogue(), language: code)
                    let said = try display.find("trouble").label
                    #expect(said == "\(trouble.explanation.what), \(trouble.explanation.next)")
                    #expect(try display.find("trouble-code").label == trouble.explanation.code)
                    #expect(display.faults == [])
                    told.insert(said)
                }
                #expect(told.count == failures.count)
                #expect(told.count { $0.contains("vekil.example:3128") } == 4)
            }
        }

        private func show(_ name: String) throws -> (Display, Sent) {
            let state = try #require(NamedState.all.first { $0.name == name })
            let sent = Sent()
            guard case .app(let shown) = state.shown(Sample(language: .turkish)) else {
                throw CocoaError(.fileNoSuchFile)
            }
            let screen = RootScreen(state: shown) { sent.actions.append($0) }
            return (Display(screen, catalogue: try Files.catalogue(), language: "tr"), sent)
        }
    }
}
