import Basvuru
@_spi(Script) import CoreNFC
@_spi(Script) import CryptoTokenKit
import Foundation
@_spi(Script) import Security
@_spi(Script) import SwiftUI
import Testing

@testable import BasvuruApp

/// An applicant with the app in hand, who reads what is on the screen and presses what is there.
@MainActor
final class Person {
    enum Way: CaseIterable {
        case nfc, slot
    }

    private(set) var applicant: Applicant
    let way: Way
    let folder: URL
    let world: World
    private(set) var display: Display
    private let catalogue: Catalogue
    private let readers: PhoneReaders
    private let portal: String
    private var portals: [String] { [portal] }
    /// The number to put into the form in place of the one that the institution told.
    var stated: String?
    /// How many codes have been asked for, by number.
    private var codes: [String: Int] = [:]
    /// Held by what is on the screen, and by nothing else.
    private(set) weak var model: ApplicationModel?

    /// - Parameters:
    ///   - folder: another person's phone, where it is not their own.
    ///   - portal: where there is none, for an app that reaches nothing.
    init(
        _ way: Way, folder: URL? = nil, insteadOf last: Person? = nil, portal: String? = nil,
        readers: PhoneReaders = PhoneReaders(nfc: NfcReader(words: .catalogue))
    ) async throws {
        world = try World.shared()
        applicant = try await world.invite()
        (self.way, self.readers, self.portal) = (way, readers, portal ?? world.portal)
        if folder == nil { Keychain.now = Keychain() }
        self.folder = folder ?? FileManager.default.temporaryDirectory.appending(path: "app-\(UUID().uuidString)")
        catalogue = try Files.catalogue()
        catalogue.speak("tr")
        display = Display(EmptyView(), catalogue: catalogue, language: "tr")
        try holdCard()
        try await last?.putAway()
        try await launch()
    }

    /// Ends the app; what it has written stays.
    func putAway() async throws {
        display = Display(EmptyView(), catalogue: catalogue, language: "tr")
        try await display.wait(for: "the end of the app") { self.model == nil }
    }

    /// Starts the app; what it was before is gone, except for what is on disk.
    func launch() async throws {
        try await start()
        try await display.wait(for: "the application") { self.model != nil }
    }

    /// Starts the app, which may not open.
    func start() async throws {
        try await putAway()
        let (world, portal, folder, readers) = (world, portal, folder, readers)
        let start = StartScreen(portals: portals) { [weak self] invitation in
            let configuration = Configuration(
                portal: portal, portalRoots: world.trust, folder: folder.path(), language: .turkish,
                identityKind: invitation?.identityKind, order: invitation?.order, returnTo: invitation?.returnTo,
                proxy: SystemProxy(to: portal).server, deviceName: UIDevice.current.model)
            let model = try await ApplicationModel.open(
                configuration, readers: readers)
            self?.model = model
            return model
        } forget: {
            try FileManager.default.removeItem(at: folder)
        }
        display = Display(start, catalogue: catalogue, language: "tr")
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }

    /// Follows a link into the app.
    func follow(_ link: URL) async throws {
        try await display.wait(for: "the app") { self.isIdle }
        model = nil
        display.open(link)
        try await display.wait(for: "the application") { self.isIdle }
    }

    /// Waits until what is typed was kept: answers queue, so one that changes nothing comes after it.
    func kept() async throws {
        model?.send(.answer(.acceptDocuments))
        try await settle()
    }

    // MARK: - What is on the screen

    var isIdle: Bool { model.map { !$0.state.isBusy } ?? false }
    var screen: Screen? { model?.state.step.screen }
    var failure: String? { model?.state.trouble?.explanation.code }

    /// Another screen is there than the one that should be.
    var elsewhere: some Error { Elsewhere(outline: display.outline) }

    private struct Elsewhere: Error {
        let outline: String
    }

    var receipt: Receipt? {
        if case .done(let receipt, _, _) = screen { receipt } else { nil }
    }

    /// Waits for what an answer led to: the next screen, or what went wrong.
    func settle() async throws {
        try await display.wait(for: "the answer") { self.isIdle }
    }

    func press(_ name: String) async throws {
        try await display.wait(for: name) { self.isIdle && self.display.has(name) }
        try display.press(name)
        try await settle()
        #expect(failure == nil, "\(display.outline)")
    }

    func choose(_ item: String, from menu: String = "more") async throws {
        try await display.wait(for: menu) { self.isIdle && self.display.has(menu) }
        try display.press(menu)
        try await press(item)
    }

