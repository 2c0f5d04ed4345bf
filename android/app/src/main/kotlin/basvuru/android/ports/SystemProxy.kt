package basvuru.android.ports

import basvuru.core.ProxyServer
import java.net.InetSocketAddress
import java.net.Proxy
import java.net.ProxySelector
import java.net.URI

/** The proxy that the phone's network is set up with for an address, where there is one. */
fun systemProxy(origin: String): ProxyServer? {
    val proxies = ProxySelector.getDefault()?.select(URI(origin)).orEmpty()
    // In the order to try them: where the straight way comes first, it is gone.
    val address = proxies.firstOrNull { it.type() != Proxy.Type.SOCKS }?.address() as? InetSocketAddress
    return address?.let { ProxyServer(host = it.hostString, port = it.port.toUShort()) }
}
