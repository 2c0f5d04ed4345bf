package basvuru.android.pictures

import android.graphics.Bitmap
import android.graphics.Canvas
import android.graphics.Color
import android.graphics.Paint
import java.awt.image.BufferedImage
import java.awt.image.IndexColorModel
import java.io.File
import javax.imageio.ImageIO
import kotlin.math.abs
import kotlin.math.max

/** Pictures side by side with their names, as pixels. It is what people look at, and what later pictures are compared with. */
class Sheet private constructor(
    private val names: List<String>,
    private val width: Int,
    private val height: Int,
    private val image: BufferedImage
) {
    /** The names of the pictures that are not those of another sheet; what is kept may have been rounded to a palette. */
    fun differences(kept: Sheet?): List<String> {
        if (kept == null || kept.image.width != image.width || kept.image.height != image.height) return names
        return names.filterIndexed { index, _ -> differingPixels(kept, index) > TOLERATED_PIXELS }
    }

    /** As a palette, which makes the file small. */
    fun write(file: File) {
        file.parentFile.mkdirs()
        ImageIO.write(image.inPalette(), "png", file)
    }

    private fun differingPixels(kept: Sheet, index: Int): Int {
        val left = MARGIN + index % COLUMNS * (width + MARGIN)
        val top = MARGIN + index / COLUMNS * (height + CAPTION + MARGIN)
        val mine = image.getRGB(left, top, width, height, null, 0, width)
        val other = kept.image.getRGB(left, top, width, height, null, 0, width)
        return mine.indices.count { distance(mine[it], other[it]) > TOLERATED_DISTANCE }
    }

    companion object {
        private const val COLUMNS = 6
        private const val MARGIN = 16
        private const val CAPTION = 24

        /** Of 256 steps in one colour: more than a palette rounds by, less than one sees. */
        private const val TOLERATED_DISTANCE = 40

        /** Less than a letter. */
        private const val TOLERATED_PIXELS = 12

        fun of(pictures: List<Pair<String, Bitmap>>): Sheet {
            val (width, height) = pictures.first().second.run { width to height }
            val rows = (pictures.size + COLUMNS - 1) / COLUMNS
            val columns = pictures.size.coerceAtMost(COLUMNS)
            val whole = Bitmap.createBitmap(
                MARGIN + columns * (width + MARGIN),
                MARGIN + rows * (height + CAPTION + MARGIN),
                Bitmap.Config.ARGB_8888
            )
            val canvas = Canvas(whole).apply { drawColor(Color.GRAY) }
            val ink = Paint(Paint.ANTI_ALIAS_FLAG).apply {
                color = Color.WHITE
                textSize = 15f
            }
            pictures.forEachIndexed { index, (name, picture) ->
                val left = MARGIN + index % COLUMNS * (width + MARGIN)
                val top = MARGIN + index / COLUMNS * (height + CAPTION + MARGIN)
                canvas.drawBitmap(picture, left.toFloat(), top.toFloat(), null)
                canvas.drawText(name, left.toFloat(), top + height + CAPTION - 6f, ink)
            }
            val pixels = IntArray(whole.width * whole.height).also { whole.getPixels(it, 0, whole.width, 0, 0, whole.width, whole.height) }
            val image = BufferedImage(whole.width, whole.height, BufferedImage.TYPE_INT_RGB)
            image.setRGB(0, 0, whole.width, whole.height, pixels, 0, whole.width)
            return Sheet(pictures.map { it.first }, width, height, image)
        }

        /** What is kept in a file under the names and sizes of a fresh sheet. */
        fun read(file: File, like: Sheet): Sheet? =
            if (file.exists()) Sheet(like.names, like.width, like.height, ImageIO.read(file)) else null
    }
}

private fun distance(one: Int, other: Int): Int = max(
    max(abs((one shr 16 and 0xFF) - (other shr 16 and 0xFF)), abs((one shr 8 and 0xFF) - (other shr 8 and 0xFF))),
    abs((one and 0xFF) - (other and 0xFF))
)

/** The most frequent colours, and for all others the nearest of them. */
private fun BufferedImage.inPalette(): BufferedImage {
    val pixels = getRGB(0, 0, width, height, null, 0, width)
    val counts = HashMap<Int, Int>()
    pixels.forEach { counts.merge(it and 0xFFFFFF, 1, Int::plus) }
    val palette = pickColours(counts)
    val nearest = HashMap<Int, Int>()
    val indexed = BufferedImage(
        width,
        height,
        BufferedImage.TYPE_BYTE_INDEXED,
        IndexColorModel(8, palette.size, palette, 0, false, -1, java.awt.image.DataBuffer.TYPE_BYTE)
    )
    val octets = ByteArray(pixels.size) { at ->
        val colour = pixels[at] and 0xFFFFFF
        nearest.getOrPut(colour) { palette.indices.minBy { distance(palette[it], colour) } }.toByte()
    }
    indexed.raster.setDataElements(0, 0, width, height, octets)
    return indexed
}

/** Frequent ones first, none so near to one that is taken already that nobody would see it. */
private fun pickColours(counts: Map<Int, Int>): IntArray {
    val frequent = counts.entries.sortedByDescending { it.value }.map { it.key }
    var apart = 0
    var picked = frequent
    while (picked.size > COLOURS) {
        apart += 4
        val kept = mutableListOf<Int>()
        for (colour in frequent) {
            if (kept.size > COLOURS) break
            if (kept.none { distance(it, colour) <= apart }) kept += colour
        }
        picked = kept
    }
    return picked.toIntArray()
}

private const val COLOURS = 256
