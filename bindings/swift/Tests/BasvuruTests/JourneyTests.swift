import Basvuru
import Foundation
import Testing

extension Seam {
    /// The whole application, from the invitation to the receipt.
    struct JourneyTests {
        @Test("a card with contacts is read first, signs, and a receipt comes back")
        func contact() async throws {
            let phone = try await Phone()
            _ = try await phone.walk(to: \.signing)
            let read = try await phone.answer(.readCard(reader: phone.readers.reader)).screen
            let shown = try #require(read.signing)
            let card = try #require(shown)
            #expect(card.triesLeft == 3)
            #expect(card.certificates.map { $0.validUntil > Date.now } == [true])

            let receipt = try await phone.walk(to: \.receipt)
            #expect(phone.readers.verifications == 1)
            #expect(receipt.order == phone.applicant.order)
            #expect(try phone.application().history() == [receipt])
            guard case .done(_, let summary, _) = try phone.screen() else { throw Phone.Unexpected() }
            #expect(summary.contains(receipt.number))
        }

        @Test("a card over NFC does everything in one tap")
        func nfc() async throws {
            let watcher = TestWatcher()
            let phone = try await Phone(way: .nfc, watcher: watcher)
            _ = try await phone.walk(to: \.receipt)
            #expect(phone.readers.verifications == 1)
            let told = watcher.told.now
            for stage in [WorkStage.awaitingCard, .verifyingPin, .signing, .cardDone] {
                #expect(told.count { $0.stage == stage } == 1, "\(stage)")
            }
            #expect(told.contains { $0.stage == .fetchingDocument(number: 1, count: 2) })
            #expect(!told.contains { $0.sentence.isEmpty })
            #expect(!phone.readers.sentences.now.contains(""))
        }

        @Test("a card in a reader on raw USB signs, and the core speaks to the reader")
        func usb() async throws {
            let phone = try await Phone(way: .usb)
            let before = TcpUsbReader.transfers.now
            _ = try await phone.walk(to: \.signing)
            try await phone.answer(.readCard(reader: phone.readers.reader))
            _ = try await phone.walk(to: \.receipt)
            #expect(TcpUsbReader.transfers.now > before + 10)
        }

        @Test("what is shown is what is signed, and the receipt is for exactly that")
        func documents() async throws {
            let phone = try await Phone()
            for document in try await phone.walk(to: \.review) {
                let content = try phone.application().document(id: document.id)
                #expect(content.count == document.size)
                #expect(try sha256(content) == document.sha256)
                #expect(!document.pages.isEmpty)
            }
            let receipt = try await phone.walk(to: \.receipt)
            let container = try phone.application().signedContainer(order: receipt.order)
            #expect(try sha256(container) == receipt.containerSha256)
            #expect(container.prefix(2) == Data("PK".utf8))
        }

        @Test("the code is found in its text message and in no other")
        func code() async throws {
            let phone = try await Phone()
            _ = try await phone.walk(to: \.maskedPhone)
            try await phone.answer(.sendCode())
            let text = try await World.shared().newestText(to: phone.applicant.phone)
            let code = try #require(try phone.application().readSms(text: text, sender: nil))
            #expect(text.contains(String(decoding: code.utf8(), as: UTF8.self)))
            let other = "Siparişiniz 25 dakika içinde kapınızda, tutar 149,90 TL."
            #expect(try phone.application().readSms(text: other, sender: "KURYE") == nil)
        }

        @Test("an approved form is changed and approved anew, and what followed is void")
        func changing() async throws {
            let phone = try await Phone()
            let id = try #require(try await phone.walk(to: \.review).first).id
            let form = try #require(try await phone.answer(.changeForm(order: nil)).screen.form)
            #expect(!form.contains { $0.required && $0.value.isEmpty })
            #expect(throws: Failure.DocumentUnknown) { try phone.application().document(id: id) }
            let name = try #require(form.first { !$0.locked }).name
            let long = [name: String(repeating: "x", count: 20_000)]
            #expect(try await phone.failure(of: .saveDraft(values: long)) == .DraftTooLarge)
            let step = try await phone.answer(phone.answer(to: phone.screen()))
            guard case .confirmPhone(_, code: nil, _, _) = step.screen else { throw Phone.Unexpected() }

            // The list has it among those that can be changed.
            try await phone.answer(.leave)
            let orders = try await phone.walk(to: \.orders)
            #expect(orders.map(\.formChangeable) == [true])
            let order = try #require(orders.first).id
            #expect(try await phone.answer(.changeForm(order: order)).screen.form != nil)
        }

        @Test("an answer out of its turn is refused and changes nothing")
        func outOfTurn() async throws {
            let phone = try await Phone()
            #expect(try await phone.failure(of: .acceptDocuments) == .AnswerNotExpected)
            guard case .signIn = try phone.screen() else { throw Phone.Unexpected() }
        }
    }
}
