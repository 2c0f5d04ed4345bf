package basvuru.android.model

import basvuru.core.CardLink
import basvuru.core.CertificateApplicationInterface
import basvuru.core.Explanation
import basvuru.core.Language
import basvuru.core.Pin
import basvuru.core.PinRules
import java.time.Instant

// The part of the boundary that the core has not got on this branch yet, in the shape it will have there. Goes when it has.

interface CardDeskInterface {
    suspend fun look(reader: String): CardReport

    suspend fun changePin(reader: String, pin: Pin, newPin: Pin, lastTryConfirmed: Boolean): CardReport

    suspend fun testReader(reader: String): ReaderReport

    fun cancel()

    fun setLanguage(language: Language)
}

data class CardReport(
    val reader: String,
    val label: String,
    val serial: String?,
    val holder: String?,
    val certificates: List<CertificateReport>,
    val pin: PinRules,
    val triesLeft: UByte?,
    val triesSentence: String?,
    val notice: Explanation?,
)

data class CertificateReport(
    val serial: String,
    val holder: String,
    val issuer: String,
    val validFrom: Instant,
    val validUntil: Instant,
    val daysLeft: Int?,
    val sentence: String,
    val usable: Boolean,
)

data class ReaderReport(val name: String, val link: CardLink, val exchange: String, val cardPresent: Boolean, val sentences: List<String>)

fun CertificateApplicationInterface.cancel() = Unit

fun diagnosis(): String = ""

fun licences(): String = ""
