//! Values for a card of which tags and lengths are known. What a value has to be is found out: every one that matters is
//! guessed, and the guesses are kept with which the engine goes the way that is recorded.

use std::collections::BTreeMap;
use std::sync::Arc;

use basvuru::card::card_applications;

use super::certificate::{Kind, USUAL};
use super::shape::Shape;
use super::{Trace, TracedAnswer, TracedCommand};

/// The most octets that are made up for one answer.
const MOST_MADE: usize = 0x1_0100;

/// What serial numbers are made of.
pub(super) const SERIAL: u8 = 0x5E;

/// A value that is guessed: the exchange it is in, and its place there.
pub(super) type Guessed = (usize, usize);

/// The guess that is one for all files: the directory of the application.
const DIRECTORY: Guessed = (usize::MAX, 0);
/// What was remembered of the card.
const MEMORY: Guessed = (usize::MAX, 1);

/// What is guessed, each by its place among what it may be.
#[derive(Debug, Clone, Default)]
pub(super) struct Guesses {
    pub(super) chosen: BTreeMap<Guessed, usize>,
}

/// What the commands of a trace tell of the card.
#[derive(Debug, Default)]
pub(super) struct Hints {
    /// Identifiers of files and directories.
    files: Vec<[u8; 2]>,
    directories: Vec<[u8; 2]>,
    /// References that PINs were sent under.
    pins: Vec<u8>,
    /// What its serial number is made of: nothing that tells it from others where a certificate does.
    serial: u8,
    /// The kinds of key that it may have.
    kinds: Vec<Kind>,
}

/// A card made up on the way.
pub(super) struct StandIn {
    hints: Arc<Hints>,
    guesses: Guesses,
    /// What was guessed so far, and of how many.
    met: BTreeMap<Guessed, usize>,
    exchange: usize,
    place: usize,
    keys: u8,
    certificates: u8,
    pins: u8,
    algorithms: u8,
    /// Whether any algorithm that TokenInfo declares is one for signing.
    declares: bool,
    /// How long the file seems to be that is being selected.
    size: u32,
    made: usize,
}

/// Where a data object is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    Control,
    Template,
    Entry,
    Path,
    Token,
    Algorithms,
    Algorithm,
    Object(Kinds),
    Common(Kinds),
    Rules,
    Class(Kinds),
    Algorithmic,
    Attributes(Kinds),
    Other,
}

/// What an object of a directory is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kinds {
    Key { elliptic: bool },
    Certificate,
    Pin,
}

impl Hints {
    /// What a trace tells.
    pub(super) fn of(trace: &Trace) -> Self {
        let mut hints = Self {
            serial: if trace.proof().is_some() { 0 } else { SERIAL },
            ..Self::default()
        };
        let add = |known: &mut Vec<[u8; 2]>, identifier: &[u8]| {
            if let Ok(identifier) = identifier.try_into()
                && !known.contains(&identifier)
            {
                known.push(identifier);
            }
        };
        for exchange in trace.exchanges() {
            let [_, instruction, p1, p2] = exchange.command.header();
            let selects = match &exchange.command {
                TracedCommand::Redacted { selects, .. } => selects.clone().unwrap_or_default(),
                TracedCommand::Whole(_) => Vec::new(),
            };
            match (instruction, selects.as_slice()) {
                (0xA4, [0x3F, 0x00]) => {}
                (0xA4, [directory @ .., _, _]) if p1 != 4 && selects.len().is_multiple_of(2) => {
                    add(&mut hints.directories, directory);
                    add(&mut hints.files, &selects[selects.len() - 2..]);
                    if selects.len() == 2 {
                        add(&mut hints.directories, &selects);
                    }
                }
                (0xB0, _) if p1 & 0x80 != 0 => add(&mut hints.files, &[0x44, p1 & 0x1F]),
                (0x20 | 0x24 | 0x2C, _) if !hints.pins.contains(&p2) => hints.pins.push(p2),
                _ => {}
            }
            if let (0x2A | 0x88 | 0xC0, TracedAnswer::Redacted { length, .. }) = (instruction, &exchange.answer) {
                let kind = Kind::of_signature(*length).filter(|kind| !hints.kinds.contains(kind));
                hints.kinds.extend(kind);
            }
        }
        for directory in [[0x50, 0x15], [0x3D, 0x01]] {
            add(&mut hints.directories, &directory);
        }
        hints.pins.extend([0x01, 0x81]);
        // What is never asked for has a name that nothing else has.
        hints.files.push([0x7F, 0x1F]);
        hints.kinds.extend(
            USUAL
                .into_iter()
                .filter(|kind| !hints.kinds.contains(kind))
                .collect::<Vec<_>>(),
        );
        hints
    }
}

