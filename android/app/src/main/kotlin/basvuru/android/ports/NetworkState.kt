package basvuru.android.ports

import android.content.Context
import android.net.ConnectivityManager
import android.net.Network
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow

/** Whether the phone has a network. Whether the portal is reached over it is for the core to find out. */
class NetworkState(context: Context) {
    private val manager: ConnectivityManager? = context.getSystemService(ConnectivityManager::class.java)
    private val current = MutableStateFlow(manager?.activeNetwork != null)

    val connected: StateFlow<Boolean> = current.asStateFlow()

    init {
        manager?.registerDefaultNetworkCallback(
            object : ConnectivityManager.NetworkCallback() {
                override fun onAvailable(network: Network) {
                    current.value = true
                }

                override fun onLost(network: Network) {
                    current.value = false
                }
            }
        )
    }
}
