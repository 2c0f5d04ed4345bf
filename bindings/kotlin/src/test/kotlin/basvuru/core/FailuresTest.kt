package basvuru.core

import java.io.File
import java.time.Instant
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertNotEquals
import kotlin.test.assertTrue

/** Every failure in words. */
class FailuresTest {
    @Test
    fun `every failure has a code, and says in both languages what happened and what to do`() {
        for (failure in samples) {
            val turkish = explain(failure, Language.TURKISH)
            val english = explain(failure, Language.ENGLISH)
            assertTrue(Regex("BSV-[0-9]{3}").matches(turkish.code), turkish.code)
            assertEquals(turkish.code, english.code)
            assertTrue(failure.toString().startsWith("${turkish.code} "), failure.toString())
            assertEquals(failure.toString(), failure.message)
            assertEquals(turkish.cause, english.cause)
            for (sentence in listOf(turkish.what, turkish.next, english.what, english.next)) {
                assertTrue(sentence.endsWith("."), sentence)
            }
            assertNotEquals(turkish.what, english.what)
            assertNotEquals(turkish.next, english.next)
        }
    }

    @Test
    fun `the cause stands beside the sentence`() {
        val failure = Failure.StorageFailed(StorageFault.DISK_FULL, "SQLite: DiskFull")
        for (language in Language.entries) {
            val explanation = explain(failure, language)
            assertEquals("SQLite: DiskFull", explanation.cause)
            assertFalse("SQLite" in explanation.what + explanation.next)
        }
    }

    @Test
    fun `no failure is missing from this list`() {
        val listed = File(System.getProperty("basvuru.boundary")).readLines()
            .dropWhile { it != "failure Failure" }
            .drop(2)
            .takeWhile { it.startsWith("    ") }
            .map { it.trim().substringBefore(" ") }
        assertEquals(listed, samples.map { it::class.simpleName })
    }

    private val moment = Instant.ofEpochSecond(1_800_000_000)
    private val fields = listOf(FaultyField("email", FieldFault.MALFORMED))

    private val samples = listOf(
        Failure.IdentityInvalid(IdentityKind.NATIONAL_ID),
        Failure.SignInIncomplete(),
        Failure.CaptchaWrong(),
        Failure.CaptchaExpired(),
        Failure.CredentialsWrong(2u),
        Failure.LockedOut(900u),
        Failure.DeviceWaits(45u),
        Failure.SessionOver(),
        Failure.AnotherPerson(),
        Failure.SignInUnsupported(),
        Failure.LinkInvalid(),
        Failure.PortalNotOurs(),
        Failure.OrderUnknown(),
        Failure.OrderClosed(),
        Failure.OrderMovedOn(),
        Failure.FormInvalid(fields),
        Failure.FormFieldLocked(fields),
        Failure.FormChanged(),
        Failure.DraftTooLarge(),
        Failure.CodeMalformed(6u),
        Failure.CodeWrong(1u),
        Failure.CodeUsedUp(),
        Failure.CodeExpired(),
        Failure.CodeTooSoon(45u),
        Failure.NumberNotConfirmed(),
        Failure.MethodUnavailable(),
        Failure.SignatureUnsupported(),
        Failure.DocumentAltered(),
        Failure.DocumentUnknown(),
        Failure.ReaderMissing(),
        Failure.ReaderNotPermitted(),
        Failure.ReaderBusy(),
        Failure.ReaderUnsupported(UnsupportedReason.TOKEN),
        Failure.ReaderFailed(),
        Failure.CardMissing(),
        Failure.CardLost(),
        Failure.CardTimeout(),
        Failure.CardCancelled(),
        Failure.CardUnsupported(),
        Failure.CardWithoutCertificate(),
        Failure.CardChanged(),
        Failure.CardFailed(CardFault.REFUSED, "2A: 6A82"),
        Failure.CardOfAnotherPerson(),
        Failure.CertificateChoiceNeeded(),
        Failure.PinMalformed(4u, 8u, true),
        Failure.PinWrong(2u),
        Failure.PinBlocked(),
        Failure.PinLastTry(),
        Failure.PinOutcomeUnknown(),
        Failure.PinNotActivated(),
        Failure.PinNotAllowedHere(),
        Failure.NewPinMalformed(4u, 8u, true),
        Failure.NewPinSame(),
        Failure.PinChangeOutcomeUnknown(),
        Failure.PinUnchangeable(),
        Failure.PukMalformed(8u, 8u, true),
        Failure.PukWrong(2u),
        Failure.PukBlocked(),
        Failure.PukLastTry(),
        Failure.PukOutcomeUnknown(),
        Failure.PukUnavailable(),
        Failure.UnblockingRefused(),
        Failure.PinKept(),
        Failure.UnblockingUnavailable(),
        Failure.CertificateExpired(moment),
        Failure.CertificateNotYetValid(moment),
        Failure.CertificateNotQualified(QualificationFault.SEAL, "the certificate is a seal"),
        Failure.CertificateMalformed(),
        Failure.SignatureSelfCheckFailed(),
        Failure.SignatureRefused(),
        Failure.SignerNotApplicant(),
        Failure.HolderNameDiffers(),
        Failure.CertificateStateUnknown(),
        Failure.CertificateRefused(),
        Failure.CertificateSuspended(),
        Failure.TimestampUnavailable(),
        Failure.ClockWrong(),
        Failure.DeviceClockWrong(moment, moment),
        Failure.PortalUnreachable(),
        Failure.PortalTimeout(),
        Failure.ProxyFailed(ProxyFault.REFUSED, "vekil.example:3128"),
        Failure.PortalUntrusted(),
        Failure.PortalWrongHost(),
        Failure.PortalNotCurrent(moment),
        Failure.PortalInsecure(),
        Failure.PortalGarbled(),
        Failure.PortalUnavailable(30u),
        Failure.RateLimited(60u),
        Failure.PortalRefused("urn:basvuru:problem:new"),
        Failure.AppOutdated("2.0.0"),
        Failure.AnswerNotExpected(),
        Failure.Cancelled(),
        Failure.ConfigurationInvalid(ConfigurationFault.ADDRESS, "no URL"),
        Failure.TextUnreadable(),
        Failure.VaultUnavailable(),
        Failure.JournalUnreadable(),
        Failure.JournalTooNew(),
        Failure.JournalBusy(),
        Failure.StorageFailed(StorageFault.DISK_FULL, "SQLite: DiskFull"),
        Failure.AnotherPortal("https://basvuru.example"),
        Failure.SubmissionUnderWay(),
        Failure.Internal("task"),
    )
}
