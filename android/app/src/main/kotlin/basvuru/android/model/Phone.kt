package basvuru.android.model

import android.graphics.Bitmap
import basvuru.core.CardDeskInterface
import basvuru.core.CertificateApplicationInterface
import basvuru.core.Invitation
import basvuru.core.Language
import basvuru.core.ReaderDescription
import basvuru.core.WorkStage
import kotlinx.coroutines.flow.StateFlow

/** The phone as the model sees it. What reads files says that it blocks; everything else returns at once. */
interface Phone {
    /** Origins of the portals this app was built for. */
    val portals: List<String>

    /** What the phone can do just now; kept fresh while the app is on the screen. */
    val condition: StateFlow<PhoneCondition>

    /** Readers that can be used just now: NFC while it is on, and each reader on USB. */
    val readers: StateFlow<List<ReaderDescription>>

    /** Names of devices on USB that look like readers and have no smart-card interface. */
    val unusableReaders: StateFlow<List<String>>

    /** What the core says it is doing. */
    val progress: StateFlow<Progress?>

    /** Whether the key that seals the journal is gone for good. */
    val keyLost: Boolean

    /** What a person tells the support line about this phone. */
    val about: PhoneAbout

    /** Whether the app takes its colours from the phone's wallpaper. Kept. */
    var dynamicColour: Boolean

    /** A fresh token, good for one text message, which [onMessage] then gets; none where the phone has none to give. */
    fun messageToken(onMessage: (text: String, sender: String?) -> Unit): String?

    /** Nothing is under way any more: what was told of it is old. */
    fun clearProgress()

    /** No message is waited for any more. */
    fun forgetMessages()

    /** Whether a screen is shown on which a card is held to the phone. Only there does NFC look for one. */
    fun cardScreen(shown: Boolean)

    /** Opens the journey. Blocks; throws the core's `Failure`. */
    fun open(opening: Opening): CertificateApplicationInterface

    /** Opens the desk for card care. Blocks; throws the core's `Failure`. */
    fun openDesk(language: Language): CardDeskInterface

    /** Erases the journey's folder and the key that sealed it, for a fresh start. Blocks. */
    fun forget()

    /** A document's pages. Blocks. */
    fun pages(pdf: ByteArray): PageSource

    /** Milliseconds by a clock that never jumps. */
    fun steadyMilliseconds(): Long
}

/** How a journey is opened. Without an invitation: the portal that was used last, or the first one the app was built for. */
data class Opening(val language: Language, val invitation: Invitation?)

/** What the core says it is doing. */
data class Progress(val stage: WorkStage, val sentence: String)

/** What the phone can do just now. */
data class PhoneCondition(val nfc: NfcCondition, val antenna: Antenna?, val usbHost: Boolean, val online: Boolean)

enum class NfcCondition { ABSENT, OFF, ON }

/** Where the NFC antenna is, as parts of the width and height, from the top left as seen from the screen's side. */
data class Antenna(val x: Float, val y: Float)

/** What a person tells the support line about this phone. */
data class PhoneAbout(val appVersion: String, val androidVersion: String, val phoneModel: String)

/** The pages of a document. */
interface PageSource : AutoCloseable {
    val count: Int

    /** Height of a page in parts of its width. */
    fun aspect(index: Int): Float

    /** Draws a page as wide as [width] pixels, on white; nothing once it was closed. Blocks. */
    fun draw(index: Int, width: Int): Bitmap?
}
