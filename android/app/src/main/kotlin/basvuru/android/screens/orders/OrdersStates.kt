package basvuru.android.screens.orders

import androidx.compose.runtime.Composable
import basvuru.android.model.Frame
import basvuru.android.model.Remedy
import basvuru.android.screens.PERSON
import basvuru.android.screens.Wording
import basvuru.android.screens.failed
import basvuru.android.screens.frame
import basvuru.android.screens.namedStates
import basvuru.android.screens.wording
import basvuru.core.Failure
import basvuru.core.OrderGroup
import basvuru.core.OrderPhase
import basvuru.core.OrderSummary
import basvuru.core.Product
import basvuru.core.Screen

val ordersStates = namedStates("orders") {
    state("orders") { Show({ listOf(fresh(order("1")), earlier(order("2", OrderPhase.SIGNATURE), order("3", OrderPhase.COMPLETE))) }) }
    state("orders-one") { Show({ listOf(fresh(order("1"))) }) }
    state("orders-empty") { Show({ emptyList() }) }
    state("orders-long") { Show({ listOf(fresh(order("1", long = true)), earlier(order("2", OrderPhase.SIGNATURE, true))) }) }
    state("orders-failed") {
        Show({ listOf(fresh(order("1"))) }) { it.failed(this, Failure.PortalUnreachable(), Remedy.TRY_AGAIN) }
    }
}

private fun Wording.fresh(vararg orders: OrderSummary) = OrderGroup(say("Yeni başvuru", "New application"), orders.toList())

private fun Wording.earlier(vararg orders: OrderSummary) = OrderGroup(say("Önceki başvurular", "Earlier applications"), orders.toList())

private fun Wording.order(id: String, phase: OrderPhase = OrderPhase.FORM, long: Boolean = false) = OrderSummary(
    id,
    Product.NES,
    say("Nitelikli elektronik sertifika (kart)", "Qualified electronic certificate (card)"),
    if (long) {
        "Kahramanmaraş Sütçü İmam Üniversitesi Sağlık Uygulama ve Araştırma Hastanesi Başhekimliği"
    } else {
        "Örnek Üniversitesi"
    },
    "2026-11-20T09:00:00Z",
    phase,
    when (phase) {
        OrderPhase.SIGNATURE -> say("İmzalanacak", "To be signed")
        OrderPhase.COMPLETE -> say("Tamamlandı", "Complete")
        else -> say("Form doldurulacak", "Form to be filled in")
    },
    phase == OrderPhase.SIGNATURE
)

@Composable
private fun Show(groups: Wording.() -> List<OrderGroup>, change: Wording.(Frame) -> Frame = { it }) {
    val words = wording()
    val frame = words.frame(
        2,
        words.say("Başvuru seçimi", "Choosing the application"),
        words.say("Başvurularınız", "Your applications"),
        words.say("Devam etmek istediğiniz başvuruyu seçin.", "Choose the application to go on with.")
    )
    OrdersScreen(OrdersState(words.change(frame), Screen.ChooseOrder(PERSON, words.groups()))) {}
}
