//! Pages that fill from top to bottom: text is laid out first, and written with its tags when the number of pages is known.
//! Every piece is either part of the document's structure or an artifact; reading order is the order of writing.

use std::num::NonZeroU16;

use krilla::color::rgb;
use krilla::configure::{Accessibility, Archival, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::{DateTime, Metadata};
use krilla::num::NormalizedF32;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::tagging::{Artifact, ArtifactType, ContentTag, Identifier, Node, SpanTag, Tag, TagGroup, TagKind, TagTree};
use krilla::{Document, SerializeSettings};

use super::lines::{GREY, HAIRLINE, Ink, NAVY, Paragraph, Style};
use super::typeface::{self, Shaped, Weight};
use crate::clock::Moment;

/// ISO A4, in points.
const PAGE: (f32, f32) = (595.28, 841.89);
/// The blank to the left and right.
pub(super) const MARGIN: f32 = 62.0;
/// The width of a line of text.
pub(super) const MEASURE: f32 = PAGE.0 - 2.0 * MARGIN;
/// Where text begins on every page but the first.
const TOP: f32 = 84.0;
/// Where text ends.
const BOTTOM: f32 = PAGE.1 - 76.0;

/// A place in the document's structure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Element(usize);

struct Entry {
    tag: TagKind,
    children: Vec<Child>,
}

enum Child {
    Element(usize),
    Content(Identifier),
}

/// Something on a page.
enum Mark {
    Text {
        x: f32,
        baseline: f32,
        style: Style,
        line: Shaped,
        element: Option<Element>,
    },
    Area {
        area: (f32, f32, f32, f32),
        ink: Ink,
    },
}

/// What stands on every page and in the document's properties.
pub(super) struct Frame {
    pub(super) title: String,
    pub(super) authority: String,
    pub(super) order: String,
    pub(super) footnote: &'static str,
    pub(super) approved_at: Moment,
    pub(super) approval: i64,
}

/// A document that was written.
pub(crate) struct Written {
    /// The PDF.
    pub(crate) pdf: Vec<u8>,
    /// What stands on each page, a line a paragraph or a row of a table, for who cannot see it: head and foot left out.
    pub(crate) pages: Vec<String>,
}

/// A document being laid out.
pub(super) struct Sheet {
    frame: Frame,
    pages: Vec<Vec<Mark>>,
    entries: Vec<Entry>,
    roots: Vec<usize>,
    headings: Vec<Heading>,
    y: f32,
}

/// Where a heading stands.
struct Heading {
    text: String,
    page: usize,
    y: f32,
}

impl Sheet {
    pub(super) fn new(frame: Frame) -> Self {
        Self {
            frame,
            pages: vec![Vec::new()],
            entries: Vec::new(),
            roots: Vec::new(),
            headings: Vec::new(),
            y: TOP,
        }
    }

    /// Adds an element to the structure, inside another or at the top.
    pub(super) fn element(&mut self, parent: Option<Element>, tag: impl Into<TagKind>) -> Element {
        let index = self.entries.len();
        self.entries.push(Entry {
            tag: tag.into(),
            children: Vec::new(),
        });
        match parent {
            Some(Element(parent)) => self.entries[parent].children.push(Child::Element(index)),
            None => self.roots.push(index),
        }
        Element(index)
    }

    /// Writes a heading of a level, which the document's outline shows as well.
    pub(super) fn heading(&mut self, text: &'static str, level: u16, style: Style) {
        self.keep_together(style.leading);
        self.headings.push(Heading {
            text: text.to_owned(),
            page: self.pages.len() - 1,
            y: self.y,
        });
        let level = NonZeroU16::new(level).unwrap_or(NonZeroU16::MIN);
        let element = self.element(None, Tag::Hn(level, Some(text.to_owned())));
        self.paragraph(element, Paragraph::fixed(text, style, MEASURE), MARGIN);
    }

    /// How far down the page the next line begins.
    pub(super) fn y(&self) -> f32 {
        self.y
    }

    /// Goes on at a height of this page.
    pub(super) fn go_on_at(&mut self, y: f32) {
        self.y = y;
    }

    /// Leaves a blank.
    pub(super) fn skip(&mut self, height: f32) {
        self.y += height;
    }

    /// Begins a page unless `height` fits on this one.
    pub(super) fn keep_together(&mut self, height: f32) {
        if self.y + height > BOTTOM && self.y > TOP {
            self.pages.push(Vec::new());
            self.y = TOP;
        }
    }

    /// Writes a paragraph: lines of the text itself, further pages where needed.
    pub(super) fn paragraph(&mut self, element: Element, Paragraph { style, lines }: Paragraph, x: f32) {
        for line in lines {
            self.keep_together(style.leading);
            self.y += style.leading;
            let baseline = self.y - (style.leading - style.size * 0.72) / 2.0;
            self.mark(Mark::Text {
                x,
                baseline,
                style,
                line,
                element: Some(element),
            });
        }
    }

    /// Fills an area, as an artifact, beneath what is written afterwards.
    pub(super) fn area(&mut self, x: f32, y: f32, width: f32, height: f32, ink: Ink) {
        self.mark(Mark::Area {
            area: (x, y, width, height),
            ink,
        });
    }

    /// Draws a hairline across the measure at the present height.
    pub(super) fn hairline(&mut self) {
        self.area(MARGIN, self.y, MEASURE, 0.6, HAIRLINE);
    }

    fn mark(&mut self, mark: Mark) {
        if let Some(page) = self.pages.last_mut() {
            page.push(mark);
        }
    }

    /// Writes the document; `None` where it would not pass the checks of PDF/A-2a and PDF/UA-1.
    pub(super) fn finish(mut self) -> Option<Written> {
        let configuration = ConfigurationBuilder::new()
            .with_archival_validator(Archival::A2_A)
            .with_accessibility_validator(Accessibility::UA1)
            .finish()
            .ok()?;
        let mut document = Document::new_with(SerializeSettings {
            configuration,
            ..SerializeSettings::default()
        });
        document.set_metadata(self.metadata());
        let texts = self.pages.iter().map(|marks| self.text(marks)).collect();
        let pages = std::mem::take(&mut self.pages);
        let count = pages.len();
        for (index, marks) in pages.into_iter().enumerate() {
            let mut page = document.start_page_with(PageSettings::from_wh(PAGE.0, PAGE.1)?);
            let mut surface = page.surface();
            for mark in marks.into_iter().chain(frame_marks(&self.frame, index + 1, count)) {
                let tag = match &mark {
                    Mark::Text { element: Some(_), .. } => ContentTag::Span(SpanTag::empty()),
                    Mark::Text { element: None, .. } => ContentTag::Artifact(Artifact::with_kind(ArtifactType::Header)),
                    Mark::Area { .. } => ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)),
                };
                let identifier = surface.start_tagged(tag);
                let element = draw(&mut surface, mark);
                surface.end_tagged();
                if let Some(Element(element)) = element {
                    self.entries[element].children.push(Child::Content(identifier));
                }
            }
            surface.finish();
            page.finish();
        }
        let mut tree = TagTree::new().with_lang(Some("tr".to_owned()));
        let mut entries: Vec<Option<Entry>> = self.entries.into_iter().map(Some).collect();
        for root in &self.roots {
            if let Some(node) = group(&mut entries, *root) {
                tree.push(node);
            }
        }
        document.set_tag_tree(tree);
        document.set_outline(outline(&self.headings));
        Some(Written {
            pdf: document.finish().ok()?,
            pages: texts,
        })
    }

    /// What stands on a page, in reading order.
    fn text(&self, marks: &[Mark]) -> String {
        let mut text = String::new();
        let mut before = None;
        for mark in marks {
            let Mark::Text {
                line,
                element: Some(element),
                ..
            } = mark
            else {
                continue;
            };
            match before {
                // A line that goes on ends in a space as a rule.
                Some(same) if same == *element => text.push_str(if text.ends_with(' ') { "" } else { " " }),
                Some(Element(other)) => {
                    text.truncate(text.trim_end().len());
                    let tag = &self.entries[other].tag;
                    // What stands beside something on the page is read with it.
                    text.push_str(if matches!(tag, TagKind::TH(_)) {
                        ": "
                    } else if matches!(tag, TagKind::Lbl(_)) {
                        " "
                    } else {
                        "\n"
                    });
                }
                None => {}
            }
            text.push_str(&line.text);
            before = Some(*element);
        }
        text.truncate(text.trim_end().len());
        text
    }

    fn metadata(&self) -> Metadata {
        let at = self.frame.approved_at.date_time();
        let date = DateTime::new(u16::try_from(at.year()).unwrap_or(0))
            .month(at.month().into())
            .day(at.day())
            .hour(at.hour())
            .minute(at.minute())
            .second(at.second())
            .utc_offset_hour(0)
            .utc_offset_minute(0);
        Metadata::new()
            .title(self.frame.title.clone())
            .authors(vec![self.frame.authority.clone()])
            .creator("Başvuru".to_owned())
            .language("tr".to_owned())
            .document_id(format!(
                "{} {} {} {}",
                self.frame.order, self.frame.title, self.frame.approved_at.0, self.frame.approval
            ))
            .creation_date(date)
    }
}

