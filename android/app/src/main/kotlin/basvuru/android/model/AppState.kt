package basvuru.android.model

import basvuru.core.Answer
import basvuru.core.CardLink
import basvuru.core.CardReport
import basvuru.core.Explanation
import basvuru.core.Failure
import basvuru.core.Language
import basvuru.core.Place
import basvuru.core.PrivacyNotice
import basvuru.core.ReaderDescription
import basvuru.core.ReaderReport
import basvuru.core.Receipt
import basvuru.core.Screen
import basvuru.core.SignedInDevice
import basvuru.core.Step
import basvuru.core.SupportContact
import basvuru.core.WorkStage

/** Everything the screens are drawn from. */
data class AppState(
    /** None while the journey is being opened, or could not be. */
    val step: Step? = null,
    /** When the step came, by the steady clock. */
    val arrived: Long = 0,
    val entry: Entry = Entry.Nothing,
    val outside: Outside? = null,
    val busy: Busy? = null,
    val trouble: Trouble? = null,
    val language: Language = Language.TURKISH,
    val condition: PhoneCondition,
    val readers: List<ReaderDescription> = emptyList(),
    val unusableReaders: List<String> = emptyList(),
    /** Documents whose pages can be drawn, by id. */
    val pages: Map<String, PageSource> = emptyMap(),
    val history: List<Receipt> = emptyList(),
    val devices: Devices = Devices(),
    val care: Care = Care(),
    val about: About,
    val licences: String = "",
    val dynamicColour: Boolean = false
) {
    /** Whether the way back leads to somewhere inside the app. */
    val canGoBack: Boolean
        get() = if (outside != null) {
            outside != Outside.WELCOME
        } else {
            when (step?.screen) {
                is Screen.SignIn, is Screen.FillForm, is Screen.AwaitInstitution, is Screen.ReviewDocuments, is Screen.Sign -> true
                else -> false
            }
        }

    /** How a card in this reader is reached. */
    fun cardWork(reader: String): CardWork = if (readers.any { it.id == reader && it.link == CardLink.NFC }) CardWork.NFC else CardWork.USB

    /** How the card is reached that an answer needs, if it needs one. */
    fun cardWork(answer: Answer): CardWork? = when (answer) {
        is Answer.ReadCard -> cardWork(answer.reader)
        is Answer.Sign -> cardWork(answer.reader)
        is Answer.RequestUnblocking -> cardWork(answer.reader)
        is Answer.Unblock -> cardWork(answer.reader)
        else -> null
    }

    /** Where the code goes that a text message may bring just now. */
    val awaitedCode: Entry.Code?
        get() = when (val screen = step?.screen) {
            is Screen.ConfirmPhone -> (entry as? Entry.Code)?.takeIf { screen.code != null }
            is Screen.Sign -> (entry as? Entry.Card)?.code?.takeIf { screen.assisted?.code != null }
            else -> null
        }

    /** Whether a step asks for what is being typed already: not where a form has other fields, or a code goes to another number. */
    fun asksTheSameAs(step: Step): Boolean {
        val now = this.step?.screen
        return when (val next = step.screen) {
            is Screen.FillForm -> (entry as? Entry.Form)?.fields?.keys == next.fields.filter { !it.locked }.map { it.name }.toSet()
            is Screen.ConfirmPhone -> now is Screen.ConfirmPhone && now.number == next.number
            else -> now != null && now::class == next::class
        }
    }
}

/** What is under way. */
data class Busy(
    /** When it began, by the steady clock. */
    val since: Long,
    /** Whether a card is at work: the whole screen tells how to hold it. */
    val card: CardWork? = null,
    /** What is being done, in the core's words, once it told. */
    val sentence: String? = null,
    val stage: WorkStage? = null
)

/** How a card at work is reached. */
enum class CardWork { NFC, USB }

/** What went wrong, and what the person can do about it here. */
data class Trouble(val failure: Failure, val explanation: Explanation, val remedies: List<Remedy> = emptyList())

/** What stands around every question. */
data class Frame(
    val title: String,
    val hint: String = "",
    val place: Place? = null,
    val notice: Explanation? = null,
    val clock: String? = null,
    val support: SupportContact? = null,
    val privacy: PrivacyNotice? = null,
    val busy: Busy? = null,
    val trouble: Trouble? = null,
    val back: Boolean = false
)

/** Where a person is signed in, and the name of the device that was signed out just now. */
data class Devices(val list: List<SignedInDevice> = emptyList(), val signedOut: String? = null)

/** What card care has come to. */
data class Care(
    val report: CardReport? = null,
    /** The reader the card was read in. */
    val reader: String? = null,
    val done: CareDone? = null,
    val entry: Entry.Care = Entry.Care()
)

/** What was done to the PIN of the card. */
enum class CareDone { CHANGED, UNBLOCKED }

/** What the page about the app shows. */
data class About(val phone: PhoneAbout, val reader: ReaderReport? = null)
