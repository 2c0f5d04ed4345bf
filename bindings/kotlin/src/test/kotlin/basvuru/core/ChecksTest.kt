package basvuru.core

import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertIs
import kotlin.test.assertNotEquals
import kotlin.test.assertTrue

/** Checks while something is typed. */
class ChecksTest {
    @Test
    fun `an identity number is incomplete, acceptable or refused with a sentence`() {
        judges("1000000014", "100 000 001 46", "10000000147") { checkIdentityNumber(it.first, it.second) }
    }

    @Test
    fun `a passport number is incomplete, acceptable or refused with a sentence`() {
        judges("U12", "u 12 345 678", "U1234567890") { checkPassportNumber(it.first, it.second) }
    }

    @Test
    fun `a code is incomplete, acceptable or refused with a sentence`() {
        judges("12345", "123 456", "1234567") { (text, language) -> password(text).use { checkCode(it, 6u, language) } }
    }

    @Test
    fun `a field's value is incomplete, acceptable or refused with a sentence`() {
        val field = FormField(
            "birth_date", "Doğum tarihi", null, FieldEntry.Date("1900-01-01", "2026-11-25"), true, false, "", null,
        )
        judges("7.3.", "7.3.1985", "7.3.1790") { checkField(field, it.first, it.second) }
    }

    @Test
    fun `a new PIN is incomplete, acceptable or refused with a sentence`() {
        val rules = PinRules(6u, 8u, true)
        judges("12345", "486213", "123456") { (text, language) ->
            secret(text) { Pin(it) }.use { checkNewPin(it, rules, language) }
        }
    }

    private fun judges(begun: String, right: String, wrong: String, check: (Pair<String, Language>) -> Check) {
        val sentences = Language.entries.map { language ->
            assertEquals(Check.Incomplete, check(begun to language))
            assertEquals(Check.Acceptable, check(right to language))
            assertIs<Check.Refused>(check(wrong to language)).sentence
        }
        assertNotEquals(sentences[0], sentences[1])
        assertTrue(sentences.all { it.endsWith(".") })
    }
}
