//! Draws the characters of a picture code so that people read them and programs for reading do not: each stands askew, runs into
//! its neighbours, all of them are bent together, and lines as wide as their own cross them. Where letters touch, a program cannot
//! tell where one ends; a person sees the pen's way.

use super::letters;

/// The picture's size in pixels.
const WIDTH: usize = 240;
const HEIGHT: usize = 110;
/// The shades between paper and ink, of four bits each.
const SHADES: u8 = 15;
/// Dark blue.
const INK: [u8; 3] = [24, 49, 83];
/// Half the width of the pen that characters are written with, in pixels.
const PEN: f32 = 3.2;
/// Half the width of the pen that lines are drawn through them with.
const FINE_PEN: f32 = 2.0;
/// How many characters high and wide one is drawn, in pixels, before it is put askew.
const LETTER: (f32, f32) = (32.0, 56.0);
/// How far the next character begins after the last: less than its width and the pen's, so that they run into one another.
const ADVANCE: f32 = 41.5;
/// The picture of these characters as a PNG file, askew and crossed as the dice fall: random octets, 64 of which suffice.
///
/// `None` where the file cannot be written, which memory alone can bring about.
pub(super) fn png(text: &str, dice: &[u8]) -> Option<Vec<u8>> {
    let shades = Sheet::with(text, &mut Dice(dice.to_vec())).0;
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, u32::try_from(WIDTH).ok()?, u32::try_from(HEIGHT).ok()?);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Four);
    encoder.set_palette(palette());
    // Shades by number pack best as they are, and every octet of the picture is one of the whole application's traffic.
    encoder.set_compression(png::Compression::High);
    encoder.set_filter(png::Filter::NoFilter);
    let packed: Vec<u8> = shades.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect();
    encoder.write_header().ok()?.write_image_data(&packed).ok()?;
    Some(file)
}

/// From white to the ink.
fn palette() -> Vec<u8> {
    (0..=SHADES)
        .flat_map(|shade| {
            INK.map(|ink| 255 - u8::try_from(u16::from(255 - ink) * u16::from(shade) / u16::from(SHADES)).unwrap_or(0))
        })
        .collect()
}

/// Random octets, taken one after the other.
struct Dice(Vec<u8>);

impl Dice {
    /// A number between two others.
    fn between(&mut self, least: f32, most: f32) -> f32 {
        least + (most - least) * f32::from(self.0.pop().unwrap_or(128)) / 255.0
    }

    /// One sign or the other.
    fn sign(&mut self) -> f32 {
        if self.between(0.0, 1.0) < 0.5 { -1.0 } else { 1.0 }
    }
}

/// How much ink each pixel has, row by row.
struct Sheet(Vec<u8>);

impl Sheet {
    fn with(text: &str, dice: &mut Dice) -> Self {
        let mut sheet = Self(vec![0; WIDTH * HEIGHT]);
        let bend = Bend::new(dice);
        let middle = (WIDTH as f32 / 2.0, HEIGHT as f32 / 2.0);
        let mut x = middle.0 - ADVANCE * 2.0 + dice.between(-4.0, 4.0);
        for letter in text.chars() {
            let place = Place::new((x, middle.1), dice);
            for line in letters::strokes(letter) {
                sheet.draw(line.into_iter().map(|point| place.of(point)), PEN, &bend);
            }
            x += ADVANCE + dice.between(-1.5, 1.5);
        }
        for line in crossing(dice) {
            sheet.draw(line.into_iter(), FINE_PEN, &bend);
        }
        sheet
    }

    /// Draws along points, bent as everything is.
    fn draw(&mut self, points: impl Iterator<Item = (f32, f32)>, pen: f32, bend: &Bend) {
        let mut last: Option<(f32, f32)> = None;
        for point in points {
            let from = last.unwrap_or(point);
            // Straight lines are bent too: piece by piece.
            let pieces = (distance(from, point) / 4.0).ceil().max(1.0);
            let mut start = bend.of(from);
            let mut piece = 1.0;
            while piece <= pieces {
                let part = piece / pieces;
                let end = bend.of((from.0 + (point.0 - from.0) * part, from.1 + (point.1 - from.1) * part));
                self.stroke(start, end, pen);
                start = end;
                piece += 1.0;
            }
            last = Some(point);
        }
    }

