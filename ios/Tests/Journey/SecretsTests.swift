import Basvuru
import Foundation
@_spi(Script) import SwiftUI
import Testing

@testable import BasvuruApp

/// All that a screen sent, in order.
@MainActor
final class Sent {
    var actions: [Action] = []
}

extension AppSuite {
    /// What must not be seen is not. Android has the same.
    @MainActor
    struct SecretsTests {
        @Test("no action prints what is in it")
        func printing() throws {
            let secret = try Password(utf8: Data("parola".utf8))
            let answer = Answer.signIn(
                identityKind: .nationalId, identity: "10000000146", accessPassword: secret, captcha: "x7k2")
            let pin = Pin(digits: Data("246813".utf8))
            let change = PinChange(key: .puk, reader: "x7k2", old: pin, new: pin)
            for action in [
                .answer(answer), .answer(.unblock(reader: "x7k2", code: secret, newPin: pin)),
                .keep(values: ["number": "10000000146"]), .look(reader: "x7k2"), .unblock(reader: "x7k2"),
                .changePin(change),
            ] as [Action] {
                var dumped = ""
                dump(action, to: &dumped)
                for text in [dumped, "\(action)", String(reflecting: action), "\([action])"] {
                    for planted in ["10000000146", "x7k2", "parola", "246813"] { #expect(!text.contains(planted)) }
                }
            }
        }

        @Test("a password leaves the screen with its answer")
        func password() throws {
            let sent = Sent()
            let state = try #require(NamedState.all.first { $0.name == "sign-in-filled" })
            guard case .app(let shown) = state.shown(Sample(language: .turkish)) else { return }
            let screen = RootScreen(state: shown) { sent.actions.append($0) }
            let display = Display(screen, catalogue: try Files.catalogue(), language: "tr")
            #expect(try display.find("password").value == "••••••")
            try display.press("sign-in")
            #expect(try display.find("password").value == "")
            #expect(sent.actions.map(\.description) == ["answer"])
        }

        @Test("the digits of a PIN are nowhere on the screen, and gone when it was taken")
        func pin() throws {
            let entry = PinEntry()
            let display = Display(
                PinPad(label: "pin", entry: entry), catalogue: try Files.catalogue(), language: "tr")
            for digit in "246813" { try display.press("digit-\(digit)") }
            #expect(!display.outline.contains("246813"))
            #expect(try display.find("pin").value == "6 rakam")
            try display.press("delete")
            #expect(try display.find("pin").value == "5 rakam")
            _ = entry.take()
            #expect(try display.find("pin").value == "0 rakam")
        }
    }
}