    // MARK: - The way

    /// The steps of a journey, in their order; each begins where the one before has ended.
    enum Step: CaseIterable {
        case welcome, signIn, orders, form, phone, method, documents, signature
    }

    /// Walks until a step is on the screen.
    func walk(to step: Step) async throws {
        for passed in Step.allCases where passed != step {
            if Step.allCases.firstIndex(of: passed)! > Step.allCases.firstIndex(of: step)! { return }
            try await take(passed)
        }
    }

    /// Does what one step asks for.
    func take(_ step: Step) async throws {
        switch step {
        case .welcome: try await press("begin")
        case .signIn: try await signIn()
        case .orders: try await press("order-\(applicant.order)")
        case .form:
            try fillForm()
            try await press("approve")
        case .phone: try await confirmPhone()
        case .method: try await press("go-on")
        case .documents: try await press("accept")
        case .signature:
            try await prepareCard()
            try sign()
            try await settle()
        }
    }

    func signIn() async throws {
        try await display.wait(for: "the picture") { (self.captcha != nil || !self.isCaptchaNeeded) && self.isIdle }
        if try display.find("identity").isEnabled { try display.write(applicant.identity, into: "identity") }
        try display.write(applicant.accessPassword, into: "password")
        if isCaptchaNeeded {
            try display.write(try await world.captcha(try #require(captcha?.id)), into: "captcha")
        }
        try await press("sign-in")
    }

    /// Whether the signed application lies there to be shared.
    var isShared: Bool {
        FileManager.default.fileExists(
            atPath: FileManager.default.temporaryDirectory.appending(path: "basvuru.asice").path)
    }

    var captcha: CaptchaFiles? {
        if case .signIn(_, _, _, _, let captcha, _) = screen { captcha } else { nil }
    }

    /// Whether the portal wants a picture code, of which a device that it knows is not asked.
    var isCaptchaNeeded: Bool {
        if case .signIn(_, _, _, _, _, let isNeeded) = screen { isNeeded } else { true }
    }

    /// Is somebody who was invited already.
    func become(_ other: Applicant) { applicant = other }

    /// Is invited anew, with another password.
    func inviteAgain() async throws { applicant = try await world.inviteAgain(applicant) }

    func fillForm() throws {
        guard case .fillForm(_, _, let fields) = screen else { return }
        for field in fields where !field.locked && (field.value.isEmpty || field.entry == .mobile && stated != nil) {
            switch field.entry {
            case .text: try display.write("Örnek", into: field.name)
            case .lines: try display.write("Çınar Sk. No: 1\nGebze / Kocaeli", into: field.name)
            case .mobile: try display.write(stated ?? applicant.phone, into: field.name)
            case .email: try display.write("basvuran@example.com", into: field.name)
            case .date: try display.write("31.12.1990", into: field.name)
            case .choice(let choices): try display.choose(choices.first?.label, in: field.name)
            }
        }
    }

    /// The code of each number that is asked for.
    func confirmPhone() async throws {
        while case .confirmPhone(_, _, let number, _) = screen {
            try await confirmNumber()
            if case .confirmPhone(_, _, number, _) = screen { throw elsewhere }
        }
    }

    /// Types the code digit by digit, as somebody does who reads it on another phone.
    func confirmNumber() async throws {
        try await press("send-code")
        let code = try await nextCode()
        for length in 1...code.count { try display.write(String(code.prefix(length)), into: "code") }
        try await press("confirm")
    }

    /// The number that a code is asked for now.
    private var number: String {
        if case .confirmPhone(_, _, .stated, _) = screen { stated ?? applicant.phone } else { applicant.phone }
    }

    /// The code of the message that was asked for just now.
    func nextCode() async throws -> String {
        codes[number, default: 0] += 1
        return try await newestCode()
    }

    func newestCode() async throws -> String {
        String(try #require(try await newestText().firstMatch(of: /\b\d{6}\b/)).output)
    }

    func newestText() async throws -> String {
        try await world.newestText(to: number, count: codes[number, default: 0])
    }

    /// Brings the card to the screen where the PIN is typed.
    func prepareCard() async throws {
        try await display.wait(for: "a reader") { self.isIdle && self.display.has("reader") }
        if display.has("pin") { return }
        try await press(way == .nfc ? "ask-pin" : "read-card")
    }

    func type(_ digits: String) throws {
        for digit in digits { try display.press("digit-\(digit)") }
    }

    func sign(pin: String? = nil) throws {
        try type(pin ?? applicant.pin)
        try display.press("sign")
    }
}
