package basvuru.android.model

import android.graphics.Bitmap
import android.graphics.Color
import android.graphics.pdf.PdfRenderer
import android.os.ParcelFileDescriptor
import androidx.core.graphics.createBitmap
import basvuru.core.Failure
import java.io.File
import java.io.IOException

/**
 * A document's pages, drawn by the system. The renderer wants a file: it gets one that no longer has a name when the first
 * page is drawn. A page at a time, as the renderer demands.
 */
class PdfPages private constructor(private val renderer: PdfRenderer) : PageSource {
    private var closed = false

    private val aspects = List(renderer.pageCount) { index ->
        renderer.openPage(index).use { (it.height.toFloat() / it.width).coerceIn(1 / MOST_ASPECT, MOST_ASPECT) }
    }

    override val count: Int get() = aspects.size

    override fun aspect(index: Int): Float = aspects[index]

    @Synchronized
    override fun draw(index: Int, width: Int): Bitmap? {
        if (closed) return null
        return renderer.openPage(index).use { page ->
            createBitmap(width, (width * aspects[index]).toInt().coerceAtLeast(1)).apply {
                eraseColor(Color.WHITE)
                page.render(this, null, null, PdfRenderer.Page.RENDER_MODE_FOR_DISPLAY)
            }
        }
    }

    @Synchronized
    override fun close() {
        if (!closed) renderer.close()
        closed = true
    }

    companion object {
        /** No page of paper is longer; a picture of one that says so would not fit into memory. */
        private const val MOST_ASPECT = 5f

        /** Opens a document. Blocks; throws the core's `Failure` where the system cannot draw it. */
        fun open(folder: File, pdf: ByteArray): PdfPages = try {
            PdfPages(PdfRenderer(unnamed(folder, pdf)))
        } catch (failure: IOException) {
            throw Failure.Internal("the document cannot be drawn: ${failure.javaClass.simpleName}")
        } catch (_: SecurityException) {
            throw Failure.Internal("the document wants a password")
        }

        private fun unnamed(folder: File, pdf: ByteArray): ParcelFileDescriptor {
            val file = File.createTempFile("pages", null, folder)
            return try {
                file.writeBytes(pdf)
                ParcelFileDescriptor.open(file, ParcelFileDescriptor.MODE_READ_ONLY)
            } finally {
                file.delete()
            }
        }
    }
}
