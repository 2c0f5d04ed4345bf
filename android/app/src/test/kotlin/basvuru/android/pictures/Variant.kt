package basvuru.android.pictures

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

/** Makes the phone what a variant wants, before an activity starts. */
class Configured(private val variant: Variant) : ExternalResource() {
    override fun before() {
        RuntimeEnvironment.setQualifiers(variant.qualifiers)
        RuntimeEnvironment.setFontScale(variant.font)
    }
}
