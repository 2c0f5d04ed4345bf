package basvuru.android.journey

import android.content.Intent
import androidx.annotation.StringRes
import androidx.compose.ui.semantics.SemanticsNode
import androidx.compose.ui.semantics.SemanticsProperties
import androidx.compose.ui.semantics.getOrNull
import androidx.compose.ui.test.SemanticsMatcher
import androidx.compose.ui.test.SemanticsNodeInteraction
import androidx.compose.ui.test.hasAnyAncestor
import androidx.compose.ui.test.hasClickAction
import androidx.compose.ui.test.hasContentDescription
import androidx.compose.ui.test.hasScrollAction
import androidx.compose.ui.test.hasSetTextAction
import androidx.compose.ui.test.hasText
import androidx.compose.ui.test.isEnabled
import androidx.compose.ui.test.isRoot
import androidx.compose.ui.test.junit4.ComposeTestRule
import androidx.compose.ui.test.onLast
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.performScrollTo
import androidx.compose.ui.test.performTextReplacement
import androidx.compose.ui.test.printToString
import androidx.test.core.app.ActivityScenario
import basvuru.android.MainActivity
import basvuru.android.R
import basvuru.android.TestApp
import basvuru.android.model.AppState
import basvuru.android.model.Outside
import basvuru.android.phone.HeldCard
import basvuru.android.phone.NfcField
import basvuru.android.phone.PluggedReader
import basvuru.android.phone.TextMessageService
import basvuru.android.phone.UsbBus
import basvuru.core.Applicant
import basvuru.core.CardCommand
import basvuru.core.Failure
import basvuru.core.FieldEntry
import basvuru.core.FormField
import basvuru.core.PhoneNumberAsked
import basvuru.core.Receipt
import basvuru.core.Screen
import basvuru.core.SigningMethod
import basvuru.core.World
import kotlin.test.assertEquals
import kotlin.test.assertNull
import kotlin.test.assertTrue
import kotlin.test.fail
import org.junit.rules.ExternalResource
import org.robolectric.RuntimeEnvironment
import org.robolectric.shadows.ShadowLooper

/** How somebody reaches the card. */
internal enum class Way { NFC, USB }

/** The steps of a journey, in their order. */
internal enum class Place { WELCOME, SIGN_IN, ORDERS, FORM, PHONE, METHOD, DOCUMENTS, SIGNATURE, RECEIPT }

/** Somebody with the app in hand, who reads what is on the screen and presses what is there. */
internal class Person(private val compose: ComposeTestRule) : ExternalResource() {
    val app get() = RuntimeEnvironment.getApplication() as TestApp
    var applicant: Applicant = World.invite()
        private set
    var way = Way.NFC
        private set
    var taps = 0
        private set

    /** The number to put into the form in place of the one that the institution told. */
    var stated: String? = null

    /** How many codes have been asked for, by number. */
    private val codes = mutableMapOf<String, Int>()
    private var activity: ActivityScenario<MainActivity>? = null

    /** What is done to the card or the reader next. */
    var onCard: (HeldCard) -> Unit = {}
    var onReader: (PluggedReader) -> Unit = {}

    val state: AppState get() = app.model.state.value
    val screen: Screen? get() = state.step?.screen
    val failure: String? get() = state.trouble?.explanation?.code
    val receipt: Receipt? get() = (screen as? Screen.Done)?.receipt
    val commands: List<CardCommand> get() = World.commands(applicant)

    /** Everything that is on the screen, as a screen reader has it. */
    val outline: String get() = compose.onAllNodes(isRoot()).printToString(Int.MAX_VALUE)

    /** What a screen reader would say of it. */
    val words: List<String>
        get() = compose.onAllNodes(isRoot()).fetchSemanticsNodes().flatMap { it.words() }

    private fun SemanticsNode.words(): List<String> = config.getOrElse(SemanticsProperties.Text) { emptyList() }.map { it.text } +
        config.getOrElse(SemanticsProperties.ContentDescription) { emptyList() } +
        listOfNotNull(config.getOrNull(SemanticsProperties.EditableText)?.text) +
        children.flatMap { it.words() }

    override fun before() = launch()

