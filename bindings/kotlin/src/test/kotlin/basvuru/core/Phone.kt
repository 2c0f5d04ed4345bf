package basvuru.core

import java.nio.ByteBuffer
import java.nio.file.Files
import java.nio.file.Path
import java.util.Collections
import kotlin.io.path.deleteRecursively
import kotlin.test.fail
import kotlinx.coroutines.runBlocking

/** A phone with an app on it: opens the application, and answers every step as its applicant would. */
@OptIn(kotlin.io.path.ExperimentalPathApi::class)
internal class Phone(
    way: TcpReaders.Way = TcpReaders.Way.CONTACT,
    val applicant: Applicant = World.invite(),
    private val vault: Vault = TestVault(),
    private val watcher: Watcher? = null,
    private val monitor: Monitor? = null,
    /** Whether the app was opened by the invitation's link. */
    private val order: Boolean = false,
) : AutoCloseable {
    val folder: Path = Files.createTempDirectory("phone")
    val readers = TcpReaders(applicant.card, way)

    private var opened: CertificateApplication? = null

    /** The application, opened when it is first needed. */
    val application: CertificateApplication get() = opened ?: open().also { opened = it }

    val screen: Screen get() = application.step().screen

    /** Opens the application as the app does when it starts. */
    fun open(vault: Vault = this.vault, portal: String = World.portal): CertificateApplication =
        CertificateApplication.open(configuration(portal), Ports(readers, vault, watcher, monitor))

    /** Opens the card desk of the app's folder. */
    fun openDesk(): CardDesk = CardDesk.open(folder.toString(), Ports(readers, vault, watcher), Language.TURKISH)

    private fun configuration(portal: String) =
        Configuration(
            portal = portal,
            portalRoots = World.trust,
            folder = folder.toString(),
            language = Language.TURKISH,
            identityKind = IdentityKind.NATIONAL_ID,
            order = applicant.order.takeIf { order },
        )

    /** Closes the app; what the application has written stays. */
    fun leave() {
        opened?.close()
        opened = null
    }

    override fun close() {
        leave()
        folder.deleteRecursively()
    }

    /** Answers steps until one is the screen that is wanted. */
    suspend inline fun <reified S : Screen> walkTo(): S {
        repeat(MOST_STEPS) {
            (screen as? S)?.let { return it }
            answer(answer(screen))
        }
        fail("never came to ${S::class.simpleName}")
    }

    suspend fun answer(answer: Answer): Step = answer.use { application.answer(it) }

    /** The failure that an answer ends in. */
    suspend fun failure(answer: Answer): Failure =
        try {
            answer(answer)
            fail("nothing failed")
        } catch (failure: Failure) {
            failure
        }

    /** What the applicant says to a screen. */
    fun answer(screen: Screen): Answer = when (screen) {
        is Screen.SignIn -> screen.captcha?.let {
            Answer.SignIn(
                IdentityKind.NATIONAL_ID,
                applicant.identity,
                password(applicant.accessPassword),
                World.captcha(it.id),
            )
        } ?: Answer.RequestCaptcha
        is Screen.ChooseOrder -> Answer.ChooseOrder(applicant.order)
        is Screen.FillForm -> Answer.ApproveForm(screen.fields.filter { !it.locked }.associate { it.name to value(it) })
        is Screen.ConfirmPhone -> if (screen.code == null) Answer.SendCode() else Answer.ConfirmCode(code())
        is Screen.AwaitInstitution -> Answer.Continue
        is Screen.ChooseMethod -> Answer.ChooseMethod(SigningMethod.CARD)
        is Screen.ReviewDocuments -> Answer.AcceptDocuments
        is Screen.Sign -> sign()
        is Screen.Pending -> Answer.Continue
        is Screen.Done, is Screen.Outdated -> fail("there is nothing left to answer")
    }

    fun sign(pin: String = applicant.pin): Answer = Answer.Sign(
        reader = readers.reader,
        pin = secret(pin) { Pin(it) },
        lastTryConfirmed = false,
        certificate = null,
    )

    private fun code(): Password =
        application.readSms(World.newestText(applicant.phone), null) ?: fail("no code in the text message")

    private fun value(field: FormField): String = field.value.ifEmpty {
        when (val entry = field.entry) {
            is FieldEntry.Text -> "Örnek"
            is FieldEntry.Lines -> "Örnek Mah. Çınar Sk. No: 1\nGebze / Kocaeli"
            is FieldEntry.Mobile -> applicant.phone
            is FieldEntry.Email -> "basvuran@example.com"
            is FieldEntry.Date -> "1990-12-31"
            is FieldEntry.Choice -> entry.choices.first().value
        }
    }

    companion object {
        private const val MOST_STEPS = 30
    }
}

/** A vault whose key is no secret. */
internal class TestVault(private val journalKey: () -> ByteArray = { ByteArray(KEY_LENGTH) { 0x42 } }) : Vault {
    override fun journalKey(): ByteArray = journalKey.invoke()

    companion object {
        const val KEY_LENGTH = 32
    }
}

/** Remembers what it was told. */
internal class TestWatcher(private val before: () -> Unit = {}) : Watcher {
    val told: MutableList<Pair<WorkStage, String>> = Collections.synchronizedList(mutableListOf())

    override fun progress(activity: WorkStage, sentence: String) {
        told += activity to sentence
        before()
    }
}

internal fun password(text: String): Password = secret(text) { Password(it) }

/** Builds a secret the way a shell must: from a direct buffer that is wiped right afterwards. */
internal fun <T> secret(text: String, build: (ByteBuffer) -> T): T {
    val octets = text.toByteArray()
    val buffer = ByteBuffer.allocateDirect(octets.size)
    buffer.put(octets).flip()
    return build(buffer).also {
        octets.fill(0)
        for (index in 0 until buffer.capacity()) buffer.put(index, 0)
    }
}

/** Runs a test on a phone that is put away afterwards. */
internal fun withPhone(phone: Phone = Phone(), test: suspend Phone.() -> Unit): Unit =
    phone.use { runBlocking { test(it) } }
