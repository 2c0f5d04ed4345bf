import Basvuru
import Foundation

/// Everything that is on the screen. The core decides what; this only holds it.
struct AppState {
    var step: Step
    /// When the step was told: its waits are counted from then, by a clock that does not jump.
    var told = ContinuousClock.now
    /// What the phone can do, told before anything is typed.
    var phone = PhoneFacts()
    /// Whether the person has seen what is needed. Asked only of somebody who was never here.
    var isWelcomed = true
    var activity: Activity?
    var wait = Wait.none
    /// Whether what is under way needs the card.
    var usesCard = false
    /// What went wrong with the last answer, until the next one.
    var trouble: Trouble?
    /// The readers that can be chosen now; nil as long as one may still come up.
    var readers: [ReaderDescription]?
    /// What has become of the PIN, where more is known than the step tells.
    var pin: PinFate?
    /// When the institution was asked last, where it has not answered.
    var asked: Date?
    /// What was opened beside the journey.
    var aside: Aside?
    var typed = Typed()

    var isBusy: Bool { wait != .none }

    /// Whether somebody new looks at the app for the first time.
    var isWelcome: Bool {
        if case .signIn(_, _, _, let known, _, _) = step.screen {
            !isWelcomed && known?.number.isEmpty != false
        } else {
            false
        }
    }

    /// Whether a screen is shown that chooses among readers.
    var wantsReaders: Bool {
        switch aside {
        case .care, .about: return true
        case .history, .devices, .help: return false
        case nil: if case .sign = step.screen { return true } else { return false }
        }
    }
}

/// How long something has been under way.
enum Wait {
    case none
    /// Too short to be worth a word.
    case short
    case noticeable
    /// So long that what is waited for is told, with a way out.
    case long
}

/// What has become of a card's PIN.
enum PinFate {
    case blocked, unblocked
}

/// What went wrong.
struct Trouble {
    /// The field that has to be typed anew, where there is one.
    enum Field {
        case identity, captcha, code
    }

    let explanation: Explanation
    var field: Field?
    /// Whether the journal's key is gone, so that only a fresh start helps.
    var isLost = false
    /// Of what the card has told that one try is left: the next one has to be confirmed apart.
    var lastTry: PinChange.Key?
    /// Whether the card takes no PIN until it is unblocked.
    var isBlocked = false
    /// Seconds until signing in can be tried again from here.
    var wait: UInt32?
    /// Whether the portal was not reached, for which the network's own set-up may be the cause.
    var isUnreached = false
    /// Whether the network is set up with a proxy of a kind that the app does not take.
    var isProxyUnsupported = false

    init(_ failure: Failure, language: Language) {
        explanation = explain(failure: failure, language: language)
        switch failure {
        case .IdentityInvalid: field = .identity
        case .CaptchaWrong, .CaptchaExpired: field = .captcha
        case .CodeMalformed, .CodeWrong: field = .code
        case .JournalUnreadable: isLost = true
        case .PinLastTry, .PinWrong(triesLeft: 1): lastTry = .pin
        case .PukLastTry, .PukWrong(triesLeft: 1): lastTry = .puk
        case .PinBlocked: isBlocked = true
        case .DeviceWaits(let wait), .LockedOut(let wait): self.wait = wait
        case .PortalUnreachable, .PortalTimeout: isUnreached = true
        default: break
        }
    }

    /// What is wrong with a field, where it is that one.
    func fault(of field: Field) -> String? {
        field == self.field ? "\(explanation.what) \(explanation.next)" : nil
    }

    init?(_ error: any Error, language: Language) {
        // Anything but a failure is our own task being cancelled: there is nobody left to tell.
        guard let failure = error as? Failure else { return nil }
        self.init(failure, language: language)
    }
}

/// What the fields of a screen hold when it appears: nothing, except in a named state.
struct Typed {
    var identity = ""
    var password = ""
    var captcha = ""
    var form: [String: String] = [:]
    var code = ""
    /// How many digits of a PIN.
    var digits = 0
    var isPinAsked = false
    var change: PinChange.Stage?
    var key = PinChange.Key.pin
    /// Why a new PIN was refused.
    var fault: String?
    /// Whether what the screen can open is open.
    var isOpen = false
    var read: Set<String> = []
    var opened: ReviewDocument?
}

/// What is beside the journey.
enum Aside {
    case history([Receipt])
    case devices(Devices)
    case care(Care)
    case about(About)
    case help
}

/// Where the person is signed in.
struct Devices {
    var list: [SignedInDevice] = []
    /// The name of the one that was signed out just now.
    var signedOut: String?
    /// The one about which the second question stands, in a named state.
    var asked: String?
}

/// A card that is looked at, and its PIN that is changed.
struct Care {
    var report: CardReport?
    /// By what the PIN was changed just now.
    var changed: PinChange.Key?
    /// Whether the journey waits for the PIN to be unblocked.
    var isForJourney = false
}

/// The app about itself.
struct About {
    var version: String
    var tested: ReaderReport?
    /// What may be sent to support: nothing of the person is in it.
    var diagnosis: String
    var licences: String
}
