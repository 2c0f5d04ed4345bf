package basvuru.android.screens.signin

import android.graphics.BitmapFactory
import androidx.annotation.DrawableRes
import androidx.annotation.StringRes
import androidx.compose.foundation.Image
import androidx.compose.foundation.horizontalScroll
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.FlowRow
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.text.KeyboardOptions
import androidx.compose.foundation.text.input.KeyboardActionHandler
import androidx.compose.material3.CircularProgressIndicator
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Surface
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.ImageBitmap
import androidx.compose.ui.graphics.asImageBitmap
import androidx.compose.ui.layout.ContentScale
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.text.input.ImeAction
import androidx.compose.ui.text.input.KeyboardType
import androidx.compose.ui.unit.dp
import basvuru.android.R
import basvuru.android.model.Action
import basvuru.android.model.Entry
import basvuru.android.model.Errand
import basvuru.android.screens.parts.Field
import basvuru.android.screens.parts.FieldLook
import basvuru.android.screens.parts.QuietButton
import basvuru.android.theme.tabular
import basvuru.core.Answer
import basvuru.core.CaptchaFiles

/** The code in the picture: larger, another one, or spoken, each under its name. */
@Composable
fun Captcha(captcha: CaptchaFiles?, entry: Entry.SignIn, fault: String?, send: (Action) -> Unit, onDone: () -> Unit) {
    var large by remember { mutableStateOf(false) }
    val sound = captcha?.sound
    LaunchedEffect(sound != null) {
        if (sound != null && entry.listening) send(Action.Run(Errand.Play(sound)))
        entry.listening = false
    }
    Column(verticalArrangement = Arrangement.spacedBy(4.dp)) {
        CodePicture(captcha, large)
        FlowRow {
            Tool(R.drawable.ic_zoom, if (large) R.string.picture_smaller else R.string.picture_larger) { large = !large }
            Tool(R.drawable.ic_sound, R.string.picture_listen) {
                if (sound != null) {
                    send(Action.Run(Errand.Play(sound)))
                } else {
                    entry.listening = true
                    send(Action.Reply(Answer.RequestSpokenCaptcha))
                }
            }
            Tool(R.drawable.ic_refresh, R.string.picture_another) { send(Action.Reply(Answer.RequestCaptcha)) }
        }
        Field(
            entry.captcha,
            FieldLook(stringResource(R.string.picture_code), fault = fault),
            KeyboardOptions(autoCorrectEnabled = false, keyboardType = KeyboardType.Ascii, imeAction = ImeAction.Done),
            textStyle = MaterialTheme.typography.bodyLarge.tabular(),
            onDone = KeyboardActionHandler { onDone() }
        )
    }
}

@Composable
private fun CodePicture(captcha: CaptchaFiles?, large: Boolean) {
    val picture = remember(captcha?.id) { captcha?.picture?.let(::decode) }
    Surface(Modifier.fillMaxWidth(), MaterialTheme.shapes.medium, Color.White) {
        Box(Modifier.heightIn(min = 96.dp).padding(8.dp), contentAlignment = Alignment.Center) {
            if (picture == null) {
                CircularProgressIndicator(Modifier.size(32.dp))
            } else {
                Image(
                    picture,
                    stringResource(R.string.picture_described),
                    // Larger than the screen is wide: a finger moves it.
                    if (large) Modifier.horizontalScroll(rememberScrollState()).height(160.dp) else Modifier.fillMaxWidth().height(80.dp),
                    contentScale = if (large) ContentScale.FillHeight else ContentScale.Fit
                )
            }
        }
    }
}

@Composable
private fun Tool(@DrawableRes icon: Int, @StringRes label: Int, onClick: () -> Unit) {
    QuietButton(stringResource(label), onClick, icon)
}

/** A picture that is no picture, or far larger than a code needs, is none. */
private fun decode(octets: ByteArray): ImageBitmap? {
    val bounds = BitmapFactory.Options().apply { inJustDecodeBounds = true }
    BitmapFactory.decodeByteArray(octets, 0, octets.size, bounds)
    if (bounds.outWidth !in 1..LARGEST || bounds.outHeight !in 1..LARGEST) return null
    return BitmapFactory.decodeByteArray(octets, 0, octets.size)?.asImageBitmap()
}

private const val LARGEST = 2_048
