import Basvuru
import Foundation

/// What the core is doing, and its sentence about it.
struct Activity: Equatable, Sendable {
    let stage: WorkStage
    let sentence: String
}

/// Hands on in their order what the core tells, to whoever shows it now.
///
/// `@unchecked Sendable`: what changes is behind the lock.
final class ProgressWatcher: Watcher, @unchecked Sendable {
    private let lock = NSLock()
    private var reader: AsyncStream<Activity>.Continuation?

    /// A stream of its own for each reader: it ends with the task that reads it, and the next screen wants another.
    func activities() -> AsyncStream<Activity> {
        AsyncStream(bufferingPolicy: .bufferingNewest(8)) { reader in
            lock.withLock { self.reader = reader }
        }
    }

    func progress(activity: WorkStage, sentence: String) throws {
        _ = lock.withLock { reader }?.yield(Activity(stage: activity, sentence: sentence))
    }
}