impl StandIn {
    pub(super) fn new(hints: Arc<Hints>, guesses: Guesses) -> Self {
        Self {
            hints,
            guesses,
            met: BTreeMap::new(),
            exchange: 0,
            place: 0,
            keys: 0,
            certificates: 0,
            pins: 0,
            algorithms: 0,
            declares: true,
            size: 0,
            made: 0,
        }
    }

    /// The data that has these objects, in the exchange with this number. `size` is how much of a file is read after it was
    /// selected.
    pub(super) fn data(&mut self, exchange: usize, shapes: &[Shape], size: usize) -> Vec<u8> {
        (self.exchange, self.place, self.made) = (exchange, 0, 0);
        self.size = u32::try_from(size).unwrap_or(0);
        let mut data = Vec::new();
        for shape in shapes {
            data.extend(self.root(shape));
        }
        data
    }

    /// The guesses that it is made by.
    pub(super) fn guesses(&self) -> &Guesses {
        &self.guesses
    }

    /// What was guessed, each with how many ways there are.
    pub(super) fn met(&self) -> Vec<(Guessed, usize)> {
        self.met.iter().map(|(guessed, count)| (*guessed, *count)).collect()
    }

    /// One of the guesses that belong to no value: how the engine goes on.
    pub(super) fn decide(&mut self, exchange: usize, alternatives: usize) -> usize {
        self.exchange = exchange;
        self.guess(alternatives)
    }

    /// Which of so many memories the card was recognised by.
    pub(super) fn remembered(&mut self, alternatives: usize) -> usize {
        self.guess_at(MEMORY, alternatives)
    }

    fn guess(&mut self, alternatives: usize) -> usize {
        self.place += 1;
        self.guess_at((self.exchange, self.place), alternatives)
    }

    fn guess_at(&mut self, guessed: Guessed, alternatives: usize) -> usize {
        self.met.insert(guessed, alternatives);
        let chosen = self.guesses.chosen.get(&guessed).copied().unwrap_or(0);
        chosen.min(alternatives.saturating_sub(1))
    }

    fn pick<T: Copy>(&mut self, alternatives: &[T]) -> T {
        let chosen = self.guess(alternatives.len());
        alternatives[chosen]
    }

    fn root(&mut self, shape: &Shape) -> Vec<u8> {
        let first = shape.children.first();
        let of_children = |tag| first.is_some_and(|first| first.tag == tag);
        let is_path = |shape: &Shape| shape.tag == 0x30 && shape.children.first().is_some_and(|it| it.tag == 0x04);
        let within = match shape.tag {
            0x6F | 0x62 | 0x64 => Within::Control,
            0x61 => Within::Template,
            0xA0..=0xA8 if shape.children.len() == 1 && first.is_some_and(is_path) => Within::Entry,
            0xA1..=0xA8 => Within::Other,
            _ if of_children(0x02) => {
                self.declares = self.pick(&[true, false]);
                Within::Token
            }
            0x30 if is_certificate(shape) => return self.certificate(shape),
            0x30 | 0xA0 => self.object_of(shape),
            _ => Within::Other,
        };
        self.object(shape, within, 0)
    }

