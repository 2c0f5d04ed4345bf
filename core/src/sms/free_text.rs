//! A code in a message without an origin-bound line: the only number of the expected length that nothing speaks
//! against, near a word that speaks for it. A code in groups or in dress (`385 776`, `G-385776`, `*385776*`) needs that
//! word right beside it.

mod words;

use std::ops::Range;

use unicode_normalization::char::is_combining_mark;
use zeroize::Zeroizing;

use self::words::{
    CODE_NOUNS, CONFIRMING, CONFIRMING_PASSWORD, DURATIONS, ELSEWHERE, KEYWORDS, LABELS, MEASURES, MONEY, MONEY_SIGNS,
    MONTHS, NOT_TO_USE, OTHER_MATTERS, OUTDATED, PARTICIPLES, PLACES, TO_CALL, WHOLE_CONFIRMING, WHOLE_KEYWORDS,
    WHOLE_LABELS, WHOLE_MEASURES, ends, is_one_of,
};
use super::Expectation;
use crate::secret::SecretText;
use crate::writing;

/// How far from the number a word that calls it a code may stand, in characters.
const KEYWORD_DISTANCE: usize = 64;
/// How much may stand between a number and the word before it that says what it is the number of, in characters.
const LABEL_DISTANCE: usize = 6;
/// How many words before "code" may say which code it is: "tek kullanımlık onay kodu", "do not use the code".
const MOST_QUALIFIERS: usize = 4;
/// The most letters that are the dress of a code: `G-385776`, `385776-KSM`.
const LONGEST_DRESS: usize = 4;

/// The code in a message from one of the expected senders.
pub(super) fn find(message: &str, sender: Option<&str>, expectation: &Expectation) -> Option<SecretText> {
    let text = Text::new(message, expectation);
    let expected = match sender {
        Some(sender) => {
            let sender = compact(sender);
            !sender.is_empty() && expectation.senders.iter().any(|known| compact(known) == sender)
        }
        None => {
            let named = expectation.senders.iter().any(|known| text.names(&compact(known)));
            named && !text.mentions_money() && !text.is_about_another_matter()
        }
    };
    if !expected {
        return None;
    }
    let mut found: Option<Zeroizing<Vec<char>>> = None;
    for index in 0..text.words.len() {
        let Some(number) = text.code_at(index, usize::from(expectation.code_length)) else {
            continue;
        };
        match &found {
            Some(other) if **other != *number => return None,
            _ => found = Some(number),
        }
    }
    found.map(|digits| SecretText::new(digits.iter().collect()))
}

/// A message in plain letters, and where its words are. Characters may carry the code, so they are wiped.
struct Text {
    characters: Zeroizing<Vec<char>>,
    /// Letters, digits and the marks on them, in one piece.
    words: Vec<Range<usize>>,
    /// The names of the expected senders: "Kamu SM code" is a code of theirs.
    senders: Vec<Vec<char>>,
}

impl Text {
    fn new(message: &str, expectation: &Expectation) -> Self {
        // As many as there can be, so that the text is never moved and left behind.
        let mut characters = Zeroizing::new(Vec::with_capacity(message.len()));
        characters.extend(writing::plain(message));
        without_markup(&mut characters);
        let mut words: Vec<Range<usize>> = Vec::new();
        for (place, character) in characters.iter().enumerate() {
            if !(character.is_alphanumeric() || *character == '_' || is_combining_mark(*character)) {
                continue;
            }
            match words.last_mut() {
                Some(word) if word.end == place => word.end += 1,
                _ => words.push(place..place + 1),
            }
        }
        let senders = expectation.senders.iter().map(|name| compact(name).chars().collect());
        Self {
            senders: senders.collect(),
            characters,
            words,
        }
    }

    fn word(&self, index: usize) -> &[char] {
        &self.characters[self.words[index].clone()]
    }

    fn before(&self, index: usize) -> Option<usize> {
        index.checked_sub(1)
    }

    fn after(&self, index: usize) -> Option<usize> {
        Some(index + 1).filter(|next| *next < self.words.len())
    }

    /// What stands between a word and the one before, or the beginning.
    fn gap_before(&self, index: usize) -> &[char] {
        let start = self.before(index).map_or(0, |other| self.words[other].end);
        &self.characters[start..self.words[index].start]
    }

