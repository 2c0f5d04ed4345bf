//! Tables: columns side by side where the terminal is wide enough, and each row in lines of its own where it is not.

use console::{Style, measure_text_width, truncate_str};

use crate::screen::Screen;

/// Between two columns.
const GAP: usize = 2;
/// A flexible column is never narrower; where it would have to be, the table is not for this terminal.
const NARROWEST: usize = 10;

/// A column of a table.
pub(crate) struct Column {
    heading: String,
    is_flexible: bool,
}

impl Column {
    /// A column whose values are shown whole.
    pub(crate) const fn fixed(heading: String) -> Self {
        Self {
            heading,
            is_flexible: false,
        }
    }

    /// A column whose values are cut where there is no room for them.
    pub(crate) const fn flexible(heading: String) -> Self {
        Self {
            heading,
            is_flexible: true,
        }
    }
}

/// Shows rows, each with a value for each column.
pub(crate) fn show(columns: &[Column], rows: &[Vec<String>], screen: &Screen) {
    if rows.is_empty() {
        return;
    }
    let bold = Style::new().bold();
    match lines(columns, rows, screen.columns()) {
        Some(lines) => {
            for (number, line) in lines.iter().enumerate() {
                match number {
                    0 => screen.line(&bold.apply_to(line).to_string()),
                    _ => screen.line(line),
                }
            }
        }
        None => {
            for row in rows {
                screen.line(&stacked(row));
            }
        }
    }
}

/// The lines of a table with its headings, none wider than `width`; `None` where the columns do not fit.
fn lines(columns: &[Column], rows: &[Vec<String>], width: usize) -> Option<Vec<String>> {
    let widest = |place: usize| {
        let values = rows
            .iter()
            .filter_map(|row| row.get(place))
            .map(|value| measure_text_width(value));
        values
            .chain([measure_text_width(&columns[place].heading)])
            .max()
            .unwrap_or_default()
    };
    let mut widths: Vec<usize> = (0..columns.len()).map(widest).collect();
    let gaps = GAP * columns.len().saturating_sub(1);
    // The widest flexible column gives way first.
    while widths.iter().sum::<usize>() + gaps > width {
        let flexible = (0..columns.len()).filter(|place| columns[*place].is_flexible && widths[*place] > NARROWEST);
        let place = flexible.max_by_key(|place| widths[*place])?;
        widths[place] -= 1;
    }
    let headings: Vec<String> = columns.iter().map(|column| column.heading.clone()).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(value, width)| {
            let cut = truncate_str(value, *width, "…");
            let rest = width.saturating_sub(measure_text_width(&cut));
            format!("{cut}{}", " ".repeat(rest))
        });
        cells.collect::<Vec<_>>().join(&" ".repeat(GAP)).trim_end().to_owned()
    };
    Some([&headings].into_iter().chain(rows).map(line).collect())
}

/// A row in lines of its own, the first value as their heading.
fn stacked(row: &[String]) -> String {
    let mut values = row.iter().filter(|value| !value.is_empty());
    let mut text = values.next().cloned().unwrap_or_default();
    for value in values {
        text.push_str("\n  ");
        text.push_str(value);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> (Vec<Column>, Vec<Vec<String>>) {
        let columns = vec![
            Column::fixed("Başvuru".to_owned()),
            Column::flexible("Başvuran".to_owned()),
            Column::flexible("Kurum".to_owned()),
        ];
        let row = |order: &str, name: &str, institution: &str| {
            vec![order.to_owned(), name.to_owned(), institution.to_owned()]
        };
        let rows = vec![
            row(
                "2026-K7MP4XQR",
                "Işıl Gülçağ ÖRNEKŞEN",
                "T.C. Örnek Bakanlığı Personel Genel Müdürlüğü",
            ),
            row("2026-AAAAAAAA", "Tek", "Kurum"),
        ];
        (columns, rows)
    }

    #[test]
    fn columns_stand_below_each_other_and_give_way_where_the_terminal_is_narrower() {
        let (columns, rows) = table();
        let wide = lines(&columns, &rows, 100).unwrap();
        assert_eq!(wide[0], "Başvuru        Başvuran              Kurum");
        assert_eq!(wide[2], "2026-AAAAAAAA  Tek                   Kurum");
        assert!(wide[1].ends_with("Müdürlüğü"));
        for width in 37..100 {
            let lines = lines(&columns, &rows, width).unwrap();
            assert!(
                lines.iter().all(|line| measure_text_width(line) <= width),
                "{width}: {lines:?}"
            );
            assert!(lines[1].starts_with("2026-K7MP4XQR  Işıl Gü"), "{lines:?}");
        }
        assert!(lines(&columns, &rows, 36).is_none());
    }

    #[test]
    fn on_a_narrow_terminal_each_row_has_lines_of_its_own() {
        let row = ["2026-K7MP4XQR", "", "Işıl ÖRNEKŞEN", "Kurum"].map(str::to_owned);
        assert_eq!(stacked(&row), "2026-K7MP4XQR\n  Işıl ÖRNEKŞEN\n  Kurum");
    }
}
