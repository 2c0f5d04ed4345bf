import Basvuru
import SwiftUI

/// The one holder of state. `send` changes it at once; what takes time goes on in a task.
@MainActor @Observable
final class ApplicationModel {
    private(set) var state: AppState
    @ObservationIgnored private let application: CertificateApplication
    @ObservationIgnored private let configuration: Configuration
    @ObservationIgnored private let ports: Ports
    @ObservationIgnored private let readers: PhoneReaders
    @ObservationIgnored private let watcher: ProgressWatcher
    @ObservationIgnored private let touch = UINotificationFeedbackGenerator()
    /// Opened when it is first wanted.
    @ObservationIgnored private var openedDesk: CardDesk?

    private var language: Language { configuration.language }

    private init(
        _ application: CertificateApplication, _ configuration: Configuration, _ ports: Ports, _ readers: PhoneReaders,
        _ watcher: ProgressWatcher
    ) {
        (self.application, self.configuration, self.ports) = (application, configuration, ports)
        (self.readers, self.watcher) = (readers, watcher)
        state = AppState(step: application.step(), phone: readers.facts, isWelcomed: false)
        tidy()
    }

    /// Opens the application. It reads files, so not here on the main thread.
    static func open(
        _ configuration: Configuration, readers: PhoneReaders, vault: any Vault = KeychainVault()
    ) async throws -> ApplicationModel {
        let watcher = ProgressWatcher()
        let ports = Ports(readers: readers, vault: vault, watcher: watcher, monitor: nil)
        let opening = Task.detached { try CertificateApplication.open(configuration: configuration, ports: ports) }
        return ApplicationModel(try await opening.value, configuration, ports, readers, watcher)
    }

    func send(_ action: Action) {
        if !state.isBusy { state.usesCard = action.usesCard }
        switch action {
        case .answer(let answer): busy { try await $0.take(answer) }
        case .begin: state.isWelcomed = true
        case .keep(let values): keep(values)
        case .open(let beside): open(beside)
        case .close: (state.aside, state.trouble) = (nil, nil)
        case .look(let reader): look(reader)
        case .unblock(let reader):
            if !state.isBusy { state.aside = .care(Care(isForJourney: true)) }
            look(reader)
        case .changePin(let change): self.change(change)
        case .test(let reader): test(reader)
        case .signOut(let device): signOut(device)
        case .erase: busy { try await $0.take { try await $0.erase() } }
        case .stop:
            application.cancel()
            openedDesk?.cancel()
        }
    }

    /// Tells what went wrong outside: a link that leads elsewhere.
    func tell(_ trouble: Trouble) {
        state.trouble = trouble
        say(trouble.explanation.what)
    }

    // MARK: - The journey

    private func take(_ answer: Answer) async throws {
        try await take { try await $0.answer(answer: answer) }
        switch answer {
        case .readCard: state.pin = nil
        case .continue: if case .awaitInstitution = state.step.screen { state.asked = .now }
        case .unblock: state.pin = .unblocked
        default: break
        }
    }

    private func take(_ take: @Sendable (CertificateApplication) async throws -> Step) async throws {
        do {
            show(try await take(application))
        } catch {
            show(application.step())
            throw error
        }
    }

    private func show(_ step: Step) {
        (state.step, state.told, state.asked) = (step, .now, nil)
        if case .sign = step.screen {} else { state.pin = nil }
        tidy()
    }

    /// A draft is kept beside whatever else happens; nobody waits for it, and its failure is told with the approval.
    private func keep(_ values: [String: String]) {
        Task { [application] in try? await application.answer(answer: .saveDraft(values: values)) }
    }

    /// Whatever takes time: one thing at a time, the phone awake, what went wrong told.
    private func busy(_ work: @escaping @MainActor (ApplicationModel) async throws -> Void) {
        guard !state.isBusy else { return }
        (state.wait, state.trouble) = (.short, nil)
        UIApplication.shared.isIdleTimerDisabled = true
        let patience = Task { [weak self] in
            for (time, wait) in [(Duration.milliseconds(300), Wait.noticeable), (.seconds(10), .long)] {
                try await Task.sleep(for: time)
                // The answer may have come while this waited for its turn after the sleep.
                try Task.checkCancellation()
                self?.state.wait = wait
            }
        }
        Task {
            var trouble: Trouble?
            do {
                try await work(self)
            } catch {
                trouble = Trouble(error, language: language)
                if trouble?.isUnreached == true, case .unsupported = SystemProxy(to: configuration.portal) {
                    trouble?.isProxyUnsupported = true
                }
            }
            patience.cancel()
            UIApplication.shared.isIdleTimerDisabled = false
            if trouble != nil, state.usesCard { touch.notificationOccurred(.error) }
            (state.wait, state.usesCard, state.activity) = (.none, false, nil)
            if trouble?.isBlocked == true { state.pin = .blocked }
            if let trouble { tell(trouble) }
        }
    }

    private func say(_ sentence: String) {
        AccessibilityNotification.Announcement(sentence).post()
    }

    // MARK: - Beside the journey