    /// What an object of a directory is, by what others have not; and it is counted.
    fn object_of(&mut self, shape: &Shape) -> Within {
        let class = shape.children.get(1);
        let attributes = shape.find(0xA1).and_then(|attributes| attributes.children.first());
        Within::Object(
            if attributes.is_some_and(|attributes| attributes.find(0x0A).is_some()) {
                self.pins += 1;
                Kinds::Pin
            } else if class.is_some_and(|class| class.find(0x03).is_some()) {
                self.keys += 1;
                Kinds::Key {
                    elliptic: shape.tag == 0xA0,
                }
            } else {
                self.certificates += 1;
                Kinds::Certificate
            },
        )
    }

    fn certificate(&mut self, shape: &Shape) -> Vec<u8> {
        let hints = Arc::clone(&self.hints);
        let kind = certified_kind(shape).unwrap_or_else(|| self.pick(&hints.kinds));
        let year = self.pick(&[39, 38, 37, 21]);
        let non_repudiation = self.pick(&[true, false]);
        let content = kind
            .certificate(shape.length, year, non_repudiation)
            .unwrap_or_default();
        Shape::encode(shape.tag, &content)
    }

    fn object(&mut self, shape: &Shape, within: Within, among: usize) -> Vec<u8> {
        let mut value = Vec::new();
        if shape.children.is_empty() {
            value = self.value(shape, within, among);
        }
        for (index, child) in shape.children.iter().enumerate() {
            let same = |other: &&Shape| other.tag == child.tag;
            let among = shape.children.iter().take(index).filter(same).count();
            value.extend(self.object(child, below(within, child, index), among));
            if value.len() >= shape.length {
                break;
            }
        }
        // What was not told is filled with an object that means nothing.
        let room = MOST_MADE.saturating_sub(self.made);
        let length = shape.length.min(room);
        let missing = length.saturating_sub(value.len());
        self.made += missing;
        let is_constructed = first_octet(shape.tag) & 0x20 != 0;
        if is_constructed && missing >= 2 {
            let filling = (2..=6).rev().find_map(|header| {
                let filling = Shape::encode(0x04, &vec![0; missing.checked_sub(header)?]);
                Some(filling).filter(|filling| filling.len() == missing)
            });
            value.extend(filling.unwrap_or_default());
        }
        value.resize(length, 0);
        Shape::encode(shape.tag, &value)
    }

