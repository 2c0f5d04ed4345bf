// CoreNFC as far as the app uses it, for Linux. `// objc:` names what the declaration is in Apple's headers; `judge` looks it
// up. Nothing here is Sendable that Apple has not declared to be.

@_exported import Dispatch
@_exported import Foundation

// objc: NFCReaderSessionProtocol
public protocol NFCReaderSessionProtocol: NSObjectProtocol {
    // objc: isReady
    var isReady: Bool { get }
    // objc: alertMessage
    var alertMessage: String { get set }
    // objc: beginSession
    func begin()
    // objc: invalidateSession
    func invalidate()
    // objc: invalidateSessionWithErrorMessage:
    func invalidate(errorMessage: String)
}

// objc: NFCTagReaderSessionDelegate
public protocol NFCTagReaderSessionDelegate: NSObjectProtocol {
    // objc: tagReaderSessionDidBecomeActive:
    func tagReaderSessionDidBecomeActive(_ session: NFCTagReaderSession)
    // objc: tagReaderSession:didInvalidateWithError:
    func tagReaderSession(_ session: NFCTagReaderSession, didInvalidateWithError error: any Error)
    // objc: tagReaderSession:didDetectTags:
    func tagReaderSession(_ session: NFCTagReaderSession, didDetect tags: [NFCTag])
}

/// Which kind a tag is; Swift's own form of Apple's `NFCTag`.
// objc: NFCTag
public enum NFCTag {
    // objc: NFCTagTypeISO7816Compatible
    case iso7816(any NFCISO7816Tag)
    // objc: NFCTagTypeMiFare
    case miFare(any NFCMiFareTag)
}

// objc: NFCISO7816Tag
public protocol NFCISO7816Tag: NSObjectProtocol {
    // objc: initialSelectedAID
    var initialSelectedAID: String { get }
    // objc: identifier
    var identifier: Data { get }
    // objc: historicalBytes
    var historicalBytes: Data? { get }
    // objc: applicationData
    var applicationData: Data? { get }
    // objc: NFCTag.isAvailable
    var isAvailable: Bool { get }
    func sendCommand(
        // objc: sendCommandAPDU:completionHandler:
        apdu: NFCISO7816APDU, completionHandler: @escaping @Sendable (Data, UInt8, UInt8, (any Error)?) -> Void)
}

// objc: NFCMiFareTag
public protocol NFCMiFareTag: NSObjectProtocol {
    // objc: identifier
    var identifier: Data { get }
}

// objc: NFCISO7816APDU
public final class NFCISO7816APDU: NSObject {
    // objc: instructionClass
    public let instructionClass: UInt8
    // objc: instructionCode
    public let instructionCode: UInt8
    // objc: p1Parameter
    public let p1Parameter: UInt8
    // objc: p2Parameter
    public let p2Parameter: UInt8
    /// What it was made of, so that the scripted card gets exactly those octets.
    @_spi(Script) public let octets: Data

    /// Fails where the octets are no command APDU (ISO/IEC 7816-4:2020, 5.2).
    // objc: initWithData:
    public init?(data: Data) {
        let octets = Data(data)
        guard octets.count >= 4, Self.isWellFormed(body: octets.dropFirst(4)) else { return nil }
        (instructionClass, instructionCode, p1Parameter, p2Parameter) = (octets[0], octets[1], octets[2], octets[3])
        self.octets = octets
    }

    private static func isWellFormed(body: Data) -> Bool {
        let body = [UInt8](body)
        guard let first = body.first, body.count > 1 else { return true }
        if first != 0 { return [Int(first) + 1, Int(first) + 2].contains(body.count) }
        guard body.count >= 3 else { return false }
        let length = Int(body[1]) << 8 | Int(body[2])
        return body.count == 3 || [length + 3, length + 5].contains(body.count)
    }
}

// objc: NFCReaderSession
open class NFCReaderSession: NSObject {
    // objc: readingAvailable
    open class var readingAvailable: Bool { Phone.now.hasAntenna }
}

// objc: NFCReaderError
public struct NFCReaderError: Error {
    public let code: Code

    public init(_ code: Code) {
        self.code = code
    }

    public static var errorDomain: String { "NFCError" }

