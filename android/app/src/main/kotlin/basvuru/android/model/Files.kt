package basvuru.android.model

import basvuru.core.CertificateApplicationInterface
import basvuru.core.Receipt
import basvuru.core.diagnosis

/** Files that leave the app. What is in one is read when it goes. */
internal class Files(private val application: () -> CertificateApplicationInterface?, private val run: (Errand) -> Unit) {
    /** The file whose place the person is choosing. */
    var toSave: SharedFile? = null
        private set

    fun share(receipt: Receipt, summary: String?) = run(Errand.Share(container(receipt), summary))

    fun save(receipt: Receipt) = save(container(receipt))

    fun shareDiagnosis() = run(
        Errand.Share(SharedFile("basvuru-diagnosis.json", "application/json") { diagnosis().encodeToByteArray() })
    )

    private fun save(file: SharedFile) {
        toSave = file
        run(Errand.Save(file))
    }

    private fun container(receipt: Receipt) = SharedFile("basvuru-${receipt.number}.asice", "application/vnd.etsi.asic-e+zip") {
        application()?.signedContainer(receipt.order) ?: ByteArray(0)
    }
}
