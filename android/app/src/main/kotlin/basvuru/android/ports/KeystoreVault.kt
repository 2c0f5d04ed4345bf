package basvuru.android.ports

import android.content.Context
import android.os.Build
import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyPermanentlyInvalidatedException
import android.security.keystore.KeyProperties
import androidx.annotation.RequiresApi
import basvuru.core.PortFailure
import basvuru.core.Vault
import java.io.File
import java.io.IOException
import java.security.GeneralSecurityException
import java.security.KeyStore
import java.security.ProviderException
import java.security.SecureRandom
import javax.crypto.AEADBadTagException
import javax.crypto.Cipher
import javax.crypto.KeyGenerator
import javax.crypto.SecretKey
import javax.crypto.spec.GCMParameterSpec

/**
 * The key that seals the journal. It lies in a file, wrapped by a key that never leaves the phone's hardware.
 *
 * Where the hardware's key is gone (another phone, a reset of its credentials), what was sealed cannot be opened by anybody:
 * [isLost] then says so, and [forget] makes way for a fresh start. A hardware that merely does not answer is never taken for that.
 */
class KeystoreVault private constructor(file: Lazy<File>, private val hasStrongBox: Boolean) : Vault {
    constructor(file: File, hasStrongBox: Boolean) : this(lazyOf(file), hasStrongBox)

    constructor(context: Context) : this(
        lazy { File(context.noBackupFilesDir, "journal.key") },
        Build.VERSION.SDK_INT >= Build.VERSION_CODES.P &&
            context.packageManager.hasSystemFeature("android.hardware.strongbox_keystore")
    )

    // Even to ask for the folder writes to the disk, which the main thread must not wait for.
    private val file by file

    /** Whether the last attempt failed for good. */
    @Volatile
    var isLost: Boolean = false
        private set

    @Synchronized
    override fun journalKey(): ByteArray = try {
        val key = if (file.exists()) unwrap(file.readBytes()) else make()
        key.also { isLost = false }
    } catch (failure: KeyLost) {
        isLost = true
        throw PortFailure.Unavailable(failure.detail)
    } catch (failure: GeneralSecurityException) {
        throw PortFailure.Unavailable(failure.javaClass.simpleName)
    } catch (failure: ProviderException) {
        throw PortFailure.Unavailable(failure.javaClass.simpleName)
    } catch (failure: IOException) {
        throw PortFailure.Unavailable(failure.javaClass.simpleName)
    }

    /** Forgets the key for good: whatever it sealed is lost with it. */
    @Synchronized
    fun forget() {
        file.delete()
        keystore().deleteEntry(ALIAS)
        isLost = false
    }

    private fun make(): ByteArray {
        val key = ByteArray(KEY_LENGTH).also(SecureRandom()::nextBytes)
        val cipher = Cipher.getInstance(CIPHER).apply { init(Cipher.ENCRYPT_MODE, wrappingKey() ?: makeWrappingKey()) }
        val wrapped = cipher.iv + cipher.doFinal(key)
        // Whole or not at all: half a key would be a lost one.
        val fresh = File(file.path + ".new")
        fresh.outputStream().use {
            it.write(wrapped)
            it.fd.sync()
        }
        if (!fresh.renameTo(file)) throw IOException("the key cannot be kept")
        return key
    }

    private fun unwrap(wrapped: ByteArray): ByteArray {
        if (wrapped.size <= NONCE_LENGTH) throw KeyLost("the wrapped key is damaged")
        val wrapping = wrappingKey() ?: throw KeyLost("the wrapping key is gone")
        return try {
            Cipher.getInstance(CIPHER).run {
                init(Cipher.DECRYPT_MODE, wrapping, GCMParameterSpec(TAG_BITS, wrapped, 0, NONCE_LENGTH))
                doFinal(wrapped, NONCE_LENGTH, wrapped.size - NONCE_LENGTH)
            }
        } catch (_: AEADBadTagException) {
            throw KeyLost("the wrapping key is another one")
        } catch (_: KeyPermanentlyInvalidatedException) {
            throw KeyLost("the wrapping key was invalidated")
        }
    }

    private fun keystore(): KeyStore = KeyStore.getInstance(KEYSTORE).apply { load(null) }

    private fun wrappingKey(): SecretKey? = keystore().getKey(ALIAS, null) as? SecretKey

    private fun makeWrappingKey(): SecretKey {
        if (hasStrongBox && Build.VERSION.SDK_INT >= Build.VERSION_CODES.P) {
            try {
                return generate(inStrongBox(specification()))
            } catch (_: ProviderException) {
                // It is there and full, or makes no such keys: the phone's other hardware does.
            }
        }
        return generate(specification())
    }

    @RequiresApi(Build.VERSION_CODES.P)
    private fun inStrongBox(specification: KeyGenParameterSpec.Builder) = specification.setIsStrongBoxBacked(true)

    private fun generate(specification: KeyGenParameterSpec.Builder): SecretKey =
        KeyGenerator.getInstance(KeyProperties.KEY_ALGORITHM_AES, KEYSTORE).apply { init(specification.build()) }.generateKey()

    private fun specification() = KeyGenParameterSpec.Builder(ALIAS, KeyProperties.PURPOSE_ENCRYPT or KeyProperties.PURPOSE_DECRYPT)
        .setKeySize(KEY_LENGTH * 8)
        .setBlockModes(KeyProperties.BLOCK_MODE_GCM)
        .setEncryptionPaddings(KeyProperties.ENCRYPTION_PADDING_NONE)

    private class KeyLost(val detail: String) : Exception()

    private companion object {
        const val KEYSTORE = "AndroidKeyStore"
        const val ALIAS = "basvuru.journal"
        const val CIPHER = "AES/GCM/NoPadding"
        const val KEY_LENGTH = 32
        const val NONCE_LENGTH = 12
        const val TAG_BITS = 128
    }
}
