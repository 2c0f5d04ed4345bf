//! A code in a message without an origin-bound line: the only number of the expected length that nothing speaks
//! against, near a word that speaks for it.

use std::ops::Range;

use unicode_normalization::char::is_combining_mark;
use zeroize::Zeroizing;

use super::Expectation;
use crate::secret::SecretText;
use crate::writing;

/// How far from the number a word that calls it a code may stand, in characters.
const KEYWORD_DISTANCE: usize = 40;
/// How much may stand between a number and the word before it that says what it is the number of, in characters.
const LABEL_DISTANCE: usize = 6;

/// Beginnings of words that call a number a code, as [`writing::plain`] has them.
const KEYWORDS: [&str; 8] = [
    "kod", "sifre", "dogrula", "parola", "code", "passcode", "password", "verif",
];
/// Whole words that do so; as beginnings they would take in `onaylandı`.
const WHOLE_KEYWORDS: [&str; 2] = ["onay", "otp"];
/// Beginnings of words before "code" that make it a code of another kind.
#[rustfmt::skip]
const OTHER_CODES: [&str; 37] = [
    "abone", "alan", "area", "banka", "bayi", "country", "coupon", "davet", "discount", "error", "hata", "hediye",
    "indirim", "kampanya", "kargo", "kupon", "kurum", "magaza", "musteri", "order", "posta", "product", "promo", "qr",
    "referans", "reference", "siparis", "sube", "swift", "takip", "tesisat", "tracking", "ulke", "urun", "vergi",
    "voucher", "zip",
];

/// Beginnings of words after a number that make it a measure, an amount, or the name of something.
#[rustfmt::skip]
const MEASURES: [&str; 22] = [
    "adet", "dakika", "dolar", "euro", "hafta", "hour", "kurus", "lira", "minute", "month", "nolu", "numara", "number",
    "puan", "saat", "saniye", "sayili", "second", "tarih", "week", "yilinda", "yillik",
];
/// Whole words that do so.
#[rustfmt::skip]
const WHOLE_MEASURES: [&str; 25] = [
    "ay", "day", "days", "dk", "eur", "gb", "gbp", "gr", "gun", "kg", "kr", "mb", "min", "mins", "no", "sec", "secs",
    "sn", "tl", "try", "usd", "year", "years", "yil", "yili",
];
/// Of these, the ones that are a span of time, which often follows the code at once.
const DURATIONS: [&str; 8] = ["dakika", "dk", "min", "saniye", "saat", "sec", "sn", "hour"];
/// Words that are an amount of money.
const MONEY: [&str; 10] = [
    "tl", "try", "lira", "kurus", "usd", "eur", "euro", "dolar", "gbp", "dollar",
];
/// Signs of money.
const MONEY_SIGNS: [char; 4] = ['₺', '$', '€', '£'];
/// Beginnings of words after a number that make it one to call or to write to.
const TO_CALL: [&str; 3] = ["ara", "gonder", "mesaj"];

/// Beginnings of words before a number that make it the number of something.
#[rustfmt::skip]
const LABELS: [&str; 36] = [
    "abone", "account", "basvuru", "belge", "dahili", "dosya", "evrak", "extension", "fatura", "hesap", "iban",
    "invoice", "islem", "kanun", "kart", "kimlik", "mersis", "musteri", "numara", "number", "order", "phone", "plaka",
    "police", "randevu", "referans", "reference", "sicil", "siparis", "talep", "tckn", "telefon", "ticket", "tutar",
    "vergi", "yazip",
];
/// Whole words that do so.
#[rustfmt::skip]
const WHOLE_LABELS: [&str; 19] = [
    "call", "case", "cep", "faks", "fax", "file", "gsm", "id", "mobil", "nb", "no", "nr", "ref", "sira", "tel", "text",
    "to", "vkn", "yaz",
];
/// Months, before a year.
#[rustfmt::skip]
const MONTHS: [&str; 24] = [
    "ocak", "subat", "mart", "nisan", "mayis", "haziran", "temmuz", "agustos", "eylul", "ekim", "kasim", "aralik",
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
];

