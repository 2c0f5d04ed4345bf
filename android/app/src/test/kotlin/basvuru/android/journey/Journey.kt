package basvuru.android.journey

import androidx.compose.ui.test.junit4.v2.createEmptyComposeRule
import basvuru.android.phone.PhoneRule
import org.junit.Rule
import org.junit.rules.RuleChain
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner

/** A person with a phone, the whole app and the real core behind it. */
@RunWith(RobolectricTestRunner::class)
abstract class Journey {
    private val compose = createEmptyComposeRule()
    internal val person = Person(compose)

    @get:Rule
    val rules: RuleChain = RuleChain.outerRule(PhoneRule()).around(compose).around(person)
}
