import Basvuru
import Foundation
import Testing

@testable import BasvuruApp

/// What the sources keep to, read from them.
struct RulesTests {
    @Test("the names that iOS lets pass are those that the core selects")
    func names() throws {
        #expect(try Set(Files.selectable()) == Set(cardApplications()))
    }

    @Test("ports know nothing of the app, and screens nothing of the ports")
    func layers() throws {
        let ports = try Files.sources("Ports")
        let own = try Files.sources("Model").merging(Files.sources("Screens")) { $1 }.merging(Files.sources("States")) {
            $1
        }
        for name in types(of: own) {
            for (file, source) in ports { #expect(!uses(name, source), "\(file) uses \(name)") }
        }
        for name in types(of: ports) where !["Activity", "PhoneFacts"].contains(name) {
            for (file, source) in try Files.sources("Screens") { #expect(!uses(name, source), "\(file) uses \(name)") }
        }
    }

    @Test("nothing is forced, nothing is there for Linux, and only ports say how they share")
    func habits() throws {
        for (file, source) in try Files.sources() {
            let code = source.replacing(/\/\/[^\n]*/, with: "")
            for banned in [
                "try!", "as!", "@preconcurrency", "#if", "import Synchronization", "fatalError", "print(",
                // What the system would keep of the person.
                "SceneStorage", "AppStorage", "UserDefaults", "NSUserActivity",
                // What would not grow with the person's text size.
                ".system(size", "lineLimit", "minimumScaleFactor", "dynamicTypeSize", ".frame(height",
            ] {
                #expect(
                    !code.replacing("Printing.print(", with: "").contains(banned) || file == "Printing.swift",
                    "\(file): \(banned)")
            }
            #expect(code.firstMatch(of: /[\w\])]!(?!=)/) == nil, "\(file) forces an optional")
            // What is on the clipboard is another app's.
            #expect(code.firstMatch(of: /UIPasteboard\.general(?!\.string = )/) == nil, "\(file) reads the clipboard")
        }
        let ports = try Files.sources("Ports").keys
        for (file, source) in try Files.sources() where source.contains("@unchecked Sendable") {
            #expect(ports.contains(file))
            #expect(source.contains("`@unchecked Sendable`:"), "\(file) does not say why")
        }
    }

    // The app had 4,000 until a PIN that is blocked could be unblocked, a way of its own through four screens, and 4,250 until a
    // second number was confirmed and devices listed.
    @Test("the app is thin, and so are the stand-ins: no file is long", arguments: [("App", 4500), ("Stubs", 3500)])
    func size(folder: String, most: Int) throws {
        let files = try #require(
            FileManager.default.enumerator(
                at: Files.project.appending(path: folder), includingPropertiesForKeys: nil))
        var total = 0
        for case let file as URL in files where file.pathExtension == "swift" {
            let lines = try String(contentsOf: file, encoding: .utf8).count { $0 == "\n" }
            #expect(lines <= 300, "\(file.lastPathComponent)")
            total += lines
        }
        #expect((1..<most).contains(total))
    }

    @Test("every closure that a framework calls is written @Sendable")
    func closures() throws {
        for (file, source) in try Files.sources("Ports") {
            for call in source.matches(of: /\.(?:sendCommand|connect|beginSession|transmit)\([^\n]*\{([^\n]*)/) {
                #expect(call.output.1.contains("@Sendable"), "\(file): \(call.output.0)")
            }
        }
    }

    @Test("no sentence stands in the screens' sources")
    func sentences() throws {
        for (file, source) in try Files.sources("Screens") {
            // A day's form is no sentence.
            let formats = ["yyyy-MM-dd", "dd.MM.yyyy", "en_US_POSIX"]
            for text in source.replacing(/\/\/[^\n]*/, with: "").matches(of: /"((?:[^"\\]|\\.)*)"/) {
                let words = text.output.1.replacing(/\\\([^)]*\)+/, with: "")
                if formats.contains(String(words)) { continue }
                #expect(words.firstMatch(of: /[A-ZÇĞİÖŞÜçğıöşü]|[a-z] [a-z]/) == nil, "\(file): \(text.output.0)")
            }
        }
    }

    private func types(of sources: [String: String]) -> Set<String> {
        Set(
            sources.values.flatMap { source in
                source.matches(of: /\n(?:@\S+ )*(?:final )?(?:class|struct|enum|actor) (\w+)/).map {
                    String($0.output.1)
                }
            })
    }

    private func uses(_ name: String, _ source: String) -> Bool {
        source.replacing(/\/\/[^\n]*/, with: "").firstMatch(of: (try? Regex("\\b\(name)\\b")) ?? Regex(verbatim: name))
            != nil
    }
}
