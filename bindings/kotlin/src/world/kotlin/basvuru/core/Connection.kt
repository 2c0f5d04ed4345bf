package basvuru.core

import java.io.DataInputStream
import java.net.InetAddress
import java.net.Socket
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext

/** A TCP connection to loopback on which a message is a length in two octets, big-endian, and as many octets. */
internal class Connection private constructor(private val socket: Socket) {
    private val input = DataInputStream(socket.getInputStream())

    init {
        socket.tcpNoDelay = true
    }

    /** Sends a message and returns the one that comes back. */
    suspend fun exchange(message: ByteArray): ByteArray = withContext(Dispatchers.IO) {
        val length = byteArrayOf((message.size shr 8).toByte(), message.size.toByte())
        socket.getOutputStream().write(length + message)
        input.readNBytes(input.readUnsignedShort())
    }

    suspend fun close() = withContext(Dispatchers.IO) { socket.close() }

    companion object {
        suspend fun to(port: Int): Connection = withContext(Dispatchers.IO) {
            Connection(Socket(InetAddress.getLoopbackAddress(), port))
        }
    }
}
