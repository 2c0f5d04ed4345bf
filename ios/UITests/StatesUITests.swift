import XCTest

/// Only on a Mac: every named state as a picture, and Apple's own audit of its accessibility.
final class StatesUITests: XCTestCase {
    private static let states = """
        opening opening-lost-key covered welcome welcome-nfc-absent welcome-nothing welcome-offline welcome-clock
        welcome-link-refused sign-in sign-in-filled sign-in-number-wrong sign-in-captcha-wrong sign-in-password-wrong
        sign-in-known sign-in-device-waits sign-in-busy sign-in-slow sign-in-session-over sign-in-privacy
        sign-in-methods sign-in-passport orders orders-one orders-empty orders-long orders-failed
        orders-proxy-unsupported form form-filled form-faulty form-changed form-number-refused form-date form-busy
        form-long phone phone-sent phone-filled phone-wrong phone-expired phone-resend phone-told phone-told-sent
        phone-told-wrong institution institution-asked institution-failed method method-none documents documents-read
        documents-text documents-altered card-looking card-nfc card-usb-missing card-not-driven card-usb-insert
        card-choice card-failed certificate-choice certificate-unusable pin pin-typed pin-complete pin-nfc pin-wrong
        pin-last-try pin-blocked pin-unblocked pin-unusable pin-unknown-outcome assisted assisted-code
        assisted-filled assisted-new assisted-repeat assisted-wrong assisted-refused signing-nfc signing-insert
        signing-reading signing-working signing-done signing-sending signing-slow signing-octets pending
        pending-submission pending-failed receipt receipt-long receipt-return outdated history history-empty care
        care-report care-change care-new care-repeat care-refused care-changed care-unknown-outcome devices
        devices-one devices-sure devices-failed unblock unblock-last-try unblock-new unblock-repeat unblock-refused
        unblock-working unblock-wrong unblock-blocked unblock-unavailable unblock-unknown-outcome unblock-done help
        about about-reader-tested licences
        """

    @MainActor
    func testTurkish() throws { try look(at: "tr", arguments: []) }

    @MainActor
    func testEnglish() throws { try look(at: "en", arguments: []) }

    @MainActor
    func testLargestText() throws {
        try look(
            at: "tr", arguments: ["-UIPreferredContentSizeCategoryName", "UICTContentSizeCategoryAccessibilityXXXL"])
    }

    @MainActor
    func testDark() throws {
        XCUIDevice.shared.appearance = .dark
        defer { XCUIDevice.shared.appearance = .light }
        try look(at: "tr", arguments: [])
    }

    @MainActor
    func testLandscape() throws {
        XCUIDevice.shared.orientation = .landscapeLeft
        defer { XCUIDevice.shared.orientation = .portrait }
        try look(at: "tr", arguments: [])
    }

    @MainActor
    private func look(at language: String, arguments: [String]) throws {
        continueAfterFailure = true
        for state in Self.states.split(whereSeparator: \.isWhitespace) {
            try XCTContext.runActivity(named: "\(state) \(language)") { activity in
                let app = XCUIApplication()
                app.launchArguments = ["-state", String(state), "-AppleLanguages", "(\(language))"] + arguments
                app.launch()
                let picture = XCTAttachment(screenshot: app.screenshot())
                picture.name = "\(state).\(language)"
                picture.lifetime = .keepAlways
                activity.add(picture)
                try app.performAccessibilityAudit()
            }
        }
    }
}
