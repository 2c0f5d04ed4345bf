package basvuru.android.ports

import basvuru.core.ProxyServer
import java.io.IOException
import java.net.InetSocketAddress
import java.net.Proxy
import java.net.ProxySelector
import java.net.SocketAddress
import java.net.URI
import kotlin.test.assertEquals
import kotlin.test.assertNull
import org.junit.After
import org.junit.Test

class SystemProxyTest {
    private val usual: ProxySelector? = ProxySelector.getDefault()

    @After
    fun asBefore() = ProxySelector.setDefault(usual)

    @Test
    fun `the network's proxy for the portal is taken by its name`() {
        val asked = mutableListOf<URI>()
        answer(Proxy(Proxy.Type.HTTP, InetSocketAddress.createUnresolved("proxy.kurum.example", 3128)), asked = asked)
        assertEquals(ProxyServer("proxy.kurum.example", 3128u), systemProxy("https://basvuru.example"))
        assertEquals(listOf(URI("https://basvuru.example")), asked)
    }

    @Test
    fun `where there is none, or none that carries HTTP, the way is direct`() {
        answer(Proxy.NO_PROXY)
        assertNull(systemProxy("https://basvuru.example"))
        answer(Proxy(Proxy.Type.SOCKS, InetSocketAddress.createUnresolved("socks.kurum.example", 1080)))
        assertNull(systemProxy("https://basvuru.example"))
        ProxySelector.setDefault(null)
        assertNull(systemProxy("https://basvuru.example"))
    }

    @Test
    fun `what comes first in the network's order is taken`() {
        val http = Proxy(Proxy.Type.HTTP, InetSocketAddress.createUnresolved("proxy.kurum.example", 3128))
        val socks = Proxy(Proxy.Type.SOCKS, InetSocketAddress.createUnresolved("socks.kurum.example", 1080))
        answer(Proxy.NO_PROXY, http)
        assertNull(systemProxy("https://basvuru.example"))
        answer(socks, http, Proxy.NO_PROXY)
        assertEquals(ProxyServer("proxy.kurum.example", 3128u), systemProxy("https://basvuru.example"))
    }

    private fun answer(vararg proxies: Proxy, asked: MutableList<URI> = mutableListOf()) = ProxySelector.setDefault(
        object : ProxySelector() {
            override fun select(uri: URI): List<Proxy> {
                asked += uri
                return proxies.toList()
            }

            override fun connectFailed(uri: URI?, address: SocketAddress?, failure: IOException?) = Unit
        }
    )
}