    /// What stands between a word and the next, or the end.
    fn gap_after(&self, index: usize) -> &[char] {
        let end = self
            .after(index)
            .map_or(self.characters.len(), |other| self.words[other].start);
        &self.characters[self.words[index].end..end]
    }

    fn is_number(&self, index: usize) -> bool {
        self.word(index).iter().all(char::is_ascii_digit)
    }

    /// The code of `length` digits that begins with a word, where one does.
    fn code_at(&self, index: usize, length: usize) -> Option<Zeroizing<Vec<char>>> {
        if !self.is_number(index) {
            return None;
        }
        let last = if self.word(index).len() == length {
            index
        } else {
            self.end_of_groups(index, length)?
        };
        if self.is_in_an_address(index, last)
            || self.is_measure(last)
            || self.is_withdrawn(last)
            || self.is_labelled_otherwise(index)
        {
            return None;
        }
        let is_bare = index == last && !self.is_marked(index) && !self.joins_previous(index) && !self.joins_next(index);
        let is_code = if is_bare {
            self.is_near_a_keyword(index)
        } else {
            (index != last || self.is_dressed(index)) && self.is_called_a_code(index, last)
        };
        is_code.then(|| {
            let mut digits = Zeroizing::new(Vec::with_capacity(length));
            digits.extend((index..=last).flat_map(|part| self.word(part)).copied());
            digits
        })
    }

    /// The last of the groups of digits, all of one length and one blank or hyphen apart, that are `length` digits
    /// together and no part of a longer number.
    fn end_of_groups(&self, first: usize, length: usize) -> Option<usize> {
        let group = self.word(first).len();
        if !(2..=4).contains(&group) || !length.is_multiple_of(group) {
            return None;
        }
        let last = first + length / group - 1;
        let separator = self.gap_after(first);
        // A mark that nobody sees is no blank: what it parts looks like one number and is not.
        let is_blank = |sign: char| is_space(sign) && sign.is_whitespace();
        let is_separator = matches!(separator, [sign] if is_blank(*sign) || is_hyphen(*sign));
        if !is_separator || last >= self.words.len() {
            return None;
        }
        let fits = (first..=last).all(|part| self.is_number(part) && self.word(part).len() == group)
            && (first..last).all(|part| self.gap_after(part) == separator);
        let is_alone = !self.joins_previous(first) && !self.joins_next(last);
        (fits && is_alone && !self.is_marked(first) && !self.is_marked(last)).then_some(last)
    }

    /// Whether the signs about a number are what some senders dress a code in: a star on each side, a number sign before
    /// it, or a hyphen and a few letters.
    fn is_dressed(&self, index: usize) -> bool {
        let before = self.gap_before(index);
        let after = self.gap_after(index);
        let count = |gap: &[char], mark: char| gap.iter().filter(|sign| **sign == mark).count();
        let bare = |gap: &[char]| !gap.iter().any(is_mark);
        let is_starred = before.last() == Some(&'*')
            && after.first() == Some(&'*')
            && count(before, '*') == 1
            && count(after, '*') == 1;
        let is_numbered = before.last() == Some(&'#') && count(before, '#') == 1 && bare(after);
        let is_prefixed =
            is_hyphen_alone(before) && self.is_dress(self.before(index)) && !self.joins_next(index) && bare(after);
        let is_suffixed =
            is_hyphen_alone(after) && self.is_dress(self.after(index)) && !self.joins_previous(index) && bare(before);
        is_starred || is_numbered || is_prefixed || is_suffixed
    }

    /// Whether a word is a few letters.
    fn is_dress(&self, index: Option<usize>) -> bool {
        index.is_some_and(|index| {
            let word = self.word(index);
            word.len() <= LONGEST_DRESS && word.iter().all(|letter| letter.is_alphabetic())
        })
    }

