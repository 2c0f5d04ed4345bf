//! The characters of a picture code as a pen writes them: a few lines each, in a box that is one wide and one high, y downwards.

/// A line from one point to the next, and on.
type Line = Vec<(f32, f32)>;

/// The lines of a character; none where the alphabet of picture codes does not have it.
pub(super) fn strokes(letter: char) -> Vec<Line> {
    match letter {
        '2' => vec![joined(&[
            &arc(0.5, 0.32, 0.43, 0.32, 195.0, 400.0),
            &[(0.05, 1.0), (0.97, 1.0)],
        ])],
        '3' => vec![joined(&[
            &arc(0.45, 0.26, 0.4, 0.26, 205.0, 450.0),
            &arc(0.45, 0.76, 0.45, 0.24, 270.0, 515.0),
        ])],
        '4' => vec![vec![(0.72, 1.0), (0.72, 0.0), (0.03, 0.7), (0.98, 0.7)]],
        '6' => vec![joined(&[
            &arc(0.95, 0.68, 0.88, 0.68, 262.0, 180.0),
            &arc(0.5, 0.69, 0.43, 0.31, 180.0, 540.0),
        ])],
        '7' => vec![vec![(0.03, 0.0), (0.96, 0.0), (0.36, 1.0)]],
        '9' => turned(&strokes('6')),
        'H' => vec![
            vec![(0.07, 0.0), (0.07, 1.0)],
            vec![(0.93, 0.0), (0.93, 1.0)],
            vec![(0.07, 0.5), (0.93, 0.5)],
        ],
        'K' => vec![
            vec![(0.1, 0.0), (0.1, 1.0)],
            vec![(0.92, 0.0), (0.1, 0.62)],
            vec![(0.4, 0.4), (0.96, 1.0)],
        ],
        'M' => vec![vec![(-0.06, 1.0), (0.06, 0.0), (0.5, 0.72), (0.94, 0.0), (1.06, 1.0)]],
        'R' => vec![
            joined(&[
                &[(0.1, 1.0), (0.1, 0.0)],
                &arc(0.55, 0.27, 0.37, 0.27, 270.0, 450.0),
                &[(0.1, 0.54)],
            ]),
            vec![(0.45, 0.54), (0.95, 1.0)],
        ],
        'W' => vec![vec![(-0.1, 0.0), (0.2, 1.0), (0.5, 0.28), (0.8, 1.0), (1.1, 0.0)]],
        'X' => vec![vec![(0.05, 0.0), (0.95, 1.0)], vec![(0.95, 0.0), (0.05, 1.0)]],
        'Y' => vec![vec![(0.03, 0.0), (0.5, 0.5), (0.97, 0.0)], vec![(0.5, 0.5), (0.5, 1.0)]],
        _ => Vec::new(),
    }
}

/// Points of an ellipse around (x, y), between two angles in degrees: 0 is to the right, 90 below.
fn arc(x: f32, y: f32, across: f32, down: f32, from: f32, to: f32) -> Line {
    const POINTS: u8 = 16;
    (0..=POINTS)
        .map(|point| {
            let angle = (from + (to - from) * f32::from(point) / f32::from(POINTS)).to_radians();
            (x + across * angle.cos(), y + down * angle.sin())
        })
        .collect()
}

fn joined(parts: &[&[(f32, f32)]]) -> Line {
    parts.concat()
}

/// The same by half a turn.
fn turned(lines: &[Line]) -> Vec<Line> {
    lines
        .iter()
        .map(|line| line.iter().map(|(x, y)| (1.0 - x, 1.0 - y)).collect())
        .collect()
}