fn draw(surface: &mut krilla::surface::Surface<'_>, mark: Mark) -> Option<Element> {
    let fill = |(red, green, blue): Ink| Fill {
        paint: rgb::Color::new(red, green, blue).into(),
        opacity: NormalizedF32::ONE,
        rule: krilla::paint::FillRule::default(),
    };
    match mark {
        Mark::Text {
            x,
            baseline,
            style,
            line,
            element,
        } => {
            surface.set_fill(Some(fill(style.ink)));
            surface.draw_glyphs(
                Point::from_xy(x, baseline),
                &line.glyphs,
                typeface::font(style.weight),
                &line.text,
                style.size,
                false,
            );
            element
        }
        Mark::Area {
            area: (x, y, width, height),
            ink,
        } => {
            let mut path = PathBuilder::new();
            path.push_rect(Rect::from_xywh(x, y, width, height)?);
            surface.set_fill(Some(fill(ink)));
            surface.draw_path(&path.finish()?);
            None
        }
    }
}

/// The document's outline: the title, and the other headings below it.
fn outline(headings: &[Heading]) -> Outline {
    let mut outline = Outline::new();
    let node = |heading: &Heading| {
        let place = XyzDestination::new(heading.page, Point::from_xy(0.0, heading.y));
        OutlineNode::new(heading.text.clone(), place)
    };
    if let Some((title, others)) = headings.split_first() {
        let mut top = node(title);
        for heading in others {
            top.push_child(node(heading));
        }
        outline.push_child(top);
    }
    outline
}

