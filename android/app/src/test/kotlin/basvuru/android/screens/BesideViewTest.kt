package basvuru.android.screens

import androidx.activity.ComponentActivity
import androidx.compose.ui.test.junit4.v2.createAndroidComposeRule
import basvuru.android.model.About
import basvuru.android.model.Care
import basvuru.android.model.PhoneAbout
import basvuru.android.model.Remedy
import basvuru.android.screens.about.AboutScreen
import basvuru.android.screens.about.AboutState
import basvuru.android.screens.about.LicencesScreen
import basvuru.android.screens.about.LicencesState
import basvuru.android.screens.card.Ways
import basvuru.android.screens.care.CareScreen
import basvuru.android.screens.care.CareState
import basvuru.android.screens.help.HelpScreen
import basvuru.android.screens.help.HelpState
import basvuru.android.screens.history.HistoryScreen
import basvuru.android.screens.history.HistoryState
import basvuru.android.screens.pending.OpeningScreen
import basvuru.android.screens.pending.OpeningState
import basvuru.android.screens.pending.OutdatedScreen
import basvuru.android.screens.pending.OutdatedState
import basvuru.core.Failure
import basvuru.core.Screen
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config

/** What is sent from the screens beside the journey. */
@RunWith(RobolectricTestRunner::class)
@Config(application = android.app.Application::class, qualifiers = "tr-w412dp-h915dp-mdpi")
class BesideViewTest {
    @get:Rule
    val rule = createAndroidComposeRule<ComponentActivity>()

    private val answers by lazy { Answers(rule) }

    @Test
    fun `help leads everywhere else`() {
        answers.show { send -> HelpScreen(HelpState(answers.frame.copy(back = true), signedIn = false), send) }
        for (way in listOf("Destek hattını ara", "Desteğe yaz", "Geçmiş başvurular", "Kart ve PIN", "Uygulama hakkında", "Geri")) {
            answers.press(way)
        }
        answers.are(
            "Run(errand=Call(phone=+90 444 5 576))",
            "Run(errand=Write(email=destek@basvuru.example))",
            "Go(outside=HISTORY)",
            "Go(outside=CARE)",
            "Go(outside=ABOUT)",
            "Back"
        )
    }

    @Test
    fun `who is signed in sees where`() {
        answers.show { send -> HelpScreen(HelpState(answers.frame, signedIn = true), send) }
        answers.press("Oturum açık cihazlar")
        answers.are("Go(outside=DEVICES)")
    }

    @Test
    fun `everything is erased only by somebody who is sure`() {
        answers.show { send -> HelpScreen(HelpState(answers.frame, signedIn = false), send) }
        answers.press("Her şeyi sil")
        answers.are()
        answers.pressLast("Her şeyi sil")
        answers.are("Erase")
    }

    @Test
    fun `a past application is shared`() {
        answers.show { send -> HistoryScreen(HistoryState(answers.frame, listOf(sampleReceipt)), send) }
        answers.press("2026-000001-1")
        answers.are("ShareReceipt 2026-000001-1")
    }

    @Test
    fun `a card is looked at when asked for, in the reader that was picked`() {
        val ways = Ways(listOf(usbReader, nfcReader), emptyList(), ready)
        answers.show { send -> CareScreen(CareState(answers.frame, Care(), ways), send) }
        answers.are()
        answers.press("Kartı telefona yasla (NFC)")
        answers.press("Kartı oku")
        answers.are("LookAtCard(reader=nfc)")
    }

    @Test
    fun `the app tells what it is, tests readers and hands on the diagnosis`() {
        val about = About(PhoneAbout("0.1.0", "16", "Telefon"))
        val ways = Ways(listOf(usbReader, nfcReader), emptyList(), ready)
        answers.show { send -> AboutScreen(AboutState(answers.frame, about, ways, dynamicColour = false), send) }
        for (act in listOf("Okuyucuyu sına", "Duvar kâğıdının renkleri", "Lisanslar", "Tanı dosyasını paylaş")) answers.press(act)
        answers.are("TestReader(reader=usb)", "DynamicColour(on=true)", "Go(outside=LICENCES)", "ShareDiagnosis")
    }

    @Test
    fun `licences are only read`() {
        answers.show { send -> LicencesScreen(LicencesState(answers.frame.copy(back = true), "MIT"), send) }
        answers.press("Geri")
        answers.are("Back")
    }

    @Test
    fun `a journey that cannot be opened begins afresh only when asked to`() {
        val frame = answers.failed(Failure.JournalUnreadable(), Remedy.START_AFRESH)
        answers.show { send -> OpeningScreen(OpeningState(frame), send) }
        answers.are()
        answers.press("Yeniden başla")
        answers.are("Mend(remedy=START_AFRESH)")
    }

    @Test
    fun `an app that is too old leads to where apps are had from`() {
        answers.show { send -> OutdatedScreen(OutdatedState(answers.frame, Screen.Outdated("0.1.0")), send) }
        answers.press("Uygulamayı güncelle")
        answers.are("Run(errand=Update)")
    }
}
