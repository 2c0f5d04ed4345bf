import Basvuru
import Foundation
import Observation

/// The digits of a PIN while they are typed: octets that are wiped, never a text.
@MainActor @Observable
final class PinEntry {
    @ObservationIgnored private var digits = Data(capacity: PinEntry.capacity)
    private(set) var count = 0

    /// Never outgrown: growing would leave a copy behind that nobody wipes.
    private static let capacity = 32

    /// - Parameter zeros: how many digits a named state has typed.
    init(zeros: Int = 0) {
        for _ in 0..<zeros { append(0) }
    }

    deinit {
        digits.resetBytes(in: digits.indices)
    }

    func append(_ digit: UInt8) {
        guard digits.count < Self.capacity else { return }
        digits.append(UInt8(ascii: "0") + digit)
        count = digits.count
    }

    func removeLast() {
        guard let last = digits.indices.last else { return }
        digits[last] = 0
        digits.removeLast()
        count = digits.count
    }

    /// The PIN, for a check; it stays here as well.
    func pin() -> Pin { Pin(digits: digits) }

    /// The PIN; nothing of it stays here.
    func take() -> Pin {
        let pin = pin()
        wipe()
        return pin
    }

    func isSame(as other: PinEntry) -> Bool { digits == other.digits }

    func wipe() {
        digits.resetBytes(in: digits.indices)
        digits.removeAll(keepingCapacity: true)
        count = 0
    }
}
