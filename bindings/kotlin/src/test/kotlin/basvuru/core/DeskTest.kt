package basvuru.core

import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertIs
import kotlin.test.assertNull
import kotlin.test.assertTrue
import kotlin.test.fail

/** Card care, beside the journey. */
class DeskTest {
    @Test
    fun `a card desk looks at a card and changes its PIN beside an open application`() = withPhone {
        walkTo<Screen.Sign>()
        openDesk().use { desk ->
            val card = desk.look(readers.reader)
            assertTrue(card.certificates.single().usable)
            assertEquals(card.certificates.single().holder, card.holder)
            assertEquals(3.toUByte(), card.triesLeft)
            assertNull(card.notice)
            val changed = change(desk, applicant.pin, NEW_PIN)
            assertEquals(card.serial, changed.serial)
        }
        assertIs<Failure.PinWrong>(failure(sign()))
        answer(sign(NEW_PIN))
        walkTo<Screen.Done>()
    }

    @Test
    fun `a card desk refuses a new PIN that cannot be one and tells what the card thinks of the old one`() = withPhone {
        openDesk().use { desk ->
            assertIs<Failure.NewPinSame>(refusal { change(desk, applicant.pin, applicant.pin) })
            val malformed = assertIs<Failure.NewPinMalformed>(refusal { change(desk, applicant.pin, "1") })
            assertEquals(4.toUByte(), malformed.minLength)
            assertEquals(0, readers.instructions.count { it == CHANGE })
            val wrong = assertIs<Failure.PinWrong>(refusal { change(desk, "135792", NEW_PIN) })
            assertEquals(2.toUByte(), wrong.triesLeft)
            desk.setLanguage(Language.ENGLISH)
            assertTrue("2 PIN tries" in desk.look(readers.reader).triesSentence.orEmpty())
        }
    }

    @Test
    fun `a PIN that was under way to be changed when the link was lost is told as what it is`() = withPhone {
        openDesk().use { desk ->
            readers.beforeTransmit = { if (it == CHANGE) throw LinkFailure.CancelledByPerson(Delivery.UNKNOWN) }
            assertIs<Failure.PinChangeOutcomeUnknown>(refusal { change(desk, applicant.pin, NEW_PIN) })
            readers.beforeTransmit = { if (it == CHANGE) throw LinkFailure.CancelledByPerson(Delivery.NOT_SENT) }
            assertIs<Failure.CardCancelled>(refusal { change(desk, applicant.pin, NEW_PIN) })
            assertEquals(0, readers.instructions.count { it == CHANGE })
        }
    }

    @Test
    fun `a card desk unblocks a blocked PIN beside an open application, which goes on`() = withPhone {
        walkTo<Screen.Sign>()
        openDesk().use { desk ->
            repeat(2) { assertIs<Failure.PinWrong>(refusal { change(desk, "135792", NEW_PIN) }) }
            assertIs<Failure.PinBlocked>(refusal { change(desk, "135792", NEW_PIN, lastTry = true) })
            val unblocking = desk.look(readers.reader).unblocking ?: fail("the card tells of its PUK")
            assertEquals(PinRules(8u, 8u, true), unblocking.puk)
            assertEquals(3.toUByte(), unblocking.triesLeft)
            assertTrue("PUK" in unblocking.triesSentence.orEmpty())
            assertIs<Failure.PukMalformed>(refusal { unblock(desk, "1", NEW_PIN) })
            assertIs<Failure.NewPinMalformed>(refusal { unblock(desk, PUK, "1") })
            assertEquals(0, readers.instructions.count { it == UNBLOCK })
            val wrong = assertIs<Failure.PukWrong>(refusal { unblock(desk, "86427531", NEW_PIN) })
            assertEquals(2.toUByte(), wrong.triesLeft)
            assertNull(unblock(desk, PUK, NEW_PIN).notice)
            assertEquals(2, readers.instructions.count { it == UNBLOCK })
        }
        answer(sign(NEW_PIN))
        walkTo<Screen.Done>()
    }

    @Test
    fun `a PUK that was under way when the link was lost is told as what it is`() = withPhone {
        openDesk().use { desk ->
            readers.beforeTransmit = { if (it == UNBLOCK) throw LinkFailure.CardLost(Delivery.UNKNOWN) }
            assertIs<Failure.PukOutcomeUnknown>(refusal { unblock(desk, PUK, NEW_PIN) })
            readers.beforeTransmit = { if (it == UNBLOCK) throw LinkFailure.CardLost(Delivery.NOT_SENT) }
            assertIs<Failure.CardLost>(refusal { unblock(desk, PUK, NEW_PIN) })
            assertEquals(0, readers.instructions.count { it == UNBLOCK })
        }
    }

    @Test
    fun `a reader is tested without a PIN`() {
        for (way in TcpReaders.Way.entries) {
            withPhone(Phone(way)) {
                openDesk().use { desk ->
                    val report = desk.testReader(readers.reader)
                    assertEquals(way == TcpReaders.Way.USB, report.exchange == "TPDU")
                    assertTrue(report.cardPresent)
                    assertEquals(2, report.sentences.size)
                    readers.beforeConnect = { throw LinkFailure.NoCard() }
                    assertEquals(false, desk.testReader(readers.reader).cardPresent)
                }
            }
        }
    }

    private suspend fun Phone.change(desk: CardDesk, old: String, new: String, lastTry: Boolean = false): CardReport =
        secret(old) { Pin(it) }.use { oldPin ->
            secret(new) { Pin(it) }.use { newPin -> desk.changePin(readers.reader, oldPin, newPin, lastTry) }
        }

    private suspend fun Phone.unblock(desk: CardDesk, puk: String, new: String): CardReport =
        secret(puk) { Pin(it) }.use { typed ->
            secret(new) { Pin(it) }.use { newPin -> desk.unblockPin(readers.reader, typed, newPin, false) }
        }

    private suspend fun refusal(attempt: suspend () -> Unit): Failure =
        try {
            attempt()
            fail("nothing was refused")
        } catch (failure: Failure) {
            failure
        }

    private companion object {
        const val NEW_PIN = "975310"
        const val CHANGE = 0x24
        const val UNBLOCK = 0x2C

        /** The PUK of every card of the world. */
        const val PUK = "13572468"
    }
}
