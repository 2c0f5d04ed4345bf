package basvuru.core

import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertIs
import kotlin.test.assertNotEquals
import kotlin.test.assertNotNull
import kotlin.test.assertNull
import kotlin.test.assertTrue

/** What an app is built from: links, the names of applications on cards, its language. */
class InvitationTest {
    private val portals = listOf("https://basvuru.example")

    @Test
    fun `an invitation's link says where and what for`() {
        val link = "https://basvuru.example/apply?identity=passport&order=2026-K7MP4XQR&return=https%3A%2F%2Fbasvuru.example%2F"
        val invitation = readLink(link, portals)
        val expected = Invitation(portals.single(), IdentityKind.PASSPORT, "2026-K7MP4XQR", "https://basvuru.example/")
        assertEquals(expected, invitation)
    }

    @Test
    fun `no other link is taken for an invitation, and no other portal is opened`() {
        for (link in listOf("", "basvuru://apply", "https://basvuru.example/", "https://user@basvuru.example/apply")) {
            assertFailsWith<Failure.LinkInvalid>(link) { readLink(link, portals) }
        }
        assertFailsWith<Failure.PortalNotOurs> { readLink("https://basvuru.example.evil.example/apply", portals) }
    }

    @Test
    fun `the names that are selected on cards are hexadecimal and PKCS 15 is among them`() {
        val names = cardApplications()
        assertTrue(names.all { Regex("([0-9A-F]{2}){5,16}").matches(it) }, "$names")
        assertTrue("A000000063504B43532D3135" in names)
    }

    @Test
    fun `the order of the link is entered by itself`() = withPhone(Phone(order = true)) {
        val first = assertIs<Screen.SignIn>(screen)
        assertTrue(first.host in World.portal)
        answer(answer(screen))
        assertIs<Screen.FillForm>(answer(answer(screen)).screen)
    }

    @Test
    fun `the picture code is spoken when it is asked for`() = withPhone {
        val shown = assertIs<Screen.SignIn>(answer(Answer.RequestCaptcha).screen)
        assertNull(shown.captcha?.sound)
        val spoken = assertIs<Screen.SignIn>(answer(Answer.RequestSpokenCaptcha).screen)
        assertEquals("RIFF", assertNotNull(spoken.captcha?.sound).copyOf(4).decodeToString())
    }

    @Test
    fun `the language changes without opening again, and every step says where it is`() = withPhone {
        walkTo<Screen.FillForm>()
        val turkish = application.step()
        application.setLanguage(Language.ENGLISH)
        val english = application.step()
        assertNotEquals(turkish.title, english.title)
        assertEquals(2u to 7u, assertNotNull(english.place).let { it.number.toUInt() to it.count.toUInt() })
        assertNotNull(english.support)
        assertTrue("6698" in assertNotNull(english.privacy).let { it.title + it.text })
    }
}