    private func open(_ beside: Action.Beside) {
        state.trouble = nil
        switch beside {
        case .history:
            busy { model in model.state.aside = .history(try await model.read { try $0.history() }) }
        case .devices:
            busy { model in
                do {
                    model.state.aside = .devices(Devices(list: try await model.application.devices()))
                } catch Failure.SessionOver {
                    // The step tells, and asks for what is needed.
                    model.show(model.application.step())
                }
            }
        case .care:
            state.aside = .care(Care())
        case .about:
            state.aside = .about(About(version: Launch.version(), diagnosis: diagnosis(), licences: licences()))
        case .help:
            state.aside = .help
        }
    }

    private func look(_ reader: String) {
        busy { model in
            guard case .care(let care) = model.state.aside else { return }
            let report = try await model.desk().look(reader: reader)
            model.state.aside = .care(Care(report: report, isForJourney: care.isForJourney))
            if care.isForJourney, report.unblocking == nil { throw Failure.PukUnavailable }
        }
    }

    private func change(_ change: PinChange) {
        busy { model in
            guard case .care(let care) = model.state.aside else { return }
            let (reader, old, new, isConfirmed) = (change.reader, change.old, change.new, change.lastTryConfirmed)
            let desk = try await model.desk()
            do {
                let report =
                    switch change.key {
                    case .pin:
                        try await desk.changePin(
                            reader: reader, pin: old, newPin: new, lastTryConfirmed: isConfirmed)
                    case .puk:
                        try await desk.unblockPin(
                            reader: reader, puk: old, newPin: new, lastTryConfirmed: isConfirmed)
                    }
                // A card that has something to say about its new PIN is shown first.
                model.state.aside =
                    care.isForJourney && report.notice == nil
                    ? nil : .care(Care(report: report, changed: change.key))
            } catch Failure.PukOutcomeUnknown {
                // What was read of the card may be so no longer: it is looked at again before anything else.
                model.state.aside = .care(Care(isForJourney: care.isForJourney))
                throw Failure.PukOutcomeUnknown
            }
            if change.key == .puk { try await model.goOn() }
        }
    }

    /// The journey goes on with a card whose PIN was unblocked: one in a reader is read anew.
    private func goOn() async throws {
        guard case .sign(let card, _) = state.step.screen else { return }
        defer { state.pin = .unblocked }
        guard let card, state.readers?.contains(where: { $0.id == card.reader && $0.link == .contact }) == true else {
            return
        }
        try await take(.readCard(reader: card.reader))
    }

    private func signOut(_ device: String) {
        busy { model in
            guard case .devices(let devices) = model.state.aside else { return }
            let name = devices.list.first { $0.id == device }?.name
            let left = try await model.application.signOutDevice(device: device)
            model.state.aside = .devices(Devices(list: left, signedOut: name))
        }
    }

    private func test(_ reader: String) {
        busy { model in
            let report = try await model.desk().testReader(reader: reader)
            guard case .about(var about) = model.state.aside else { return }
            (about.tested, about.diagnosis) = (report, diagnosis())
            model.state.aside = .about(about)
        }
    }

    private func desk() async throws -> CardDesk {
        if let openedDesk { return openedDesk }
        let (folder, ports, language) = (configuration.folder, ports, language)
        let opening = Task.detached { try CardDesk.open(folder: folder, ports: ports, language: language) }
        let desk = try await opening.value
        openedDesk = desk
        return desk
    }

    // MARK: - What is read from files, away from the main thread

    func document(_ id: String) async -> Data? {
        try? await read { try $0.document(id: id) }
    }

    /// The signed application as a file to be shared, where no backup and no other app finds it.
    func container(_ order: String) async -> URL? {
        let file = try? await read { application in
            let content = try application.signedContainer(order: order)
            try content.write(to: Self.shared, options: [.atomic, .completeFileProtection])
            return Self.shared
        }
        tidy()
        return file
    }

    private nonisolated static let shared = FileManager.default.temporaryDirectory.appending(path: "basvuru.asice")

    /// What was there to be shared goes with the receipt.
    private func tidy() {
        if case .done = state.step.screen { return }
        try? FileManager.default.removeItem(at: Self.shared)
    }

    private func read<Value: Sendable>(_ read: @escaping @Sendable (CertificateApplication) throws -> Value)
        async throws -> Value
    {
        let application = application
        return try await Task.detached { try read(application) }.value
    }

    // MARK: - What goes on as long as a screen is there

    /// Shows and says what the core is doing.
    func watch() async {
        for await activity in watcher.activities() where state.isBusy {
            state.activity = activity
            say(activity.sentence)
            // Felt by whoever looks at the card and not at the screen.
            if activity.stage == .cardDone { touch.notificationOccurred(.success) }
        }
    }

    /// Looks for readers. That there is none is said when one had time to come up.
    func lookForReaders(patience: Duration = .seconds(10)) async {
        let end = ContinuousClock.now + patience
        while !Task.isCancelled {
            let found = (try? await readers.list()) ?? []
            let isWorthSaying = !found.isEmpty || state.readers != nil || ContinuousClock.now >= end
            if isWorthSaying, found != state.readers { state.readers = found }
            try? await Task.sleep(for: .seconds(1))
        }
    }
}
