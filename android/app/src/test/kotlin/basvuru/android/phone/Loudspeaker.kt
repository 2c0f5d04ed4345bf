package basvuru.android.phone

import android.media.MediaDataSource
import android.media.MediaPlayer
import java.util.Collections
import org.robolectric.annotation.Implementation
import org.robolectric.annotation.Implements
import org.robolectric.shadows.ShadowMediaPlayer

/** What the phone plays. */
internal object Loudspeaker {
    val played: MutableList<ByteArray> = Collections.synchronizedList(mutableListOf())

    fun install() {
        played.clear()
        ShadowMediaPlayer.setMediaInfoProvider { ShadowMediaPlayer.MediaInfo(1, 0) }
    }
}

/** Robolectric's, which does not look into what is played. */
@Implements(MediaPlayer::class)
class MediaPlayerShadow : ShadowMediaPlayer() {
    private var source: MediaDataSource? = null

    @Implementation
    override fun setDataSource(source: MediaDataSource) {
        this.source = source
        super.setDataSource(source)
    }

    @Implementation
    override fun start() {
        super.start()
        source?.let { source ->
            val octets = ByteArray(source.size.toInt())
            source.readAt(0, octets, 0, octets.size)
            Loudspeaker.played += octets
        }
    }
}
