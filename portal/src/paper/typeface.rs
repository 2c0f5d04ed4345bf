//! The typeface of the documents, Inter in two weights, and the shaping of lines with it. Widths are measured on the very
//! glyphs that are drawn.

use std::ops::Range;
use std::sync::LazyLock;

use krilla::text::{Font, GlyphId, KrillaGlyph};
use rustybuzz::ttf_parser::Tag;
use rustybuzz::{Direction, Face, Feature, Language, ShapePlan, UnicodeBuffer, script};

static REGULAR: &[u8] = include_bytes!("../../fonts/Inter-Regular.otf");
static SEMIBOLD: &[u8] = include_bytes!("../../fonts/Inter-SemiBold.otf");

static REGULAR_SHAPER: LazyLock<Shaper> = LazyLock::new(|| Shaper::new(REGULAR));
static SEMIBOLD_SHAPER: LazyLock<Shaper> = LazyLock::new(|| Shaper::new(SEMIBOLD));

/// A font with the rules that lines of Turkish are set by, which take longer to find than a line to set.
struct Shaper {
    face: Face<'static>,
    plan: ShapePlan,
    /// What is embedded.
    font: Font,
}

impl Shaper {
    /// Contextual alternates and ligatures stay off: what a person signs shows the characters that were given, no arrows in
    /// their place.
    fn new(octets: &'static [u8]) -> Self {
        const IS_A_FONT: &str = "the font beside the sources is a font";
        let face = Face::from_slice(octets, 0).expect(IS_A_FONT);
        let font = Font::new(octets.into(), 0).expect(IS_A_FONT);
        let plain = [
            Feature::new(Tag::from_bytes(b"calt"), 0, ..),
            Feature::new(Tag::from_bytes(b"liga"), 0, ..),
        ];
        let plan = ShapePlan::new(&face, DIRECTION, Some(script::LATIN), turkish().as_ref(), &plain);
        Self { face, plan, font }
    }

    fn of(weight: Weight) -> &'static Self {
        match weight {
            Weight::Regular => &REGULAR_SHAPER,
            Weight::SemiBold => &SEMIBOLD_SHAPER,
        }
    }
}

const DIRECTION: Direction = Direction::LeftToRight;

fn turkish() -> Option<Language> {
    "tr".parse().ok()
}

/// A weight of the typeface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Weight {
    Regular,
    SemiBold,
}

/// A line of text as it is drawn.
pub(super) struct Shaped {
    pub(super) text: String,
    /// From left to right, each with the octets of the text that it stands for.
    pub(super) glyphs: Vec<KrillaGlyph>,
    /// The width at size 1.
    pub(super) width: f32,
}

impl Shaped {
    /// A piece of it, from one octet of its text to another, as it stands in the whole.
    pub(super) fn piece(&self, octets: Range<usize>) -> Self {
        let glyphs: Vec<KrillaGlyph> = self
            .glyphs
            .iter()
            .filter(|glyph| octets.contains(&glyph.text_range.start))
            .map(|glyph| {
                let mut glyph = glyph.clone();
                glyph.text_range = glyph.text_range.start - octets.start..glyph.text_range.end - octets.start;
                glyph
            })
            .collect();
        Self {
            text: self.text[octets].to_owned(),
            width: glyphs.iter().map(|glyph| glyph.x_advance).sum(),
            glyphs,
        }
    }
}

/// Whether the typeface has a character, in both weights.
pub(crate) fn shows(letter: char) -> bool {
    [Weight::Regular, Weight::SemiBold]
        .into_iter()
        .all(|weight| Shaper::of(weight).face.glyph_index(letter).is_some())
}

/// The font that is embedded for a weight.
pub(super) fn font(weight: Weight) -> Font {
    Shaper::of(weight).font.clone()
}

/// Shapes a line.
pub(super) fn shape(text: &str, weight: Weight) -> Shaped {
    let Shaper { face, plan, .. } = Shaper::of(weight);
    let mut buffer = UnicodeBuffer::new();
    buffer.push_str(text);
    buffer.set_direction(DIRECTION);
    buffer.set_script(script::LATIN);
    if let Some(turkish) = turkish() {
        buffer.set_language(turkish);
    }
    let shaped = rustybuzz::shape_with_plan(face, plan, buffer);
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
