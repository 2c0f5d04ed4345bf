import Basvuru
import Foundation
import Testing

/// A phone with an app on it: opens the application, and answers every step as its applicant would.
final class Phone: Sendable {
    private static let mostSteps = 30

    let applicant: Applicant
    let readers: TcpReaders
    private let vault: any Vault
    private let watcher: (any Watcher)?
    private let monitor: (any Monitor)?
    private let order: String?
    let world: World
    let folder: URL
    private let opened = Locked<CertificateApplication?>(nil)

    /// The applicant never came to the screen that was wanted, or nothing failed that should have.
    struct Unexpected: Error {}

    /// `order` is whether the app was opened by the invitation's link.
    init(
        way: TcpReaders.Way = .contact,
        vault: any Vault = TestVault(),
        watcher: (any Watcher)? = nil,
        monitor: (any Monitor)? = nil,
        order: Bool = false
    ) async throws {
        world = try World.shared()
        applicant = try await world.invite()
        readers = TcpReaders(card: applicant.card, way: way)
        self.vault = vault
        self.watcher = watcher
        self.monitor = monitor
        self.order = order ? applicant.order : nil
        folder = FileManager.default.temporaryDirectory.appending(path: "phone-\(UUID().uuidString)")
    }

    deinit {
        opened.change { $0 = nil }
        // A phone that never opened the application has no folder.
        try? FileManager.default.removeItem(at: folder)
    }

    /// The application, opened when it is first needed.
    func application() throws -> CertificateApplication {
        try opened.change { opened in
            if let opened { return opened }
            let application = try open()
            opened = application
            return application
        }
    }

    /// Opens the application as the app does when it starts.
    func open(vault: (any Vault)? = nil, portal: String? = nil) throws -> CertificateApplication {
        let configuration = Configuration(
            portal: portal ?? world.portal,
            portalRoots: world.trust,
            folder: folder.path(),
            language: .turkish,
            identityKind: .nationalId,
            order: order
        )
        let ports = Ports(readers: readers, vault: vault ?? self.vault, watcher: watcher, monitor: monitor)
        return try CertificateApplication.open(configuration: configuration, ports: ports)
    }

    /// Opens the card desk of the app's folder.
    func openDesk() throws -> CardDesk {
        let ports = Ports(readers: readers, vault: vault, watcher: watcher)
        return try CardDesk.open(folder: folder.path(), ports: ports, language: .turkish)
    }

    /// Closes the app; what the application has written stays.
    func leave() {
        opened.change { $0 = nil }
    }

    func screen() throws -> Screen {
        try application().step().screen
    }

    /// Answers steps until one shows what is wanted.
    func walk<Found>(to found: (Screen) -> Found?) async throws -> Found {
        for _ in 0..<Self.mostSteps {
            let screen = try screen()
            if let found = found(screen) { return found }
            try await answer(answer(to: screen))
        }
        Issue.record("never came there")
        throw Unexpected()
    }

    @discardableResult
    func answer(_ answer: Answer) async throws -> Step {
        try await application().answer(answer: answer)
    }

    /// The failure that an answer ends in.
    func failure(of answer: Answer) async throws -> Failure {
        do {
            try await self.answer(answer)
        } catch let failure as Failure {
            return failure
        }
        Issue.record("nothing failed")
        throw Unexpected()
    }

    /// What the applicant says to a screen.
    func answer(to screen: Screen) async throws -> Answer {
        switch screen {
        case .signIn(_, _, _, _, captcha: nil, _):
            return .requestCaptcha
        case .signIn(_, _, _, _, captcha: let captcha?, _):
            return .signIn(
                identityKind: .nationalId,
                identity: applicant.identity,
                accessPassword: try Password(utf8: Data(applicant.accessPassword.utf8)),
                captcha: try await world.captcha(captcha.id)
            )
        case .chooseOrder:
            return .chooseOrder(order: applicant.order)
        case .fillForm(_, _, let fields):
            let values = fields.filter { !$0.locked }.map { ($0.name, value(of: $0)) }
            return .approveForm(values: Dictionary(uniqueKeysWithValues: values))
        case .confirmPhone(_, code: nil, _, _):
            return .sendCode()
        case .confirmPhone(_, code: _?, _, _):
            let text = try await world.newestText(to: applicant.phone)
            return .confirmCode(code: try #require(try application().readSms(text: text, sender: nil)))
        case .awaitInstitution:
            return .continue
        case .chooseMethod:
            return .chooseMethod(method: .card)
        case .reviewDocuments:
            return .acceptDocuments
        case .sign:
            return sign()
        case .pending:
            return .continue
        case .done, .outdated:
            throw Unexpected()
        }
    }

    func sign(pin: String? = nil) -> Answer {
        .sign(
            reader: readers.reader,
            pin: Pin(digits: Data((pin ?? applicant.pin).utf8)),
            lastTryConfirmed: false,
            certificate: nil
        )
    }

    private func value(of field: FormField) -> String {
        guard field.value.isEmpty else { return field.value }
        switch field.entry {
        case .text: return "Örnek"
        case .lines: return "Örnek Mah. Çınar Sk. No: 1\nGebze / Kocaeli"
        case .mobile: return applicant.phone
        case .email: return "basvuran@example.com"
        case .date: return "1990-12-31"
        case .choice(let choices): return choices.first?.value ?? ""
        }
    }
}

extension Screen {
    /// The picture code, where one is shown.
    var captcha: CaptchaFiles? {
        guard case .signIn(_, _, _, _, let captcha, _) = self else { return nil }
        return captcha
    }

    /// The orders, where one is to be chosen.
    var orders: [OrderSummary]? {
        guard case .chooseOrder(_, let groups) = self else { return nil }
        return groups.flatMap(\.orders)
    }

    /// The telephone number, where it is to be confirmed.
    var maskedPhone: String? {
        guard case .confirmPhone(let maskedPhone, _, _, _) = self else { return nil }
        return maskedPhone
    }

    /// The form's fields, where this is the form.
    var form: [FormField]? {
        guard case .fillForm(_, _, let fields) = self else { return nil }
        return fields
    }

    /// The documents, where they are to be looked at.
    var review: [ReviewDocument]? {
        guard case .reviewDocuments(let documents, _) = self else { return nil }
        return documents
    }

    /// The card that was read, if any, where card and PIN are asked for.
    var signing: CardSummary?? {
        guard case .sign(let card, _) = self else { return nil }
        return .some(card)
    }

    /// The receipt, where the application is complete.
    var receipt: Receipt? {
        guard case .done(let receipt, _, _) = self else { return nil }
        return receipt
    }
}

/// A vault whose key is no secret.
final class TestVault: Vault {
    static let keyLength = 32

    private let key: @Sendable () throws -> Data

    init(key: @escaping @Sendable () throws -> Data = { Data(repeating: 0x42, count: TestVault.keyLength) }) {
        self.key = key
    }

    func journalKey() throws -> Data {
        try key()
    }
}

/// Remembers what it was told.
final class TestWatcher: Watcher {
    let told = Locked<[(stage: WorkStage, sentence: String)]>([])
    private let before: @Sendable (_ call: Int) throws -> Void

    init(before: @escaping @Sendable (_ call: Int) throws -> Void = { _ in }) {
        self.before = before
    }

    func progress(activity: WorkStage, sentence: String) throws {
        let call = told.change { told in
            told.append((activity, sentence))
            return told.count
        }
        try before(call)
    }
}
