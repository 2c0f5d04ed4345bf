import Basvuru
import Foundation

extension NamedState {
    static let start = [
        NamedState(name: "opening") { _ in .opening },
        NamedState(name: "opening-lost-key") { .notOpened($0.trouble(.JournalUnreadable)) },
        NamedState(name: "covered") { .covered($0.signIn()) },
        state("welcome") { $0.welcome { _ in } },
        state("welcome-nfc-absent") { $0.welcome { $0.phone.hasAntenna = false } },
        state("welcome-nothing") { $0.welcome { $0.phone = PhoneFacts(hasAntenna: false, drivesReaders: false) } },
        state("welcome-offline") { sample in sample.welcome { $0.trouble = sample.trouble(.PortalUnreachable) } },
        state("welcome-clock") { sample in
            sample.welcome { $0.step = sample.step($0.step, clock: sample.clock) }
        },
        state("welcome-link-refused") { sample in
            sample.welcome { $0.trouble = sample.trouble(.PortalNotOurs) }
        },
    ]

    static let signIn = [
        state("sign-in") { $0.signIn(picture: false) },
        state("sign-in-filled") { $0.with($0.signIn()) { $0.typed = .signIn } },
        state("sign-in-number-wrong") { $0.with($0.signIn()) { $0.typed.identity = "10000000147" } },
        state("sign-in-captcha-wrong") { sample in
            sample.with(sample.signIn()) { $0.trouble = sample.trouble(.CaptchaWrong) }
        },
        state("sign-in-password-wrong") { sample in
            sample.with(sample.signIn()) { $0.trouble = sample.trouble(.CredentialsWrong(triesLeft: 2)) }
        },
        state("sign-in-known") { sample in
            sample.with(sample.signIn(captchaNeeded: false)) { $0.typed = .signIn }
        },
        state("sign-in-device-waits") { sample in
            sample.with(sample.signIn()) { $0.trouble = sample.trouble(.DeviceWaits(wait: 45)) }
        },
        state("sign-in-busy") { sample in sample.with(sample.signIn()) { sample.ask(&$0, .noticeable) } },
        state("sign-in-slow") { sample in sample.with(sample.signIn()) { sample.ask(&$0, .long) } },
        state("sign-in-session-over") { sample in
            let known = KnownIdentity(kind: .nationalId, number: "10000000146", editable: false)
            return sample.with(sample.signIn(known: known)) {
                $0.step = sample.step(
                    $0.step, notice: explain(failure: .SessionOver, language: sample.language))
            }
        },
        state("sign-in-privacy") { sample in
            sample.with(sample.signIn()) {
                $0.step = sample.step($0.step, privacy: sample.privacy)
                $0.typed.isOpen = true
            }
        },
        state("sign-in-methods") { $0.signIn(methods: [$0.password, $0.unknownOffer]) },
        state("sign-in-passport") {
            $0.signIn(known: KnownIdentity(kind: .passport, number: "U12345678", editable: true))
        },
    ]

    static let orders = [
        state("orders") {
            $0.orders([
                (
                    $0.say("Yeni başvuru", "New application"),
                    [$0.order("1", .form, $0.say("Form doldurulacak", "Form to fill in"))]
                ),
                (
                    $0.say("Önceki başvurular", "Earlier applications"),
                    [
                        $0.order("2", .signature, $0.say("İmzalanacak", "To be signed")),
                        $0.order("3", .complete, $0.say("Tamamlandı", "Complete")),
                    ]
                ),
            ])
        },
        state("orders-one") {
            $0.orders([($0.say("Yeni başvuru", "New application"), [$0.order("1", .form, "Form")])])
        },
        state("orders-empty") { $0.orders([]) },
        state("orders-long") {
            let institution =
                "Çevre, Şehircilik ve İklim Değişikliği Bakanlığı Coğrafi Bilgi Sistemleri Genel Müdürlüğü"
            return $0.orders([
                ($0.say("Yeni başvuru", "New application"), [$0.order("1", .form, "Form", institution: institution)])
            ])
        },
        state("orders-failed") { sample in
            sample.with(sample.orders([])) { $0.trouble = sample.trouble(.PortalUnreachable) }
        },
        state("orders-proxy-unsupported") { sample in
            sample.with(sample.orders([])) {
                $0.trouble = sample.trouble(.PortalUnreachable)
                $0.trouble?.isProxyUnsupported = true
            }
        },
    ]

