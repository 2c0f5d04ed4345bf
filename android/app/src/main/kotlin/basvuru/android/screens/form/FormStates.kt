package basvuru.android.screens.form

import androidx.compose.runtime.Composable
import androidx.compose.runtime.remember
import basvuru.android.model.Entry
import basvuru.android.model.Frame
import basvuru.android.model.entryOf
import basvuru.android.screens.Wording
import basvuru.android.screens.busy
import basvuru.android.screens.frame
import basvuru.android.screens.namedStates
import basvuru.android.screens.notice
import basvuru.android.screens.wording
import basvuru.core.Failure
import basvuru.core.FieldChoice
import basvuru.core.FieldEntry
import basvuru.core.FormField
import basvuru.core.Product
import basvuru.core.Screen

val formStates = namedStates("form") {
    state("form") { Show({ fields { "" } }) }
    state("form-filled") { Show({ fields { filled.getValue(it) } }) }
    state("form-faulty") { Show({ fields { filled.getValue(it) }.map { if (it.name == "mobile") faulty(it) else it } }) }
    state("form-changed") { Show({ fields { filled.getValue(it) } }) { it.copy(notice = notice(Failure.FormChanged())) } }
    state("form-number-refused") {
        Show({ fields { filled.getValue(it) } }) { it.copy(notice = notice(Failure.NumberNotConfirmed())) }
    }
    state("form-date") {
        Show({ fields { filled.getValue(it) } }, { picking = "birth" })
    }
    state("form-busy") { Show({ fields { filled.getValue(it) } }) { it.copy(busy = busy(1)) } }
    state("form-long") { Show({ fields { filled.getValue(it) }.map(::lengthened) }) }
}

private val bounds = FieldEntry.Date("1906-01-01", "2008-11-26")
private val filled = mapOf(
    "registry" to "48213",
    "birth" to "07.03.1985",
    "reason" to "renewal",
    "mobile" to "0532 000 00 01",
    "email" to "isil.orneksen@kurum.example",
    "address" to "Ihlamur Sokağı 4/2, Gebze / Kocaeli"
)

private fun Wording.faulty(field: FormField) = field.copy(
    value = "0532 000",
    fault = say("Cep telefonu 0532 123 45 67 gibi yazılmalı.", "A mobile number is written like 0532 123 45 67.")
)

private fun Wording.lengthened(field: FormField) = field.copy(
    help = field.help ?: say(
        "Nüfus kayıtlarında ve kurumunuzun bildirdiği belgelerde geçtiği biçimiyle, kısaltmadan yazın.",
        "Write it as in the civil register and in the papers of your institution, without abbreviations."
    ).takeIf { !field.locked }
)

private fun Wording.fields(value: (String) -> String): List<FormField> = listOf(
    told(say("Kurum", "Institution"), "Örnek Üniversitesi"),
    told(say("Ad soyad", "Name"), "Işıl Gülçağ ÖRNEKŞEN"),
    asked(
        "registry",
        say("Kurum sicil numarası", "Registry number at the institution"),
        FieldEntry.Text(1u, 32u),
        say("Kurumunuzun size verdiği sicil veya personel numarası.", "The staff number your institution gave you.")
    ),
    asked("birth", say("Doğum tarihi", "Date of birth"), bounds, say("Kimliğinizde yazdığı gibi.", "As on your identity card.")),
    asked(
        "reason",
        say("Başvuru nedeni", "Reason for the application"),
        FieldEntry.Choice(
            listOf(
                FieldChoice("renewal", say("Yenileme: sertifikamın süresi doluyor", "Renewal: my certificate is about to expire")),
                FieldChoice("first", say("İlk başvuru", "First application")),
                FieldChoice("lost", say("Kayıp veya çalıntı", "Lost or stolen"))
            )
        )
    ),
    asked(
        "mobile",
        say("Cep telefonu", "Mobile number"),
        FieldEntry.Mobile,
        say("Onay kodu bu numaraya gönderilir.", "The confirmation code is sent to this number.")
    ),
    asked("email", say("E-posta adresi", "E-mail address"), FieldEntry.Email),
    asked("address", say("Teslimat adresi", "Delivery address"), FieldEntry.Lines(250u))
).map { if (it.locked) it else it.copy(value = value(it.name)) }

private fun told(label: String, value: String) = FormField(label, label, null, FieldEntry.Text(1u, 200u), true, true, value, null)

private fun asked(name: String, label: String, entry: FieldEntry, help: String? = null) =
    FormField(name, label, help, entry, true, false, "", null)

@Composable
private fun Show(fields: Wording.() -> List<FormField>, fill: Entry.Form.() -> Unit = {}, change: Wording.(Frame) -> Frame = { it }) {
    val words = wording()
    val screen = Screen.FillForm(Product.NES, words.say("Nitelikli elektronik sertifika", "Qualified certificate"), words.fields())
    val entry = remember { (entryOf(screen) as Entry.Form).apply(fill) }
    val frame = words.frame(
        2,
        words.say("Başvuru formu", "Application form"),
        words.say("Başvuru formu", "Application form"),
        words.say(
            "Bilgilerinizi gözden geçirin, eksikleri tamamlayın ve “Formu Onayla” deyin.",
            "Review your data, complete what is missing, and choose “Approve the form”."
        ),
        back = true
    )
    FormScreen(FormState(words.change(frame), screen, entry)) {}
}
