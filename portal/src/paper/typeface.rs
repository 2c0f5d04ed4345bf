//! The typeface of the documents, Inter in two weights, and the shaping of lines with it. Widths are measured on the very
//! glyphs that are drawn.

use std::sync::LazyLock;

use krilla::text::{Font, GlyphId, KrillaGlyph};
use rustybuzz::ttf_parser::Tag;
use rustybuzz::{Face, Feature, UnicodeBuffer};

static REGULAR: &[u8] = include_bytes!("../../fonts/Inter-Regular.otf");
static SEMIBOLD: &[u8] = include_bytes!("../../fonts/Inter-SemiBold.otf");

static REGULAR_FACE: LazyLock<Face<'static>> = LazyLock::new(|| face(REGULAR));
static SEMIBOLD_FACE: LazyLock<Face<'static>> = LazyLock::new(|| face(SEMIBOLD));

/// A weight of the typeface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    Regular,
    SemiBold,
}

/// A line of text as it is drawn.
pub(super) struct Shaped {
    pub(super) text: String,
    pub(super) glyphs: Vec<KrillaGlyph>,
    /// The width at size 1.
    pub(super) width: f32,
}

/// Whether the typeface has a character, in both weights.
pub(crate) fn shows(letter: char) -> bool {
    [&*REGULAR_FACE, &*SEMIBOLD_FACE]
        .iter()
        .all(|face| face.glyph_index(letter).is_some())
}

/// The font that is embedded for a weight; `None` where it cannot be read.
pub(super) fn font(weight: Weight) -> Option<Font> {
    let octets = match weight {
        Weight::Regular => REGULAR,
        Weight::SemiBold => SEMIBOLD,
    };
    Font::new(octets.into(), 0)
}

/// Shapes a line. Contextual alternates stay off: what a person signs shows the characters that were given, no arrows in
/// their place.
pub(super) fn shape(text: &str, weight: Weight) -> Shaped {
    let face = match weight {
        Weight::Regular => &*REGULAR_FACE,
        Weight::SemiBold => &*SEMIBOLD_FACE,
    };
    let mut buffer = UnicodeBuffer::new();
    buffer.push_str(text);
    if let Ok(turkish) = "tr".parse() {
        buffer.set_language(turkish);
    }
    buffer.guess_segment_properties();
    let plain = [
        Feature::new(Tag::from_bytes(b"calt"), 0, ..),
        Feature::new(Tag::from_bytes(b"liga"), 0, ..),
    ];
    let shaped = rustybuzz::shape(face, &plain, buffer);
    let em = f32::from(u16::try_from(face.units_per_em()).unwrap_or(1000));
    // Values of a font are far below 2^24, where f32 is exact.
    #[expect(clippy::cast_precision_loss, reason = "font units fit into 24 bits")]
    let scaled = |units: i32| units as f32 / em;
    let infos = shaped.glyph_infos();
    let mut glyphs = Vec::with_capacity(infos.len());
    for (index, (info, position)) in infos.iter().zip(shaped.glyph_positions()).enumerate() {
        let start = usize::try_from(info.cluster).unwrap_or(0);
        let next = infos[index..].iter().find(|later| later.cluster > info.cluster);
        let end = next
            .and_then(|later| usize::try_from(later.cluster).ok())
            .unwrap_or(text.len());
        glyphs.push(KrillaGlyph::new(
            GlyphId::new(info.glyph_id),
            scaled(position.x_advance),
            scaled(position.x_offset),
            scaled(position.y_offset),
            scaled(position.y_advance),
            start..end,
            None,
        ));
    }
    let width = glyphs.iter().map(|glyph| glyph.x_advance).sum();
    Shaped {
        text: text.to_owned(),
        glyphs,
        width,
    }
}

/// The width of a text at a size.
pub(super) fn width(text: &str, weight: Weight, size: f32) -> f32 {
    shape(text, weight).width * size
}

fn face(octets: &'static [u8]) -> Face<'static> {
    Face::from_slice(octets, 0).expect("the font beside the sources is a font")
}
