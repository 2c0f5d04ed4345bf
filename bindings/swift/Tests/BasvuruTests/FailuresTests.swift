import Basvuru
import Foundation
import Testing

extension Seam {
    /// Every failure in words.
    struct FailuresTests {
        @Test("every failure has a code, and says in both languages what happened and what to do")
        func sentences() {
            for failure in Self.samples {
                let turkish = explain(failure: failure, language: .turkish)
                let english = explain(failure: failure, language: .english)
                #expect(turkish.code.wholeMatch(of: /BSV-[0-9]{3}/) != nil)
                #expect(turkish.code == english.code)
                #expect(turkish.code == failure.description)
                for sentence in [turkish.what, turkish.next, english.what, english.next] {
                    #expect(sentence.hasSuffix("."))
                }
                #expect(turkish.what != english.what)
                #expect(turkish.next != english.next)
            }
        }

        @Test("no failure is missing from this list")
        func completeness() throws {
            let list = World.package.appending(path: "../boundary.txt")
            let boundary = try String(contentsOf: list, encoding: .utf8)
            let listed =
                boundary.split(separator: "\n")
                .drop { $0 != "failure Failure" }
                .dropFirst(2)
                .prefix { $0.hasPrefix("    ") }
                .compactMap { $0.split(separator: " ").first.map(String.init) }
            let named = Self.samples.map { failure in
                Mirror(reflecting: failure).children.first?.label ?? "\(failure)"
            }
            #expect(listed == named)
        }

        private static let moment = Date(timeIntervalSince1970: 1_800_000_000)
        private static let fields = [FaultyField(name: "email", fault: .malformed)]

        private static let samples: [Failure] = [
            .IdentityInvalid(kind: .nationalId),
            .SignInIncomplete,
            .CaptchaWrong,
            .CaptchaExpired,
            .CredentialsWrong(triesLeft: 2),
            .LockedOut(wait: 900),
            .SessionOver,
            .AnotherPerson,
            .SignInUnsupported,
            .LinkInvalid,
            .PortalNotOurs,
            .OrderUnknown,
            .OrderClosed,
            .OrderMovedOn,
            .FormInvalid(fields: fields),
            .FormFieldLocked(fields: fields),
            .FormChanged,
            .CodeMalformed(length: 6),
            .CodeWrong(triesLeft: 1),
            .CodeUsedUp,
            .CodeExpired,
            .CodeTooSoon(wait: 45),
            .MethodUnavailable,
            .SignatureUnsupported,
            .DocumentAltered,
            .DocumentUnknown,
            .ReaderMissing,
            .ReaderNotPermitted,
            .ReaderBusy,
            .ReaderUnsupported,
            .ReaderFailed,
            .CardMissing,
            .CardLost,
            .CardTimeout,
            .CardCancelled,
            .CardUnsupported,
            .CardWithoutCertificate,
            .CardChanged,
            .CardFailed(detail: "6A82"),
            .CardOfAnotherPerson,
            .CertificateChoiceNeeded,
            .PinMalformed(minLength: 4, maxLength: 8),
            .PinWrong(triesLeft: 2),
            .PinBlocked,
            .PinLastTry,
            .PinOutcomeUnknown,
            .PinNotActivated,
            .PinNotAllowedHere,
            .CertificateExpired(since: moment),
            .CertificateNotYetValid(from: moment),
            .CertificateNotQualified(detail: "qcStatements"),
            .CertificateMalformed,
            .SignatureSelfCheckFailed,
            .SignatureRefused,
            .SignerNotApplicant,
            .CertificateRefused,
            .TimestampUnavailable,
            .ClockWrong,
            .PortalUnreachable,
            .PortalTimeout,
            .PortalUntrusted,
            .PortalWrongHost,
            .PortalInsecure,
            .PortalGarbled,
            .PortalUnavailable(wait: 30),
            .RateLimited(wait: 60),
            .PortalRefused(detail: "urn:basvuru:problem:new"),
            .AppOutdated(version: "2.0.0"),
            .AnswerNotExpected,
            .ConfigurationInvalid(detail: "portal"),
            .VaultUnavailable,
            .JournalUnreadable,
            .JournalTooNew,
            .JournalBusy,
            .StorageFailed(detail: "full"),
            .Internal(detail: "task"),
        ]
    }
}