/// The element with what is in it; `None` where nothing is.
fn group(entries: &mut [Option<Entry>], index: usize) -> Option<Node> {
    let entry = entries.get_mut(index)?.take()?;
    let mut children = Vec::new();
    for child in entry.children {
        match child {
            Child::Content(identifier) => children.push(identifier.into()),
            Child::Element(index) => children.extend(group(entries, index)),
        }
    }
    (!children.is_empty()).then(|| TagGroup::with_children(entry.tag, children).into())
}

/// What stands at the head and foot of every page.
fn frame_marks(frame: &Frame, page: usize, pages: usize) -> Vec<Mark> {
    let small = Style::new(8.0, 11.0, Weight::Regular, GREY);
    let name = Style::new(8.5, 11.0, Weight::SemiBold, NAVY);
    let set = |x: f32, baseline: f32, style: Style, line: Shaped| Mark::Text {
        x,
        baseline,
        style,
        line,
        element: None,
    };
    let text =
        |x: f32, baseline: f32, style: Style, text: &str| set(x, baseline, style, typeface::shape(text, style.weight));
    let right = |baseline: f32, style: Style, text: &str| {
        let line = typeface::shape(text, style.weight);
        set(PAGE.0 - MARGIN - line.width * style.size, baseline, style, line)
    };
    let foot = PAGE.1 - 52.0;
    vec![
        Mark::Area {
            area: (0.0, 0.0, PAGE.0, 5.0),
            ink: NAVY,
        },
        text(MARGIN, 46.0, name, &frame.authority),
        right(46.0, small, &format!("Başvuru no {}", frame.order)),
        Mark::Area {
            area: (MARGIN, 56.0, MEASURE, 0.6),
            ink: HAIRLINE,
        },
        Mark::Area {
            area: (MARGIN, foot - 14.0, MEASURE, 0.6),
            ink: HAIRLINE,
        },
        text(MARGIN, foot, small, frame.footnote),
        right(foot, small, &format!("{page} / {pages}")),
    ]
}
