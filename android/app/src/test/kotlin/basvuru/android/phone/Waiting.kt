package basvuru.android.phone

import kotlin.test.fail
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Deferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.async
import org.robolectric.shadows.ShadowLooper

/** Lets the main thread work until something is so. */
fun waitFor(what: String, isSo: () -> Boolean) {
    val deadline = System.nanoTime() + 60_000_000_000
    while (true) {
        ShadowLooper.idleMainLooper()
        if (isSo()) return
        if (System.nanoTime() > deadline) fail("waited in vain: $what")
        Thread.sleep(2)
    }
}

/** Begins something as the core does, which is never on the main thread. */
fun <T> begin(work: suspend CoroutineScope.() -> T): Deferred<T> = CoroutineScope(SupervisorJob() + Dispatchers.Default).async(block = work)

/** The value of something that was begun, while the main thread works. */
@OptIn(ExperimentalCoroutinesApi::class)
fun <T> Deferred<T>.get(): T {
    waitFor("the end of what was begun") { isCompleted }
    return getCompleted()
}

/** What something that was begun failed with. */
@OptIn(ExperimentalCoroutinesApi::class)
fun Deferred<*>.failure(): Throwable {
    waitFor("the failure of what was begun") { isCompleted }
    return getCompletionExceptionOrNull() ?: fail("nothing failed")
}
