package basvuru.android.model

import androidx.compose.foundation.text.input.clearText
import androidx.compose.foundation.text.input.setTextAndPlaceCursorAtEnd
import basvuru.core.Answer
import basvuru.core.CertificateApplicationInterface
import basvuru.core.Failure
import basvuru.core.Invitation
import basvuru.core.Language
import basvuru.core.Screen
import basvuru.core.Step
import basvuru.core.explain
import basvuru.core.readLink
import basvuru.core.use
import java.time.Instant
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.distinctUntilChanged
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.receiveAsFlow
import kotlinx.coroutines.flow.update
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext

/**
 * The app's one model. The core is the state machine; this holds what it says, what is being typed, and what is under way,
 * and outlives every activity. Actions come through one channel, and only here does state change.
 */
class ApplicationModel(private val phone: Phone, private val scope: CoroutineScope, private val io: CoroutineDispatcher = Dispatchers.IO) {
    private val current = MutableStateFlow(
        AppState(
            condition = phone.condition.value,
            about = About(phone.about)
        )
    )
    private val actions = Channel<Action>(Channel.UNLIMITED)
    private val errandsToRun = Channel<Errand>(Channel.UNLIMITED)
    private val work = Work(current, phone, scope)
    private val care = CardCare(current, work, phone, io)
    private val pages = DocumentPages(current, work, phone, io)
    private val files = Files({ application }, errandsToRun::trySend)
    private val beside = Beside(current, work, io, { application }, ::arrive, ::send)

    private var application: CertificateApplicationInterface? = null

    /** The file whose place the person is choosing. */
    val fileToSave: SharedFile? get() = files.toSave

    /** What the screens are drawn from. */
    val state: StateFlow<AppState> = current.asStateFlow()

    /** What another app or the system is to do, each once. */
    val errands: Flow<Errand> = errandsToRun.receiveAsFlow()

    init {
        scope.launch { for (action in actions) take(action) }
        scope.launch { phone.condition.collect { now -> current.update { it.copy(condition = now) } } }
        scope.launch { phone.readers.collect { now -> current.update { it.copy(readers = now) } } }
        scope.launch { phone.unusableReaders.collect { now -> current.update { it.copy(unusableReaders = now) } } }
        scope.launch {
            phone.progress.collect { told ->
                if (told != null) current.update { it.copy(busy = it.busy?.copy(stage = told.stage, sentence = told.sentence)) }
            }
        }
        scope.launch {
            val on = withContext(io) { phone.dynamicColour }
            current.update { it.copy(dynamicColour = on) }
        }
        scope.launch { state.map(::showsCardScreen).distinctUntilChanged().collect(phone::cardScreen) }
    }

    fun send(action: Action) {
        actions.trySend(action)
    }

    /** The language of the activity, told each time one is made. Opens the journey at the first call. */
    fun speak(language: Language) {
        val changed = state.value.language != language
        current.update { it.copy(language = language) }
        val application = application ?: return open(null)
        if (!changed) return
        application.setLanguage(language)
        care.speak(language)
        current.update { state ->
            state.copy(
                step = application.step(),
                trouble = state.trouble?.let { it.copy(explanation = explain(it.failure, language)) }
            )
        }
    }

    /** An invitation's link was opened. */
    fun follow(link: String) {
        val invitation = try {
            readLink(link, phone.portals)
        } catch (failure: Failure) {
            current.update { it.copy(outside = Outside.WELCOME) }
            return work.trouble(failure)
        }
        open(invitation)
    }

    /** Nobody looks at the app any more: what was typed into the form is kept, digits of a PIN are not. */
    fun leave() {
        keepDraft()
        (state.value.entry as? Entry.Card)?.wipePins()
        state.value.care.entry.wipe()
    }

    /** Somebody looks at the app again: whoever has the word may have answered meanwhile. */
    fun comeBack() {
        if (state.value.step?.screen is Screen.AwaitInstitution) send(Action.AskAgain)
    }

