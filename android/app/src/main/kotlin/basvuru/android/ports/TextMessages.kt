package basvuru.android.ports

import android.app.Application
import android.app.PendingIntent
import android.content.pm.PackageManager
import android.os.Build
import android.provider.Telephony
import android.telephony.SmsManager

/**
 * The one text message that is meant for this app: a message that carries the token is given to the app that made the token, and
 * no permission to read messages is needed. A token is good for one message, and a newer one replaces it.
 */
class TextMessages(private val application: Application) {
    // The following belong to the main thread, on which broadcasts arrive too.
    private var request = 0
    private var expected: PendingIntent? = null

    /**
     * A token for the next message; `null` where this device has none to give. `arrived` gets that message's text and sender,
     * on the main thread, and no other message's: what an older token brings is dropped.
     */
    fun token(arrived: (text: String, sender: String?) -> Unit): String? {
        forget()
        if (!application.packageManager.hasSystemFeature(PackageManager.FEATURE_TELEPHONY)) return null
        val mine = request
        // An action of its own for each token, so that a late message of an older one finds nobody.
        val intent = application.answer("basvuru.ports.TEXT_MESSAGE.$mine", mine) { intent ->
            if (mine != request) return@answer
            val parts = Telephony.Sms.Intents.getMessagesFromIntent(intent).orEmpty().filterNotNull()
            val text = parts.joinToString("") { it.displayMessageBody.orEmpty() }
            if (text.isNotEmpty()) arrived(text, parts.first().displayOriginatingAddress)
        }
        expected = intent
        return try {
            manager()?.createAppSpecificSmsToken(intent)
        } catch (_: RuntimeException) {
            // Some makers' telephony has no such service. The code can be typed.
            null
        }
    }

    /** No message is expected any more. */
    fun forget() {
        request += 1
        expected?.cancel()
        expected = null
    }

    private fun manager(): SmsManager? = if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.S) {
        application.getSystemService(SmsManager::class.java)
    } else {
        @Suppress("DEPRECATION")
        SmsManager.getDefault()
    }
}