    /// Whether the word right before or right behind a number calls it a code.
    fn is_called_a_code(&self, first: usize, last: usize) -> bool {
        // The letters of `G-385776` are no label: it stands before them.
        let number = match self.before(first) {
            Some(letters) if is_hyphen_alone(self.gap_before(first)) && self.is_dress(Some(letters)) => letters,
            _ => first,
        };
        let gap = self.gap_before(number);
        let is_called_before = gap.len() <= LABEL_DISTANCE
            && !gap.iter().any(|sign| is_end(*sign))
            && self.before(number).is_some_and(|label| self.is_sound_keyword(label));
        // "385 776 tek kullanımlık onay kodunuz": the noun is what counts.
        let is_called_behind = (last + 1..self.words.len().min(last + 1 + MOST_QUALIFIERS))
            .take_while(|word| self.gap_before(*word).iter().all(|sign| is_space(*sign)))
            .any(|word| is_one_of(self.word(word), &CODE_NOUNS, &[]) && self.is_sound_keyword(word));
        is_called_before || is_called_behind
    }

    /// Whether the nearest sign on either side says that it is a part of a masked number, a telephone number, a
    /// reference, a percentage or an amount.
    fn is_marked(&self, index: usize) -> bool {
        let is_visible = |sign: &&char| !is_space(**sign);
        self.gap_before(index)
            .iter()
            .rev()
            .find(is_visible)
            .is_some_and(is_mark)
            || self.gap_after(index).iter().find(is_visible).is_some_and(is_mark)
    }

    /// Whether it stands in a web or e-mail address, a path or a fraction.
    fn is_in_an_address(&self, first: usize, last: usize) -> bool {
        let is_ink = |character: &&char| !writing::is_blank(**character);
        let before = self.characters[..self.words[first].start].iter().rev();
        let after = self.characters[self.words[last].end..].iter();
        before
            .take_while(is_ink)
            .chain(after.take_while(is_ink))
            .any(|character| matches!(character, '/' | '\\' | '@'))
    }

    /// Whether the number began earlier: a decimal, a date, a time, a number in groups, a reference with letters.
    fn joins_previous(&self, index: usize) -> bool {
        self.before(index)
            .is_some_and(|other| joins(self.gap_before(index), self.word(other).last()))
    }

    /// Whether it goes on. "123456 5 dakika" does not: it is over, and then comes for how long it is valid.
    fn joins_next(&self, index: usize) -> bool {
        self.after(index).is_some_and(|other| {
            let gap = self.gap_after(index);
            let is_validity = gap.iter().any(|sign| is_space(*sign)) && self.is_duration(other);
            !is_validity && joins(gap, self.word(other).first())
        })
    }

    fn is_duration(&self, index: usize) -> bool {
        self.after(index)
            .is_some_and(|unit| is_one_of(self.word(unit), &DURATIONS, &[]))
    }

    /// Whether the word after it makes it a measure, an amount, a time, the name of something, or a number to call.
    fn is_measure(&self, index: usize) -> bool {
        let Some(next) = self.following(index) else {
            return false;
        };
        let word = self.word(next);
        // "3340'a", "1405'te": to, at, from a number.
        if self.gap_after(index).iter().any(|sign| is_apostrophe(*sign)) && is_one_of(word, &[], &PLACES) {
            return true;
        }
        // A case ending without one, as in "3340 a gönderin".
        let verb = if word.len() <= 3 {
            self.following(next)
        } else {
            Some(next)
        };
        is_one_of(word, &MEASURES, &WHOLE_MEASURES)
            || verb.is_some_and(|verb| is_one_of(self.word(verb), &TO_CALL, &[]))
    }

    /// Whether it is said right behind a number that it counts no more, or that nobody shall type it.
    fn is_withdrawn(&self, index: usize) -> bool {
        let next = self.following(index);
        let second = next.and_then(|next| self.following(next));
        let third = second.and_then(|second| self.following(second));
        let says = |word: Option<usize>, beginnings: &[&str]| {
            word.is_some_and(|word| is_one_of(self.word(word), beginnings, &[]))
        };
        let is_over = |word: Option<usize>, then: Option<usize>| {
            // "geçersiz olacaktır" tells when it will be.
            (says(word, &["gecersiz"]) && !says(then, &["olur", "olacak"]))
                || (says(word, &["sure"]) && says(then, &["dol", "bit", "gec"]))
                || (says(word, &["iptal"]) && says(then, &["edil", "oldu"]))
                || (says(word, &["is", "has", "was"])
                    && says(then, &["no", "not", "expired", "invalid", "used", "cancel"]))
                || says(word, &["kullanilm", "kullanildi", "expired", "invalid"])
                || says(word, &NOT_TO_USE)
        };
        let is_noun = next.is_some_and(|word| is_keyword(self.word(word)));
        is_over(next, second) || (is_noun && is_over(second, third))
    }

