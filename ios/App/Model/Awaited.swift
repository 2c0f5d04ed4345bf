import Basvuru
import Foundation

// The part of the boundary that the core has not got on this branch yet, in the shape it will have there. Goes when it has.

struct PinRules: Equatable, Hashable, Sendable {
    let minLength: UInt8
    let maxLength: UInt8
    let numeric: Bool
    init(minLength: UInt8, maxLength: UInt8, numeric: Bool) {
        self.minLength = minLength
        self.maxLength = maxLength
        self.numeric = numeric
    }
}
struct CardReport: Equatable, Hashable, Sendable {
    let reader: String
    let label: String
    let serial: String?
    let holder: String?
    let certificates: [CertificateReport]
    let pin: PinRules
    let triesLeft: UInt8?
    let triesSentence: String?
    init(
        reader: String, label: String, serial: String?, holder: String?, certificates: [CertificateReport],
        pin: PinRules, triesLeft: UInt8?, triesSentence: String?
    ) {
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
enum Check: Equatable, Sendable {
    case acceptable, incomplete
    case refused(sentence: String)
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
func checkIdentityNumber(text: String, language: Language) -> Check {
    text.isEmpty ? .incomplete : text.hasSuffix("7") ? .refused(sentence: "x") : .acceptable
}

func checkPassportNumber(text: String, language: Language) -> Check { .acceptable }

func checkCode(code: Password, length: UInt8, language: Language) -> Check { .acceptable }

func checkField(field: FormField, value: String, language: Language) -> Check { .acceptable }

func checkNewPin(pin: Pin, rules: PinRules, language: Language) -> Check { .acceptable }

func diagnosis() -> String { "{}" }

func licences() -> String { "" }

extension CertificateApplication {
    func cancel() {}
    func erase() async throws -> Step { throw Failure.AnswerNotExpected }
}
extension Failure { static var PinChangeOutcomeUnknown: Failure { .PinOutcomeUnknown } }
extension CardSummary {
    var pin: PinRules { PinRules(minLength: pinMinLength, maxLength: pinMaxLength, numeric: pinNumeric) }
    init(
        reader: String, label: String, certificates: [CardCertificate], pin: PinRules, triesLeft: UInt8?,
        triesSentence: String?
    ) {
        self.init(
            reader: reader, label: label, certificates: certificates, pinMinLength: pin.minLength,
            pinMaxLength: pin.maxLength, pinNumeric: pin.numeric, triesLeft: triesLeft, triesSentence: triesSentence)
    }
}
extension LinkFailure { static func CancelledByPerson(delivery: Delivery) -> LinkFailure { .CancelledByPerson } }
