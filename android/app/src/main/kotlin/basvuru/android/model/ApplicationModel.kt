package basvuru.android.model

import basvuru.android.PortalAddress
import basvuru.android.ports.PhonePorts
import basvuru.core.CertificateApplication
import basvuru.core.Configuration
import basvuru.core.Language
import basvuru.core.Step
import java.io.File
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.launch

/** The application as the screens see it. The core is the state machine; this holds where it is. */
class ApplicationModel(ports: PhonePorts, portal: PortalAddress, folder: File) {
    private val scope = CoroutineScope(SupervisorJob() + Dispatchers.Main.immediate)
    private val current = MutableStateFlow<Step?>(null)
    val step: StateFlow<Step?> = current.asStateFlow()

    init {
        scope.launch(Dispatchers.IO) {
            folder.mkdirs()
            val configuration = Configuration(portal.origin, portal.roots, folder.path, Language.TURKISH, null, null)
            current.value = CertificateApplication.open(configuration, ports.forCore()).step()
        }
    }
}