    /** What is in a file that leaves the app; nothing, told on the screen, where it cannot be read. */
    suspend fun read(file: SharedFile): ByteArray? = try {
        withContext(io) { file.octets() }
    } catch (failure: Failure) {
        work.trouble(failure)
        null
    }

    private fun take(action: Action) {
        when (action) {
            is Action.Reply -> reply(action.answer)

            Action.AskAgain -> reply(Answer.Continue, quiet = true, unheard = true)

            is Action.Go -> beside.go(action.outside)

            Action.Back -> back()

            Action.KeepDraft -> keepDraft()

            Action.Cancel -> cancel()

            is Action.Mend -> mend(action.remedy)

            Action.Erase -> work.run(repeatable = true) { erase() }

            is Action.LookAtCard -> care.look(action.reader)

            Action.ChangePin -> care.changePin()

            is Action.AskForPuk -> {
                beside.go(Outside.UNBLOCK)
                care.look(action.reader)
            }

            Action.UnblockPin -> care.unblockPin(beside::unblocked)

            is Action.SignOutDevice -> beside.signOut(action.device)

            is Action.TestReader -> care.testReader(action.reader)

            is Action.Run -> errandsToRun.trySend(action.errand)

            is Action.ShareReceipt -> files.share(action.receipt, action.summary)

            is Action.SaveReceipt -> files.save(action.receipt)

            Action.ShareDiagnosis -> files.shareDiagnosis()

            is Action.DynamicColour -> {
                phone.dynamicColour = action.on
                current.update { it.copy(dynamicColour = action.on) }
            }
        }
    }

    private fun open(invitation: Invitation?) = work.run(repeatable = true) {
        val opening = Opening(state.value.language, invitation)
        val opened = withContext(io) {
            (application as? AutoCloseable)?.close()
            application = null
            phone.open(opening)
        }
        application = opened
        val step = opened.step()
        val fresh = (step.screen as? Screen.SignIn)?.let { it.identity?.editable ?: true } ?: false
        current.update { it.copy(outside = if (fresh) Outside.WELCOME else null) }
        arrive(step)
        // Sent, and not answered at once: the opening is still under way.
        if (step.screen is Screen.Pending) send(Action.Reply(Answer.Continue)) else comeBack()
    }

    private suspend fun erase() {
        val application = application
        if (application == null) {
            withContext(io) { phone.forget() }
            open(null)
        } else {
            care.close()
            arrive(application.erase())
            current.update { it.copy(outside = Outside.WELCOME, history = emptyList(), devices = Devices(), care = Care()) }
        }
    }

    /** Answers the step. An answer given while another is under way was a second tap; only a draft waits for its turn. */
    private fun reply(answer: Answer, quiet: Boolean = false, unheard: Boolean = false) {
        if (!quiet && state.value.busy != null) return answer.destroy()
        val secret = answer is Answer.SignIn || answer is Answer.ConfirmCode || answer is Answer.Sign || answer is Answer.Unblock
        val whole = when (answer) {
            is Answer.SendCode -> Answer.SendCode(phone.messageToken(::received))
            is Answer.RequestUnblocking -> Answer.RequestUnblocking(answer.reader, phone.messageToken(::received))
            else -> answer
        }
        work.run(state.value.cardWork(answer), repeatable = !secret, quiet, unheard) {
            val application = application ?: return@run
            // A draft that waited for its turn is of no use once its form was approved.
            if (whole is Answer.SaveDraft && state.value.step?.screen !is Screen.FillForm) return@run
            // An opening by a link follows the one before it, which has asked for a picture too: one that is looked at stays.
            if (quiet && whole is Answer.RequestCaptcha && (state.value.step?.screen as? Screen.SignIn)?.captcha != null) return@run
            try {
                arrive(whole.use { application.answer(it) })
                val entry = state.value.entry as? Entry.Card
                // Now the card itself tells.
                if (whole is Answer.ReadCard) entry?.blocked = false
                // The core has read it again already.
                if (whole is Answer.Unblock) entry?.goOn(unblocked = true)
                if (whole is Answer.Continue) (state.value.entry as? Entry.Waiting)?.asked = Instant.now()
            } catch (failure: Failure) {
                arrive(application.step(), failed = whole)
                if (failure is Failure.PinBlocked) (state.value.entry as? Entry.Card)?.blocked = true
                throw failure
            }
        }
    }

