package basvuru.core

import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.boolean
import kotlinx.serialization.json.int
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive

/** The portal, its mails and text messages, and everybody's cards: a process that ends with this one. */
internal object World {
    private val process: Process = ProcessBuilder(System.getProperty("basvuru.world"), "--json")
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start()
    private val description: JsonObject = Json.parseToJsonElement(process.inputReader().readLine()).jsonObject
    private val control = description.text("control")
    private val http: HttpClient = HttpClient.newHttpClient()

    val portal: String = description.text("portal")
    val trust: ByteArray = description.text("trust").toByteArray()

    /** Somebody new who was invited, with a card of their own. */
    fun invite(): Applicant =
        Applicant(ask(HttpRequest.newBuilder(path("/applicants")).POST(HttpRequest.BodyPublishers.noBody())))

    /** The newest text message to a number; the world waits until there is one. */
    fun newestText(number: String): String = ask(HttpRequest.newBuilder(path("/texts/$number/1"))).text("text")

    /** What has reached somebody's card, however it was sent there. */
    fun cardTrace(applicant: Applicant): CardTrace {
        val trace = ask(HttpRequest.newBuilder(path("/cards/${applicant.identity}")))
        return CardTrace(
            instructions = trace.text("instructions").hexToByteArray().map { it.toUByte().toInt() },
            triesLeft = trace.getValue("tries_left").jsonPrimitive.int,
        )
    }

    /** What is in the picture. */
    fun captcha(id: String): String = ask(HttpRequest.newBuilder(path("/captchas/$id"))).text("text")

    private fun path(path: String) = URI("$control$path")

    private fun ask(request: HttpRequest.Builder): JsonObject {
        val answer = http.send(request.build(), HttpResponse.BodyHandlers.ofString())
        check(answer.statusCode() == 200) { answer.body() }
        return Json.parseToJsonElement(answer.body()).jsonObject
    }
}

/** Somebody who was invited. */
internal class Applicant(description: JsonObject) {
    val identity: String = description.text("identity")
    val phone: String = description.text("phone")
    val order: String = description.text("order")
    val accessPassword: String = description.text("access_password")
    val pin: String = description.text("pin")
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

/** The instruction bytes of all commands that reached a card, and the PIN tries that are left. */
internal class CardTrace(val instructions: List<Int>, val triesLeft: Int)

private fun JsonObject.text(name: String): String = getValue(name).jsonPrimitive.content
