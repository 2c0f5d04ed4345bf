import Basvuru
import Foundation
import Testing

extension Seam {
    /// What is opened and closed again leaves nothing behind.
    struct LifetimeTests {
        @Test("two hundred openings leave no handle and no memory behind")
        func openings() async throws {
            let warmUp = 100
            let cycles = 200
            let mostKibibytes = 16 * 1024
            let phone = try await Phone()
            _ = try await phone.walk(to: \.signing)
            phone.leave()
            let cycle = {
                try await phone.answer(.readCard(reader: phone.readers.reader))
                _ = try await phone.failure(of: .refreshOrders)
                phone.leave()
            }
            for _ in 0..<warmUp { try await cycle() }
            let before = try residentKibibytes()
            for _ in 0..<cycles { try await cycle() }
            #expect(uniffiForeignFutureHandleCountBasvuru() == 0)
            #expect(TcpReaders.channelsAlive == 0)
            let grown = try residentKibibytes() - before
            print("\(cycles) openings: \(grown) KiB more")
            #expect(grown < mostKibibytes)
        }

        /// 0 where the system does not tell it in `/proc`.
        private func residentKibibytes() throws -> Int {
            #if os(Linux)
                let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
                let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
                return try #require(Int(line.filter(\.isNumber)))
            #else
                return 0
            #endif
        }
    }
}
