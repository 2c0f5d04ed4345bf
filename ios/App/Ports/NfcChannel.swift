import Basvuru
import CoreNFC

/// A session of the antenna and the card that was held to it.
///
/// `@unchecked Sendable`: CoreNFC's objects are no Sendable, yet may be called from any thread, one call at a time, which is
/// how the core calls. What the delegate changes is behind the lock. No closure that CoreNFC calls is formed without
/// `@Sendable`: it would inherit an actor and crash on CoreNFC's queue.
final class NfcChannel: NSObject, CardChannel, @unchecked Sendable {
    private struct State {
        var session: NFCTagReaderSession?
        var tag: (any NFCISO7816Tag)?
        /// Who waits for the card, as long as somebody does.
        var arrival: Turn<Void>?
        /// Who waits for the answer to the command that was sent last.
        var exchange: Turn<Data>?
        /// Why the session is over.
        var end: LinkFailure?
        var isShortOfTime = false
    }

    private let reader: NfcReader
    private let lock = NSLock()
    private var state = State()

    init(reader: NfcReader) {
        self.reader = reader
    }

    /// Shows the sheet and waits for a card.
    func open(prompt: String) async throws {
        // Type A and B. PACE cards of others (`.pace`) need an entitlement of their own and no Turkish card is known to.
        guard let session = NFCTagReaderSession(pollingOption: .iso14443, delegate: self) else {
            throw LinkFailure.Unsupported
        }
        session.alertMessage = prompt
        after(reader.patience) { $0.remind() }
        after(reader.warning) { $0.warn() }
        let arrival = Turn<Void>()
        lock.withLock { (state.session, state.arrival) = (session, arrival) }
        try await arrival.wait {
            session.begin()
        } onCancel: { [weak self] in
            self?.giveUp()
        }
    }

    /// The core waits for the card no longer, so the sheet goes. It says that it was cancelled, as if the person had done it.
    private func giveUp() {
        lock.withLock { state.session }?.invalidate()
    }

    func info() async throws -> ChannelInfo {
        ChannelInfo(
            link: .nfc,
            atr: nil,
            historicalBytes: try card().historicalBytes ?? Data(),
            maxCommandLength: 4096,
            maxResponseLength: 4096,
            extendedLength: true
        )
    }

    func transmit(command: Data) async throws -> Data {
        let card = try card()
        guard let apdu = NFCISO7816APDU(data: command) else { throw LinkFailure.Malformed(delivery: .notSent) }
        let isSelectByName = apdu.instructionCode == 0xA4 && apdu.p1Parameter == 0x04
        let exchange = Turn<Data>()
        lock.withLock { state.exchange = exchange }
        return try await exchange.wait {
            card.sendCommand(apdu: apdu) { @Sendable [weak self] data, sw1, sw2, error in
                guard let error else {
                    _ = exchange.end(.success(data + [sw1, sw2]))
                    return
                }
                let code = (error as? NFCReaderError)?.code
                if code == .readerErrorSecurityViolation, isSelectByName {
                    // iOS lets no name pass that Info.plist does not list. To the core it is not on the card.
                    exchange.end(.success(Data([0x6A, 0x82])))
                } else {
                    exchange.end(.failure(self?.failure(of: code) ?? .CardLost(delivery: .unknown)))
                }
            }
        }
    }

    func tell(stage: CardStage, sentence: String) async throws {
        show(sentence)
    }

    func close(outcome: CardOutcome) async throws {
        let session = lock.withLock {
            defer { state.session = nil }
            // What iOS says of a session that we end is that the person cancelled it: too late to mean anything.
            state.end = state.end ?? .CardLost(delivery: .notSent)
            return state.session
        }
        switch outcome {
        case .succeeded(let sentence):
            session?.alertMessage = sentence
            session?.invalidate()
        case .failed(let sentence):
            session?.invalidate(errorMessage: sentence)
        }
    }

    // MARK: - What is on the sheet

    private func show(_ sentence: String) {
        let (session, isShort) = lock.withLock { (state.session, state.isShortOfTime) }
        session?.alertMessage = isShort ? "\(sentence)\n\(reader.words.timeIsShort)" : sentence
    }