    override fun after() {
        activity?.close()
        app.crash?.let { throw AssertionError("the app has crashed", it) }
    }

    // ------------------------------------------------------------------------------------------------ the phone

    /** Starts the app, by its icon or by a link. */
    fun launch(link: String? = null) {
        val intent = Intent(if (link == null) Intent.ACTION_MAIN else Intent.ACTION_VIEW).setClass(app, MainActivity::class.java)
        link?.let { intent.data = android.net.Uri.parse(it) }
        activity = ActivityScenario.launch(intent)
        wait("the app") { state.step != null || state.trouble != null }
        settle()
    }

    /** The system ends the app, as it does when it needs the room; then the person starts it again. */
    fun startAgain(link: String? = null) {
        activity?.close()
        app.die()
        launch(link)
    }

    /** Turns the phone. */
    fun turn() {
        RuntimeEnvironment.setQualifiers("+w915dp-h412dp-land")
        makeAnew()
    }

    /** The system makes the activity anew. */
    fun makeAnew() {
        activity?.recreate()
        settle(unlessCard = true)
    }

    fun onActivity(act: (MainActivity) -> Unit) = checkNotNull(activity).onActivity(act)

    /** The app goes out of sight. */
    fun putAside() {
        checkNotNull(activity).moveToState(androidx.lifecycle.Lifecycle.State.CREATED)
        compose.waitForIdle()
    }

    /** Another phone, and another person. */
    fun takeAnotherPhone(way: Way, nfc: Boolean = way == Way.NFC) {
        layAside()
        NfcField.install(present = nfc)
        UsbBus.install()
        giveTo(World.invite())
        this.way = way
        launch()
    }

    /** Another phone of the same person, who is signed in on the one before as well. */
    fun takeOwnOtherPhone() {
        layAside()
        launch()
    }

    private fun layAside() {
        activity?.close()
        app.die()
        app.erase()
        TextMessageService.install()
    }

    /** The phone is handed to somebody else. */
    fun giveTo(next: Applicant) {
        applicant = next
        taps = 0
        stated = null
        codes.clear()
        onCard = {}
        onReader = {}
    }

    // ------------------------------------------------------------------------------------------------ eyes and fingers

    fun say(@StringRes id: Int, vararg arguments: Any): String = app.getString(id, *arguments)

    fun sees(text: String): Boolean = nodes(hasText(text, substring = true) or hasContentDescription(text, substring = true)) > 0

    fun sees(@StringRes id: Int): Boolean = sees(say(id))

    fun press(@StringRes id: Int) = press(say(id))

    /** Presses what is called so; where two are, the lower one. */
    fun press(label: String) {
        val button = (hasText(label) or hasContentDescription(label)) and hasClickAction() and isEnabled()
        wait("“$label”") { nodes(button) > 0 }
        reach(button).performClick()
        taps += 1
        settle(unlessCard = true)
    }

    fun type(@StringRes label: Int, text: String) = type(say(label), text)

    fun type(label: String, text: String) {
        val field = hasText(label) and hasSetTextAction()
        wait("“$label”") { nodes(field) > 0 }
        reach(field).performTextReplacement(text)
    }

    fun typePin(pin: String) {
        for (digit in pin) press(digit.toString())
        taps -= pin.length
    }

    val seesKeypad: Boolean get() = nodes(hasText("5") and hasClickAction()) > 0

    /** How wide something is drawn, in pixels. */
    fun widthOf(@StringRes id: Int): Float = compose.onNode(hasText(say(id)) and hasClickAction()).fetchSemanticsNode().boundsInRoot.width

    private fun reach(what: SemanticsMatcher): SemanticsNodeInteraction {
        val node = compose.onAllNodes(what).onLast()
        if (nodes(what and hasAnyAncestor(hasScrollAction())) > 0) node.performScrollTo()
        return node
    }

    private fun nodes(matcher: SemanticsMatcher): Int = compose.onAllNodes(matcher).fetchSemanticsNodes(atLeastOneRootRequired = false).size

