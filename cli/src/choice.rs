//! What was typed for one of several things: its number in the list, its value, or its label.

use basvuru::writing::fold;

/// The place of the one that was typed. What stands before the labels is a number; a value that is one as well gives way.
pub(crate) fn of(typed: &str, known: &[(&str, &str)]) -> Option<usize> {
    by_number(typed, known.len()).or_else(|| by_name(typed, known))
}

/// The place of the one whose value or label was typed. A value goes before a label, and the whole of a label before its
/// beginning, which must be of one alone.
pub(crate) fn by_name(typed: &str, known: &[(&str, &str)]) -> Option<usize> {
    let typed = fold(typed.trim());
    if typed.is_empty() {
        return None;
    }
    let by_value = known.iter().position(|(value, _)| fold(value) == typed);
    let by_label = || known.iter().position(|(_, label)| fold(label.trim()) == typed);
    let by_beginning = || {
        let mut begin = (0..known.len()).filter(|place| fold(known[*place].1.trim()).starts_with(&typed));
        begin.next().filter(|_| begin.next().is_none())
    };
    by_value.or_else(by_label).or_else(by_beginning)
}

/// The place of the one whose number, counted from 1, was typed.
pub(crate) fn by_number(typed: &str, count: usize) -> Option<usize> {
    let number = typed.trim().parse::<usize>().ok()?;
    (1..=count).contains(&number).then(|| number - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_found_by_value_label_or_the_beginning_of_one_label() {
        let known = [
            ("first", "İlk başvuru"),
            ("renewal", "Yenileme"),
            ("lost", "Yenisi, kayıp"),
        ];
        for (typed, place) in [
            ("renewal", Some(1)),
            (" YENİLEME ", Some(1)),
            ("ilk", Some(0)),
            ("yeni", None),
            ("yenis", Some(2)),
            ("", None),
            ("2", None),
            ("başka", None),
        ] {
            assert_eq!(by_name(typed, &known), place, "{typed:?}");
        }
    }

    #[test]
    fn numbers_are_counted_from_one() {
        assert_eq!(by_number(" 3 ", 3), Some(2));
        for typed in ["0", "4", "-1", "", "x", "99999999999999999999"] {
            assert_eq!(by_number(typed, 3), None, "{typed:?}");
        }
    }
}