    private func after(_ time: Duration, _ work: @escaping @Sendable (NfcChannel) -> Void) {
        Task { [weak self] in
            try await Task.sleep(for: time)
            if let self { work(self) }
        }
    }

    private func remind() {
        let isWaiting = lock.withLock { state.arrival != nil }
        if isWaiting { show(reader.words.nothingSeen) }
    }

    private func warn() {
        let session = lock.withLock {
            state.isShortOfTime = true
            return state.session
        }
        session?.alertMessage = reader.words.timeIsShort
    }

    // MARK: - What went wrong

    private func card() throws(LinkFailure) -> any NFCISO7816Tag {
        let (tag, end) = lock.withLock { (state.tag, state.end) }
        if let tag, end == nil { return tag }
        throw end ?? .CardLost(delivery: .notSent)
    }

    /// What the error of a command means. A sheet that the person dismissed meanwhile is no mere cancelling: the command may
    /// have reached the card.
    private func failure(of code: NFCReaderError.Code?) -> LinkFailure {
        switch code {
        case .readerTransceiveErrorTagNotConnected:
            .CardLost(delivery: .notSent)
        case .readerTransceiveErrorPacketTooLong, .readerErrorInvalidParameterLength, .readerErrorParameterOutOfBound:
            .Malformed(delivery: .notSent)
        case .readerErrorSecurityViolation:
            .NoPermission
        case .readerTransceiveErrorSessionInvalidated:
            if case .SessionExpired = lock.withLock({ state.end }) {
                .SessionExpired(delivery: .unknown)
            } else {
                .CardLost(delivery: .unknown)
            }
        default:
            .CardLost(delivery: .unknown)
        }
    }

    /// Why a session ended. What it means to a command under way, `failure(of:)` says.
    private static func end(for error: any Error) -> LinkFailure {
        switch (error as? NFCReaderError)?.code {
        case .readerSessionInvalidationErrorUserCanceled: .CancelledByPerson(delivery: .notSent)
        case .readerSessionInvalidationErrorSessionTimeout: .SessionExpired(delivery: .notSent)
        case .readerSessionInvalidationErrorSystemIsBusy: .Busy
        case .readerErrorUnsupportedFeature: .Unsupported
        case .readerErrorSecurityViolation: .NoPermission
        case .readerErrorRadioDisabled: .NoReader
        default: .CardLost(delivery: .notSent)
        }
    }
}

extension NfcChannel: NFCTagReaderSessionDelegate {
    func tagReaderSessionDidBecomeActive(_ session: NFCTagReaderSession) {}

    func tagReaderSession(_ session: NFCTagReaderSession, didInvalidateWithError error: any Error) {
        let (arrival, exchange) = lock.withLock {
            if state.end == nil { state.end = Self.end(for: error) }
            return (take(&state.arrival), take(&state.exchange))
        }
        var end = Self.end(for: error)
        if case .SessionExpired = end { end = .NoCard }
        arrival?.end(.failure(end))
        // A command under way is answered with an error of its own. Should it not be, nobody waits for it for ever.
        exchange?.end(.failure(failure(of: .readerTransceiveErrorSessionInvalidated)))
    }

    func tagReaderSession(_ session: NFCTagReaderSession, didDetect tags: [NFCTag]) {
        guard tags.count == 1 else { return lookAgain(session, reader.words.severalCards) }
        guard case .iso7816(let card) = tags[0] else { return lookAgain(session, reader.words.otherCard) }
        lock.withLock { state.tag = card }
        session.connect(to: tags[0]) { @Sendable [weak self] error in
            guard let self else { return }
            guard error == nil else { return lookAgain() }
            lock.withLock { take(&state.arrival) }?.end(.success(()))
        }
    }

    private func lookAgain(_ session: NFCTagReaderSession, _ sentence: String) {
        session.alertMessage = sentence
        lookAgain()
    }

    /// Not at once: the same cards would be met again before the person can have done anything.
    private func lookAgain() {
        Task { [weak self] in
            guard let self else { return }
            try await Task.sleep(for: reader.pause)
            lock.withLock { state.session }?.restartPolling()
        }
    }
}

/// A value that is given away once.
private func take<Value>(_ value: inout Value?) -> Value? {
    defer { value = nil }
    return value
}
