package basvuru.android.screens

import androidx.activity.compose.PredictiveBackHandler
import androidx.compose.foundation.layout.Box
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.getValue
import androidx.compose.runtime.key
import androidx.compose.runtime.mutableFloatStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.graphicsLayer
import androidx.compose.ui.platform.LocalFocusManager
import androidx.lifecycle.compose.collectAsStateWithLifecycle
import basvuru.android.Errands
import basvuru.android.model.Action
import basvuru.android.model.AppState
import basvuru.android.model.ApplicationModel
import basvuru.android.model.Entry
import basvuru.android.model.Frame
import basvuru.android.model.Outside
import basvuru.android.screens.about.AboutScreen
import basvuru.android.screens.about.AboutState
import basvuru.android.screens.about.LicencesScreen
import basvuru.android.screens.about.LicencesState
import basvuru.android.screens.assisted.AssistedScreen
import basvuru.android.screens.assisted.AssistedState
import basvuru.android.screens.card.CertificateScreen
import basvuru.android.screens.card.CertificateState
import basvuru.android.screens.card.PinScreen
import basvuru.android.screens.card.PinState
import basvuru.android.screens.card.PrepareScreen
import basvuru.android.screens.card.PrepareState
import basvuru.android.screens.card.SigningScreen
import basvuru.android.screens.card.SigningState
import basvuru.android.screens.card.Ways
import basvuru.android.screens.care.CareScreen
import basvuru.android.screens.care.CareState
import basvuru.android.screens.devices.DevicesScreen
import basvuru.android.screens.devices.DevicesState
import basvuru.android.screens.documents.DocumentsScreen
import basvuru.android.screens.documents.DocumentsState
import basvuru.android.screens.form.FormScreen
import basvuru.android.screens.form.FormState
import basvuru.android.screens.help.HelpScreen
import basvuru.android.screens.help.HelpState
import basvuru.android.screens.history.HistoryScreen
import basvuru.android.screens.history.HistoryState
import basvuru.android.screens.method.MethodScreen
import basvuru.android.screens.method.MethodState
import basvuru.android.screens.orders.OrdersScreen
import basvuru.android.screens.orders.OrdersState
import basvuru.android.screens.pending.OpeningScreen
import basvuru.android.screens.pending.OpeningState
import basvuru.android.screens.pending.OutdatedScreen
import basvuru.android.screens.pending.OutdatedState
import basvuru.android.screens.pending.PendingScreen
import basvuru.android.screens.pending.PendingState
import basvuru.android.screens.phone.InstitutionScreen
import basvuru.android.screens.phone.InstitutionState
import basvuru.android.screens.phone.PhoneScreen
import basvuru.android.screens.phone.PhoneState
import basvuru.android.screens.receipt.ReceiptScreen
import basvuru.android.screens.receipt.ReceiptState
import basvuru.android.screens.signin.SignInScreen
import basvuru.android.screens.signin.SignInState
import basvuru.android.screens.welcome.WelcomeScreen
import basvuru.android.screens.welcome.WelcomeState
import basvuru.android.theme.AppTheme
import basvuru.core.Screen
import basvuru.core.Step
import kotlinx.coroutines.CancellationException

/** The whole app: what the model holds, drawn; what is done on it, sent. */
@Composable
fun BasvuruApp(model: ApplicationModel) {
    val state by model.state.collectAsStateWithLifecycle()
    Errands(model)
    AppTheme(state.dynamicColour) { BackGesture(state.canGoBack, model::send) { App(state, model::send) } }
}

/** The gesture back makes the page step aside before it goes. */
@Composable
private fun BackGesture(enabled: Boolean, send: (Action) -> Unit, content: @Composable () -> Unit) {
    var progress by remember { mutableFloatStateOf(0f) }
    PredictiveBackHandler(enabled) { events ->
        try {
            events.collect { progress = it.progress }
            send(Action.Back)
        } catch (cancelled: CancellationException) {
            progress = 0f
            throw cancelled
        }
        progress = 0f
    }
    Box(
        Modifier.graphicsLayer {
            scaleX = 1f - SHRINK * progress
            scaleY = scaleX
        }
    ) { content() }
}

private const val SHRINK = 0.1f

