import Basvuru
import Testing

@testable import BasvuruApp

/// How far the core has come, for whoever shows it.
struct ProgressTests {
    @Test("what is told comes in its order, to the next screen as well")
    func order() async throws {
        let watcher = ProgressWatcher()
        for words in [["a", "b"], ["c"]] {
            let stream = watcher.activities()
            for word in words { try watcher.progress(activity: .signing, sentence: word) }
            let reading = Task {
                var read: [Activity] = []
                for await activity in stream {
                    read.append(activity)
                    if read.count == words.count { break }
                }
                return read
            }
            #expect(await reading.value == words.map { Activity(stage: .signing, sentence: $0) })
            reading.cancel()
        }
    }
}
