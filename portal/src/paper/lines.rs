//! How text looks, and how it is broken into lines.

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

/// Breaks a text into lines. A line that goes on ends in a space, so that its last word stays a word of its own for who
/// listens to the document.
pub(super) fn wrap(text: &str, style: Style, width: f32) -> Vec<Shaped> {
    let mut lines = Vec::new();
    for given in text.split('\n') {
        let words: Vec<&str> = given.split_whitespace().collect();
        // Set once: a line is a piece of the whole, and as wide as it was measured.
        let whole = typeface::shape(&words.join(" "), style.weight);
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
    lines
}

/// How high a paragraph will be.
pub(super) fn height(text: &str, style: Style, width: f32) -> f32 {
    let lines = u16::try_from(wrap(text, style, width).len()).unwrap_or(u16::MAX);
    f32::from(lines) * style.leading
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const STYLE: Style = Style::new(10.0, 15.0, Weight::Regular, BLACK);

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
