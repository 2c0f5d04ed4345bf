// UIKit as far as the app uses it, for Linux: the names of keyboards, and the application.

@_exported import Foundation

@MainActor
// objc: UIApplication
public final class UIApplication: NSObject {
    // objc: sharedApplication
    public static let shared = UIApplication()
    // objc: isIdleTimerDisabled
    public var isIdleTimerDisabled = false {
        didSet { idleTimerChanges.append(isIdleTimerDisabled) }
    }
    // objc: UIApplicationOpenSettingsURLString
    public nonisolated class var openSettingsURLString: String { "app-settings:" }
    /// What it was set to, in order.
    @_spi(Script) public var idleTimerChanges: [Bool] = []
}

@MainActor
// objc: UIDevice
public final class UIDevice: NSObject {
    // objc: currentDevice
    public static let current = UIDevice()
    // objc: model
    public let model = "iPhone"
}

@MainActor
// objc: UINotificationFeedbackGenerator
public final class UINotificationFeedbackGenerator: NSObject {
    // objc: UINotificationFeedbackType
    public enum FeedbackType: Int, Sendable {
        // objc: UINotificationFeedbackTypeSuccess
        case success = 0
        // objc: UINotificationFeedbackTypeWarning
        case warning = 1
        // objc: UINotificationFeedbackTypeError
        case error = 2
    }

    // objc: notificationOccurred:
    public func notificationOccurred(_ type: FeedbackType) {
        Self.felt.append(type)
    }

    /// What was felt, in order.
    @_spi(Script) public static var felt: [FeedbackType] = []
}

// objc: UIKeyboardType
public enum UIKeyboardType: Int, Sendable {
    // objc: UIKeyboardTypeDefault
    case `default` = 0
    // objc: UIKeyboardTypeASCIICapable
    case asciiCapable = 1
    // objc: UIKeyboardTypeNumbersAndPunctuation
    case numbersAndPunctuation = 2
    // objc: UIKeyboardTypeNumberPad
    case numberPad = 4
    // objc: UIKeyboardTypePhonePad
    case phonePad = 5
    // objc: UIKeyboardTypeEmailAddress
    case emailAddress = 7
}

// objc: UITextContentType
public struct UITextContentType: Hashable, RawRepresentable, Sendable {
    public let rawValue: String

    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    // objc: UITextContentTypeUsername
    public static let username = Self(rawValue: "username")
    // objc: UITextContentTypePassword
    public static let password = Self(rawValue: "password")
    // objc: UITextContentTypeOneTimeCode
    public static let oneTimeCode = Self(rawValue: "oneTimeCode")
    // objc: UITextContentTypeEmailAddress
    public static let emailAddress = Self(rawValue: "emailAddress")
    // objc: UITextContentTypeTelephoneNumber
    public static let telephoneNumber = Self(rawValue: "telephoneNumber")
}

// objc: UIImage
public final class UIImage: NSObject, @unchecked Sendable {
    // objc: initWithData:
    public init?(data: Data) {
        guard data.starts(with: [0x89, 0x50, 0x4E, 0x47]) || data.starts(with: [0xFF, 0xD8]) else { return nil }
    }
}

@MainActor
// objc: UIView
open class UIView: NSObject {
    public override init() {}
    // objc: NSObject.accessibilityValue
    open var accessibilityValue: String? { nil }
}

@MainActor
// objc: UIPasteboard
open class UIPasteboard: NSObject {
    // objc: generalPasteboard
    public static let general = UIPasteboard()
    // objc: string
    open var string: String?
}

@MainActor
// objc: UIPrintInfo
open class UIPrintInfo: NSObject {
    // objc: printInfo
    open class func printInfo() -> UIPrintInfo { UIPrintInfo() }
    // objc: jobName
    open var jobName = ""
}

@MainActor
// objc: UIPrintFormatter
open class UIPrintFormatter: NSObject {}

@MainActor
// objc: UISimpleTextPrintFormatter
open class UISimpleTextPrintFormatter: UIPrintFormatter {
    @_spi(Script) public let text: String

    // objc: initWithText:
    public init(text: String) {
        self.text = text
    }
}

@MainActor
// objc: UIPrintInteractionController
open class UIPrintInteractionController: NSObject {
    // objc: sharedPrintController
    public static let shared = UIPrintInteractionController()
    // objc: printInfo
    open var printInfo: UIPrintInfo?
    // objc: printingItem
    open var printingItem: Any?
    // objc: printFormatter
    open var printFormatter: UIPrintFormatter?
    /// The jobs that were shown, by name.
    @_spi(Script) public var jobs: [String] = []

    // objc: presentAnimated:completionHandler:
    @discardableResult
    open func present(
        animated: Bool, completionHandler: ((UIPrintInteractionController, Bool, (any Error)?) -> Void)? = nil
    ) -> Bool {
        jobs.append(printInfo?.jobName ?? "")
        return true
    }
}
