package basvuru.android.model

import basvuru.core.Answer
import basvuru.core.Receipt
import basvuru.core.SignedInDevice

/** What a person did on a screen. Prints its case only: an answer carries what was typed. */
sealed interface Action {
    /** An answer to the step. */
    class Reply(val answer: Answer) : Action {
        override fun toString() = "Reply ${answer::class.simpleName}"
    }

    /** Whoever has the word is asked again, by the app itself: of a failure nobody hears who did not ask. */
    data object AskAgain : Action

    /** The way to another place beside the journey; `null` leads back to the journey. */
    data class Go(val outside: Outside?) : Action

    /** The way back: the arrow, and the system's gesture. */
    data object Back : Action

    /** What was typed into the form is to be kept. */
    data object KeepDraft : Action

    /** Stop waiting for what is under way. */
    data object Cancel : Action

    /** What a failure advised to do. */
    data class Mend(val remedy: Remedy) : Action

    /** Everything of everybody on this phone is erased. */
    data object Erase : Action

    /** Card care: look at the card in a reader. */
    data class LookAtCard(val reader: String) : Action

    /** Card care: change the PIN as it was typed. */
    data object ChangePin : Action

    /** The journey came upon a PIN that is blocked: the way to the PUK of the card in this reader. */
    data class AskForPuk(val reader: String) : Action

    /** Unblock the PIN with the PUK, as both were typed. */
    data object UnblockPin : Action

    /** Another device of this person is signed out. */
    data class SignOutDevice(val device: SignedInDevice) : Action

    /** Diagnostics: a reader tests itself. */
    data class TestReader(val reader: String) : Action

    /** The signed application and its receipt, to hand to another app. */
    class ShareReceipt(val receipt: Receipt, val summary: String? = null) : Action {
        override fun toString() = "ShareReceipt"
    }

    /** The signed application, to keep as a file. */
    class SaveReceipt(val receipt: Receipt) : Action {
        override fun toString() = "SaveReceipt"
    }

    /** The redacted diagnosis, to hand to whoever helps. */
    data object ShareDiagnosis : Action

    /** Whether the app takes its colours from the phone's wallpaper. */
    data class DynamicColour(val on: Boolean) : Action

    /** Something another app does, or the system. */
    data class Run(val errand: Errand) : Action
}

/** A place beside the journey. */
enum class Outside {
    WELCOME,
    HELP,
    HISTORY,

    /** Where this person is signed in. */
    DEVICES,
    CARE,

    /** The PIN of the journey's card is unblocked, and the journey goes on. */
    UNBLOCK,
    ABOUT,
    LICENCES
    ;

    /** Where the way back leads: `null` is the journey. */
    val parent: Outside?
        get() = when (this) {
            WELCOME, HELP, UNBLOCK -> null
            HISTORY, DEVICES, CARE, ABOUT -> HELP
            LICENCES -> ABOUT
        }
}

/** What the system or another app does for this one. */
sealed interface Errand {
    data class Call(val phone: String) : Errand

    data class Write(val email: String) : Errand

    data class Browse(val address: String) : Errand

    data class Copy(val text: String) : Errand

    /** The page of this app where apps are had from. */
    data object Update : Errand

    data class Settings(val which: SettingsPage) : Errand

    /** A file to hand to another app, with words to go with it. */
    class Share(val file: SharedFile, val text: String? = null) : Errand {
        override fun toString() = "Share"
    }

    /** A file to keep where the person wants it. */
    class Save(val file: SharedFile) : Errand {
        override fun toString() = "Save"
    }

    /** The spoken picture code. */
    class Play(val sound: ByteArray) : Errand {
        override fun toString() = "Play"
    }
}

enum class SettingsPage { NFC, NETWORK, DATE }

/** A file that leaves the app. What is in it is read when it goes. */
class SharedFile(val name: String, val mediaType: String, val octets: () -> ByteArray)
