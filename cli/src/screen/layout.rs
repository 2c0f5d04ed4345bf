//! How text is laid out: no line is wider than the terminal unless one word is, and nothing turns the direction of writing.

use basvuru::writing::turns;
use console::{Term, measure_text_width};

/// The width that sentences are broken at where no terminal says how wide it is, and on every wider one.
const WIDEST: usize = 100;
/// Below this nothing can be laid out.
const NARROWEST: usize = 20;

/// The columns of the terminal, where there is one.
fn columns() -> Option<usize> {
    let (_, columns) = Term::stdout().size_checked()?;
    Some(usize::from(columns).max(NARROWEST))
}

/// The columns of a line: the terminal's, or the widest where there is none.
pub(super) fn width() -> usize {
    columns().unwrap_or(WIDEST)
}

/// A sentence in lines that fit the terminal.
pub(super) fn wrapped(text: &str, indent: &str) -> String {
    broken(text, indent, columns().map_or(WIDEST, |columns| columns.min(WIDEST)))
}

/// Text whose lines are laid out already, with those broken that are wider than the terminal. Without a terminal it stays as
/// it is, for programs that read it.
pub(super) fn fitted(text: &str) -> String {
    let text = text.replace(turns, "\u{FFFD}");
    match columns() {
        Some(columns) => within(&text, columns),
        None => text,
    }
}

/// JSON in which what turns the direction of writing is escaped, so that it can be looked at as well.
pub(super) fn escaped(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for character in json.chars() {
        if turns(character) {
            escaped.push_str(&format!("\\u{:04x}", u32::from(character)));
        } else {
            escaped.push(character);
        }
    }
    escaped
}

fn within(text: &str, columns: usize) -> String {
    let fit = |line: &str| {
        if measure_text_width(line) <= columns {
            return line.to_owned();
        }
        let begin = line.len() - line.trim_start_matches(' ').len();
        broken(line, &line[..begin], columns)
    };
    text.split('\n').map(fit).collect::<Vec<_>>().join("\n")
}

fn broken(text: &str, indent: &str, columns: usize) -> String {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let needed = measure_text_width(&line) + 1 + measure_text_width(word) + indent.len();
        if !line.is_empty() && needed > columns {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    let indented: Vec<_> = lines.iter().map(|line| format!("{indent}{line}")).collect();
    indented.join("\n")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_lines_that_are_too_wide_are_broken_and_keep_their_place() {
        let text = "  a    b\n    \u{1b}[1mNitelikli elektronik sertifika\u{1b}[0m sahibi: Işıl";
        assert_eq!(
            within(text, 30),
            "  a    b\n    \u{1b}[1mNitelikli elektronik\n    sertifika\u{1b}[0m sahibi: Işıl"
        );
        assert_eq!(within(text, 80), text);
    }

    #[test]
    fn what_turns_the_writing_is_replaced_or_escaped() {
        assert_eq!(fitted("a\u{202E}fdp.exe"), "a\u{FFFD}fdp.exe");
        let value = serde_json::json!({ "file": "a\u{202E}fdp.exe" });
        let escaped = escaped(&value.to_string());
        assert_eq!(escaped, r#"{"file":"a\u202efdp.exe"}"#);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&escaped).unwrap(), value);
    }

    proptest! {
        #[test]
        fn no_line_is_wider_than_the_terminal_unless_a_word_is(text in "( {1,4}[a-zığüş]{1,12}){0,30}", columns in 20_usize..100) {
            let narrow = within(&text, columns);
            for line in narrow.lines() {
                prop_assert!(measure_text_width(line) <= columns, "{:?}", line);
            }
            let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            prop_assert_eq!(words(&narrow), words(&text));
        }
    }
}
