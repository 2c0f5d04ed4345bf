import Basvuru

/// What a person does.
enum Action {
    case answer(Answer)
    /// What is needed was read.
    case begin
    /// Keeps what is typed, while it is typed.
    case keep(values: [String: String])
    case open(Beside)
    case close
    case look(reader: String)
    /// Looks at a card whose PIN is blocked, to unblock it.
    case unblock(reader: String)
    case changePin(PinChange)
    case test(reader: String)
    /// Signs out another device.
    case signOut(device: String)
    case erase
    /// Stops waiting for a card.
    case stop

    /// What can be opened beside the journey.
    enum Beside {
        case history, devices, care, about, help
    }
}

extension Action {
    /// Whether it needs the card, for which iOS may lay a sheet of its own over the app.
    var usesCard: Bool {
        switch self {
        case .answer(.readCard), .answer(.sign), .answer(.requestUnblocking), .answer(.unblock): true
        case .look, .unblock, .changePin, .test: true
        case .answer, .begin, .keep, .open, .close, .signOut, .erase, .stop: false
        }
    }
}

/// A PIN in place of another.
struct PinChange {
    /// What the card wants to see before it takes a new PIN.
    enum Key {
        case pin, puk
    }

    /// Which of the three is typed.
    enum Stage {
        case old, new, again
    }

    var key = Key.pin
    let reader: String
    /// The PIN there is, or the PUK.
    let old: Pin
    let new: Pin
    var lastTryConfirmed = false
}

/// Answers carry numbers and names: an action prints as what it is, never with what is in it.
extension Action: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    var description: String {
        switch self {
        case .answer: "answer"
        case .begin: "begin"
        case .keep: "keep"
        case .open: "open"
        case .close: "close"
        case .look: "look"
        case .unblock: "unblock"
        case .changePin: "changePin"
        case .test: "test"
        case .signOut: "signOut"
        case .erase: "erase"
        case .stop: "stop"
        }
    }
    var debugDescription: String { description }
    var customMirror: Mirror { Mirror(self, children: []) }
}
