package basvuru.core

import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.boolean
import kotlinx.serialization.json.contentOrNull
import kotlinx.serialization.json.int
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive

/** The portal, its mails and text messages, and everybody's cards: a process that ends with this one. */
internal object World {
    // Nobody in a test waits a minute for another code.
    private val process: Process = ProcessBuilder(System.getProperty("basvuru.world"), "--json", "--resend-after", "0")
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start()
    private val description: JsonObject = Json.parseToJsonElement(process.inputReader().readLine()).jsonObject
    private val control = description.text("control")
    private val http: HttpClient = HttpClient.newHttpClient()

    val portal: String = description.text("portal")
    val trust: ByteArray = description.text("trust").toByteArray()

    /** Somebody new who was invited, with a card of their own. */
    fun invite(): Applicant =
        Applicant(ask(path("/applicants").POST(HttpRequest.BodyPublishers.noBody())).jsonObject)

    /** Somebody is invited anew, with another order and another access password, which ends what was begun with the one before. */
    fun inviteAgain(applicant: Applicant): Applicant =
        Applicant(ask(path("/applicants/${applicant.identity}/invitation").POST(HttpRequest.BodyPublishers.noBody())).jsonObject)

    /** The newest text message to a number; the world waits until so many have come. */
    fun newestText(number: String, count: Int = 1): String = ask(path("/texts/$number/$count")).jsonObject.text("text")

    /** Every command that reached somebody's card, in order, however it was sent there. */
    fun commands(applicant: Applicant): List<CardCommand> =
        ask(path("/cards/${applicant.identity}/commands")).jsonArray.map { CardCommand(it.jsonObject) }

    /** The link in the mail that invited somebody. */
    fun invitation(applicant: Applicant): String = ask(path("/mails/${applicant.email}")).jsonArray
        .flatMap { it.jsonPrimitive.content.split(Regex("\\s+")) }
        .first { it.startsWith("$portal/") }

    /** The institution has answered that the number stated for an order is the applicant's, or that it is not. */
    fun answerForInstitution(order: String, confirmed: Boolean) {
        ask(path("/orders/$order/number/${if (confirmed) "confirmed" else "refused"}").POST(HttpRequest.BodyPublishers.noBody()))
    }

    /** What is in the picture. */
    fun captcha(id: String): String = ask(path("/captchas/$id")).jsonObject.text("text")

    private fun path(path: String): HttpRequest.Builder = HttpRequest.newBuilder(URI("$control$path"))

    private fun ask(request: HttpRequest.Builder): JsonElement {
        val answer = http.send(request.build(), HttpResponse.BodyHandlers.ofString())
        check(answer.statusCode() == 200) { answer.body() }
        return Json.parseToJsonElement(answer.body())
    }
}

/** Somebody who was invited. */
internal class Applicant(description: JsonObject) {
    val identity: String = description.text("identity")
    val phone: String = description.text("phone")
    val email: String = description.text("email")
    val order: String = description.text("order")
    val accessPassword: String = description.text("access_password")
    val pin: String = description.text("pin")
    val puk: String = description.text("puk")
    val card = Card(description.getValue("card").jsonObject)

    /** Where the person's card is, and what a reader would know of it. */
    class Card(description: JsonObject) {
        val contactPort: Int = description.getValue("contact_port").jsonPrimitive.int
        val nfcPort: Int = description.getValue("nfc_port").jsonPrimitive.int
        val usbPort: Int = description.getValue("usb_port").jsonPrimitive.int
        val historicalBytes: ByteArray = description.text("historical_bytes").hexToByteArray()
        val extendedLength: Boolean = description.getValue("extended_length").jsonPrimitive.boolean
    }
}

/** What reached a card, and how it was answered: not at all where the card lost its power meanwhile. */
internal class CardCommand(description: JsonObject) {
    private val octets: ByteArray = description.text("command").hexToByteArray()
    val status: String? = description.getValue("status").jsonPrimitive.contentOrNull

    /** VERIFY with a PIN (ISO/IEC 7816-4); without one it asks for the tries that are left. */
    val isPin: Boolean get() = octets[1] == 0x20.toByte() && octets.size > 5

    /** PSO: COMPUTE DIGITAL SIGNATURE (ISO/IEC 7816-8). */
    val isSigning: Boolean get() = octets[1] == 0x2A.toByte() && octets[2] == 0x9E.toByte()

    /** CHANGE REFERENCE DATA (ISO/IEC 7816-4). */
    val isPinChange: Boolean get() = octets[1] == 0x24.toByte()

    /** RESET RETRY COUNTER (ISO/IEC 7816-4). */
    val isUnblocking: Boolean get() = octets[1] == 0x2C.toByte()
}

private fun JsonObject.text(name: String): String = getValue(name).jsonPrimitive.content
