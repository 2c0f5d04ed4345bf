package basvuru.android.model

import android.graphics.Bitmap
import android.graphics.Color
import android.graphics.pdf.PdfRenderer
import android.os.ParcelFileDescriptor
import androidx.core.graphics.createBitmap
import java.io.File

/**
 * A document's pages, drawn by the system. The renderer wants a file: it gets one that no longer has a name when the first
 * page is drawn. A page at a time, as the renderer demands.
 */
class PdfPages(folder: File, pdf: ByteArray) : PageSource {
    private val renderer = PdfRenderer(unnamed(folder, pdf))
    private var closed = false

    private val aspects = List(renderer.pageCount) { index -> renderer.openPage(index).use { it.height.toFloat() / it.width } }

    override val count: Int get() = aspects.size

    override fun aspect(index: Int): Float = aspects[index]

    @Synchronized
    override fun draw(index: Int, width: Int): Bitmap? {
        if (closed) return null
        return renderer.openPage(index).use { page ->
            createBitmap(width, (width.toLong() * page.height / page.width).toInt().coerceAtLeast(1)).apply {
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

    private companion object {
        fun unnamed(folder: File, pdf: ByteArray): ParcelFileDescriptor {
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
