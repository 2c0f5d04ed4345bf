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
                #expect(failure.description.hasPrefix("\(turkish.code) "))
                #expect("\(failure)" == failure.description)
                #expect(failure.localizedDescription == failure.description)
                #expect(String(reflecting: failure) == failure.description)
                #expect(turkish.cause == english.cause)
                for sentence in [turkish.what, turkish.next, english.what, english.next] {
                    #expect(sentence.hasSuffix("."))
                }
                #expect(turkish.what != english.what)
                #expect(turkish.next != english.next)
            }
        }

        @Test("the cause stands beside the sentence")
        func cause() {
            let failure = Failure.StorageFailed(fault: .diskFull, detail: "SQLite: DiskFull")
            for language in [Language.turkish, .english] {
                let explanation = explain(failure: failure, language: language)
                #expect(explanation.cause == "SQLite: DiskFull")
                #expect(!(explanation.what + explanation.next).contains("SQLite"))
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
            // What is printed begins with the code and the name.
            let named = Self.samples.map { failure in
                String(failure.description.split(separator: " ")[1])
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
            .DeviceWaits(wait: 45),
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
            .DraftTooLarge,
            .CodeMalformed(length: 6),
            .CodeWrong(triesLeft: 1),
            .CodeUsedUp,
            .CodeExpired,
            .CodeTooSoon(wait: 45),
            .NumberNotConfirmed,
            .MethodUnavailable,
            .SignatureUnsupported,
            .DocumentAltered,
            .DocumentUnknown,
            .ReaderMissing,
            .ReaderNotPermitted,
            .ReaderBusy,
            .ReaderUnsupported(reason: .token),
            .ReaderFailed,
            .CardMissing,
            .CardLost,
            .CardTimeout,
            .CardCancelled,
            .CardUnsupported,
            .CardWithoutCertificate,
            .CardChanged,
            .CardFailed(fault: .refused, detail: "2A: 6A82"),
            .CardOfAnotherPerson,
            .CertificateChoiceNeeded,
            .PinMalformed(minLength: 4, maxLength: 8, numeric: true),
            .PinWrong(triesLeft: 2),
            .PinBlocked,
            .PinLastTry,
            .PinOutcomeUnknown,
            .PinNotActivated,
            .PinNotAllowedHere,
            .NewPinMalformed(minLength: 4, maxLength: 8, numeric: true),
            .NewPinSame,
            .PinChangeOutcomeUnknown,
            .PinUnchangeable,
            .PukMalformed(minLength: 8, maxLength: 8, numeric: true),
            .PukWrong(triesLeft: 2),
            .PukBlocked,
            .PukLastTry,
            .PukOutcomeUnknown,
            .PukUnavailable,
            .UnblockingRefused,
            .PinKept,
            .UnblockingUnavailable,
            .CertificateExpired(since: moment),
            .CertificateNotYetValid(from: moment),
            .CertificateNotQualified(fault: .seal, detail: "the certificate is a seal"),
            .CertificateMalformed,
            .SignatureSelfCheckFailed,
            .SignatureRefused,
            .SignerNotApplicant,
            .HolderNameDiffers,
            .CertificateStateUnknown,
            .CertificateRefused,
            .CertificateSuspended,
            .TimestampUnavailable,
            .ClockWrong,
            .DeviceClockWrong(device: moment, portal: moment),
            .PortalUnreachable,
            .PortalTimeout,
            .ProxyFailed(fault: .refused, proxy: "vekil.example:3128"),
            .PortalUntrusted,
            .PortalWrongHost,
            .PortalNotCurrent(device: moment),
            .PortalInsecure,
            .PortalGarbled,
            .PortalUnavailable(wait: 30),
            .RateLimited(wait: 60),
            .PortalRefused(detail: "urn:basvuru:problem:new"),
            .AppOutdated(version: "2.0.0"),
            .AnswerNotExpected,
            .Cancelled,
            .ConfigurationInvalid(fault: .address, detail: "no URL"),
            .TextUnreadable,
            .VaultUnavailable,
            .JournalUnreadable,
            .JournalTooNew,
            .JournalBusy,
            .StorageFailed(fault: .diskFull, detail: "SQLite: DiskFull"),
            .AnotherPortal(portal: "https://basvuru.example"),
            .SubmissionUnderWay,
            .Internal(detail: "task"),
        ]
    }
}