/** Navigation is this: the step's screen, unless the person is somewhere beside the journey or a card is at work. */
@Composable
fun App(state: AppState, send: (Action) -> Unit) {
    val step = state.step
    val frame = frame(state)
    val busy = state.busy
    val focus = LocalFocusManager.current
    LaunchedEffect(step?.screen?.let { it::class }, state.outside) { focus.clearFocus() }
    when {
        busy?.card != null -> SigningScreen(SigningState(frame, busy, state.condition.antenna), send)
        state.outside != null -> Beside(state, state.outside, frame, send)
        step == null -> OpeningScreen(OpeningState(frame), send)
        else -> Journey(state, step, frame, send)
    }
}

@Composable
private fun Beside(state: AppState, outside: Outside, frame: Frame, send: (Action) -> Unit) {
    val ways = Ways(state.readers, state.unusableReaders, state.condition)
    when (outside) {
        Outside.WELCOME -> WelcomeScreen(WelcomeState(frame, state.condition), send)
        Outside.HELP -> HelpScreen(HelpState(frame, state.step?.screen.let { it != null && it !is Screen.SignIn }), send)
        Outside.HISTORY -> HistoryScreen(HistoryState(frame, state.history), send)
        Outside.DEVICES -> DevicesScreen(DevicesState(frame, state.devices), send)
        Outside.CARE -> CareScreen(CareState(frame, state.care, ways), send)
        Outside.UNBLOCK -> CareScreen(CareState(frame, state.care, ways, journeyWaits = true), send)
        Outside.ABOUT -> AboutScreen(AboutState(frame, state.about, ways, state.dynamicColour), send)
        Outside.LICENCES -> LicencesScreen(LicencesState(frame, state.licences), send)
    }
}

@Composable
private fun Journey(state: AppState, step: Step, frame: Frame, send: (Action) -> Unit) {
    val entry = state.entry
    when (val screen = step.screen) {
        is Screen.SignIn -> if (entry is Entry.SignIn) SignInScreen(SignInState(frame, screen, entry, state.arrived), send)

        is Screen.ChooseOrder -> OrdersScreen(OrdersState(frame, screen), send)

        is Screen.FillForm -> if (entry is Entry.Form) FormScreen(FormState(frame, screen, entry), send)

        is Screen.ConfirmPhone ->
            if (entry is Entry.Code) key(screen.number) { PhoneScreen(PhoneState(frame, screen, entry, state.arrived), send) }

        is Screen.AwaitInstitution -> if (entry is Entry.Waiting) InstitutionScreen(InstitutionState(frame, screen, entry), send)

        is Screen.ChooseMethod -> MethodScreen(MethodState(frame, screen), send)

        is Screen.ReviewDocuments ->
            if (entry is Entry.Documents) DocumentsScreen(DocumentsState(frame, screen, entry, state.pages), send)

        is Screen.Sign -> if (entry is Entry.Card) Card(state, screen, entry, frame, send)

        is Screen.Pending -> PendingScreen(PendingState(frame, screen), send)

        is Screen.Done -> ReceiptScreen(ReceiptState(frame, screen), send)

        is Screen.Outdated -> OutdatedScreen(OutdatedState(frame, screen), send)
    }
}

/** Card and PIN, a question after the other: which card and how, which certificate, the PIN. */
@Composable
private fun Card(state: AppState, screen: Screen.Sign, entry: Entry.Card, frame: Frame, send: (Action) -> Unit) {
    val ways = Ways(state.readers, state.unusableReaders, state.condition)
    val card = screen.card
    val reader = card?.reader ?: ways.chosen(entry.reader)?.id
    val assisted = screen.assisted
    val code = assisted?.code
    when {
        reader != null && code != null && entry.helped ->
            AssistedScreen(AssistedState(frame, assisted, code, card, entry, reader, state.arrived), send)

        reader == null || (card == null && !entry.typing) -> PrepareScreen(PrepareState(frame, entry, ways), send)

        card != null && card.certificates.size > 1 && entry.certificate == null -> CertificateScreen(
            CertificateState(frame, card, entry),
            send
        )

        else -> PinScreen(PinState(frame, card, entry, reader, assisted), send)
    }
}

private fun frame(state: AppState): Frame {
    val step = state.step
    return Frame(
        title = step?.title.orEmpty(),
        hint = step?.hint.orEmpty(),
        place = step?.place,
        notice = step?.notice.takeIf { state.outside == null },
        clock = step?.clock,
        support = step?.support,
        privacy = step?.privacy,
        busy = state.busy,
        trouble = state.trouble,
        back = state.canGoBack
    )
}