    /// One straight stroke of the round pen, its edge smooth.
    fn stroke(&mut self, from: (f32, f32), to: (f32, f32), pen: f32) {
        let reach = pen + 1.0;
        let columns = span(from.0.min(to.0) - reach, from.0.max(to.0) + reach, WIDTH);
        for y in span(from.1.min(to.1) - reach, from.1.max(to.1) + reach, HEIGHT) {
            for x in columns.clone() {
                let ink = (pen + 0.5 - from_stroke((x as f32, y as f32), from, to)).clamp(0.0, 1.0);
                let shade = whole(ink * f32::from(SHADES));
                let pixel = &mut self.0[y * WIDTH + x];
                *pixel = shade.max(*pixel);
            }
        }
    }
}

/// The pixels between two coordinates, as far as there are any.
fn span(least: f32, most: f32, end: usize) -> std::ops::Range<usize> {
    let within = |value: f32| usize::from(whole(value)).min(end);
    within(least.floor())..within(most.ceil() + 1.0)
}

/// The whole number that is nearest, from 0 to 255: what a shade and a coordinate of the picture are.
#[expect(clippy::cast_possible_truncation, reason = "bounded before")]
fn whole(value: f32) -> u8 {
    value.round().clamp(0.0, 255.0) as u8
}

fn distance(one: (f32, f32), other: (f32, f32)) -> f32 {
    (one.0 - other.0).hypot(one.1 - other.1)
}

/// How far a point is from a stroke.
fn from_stroke(point: (f32, f32), from: (f32, f32), to: (f32, f32)) -> f32 {
    let (across, down) = (to.0 - from.0, to.1 - from.1);
    let length = across * across + down * down;
    let along = if length > 0.0 {
        (((point.0 - from.0) * across + (point.1 - from.1) * down) / length).clamp(0.0, 1.0)
    } else {
        0.0
    };
    distance(point, (from.0 + across * along, from.1 + down * along))
}

/// Where one character stands, and how askew.
struct Place {
    middle: (f32, f32),
    size: (f32, f32),
    turn: f32,
    slant: f32,
}

impl Place {
    fn new(middle: (f32, f32), dice: &mut Dice) -> Self {
        Self {
            middle: (middle.0, middle.1 + dice.between(-7.0, 7.0)),
            size: (LETTER.0 * dice.between(0.92, 1.08), LETTER.1 * dice.between(0.9, 1.1)),
            turn: dice.between(-0.22, 0.22),
            slant: dice.between(-0.14, 0.14),
        }
    }

    fn of(&self, (x, y): (f32, f32)) -> (f32, f32) {
        let down = (y - 0.5) * self.size.1;
        let across = (x - 0.5) * self.size.0 - down * self.slant;
        let (sine, cosine) = self.turn.sin_cos();
        (
            self.middle.0 + across * cosine - down * sine,
            self.middle.1 + across * sine + down * cosine,
        )
    }
}

/// How the whole sheet is bent: a wave each way.
struct Bend {
    across: (f32, f32, f32),
    down: (f32, f32, f32),
}

impl Bend {
    fn new(dice: &mut Dice) -> Self {
        let mut wave = |height: (f32, f32), length: (f32, f32)| {
            let sign = dice.sign();
            (
                sign * dice.between(height.0, height.1),
                std::f32::consts::TAU / dice.between(length.0, length.1),
                dice.between(0.0, std::f32::consts::TAU),
            )
        };
        Self {
            across: wave((2.0, 3.5), (45.0, 75.0)),
            down: wave((4.0, 7.0), (80.0, 150.0)),
        }
    }

    fn of(&self, (x, y): (f32, f32)) -> (f32, f32) {
        let (height, step, phase) = self.across;
        let bent = x + height * (y * step + phase).sin();
        let (height, step, phase) = self.down;
        (bent, y + height * (x * step + phase).sin())
    }
}

/// Lines from one side to the other, through the characters, as wide as their own.
fn crossing(dice: &mut Dice) -> Vec<Vec<(f32, f32)>> {
    [0.36, 0.64]
        .into_iter()
        .map(|level| {
            let height = HEIGHT as f32;
            let (left, right) = (dice.between(-0.16, 0.16), dice.between(-0.16, 0.16));
            let bow = dice.sign() * dice.between(4.0, 12.0);
            (0..=24u8)
                .map(|step| {
                    let part = f32::from(step) / 24.0;
                    let y = height * (level + left + (right - left) * part);
                    (
                        8.0 + (WIDTH as f32 - 16.0) * part,
                        y + bow * (part * std::f32::consts::PI).sin(),
                    )
                })
                .collect()
        })
        .collect()
}
