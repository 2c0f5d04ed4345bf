import Basvuru
import Foundation

extension NamedState {
    static let card = [
        state("card-looking") { $0.with($0.sign(nil)) { $0.readers = nil } },
        state("card-nfc") { $0.sign(nil) },
        state("card-usb-missing") { $0.with($0.sign(nil)) { $0.readers = [] } },
        state("card-not-driven") {
            $0.with($0.sign(nil)) {
                ($0.readers, $0.phone) = ([], PhoneFacts(hasAntenna: false, drivesReaders: false))
            }
        },
        state("card-usb-insert") { sample in sample.with(sample.sign(nil)) { $0.readers = [sample.usb] } },
        state("card-choice") { sample in sample.with(sample.sign(nil)) { $0.readers = [sample.nfc, sample.usb] } },
        state("card-failed") { sample in
            sample.with(sample.sign(nil)) { $0.trouble = sample.trouble(.CardLost) }
        },
        state("certificate-choice") { $0.pin($0.card(certificates: 2)) },
        state("certificate-unusable") { $0.pin($0.card(certificates: 2, unusable: [$0.expired])) },
    ]

    static let pin = [
        state("pin") { $0.pin($0.card()) },
        state("pin-typed") { $0.with($0.pin($0.card())) { $0.typed.digits = 4 } },
        state("pin-complete") { $0.with($0.pin($0.card())) { $0.typed.digits = 6 } },
        state("pin-nfc") { $0.with($0.sign(nil)) { $0.typed.isPinAsked = true } },
        state("pin-wrong") { sample in
            sample.with(sample.pin(sample.card(tries: 2))) { $0.trouble = sample.trouble(.PinWrong(triesLeft: 2)) }
        },
        state("pin-last-try") { $0.pin($0.card(tries: 1)) },
        state("pin-blocked") { sample in
            sample.with(sample.pin(sample.card(tries: 0))) { $0.trouble = sample.trouble(.PinBlocked) }
        },
        state("pin-unblocked") { sample in sample.with(sample.pin(sample.card())) { $0.pin = .unblocked } },
        state("pin-unusable") { $0.pin($0.card(unusable: [$0.expired])) },
        state("pin-unknown-outcome") { sample in
            sample.with(sample.pin(sample.card(tries: 2))) { $0.trouble = sample.trouble(.PinOutcomeUnknown) }
        },
    ]

    static let signing = [
        state("signing-nfc") { $0.signing(.awaitingCard, $0.say("Kart bekleniyor", "Waiting for the card")) },
        state("signing-insert") { sample in
            sample.with(sample.signing(.awaitingCard, sample.say("Kartınızı takın", "Insert your card"))) {
                $0.readers = [sample.usb]
            }
        },
        state("signing-reading") { $0.signing(.readingCard, $0.say("Kart okunuyor", "Reading the card")) },
        state("signing-working") {
            $0.signing(.signing, $0.say("Kart imzalıyor, kartı oynatmayın", "Signing, do not move the card"))
        },
        state("signing-done") {
            $0.signing(.cardDone, $0.say("Kartı çekebilirsiniz", "You may remove the card"))
        },
        state("signing-sending") {
            $0.signing(.submitting, $0.say("İmzalı başvuru gönderiliyor", "Sending the signed application"))
        },
        state("signing-slow") {
            $0.with($0.signing(.awaitingCard, $0.say("Kart bekleniyor", "Waiting for the card"))) { $0.wait = .long }
        },
        state("signing-octets") { sample in
            let sentence = sample.say(
                "İmzalı başvuru gönderiliyor: 24/62 kB", "Sending the signed application: 24 of 62 kB")
            return sample.with(sample.signing(.submitting, sentence)) { $0.wait = .long }
        },
    ]

    static let end = [
        state("pending") { $0.pending(.approval) },
        state("pending-submission") { $0.pending(.submission) },
        state("pending-failed") { sample in
            sample.with(sample.pending(.submission)) { $0.trouble = sample.trouble(.PortalTimeout) }
        },
        state("receipt") { $0.done("2026-000001-1.") },
        state("receipt-long") { $0.done(String(repeating: "2026-000001-1 · SHA-256 ", count: 12)) },
        state("receipt-return") { $0.done("2026-000001-1.", returnTo: "https://kurum.example/bitti") },
        state("outdated") {
            $0.state(
                0, $0.say("Uygulamayı güncelleyin", "Update the app"),
                $0.say("Bu sürüm portal için eski.", "This version is too old for the portal."),
                .outdated(version: "1.2"))
        },
    ]