/// The code in a message from one of the expected senders.
pub(super) fn find(message: &str, sender: Option<&str>, expectation: &Expectation) -> Option<SecretText> {
    let text = Text::new(message);
    let expected = match sender {
        Some(sender) => {
            let sender = compact(sender);
            !sender.is_empty() && expectation.senders.iter().any(|known| compact(known) == sender)
        }
        None => expectation.senders.iter().any(|known| text.names(&compact(known))) && !text.mentions_money(),
    };
    if !expected {
        return None;
    }
    let mut found: Option<&[char]> = None;
    for index in 0..text.words.len() {
        let number = text.word(index);
        if number.len() != usize::from(expectation.code_length) || !text.is_code(index) {
            continue;
        }
        match found {
            Some(other) if other != number => return None,
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
}

impl Text {
    fn new(message: &str) -> Self {
        // As many as there can be, so that the text is never moved and left behind.
        let mut characters = Zeroizing::new(Vec::with_capacity(message.len()));
        characters.extend(writing::plain(message));
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
        Self { characters, words }
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

    /// Whether a word is a number that can be the code.
    fn is_code(&self, index: usize) -> bool {
        self.word(index).iter().all(char::is_ascii_digit)
            && !self.is_marked(index)
            && !self.is_in_an_address(index)
            && !self.is_part_of_a_number(index)
            && !self.is_measure(index)
            && !self.is_labelled_otherwise(index)
            && self.is_near_a_keyword(index)
    }

    /// Whether the nearest sign on either side says that it is a part of a masked number, a telephone number, a
    /// reference, a percentage or an amount.
    fn is_marked(&self, index: usize) -> bool {
        let is_mark = |sign: &&char| matches!(**sign, '*' | '+' | '#' | '%') || MONEY_SIGNS.contains(sign);
        let is_visible = |sign: &&char| !is_space(**sign);
        self.gap_before(index)
            .iter()
            .rev()
            .find(is_visible)
            .is_some_and(|sign| is_mark(&sign))
            || self
                .gap_after(index)
                .iter()
                .find(is_visible)
                .is_some_and(|sign| is_mark(&sign))
    }

    /// Whether it stands in a web or e-mail address, a path or a fraction.
    fn is_in_an_address(&self, index: usize) -> bool {
        let Range { start, end } = self.words[index];
        let is_ink = |character: &&char| !writing::is_blank(**character);
        let before = self.characters[..start].iter().rev().take_while(is_ink);
        let after = self.characters[end..].iter().take_while(is_ink);
        before
            .chain(after)
            .any(|character| matches!(character, '/' | '\\' | '@'))
    }

    /// Whether it goes on: a decimal, a date, a time, a number in groups, a reference with letters.
    fn is_part_of_a_number(&self, index: usize) -> bool {
        let before = self
            .before(index)
            .is_some_and(|other| joins(self.gap_before(index), self.word(other).last()));
        let after = self.after(index).is_some_and(|other| {
            let gap = self.gap_after(index);
            // "123456 5 dakika": the number is over, and then comes for how long it is valid.
            let is_validity = gap.iter().any(|sign| is_space(*sign)) && self.is_duration(other);
            !is_validity && joins(gap, self.word(other).first())
        });
        before || after
    }

    fn is_duration(&self, index: usize) -> bool {
        self.after(index)
            .is_some_and(|unit| is_one_of(self.word(unit), &DURATIONS, &[]))
    }

    /// Whether the word after it makes it a measure, an amount, the name of something, or a number to call.
    fn is_measure(&self, index: usize) -> bool {
        let Some(next) = self.following(index) else {
            return false;
        };
        let word = self.word(next);
        // A case ending, as in "3340 a gönderin" and "3340'a gönderin".
        let verb = if word.len() <= 3 {
            self.following(next)
        } else {
            Some(next)
        };
        is_one_of(word, &MEASURES, &WHOLE_MEASURES)
            || verb.is_some_and(|verb| is_one_of(self.word(verb), &TO_CALL, &[]))
    }

    /// The next word, where nothing but spaces and apostrophes stands between.
    fn following(&self, index: usize) -> Option<usize> {
        let joins = |sign: &char| is_space(*sign) || matches!(sign, '\'' | '’');
        self.after(index).filter(|_| self.gap_after(index).iter().all(joins))
    }

    /// Whether the words before it say that it is the number of something else.
    fn is_labelled_otherwise(&self, index: usize) -> bool {
        let Some(label) = self
            .before(index)
            .filter(|_| self.gap_before(index).len() <= LABEL_DISTANCE)
        else {
            return false;
        };
        let word = self.word(label);
        is_one_of(word, &LABELS, &WHOLE_LABELS)
            || is_one_of(word, &[], &MONEY)
            || is_one_of(word, &[], &MONTHS)
            || self.is_code_of_another_kind(label)
    }

    fn is_near_a_keyword(&self, index: usize) -> bool {
        let Range { start, end } = self.words[index];
        let from = start.saturating_sub(KEYWORD_DISTANCE);
        let to = end + KEYWORD_DISTANCE;
        (0..self.words.len()).any(|other| {
            let Range { start, end } = self.words[other];
            from <= start && end <= to && is_keyword(self.word(other)) && !self.is_code_of_another_kind(other)
        })
    }

    /// Whether a word is "code" of a post office, a shop, a parcel and the like.
    fn is_code_of_another_kind(&self, index: usize) -> bool {
        is_keyword(self.word(index))
            && self
                .before(index)
                .is_some_and(|kind| is_one_of(self.word(kind), &OTHER_CODES, &[]))
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
}

/// Letters and digits alone, so that `KAMU-SM` is `KamuSM`.
fn compact(name: &str) -> String {
    writing::plain(name)
        .filter(|character| character.is_alphanumeric())
        .collect()
}

/// A space within a line.
fn is_space(character: char) -> bool {
    writing::is_blank(character) && !matches!(character, '\n' | '\r')
}

/// Whether a number goes on beyond a gap at `neighbour`: across one sign that joins digits, across a hyphen in any
/// case, or across spaces and parentheses, as groups of digits are written.
fn joins(gap: &[char], neighbour: Option<&char>) -> bool {
    let Some(neighbour) = neighbour else {
        return false;
    };
    match gap {
        ['-' | '\u{2010}'..='\u{2015}'] => true,
        ['.' | ',' | ':' | ';' | '\'' | '’'] => neighbour.is_numeric(),
        _ => {
            neighbour.is_numeric()
                && gap
                    .iter()
                    .all(|sign| is_space(*sign) || matches!(sign, '(' | ')' | '-' | '\u{2010}'..='\u{2015}'))
        }
    }
}

fn is_keyword(word: &[char]) -> bool {
    is_one_of(word, &KEYWORDS, &WHOLE_KEYWORDS)
}

fn is_one_of(word: &[char], beginnings: &[&str], whole: &[&str]) -> bool {
    beginnings.iter().any(|beginning| begins(word, beginning))
        || whole.iter().any(|other| word.iter().copied().eq(other.chars()))
}

fn begins(word: &[char], beginning: &str) -> bool {
    let length = beginning.chars().count();
    word.len() >= length && word[..length].iter().copied().eq(beginning.chars())
}