    /** Shows a step. What is being typed stays as long as its screen does. */
    private fun arrive(step: Step, failed: Answer? = null) {
        val before = state.value
        val stays = before.asksTheSameAs(step)
        val entry = if (stays) before.entry else entryOf(step.screen)
        if (!stays) before.entry.wipe()
        if (failed is Answer.SignIn && entry is Entry.SignIn) entry.captcha.clearText()
        if (failed is Answer.Sign && entry is Entry.Card) {
            // A consent is good for one attempt.
            entry.lastTryConfirmed = false
            entry.unblocked = false
        }
        current.update { it.copy(step = step, arrived = phone.steadyMilliseconds(), entry = entry) }
        val screen = step.screen
        if (screen is Screen.SignIn && screen.captchaNeeded && screen.captcha == null && failed !is Answer.RequestCaptcha) {
            reply(Answer.RequestCaptcha, quiet = true)
        }
        if (screen !is Screen.ConfirmPhone && state.value.awaitedCode == null) phone.forgetMessages()
        if (screen is Screen.ReviewDocuments) application?.let { pages.load(screen, it) } else pages.drop()
    }

    private fun back() {
        val now = state.value
        val entry = now.entry
        when {
            now.busy != null -> cancel()

            now.outside == Outside.CARE && now.care.report != null -> care.back()

            now.outside == Outside.UNBLOCK && now.care.entry.asked?.let { it > CarePin.KNOWN } == true -> care.back()

            now.outside != null -> beside.go(now.outside.parent)

            now.step?.screen is Screen.SignIn -> beside.go(Outside.WELCOME)

            entry is Entry.Card && entry.helped && now.awaitedCode != null ->
                if (entry.help.asked == CarePin.KNOWN) entry.helped = false else entry.help.back()

            entry is Entry.Card && entry.typing -> {
                entry.wipe()
                entry.typing = false
                entry.blocked = false
            }

            else -> {
                keepDraft()
                reply(Answer.Back)
            }
        }
    }

    private fun mend(remedy: Remedy) {
        when (remedy) {
            Remedy.TRY_AGAIN -> work.again()
            Remedy.NEW_CODE -> reply(Answer.SendCode(null))
            Remedy.ORDERS -> reply(Answer.RefreshOrders)
            Remedy.NFC_SETTINGS -> errandsToRun.trySend(Errand.Settings(SettingsPage.NFC))
            Remedy.NETWORK_SETTINGS -> errandsToRun.trySend(Errand.Settings(SettingsPage.NETWORK))
            Remedy.DATE_SETTINGS -> errandsToRun.trySend(Errand.Settings(SettingsPage.DATE))
            Remedy.START_AFRESH -> take(Action.Erase)
        }
    }

    private fun received(message: String, sender: String?) {
        val now = state.value
        val entry = now.awaitedCode ?: return
        if (now.busy != null) return
        val code = application?.readSms(message, sender) ?: return
        entry.code.setTextAndPlaceCursorAtEnd(code.utf8().decodeToString())
        entry.found = true
        // The portal's help is gone on with by hand: its codes are compared, and a new PIN is wanted.
        if (now.step?.screen is Screen.ConfirmPhone) reply(Answer.ConfirmCode(code)) else code.destroy()
    }

    private fun showsCardScreen(state: AppState): Boolean = when (state.outside) {
        null -> state.step?.screen is Screen.Sign
        Outside.CARE, Outside.UNBLOCK -> true
        else -> false
    }

    private fun keepDraft() {
        val form = state.value.step?.screen as? Screen.FillForm ?: return
        val values = (state.value.entry as? Entry.Form)?.values ?: return
        if (form.fields.any { it.name in values && values[it.name] != it.value }) {
            reply(Answer.SaveDraft(values), quiet = true)
        }
    }

    private fun cancel() {
        application?.cancel()
        care.cancel()
    }
}
