package basvuru.android.ports

import android.annotation.SuppressLint
import android.app.PendingIntent
import android.content.BroadcastReceiver
import android.content.Context
import android.content.Intent
import android.content.IntentFilter
import android.os.Build
import java.util.concurrent.ConcurrentHashMap

/**
 * Receives what the system answers to a pending intent of a port. It is named in the manifest and not exported, because what is
 * registered at run time can be called by every app before Android 13.
 */
class AnswerReceiver : BroadcastReceiver() {
    override fun onReceive(context: Context, intent: Intent) {
        intent.action?.let { answers.remove(it) }?.invoke(intent)
    }

    internal companion object {
        /** Who waits for which action. */
        val answers = ConcurrentHashMap<String, (Intent) -> Unit>()
    }
}

/** An intent that only this app receives, once, and that the system may fill in. */
internal fun Context.answer(action: String, number: Int, then: (Intent) -> Unit): PendingIntent {
    val mutable = if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.S) PendingIntent.FLAG_MUTABLE else 0
    AnswerReceiver.answers[action] = then
    return PendingIntent.getBroadcast(
        this,
        number,
        Intent(action).setClass(this, AnswerReceiver::class.java),
        mutable or PendingIntent.FLAG_UPDATE_CURRENT
    )
}

/** Hears broadcasts that only the system can send; which they are stands where this is called. */
@SuppressLint("UnspecifiedRegisterReceiverFlag")
internal fun Context.listen(filter: IntentFilter, receiver: BroadcastReceiver) {
    if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.TIRAMISU) {
        registerReceiver(receiver, filter, Context.RECEIVER_NOT_EXPORTED)
    } else {
        registerReceiver(receiver, filter)
    }
}
