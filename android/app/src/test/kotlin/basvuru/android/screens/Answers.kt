package basvuru.android.screens

import androidx.activity.ComponentActivity
import androidx.compose.runtime.Composable
import androidx.compose.ui.test.SemanticsNodeInteraction
import androidx.compose.ui.test.hasAnyAncestor
import androidx.compose.ui.test.hasClickAction
import androidx.compose.ui.test.hasContentDescription
import androidx.compose.ui.test.hasScrollAction
import androidx.compose.ui.test.hasSetTextAction
import androidx.compose.ui.test.hasText
import androidx.compose.ui.test.junit4.AndroidComposeTestRule
import androidx.compose.ui.test.onLast
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.performScrollTo
import androidx.compose.ui.test.performTextInput
import androidx.test.ext.junit.rules.ActivityScenarioRule
import basvuru.android.model.Action
import basvuru.android.model.Frame
import basvuru.android.model.Remedy
import basvuru.android.model.Trouble
import basvuru.android.theme.AppTheme
import basvuru.core.Answer
import basvuru.core.Failure
import basvuru.core.Language
import basvuru.core.SupportContact
import basvuru.core.explain
import kotlin.test.assertEquals

internal typealias ComposeRule = AndroidComposeTestRule<ActivityScenarioRule<ComponentActivity>, ComponentActivity>

/** A screen somebody uses, and everything that it sends, in full. */
internal class Answers(private val rule: ComposeRule) {
    private val sent = mutableListOf<String>()
    val frame = Frame(title = "Başlık", support = SupportContact("+90 444 5 576", "destek@basvuru.example"))

    fun show(screen: @Composable ((Action) -> Unit) -> Unit) {
        rule.setContent { AppTheme { screen { sent += describe(it) } } }
    }

    fun press(label: String) {
        reach(label).performClick()
        rule.waitForIdle()
    }

    /** The last of several buttons that are named alike: the one that asks whether somebody is sure. */
    fun pressLast(label: String) {
        rule.onAllNodes(hasText(label) and hasClickAction()).onLast().performScrollTo().performClick()
        rule.waitForIdle()
    }

    fun reach(label: String): SemanticsNodeInteraction {
        val button = (hasText(label) or hasContentDescription(label)) and hasClickAction()
        val node = rule.onNode(button)
        val scrolls = rule.onAllNodes(button and hasAnyAncestor(hasScrollAction())).fetchSemanticsNodes().isNotEmpty()
        return if (scrolls) node.performScrollTo() else node
    }

    fun type(label: String, text: String): SemanticsNodeInteraction =
        rule.onNode(hasText(label) and hasSetTextAction()).also { it.performTextInput(text) }

    /** All of it, and nothing more. */
    fun are(vararg expected: String) = assertEquals(expected.toList(), sent)

    fun failed(failure: Failure, vararg remedies: Remedy) =
        frame.copy(trouble = Trouble(failure, explain(failure, Language.TURKISH), remedies.toList()))

    private fun describe(action: Action): String = when (action) {
        is Action.Reply -> describe(action.answer).also { action.answer.destroy() }
        is Action.ShareReceipt -> "ShareReceipt ${action.receipt.number}"
        is Action.SaveReceipt -> "SaveReceipt ${action.receipt.number}"
        else -> action.toString()
    }

    private fun describe(answer: Answer): String = when (answer) {
        is Answer.SignIn ->
            "SignIn ${answer.identityKind} ${answer.identity} ${answer.accessPassword.utf8().decodeToString()} ${answer.captcha}"

        is Answer.ConfirmCode -> "ConfirmCode ${answer.code.utf8().decodeToString()}"

        is Answer.Sign -> "Sign ${answer.reader} lastTry=${answer.lastTryConfirmed} ${answer.certificate}"

        is Answer.ApproveForm -> "ApproveForm ${answer.values.toSortedMap()}"

        is Answer.ChooseOrder -> "ChooseOrder ${answer.order}"

        is Answer.ChangeForm -> "ChangeForm ${answer.order}"

        is Answer.ChooseMethod -> "ChooseMethod ${answer.method}"

        is Answer.SendCode -> "SendCode ${answer.appToken}"

        is Answer.ReadCard -> "ReadCard ${answer.reader}"

        is Answer.RequestUnblocking -> "RequestUnblocking ${answer.reader}"

        is Answer.Unblock -> "Unblock ${answer.reader} ${answer.code.utf8().decodeToString()}"

        else -> checkNotNull(answer::class.simpleName)
    }
}
