package basvuru.android.theme

import android.os.Build
import androidx.compose.foundation.isSystemInDarkTheme
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Shapes
import androidx.compose.material3.Typography
import androidx.compose.material3.dynamicDarkColorScheme
import androidx.compose.material3.dynamicLightColorScheme
import androidx.compose.runtime.Composable
import androidx.compose.ui.platform.LocalContext
import androidx.compose.ui.text.TextStyle
import androidx.compose.ui.text.font.FontWeight
import androidx.compose.ui.unit.dp
import androidx.compose.ui.unit.sp

/** How the app looks: its own colours, or the wallpaper's where the person and the phone want them. */
@Composable
fun AppTheme(dynamicColour: Boolean = false, content: @Composable () -> Unit) {
    val dark = isSystemInDarkTheme()
    val colours = when {
        dynamicColour && Build.VERSION.SDK_INT >= Build.VERSION_CODES.S -> LocalContext.current.let {
            if (dark) dynamicDarkColorScheme(it) else dynamicLightColorScheme(it)
        }

        dark -> darkColours

        else -> lightColours
    }
    MaterialTheme(colours, typography = typography, shapes = shapes, content = content)
}

/** Digits that stand below each other, for codes and countdowns. */
fun TextStyle.tabular(): TextStyle = copy(fontFeatureSettings = TABULAR)

private const val TABULAR = "tnum"

private val plain = Typography()

private val typography = plain.copy(
    headlineMedium = plain.headlineMedium.copy(fontSize = 28.sp, lineHeight = 34.sp, fontWeight = FontWeight.SemiBold),
    titleLarge = plain.titleLarge.copy(fontWeight = FontWeight.Medium),
    titleMedium = plain.titleMedium.copy(fontSize = 17.sp, fontWeight = FontWeight.SemiBold, letterSpacing = 0.sp),
    bodyLarge = plain.bodyLarge.copy(letterSpacing = 0.1.sp),
    bodyMedium = plain.bodyMedium.copy(letterSpacing = 0.1.sp),
    bodySmall = plain.bodySmall.copy(letterSpacing = 0.1.sp),
    labelLarge = plain.labelLarge.copy(fontSize = 16.sp, lineHeight = 22.sp),
    labelMedium = plain.labelMedium.copy(fontSize = 13.sp, letterSpacing = 0.1.sp)
)

private val shapes = Shapes(
    small = RoundedCornerShape(8.dp),
    medium = RoundedCornerShape(16.dp),
    large = RoundedCornerShape(24.dp)
)
