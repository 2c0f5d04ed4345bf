import Foundation
@_spi(Script) import SwiftUI
import Testing

@testable import BasvuruApp

extension AppSuite {
    /// Every named state in both languages, as an outline that was looked at. `BASVURU_ACCEPT=1` writes them anew.
    @MainActor
    struct StatesTests {
        @Test("a named state looks as it was accepted", arguments: NamedState.all.map(\.name), ["tr", "en"])
        func outline(name: String, language: String) throws {
            let state = try #require(NamedState.all.first { $0.name == name })
            let display = Display(
                NamedStateView(state: state), catalogue: try Files.catalogue(), language: language)
            let file = Files.tests.appending(path: "Outlines/\(name).\(language).txt")
            let outline = display.outline
            #expect(display.faults == [])
            if ProcessInfo.processInfo.environment["BASVURU_ACCEPT"] != nil {
                try outline.write(to: file, atomically: true, encoding: .utf8)
            }
            #expect(try outline == String(contentsOf: file, encoding: .utf8))
        }

        @Test("a state has one name, and every outline is one of a state")
        func names() throws {
            let names = NamedState.all.map(\.name)
            #expect(Set(names).count == names.count)
            let outlines = try FileManager.default.contentsOfDirectory(
                atPath: Files.tests.appending(path: "Outlines").path)
            #expect(Set(outlines) == Set(names.flatMap { ["\($0).tr.txt", "\($0).en.txt"] }))
        }

        @Test("a state is asked for by its name and by nothing else")
        func asked() {
            #expect(NamedState.asked(by: ["app", "-state", "receipt"])?.name == "receipt")
            #expect(NamedState.asked(by: ["app", "-state", "none"]) == nil)
            #expect(NamedState.asked(by: ["app", "-state"]) == nil)
        }

        /// NFC that can be switched off, readers on raw USB, a second window, drawings over the app, pages drawn by the app.
        private static let androidsOwn: Set = [
            "card-nfc-off", "card-unusable-reader", "documents-enlarged", "documents-loading", "opening-busy",
            "pin-obscured", "welcome-nfc-off",
        ]
        /// A cover, a system that drives no readers, readers that nothing tells of but looking for them, and scripts for
        /// proxies, which each app has to run by itself.
        private static let applesOwn: Set = ["card-looking", "card-not-driven", "covered", "orders-proxy-unsupported"]

        @Test("the states are Android's, but for what one of the two has alone")
        func android() throws {
            let screens = Files.project.appending(path: "../android/app/src/main/kotlin/basvuru/android/screens")
            var names: Set<String> = []
            let files = try #require(FileManager.default.enumerator(at: screens, includingPropertiesForKeys: nil))
            for case let file as URL in files where file.lastPathComponent.hasSuffix("States.kt") {
                let source = try String(contentsOf: file, encoding: .utf8)
                names.formUnion(source.matches(of: /\bstate\("([a-z-]+)"/).map { String($0.output.1) })
            }
            #expect(
                names.subtracting(Self.androidsOwn) == Set(NamedState.all.map(\.name)).subtracting(Self.applesOwn))
        }

        @Test("the states that a Mac takes pictures of are all there are")
        func pictured() throws {
            let file = Files.tests.deletingLastPathComponent().appending(path: "UITests/StatesUITests.swift")
            let source = try String(contentsOf: file, encoding: .utf8)
            let listed = try #require(source.firstMatch(of: /states = """\n(?s)(.*?)"""/)).output.1
            #expect(listed.split(whereSeparator: \.isWhitespace).map(String.init) == NamedState.all.map(\.name))
        }

        @Test("on every screen one element at most is the one thing to do, and each has a name")
        func elements() throws {
            for state in NamedState.all {
                let display = Display(NamedStateView(state: state), catalogue: try Files.catalogue(), language: "tr")
                for element in display.elements
                where ["button", "field", "secure field", "link"].contains(element.role) {
                    #expect(!element.label.isEmpty, "\(state.name): \(element.outline(0))")
                }
                let names = display.elements.compactMap(\.identifier)
                #expect(Set(names).count == names.count, "\(state.name) names something twice: \(names)")
            }
        }
    }
}
