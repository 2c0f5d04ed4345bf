import Foundation

/// The phone's antenna as a test wants it: whether there is one, and what each poll finds.
@_spi(Script) public final class Phone: @unchecked Sendable {

    private static let lock = NSLock()
    nonisolated(unsafe) private static var shared = Phone()

    /// The phone that sessions made from now on belong to.
    public static var now: Phone {
        get { lock.withLock { shared } }
        set { lock.withLock { shared = newValue } }
    }

    private let lock = NSLock()
    private var polls: [Result<[NFCTag], NFCReaderError>]
    private var shown: [String] = []
    private weak var latest: NFCTagReaderSession?
    public let hasAntenna: Bool
    /// What Info.plist allows to be selected, hexadecimal; nothing is checked where it is nil.
    public let selectable: [String]?

    public init(hasAntenna: Bool = true, selectable: [String]? = nil, polls: [Result<[NFCTag], NFCReaderError>] = []) {
        self.hasAntenna = hasAntenna
        self.selectable = selectable
        self.polls = polls
    }

    /// All that the sheet has said.
    public var sentences: [String] { lock.withLock { shown } }
    /// The first tag of those that are still to be found.
    public var tag: ScriptedTag? {
        lock.withLock {
            guard case .success(let tags) = polls.first, case .iso7816(let tag) = tags.first else { return nil }
            return tag as? ScriptedTag
        }
    }
    /// The session that was made last.
    public var session: NFCTagReaderSession? { lock.withLock { latest } }

    func show(_ sentence: String) {
        lock.withLock { shown.append(sentence) }
    }

    /// What the next poll finds; the last one is found again and again, and nothing where there was none.
    func nextPoll(_ session: NFCTagReaderSession) -> Result<[NFCTag], NFCReaderError> {
        lock.withLock {
            latest = session
            return polls.count > 1 ? polls.removeFirst() : polls.first ?? .success([])
        }
    }
}

/// A tag that answers as a test wants.
@_spi(Script) public final class ScriptedTag: NSObject, NFCISO7816Tag, @unchecked Sendable {
    /// What fails, and how.
    public struct Fails: Sendable {
        public var connect: NFCReaderError.Code?
        /// The error of a command, if it has one, by its place among all.
        public var command: @Sendable (_ number: Int, _ octets: Data) -> NFCReaderError.Code? = { _, _ in nil }

        /// The error of a command that the card has had.
        public var response: @Sendable (_ octets: Data) -> NFCReaderError.Code? = { _ in nil }

        /// Whether iOS forgets to answer.
        public var isSilent = false

        public init() {}
    }

    public var fails = Fails()
    public let historicalBytes: Data?
    public let applicationData: Data? = nil
    public let identifier = Data([4, 1, 2, 3])
    public let initialSelectedAID = ""
    private let card: @Sendable (Data) throws -> Data
    private let lock = NSLock()
    private var sent = 0
    weak var session: NFCTagReaderSession?

    public init(historicalBytes: Data? = nil, card: @escaping @Sendable (Data) throws -> Data) {
        self.historicalBytes = historicalBytes
        self.card = card
    }

    public var isAvailable: Bool { session.map { !$0.isOver && $0.isConnected(to: self) } ?? false }
    /// How many commands there were.
    public var commands: Int { lock.withLock { sent } }

    public func sendCommand(
        apdu: NFCISO7816APDU, completionHandler: @escaping @Sendable (Data, UInt8, UInt8, (any Error)?) -> Void
    ) {
        guard let session, !session.isOver else {
            return completionHandler(Data(), 0, 0, NFCReaderError(.readerTransceiveErrorSessionInvalidated))
        }
        guard session.isConnected(to: self) else {
            return completionHandler(Data(), 0, 0, NFCReaderError(.readerTransceiveErrorTagNotConnected))
        }
        let number = lock.withLock {
            sent += 1
            return sent
        }
        let octets = apdu.octets
        session.perform { [self] in
            if fails.isSilent { return }
            do throws(NFCReaderError) {
                let answer = try answer(to: octets, number: number)
                completionHandler(answer.dropLast(2), answer[answer.count - 2], answer[answer.count - 1], nil)
            } catch {
                completionHandler(Data(), 0, 0, error)
            }
        }
    }

    private func answer(to octets: Data, number: Int) throws(NFCReaderError) -> Data {
        if let code = fails.command(number, octets) { throw NFCReaderError(code) }
        if let selectable = Phone.now.selectable, octets.count > 5, octets[1] == 0xA4, octets[2] == 0x04 {
            let name = octets.dropFirst(5).prefix(Int(octets[4])).map { String(format: "%02X", $0) }.joined()
            guard selectable.contains(name) else { throw NFCReaderError(.readerErrorSecurityViolation) }
        }
        guard let answer = try? card(octets), answer.count >= 2 else {
            throw NFCReaderError(.readerTransceiveErrorTagConnectionLost)
        }
        if let code = fails.response(octets) { throw NFCReaderError(code) }
        return Data(answer)
    }
}

/// A tag of another kind.
@_spi(Script) public final class ScriptedMiFareTag: NSObject, NFCMiFareTag {
    public let identifier = Data([9, 9, 9, 9])
}