    // objc: NFCReaderError
    public enum Code: Int, Sendable {
        // objc: NFCReaderErrorUnsupportedFeature
        case readerErrorUnsupportedFeature = 1
        // objc: NFCReaderErrorSecurityViolation
        case readerErrorSecurityViolation = 2
        // objc: NFCReaderErrorInvalidParameter
        case readerErrorInvalidParameter = 3
        // objc: NFCReaderErrorInvalidParameterLength
        case readerErrorInvalidParameterLength = 4
        // objc: NFCReaderErrorParameterOutOfBound
        case readerErrorParameterOutOfBound = 5
        // objc: NFCReaderErrorRadioDisabled
        case readerErrorRadioDisabled = 6
        // objc: NFCReaderTransceiveErrorTagConnectionLost
        case readerTransceiveErrorTagConnectionLost = 100
        // objc: NFCReaderTransceiveErrorRetryExceeded
        case readerTransceiveErrorRetryExceeded = 101
        // objc: NFCReaderTransceiveErrorTagResponseError
        case readerTransceiveErrorTagResponseError = 102
        // objc: NFCReaderTransceiveErrorSessionInvalidated
        case readerTransceiveErrorSessionInvalidated = 103
        // objc: NFCReaderTransceiveErrorTagNotConnected
        case readerTransceiveErrorTagNotConnected = 104
        // objc: NFCReaderTransceiveErrorPacketTooLong
        case readerTransceiveErrorPacketTooLong = 105
        // objc: NFCReaderSessionInvalidationErrorUserCanceled
        case readerSessionInvalidationErrorUserCanceled = 200
        // objc: NFCReaderSessionInvalidationErrorSessionTimeout
        case readerSessionInvalidationErrorSessionTimeout = 201
        // objc: NFCReaderSessionInvalidationErrorSessionTerminatedUnexpectedly
        case readerSessionInvalidationErrorSessionTerminatedUnexpectedly = 202
        // objc: NFCReaderSessionInvalidationErrorSystemIsBusy
        case readerSessionInvalidationErrorSystemIsBusy = 203
        // objc: NFCReaderSessionInvalidationErrorFirstNDEFTagRead
        case readerSessionInvalidationErrorFirstNDEFTagRead = 204
    }
}

// objc: NFCTagReaderSession
public final class NFCTagReaderSession: NFCReaderSession, NFCReaderSessionProtocol {
    // objc: NFCPollingOption
    public struct PollingOption: OptionSet, Sendable {
        public let rawValue: Int
        // objc: NFCPollingISO14443
        public static let iso14443 = Self(rawValue: 1)
        // objc: NFCPollingISO15693
        public static let iso15693 = Self(rawValue: 2)
        // objc: NFCPollingISO18092
        public static let iso18092 = Self(rawValue: 4)
        // objc: NFCPollingPACE
        public static let pace = Self(rawValue: 8)

        public init(rawValue: Int) {
            self.rawValue = rawValue
        }
    }

    private weak var delegate: (any NFCTagReaderSessionDelegate)?
    private let queue: DispatchQueue
    private let phone = Phone.now
    private let lock = NSRecursiveLock()
    private var shown = ""
    private var ready = false
    private var ended = false
    private var connected: ScriptedTag?

    // objc: initWithPollingOption:delegate:queue:
    public init?(
        pollingOption: PollingOption, delegate: any NFCTagReaderSessionDelegate, queue: DispatchQueue? = nil
    ) {
        guard !pollingOption.isEmpty else { return nil }
        self.delegate = delegate
        self.queue = queue ?? DispatchQueue(label: "nfc")
        super.init()
    }

    public var isReady: Bool { lock.withLock { ready } }

    public var alertMessage: String {
        get { lock.withLock { shown } }
        set {
            lock.withLock { shown = newValue }
            phone.show(newValue)
        }
    }

    public func begin() {
        let (this, tags) = (Confined(self), Confined(phone.nextPoll(self)))
        queue.async {
            if case .failure(let error) = tags.value { return this.value.end(with: error.code) }
            this.value.activate()
            this.value.detect(tags.value)
        }
    }

    // objc: restartPolling
    public func restartPolling() {
        lock.withLock { connected = nil }
        let (this, tags) = (Confined(self), Confined(phone.nextPoll(self)))
        queue.async { this.value.detect(tags.value) }
    }

    public func invalidate() {
        // A session that its own app ends is told to have been cancelled, as on the phone.
        let this = Confined(self)
        queue.async { this.value.end(with: .readerSessionInvalidationErrorUserCanceled) }
    }

    public func invalidate(errorMessage: String) {
        phone.show(errorMessage)
        invalidate()
    }

    // objc: connectToTag:completionHandler:
    public func connect(to tag: NFCTag, completionHandler: @escaping @Sendable ((any Error)?) -> Void) {
        guard case .iso7816(let tag) = tag, let tag = tag as? ScriptedTag else {
            return completionHandler(NFCReaderError(.readerErrorInvalidParameter))
        }
        lock.withLock { connected = tag }
        tag.session = self
        queue.async { completionHandler(tag.fails.connect.map { NFCReaderError($0) }) }
    }

    private func activate() {
        lock.withLock { ready = true }
        delegate?.tagReaderSessionDidBecomeActive(self)
    }

    private func detect(_ tags: Result<[NFCTag], NFCReaderError>) {
        switch tags {
        case .success(let tags) where tags.isEmpty: break
        case .success(let tags): delegate?.tagReaderSession(self, didDetect: tags)
        case .failure(let error): end(with: error.code)
        }
    }

    /// Ends the session from outside: the person, the system's clock.
    @_spi(Script) public func end(with code: NFCReaderError.Code) {
        let first = lock.withLock {
            defer { (ended, ready) = (true, false) }
            return !ended
        }
        if first { delegate?.tagReaderSession(self, didInvalidateWithError: NFCReaderError(code)) }
    }

    var isOver: Bool { lock.withLock { ended } }
    func isConnected(to tag: ScriptedTag) -> Bool { lock.withLock { connected === tag } }
    func perform(_ work: @escaping @Sendable () -> Void) { queue.async(execute: work) }
}

/// What is used on the session's queue only.
private struct Confined<Value>: @unchecked Sendable {
    let value: Value
    init(_ value: Value) { self.value = value }
}
