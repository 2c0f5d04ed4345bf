package basvuru.android.screens

import basvuru.android.screens.about.aboutStates
import basvuru.android.screens.about.licencesStates
import basvuru.android.screens.assisted.assistedStates
import basvuru.android.screens.card.certificateStates
import basvuru.android.screens.card.pinStates
import basvuru.android.screens.card.prepareStates
import basvuru.android.screens.card.signingStates
import basvuru.android.screens.care.careStates
import basvuru.android.screens.devices.devicesStates
import basvuru.android.screens.documents.documentsStates
import basvuru.android.screens.form.formStates
import basvuru.android.screens.help.helpStates
import basvuru.android.screens.history.historyStates
import basvuru.android.screens.method.methodStates
import basvuru.android.screens.orders.ordersStates
import basvuru.android.screens.pending.openingStates
import basvuru.android.screens.pending.outdatedStates
import basvuru.android.screens.pending.pendingStates
import basvuru.android.screens.phone.institutionStates
import basvuru.android.screens.phone.phoneStates
import basvuru.android.screens.receipt.receiptStates
import basvuru.android.screens.signin.signInStates
import basvuru.android.screens.unblock.unblockStates
import basvuru.android.screens.welcome.welcomeStates

/** Every state of every screen, in the order of the journey. */
val allStates: List<NamedState> = openingStates + welcomeStates + signInStates + ordersStates + formStates + phoneStates +
    institutionStates + methodStates + documentsStates + prepareStates + certificateStates + pinStates + unblockStates + assistedStates +
    signingStates + pendingStates + receiptStates + historyStates + devicesStates + careStates + helpStates + aboutStates + licencesStates +
    outdatedStates
