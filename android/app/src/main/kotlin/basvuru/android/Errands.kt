package basvuru.android

import android.content.ActivityNotFoundException
import android.content.ClipData
import android.content.Context
import android.content.Intent
import android.media.MediaDataSource
import android.media.MediaPlayer
import android.provider.Settings
import androidx.activity.compose.rememberLauncherForActivityResult
import androidx.activity.result.contract.ActivityResultContracts.CreateDocument
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.rememberCoroutineScope
import androidx.compose.ui.platform.Clipboard
import androidx.compose.ui.platform.LocalClipboard
import androidx.compose.ui.platform.LocalContext
import androidx.compose.ui.platform.toClipEntry
import androidx.core.content.FileProvider
import androidx.core.net.toUri
import basvuru.android.model.ApplicationModel
import basvuru.android.model.Errand
import basvuru.android.model.SettingsPage
import java.io.File
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext

/** Does what the model asks of the system and of other apps. */
@Composable
fun Errands(model: ApplicationModel) {
    val context = LocalContext.current
    val clipboard = LocalClipboard.current
    val scope = rememberCoroutineScope()
    val save = rememberLauncherForActivityResult(CreateDocument(CONTAINER)) { target ->
        if (target != null) {
            scope.launch {
                val octets = model.fileToSave?.let { model.read(it) } ?: return@launch
                withContext(Dispatchers.IO) { context.contentResolver.openOutputStream(target)?.use { it.write(octets) } }
            }
        }
    }
    LaunchedEffect(model) {
        model.errands.collect { errand ->
            when (errand) {
                is Errand.Save -> save.launch(errand.file.name)

                is Errand.Share -> context.share(model, errand)

                is Errand.Play -> play(errand.sound)

                is Errand.Copy -> clipboard.copy(errand.text)

                is Errand.Call -> if (!context.open(Intent(Intent.ACTION_DIAL, "tel:${errand.phone}".toUri()))) clipboard.copy(errand.phone)

                is Errand.Write -> if (!context.open(
                        Intent(Intent.ACTION_SENDTO, "mailto:${errand.email}".toUri())
                    )
                ) {
                    clipboard.copy(errand.email)
                }

                is Errand.Browse -> if (!context.open(Intent(Intent.ACTION_VIEW, errand.address.toUri()))) clipboard.copy(errand.address)

                Errand.Update -> context.open(Intent(Intent.ACTION_VIEW, "market://details?id=${context.packageName}".toUri()))

                is Errand.Settings -> context.open(Intent(page(errand.which))) || context.open(Intent(Settings.ACTION_SETTINGS))
            }
        }
    }
}

private fun page(which: SettingsPage) = when (which) {
    SettingsPage.NFC -> Settings.ACTION_NFC_SETTINGS
    SettingsPage.NETWORK -> Settings.ACTION_WIRELESS_SETTINGS
    SettingsPage.DATE -> Settings.ACTION_DATE_SETTINGS
}

/** Whether the phone has something for it. */
private fun Context.open(intent: Intent): Boolean = try {
    startActivity(intent)
    true
} catch (_: ActivityNotFoundException) {
    false
}

private suspend fun Clipboard.copy(text: String) = setClipEntry(ClipData.newPlainText(null, text).toClipEntry())

/** Files go as copies in a folder that is emptied before each time. */
private suspend fun Context.share(model: ApplicationModel, errand: Errand.Share) {
    val octets = model.read(errand.file) ?: return
    val uri = withContext(Dispatchers.IO) {
        val folder = File(cacheDir, "shared").apply {
            deleteRecursively()
            mkdirs()
        }
        val file = File(folder, errand.file.name).apply { writeBytes(octets) }
        FileProvider.getUriForFile(this@share, "$packageName.files", file)
    }
    val send = Intent(Intent.ACTION_SEND)
        .setType(errand.file.mediaType)
        .putExtra(Intent.EXTRA_STREAM, uri)
        .putExtra(Intent.EXTRA_TEXT, errand.text)
        .addFlags(Intent.FLAG_GRANT_READ_URI_PERMISSION)
    send.clipData = ClipData.newRawUri(null, uri)
    open(Intent.createChooser(send, null))
}

/** Plays a sound that is no file anywhere. */
private fun play(sound: ByteArray) {
    val player = MediaPlayer()
    player.setOnCompletionListener { it.release() }
    player.setOnErrorListener { failed, _, _ ->
        failed.release()
        true
    }
    player.setOnPreparedListener { it.start() }
    player.setDataSource(InMemory(sound))
    player.prepareAsync()
}

private class InMemory(private val octets: ByteArray) : MediaDataSource() {
    override fun getSize() = octets.size.toLong()

    override fun readAt(position: Long, buffer: ByteArray, offset: Int, size: Int): Int {
        if (position >= octets.size) return -1
        val count = minOf(size, octets.size - position.toInt())
        octets.copyInto(buffer, offset, position.toInt(), position.toInt() + count)
        return count
    }

    override fun close() = Unit
}

private const val CONTAINER = "application/vnd.etsi.asic-e+zip"
