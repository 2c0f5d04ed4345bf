import Basvuru
import Foundation

// The part of the boundary that the core has not got on this branch yet, in the shape it will have there. Goes when it has.

struct CardReport: Equatable, Hashable, Sendable {
    let reader: String
    let label: String
    let serial: String?
    let holder: String?
    let certificates: [CertificateReport]
    let pin: PinRules
    let triesLeft: UInt8?
    let triesSentence: String?
    let notice: Explanation?
    init(
        reader: String, label: String, serial: String?, holder: String?, certificates: [CertificateReport],
        pin: PinRules, triesLeft: UInt8?, triesSentence: String?, notice: Explanation?
    ) {
        self.notice = notice
        self.reader = reader
        self.label = label
        self.serial = serial
        self.holder = holder
        self.certificates = certificates
        self.pin = pin
        self.triesLeft = triesLeft
        self.triesSentence = triesSentence
    }
}
struct CertificateReport: Equatable, Hashable, Sendable {
    let serial: String
    let holder: String
    let issuer: String
    let validFrom: Date
    let validUntil: Date
    let daysLeft: Int32?
    let sentence: String
    let usable: Bool
    init(
        serial: String, holder: String, issuer: String, validFrom: Date, validUntil: Date, daysLeft: Int32?,
        sentence: String, usable: Bool
    ) {
        self.serial = serial
        self.holder = holder
        self.issuer = issuer
        self.validFrom = validFrom
        self.validUntil = validUntil
        self.daysLeft = daysLeft
        self.sentence = sentence
        self.usable = usable
    }
}
struct ReaderReport: Equatable, Hashable, Sendable {
    let name: String
    let link: CardLink
    let exchange: String
    let cardPresent: Bool
    let sentences: [String]
    init(name: String, link: CardLink, exchange: String, cardPresent: Bool, sentences: [String]) {
        self.name = name
        self.link = link
        self.exchange = exchange
        self.cardPresent = cardPresent
        self.sentences = sentences
    }
}
class CardDesk: @unchecked Sendable {
    static func open(folder: String, ports: Ports, language: Language) throws -> CardDesk { throw Failure.JournalBusy }
    func cancel() {}
    func look(reader: String) async throws -> CardReport { throw Failure.JournalBusy }
    func changePin(reader: String, pin: Pin, newPin: Pin, lastTryConfirmed: Bool) async throws -> CardReport {
        throw Failure.JournalBusy
    }
    func testReader(reader: String) async throws -> ReaderReport { throw Failure.JournalBusy }
}

func diagnosis() -> String { "{}" }

func licences() -> String { "" }

extension CertificateApplication { func cancel() {} }
extension Failure { static var PinChangeOutcomeUnknown: Failure { .PinOutcomeUnknown } }
extension LinkFailure { static func CancelledByPerson(delivery: Delivery) -> LinkFailure { .CancelledByPerson } }
