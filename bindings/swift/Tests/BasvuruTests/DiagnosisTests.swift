import Basvuru
import Foundation
import Testing

extension Seam {
    /// What support and an app's own monitoring get to know.
    struct DiagnosisTests {
        @Test("a diagnosis has the commands to the card and nothing of the person")
        func conversation() async throws {
            let phone = try await Phone()
            _ = try await phone.walk(to: \.signing)
            _ = try await phone.failure(of: .refreshOrders)
            _ = try await phone.walk(to: \.receipt)
            let told = diagnosis()
            let parts = [
                "basvuru-diagnosis/1", "\"BSV-801\"", "\"header\": \"002000", "\"sw\": \"9000\"", "\"tag\": \"30\"",
            ]
            for part in parts {
                #expect(told.contains(part))
            }
            let applicant = phone.applicant
            let personal = [
                applicant.identity, applicant.pin, applicant.accessPassword, applicant.phone, applicant.order,
            ]
            for text in personal {
                let hexadecimal = text.utf8.map { String(format: "%02X", $0) }.joined()
                #expect(!told.contains(text) && !told.uppercased().contains(hexadecimal))
            }
        }

        @Test("monitoring learns of every answer and one that breaks changes nothing")
        func monitoring() async throws {
            let monitor = TestMonitor()
            let phone = try await Phone(monitor: monitor)
            _ = try await phone.walk(to: \.signing)
            _ = try await phone.failure(of: .refreshOrders)
            _ = try await phone.walk(to: \.receipt)
            let told = monitor.told.now
            #expect(told.first?.step == "sign-in")
            #expect(told.compactMap(\.code) == ["BSV-801"])
            for request in told.compactMap(\.request) {
                #expect(request.count == 32 && request.allSatisfy(\.isHexDigit))
            }
        }

        @Test("the licences of the library can be shown")
        func shown() {
            let text = licences()
            let parts = ["uniffi_core", "Mozilla Public License", "ring", "SQLite", "Permission is hereby granted"]
            for part in parts {
                #expect(text.contains(part))
            }
        }

        /// Remembers what it was told, and breaks each time.
        private final class TestMonitor: Monitor {
            struct Undeclared: Error {}

            let told = Locked<[MonitorEvent]>([])

            func observed(event: MonitorEvent) throws {
                let count = told.change { told in
                    told.append(event)
                    return told.count
                }
                if count.isMultiple(of: 2) { throw PortFailure.Unavailable(detail: "test") }
                throw Undeclared()
            }
        }
    }
}
