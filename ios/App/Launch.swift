import Basvuru
import Foundation
import UIKit

/// What the app is told when it is built and by the phone.
enum Launch {
    /// The app was built without a portal's address or roots.
    struct Incomplete: Error {}

    /// The origins of the portals that the app was built for. The first is the one that is opened without an invitation.
    static func portals(bundle: Bundle = .main) -> [String] {
        bundle.object(forInfoDictionaryKey: "BasvuruPortals") as? [String] ?? []
    }

    @MainActor
    static func configuration(_ invitation: Invitation?, bundle: Bundle = .main) throws -> Configuration {
        guard
            let portal = invitation?.portal ?? portals(bundle: bundle).first,
            let roots = bundle.url(forResource: "portal", withExtension: "pem")
        else { throw Incomplete() }
        return Configuration(
            portal: portal,
            portalRoots: try Data(contentsOf: roots),
            folder: try folder(of: portal).path(percentEncoded: false),
            language: Language(Locale(identifier: bundle.preferredLocalizations.first ?? "tr")),
            identityKind: invitation?.identityKind,
            order: invitation?.order,
            returnTo: invitation?.returnTo,
            support: support(bundle: bundle),
            proxy: SystemProxy(to: portal).server,
            deviceName: UIDevice.current.model
        )
    }

    static func version(bundle: Bundle = .main) -> String {
        bundle.object(forInfoDictionaryKey: "CFBundleShortVersionString") as? String ?? ""
    }

    /// Where a newer version is, once there is one anywhere.
    static func store(bundle: Bundle = .main) -> URL? {
        (bundle.object(forInfoDictionaryKey: "BasvuruStore") as? String).flatMap(URL.init)
    }

    /// Throws away what is kept of every portal. Only for a journal whose key is lost: nothing of it can be read any more.
    static func forget() throws {
        try FileManager.default.removeItem(at: applications())
    }

    /// Whom to call before the portal was reached for the first time.
    private static func support(bundle: Bundle) -> SupportContact? {
        guard
            let phone = bundle.object(forInfoDictionaryKey: "BasvuruSupportPhone") as? String,
            let email = bundle.object(forInfoDictionaryKey: "BasvuruSupportEmail") as? String
        else { return nil }
        return SupportContact(phone: phone, email: email)
    }

    /// A folder belongs to one portal.
    private static func folder(of portal: String) throws -> URL {
        let name = portal.replacing(/[^A-Za-z0-9.-]+/, with: "_")
        let folder = try applications().appending(path: name, directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    /// Where the journals are: in no backup, since their key never leaves this phone.
    private static func applications() throws -> URL {
        let support = try FileManager.default.url(
            for: .applicationSupportDirectory, in: .userDomainMask, appropriateFor: nil, create: true)
        var folder = support.appending(path: "Applications", directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        var values = URLResourceValues()
        values.isExcludedFromBackup = true
        try folder.setResourceValues(values)
        return folder
    }
}