    static let form = [
        state("form") { $0.form($0.fields()) },
        state("form-filled") {
            $0.form($0.fields(phone: "0532 123 45 67", address: "Çınar Sk. No: 1\nGebze", birth: "07.03.1985"))
        },
        state("form-faulty") {
            let fault = $0.say("Cep telefonu 0532 123 45 67 gibi yazılmalı.", "Write it like 0532 123 45 67.")
            return $0.form($0.fields(phone: "0532", fault: fault))
        },
        state("form-changed") { sample in
            sample.with(sample.form(sample.fields())) {
                $0.step = sample.step(
                    $0.step, notice: explain(failure: .FormChanged, language: sample.language),
                    privacy: sample.privacy)
            }
        },
        state("form-number-refused") { sample in
            sample.with(sample.form(sample.fields(phone: "0532 123 45 67"))) {
                $0.step = sample.step(
                    $0.step, notice: explain(failure: .NumberNotConfirmed, language: sample.language))
            }
        },
        state("form-date") { $0.with($0.form($0.fields(birth: "07.03.1985"))) { $0.typed.isOpen = true } },
        state("form-busy") { sample in
            sample.with(sample.form(sample.fields())) { sample.ask(&$0, .noticeable) }
        },
        state("form-long") {
            $0.form($0.fields(address: String(repeating: "Kahramanmaraş Dulkadiroğlu Şazibey Mah. ", count: 5)))
        },
    ]

    static let phone = [
        state("phone") { $0.phone(nil) },
        state("phone-sent") { $0.phone($0.code()) },
        state("phone-filled") { $0.with($0.phone($0.code())) { $0.typed.code = "246813" } },
        state("phone-wrong") { sample in
            sample.with(sample.phone(sample.code())) { $0.trouble = sample.trouble(.CodeWrong(triesLeft: 2)) }
        },
        state("phone-expired") { sample in
            sample.with(sample.phone(sample.code(resendIn: 0))) { $0.trouble = sample.trouble(.CodeExpired) }
        },
        state("phone-resend") { $0.phone($0.code(resendIn: 0)) },
        state("phone-told") { $0.phone(nil, told: true) },
        state("phone-told-sent") { $0.phone($0.code(), told: true) },
        state("phone-told-wrong") { sample in
            sample.with(sample.phone(sample.code(), told: true)) {
                $0.trouble = sample.trouble(.CodeWrong(triesLeft: 2))
            }
        },
    ]

    static let institution = [
        state("institution") { $0.institution() },
        state("institution-asked") {
            $0.with($0.institution()) { $0.asked = Date(timeIntervalSince1970: 1_795_768_927) }
        },
        state("institution-failed") { sample in
            sample.with(sample.institution()) { $0.trouble = sample.trouble(.PortalUnreachable) }
        },
    ]

    static let method = [
        state("method") { $0.methods($0.offers) },
        state("method-none") { $0.methods($0.offers.filter { !$0.available }) },
    ]

    static let documents = [
        state("documents") { $0.review() },
        state("documents-read") { $0.with($0.review()) { $0.typed.read = ["form", "taahhut"] } },
        state("documents-text") { sample in
            let pages = [sample.say("Sayfanın yazısı.", "The page's text."), "2"]
            return sample.with(sample.review(pages: pages)) {
                $0.typed.opened = sample.documents(pages: pages).first
            }
        },
        state("documents-altered") { sample in
            sample.with(sample.review()) { $0.trouble = sample.trouble(.DocumentAltered) }
        },
    ]
}