    /** Lets the main thread work, and time pass on the screen, until something is so. */
    fun wait(what: String, isSo: () -> Boolean) {
        val deadline = System.nanoTime() + PATIENCE
        while (true) {
            ShadowLooper.idleMainLooper()
            app.crash?.let { throw AssertionError("the app has crashed", it) }
            if (isSo()) return
            if (System.nanoTime() > deadline) fail("waited in vain for $what; $state; the screen: $outline")
            compose.mainClock.advanceTimeByFrame()
            Thread.sleep(2)
        }
    }

    /** Waits for what an answer leads to: the next step, or what went wrong. */
    fun settle(unlessCard: Boolean = false) {
        compose.waitForIdle()
        wait("the answer") { state.busy == null || (unlessCard && state.busy?.card != null) }
        compose.waitForIdle()
    }

    // ------------------------------------------------------------------------------------------------ the way

    val place: Place?
        get() = if (state.outside == Outside.WELCOME) {
            Place.WELCOME
        } else {
            when (screen) {
                is Screen.SignIn -> Place.SIGN_IN
                is Screen.ChooseOrder -> Place.ORDERS
                is Screen.FillForm -> Place.FORM
                is Screen.ConfirmPhone, is Screen.AwaitInstitution -> Place.PHONE
                is Screen.ChooseMethod -> Place.METHOD
                is Screen.ReviewDocuments -> Place.DOCUMENTS
                is Screen.Sign -> Place.SIGNATURE
                is Screen.Done -> Place.RECEIPT
                is Screen.Pending, is Screen.Outdated, null -> null
            }
        }

    /** Goes on until a step is on the screen. */
    fun walkTo(goal: Place) {
        repeat(Place.entries.size) {
            if (place == goal) return
            goOn()
        }
        if (place != goal) fail("never came to $goal; the screen: $outline")
    }

    /** Does what the step asks for. */
    fun goOn() {
        val before = place
        when (before) {
            Place.WELCOME -> press(R.string.begin)

            Place.SIGN_IN -> signIn()

            Place.ORDERS -> press(
                (screen as Screen.ChooseOrder).groups.flatMap {
                    it.orders
                }.single { it.id == applicant.order }.productName
            )

            Place.FORM -> approve()

            Place.PHONE -> confirmPhone()

            Place.METHOD -> press((screen as Screen.ChooseMethod).methods.single { it.method == SigningMethod.CARD }.name)

            Place.DOCUMENTS -> press(R.string.accept_documents)

            Place.SIGNATURE -> sign()

            Place.RECEIPT, null -> fail("there is nothing left to do: $outline")
        }
        wait("what comes after $before") { (place != before && place != null) || state.trouble != null }
        settle()
        assertNull(state.trouble, "after $before")
    }

    private fun signIn() {
        if ((screen as Screen.SignIn).identity?.editable != false) type(R.string.national_id, applicant.identity)
        type(R.string.access_password, applicant.accessPassword)
        if ((screen as Screen.SignIn).captchaNeeded) {
            wait("the picture") { (screen as Screen.SignIn).captcha != null }
            type(R.string.picture_code, World.captcha(checkNotNull((screen as Screen.SignIn).captcha).id))
        }
        press(R.string.sign_in)
    }

    private fun approve() {
        fillIn()
        press(R.string.approve_form)
    }

    /** Types and picks what the form wants. */
    fun fillIn() {
        val before = taps
        for (field in (screen as Screen.FillForm).fields) {
            val mine = stated != null && field.entry is FieldEntry.Mobile
            if (!field.locked && field.required && (field.value.isEmpty() || mine)) fillIn(field)
        }
        // Filling in is typing, whatever the field.
        taps = before
    }

    private fun fillIn(field: FormField) {
        when (val entry = field.entry) {
            is FieldEntry.Text -> type(field.label, "Işıl Çağrı")
            is FieldEntry.Lines -> type(field.label, "Örnek Mah. Çınar Sk. No: 1\nGebze / Kocaeli")
            is FieldEntry.Mobile -> type(field.label, stated ?: applicant.phone)
            is FieldEntry.Email -> type(field.label, applicant.email)
            is FieldEntry.Date -> type(field.label, "31.12.1990")
            is FieldEntry.Choice -> press(entry.choices.first().label)
        }
    }