    /// The value of an object that has no others in it; shorter than it is where the rest does not matter.
    fn value(&mut self, shape: &Shape, within: Within, among: usize) -> Vec<u8> {
        let length = shape.length;
        match (within, shape.tag) {
            (Within::Control, 0x80 | 0x81) => {
                let size = self.size;
                number(self.pick(&[0, size]), length)
            }
            (Within::Control, 0x82) => vec![self.pick(&[0x01, 0x38, 0x02])],
            (Within::Control, 0x83) if length == 2 => self.directory().to_vec(),
            (Within::Control, 0x83) => vec![self.pin_reference()],
            (Within::Control, 0x8A) => vec![0x05],
            // The serial number, as TokenInfo has it.
            (Within::Control, 0x5A) => vec![self.hints.serial; length],
            // Tries left: all of them.
            (Within::Control, 0xDF21) => vec![3],
            (Within::Control | Within::Template, 0x84 | 0x4F) => self.name(length),
            (Within::Template, 0x51) | (Within::Path, 0x04) => self.path(length),
            (Within::Token, 0x02) => vec![0; length],
            (Within::Token, 0x04) => vec![self.hints.serial; length],
            (Within::Algorithm, 0x02) => self.algorithm(length, among),
            (Within::Common(_), 0x03) => vec![6, 0xC0],
            (Within::Common(Kinds::Key { .. }), 0x04) | (Within::Rules, 0x04) => {
                let pin = self.pick(&[1, 2, 3, 4]);
                vec![0x10 | pin; length]
            }
            (Within::Rules, 0x03) if length > 2 => self.pick(&[[6, 0x24, 0], [6, 0, 0x40], [6, 0x80, 0]]).to_vec(),
            (Within::Rules, 0x03) => self.pick(&[[2, 0x24], [7, 0x80]]).to_vec(),
            (Within::Class(Kinds::Key { .. }), 0x04) => vec![0x40 | self.keys; length],
            (Within::Class(Kinds::Key { .. }), 0x03) if among == 0 => self.usage(length),
            (Within::Class(Kinds::Key { .. }), 0x02) => vec![self.keys; length.min(1)],
            (Within::Algorithmic, 0x02) => vec![self.pick(&[1, 2, 3, 4]); length.min(1)],
            (Within::Class(Kinds::Certificate), 0x04) => {
                let own = self.certificates;
                let key = self.pick(&[own, 1, 2, 3, 4, 0x3F]);
                vec![0x40 | key; length]
            }
            (Within::Class(Kinds::Certificate), 0x01) => vec![self.pick(&[0xFF, 0x00])],
            (Within::Class(Kinds::Pin), 0x04) => vec![0x10 | self.pins; length],
            (Within::Attributes(Kinds::Pin), 0x03) => self.pick(&[[3, 0x48, 0], [3, 0x08, 0], [0, 0x0B, 0]]).to_vec(),
            (Within::Attributes(Kinds::Pin), 0x0A) => vec![self.pick(&[1, 2, 0, 3, 4])],
            // The fewest characters, and the most.
            (Within::Attributes(Kinds::Pin), 0x02) => number(if among == 0 { 4 } else { 8 }, length),
            (Within::Attributes(Kinds::Pin), 0x80) => number(self.pin_reference().into(), length),
            (Within::Attributes(Kinds::Pin), 0x04) => vec![0xFF; length],
            (Within::Attributes(Kinds::Key { elliptic: false }), 0x02) => self.modulus(length),
            (_, 0x0C) => vec![b'-'; length],
            _ => Vec::new(),
        }
    }

    fn directory(&mut self) -> [u8; 2] {
        let hints = Arc::clone(&self.hints);
        let chosen = self.guess_at(DIRECTORY, hints.directories.len());
        hints.directories[chosen]
    }

    fn pin_reference(&mut self) -> u8 {
        let hints = Arc::clone(&self.hints);
        self.pick(&hints.pins)
    }

    /// The name of an application: one that is known, of this length.
    fn name(&mut self, length: usize) -> Vec<u8> {
        let names = card_applications()
            .into_iter()
            .filter_map(|name| super::hexadecimal(name.as_bytes()));
        let mut names: Vec<Vec<u8>> = names.filter(|name| name.len() == length).collect();
        names.push(vec![0xA0; length]);
        let chosen = self.guess(names.len());
        names.swap_remove(chosen)
    }

    fn path(&mut self, length: usize) -> Vec<u8> {
        let directory = self.directory();
        let hints = Arc::clone(&self.hints);
        let file = self.pick(&hints.files);
        match length {
            2 => file.to_vec(),
            // The application's own directory, or a file beside it.
            4 => {
                let last = self.pick(&[directory, file]);
                [[0x3F, 0x00], last].concat()
            }
            _ => {
                let between = vec![0x3F; length.saturating_sub(6)];
                [[0x3F, 0x00].as_slice(), &between, &directory, &file].concat()
            }
        }
    }

    /// Reference, mechanism (of PKCS #11) and the card's own number of an algorithm.
    fn algorithm(&mut self, length: usize, among: usize) -> Vec<u8> {
        match (among, length) {
            (0, _) => {
                self.algorithms = self.algorithms.saturating_add(1);
                number(self.algorithms.into(), length)
            }
            (1, 1 | 2) if !self.declares => number(0x7F, length),
            (1, 1) => vec![self.pick(&[0x01, 0x03, 0x40, 0x0D, 0x43, 0x7F])],
            (1, 2) => self
                .pick(&[[0x10, 0x41], [0x10, 0x44], [0x10, 0x45], [0x10, 0x46], [0x10, 0x00]])
                .to_vec(),
            (1, _) => Vec::new(),
            _ => number(4, length),
        }
    }

