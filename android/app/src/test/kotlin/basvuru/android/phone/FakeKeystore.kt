package basvuru.android.phone

import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.StrongBoxUnavailableException
import java.io.InputStream
import java.io.OutputStream
import java.security.Key
import java.security.KeyStoreSpi
import java.security.Provider
import java.security.SecureRandom
import java.security.Security
import java.security.cert.Certificate
import java.security.spec.AlgorithmParameterSpec
import java.util.Collections
import java.util.Date
import java.util.Enumeration
import javax.crypto.KeyGeneratorSpi
import javax.crypto.SecretKey
import javax.crypto.spec.SecretKeySpec

/** Android's key store, which Robolectric has none of: keys by alias, made from the real specification. */
object FakeKeystore {
    val keys: MutableMap<String, SecretKey> = Collections.synchronizedMap(mutableMapOf())
    val specifications: MutableList<KeyGenParameterSpec> = Collections.synchronizedList(mutableListOf())

    @Volatile
    var hasStrongBox = true

    /** What looking a key up fails with, while the hardware does not answer. */
    @Volatile
    var failure: Exception? = null

    fun install() {
        Security.removeProvider(NAME)
        Security.addProvider(FakeProvider())
        keys.clear()
        specifications.clear()
        hasStrongBox = true
        failure = null
    }

    private const val NAME = "AndroidKeyStore"

    private class FakeProvider : Provider(NAME, "1", "for tests") {
        init {
            put("KeyStore.$NAME", Store::class.java.name)
            put("KeyGenerator.AES", Generator::class.java.name)
        }
    }

    class Generator : KeyGeneratorSpi() {
        private lateinit var specification: KeyGenParameterSpec

        override fun engineInit(random: SecureRandom?) = error("a specification is needed")

        override fun engineInit(size: Int, random: SecureRandom?) = error("a specification is needed")

        override fun engineInit(parameters: AlgorithmParameterSpec, random: SecureRandom?) {
            specification = parameters as KeyGenParameterSpec
        }

        override fun engineGenerateKey(): SecretKey {
            if (specification.isStrongBoxBacked && !hasStrongBox) throw StrongBoxUnavailableException()
            specifications += specification
            val octets = ByteArray(specification.keySize / 8).also(SecureRandom()::nextBytes)
            return SecretKeySpec(octets, "AES").also { keys[specification.keystoreAlias] = it }
        }
    }

    class Store : KeyStoreSpi() {
        override fun engineLoad(stream: InputStream?, password: CharArray?) {
            failure?.let { throw it }
        }

        override fun engineGetKey(alias: String, password: CharArray?): Key? = keys[alias]

        override fun engineDeleteEntry(alias: String) {
            keys.remove(alias)
        }

        override fun engineContainsAlias(alias: String) = alias in keys

        override fun engineAliases(): Enumeration<String> = Collections.enumeration(keys.keys)

        override fun engineSize() = keys.size

        override fun engineIsKeyEntry(alias: String) = alias in keys

        override fun engineIsCertificateEntry(alias: String) = false

        override fun engineGetCertificateChain(alias: String): Array<Certificate> = emptyArray()

        override fun engineGetCertificate(alias: String): Certificate? = null

        override fun engineGetCertificateAlias(certificate: Certificate?): String? = null

        override fun engineGetCreationDate(alias: String) = Date()

        override fun engineSetKeyEntry(alias: String, key: Key?, password: CharArray?, chain: Array<Certificate>?) = error("unused")

        override fun engineSetKeyEntry(alias: String, key: ByteArray?, chain: Array<Certificate>?) = error("unused")

        override fun engineSetCertificateEntry(alias: String, certificate: Certificate?) = error("unused")

        override fun engineStore(stream: OutputStream?, password: CharArray?) = error("unused")
    }
}