extension Typed {
    /// A number that nobody has.
    fileprivate static var signIn: Typed {
        var typed = Typed()
        (typed.identity, typed.password, typed.captcha) = ("10000000146", "parola", "x7k2p")
        return typed
    }
}

extension Sample {
    fileprivate func welcome(_ change: (inout AppState) -> Void) -> AppState {
        with(signIn()) {
            $0.isWelcomed = false
            change(&$0)
        }
    }

    fileprivate func signIn(
        known: KnownIdentity? = nil, methods: [SignInOffer]? = nil, picture hasPicture: Bool = true,
        captchaNeeded: Bool = true
    ) -> AppState {
        state(
            1, say("Giriş", "Sign in"),
            captchaNeeded
                ? say(
                    "Kimlik numaranızı, erişim parolasını ve resimdeki kodu yazın.",
                    "Type number, password and code.")
                : say("Kimlik numaranızı ve erişim parolasını yazın.", "Type number and password."),
            .signIn(
                portalName: say("Örnek Başvuru Portalı", "Sample Portal"), host: "portal.example",
                methods: methods ?? [password], identity: known,
                captcha: hasPicture && captchaNeeded ? picture : nil, captchaNeeded: captchaNeeded))
    }

    fileprivate func ask(_ state: inout AppState, _ wait: Wait) {
        (state.wait, state.activity) = (
            wait, Activity(stage: .askingPortal, sentence: say("Portala soruluyor", "Asking the portal"))
        )
    }

    fileprivate func orders(_ groups: [(name: String, orders: [OrderSummary])]) -> AppState {
        state(
            2, say("Başvurularınız", "Your applications"),
            say("Devam etmek istediğiniz başvuruyu seçin.", "Choose one."),
            .chooseOrder(
                applicantName: "Işıl Gülçağ ÖRNEKŞEN",
                groups: groups.map { OrderGroup(name: $0.name, orders: $0.orders) }))
    }

    fileprivate func form(_ fields: [FormField]) -> AppState {
        state(
            3, say("Başvuru formu", "Application form"),
            say("Bilgilerinizi gözden geçirin ve formu onaylayın.", "Review your data and approve the form."),
            .fillForm(product: .nes, productName: say("NES (kart)", "NES (card)"), fields: fields))
    }

    fileprivate func phone(_ code: CodeStatus?, told: Bool = false) -> AppState {
        state(
            4, say("Telefon onayı", "Your phone"),
            told
                ? say(
                    "Kurumunuz başka bir numara bildirmişti; o numaraya da bir kod isteyin.",
                    "Your institution had told another number; have a code sent to that one as well.")
                : say("Mesajla gelen kodu girin.", "Type the code."),
            .confirmPhone(
                maskedPhone: told ? "0544 *** ** 47" : "0532 *** ** 67", code: code, number: told ? .told : .stated,
                institution: told ? "Örnek Üniversitesi" : nil))
    }

    fileprivate func institution() -> AppState {
        state(
            4, say("Kurumunuzun onayı", "Your institution"),
            say(
                "Örnek Üniversitesi kurumundan numaranızı onaylaması istendi.",
                "Örnek Üniversitesi was asked to confirm your number."),
            .awaitInstitution(institution: "Örnek Üniversitesi", maskedPhone: "0532 *** ** 67"))
    }

    fileprivate func methods(_ offers: [MethodOffer]) -> AppState {
        state(
            5, say("İmza yöntemi", "How to sign"), say("Nasıl imzalayacağınızı seçin.", "Choose how to sign."),
            .chooseMethod(methods: offers))
    }

    fileprivate func review(pages: [String] = []) -> AppState {
        state(
            6, say("İmzalanacak belgeler", "What will be signed"), say("Her belgeyi açıp okuyun.", "Read each."),
            .reviewDocuments(
                documents: documents(pages: pages),
                signature: say("Tek imza bütün belgeleri kapsar.", "One signature covers all documents.")))
    }
}
