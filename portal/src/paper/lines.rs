//! How text looks, and how it is broken into lines.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use super::typeface::{self, Shaped, Weight};

/// A colour.
pub(super) type Ink = (u8, u8, u8);
pub(super) const BLACK: Ink = (24, 28, 36);
pub(super) const GREY: Ink = (92, 100, 114);
pub(super) const NAVY: Ink = (24, 49, 83);
pub(super) const HAIRLINE: Ink = (214, 219, 227);
pub(super) const TINT: Ink = (241, 244, 249);

/// How text looks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    pub(super) size: f32,
    pub(super) leading: f32,
    pub(super) weight: Weight,
    pub(super) ink: Ink,
}

impl Style {
    pub(super) const fn new(size: f32, leading: f32, weight: Weight, ink: Ink) -> Self {
        Self {
            size,
            leading,
            weight,
            ink,
        }
    }
}

/// A text broken into lines. A line that goes on ends in a space, so that its last word stays a word of its own for who
/// listens to the document.
pub(super) struct Paragraph {
    pub(super) style: Style,
    pub(super) lines: Vec<Shaped>,
}

impl Paragraph {
    /// Breaks words of the document's own, the same in every document: they are set once and kept.
    pub(super) fn fixed(text: &'static str, style: Style, width: f32) -> Self {
        Self::wrapped(&fixed(text, style.weight), style, width)
    }

    /// Breaks what an application says, of which nothing is kept.
    pub(super) fn of(text: &str, style: Style, width: f32) -> Self {
        Self::wrapped(&set(text, style.weight), style, width)
    }

    /// How high it will be.
    pub(super) fn height(&self) -> f32 {
        let lines = u16::try_from(self.lines.len()).unwrap_or(u16::MAX);
        f32::from(lines) * self.style.leading
    }

    /// A line is a piece of a whole that was set before, and as wide as it was measured.
    fn wrapped(wholes: &[Shaped], style: Style, width: f32) -> Self {
        let mut lines = Vec::new();
        for whole in wholes {
            let (mut from, mut reach, mut blank) = (0, 0.0, None);
            for (index, glyph) in whole.glyphs.iter().enumerate() {
                let start = glyph.text_range.start;
                if whole.text[start..].starts_with(' ') {
                    // A mark that stands alone belongs to the blank before it, and stays with it.
                    blank = Some(glyph.text_range.end);
                } else if start > from && (reach + glyph.x_advance) * style.size > width {
                    // A word wider than the line is broken where it must be.
                    let next = blank.take().unwrap_or(start);
                    lines.push(whole.piece(from..next));
                    from = next;
                    let begun = whole.glyphs[..index].iter().rev();
                    reach = begun
                        .take_while(|glyph| glyph.text_range.start >= from)
                        .map(|glyph| glyph.x_advance)
                        .sum();
                }
                reach += glyph.x_advance;
            }
            lines.push(whole.piece(from..whole.text.len()));
        }
        Self { style, lines }
    }
}

/// The lines that a text is given in, each set as a whole.
fn set(text: &str, weight: Weight) -> Vec<Shaped> {
    let given = text.split('\n').map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        typeface::shape(&words.join(" "), weight)
    });
    given.collect()
}

/// Texts that are set, by what they say and how heavy they are.
type Set = HashMap<(&'static str, Weight), Arc<[Shaped]>>;

/// What [`set`] makes of a text that is in the program, which there are few of.
fn fixed(text: &'static str, weight: Weight) -> Arc<[Shaped]> {
    static SET: LazyLock<Mutex<Set>> = LazyLock::new(Mutex::default);
    let mut all = SET.lock().unwrap_or_else(PoisonError::into_inner);
    let lines = all.entry((text, weight)).or_insert_with(|| set(text, weight).into());
    Arc::clone(lines)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const STYLE: Style = Style::new(10.0, 15.0, Weight::Regular, BLACK);

    fn wrap(text: &str, style: Style, width: f32) -> Vec<Shaped> {
        Paragraph::of(text, style, width).lines
    }

    fn joined(lines: &[Shaped]) -> String {
        lines.iter().map(|line| line.text.as_str()).collect()
    }

    #[test]
    fn no_line_is_wider_than_the_measure_and_no_word_is_lost() {
        let text = "Şehit Ömer Halisdemir Bulvarı üzerindeki ağaçlı yolun sonunda, köprüyü geçince soldaki ilk bina. "
            .repeat(3);
        let lines = wrap(&text, STYLE, 200.0);
        assert!(lines.len() > 3);
        for line in &lines {
            assert!(
                typeface::shape(line.text.trim_end(), STYLE.weight).width * STYLE.size <= 200.0,
                "{}",
                line.text
            );
        }
        assert_eq!(joined(&lines).trim_end(), text.trim_end());
    }

    #[test]
    fn words_of_the_documents_own_are_set_once_and_as_any_others() {
        let text = "Güvenli elektronik imzanın elle atılan imza ile aynı hukuki sonucu doğurduğunu bilirim.";
        let (kept, again) = (fixed(text, STYLE.weight), fixed(text, STYLE.weight));
        assert!(Arc::ptr_eq(&kept, &again));
        let semibold = Style {
            weight: Weight::SemiBold,
            ..STYLE
        };
        for style in [STYLE, semibold] {
            let (own, any) = (Paragraph::fixed(text, style, 180.0), Paragraph::of(text, style, 180.0));
            assert!(own.lines.len() > 2);
            assert_eq!(own.height(), any.height());
            for (own, any) in own.lines.iter().zip(&any.lines) {
                assert_eq!(
                    (&own.text, own.width, own.glyphs.len()),
                    (&any.text, any.width, any.glyphs.len())
                );
            }
        }
    }

    #[test]
    fn a_mark_that_stands_alone_stays_with_the_blank_before_it() {
        let text = "Gül \u{301}Sokak ".repeat(6);
        for width in 20_u8..120 {
            let lines = wrap(&text, STYLE, f32::from(width));
            assert_eq!(joined(&lines).trim_end(), text.trim_end());
            assert!(lines.iter().all(stands_for_its_text), "at {width}");
        }
    }

    /// Whether every glyph stands for octets of the line's own text.
    fn stands_for_its_text(line: &Shaped) -> bool {
        let mut glyphs = line.glyphs.iter();
        glyphs.all(|glyph| line.text.get(glyph.text_range.clone()).is_some())
    }

    proptest! {
        #[test]
        fn wrapping_never_panics_and_keeps_every_character_but_spaces(text in "\\PC{0,120}", width in 20.0f32..300.0) {
            let bare = |text: &str| text.chars().filter(|letter| !letter.is_whitespace()).collect::<String>();
            let lines = wrap(&text, STYLE, width);
            prop_assert_eq!(bare(&joined(&lines)), bare(&text));
            prop_assert!(lines.iter().all(stands_for_its_text));
        }
    }
}
