package basvuru.android.phone

import android.app.PendingIntent
import android.content.Intent
import android.telephony.SmsManager
import java.io.ByteArrayOutputStream
import org.robolectric.RuntimeEnvironment
import org.robolectric.annotation.Implementation
import org.robolectric.annotation.Implements
import org.robolectric.shadows.ShadowSmsManager

/** The system's side of app-specific tokens: gives tokens, and the messages that carry them. */
object TextMessageService {
    private val expecting = LinkedHashMap<String, PendingIntent>()

    /** Tokens in the order in which they were given. */
    val tokens: List<String> get() = expecting.keys.toList()

    fun install() = expecting.clear()

    /** Eleven characters of base64, as Android's are. */
    internal fun token(intent: PendingIntent): String = "token%06d".format(expecting.size).also { expecting[it] = intent }

    /** A message comes that carries a token; the system gives it to whoever made the token. */
    fun deliver(token: String, text: String, sender: String = "+905320000000") {
        val pdus = text.chunked(PART).let { parts -> Array(parts.size) { pdu(parts[it], it + 1, parts.size, sender) } }
        val extras = Intent().putExtra("pdus", pdus).putExtra("format", "3gpp")
        try {
            checkNotNull(expecting[token]).send(RuntimeEnvironment.getApplication(), 0, extras)
        } catch (_: PendingIntent.CanceledException) {
            // Nobody waits for it any more.
        }
    }

    /** SMS-DELIVER (3GPP TS 23.040, 9.2.2.1) of one part of a concatenated message (9.2.3.24.1) in UCS-2. */
    private fun pdu(part: String, number: Int, count: Int, sender: String): ByteArray = ByteArrayOutputStream().apply {
        val digits = sender.removePrefix("+")
        // No service centre; user data with a header.
        write(byteArrayOf(0, 0x44, digits.length.toByte(), 0x91.toByte()))
        digits.padEnd((digits.length + 1) / 2 * 2, 'F').chunked(2).forEach { write("${it[1]}${it[0]}".toInt(16)) }
        // UCS-2, and a time.
        write(byteArrayOf(0, 8, 0x62, 0x11, 0x62, 0x21, 0x43, 0x65, 0x21))
        val text = part.toByteArray(Charsets.UTF_16BE)
        write(6 + text.size)
        write(byteArrayOf(5, 0, 3, 7, count.toByte(), number.toByte()))
        write(text)
    }.toByteArray()

    private const val PART = 67
}

@Implements(SmsManager::class)
class SmsManagerShadow : ShadowSmsManager() {
    @Implementation
    fun createAppSpecificSmsToken(intent: PendingIntent): String = TextMessageService.token(intent)
}