    /// sign and nonRepudiation, sign alone, or neither.
    fn usage(&mut self, length: usize) -> Vec<u8> {
        match length {
            3.. => self.pick(&[[6, 0x20, 0x40], [6, 0x20, 0x00], [6, 0x40, 0x00]]).to_vec(),
            _ => self.pick(&[[5, 0x20], [6, 0x40]]).to_vec(),
        }
    }

    /// The length of a modulus in bits, or none.
    fn modulus(&mut self, length: usize) -> Vec<u8> {
        if length != 2 {
            return vec![0; length];
        }
        let lengths = self.hints.kinds.iter().filter_map(|kind| match kind {
            Kind::Rsa(octets) => u16::try_from(octets * 8).ok(),
            Kind::P256 | Kind::P384 | Kind::P521 => None,
        });
        let mut lengths: Vec<u16> = lengths.collect();
        lengths.push(0);
        self.pick(&lengths).to_be_bytes().to_vec()
    }
}

/// Where the objects in an object are.
fn below(within: Within, child: &Shape, index: usize) -> Within {
    match (within, child.tag, index) {
        (Within::Control, ..) => Within::Control,
        (Within::Template, 0x73, _) => Within::Template,
        (Within::Template, 0x30 | 0xA0, _) => Within::Path,
        (Within::Template, ..) => Within::Template,
        (Within::Entry, 0x30, _) => Within::Path,
        (Within::Token, 0xA2, _) => Within::Algorithms,
        (Within::Token, ..) => Within::Token,
        (Within::Algorithms | Within::Algorithm, ..) => Within::Algorithm,
        (Within::Object(kind), 0x30, 0) => Within::Common(kind),
        (Within::Object(kind), 0x30, 1) => Within::Class(kind),
        (Within::Object(kind), 0xA1, _) => Within::Attributes(kind),
        (Within::Common(Kinds::Key { .. }), 0x30, _) => Within::Rules,
        (Within::Class(Kinds::Key { .. }), 0xA1, _) => Within::Algorithmic,
        // A SEQUENCE around the attributes, and the path in them, which begins with its octets.
        (Within::Attributes(_), 0x30, _) if child.children.first().is_some_and(|first| first.tag == 0x04) => {
            Within::Path
        }
        (
            Within::Path
            | Within::Common(_)
            | Within::Rules
            | Within::Class(_)
            | Within::Algorithmic
            | Within::Attributes(_),
            ..,
        ) => within,
        _ => Within::Other,
    }
}

/// A certificate begins with what is signed: its version or its number, and the algorithm.
pub(super) fn is_certificate(shape: &Shape) -> bool {
    let first = shape.children.first().filter(|first| first.tag == 0x30);
    first.is_some_and(|first| {
        let mut fields = first.children.iter().filter(|field| field.tag != 0xA0);
        let number = fields.next().is_some_and(|field| field.tag == 0x02);
        number && fields.next().is_none_or(|field| field.tag == 0x30) && first.length > 100
    })
}

/// The kind of key that a certificate is for, by the length of the key.
pub(super) fn certified_kind(certificate: &Shape) -> Option<Kind> {
    let fields = certificate.children.first()?;
    let info = fields.children.iter().filter(|field| field.tag != 0xA0).nth(5)?;
    Kind::of_info(info.length, info.children.first()?.length)
}

fn first_octet(tag: u32) -> u8 {
    let octets = tag.to_be_bytes();
    octets.into_iter().find(|octet| *octet != 0).unwrap_or(0)
}

fn number(number: u32, length: usize) -> Vec<u8> {
    let octets = number.to_be_bytes();
    match length {
        0..=4 => octets[4 - length..].to_vec(),
        _ => Vec::new(),
    }
}