    /// The next word, where nothing but spaces and apostrophes stands between.
    fn following(&self, index: usize) -> Option<usize> {
        let joins = |sign: &char| is_space(*sign) || is_apostrophe(*sign);
        self.after(index).filter(|_| self.gap_after(index).iter().all(joins))
    }

    /// Whether the words before it say that it is the number of something else.
    fn is_labelled_otherwise(&self, index: usize) -> bool {
        let gap = self.gap_before(index);
        let Some(label) = self.before(index).filter(|_| gap.len() <= LABEL_DISTANCE) else {
            return false;
        };
        let word = self.word(label);
        // "Hesabınız: 654321". A request that ends in a colon ("paylaşmayın: 654321") names nothing.
        let is_named = gap.contains(&':')
            && !is_keyword(word)
            && !self.is_number(label)
            && !is_one_of(word, &[], &["is"])
            && !["mayin", "meyin"].iter().any(|ending| ends(word, ending));
        is_named
            || is_one_of(word, &LABELS, &WHOLE_LABELS)
            || is_one_of(word, &[], &MONEY)
            || is_one_of(word, &[], &MONTHS)
            || (is_keyword(word) && !self.is_sound_keyword(label))
    }

    fn is_near_a_keyword(&self, index: usize) -> bool {
        let from = self.words[index].start.saturating_sub(KEYWORD_DISTANCE);
        let to = self.words[index].end + KEYWORD_DISTANCE;
        (0..self.words.len()).any(|other| {
            let Range { start, end } = self.words[other];
            from <= start && end <= to && self.is_sound_keyword(other)
        })
    }

    /// Whether a word calls a number a code that confirms, that counts, and that stands in this message.
    fn is_sound_keyword(&self, index: usize) -> bool {
        is_keyword(self.word(index))
            && !self.is_code_of_another_kind(index)
            && !self.is_outdated(index)
            && !self.is_elsewhere(index)
    }

    /// Whether a word is "code" of a parcel, a customer, a door, a SIM card and the like.
    fn is_code_of_another_kind(&self, index: usize) -> bool {
        let word = self.word(index);
        if !is_one_of(word, &CODE_NOUNS, &[]) {
            return false;
        }
        let gap = self.gap_before(index);
        let is_compound = is_hyphen_alone(gap) || gap.iter().all(|sign| is_space(*sign));
        let Some(kind) = self.before(index).filter(|_| is_compound) else {
            return false;
        };
        let is_password = !is_one_of(word, &["kod", "code"], &[]);
        let kind_word = self.word(kind);
        let confirms = self.is_number(kind)
            || is_one_of(kind_word, &CONFIRMING, &WHOLE_CONFIRMING)
            || (is_password && is_one_of(kind_word, &CONFIRMING_PASSWORD, &[]))
            || self.senders.iter().any(|name| name.ends_with(kind_word));
        !confirms
    }

    /// Whether the words before "code" say that it is an old one, or that nobody shall use it.
    fn is_outdated(&self, index: usize) -> bool {
        let mut said = Vec::new();
        let mut word = index;
        while said.len() < MOST_QUALIFIERS && !self.gap_before(word).iter().any(|sign| is_end(*sign)) {
            let Some(earlier) = self.before(word) else { break };
            said.push(self.word(earlier));
            word = earlier;
        }
        let says = |whole: &[&str]| said.iter().any(|word| is_one_of(word, &[], whole));
        says(&OUTDATED) || (says(&["not", "never", "dont", "t"]) && says(&["use", "enter", "type"]))
    }

