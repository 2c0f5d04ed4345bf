import Basvuru
import Foundation

/// What the core and the portal would say, for named states. Nobody in it exists.
@MainActor
struct Sample {
    let language: Language

    func say(_ turkish: String, _ english: String) -> String { language == .turkish ? turkish : english }

    func trouble(_ failure: Failure) -> Trouble { Trouble(failure, language: language) }

    func state(_ number: UInt8, _ title: String, _ hint: String, _ screen: Screen) -> AppState {
        let place = Place(number: number, count: 7, name: title)
        return AppState(
            step: Step(
                title: title, hint: hint, notice: nil, place: number == 0 ? nil : place, clock: nil, support: support,
                privacy: nil, screen: screen),
            readers: [nfc])
    }

    func with(_ state: AppState, _ change: (inout AppState) -> Void) -> AppState {
        var state = state
        change(&state)
        return state
    }

    /// The same step with something about it changed, which generated records are only when they are made.
    func step(
        _ step: Step, hint: String? = nil, notice: Explanation? = nil, clock: String? = nil,
        privacy: PrivacyNotice? = nil
    ) -> Step {
        Step(
            title: step.title, hint: hint ?? step.hint, notice: notice, place: step.place, clock: clock,
            support: step.support, privacy: privacy, screen: step.screen)
    }

    var support: SupportContact { SupportContact(phone: "444 5 576", email: "destek@example.com") }

    var clock: String {
        say("Bu cihazın saati 2 gün ileri. Ayarlardan otomatiğe alın.", "This device's clock is 2 days fast.")
    }

    var privacy: PrivacyNotice {
        PrivacyNotice(
            title: say("Kişisel verileriniz", "Your personal data"),
            text: say("Verileriniz 6698 sayılı Kanuna göre işlenir.", "Your data is processed under law no. 6698."),
            address: "https://portal.example/gizlilik")
    }

    /// The smallest PNG there is: one grey dot.
    var picture: CaptchaFiles {
        let octets = Data(
            base64Encoded:
                "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGOoBwAAgQCBbt8mGAAAAABJRU5ErkJggg==")
        return CaptchaFiles(id: "1", picture: octets ?? Data(), sound: nil)
    }

    var password: SignInOffer {
        SignInOffer(
            method: .accessPassword, name: say("Erişim parolası", "Access password"), available: true, note: nil)
    }

    var unknownOffer: SignInOffer {
        SignInOffer(
            method: .unknown, name: "e-Devlet", available: false,
            note: say("Bu sürüm bu yöntemi bilmiyor.", "This version does not know this way."))
    }

    func order(_ id: String, _ phase: OrderPhase, _ phaseName: String, institution: String = "Örnek Üniversitesi")
        -> OrderSummary
    {
        OrderSummary(
            id: id, product: .nes, productName: say("Nitelikli elektronik sertifika", "Qualified certificate"),
            institution: institution, createdAt: "2026-11-01", phase: phase, phaseName: phaseName,
            formChangeable: phase != .form && phase != .complete)
    }

    func fields(phone: String = "", fault: String? = nil, address: String = "", birth: String = "") -> [FormField] {
        [
            field(
                "name", say("Ad soyad", "Name"), .text(minLength: 1, maxLength: 80), "Işıl Gülçağ ÖRNEKŞEN",
                locked: true),
            field(
                "phone", say("Cep telefonu", "Mobile"), .mobile, phone,
                help: say("Kod bu numaraya gelir.", "The code is sent to it."), fault: fault),
            field("birth", say("Doğum tarihi", "Born"), .date(first: "1906-01-01", last: "2011-01-01"), birth),
            field("address", say("Adres", "Address"), .lines(maxLength: 200), address),
            field(
                "years", say("Süre", "Validity"),
                .choice(choices: [
                    FieldChoice(value: "1", label: say("1 yıl", "1 year")),
                    FieldChoice(value: "3", label: say("3 yıl", "3 years")),
                ]), "3"),
        ]
    }

    private func field(
        _ name: String, _ label: String, _ entry: FieldEntry, _ value: String, help: String? = nil,
        locked: Bool = false, fault: String? = nil
    ) -> FormField {
        FormField(
            name: name, label: label, help: help, entry: entry, required: true, locked: locked, value: value,
            fault: fault)
    }

    func code(resendIn: UInt32 = 60) -> CodeStatus {
        CodeStatus(length: 6, expiresIn: 180, resendIn: resendIn, triesLeft: 3)
    }

    var offers: [MethodOffer] {
        [
            MethodOffer(
                method: .card, name: say("Akıllı karttaki sertifika", "The certificate on a card"), available: true,
                note: nil),
            MethodOffer(
                method: .ink, name: say("Islak imza", "Ink on paper"), available: false,
                note: say("Bu başvuruda kabul edilmiyor.", "Not accepted for this application.")),
        ]
    }