    static let beside = [
        state("history") { sample in sample.beside(.history([sample.receipt])) },
        state("history-empty") { $0.beside(.history([])) },
        state("care") { sample in sample.with(sample.beside(.care(Care()))) { $0.readers = [sample.nfc, sample.usb] } },
        state("care-report") { $0.care { _ in } },
        state("care-change") { $0.care { $0.typed.change = .old } },
        state("care-new") { $0.care { $0.typed.change = .new } },
        state("care-repeat") { $0.care { $0.typed.change = .again } },
        state("care-refused") { sample in
            sample.care {
                $0.typed.change = .new
                $0.typed.fault = sample.say("Yeni PIN eskisiyle aynı olamaz.", "The new PIN must differ.")
            }
        },
        state("care-changed") { sample in
            sample.care { $0.aside = .care(Care(report: sample.report, changed: .pin)) }
        },
        state("care-unknown-outcome") { sample in
            sample.care { $0.trouble = sample.trouble(.PinChangeOutcomeUnknown) }
        },
    ]

    static let unblock = [
        state("unblock") { $0.unblock(.old) },
        state("unblock-last-try") { sample in
            sample.with(sample.unblock(.old)) {
                $0.aside = .care(Care(report: sample.report(sample.unblocking(tries: 1), tries: 0)))
            }
        },
        state("unblock-new") { $0.unblock(.new) },
        state("unblock-repeat") { $0.unblock(.again) },
        state("unblock-refused") { sample in
            sample.with(sample.unblock(.new)) {
                $0.typed.fault = sample.say("PIN 4–8 rakam olmalı.", "A PIN has 4 to 8 digits.")
            }
        },
        state("unblock-working") { sample in
            sample.with(sample.unblock(nil)) {
                ($0.wait, $0.activity) = (
                    .noticeable,
                    Activity(stage: .verifyingPin, sentence: sample.say("Kart çalışıyor", "The card is working"))
                )
            }
        },
        state("unblock-wrong") { $0.unblock(nil, .PukWrong(triesLeft: 2)) },
        state("unblock-blocked") { $0.unblock(nil, .PukBlocked) },
        state("unblock-unavailable") { sample in
            sample.with(sample.unblock(nil, .PukUnavailable)) {
                $0.aside = .care(Care(report: sample.report(nil, tries: 0), isForJourney: true))
            }
        },
        state("unblock-unknown-outcome") { sample in
            sample.with(sample.unblock(nil, .PukOutcomeUnknown)) { $0.aside = .care(Care(isForJourney: true)) }
        },
        state("unblock-done") { sample in
            sample.care { $0.aside = .care(Care(report: sample.report, changed: .puk)) }
        },
    ]

    static let assisted = [
        state("assisted") { sample in
            sample.with(sample.assisted(nil)) { $0.trouble = sample.trouble(.PinBlocked) }
        },
        state("assisted-code") { $0.assisted($0.code()) },
        state("assisted-filled") { $0.with($0.assisted($0.code())) { $0.typed.code = "246813" } },
        state("assisted-new") { sample in sample.with(sample.assisted(sample.code())) { $0.typed.change = .new } },
        state("assisted-repeat") { sample in
            sample.with(sample.assisted(sample.code())) { $0.typed.change = .again }
        },
        state("assisted-wrong") { sample in
            sample.with(sample.assisted(sample.code())) { $0.trouble = sample.trouble(.CodeWrong(triesLeft: 2)) }
        },
        state("assisted-refused") { sample in
            // After it, the portal is not asked again.
            sample.with(sample.pin(sample.card(tries: 0))) { $0.trouble = sample.trouble(.UnblockingRefused) }
        },
    ]

    static let devices = [
        state("devices") { $0.beside(.devices(Devices(list: $0.devices))) },
        state("devices-one") { sample in
            sample.beside(.devices(Devices(list: Array(sample.devices.prefix(1)), signedOut: "iPad")))
        },
        state("devices-sure") { $0.beside(.devices(Devices(list: $0.devices, asked: "2"))) },
        state("devices-failed") { sample in
            sample.with(sample.beside(.devices(Devices()))) { $0.trouble = sample.trouble(.PortalUnreachable) }
        },
    ]

