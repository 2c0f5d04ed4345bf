import Foundation
@_spi(Script) import SwiftUI
import Testing

@testable import BasvuruApp

/// What Xcode packs, as far as it can be read without Xcode.
struct ResourcesTests {
    @Test("every sentence is there in both languages", arguments: ["Localizable", "InfoPlist"])
    func catalogue(name: String) throws {
        let keys = try Files.catalogue(name).keys
        #expect(Set(keys.keys) == ["en", "tr"])
        #expect(keys["en"] == keys["tr"])
    }

    @Test("no sentence is there that nothing says")
    func unused() throws {
        let sources = try Files.sources().values.joined()
        for key in try #require(try Files.catalogue().keys["tr"]) {
            let words = key.split(separator: " ").first.map(String.init) ?? key
            #expect(sources.contains("\"\(words)\"") || sources.contains("\"\(words) \\("), "\(key)")
        }
    }

    @Test("every picture that is shown is there, in light and dark, and every one that is there is shown")
    func pictures() throws {
        let assets = Files.resources.appending(path: "Assets.xcassets")
        let sets = try FileManager.default.contentsOfDirectory(atPath: assets.path).filter { $0.hasSuffix(".imageset") }
        let sources = try Files.sources("Screens").values.joined()
        let shown = Set(
            sources.matches(of: /"(card-(?:on|in|waiting|working|done)[a-z-]*)"/).map { String($0.output.1) })
        #expect(shown == Set(sets.map { String($0.dropLast(".imageset".count)) }))
        for set in sets { #expect(try files(of: assets.appending(path: set)).count == 2, "\(set)") }
        #expect(try files(of: assets.appending(path: "AppIcon.appiconset")).count == 3)
    }

    /// The files that a set of the asset catalogue names, which must be there.
    private func files(of set: URL) throws -> [String] {
        let contents = try Data(contentsOf: set.appending(path: "Contents.json"))
        let read = try #require(try JSONSerialization.jsonObject(with: contents) as? [String: Any])
        let images = try #require(read["images"] as? [[String: Any]])
        let names = images.compactMap { $0["filename"] as? String }
        for name in names { #expect(FileManager.default.fileExists(atPath: set.appending(path: name).path)) }
        return names
    }

    @Test("the app says why it wants what it wants, and wants nothing else")
    func information() throws {
        let plist = try Files.plist("Info.plist")
        #expect((plist["NFCReaderUsageDescription"] as? String)?.isEmpty == false)
        #expect(plist.keys.filter { $0.hasSuffix("UsageDescription") } == ["NFCReaderUsageDescription"])
        let scenes = try #require(plist["UIApplicationSceneManifest"] as? [String: Any])
        #expect(scenes["UIApplicationSupportsMultipleScenes"] as? Bool == false)
        // An iPad shows it beside another app.
        #expect(plist["UIRequiresFullScreen"] == nil)
        #expect((plist["UISupportedInterfaceOrientations~ipad"] as? [String])?.count == 4)
        let entitlements = try Files.plist("App.entitlements")
        #expect(entitlements["com.apple.developer.nfc.readersession.formats"] as? [String] == ["TAG"])
        #expect(entitlements["com.apple.security.smartcard"] as? Bool == true)
        #expect(
            entitlements["com.apple.developer.associated-domains"] as? [String]
                == ["applinks:$(BASVURU_DOMAIN)", "webcredentials:$(BASVURU_DOMAIN)"])
        #expect(entitlements.count == 3)
        let privacy = try Files.plist("PrivacyInfo.xcprivacy")
        #expect(privacy["NSPrivacyTracking"] as? Bool == false)
        #expect((privacy["NSPrivacyCollectedDataTypes"] as? [Any])?.isEmpty == true)
        let reasons = try #require(privacy["NSPrivacyAccessedAPITypes"] as? [[String: Any]])
        #expect(reasons.map { $0["NSPrivacyAccessedAPITypeReasons"] as? [String] } == [["C617.1"]])
    }

    @Test("the project builds every file of the folder, for the phone that the package says")
    func project() throws {
        let file = Files.project.appending(path: "App.xcodeproj/project.pbxproj")
        let project = try #require(
            try PropertyListSerialization.propertyList(from: Data(contentsOf: file), format: nil) as? [String: Any])
        #expect(project["objectVersion"] as? String == "77")
        let objects = try #require(project["objects"] as? [String: [String: Any]])
        // Every object that is named is there, and every one that is there is named.
        let text = try String(contentsOf: file, encoding: .utf8)
        for name in objects.keys { #expect(text.components(separatedBy: name).count > 2, "\(name) is not used") }
        for name in text.matches(of: /A0{21}[0-9A-F]{2}/).map({ String($0.output) }) {
            #expect(objects[name] != nil, "\(name)")
        }
        let settings = objects.values.compactMap { $0["buildSettings"] as? [String: Any] }
        let (versions, targets) = (of("SWIFT_VERSION", settings), of("IPHONEOS_DEPLOYMENT_TARGET", settings))
        #expect(Set(versions) == ["6.0"] && Set(targets) == ["17.4"])
        #expect(of("SWIFT_TREAT_WARNINGS_AS_ERRORS", settings) == ["YES", "YES"])
        // The library is built for the same phones.
        let script = try String(
            contentsOf: Files.project.appending(path: "../bindings/swift/xcframework"), encoding: .utf8)
        #expect(script.contains("least_ios=\(targets[0])\n"))
        // What the sources are told by the project, Info.plist and the entitlements ask for.
        for name in try "\(Files.plist("Info.plist"))\(Files.plist("App.entitlements"))".matches(
            of: /\$\((BASVURU_\w+)\)/)
        {
            #expect(of(String(name.output.1), settings).count == 2, "\(name.output.1)")
        }
        // Nothing that must not be a resource is one.
        let exceptions = objects.values.compactMap { $0["membershipExceptions"] as? [String] }.flatMap { $0 }
        #expect(exceptions.sorted() == ["Resources/App.entitlements", "Resources/Info.plist"])
        for path in exceptions {
            #expect(FileManager.default.fileExists(atPath: Files.project.appending(path: "App/\(path)").path))
        }
    }

    private func of(_ name: String, _ settings: [[String: Any]]) -> [String] {
        settings.compactMap { $0[name] as? String }
    }
}
