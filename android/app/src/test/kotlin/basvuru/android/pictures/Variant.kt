package basvuru.android.pictures

import android.os.LocaleList
import java.util.Locale
import java.util.TimeZone
import org.junit.rules.ExternalResource
import org.robolectric.RuntimeEnvironment

/** How a state is pictured. The key ones are enough for the last two; one shows what has to be scrolled to as well. */
enum class Variant(
    val qualifiers: String,
    val font: Float = 1f,
    val doubled: Boolean = false,
    val keyStatesOnly: Boolean = false,
    val scrolls: Boolean = false
) {
    LIGHT("tr-rTR-w412dp-h915dp-port-notnight-mdpi", scrolls = true),
    DARK("tr-rTR-w412dp-h915dp-port-night-mdpi"),
    LARGE("tr-rTR-w412dp-h915dp-port-notnight-mdpi", font = 2f),
    DOUBLED("tr-rTR-w412dp-h915dp-port-notnight-mdpi", doubled = true),
    ENGLISH("en-rGB-w412dp-h915dp-port-notnight-mdpi"),
    LANDSCAPE("tr-rTR-w915dp-h412dp-land-notnight-mdpi", keyStatesOnly = true),
    TABLET("tr-rTR-w1280dp-h800dp-land-notnight-mdpi", keyStatesOnly = true)
    ;

    override fun toString(): String = name.lowercase()
}

/**
 * Makes the phone what a variant wants, before an activity starts. The language is set for Java as well: letters are shaped by it
 * (Turkish has no ligature of f and i), and it would be that of whoever runs the test otherwise.
 */
class Configured(private val variant: Variant) : ExternalResource() {
    private val locale = Locale.getDefault()
    private val zone = TimeZone.getDefault()

    override fun before() {
        val spoken = Locale.forLanguageTag(variant.qualifiers.substringBefore("-w").replace("-r", "-"))
        Locale.setDefault(spoken)
        LocaleList.setDefault(LocaleList(spoken))
        TimeZone.setDefault(TimeZone.getTimeZone("Europe/Istanbul"))
        RuntimeEnvironment.setQualifiers(variant.qualifiers)
        RuntimeEnvironment.setFontScale(variant.font)
    }

    override fun after() {
        Locale.setDefault(locale)
        TimeZone.setDefault(zone)
    }
}
