package basvuru.android.life

import basvuru.android.R
import basvuru.android.journey.Journey
import basvuru.android.journey.Place
import kotlin.test.assertEquals
import kotlin.test.assertTrue
import org.junit.Test

class LaunchTest : Journey() {
    @Test
    fun `the first step is on the screen soon`() {
        // The first start loads classes; the second one tells what the app itself takes.
        val began = System.nanoTime()
        person.startAgain()
        val milliseconds = (System.nanoTime() - began) / 1_000_000
        assertEquals(Place.WELCOME, person.place)
        assertTrue(person.sees(R.string.begin))
        println("first drawn step: $milliseconds ms")
    }
}
