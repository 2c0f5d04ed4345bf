package basvuru.android.ports

import android.app.Activity
import android.app.Application
import android.content.BroadcastReceiver
import android.content.Context
import android.content.Intent
import android.content.IntentFilter
import android.nfc.NfcAdapter
import android.nfc.Tag
import android.nfc.tech.IsoDep
import android.os.Build
import android.os.Bundle
import androidx.annotation.RequiresApi
import basvuru.core.CardChannel
import basvuru.core.CardLink
import basvuru.core.Delivery
import basvuru.core.LinkFailure
import basvuru.core.ReaderDescription
import java.util.concurrent.atomic.AtomicBoolean
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.withContext

/**
 * The phone's own antenna.
 *
 * It looks for cards while a screen about the card is shown and the app is in front, and never elsewhere. It looks from the moment
 * the screen is there, so that a card held too early opens no other app; such a card is taken when the core asks for one.
 */
class NfcReader(private val application: Application) {
    enum class State { ABSENT, OFF, ON }

    private val adapter: NfcAdapter? = NfcAdapter.getDefaultAdapter(application)
    private val current = MutableStateFlow(look())

    /** Whether there is an antenna, and whether it is switched on. */
    val state: StateFlow<State> = current.asStateFlow()

    private val busy = AtomicBoolean()

    // These belong to the main thread.
    private var front: Activity? = null
    private var looking: Activity? = null
    private var cardScreen = false
    private var present: Tag? = null
    private var wanted: CompletableDeferred<Tag>? = null

    init {
        if (adapter != null) {
            application.registerActivityLifecycleCallbacks(Front())
            application.listen(IntentFilter(NfcAdapter.ACTION_ADAPTER_STATE_CHANGED), Switch())
        }
    }

    fun description(): ReaderDescription = ReaderDescription(ID, "NFC", CardLink.NFC)

    /** Says whether a screen about the card is shown. Called on the main thread; a wait for a card ends with the screen. */
    fun showCardScreen(shown: Boolean) {
        cardScreen = shown
        if (!shown) {
            present = null
            wanted?.completeExceptionally(LinkFailure.CancelledByPerson(Delivery.NOT_SENT))
        }
        update()
    }

    /** Waits for a card to be held to the phone. Where the antenna is switched off, it waits for that as well. */
    suspend fun connect(): CardChannel {
        if (adapter == null) throw LinkFailure.NoReader()
        if (!busy.compareAndSet(false, true)) throw LinkFailure.Busy()
        try {
            while (true) {
                val link = awaitCard()
                try {
                    withContext(Dispatchers.IO) { link.open() }
                    vibrate(application, SEEN_MILLISECONDS)
                    return IsoDepChannel(link) { busy.set(false) }
                } catch (_: LinkFailure.CardLost) {
                    // It was gone before it could be spoken to. Nothing was sent: the next one is waited for.
                }
            }
        } catch (failure: Throwable) {
            busy.set(false)
            throw failure
        }
    }

    /** Where on the back of the phone the antenna is, where the phone tells it. */
    fun antenna(): Antenna? = if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.UPSIDE_DOWN_CAKE) adapter?.let(::antennaOf) else null

    private suspend fun awaitCard(): IsoDep {
        val tag = withContext(Dispatchers.Main.immediate) {
            if (!cardScreen) throw LinkFailure.CancelledByPerson(Delivery.NOT_SENT)
            present?.also { present = null } ?: CompletableDeferred<Tag>().let {
                wanted = it
                try {
                    it.await()
                } finally {
                    wanted = null
                }
            }
        }
        // A sticker or a ticket: there is no card operating system behind it.
        return IsoDep.get(tag) ?: throw LinkFailure.Unsupported()
    }

    private fun seen(tag: Tag) {
        if (wanted?.complete(tag) != true) present = tag.takeIf { cardScreen }
    }

    private fun update() {
        current.value = look()
        val adapter = adapter ?: return
        val should = front.takeIf { cardScreen && adapter.isEnabled }
        if (should === looking) return
        looking?.takeUnless { it.isDestroyed }?.let(adapter::disableReaderMode)
        looking = should
        should?.let { activity ->
            adapter.enableReaderMode(activity, { tag -> activity.runOnUiThread { seen(tag) } }, FLAGS, presenceCheck())
        }
    }

    private fun look(): State = when {
        adapter == null -> State.ABSENT
        adapter.isEnabled -> State.ON
        else -> State.OFF
    }

    private fun presenceCheck() = Bundle().apply { putInt(NfcAdapter.EXTRA_READER_PRESENCE_CHECK_DELAY, PRESENCE_CHECK_MILLISECONDS) }

    private inner class Switch : BroadcastReceiver() {
        // The person may switch it on while a card is waited for: reader mode begins then, and the wait goes on.
        override fun onReceive(context: Context, intent: Intent) = update()
    }

    private inner class Front : Application.ActivityLifecycleCallbacks {
        override fun onActivityResumed(activity: Activity) {
            front = activity
            update()
        }

        override fun onActivityPaused(activity: Activity) {
            if (front !== activity) return
            front = null
            update()
        }

        override fun onActivityCreated(activity: Activity, state: Bundle?) = Unit

        override fun onActivityStarted(activity: Activity) = Unit

        override fun onActivityStopped(activity: Activity) = Unit

        override fun onActivitySaveInstanceState(activity: Activity, state: Bundle) = Unit

        override fun onActivityDestroyed(activity: Activity) = Unit
    }

    companion object {
        const val ID = "nfc"

        private const val FLAGS = NfcAdapter.FLAG_READER_NFC_A or NfcAdapter.FLAG_READER_NFC_B or
            NfcAdapter.FLAG_READER_SKIP_NDEF_CHECK or NfcAdapter.FLAG_READER_NO_PLATFORM_SOUNDS

        /** The usual 125 ms fall into a card's computation, and have cost secure channels on some phones. */
        private const val PRESENCE_CHECK_MILLISECONDS = 1_000
        private const val SEEN_MILLISECONDS = 60L
    }
}

/** A place on the back of the phone, as shares of its width and height from the upper left, as one looks at the screen. */
data class Antenna(val x: Float, val y: Float)

@RequiresApi(Build.VERSION_CODES.UPSIDE_DOWN_CAKE)
private fun antennaOf(adapter: NfcAdapter): Antenna? {
    val info = adapter.nfcAntennaInfo ?: return null
    val place = info.availableNfcAntennas.firstOrNull() ?: return null
    if (info.deviceWidth <= 0 || info.deviceHeight <= 0) return null
    // Android counts in millimetres from the lower left, as one looks at the screen.
    return Antenna(place.locationX / info.deviceWidth.toFloat(), 1 - place.locationY / info.deviceHeight.toFloat())
}