    func documents(pages: [String]) -> [ReviewDocument] {
        [("form", say("Başvuru formu", "Application form")), ("taahhut", say("Taahhütname", "Undertaking"))].map {
            ReviewDocument(
                id: $0.0, title: $0.1, fileName: "\($0.0).pdf", mediaType: "application/pdf", size: 48_213,
                sha256: String(repeating: "0", count: 64), pages: pages)
        }
    }

    /// 12 January 2027, noon.
    private static let end = Date(timeIntervalSince1970: 1_799_744_400)

    func card(
        tries: UInt8? = 3, certificates: Int = 1, unusable: [UnusableCertificate] = [], puk: Bool = true
    ) -> CardSummary {
        CardSummary(
            reader: usb.id, label: say("Deneme kartı", "Test card"),
            certificates: (1...certificates).map {
                CardCertificate(
                    serial: "\($0)", holder: "Işıl Gülçağ ÖRNEKŞEN", issuer: "Örnek NES Hizmet Sağlayıcısı",
                    validUntil: Self.end.addingTimeInterval(Double($0 - 1) * -86_400 * 400))
            }, unusable: unusable,
            pinMinLength: rules.minLength, pinMaxLength: rules.maxLength, pinNumeric: rules.numeric, triesLeft: tries,
            triesSentence: tries.map {
                $0 == 1
                    ? say("Kartınızda tek PIN denemesi kaldı.", "One PIN try is left.")
                    : say("Kartınızda \($0) PIN denemesi var.", "\($0) PIN tries are left.")
            }, unblocking: puk ? unblocking() : nil)
    }

    /// A certificate on the same card that cannot sign any more.
    var expired: UnusableCertificate {
        let end = Self.end.addingTimeInterval(-86_400 * 1000)
        return UnusableCertificate(
            serial: "0", holder: "Işıl Gülçağ ÖRNEKŞEN", issuer: "Örnek NES Hizmet Sağlayıcısı",
            reason: explain(failure: .CertificateExpired(since: end), language: language).what)
    }

    var rules: PinRules { PinRules(minLength: 4, maxLength: 8, numeric: true) }

    /// The PUK, and how often it may be tried.
    func unblocking(tries: UInt8 = 3) -> Unblocking {
        Unblocking(
            puk: PinRules(minLength: 8, maxLength: 8, numeric: true), triesLeft: tries,
            triesSentence: tries == 1
                ? say(
                    "PUK için tek deneme hakkı kaldı. Yanlış girerseniz kart bir daha kullanılamayabilir.",
                    "The PUK has a single try left. If it is wrong, the card may never be usable again.")
                : say(
                    "PUK için \(tries) deneme hakkı var. Haklar biterse kart bir daha kullanılamayabilir.",
                    "The PUK has \(tries) tries left. When no try is left, the card may never be usable again."))
    }

    var report: CardReport { report(unblocking()) }

    func report(_ unblocking: Unblocking?, tries: UInt8 = 3) -> CardReport {
        CardReport(
            reader: usb.id, label: say("Deneme kartı", "Test card"), serial: "1234 5678",
            holder: "Işıl Gülçağ ÖRNEKŞEN",
            certificates: [
                certificate("1", 42, say("Geçerli, 42 gün kaldı", "Valid for 42 days"), usable: true),
                certificate("2", nil, say("12.01.2027 10:00'da açılır", "Opens 12.01.2027 10:00"), usable: false),
                certificate("3", -3, say("Süresi doldu", "Expired"), usable: false),
            ],
            pin: rules, triesLeft: tries,
            triesSentence: say("Kartınızda \(tries) PIN denemesi var.", "\(tries) PIN tries are left."),
            notice: nil, unblocking: unblocking)
    }

    private func certificate(_ serial: String, _ days: Int32?, _ sentence: String, usable: Bool) -> CertificateReport {
        CertificateReport(
            serial: serial, holder: "Işıl Gülçağ ÖRNEKŞEN", issuer: "Örnek NES Hizmet Sağlayıcısı",
            validFrom: Self.end, validUntil: Self.end, daysLeft: days, sentence: sentence, usable: usable)
    }

    var nfc: ReaderDescription { ReaderDescription(id: "nfc", name: "NFC", link: .nfc) }
    var usb: ReaderDescription {
        ReaderDescription(id: "usb", name: say("Deneme okuyucusu", "Test reader"), link: .contact)
    }

    var receipt: Receipt {
        Receipt(
            number: "2026-000001-1", order: "1", receivedAt: "2026-11-22T15:08:00Z", containerSha256: "00",
            certificateSerial: "1")
    }
}
