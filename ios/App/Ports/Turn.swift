import Basvuru
import Foundation

/// Waiting for a framework's answer that ends once, however it ends: answers that never come, or come twice, exist.
///
/// `@unchecked Sendable`: what changes is behind the lock.
final class Turn<Value: Sendable>: @unchecked Sendable {
    private let lock = NSLock()
    private var waiting: CheckedContinuation<Value, any Error>?

    /// Waits until `end`, or until the core has given up waiting; `ask` asks the framework.
    func wait(
        _ ask: () -> Void, onCancel: @escaping @Sendable () -> Void = {}
    ) async throws -> Value {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                lock.withLock { waiting = continuation }
                ask()
            }
        } onCancel: {
            onCancel()
        }
    }

    /// Whether somebody still waited.
    @discardableResult
    func end(_ result: Result<Value, LinkFailure>) -> Bool {
        let waiting = lock.withLock {
            defer { self.waiting = nil }
            return self.waiting
        }
        waiting?.resume(with: result.mapError { $0 })
        return waiting != nil
    }
}
