import Foundation
@_spi(Script) import SwiftUI
import Testing

/// Files beside the tests.
enum Files {
    static let tests = URL(filePath: #filePath).deletingLastPathComponent()
    static let project = tests.deletingLastPathComponent()
    static let resources = project.appending(path: "App/Resources")

    static func catalogue(_ name: String = "Localizable") throws -> Catalogue {
        try Catalogue(reading: resources.appending(path: "\(name).xcstrings"))
    }

    static func plist(_ name: String) throws -> [String: Any] {
        let data = try Data(contentsOf: resources.appending(path: name))
        return try #require(try PropertyListSerialization.propertyList(from: data, format: nil) as? [String: Any])
    }

    static func selectable() throws -> [String] {
        try #require(
            try plist("Info.plist")["com.apple.developer.nfc.readersession.iso7816.select-identifiers"] as? [String])
    }

    /// The app's own sources below a folder, by name.
    static func sources(_ folder: String = "") throws -> [String: String] {
        let root = project.appending(path: "App/\(folder)")
        let names = FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil)
        var found: [String: String] = [:]
        for case let file as URL in try #require(names) where file.pathExtension == "swift" {
            found[file.lastPathComponent] = try String(contentsOf: file, encoding: .utf8)
        }
        return found
    }
}
