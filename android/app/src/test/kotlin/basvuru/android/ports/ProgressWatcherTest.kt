package basvuru.android.ports

import android.app.Application
import android.os.Vibrator
import basvuru.core.WorkStage
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertNull
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config

@RunWith(RobolectricTestRunner::class)
@Config(application = Application::class)
class ProgressWatcherTest {
    private val watcher by lazy { ProgressWatcher(RuntimeEnvironment.getApplication()) }
    private val vibrator by lazy { shadowOf(RuntimeEnvironment.getApplication().getSystemService(Vibrator::class.java)) }

    @Test
    fun `the latest is kept until it is over`() {
        watcher.progress(WorkStage.AwaitingCard, "Kartı tutun")
        watcher.progress(WorkStage.ReadingCard, "Kart okunuyor")
        assertEquals(Progress(WorkStage.ReadingCard, "Kart okunuyor"), watcher.progress.value)
        watcher.clear()
        assertNull(watcher.progress.value)
    }

    @Test
    fun `the hand feels when the card is done, and only then`() {
        watcher.progress(WorkStage.Signing, "İmzalanıyor")
        assertFalse(vibrator.isVibrating)
        watcher.progress(WorkStage.CardDone, "Kartı çekebilirsiniz")
        assertEquals(250L, vibrator.milliseconds)
    }
}
