package basvuru.android.screens.parts

import android.icu.text.DateFormat
import androidx.compose.runtime.Composable
import androidx.compose.runtime.ReadOnlyComposable
import java.time.Instant
import java.util.Date

/** A day as people write it. */
@Composable
@ReadOnlyComposable
fun day(moment: Instant): String = DateFormat.getDateInstance(DateFormat.LONG, locale()).format(Date.from(moment))

/** A day and the time of it as people write them. */
@Composable
@ReadOnlyComposable
fun dayAndTime(moment: Instant): String =
    DateFormat.getDateTimeInstance(DateFormat.LONG, DateFormat.SHORT, locale()).format(Date.from(moment))