    /** The code of each number that is asked for. */
    private fun confirmPhone() {
        val asked = mutableListOf<PhoneNumberAsked>()
        while (state.trouble == null) {
            val number = (screen as? Screen.ConfirmPhone)?.number ?: break
            if (!asked.add(number)) fail("the code of the number $number was not taken: $outline")
            askForCode()
            receiveCode()
            wait("what comes after the code") { (screen as? Screen.ConfirmPhone)?.number != number || state.trouble != null }
            settle()
        }
    }

    /** The number that a code is asked for now. */
    private val number: String
        get() = stated?.takeIf { (screen as? Screen.ConfirmPhone)?.number == PhoneNumberAsked.STATED } ?: applicant.phone

    /** Has a code sent, unless it was. */
    fun askForCode() {
        if ((screen as Screen.ConfirmPhone).code != null) return
        press(R.string.send_code)
        codes.merge(number, 1, Int::plus)
        wait("the message to be sent") { (screen as? Screen.ConfirmPhone)?.code != null }
    }

    /** The message with the code comes. */
    fun receiveCode() = TextMessageService.deliver(TextMessageService.tokens.last(), World.newestText(number, codes.getValue(number)))

    /** Spends every try of the PIN. */
    fun block() {
        repeat(TRIES) {
            prepareCard()
            if (sees(R.string.use_last_try)) press(R.string.use_last_try)
            sign(pin = WRONG)
            // Over NFC it is only the card that tells of the last try.
            if (state.trouble?.failure is Failure.PinLastTry) {
                press(R.string.use_last_try)
                sign(pin = WRONG)
            }
        }
        assertTrue(state.trouble?.failure is Failure.PinBlocked, outline)
        assertEquals(TRIES, commands.count { it.isPin })
        assertTrue(!seesKeypad, "no PIN is asked for that the card would not look at")
    }

    /** Has the portal send its code for a PIN that is blocked; for that the card is read. */
    fun askPortal() {
        press(R.string.unblock_with_portal)
        codes.merge(number, 1, Int::plus)
        meetCard()
    }

    /** The message with that code comes. */
    fun receiveHelp(): String {
        val text = World.newestText(number, codes.getValue(number))
        TextMessageService.deliver(TextMessageService.tokens.last(), text)
        settle()
        return text
    }

    // ------------------------------------------------------------------------------------------------ the card

    /** Plugs a reader in that has the card in it. */
    fun plugIn() {
        val reader = PluggedReader(applicant.card).also(onReader)
        UsbBus.plug(reader, permitted = true)
        wait("the reader") { state.readers.any { it.id == reader.device.deviceName } }
        settle()
    }

    /** Makes ready whatever comes before the PIN. */
    fun prepareCard() {
        if (way == Way.USB && UsbBus.plugged.isEmpty()) plugIn()
        // It may have been pulled out again while the card was read by itself.
        if (way == Way.USB && UsbBus.plugged.isEmpty()) return
        if (seesKeypad || sees(R.string.use_last_try)) return
        press(if (way == Way.NFC) R.string.to_the_pin else R.string.read_card)
        settle()
    }

    /** Signs: types the PIN, presses the button once, and holds the card to the phone as often as it is asked for. */
    fun sign(pin: String = applicant.pin, holds: Int = 1) {
        prepareCard()
        if (!seesKeypad) return
        typePin(pin)
        press(R.string.sign)
        meetCard(holds)
    }

    /** Holds the card to the phone, where that is the way, and waits for what comes of it. */
    fun meetCard(holds: Int = 1) {
        if (way == Way.NFC && state.busy?.card != null) {
            repeat(holds) {
                wait("the phone to look for the card") { NfcField.isLookedFor }
                val held = HeldCard(applicant.card).also(onCard)
                NfcField.hold(held)
                if (it < holds - 1) wait("the card to be lost") { !held.present }
            }
        }
        settle()
    }

    companion object {
        /** As many as a card of the world gives. */
        const val TRIES = 3
        private const val WRONG = "135790"

        /** Nanoseconds. Other things run on the machine as well. */
        private const val PATIENCE = 60_000_000_000L
    }
}
