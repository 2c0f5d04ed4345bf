package basvuru.android.phone

import android.graphics.Bitmap
import android.graphics.Color
import android.graphics.Matrix
import android.graphics.Rect
import android.graphics.pdf.PdfRenderer
import android.os.ParcelFileDescriptor
import org.apache.pdfbox.Loader
import org.apache.pdfbox.pdmodel.PDDocument
import org.apache.pdfbox.rendering.PDFRenderer
import org.robolectric.annotation.Implementation
import org.robolectric.annotation.Implements
import org.robolectric.shadow.api.Shadow

/** Android's renderer is native and in no jar: PDFBox draws in its stead. */
@Implements(PdfRenderer::class)
class PdfRendererShadow {
    private lateinit var document: PDDocument

    @Implementation
    fun __constructor__(file: ParcelFileDescriptor) {
        document = Loader.loadPDF(ParcelFileDescriptor.AutoCloseInputStream(file).use { it.readBytes() })
    }

    @Implementation
    fun getPageCount(): Int = document.numberOfPages

    @Implementation
    fun openPage(index: Int): PdfRenderer.Page = Shadow.newInstanceOf(PdfRenderer.Page::class.java).also {
        Shadow.extract<PdfPageShadow>(it).show(document, index)
    }

    @Implementation
    fun close() = document.close()
}

@Implements(PdfRenderer.Page::class)
class PdfPageShadow {
    private lateinit var document: PDDocument
    private var number = 0

    internal fun show(document: PDDocument, number: Int) {
        this.document = document
        this.number = number
    }

    @Implementation
    fun getIndex(): Int = number

    @Implementation
    fun getWidth(): Int = document.getPage(number).cropBox.width.toInt()

    @Implementation
    fun getHeight(): Int = document.getPage(number).cropBox.height.toInt()

    @Implementation
    fun render(bitmap: Bitmap, clip: Rect?, matrix: Matrix?, mode: Int) {
        val picture = PDFRenderer(document).renderImage(number, bitmap.width / document.getPage(number).cropBox.width)
        val width = minOf(bitmap.width, picture.width)
        val height = minOf(bitmap.height, picture.height)
        val pixels = picture.getRGB(0, 0, width, height, null, 0, width)
        for (index in pixels.indices) pixels[index] = pixels[index] or Color.BLACK
        bitmap.setPixels(pixels, 0, width, 0, 0, width, height)
    }

    @Implementation
    fun close() = Unit
}
