package basvuru.android.ports

import android.app.Application
import android.security.keystore.KeyProperties
import basvuru.android.phone.FakeKeystore
import basvuru.core.PortFailure
import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertFalse
import kotlin.test.assertTrue
import org.junit.Before
import org.junit.Rule
import org.junit.Test
import org.junit.rules.TemporaryFolder
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config

@RunWith(RobolectricTestRunner::class)
@Config(application = Application::class)
class KeystoreVaultTest {
    @get:Rule
    val folder = TemporaryFolder()

    private val file by lazy { folder.root.resolve("journal.key") }

    @Before
    fun aKeystore() = FakeKeystore.install()

    private fun vault(hasStrongBox: Boolean = true) = KeystoreVault(file, hasStrongBox)

    @Test
    fun `the key is made once and is the same ever after`() {
        val key = vault().journalKey()
        assertEquals(32, key.size)
        assertContentEquals(key, vault().journalKey())
        assertEquals(1, FakeKeystore.specifications.size)
    }

    @Test
    fun `the key lies in the file wrapped only`() {
        val key = vault().journalKey().toHexString()
        assertFalse(key in file.readBytes().toHexString())
    }

    @Test
    fun `it is wrapped by AES of 256 bits in StrongBox where there is one`() {
        vault().journalKey()
        FakeKeystore.specifications.single().run {
            assertTrue(isStrongBoxBacked)
            assertEquals(256, keySize)
            assertEquals(listOf(KeyProperties.BLOCK_MODE_GCM), blockModes.toList())
            assertTrue(isRandomizedEncryptionRequired)
        }
    }

    @Test
    fun `a StrongBox that makes no such keys is done without`() {
        FakeKeystore.hasStrongBox = false
        vault().journalKey()
        assertFalse(FakeKeystore.specifications.single().isStrongBoxBacked)
    }

    @Test
    fun `a key that is lost is told as lost, and a fresh start makes a new one`() {
        val lost = vault().journalKey()
        FakeKeystore.keys.clear()
        val vault = vault()
        assertFailsWith<PortFailure.Unavailable> { vault.journalKey() }
        assertTrue(vault.isLost)
        vault.forget()
        assertFalse(lost.contentEquals(vault.journalKey()))
        assertFalse(vault.isLost)
    }

    @Test
    fun `another key in its place is a lost one`() {
        vault().journalKey()
        file.readBytes().let {
            FakeKeystore.keys.clear()
            KeystoreVault(folder.root.resolve("other"), false).journalKey()
        }
        val vault = vault()
        assertFailsWith<PortFailure.Unavailable> { vault.journalKey() }
        assertTrue(vault.isLost)
    }

    @Test
    fun `hardware that does not answer has lost nothing`() {
        val key = vault().journalKey()
        FakeKeystore.failure = java.io.IOException("busy")
        val vault = vault()
        assertFailsWith<PortFailure.Unavailable> { vault.journalKey() }
        assertFalse(vault.isLost)
        FakeKeystore.failure = null
        assertContentEquals(key, vault.journalKey())
    }

    @Test
    fun `a damaged file is a lost key`() {
        vault().journalKey()
        file.writeBytes(ByteArray(5))
        val vault = vault()
        assertFailsWith<PortFailure.Unavailable> { vault.journalKey() }
        assertTrue(vault.isLost)
    }
}
