//! The words by which a code is told from other numbers, as [`crate::writing::plain`] has them: lower case, without the
//! marks of Turkish letters.

/// Beginnings of nouns that call a number a code. Which code, the word before them says.
pub(super) const CODE_NOUNS: [&str; 6] = ["kod", "sifre", "parola", "code", "passcode", "password"];
/// Beginnings of other words that call a number a code.
pub(super) const KEYWORDS: [&str; 2] = ["dogrula", "verif"];
/// Whole words that do so; as beginnings they would take in `onaylandı`.
pub(super) const WHOLE_KEYWORDS: [&str; 2] = ["onay", "otp"];

/// Beginnings of words before "code" with which it still is one that confirms. Any other word makes it a code of another
/// kind: of a parcel, a customer, a door, a SIM card. There is no end of those, and an end of these.
#[rustfmt::skip]
pub(super) const CONFIRMING: [&str; 15] = [
    "aktivasyon", "approv", "authent", "confirm", "dogrula", "etkinlestir", "gonderilen", "guvenlik", "hane",
    "kullanimlik", "onay", "security", "sefer", "teyit", "verif",
];
/// Whole words that do so.
#[rustfmt::skip]
pub(super) const WHOLE_CONFIRMING: [&str; 31] = [
    "asagidaki", "bu", "digit", "dijit", "gelen", "giris", "girisi", "icin", "ile", "imza", "is", "iste", "login",
    "lutfen", "mtan", "of", "one", "otp", "size", "sizin", "sms", "tan", "tek", "the", "this", "time", "use", "ve",
    "with", "yeni", "your",
];
/// Beginnings of words with which a password, but no code, is one that confirms.
pub(super) const CONFIRMING_PASSWORD: [&str; 1] = ["islem"];

/// Words before a code that say that it is not the one to use.
pub(super) const OUTDATED: [&str; 5] = ["eski", "onceki", "old", "previous", "gecersiz"];
/// Beginnings of what is said of a code that stands in another message, or of a password that was changed.
#[rustfmt::skip]
pub(super) const ELSEWHERE: [&str; 17] = [
    "changed", "degisti", "degistir", "emailed", "gelecek", "gonderdik", "gonderil", "iletil", "mailed", "olusturul",
    "postala", "sent", "sifirlan", "ulasacak", "ulastiril", "yenilen", "yollan",
];
/// Of these, the form that stands before a noun: the code that was sent.
pub(super) const PARTICIPLES: [&str; 3] = ["gonderilen", "iletilen", "yollanan"];
/// Beginnings of what is said of a code that nobody shall type.
pub(super) const NOT_TO_USE: [&str; 3] = ["girmeyin", "kullanmayin", "yazmayin"];

/// Beginnings of words after a number that make it a measure, an amount, or the name of something.
#[rustfmt::skip]
pub(super) const MEASURES: [&str; 32] = [
    "abone", "adet", "barkod", "dakika", "dolar", "dosya", "euro", "evrak", "hafta", "hour", "kurus", "lira", "minute",
    "month", "musteri", "nolu", "numara", "number", "personel", "plaka", "protokol", "puan", "saat", "saniye", "sayili",
    "second", "sicil", "siparis", "tarih", "week", "yilinda", "yillik",
];
/// Whole words that do so.
#[rustfmt::skip]
pub(super) const WHOLE_MEASURES: [&str; 25] = [
    "ay", "day", "days", "dk", "eur", "gb", "gbp", "gr", "gun", "kg", "kr", "mb", "min", "mins", "no", "sec", "secs",
    "sn", "tl", "try", "usd", "year", "years", "yil", "yili",
];
/// Of these, the ones that are a span of time, which often follows the code at once.
pub(super) const DURATIONS: [&str; 8] = ["dakika", "dk", "min", "saniye", "saat", "sec", "sn", "hour"];
/// Words that are an amount of money.
pub(super) const MONEY: [&str; 10] = [
    "tl", "try", "lira", "kurus", "usd", "eur", "euro", "dolar", "gbp", "dollar",
];
/// Signs of money.
pub(super) const MONEY_SIGNS: [char; 4] = ['₺', '$', '€', '£'];
/// Beginnings of words after a number that make it one to call or to write to.
pub(super) const TO_CALL: [&str; 5] = ["ara", "gonder", "ilet", "mesaj", "yolla"];
/// Endings after an apostrophe that make a number a time, a place, or one to write to: at, in, to.
pub(super) const PLACES: [&str; 10] = ["a", "da", "dan", "de", "den", "e", "ta", "te", "ya", "ye"];

/// Beginnings of words before a number that make it the number of something. Where a noun ends in another letter before
/// an ending (talep, talebiniz), both forms stand here.
#[rustfmt::skip]
pub(super) const LABELS: [&str; 48] = [
    "abone", "account", "barkod", "baro", "basvuru", "belge", "dahili", "dosya", "evrag", "evrak", "extension", "fatura",
    "hesab", "hesap", "iban", "invoice", "islem", "kanun", "kart", "kayd", "kayit", "kimlik", "mersis", "musteri",
    "numara", "number", "order", "personel", "phone", "plaka", "police", "protokol", "randevu", "recete", "referans",
    "reference", "rezervasyon", "sicil", "siparis", "taleb", "talep", "tckn", "telefon", "ticket", "tutar", "vergi",
    "yazarak", "yazip",
];
/// Whole words that do so.
#[rustfmt::skip]
pub(super) const WHOLE_LABELS: [&str; 19] = [
    "call", "case", "cep", "faks", "fax", "file", "gsm", "id", "mobil", "nb", "no", "nr", "ref", "sira", "tel", "text",
    "to", "vkn", "yaz",
];
/// Months, before a year.
#[rustfmt::skip]
pub(super) const MONTHS: [&str; 24] = [
    "ocak", "subat", "mart", "nisan", "mayis", "haziran", "temmuz", "agustos", "eylul", "ekim", "kasim", "aralik",
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
];

/// Beginnings of words that have nothing to do with an application: what comes without a sender and merely names the
/// authority is about these.
#[rustfmt::skip]
pub(super) const OTHER_MATTERS: [&str; 18] = [
    "gonderi", "internet", "kargo", "koli", "kurye", "market", "misafir", "otopark", "paket", "parcel", "randevu",
    "rezervasyon", "servis", "shipment", "teslim", "visitor", "wifi", "ziyaret",
];

/// Whether a word is one of these, or begins as one of those.
pub(super) fn is_one_of(word: &[char], beginnings: &[&str], whole: &[&str]) -> bool {
    beginnings.iter().any(|beginning| begins(word, beginning))
        || whole.iter().any(|other| word.iter().copied().eq(other.chars()))
}

/// Whether a word begins so.
pub(super) fn begins(word: &[char], beginning: &str) -> bool {
    let length = beginning.chars().count();
    word.len() >= length && word[..length].iter().copied().eq(beginning.chars())
}

/// Whether a word ends so.
pub(super) fn ends(word: &[char], ending: &str) -> bool {
    let length = ending.chars().count();
    word.len() >= length && word[word.len() - length..].iter().copied().eq(ending.chars())
}
