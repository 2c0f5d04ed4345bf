package basvuru.android

import android.content.Intent
import android.os.Bundle
import androidx.activity.ComponentActivity
import androidx.activity.compose.setContent
import androidx.activity.enableEdgeToEdge
import basvuru.android.model.ApplicationModel
import basvuru.android.model.core
import basvuru.android.screens.BasvuruApp

/** The one activity. */
class MainActivity : ComponentActivity() {
    private val model: ApplicationModel by lazy { (application as App).model }

    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        enableEdgeToEdge()
        model.speak(resources.configuration.locales[0].core)
        // An activity that is made again still has the intent of its first start, whose link was followed then.
        if (savedInstanceState == null) follow(intent)
        setContent { BasvuruApp(model) }
    }

    override fun onNewIntent(intent: Intent) {
        super.onNewIntent(intent)
        follow(intent)
    }

    override fun onStart() {
        super.onStart()
        model.comeBack()
    }

    override fun onStop() {
        super.onStop()
        if (!isChangingConfigurations) model.leave()
    }

    private fun follow(intent: Intent) {
        if (intent.action == Intent.ACTION_VIEW) intent.dataString?.let(model::follow)
    }
}