    static let about = [
        state("help") { $0.beside(.help) },
        state("about") { $0.beside(.about($0.about)) },
        state("about-reader-tested") { sample in
            var about = sample.about
            about.tested = ReaderReport(
                name: sample.usb.name, link: .contact, exchange: "T=1", cardPresent: true,
                sentences: [sample.say("Okuyucu çalışıyor.", "The reader works.")], slots: [])
            return sample.with(sample.beside(.about(about))) { $0.readers = [sample.usb] }
        },
        state("licences") { $0.with($0.beside(.about($0.about))) { $0.typed.isOpen = true } },
    ]
}

extension Sample {
    fileprivate func sign(_ card: CardSummary?, _ assisted: AssistedUnblocking? = nil) -> AppState {
        state(
            7, say("İmza", "Signature"), say("Kartınızı ve PIN’inizi hazırlayın.", "Have card and PIN at hand."),
            .sign(card: card, assisted: assisted))
    }

    /// The portal offers its help with a PIN that is blocked, or was asked for it.
    fileprivate func assisted(_ code: CodeStatus?) -> AppState {
        with(
            sign(
                card(tries: 0), AssistedUnblocking(verificationCode: code.map { _ in "K7P3" }, code: code))
        ) { $0.readers = [usb] }
    }

    /// The card in the reader was read.
    func pin(_ card: CardSummary) -> AppState {
        with(sign(card)) { $0.readers = [nfc, usb] }
    }

    fileprivate func signing(_ stage: WorkStage, _ sentence: String) -> AppState {
        with(sign(nil)) {
            $0.typed.isPinAsked = true
            ($0.wait, $0.activity) = (.noticeable, Activity(stage: stage, sentence: sentence))
        }
    }

    fileprivate func pending(_ action: PendingAction) -> AppState {
        state(
            7, say("Başvurunuz gönderiliyor", "Sending"), say("Yeniden imzalamanız gerekmez.", "Nothing is repeated."),
            .pending(action: action))
    }

    fileprivate func done(_ summary: String, returnTo: String? = nil) -> AppState {
        state(
            7, say("Başvurunuz tamamlandı", "Complete"), say("Alındı belgenizi saklayın.", "Keep your receipt."),
            .done(receipt: receipt, summary: summary, returnTo: returnTo))
    }

    fileprivate var devices: [SignedInDevice] {
        [
            device("1", "iPhone", say("iPhone (bu cihaz)", "iPhone (this device)"), current: true),
            device(
                "2", "iPad", say("iPad, son kullanım 26 Kasım 2026 21.14", "iPad, last used 26 November 2026 21:14")),
            device(
                "3", say("Bilgisayar", "Computer"),
                say("Bilgisayar, son kullanım 3 Kasım 2026 09.30", "Computer, last used 3 November 2026 09:30")),
        ]
    }

    private func device(_ id: String, _ name: String, _ sentence: String, current: Bool = false) -> SignedInDevice {
        SignedInDevice(
            id: id, name: name, lastSeen: Date(timeIntervalSince1970: 1_795_716_840), current: current,
            sentence: sentence)
    }

    fileprivate func beside(_ aside: Aside) -> AppState {
        with(done("2026-000001-1.")) { $0.aside = aside }
    }

    fileprivate func care(_ change: (inout AppState) -> Void) -> AppState {
        with(beside(.care(Care(report: report)))) {
            $0.readers = [nfc, usb]
            change(&$0)
        }
    }

    /// The PUK or the new PIN is typed, or the one was tried and the other not taken.
    fileprivate func unblock(_ stage: PinChange.Stage?, _ failure: Failure? = nil) -> AppState {
        care {
            $0.aside = .care(Care(report: report(unblocking(), tries: 0)))
            ($0.typed.change, $0.typed.key, $0.trouble) = (stage, .puk, failure.map(trouble))
        }
    }

    fileprivate var about: About {
        About(version: "1.0", tested: nil, diagnosis: "{}", licences: "Mozilla Public License 2.0")
    }
}
