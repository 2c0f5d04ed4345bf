import Foundation

/// What is plugged in, as a test wants it.
@_spi(Script) public final class Desk: @unchecked Sendable {
    private static let lock = NSLock()
    nonisolated(unsafe) private static var shared = Desk()

    /// The desk that the slot manager sees.
    public static var now: Desk {
        get { lock.withLock { shared } }
        set { lock.withLock { shared = newValue } }
    }

    private let lock = NSLock()
    private var plugged: [ScriptedSlot]
    let isOpen: Bool

    /// - Parameter isOpen: whether there is a slot manager at all.
    public init(isOpen: Bool = true, slots: [ScriptedSlot] = []) {
        self.isOpen = isOpen
        plugged = slots
    }

    /// Plugs a reader in.
    public func plug(_ slot: ScriptedSlot) {
        lock.withLock { plugged.append(slot) }
    }

    /// Pulls a reader out.
    public func unplug(_ slot: ScriptedSlot) {
        slot.state = .missing
        lock.withLock { plugged.removeAll { $0 === slot } }
    }

    public var scripts: [ScriptedSlot] { lock.withLock { plugged } }
    var slots: [TKSmartCardSlot] { scripts.map(TKSmartCardSlot.init) }
}

/// A reader and the card in it, as a test wants them.
@_spi(Script) public final class ScriptedSlot: @unchecked Sendable {
    public let name: String
    public let atr: Data
    public let longest: Int
    /// Where an exchange breaks.
    public enum Break: Sendable {
        case command, response
    }

    private let card: @Sendable (Data) throws -> Data
    private var code = TKError.Code.communicationError
    private var breaks: @Sendable (Data) -> Break? = { _ in nil }
    private let lock = NSLock()
    private var now: TKSmartCardSlot.State
    private var taken = false
    private var waiting: [@Sendable () -> Void] = []
    private var sent = 0
    private var inserted = 1
    private var sensitive = false
    private let queue = DispatchQueue(label: "slot")

    public init(
        name: String, atr: Data, state: TKSmartCardSlot.State = .validCard, longest: Int = 65_544,
        card: @escaping @Sendable (Data) throws -> Data
    ) {
        (self.name, self.atr, now, self.longest, self.card) = (name, atr, state, longest, card)
    }

    public var state: TKSmartCardSlot.State {
        get { lock.withLock { now } }
        set {
            lock.withLock {
                if newValue == .validCard { inserted += 1 }
                now = newValue
            }
        }
    }

    /// Which exchange breaks, and where.
    public var fails: @Sendable (_ octets: Data) -> Break? {
        get { lock.withLock { breaks } }
        set { lock.withLock { breaks = newValue } }
    }
    /// The error of what breaks.
    public var error: TKError.Code {
        get { lock.withLock { code } }
        set { lock.withLock { code = newValue } }
    }
    /// How many commands there were.
    public var commands: Int { lock.withLock { sent } }
    public var isTaken: Bool { lock.withLock { taken } }
    /// Whether the last session was one that resets the card.
    public var isSensitive: Bool { lock.withLock { sensitive } }
    func remember(isSensitive: Bool) { lock.withLock { sensitive = isSensitive } }
    var insertions: Int { lock.withLock { inserted } }

    /// Takes the card, as another app does, or waits for it.
    public func begin(_ work: @escaping @Sendable () -> Void) {
        let free = lock.withLock {
            if taken { waiting.append(work) }
            defer { taken = true }
            return !taken
        }
        if free { queue.async(execute: work) }
    }

    /// Lets the card go; who waited longest has it now.
    public func end() {
        let next = lock.withLock { () -> (@Sendable () -> Void)? in
            guard waiting.isEmpty else { return waiting.removeFirst() }
            taken = false
            return nil
        }
        if let next { queue.async(execute: next) }
    }

    func transmit(_ request: Data, reply: @escaping @Sendable (Data?, (any Error)?) -> Void) {
        let (broken, error) = lock.withLock { () -> (Break?, TKError.Code) in
            sent += 1
            return (breaks(request), code)
        }
        queue.async { [card] in
            let answer = broken == .command ? nil : try? card(request)
            if let answer, broken == nil {
                reply(answer, nil)
            } else {
                reply(nil, TKError(error))
            }
        }
    }
}
