package basvuru.android.model

import androidx.compose.foundation.text.input.clearText
import androidx.compose.foundation.text.input.setTextAndPlaceCursorAtEnd
import basvuru.core.Answer
import basvuru.core.CertificateApplicationInterface
import basvuru.core.Failure
import basvuru.core.Invitation
import basvuru.core.Language
import basvuru.core.Receipt
import basvuru.core.Screen
import basvuru.core.Step
import basvuru.core.explain
import basvuru.core.readLink
import basvuru.core.use
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
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
class ApplicationModel(
    private val phone: Phone,
    private val scope: CoroutineScope,
    private val io: CoroutineDispatcher = Dispatchers.IO,
) {
    private val current = MutableStateFlow(
        AppState(
            condition = phone.condition.value,
            about = About(phone.about),
        ),
    )
    private val actions = Channel<Action>(Channel.UNLIMITED)
    private val errandsToRun = Channel<Errand>(Channel.UNLIMITED)
    private val desk = Desk(phone, io)

    private var application: CertificateApplicationInterface? = null
    private var work: Job? = null

    /** What failed last, to be done once more as it was. */
    private var again: (() -> Unit)? = null

    /** The file whose place the person is choosing. */
    var fileToSave: SharedFile? = null
        private set

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
        desk.speak(language)
        current.update { state ->
            state.copy(
                step = application.step(),
                trouble = state.trouble?.let { it.copy(explanation = explain(it.failure, language)) },
            )
        }
    }

    /** An invitation's link was opened. */
    fun follow(link: String) {
        val invitation = try {
            readLink(link, phone.portals)
        } catch (failure: Failure) {
            current.update { it.copy(outside = Outside.WELCOME) }
            return trouble(failure)
        }
        open(invitation)
    }

    /** Nobody looks at the app any more: what was typed into the form is kept, digits of a PIN are not. */
    fun leave() {
        keepDraft()
        (state.value.entry as? Entry.Card)?.wipe()
        state.value.care.entry.wipe()
    }

    /** What is in a file that leaves the app; nothing, told on the screen, where it cannot be read. */
    suspend fun read(file: SharedFile): ByteArray? = try {
        withContext(io) { file.octets() }
    } catch (failure: Failure) {
        trouble(failure)
        null
    }

    private fun take(action: Action) {
        when (action) {
            is Action.Reply -> reply(action.answer)
            is Action.Go -> go(action.outside)
            Action.Back -> back()
            Action.KeepDraft -> keepDraft()
            Action.Cancel -> cancel()
            is Action.Mend -> mend(action.remedy)
            Action.Erase -> run(repeatable = true) { erase() }
            is Action.LookAtCard -> lookAtCard(action.reader)
            Action.ChangePin -> changePin()
            is Action.TestReader -> run(CardWork.USB, repeatable = true) {
                val report = desk.testReader(state.value.language, action.reader)
                current.update { it.copy(about = it.about.copy(reader = report)) }
            }
            is Action.Run -> errandsToRun.trySend(action.errand)
            is Action.ShareReceipt -> errandsToRun.trySend(Errand.Share(container(action.receipt), action.summary))
            is Action.SaveReceipt -> {
                val file = container(action.receipt)
                fileToSave = file
                errandsToRun.trySend(Errand.Save(file))
            }
            Action.ShareDiagnosis -> errandsToRun.trySend(Errand.Share(diagnosisFile()))
            is Action.DynamicColour -> {
                phone.dynamicColour = action.on
                current.update { it.copy(dynamicColour = action.on) }
            }
        }
    }

    private fun open(invitation: Invitation?) = run(repeatable = true) {
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
        if (step.screen is Screen.Pending) reply(Answer.Continue)
    }

    private suspend fun erase() {
        val application = application
        if (application == null) {
            withContext(io) { phone.forget() }
            open(null)
        } else {
            desk.close()
            arrive(application.erase())
            current.update { it.copy(outside = Outside.WELCOME, history = emptyList(), care = Care()) }
        }
    }

    /** Answers the step. An answer given while another is under way was a second tap; only a draft waits for its turn. */
    private fun reply(answer: Answer, quiet: Boolean = false) {
        if (!quiet && state.value.busy != null) return answer.destroy()
        val secret = answer is Answer.SignIn || answer is Answer.ConfirmCode || answer is Answer.Sign
        val whole = if (answer is Answer.SendCode) Answer.SendCode(phone.messageToken(::received)) else answer
        run(cardWork(answer), repeatable = !secret, quiet = quiet) {
            val application = application ?: return@run
            try {
                arrive(whole.use { application.answer(it) })
            } catch (failure: Failure) {
                arrive(application.step(), failed = whole)
                throw failure
            }
        }
    }

    private fun cardWork(answer: Answer): CardWork? = when (answer) {
        is Answer.ReadCard -> cardWork(answer.reader)
        is Answer.Sign -> cardWork(answer.reader)
        else -> null
    }

    private fun cardWork(reader: String): CardWork {
        val nfc = state.value.readers.any { it.id == reader && it.link == basvuru.core.CardLink.NFC }
        return if (nfc) CardWork.NFC else CardWork.USB
    }

    /** Does one thing after the other, tells that it is under way, and what went wrong. */
    private fun run(card: CardWork? = null, repeatable: Boolean, quiet: Boolean = false, task: suspend () -> Unit) {
        val before = work
        if (!quiet) current.update { it.copy(busy = Busy(phone.steadyMilliseconds(), card), trouble = null) }
        work = scope.launch {
            before?.join()
            val failure = try {
                task()
                null
            } catch (failure: Failure) {
                failure
            } finally {
                if (!quiet) {
                    phone.clearProgress()
                    current.update { it.copy(busy = null) }
                }
            }
            if (failure != null) {
                again = if (repeatable) ({ run(card, true, quiet, task) }) else null
                trouble(failure)
            }
        }
    }

    private fun trouble(failure: Failure) {
        // Who has stopped it knows.
        if (failure is Failure.Cancelled) return
        current.update {
            val remedies = remedies(failure, again != null, phone)
            it.copy(trouble = Trouble(failure, explain(failure, it.language), remedies))
        }
    }

    /** Shows a step. What is being typed stays as long as its screen does. */
    private fun arrive(step: Step, failed: Answer? = null) {
        val before = state.value
        val stays = before.step?.screen?.let { it::class == step.screen::class } == true && !asksForOtherFields(before, step)
        val entry = if (stays) before.entry else entryOf(step.screen)
        if (!stays) before.entry.wipe()
        if (failed is Answer.SignIn && entry is Entry.SignIn) entry.captcha.clearText()
        current.update { it.copy(step = step, arrived = phone.steadyMilliseconds(), entry = entry) }
        val screen = step.screen
        if (screen is Screen.SignIn && screen.captcha == null && failed !is Answer.RequestCaptcha) {
            reply(Answer.RequestCaptcha, quiet = true)
        }
        if (screen !is Screen.ConfirmPhone) phone.forgetMessages()
        if (screen is Screen.ReviewDocuments) loadPages(screen) else dropPages()
    }

    /** Whether a form has other fields than the one being filled in. */
    private fun asksForOtherFields(before: AppState, step: Step): Boolean {
        val form = step.screen as? Screen.FillForm ?: return false
        val names = (before.entry as? Entry.Form)?.fields?.keys
        return names != form.fields.filter { !it.locked }.map { it.name }.toSet()
    }

    private fun loadPages(screen: Screen.ReviewDocuments) {
        val missing = screen.documents.filter { it.id !in state.value.pages }
        val application = application
        if (missing.isEmpty() || application == null) return
        run(repeatable = true, quiet = true) {
            for (document in missing) {
                val pages = withContext(io) { phone.pages(application.document(document.id)) }
                current.update { it.copy(pages = it.pages + (document.id to pages)) }
            }
        }
    }

    private fun dropPages() {
        val pages = state.value.pages.values
        current.update { it.copy(pages = emptyMap()) }
        pages.forEach(PageSource::close)
    }

    private fun go(outside: Outside?) {
        state.value.care.entry.wipe()
        current.update {
            it.copy(
                outside = outside,
                trouble = null,
                care = if (outside == Outside.CARE) Care() else it.care,
                licences = if (outside == Outside.LICENCES) licences() else it.licences,
            )
        }
        if (outside == Outside.HISTORY) {
            run(repeatable = true) {
                val receipts = application?.let { withContext(io) { it.history() } }.orEmpty()
                current.update { it.copy(history = receipts) }
            }
        }
    }

    private fun back() {
        val now = state.value
        val entry = now.entry
        when {
            now.busy != null -> cancel()
            now.outside == Outside.CARE && now.care.report != null -> stepBackInCare(now.care)
            now.outside != null -> go(now.outside.parent)
            now.step?.screen is Screen.SignIn -> go(Outside.WELCOME)
            entry is Entry.Card && entry.typing -> {
                entry.wipe()
                entry.typing = false
            }
            else -> {
                keepDraft()
                reply(Answer.Back)
            }
        }
    }

    /** Within card care: the PIN asked for before this one, or the report. */
    private fun stepBackInCare(care: Care) {
        val asked = care.entry.asked ?: return go(Outside.CARE)
        care.entry.pin(asked).clear()
        care.entry.asked = CarePin.entries.getOrNull(asked.ordinal - 1)
    }

    private fun mend(remedy: Remedy) {
        when (remedy) {
            Remedy.TRY_AGAIN -> again?.invoke()
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
        val entry = now.entry as? Entry.Code ?: return
        val screen = now.step?.screen as? Screen.ConfirmPhone
        if (screen?.code == null || now.busy != null) return
        val code = application?.readSms(message, sender) ?: return
        entry.code.setTextAndPlaceCursorAtEnd(code.utf8().decodeToString())
        entry.found = true
        reply(Answer.ConfirmCode(code))
    }

    private fun showsCardScreen(state: AppState): Boolean = when (state.outside) {
        null -> state.step?.screen is Screen.Sign
        Outside.CARE, Outside.ABOUT -> true
        else -> false
    }

    private fun keepDraft() {
        val form = state.value.step?.screen as? Screen.FillForm ?: return
        val values = (state.value.entry as? Entry.Form)?.values ?: return
        if (form.fields.any { it.name in values && values[it.name] != it.value }) {
            reply(Answer.SaveDraft(values), quiet = true)
        }
    }

    private fun lookAtCard(reader: String) = run(cardWork(reader), repeatable = true) {
        val report = desk.look(state.value.language, reader)
        current.update { it.copy(care = Care(report, reader)) }
    }

    private fun changePin() {
        val care = state.value.care
        val reader = care.reader ?: return
        if (state.value.busy != null) return
        val entry = care.entry
        run(cardWork(reader), repeatable = false) {
            val pins = entry.pin(CarePin.OLD).take() to entry.pin(CarePin.NEW).take()
            val confirmed = entry.lastTryConfirmed
            entry.wipe()
            val report = desk.changePin(state.value.language, reader, pins, confirmed)
            current.update { it.copy(care = Care(report, reader, changed = true)) }
        }
    }

    private fun cancel() {
        application?.cancel()
        desk.cancel()
    }

    private fun diagnosisFile() = SharedFile("basvuru-diagnosis.json", "application/json") { diagnosis().encodeToByteArray() }

    private fun container(receipt: Receipt): SharedFile {
        val name = "basvuru-${receipt.number}.asice"
        return SharedFile(name, "application/vnd.etsi.asic-e+zip") {
            application?.signedContainer(receipt.order) ?: ByteArray(0)
        }
    }
}
