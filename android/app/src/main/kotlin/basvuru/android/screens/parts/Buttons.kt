package basvuru.android.screens.parts

import androidx.annotation.DrawableRes
import androidx.compose.foundation.layout.PaddingValues
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.material3.FilledTonalButton
import androidx.compose.material3.Icon
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.runtime.ReadOnlyComposable
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.RectangleShape
import androidx.compose.ui.platform.LocalDensity
import androidx.compose.ui.res.painterResource
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.TextStyle
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.unit.Dp
import androidx.compose.ui.unit.dp
import androidx.compose.ui.unit.sp

/** A quiet button that stands below text: its words begin where the text does. [said] is what a screen reader says instead. */
@Composable
fun QuietButton(
    label: String,
    onClick: () -> Unit,
    @DrawableRes icon: Int? = null,
    @DrawableRes iconAfter: Int? = null,
    said: String? = null,
    style: TextStyle = MaterialTheme.typography.labelLarge
) {
    TextButton(
        onClick,
        Modifier.heightIn(min = 48.dp).semantics { said?.let { contentDescription = it } },
        shape = RectangleShape,
        contentPadding = FLUSH
    ) {
        icon?.let { Icon(painterResource(it), null, Modifier.padding(end = 8.dp).size(lettered(18))) }
        Text(label, style = style)
        iconAfter?.let { Icon(painterResource(it), null, Modifier.padding(start = 8.dp).size(lettered(16))) }
    }
}

/** A button within the page, beside the one primary action. */
@Composable
fun SecondButton(label: String, onClick: () -> Unit, modifier: Modifier = Modifier, @DrawableRes icon: Int? = null) {
    FilledTonalButton(onClick, modifier.heightIn(min = 48.dp)) {
        icon?.let { Icon(painterResource(it), null, Modifier.padding(end = 8.dp).size(lettered(20))) }
        Text(label, textAlign = TextAlign.Center)
    }
}

/** A length that grows with the letters, for what stands beside them. */
@Composable
@ReadOnlyComposable
fun lettered(size: Int): Dp = with(LocalDensity.current) { size.sp.toDp() }

private val FLUSH = PaddingValues(top = 8.dp, end = 12.dp, bottom = 8.dp)