    /// Whether the same sentence goes on to say that the code was sent by other means, or changed, before it names a
    /// number that could be it.
    fn is_elsewhere(&self, index: usize) -> bool {
        for word in index + 1..self.words.len() {
            if self.gap_before(word).iter().any(|sign| is_end(*sign)) {
                return false;
            }
            let letters = self.word(word);
            if is_one_of(letters, &ELSEWHERE, &[]) && !is_one_of(letters, &PARTICIPLES, &[]) {
                return true;
            }
            // "Kodunuz 123456 olup telefonunuza gönderildi": there it is.
            if self.is_number(word) && letters.len() > 3 && !self.is_measure(word) && !self.joins_next(word) {
                return false;
            }
        }
        false
    }

    /// Whether the text names somebody, in one to three words.
    fn names(&self, name: &str) -> bool {
        name.chars().any(char::is_alphabetic)
            && (0..self.words.len()).any(|first| {
                (first + 1..=self.words.len().min(first + 3)).any(|end| {
                    (first..end)
                        .flat_map(|index| self.word(index))
                        .copied()
                        .eq(name.chars())
                })
            })
    }

    fn mentions_money(&self) -> bool {
        self.characters.iter().any(|character| MONEY_SIGNS.contains(character))
            || (0..self.words.len()).any(|index| is_one_of(self.word(index), &[], &MONEY))
    }

    fn is_about_another_matter(&self) -> bool {
        (0..self.words.len()).any(|index| is_one_of(self.word(index), &OTHER_MATTERS, &[]))
    }
}

/// Letters and digits alone, so that `KAMU-SM` is `KamuSM`.
fn compact(name: &str) -> String {
    writing::plain(name)
        .filter(|character| character.is_alphanumeric())
        .collect()
}

/// Blanks out the tags of a message that was made for a page: `<b>123456</b>`.
fn without_markup(characters: &mut [char]) {
    /// The most characters of a tag.
    const LONGEST_TAG: usize = 10;
    for place in 0..characters.len() {
        let rest = &characters[place..];
        if rest[0] != '<' {
            continue;
        }
        let is_tag = |inside: &[char]| {
            let name = inside.strip_prefix(&['/']).unwrap_or(inside);
            let is_of_a_tag = |letter: &char| letter.is_ascii_alphabetic() || matches!(letter, '/' | ' ');
            !name.is_empty() && name.iter().all(is_of_a_tag)
        };
        let end = rest.iter().take(LONGEST_TAG).position(|sign| *sign == '>');
        if let Some(end) = end.filter(|end| is_tag(&rest[1..*end])) {
            characters[place..=place + end].fill(' ');
        }
    }
}

/// A space within a line.
fn is_space(character: char) -> bool {
    writing::is_blank(character) && !matches!(character, '\n' | '\r')
}

fn is_hyphen(character: char) -> bool {
    matches!(character, '-' | '\u{2010}'..='\u{2015}')
}

fn is_hyphen_alone(gap: &[char]) -> bool {
    matches!(gap, [sign] if is_hyphen(*sign))
}

fn is_apostrophe(character: char) -> bool {
    matches!(character, '\'' | '’')
}

/// Whether a sign makes a number a masked or a telephone number, a reference, a percentage or an amount.
fn is_mark(sign: &char) -> bool {
    matches!(sign, '*' | '+' | '#' | '%') || MONEY_SIGNS.contains(sign)
}

/// Whether a sentence ends here.
fn is_end(character: char) -> bool {
    matches!(character, '.' | '!' | '?' | ';' | '\n' | '\r')
}

/// Whether a number goes on beyond a gap at `neighbour`: across one sign that joins digits, across a hyphen in any
/// case, or across spaces and parentheses, as groups of digits are written.
fn joins(gap: &[char], neighbour: Option<&char>) -> bool {
    let Some(neighbour) = neighbour else {
        return false;
    };
    match gap {
        [hyphen] if is_hyphen(*hyphen) => true,
        ['.' | ',' | ':' | ';' | '\'' | '’'] => neighbour.is_numeric(),
        _ => {
            neighbour.is_numeric()
                && gap
                    .iter()
                    .all(|sign| is_space(*sign) || is_hyphen(*sign) || matches!(sign, '(' | ')'))
        }
    }
}

fn is_keyword(word: &[char]) -> bool {
    is_one_of(word, &CODE_NOUNS, &WHOLE_KEYWORDS) || is_one_of(word, &KEYWORDS, &[])
}
