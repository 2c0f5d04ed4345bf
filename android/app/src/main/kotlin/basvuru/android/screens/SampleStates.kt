package basvuru.android.screens

import android.graphics.Bitmap
import android.graphics.Canvas
import android.graphics.Color
import android.graphics.Paint
import android.os.SystemClock
import androidx.core.graphics.createBitmap
import androidx.core.graphics.withRotation
import basvuru.android.model.Antenna
import basvuru.android.model.Busy
import basvuru.android.model.Frame
import basvuru.android.model.NfcCondition
import basvuru.android.model.PageSource
import basvuru.android.model.PhoneCondition
import basvuru.android.model.Remedy
import basvuru.android.model.Trouble
import basvuru.core.CaptchaFiles
import basvuru.core.CardLink
import basvuru.core.Explanation
import basvuru.core.Failure
import basvuru.core.Place
import basvuru.core.ReaderDescription
import basvuru.core.Receipt
import basvuru.core.SupportContact
import basvuru.core.explain
import java.io.ByteArrayOutputStream

// Invented people, applications and cards for the named states.

internal fun Wording.frame(number: Int, name: String, title: String, hint: String, back: Boolean = false) = Frame(
    title = title,
    hint = hint,
    place = Place(number.toUByte(), STEPS, name),
    back = back,
    support = SupportContact("+90 444 5 576", "destek@basvuru.example")
)

internal fun Frame.failed(words: Wording, failure: Failure, vararg remedies: Remedy): Frame {
    val told = explain(failure, words.language)
    return copy(
        trouble = Trouble(
            failure,
            told.copy(what = words.say(told.what, told.what), next = words.say(told.next, told.next)),
            remedies.toList()
        )
    )
}

internal fun Wording.notice(failure: Failure): Explanation = explain(failure, language)

/** Under way for so many seconds. */
internal fun busy(seconds: Int, sentence: String? = null) = Busy(SystemClock.elapsedRealtime() - seconds * 1_000L, sentence = sentence)

internal const val PERSON = "Işıl Gülçağ ÖRNEKŞEN"

internal val ready = PhoneCondition(NfcCondition.ON, Antenna(0.5f, 0.3f), usbHost = true, online = true)
internal val nfcReader = ReaderDescription("nfc", "NFC", CardLink.NFC)
internal val usbReader = ReaderDescription("usb", "ACS ACR39U ICC Reader", CardLink.CONTACT)

internal val sampleReceipt = Receipt(
    "2026-000001-1",
    "order-1",
    "2026-11-22T15:08:31Z",
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "5f3a9c"
)

/** A picture code as the portal draws one. */
internal val sampleCaptcha: CaptchaFiles by lazy {
    val bitmap = createBitmap(480, 140)
    val paint = Paint(Paint.ANTI_ALIAS_FLAG).apply {
        color = Color.rgb(30, 60, 80)
        textSize = 84f
    }
    Canvas(bitmap).run {
        drawColor(Color.WHITE)
        "K7PXM4".forEachIndexed { index, letter ->
            withRotation(if (index % 2 == 0) -9f else 8f, 60f + 72f * index, 80f) {
                drawText(letter.toString(), 40f + 72f * index, 100f, paint)
            }
        }
        paint.strokeWidth = 3f
        drawLine(10f, 90f, 470f, 40f, paint)
        drawLine(10f, 50f, 470f, 100f, paint)
    }
    CaptchaFiles("captcha-1", ByteArrayOutputStream().also { bitmap.compress(Bitmap.CompressFormat.PNG, 100, it) }.toByteArray(), null)
}

/** Pages with a heading and lines, as a form has them. */
internal class SamplePages(override val count: Int, private val title: String) : PageSource {
    override fun aspect(index: Int) = 1.414f

    override fun draw(index: Int, width: Int): Bitmap {
        val bitmap = createBitmap(width, (width * aspect(index)).toInt())
        val paint = Paint(Paint.ANTI_ALIAS_FLAG).apply {
            color = Color.rgb(24, 49, 83)
            textSize = width / 32f
        }
        val canvas = Canvas(bitmap)
        canvas.drawColor(Color.WHITE)
        canvas.drawText(title, width * 0.1f, width * 0.14f, paint)
        paint.color = Color.rgb(200, 206, 214)
        for (line in 0..20) {
            val y = width * (0.24f + 0.05f * line)
            canvas.drawRect(width * 0.1f, y, width * if (line % 4 == 3) 0.6f else 0.9f, y + width * 0.018f, paint)
        }
        return bitmap
    }

    override fun close() = Unit
}

private val STEPS: UByte = 7u
