//! The code in a text message. What is found only fills in the answer for the person to send, and whatever is doubtful
//! is nothing: six digits are soon typed, a wrong code costs a try, and a bank's code must never reach the portal.

mod free_text;
mod origin_bound;
mod typed;

pub use typed::{Code, CodeError};

use crate::secret::SecretText;

/// The longest message that is looked at, in octets. A code comes in one of 160 characters; anything of this size is
/// not what it seems.
const MAX_MESSAGE_LENGTH: usize = 4096;
/// The lengths of code that can be told from other numbers in a text, in digits.
const CODE_LENGTHS: std::ops::RangeInclusive<u8> = 4..=10;

/// What is known of the message before it comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expectation {
    /// The host name to which the last line of the message is bound (`@host #code`), without port.
    pub host: String,
    /// How many digits the code has, 4 to 10.
    pub code_length: u8,
    /// The senders who may also send a message without that line: names as phones show them, such as `KAMUSM`, or
    /// telephone numbers.
    pub senders: Vec<String>,
}

/// The code a message carries for `expectation`, where there is exactly one number that can be it.
///
/// A last line `@host #code` decides: bound to the expected host it gives the code from whatever sender, bound to
/// another it says that the message is not ours. Without such a line a message is read only if it comes from one of
/// the expected senders, or, where the system hands it over without a sender, names one of them and no amount of
/// money. The marks that Turkish operators append (` B001`) are never part of anything.
#[must_use]
pub fn code(message: &str, sender: Option<&str>, expectation: &Expectation) -> Option<Code> {
    let message = without_operator_marks(message);
    if message.len() > MAX_MESSAGE_LENGTH || !CODE_LENGTHS.contains(&expectation.code_length) {
        return None;
    }
    let digits = match origin_bound::find(message) {
        Some(bound) if bound.is_for(&expectation.host) => SecretText::new(bound.code.to_owned()),
        Some(_) => return None,
        None => free_text::find(message, sender, expectation)?,
    };
    let is_code = digits.expose().len() == usize::from(expectation.code_length)
        && digits.expose().bytes().all(|octet| octet.is_ascii_digit());
    is_code.then_some(Code(digits))
}

/// The message without the marks that operators append to it, a space, `B` and three digits each, and without white
/// space at its end.
fn without_operator_marks(message: &str) -> &str {
    let mut message = message.trim_end();
    while let Some((rest, mark)) = message.rsplit_once(char::is_whitespace) {
        match mark.as_bytes() {
            [b'B', digits @ ..] if digits.len() == 3 && digits.iter().all(u8::is_ascii_digit) => {
                message = rest.trim_end();
            }
            _ => break,
        }
    }
    message
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOST: &str = "basvuru.example.gov.tr";
    const SENDER: Option<&str> = Some("KAMUSM");

    fn expectation(code_length: u8) -> Expectation {
        Expectation {
            host: HOST.to_owned(),
            code_length,
            senders: vec!["KAMUSM".to_owned(), "TUBITAK".to_owned()],
        }
    }

    fn found(message: &str, sender: Option<&str>, code_length: u8) -> Option<String> {
        code(message, sender, &expectation(code_length)).map(|code| code.into_secret().expose().to_owned())
    }

    #[test]
    fn a_code_bound_to_the_host_is_taken_from_any_sender() {
        for message in [
            "Basvuru kodunuz: 123456\n\n@basvuru.example.gov.tr #123456",
            "Başvuru kodunuz: 123456. Kod 5 dakika geçerlidir.\r\n@basvuru.example.gov.tr #123456",
            "123456\r@basvuru.example.gov.tr #123456",
            "@basvuru.example.gov.tr #123456",
            "@BASVURU.example.gov.tr #123456",
            "@basvuru.example.gov.tr #123456 B001",
            "@basvuru.example.gov.tr #123456 B001 B389\n",
            "@basvuru.example.gov.tr #123456\nB038",
            "@basvuru.example.gov.tr #123456 trailing text",
            "@basvuru.example.gov.tr #123456 @basvuru.example.gov.tr",
            // The line is believed, not the text above it.
            "Your code is 654321, worth 250 TL.\n@basvuru.example.gov.tr #123456",
            // The token by which Android hands over the message, on either side of the line or behind it.
            "<#> Kodunuz 123456\nFA+9qCX9VSu\n@basvuru.example.gov.tr #123456",
            "<#> Kodunuz 123456\n@basvuru.example.gov.tr #123456\nFA+9qCX9VSu",
            "<#> Kodunuz 123456\n@basvuru.example.gov.tr #123456\n\nFA+9qCX9VSu B001",
            "@basvuru.example.gov.tr #123456 FA+9qCX9VSu B001",
        ] {
            for sender in [None, SENDER, Some("+905321234567")] {
                assert_eq!(found(message, sender, 6).as_deref(), Some("123456"), "{message:?}");
            }
        }
    }

    #[test]
    fn a_last_line_bound_to_another_host_ends_the_search() {
        for message in [
            "Onay kodunuz: 123456\n@bank.example #123456",
            "Onay kodunuz: 123456\n@basvuru.example.gov.tr.evil.example #123456",
            "Onay kodunuz: 123456\n@sub.basvuru.example.gov.tr #123456",
            "Onay kodunuz: 123456\n@https://basvuru.example.gov.tr #123456",
            "Onay kodunuz: 123456\n@basvuru.example.gov.tr #123456 @bank.example",
            "Onay kodunuz: 123456\n@bank.example #123456 @basvuru.example.gov.tr",
            // Bound to us, but not the code that was announced.
            "Onay kodunuz: 123456\n@basvuru.example.gov.tr #12345",
            "Onay kodunuz: 123456\n@basvuru.example.gov.tr #12345a",
            "Onay kodunuz: 123456\n@basvuru.example.gov.tr #123456B001",
            "Onay kodunuz: 123456\n@basvuru.example.gov.tr #١٢٣٤٥٦",
        ] {
            assert_eq!(found(message, SENDER, 6), None, "{message:?}");
        }
    }

    #[test]
    fn a_line_that_is_nearly_bound_is_not() {
        for message in [
            // The negative examples of the specification.
            "something @example.com #747723",
            "@example.com code #747723",
            "#747723 @ecommerce.example @example.com",
            // And ours: not at the start, two spaces, a tab, no code, no host, not the last line.
            " @basvuru.example.gov.tr #123456",
            "@basvuru.example.gov.tr  #123456",
            "@basvuru.example.gov.tr\t#123456",
            "@basvuru.example.gov.tr #",
            "@ #123456",
            "@basvuru.example.gov.tr #123456\nBilgi icin bizi arayin.",
        ] {
            assert_eq!(found(message, None, 6), None, "{message:?}");
            assert_eq!(found(message, SENDER, 6), None, "{message:?}");
        }
    }

    #[test]
    fn the_code_is_found_in_what_authorities_write() {
        for message in [
            "Kamu SM dogrulama kodunuz: 123456",
            "Kamu SM doğrulama kodunuz: 123456 B001",
            "KAMU SM DOĞRULAMA KODUNUZ:123456",
            "KAMU SM DOG\u{306}RULAMA S\u{327}I\u{307}FRENI\u{307}Z 123456",
            "Doğrulama kodunuz: 123456. Bu kod 5 dakika geçerlidir. B389",
            "Dogrulama kodunuz 123456 5 dakika gecerlidir. B002",
            "Güvenlik doğrulama kodunuz: 123456. Lütfen bu kodu kimseyle paylaşmayın.",
            "Sayın AYŞE YILMAZ, NES başvurunuz için SMS onay kodunuz 123456'dır.",
            "SMS onay kodu: 123456\nGeçerlilik: 180 sn\nKamu SM Çağrı Merkezi 444 5 576 B001",
            "Tek kullanımlık şifreniz 123456",
            "Tek kullanimlik sifreniz: 123456, 14:30'a kadar gecerlidir.",
            "123456 onay kodu ile başvurunuzu tamamlayabilirsiniz.",
            "Onay icin 123456 kodunu giriniz.",
            "Onay: 123456",
            "Parolanız (123456) 3 dakika içinde geçersiz olacaktır.",
            "İşlem şifreniz \u{201C}123456\u{201D}. Şifrenizi paylaşmayınız.",
            "01.06.2026 14:30 tarihli e-imza başvurunuzun onay kodu 123456",
            "2026-111 numaralı başvurunuz için kodunuz: 123456",
            "654321 numaralı başvurunuzun onay kodu: 123456",
            "Başvuru no: 654321 Onay kodu: 123456",
            "BSV-654321 nolu basvuru icin onay kodunuz 123456",
            "0532 *** ** 67 numarasina gonderilen kodunuz: 123456",
            "+905321234567 icin kod: 123456",
            "Ucretiniz 250000 TL. Onay kodunuz 123456",
            "Onay kodunuz: 123456 https://basvuru.example.gov.tr/654321",
            "Kodunuz: 123456. Tekrar: 123456",
            "<#> Kodunuz: 123456\nFA+9qCX9VSu B001",
            "\u{2068}Onay kodunuz\u{2069} \u{2068}123456\u{2069}",
            "Your verification code is 123456. It is valid for 5 minutes.",
            "123456 is your Kamu SM code. Do not share it.",
            "Use code 123456 to approve your application. Expires in 180 seconds.",
            "OTP 123456",
        ] {
            assert_eq!(found(message, SENDER, 6).as_deref(), Some("123456"), "{message:?}");
        }
    }

    #[test]
    fn other_numbers_are_not_the_code() {
        for message in [
            "",
            "B001",
            "Kodunuz birazdan gelecektir. B001",
            "123456",
            "Başvurunuz alındı: 123456",
            "Onay kodunuz 12345 veya 1234567 degildir",
            // Two of them: nobody can tell.
            "Onay kodunuz 123456 veya 654321",
            "Eski kodunuz 123456, yeni kodunuz 654321",
            // Glued to something.
            "Onay kodunuz A123456",
            "Onay kodunuz 123456A",
            "Onay kodunuz 123456_1",
            "Onay kodunuz 1234567",
            "Onay kodunuz geldi mi? 123 456",
            "Onay kodunuz 123\u{200B}456",
            "Onay kodunuz 12345٦",
            "Onay kodunuz ١٢٣٤٥٦",
            "Onay kodunuz 123456\u{20E3}",
            // Amounts.
            "Şifreniz gelmezse 123456 TL ödeyin",
            "Kod ucreti 123456,00 TL",
            "Kod ücreti ₺123456",
            "Kod ucreti 1.123456",
            "Kod ucreti TL 123456",
            "code worth $ 123456",
            "Kod için %123456",
            // Times, dates, numbers with parts.
            "Kod 12:123456 kadar",
            "Kod 123456:30",
            "Kod 01/123456",
            "Kod 123456 dakika gecerlidir",
            "Kod 123456 sn. gecerlidir",
            "code valid for 123456 seconds",
            // Telephones, cards, masks.
            "Kodunuz +123456 numarasina gonderildi",
            "Kodunuz 0532 123456 nolu telefona gonderildi",
            "Kodunuz 0532-123456 nolu telefona gonderildi",
            "Kodunuz (0532) 123456 telefonuna gonderildi",
            "Kodunuz ****123456 kartinizla",
            "Kodunuz **** 123456 kartinizla",
            "Kodunuz 123456** ile",
            "Kodunuz gelmezse 123456'yi arayin",
            "Kodunuz gelmezse KOD yazip 123456 ya gonderin",
            "Kod icin tel: 123456",
            // Names of other things.
            "123456 numarali basvurunuzun onay kodu gonderildi",
            "123456 nolu basvurunuzun onay kodu gonderildi",
            "Onay kodu gonderildi. Basvuru No: 123456",
            "Onay kodu gonderildi. Ref: 123456",
            "Onay kodu gonderildi. Referans no. 123456",
            "Onay kodu gonderildi. BSV-123456",
            "Onay kodu gonderildi (#123456)",
            "Onay kodu gonderildi. kurum.tr/123456",
            "Onay kodu gonderildi. https://kurum.tr/?k=123456",
            "Onay kodu gonderildi. 123456@kurum.tr",
            // Codes of other kinds.
            "Posta kodu: 123456",
            "Kargo takip kodunuz 123456",
            "Indirim kodu 123456",
            "Your promo code: 123456",
            "Urun barkodu 123456",
            "Posta kodu bulunamadi: 123456",
            "Onay kodunuz gonderildi. Kargo takip kodu: 123456",
        ] {
            assert_eq!(found(message, SENDER, 6), None, "{message:?}");
        }
    }

    /// Messages and what is read from them: number of digits, sender (`-`: told by nobody), code (`none`: nothing may be
    /// filled in), why, and the text with `\n`, `\r` and `\uXXXX` for what does not show.
    #[test]
    fn every_message_of_the_table_is_read_as_its_row_says() {
        let mut wrong = Vec::new();
        for row in include_str!("sms/messages.tsv")
            .lines()
            .filter(|row| !row.starts_with('#'))
        {
            let columns: Vec<&str> = row.split('\t').collect();
            let [length, sender, wanted, why, text] = columns[..] else {
                panic!("a row has five columns: {row}")
            };
            let sender = (sender != "-").then_some(sender);
            let read = found(&unescaped(text), sender, length.parse().unwrap());
            if read.as_deref().unwrap_or("none") != wanted {
                wrong.push(format!("{read:?} instead of {wanted} ({why}): {text}"));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    fn unescaped(text: &str) -> String {
        let mut plain = text.replace("\\n", "\n").replace("\\r", "\r");
        while let Some(start) = plain.find("\\u") {
            let code = u32::from_str_radix(&plain[start + 2..start + 6], 16).unwrap();
            plain.replace_range(start..start + 6, &char::from_u32(code).unwrap().to_string());
        }
        plain
    }

    #[test]
    fn short_codes_are_told_from_years_laws_and_short_numbers() {
        assert_eq!(found("Onay kodunuz: 1234 (5 dk)", SENDER, 4).as_deref(), Some("1234"));
        for message in [
            "5070 sayılı Kanun uyarınca onay kodu gönderilmiştir",
            "Onay kodu 1 Haziran 2026 tarihinde gonderildi",
            "Onay kodu 01.06.2026 tarihinde gonderildi",
            "Kodunuz Haziran 2026'da biter",
            "Your code expires in June 2026",
            "Kod almak istemiyorsaniz RET yazip 3340 a gonderin",
            "Kod almak istemiyorsanız RET yazıp 3340'a gönderin",
            "Kod 1234 **** **** 5678 kartiniz icin",
            "Kod 0532 123 4567 nolu telefona gonderildi",
        ] {
            assert_eq!(found(message, SENDER, 4), None, "{message:?}");
        }
        assert_eq!(found("Sifreniz: 1234567890", SENDER, 10).as_deref(), Some("1234567890"));
        assert_eq!(found("Sifreniz: 123", SENDER, 3), None);
        assert_eq!(found("Sifreniz: ", SENDER, 0), None);
    }

    #[test]
    fn only_the_expected_senders_are_read() {
        let message = "Onay kodunuz: 123456";
        for sender in [
            "KAMUSM",
            "kamusm",
            "Kamu SM",
            "KAMU-SM",
            "TUBITAK",
            "TÜBİTAK",
            "tübıtak",
        ] {
            assert_eq!(found(message, Some(sender), 6).as_deref(), Some("123456"), "{sender}");
        }
        for sender in ["", " ", "BANKA", "KAMUSM1", "KAMU", "+905321234567"] {
            assert_eq!(found(message, Some(sender), 6), None, "{sender}");
        }
        let nobody = Expectation {
            senders: vec![String::new(), "-".to_owned()],
            ..expectation(6)
        };
        for sender in [None, Some(""), Some("-"), Some("KAMUSM")] {
            assert_eq!(code(message, sender, &nobody), None, "{sender:?}");
        }
        let number = Expectation {
            senders: vec!["3340".to_owned()],
            ..expectation(6)
        };
        assert!(code(message, Some("3340"), &number).is_some());
        // A number in the text is nobody's name.
        assert_eq!(code("3340 RET. Onay kodunuz: 123456", None, &number), None);
    }

    #[test]
    fn a_message_without_a_sender_must_name_one_and_no_money() {
        for message in [
            "Kamu SM onay kodunuz: 123456",
            "TÜBİTAK KAMUSM: kodunuz 123456",
            "kodunuz 123456 (Tübitak)",
        ] {
            assert_eq!(found(message, None, 6).as_deref(), Some("123456"), "{message:?}");
        }
        for message in [
            "Onay kodunuz: 123456",
            "KAMUSMS onay kodunuz: 123456",
            // A bank's code for paying the certificate.
            "KAMU SM 1.250,00 TL odemeniz icin sifreniz: 123456",
            "KAMU SM isyerinden ₺1250 odeme sifreniz: 123456",
            "KAMU SM: 30 USD payment, code 123456",
        ] {
            assert_eq!(found(message, None, 6), None, "{message:?}");
        }
    }

    #[test]
    fn a_message_of_kilobytes_is_not_read() {
        let line = format!("\n@{HOST} #123456");
        let long = format!("{}{line}", "a".repeat(MAX_MESSAGE_LENGTH - line.len()));
        assert_eq!(found(&long, None, 6).as_deref(), Some("123456"));
        assert_eq!(found(&format!("a{long}"), None, 6), None);
    }

    #[test]
    fn a_code_does_not_print_itself() {
        let code = code("Onay kodunuz: 123456", SENDER, &expectation(6));
        assert_eq!(format!("{code:?}"), "Some(Code)");
    }

    /// Text made of what such messages are made of, so that the traps meet each other.
    fn message() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            "[0-9]{1,8}",
            proptest::sample::select(vec![
                "kodunuz",
                "Onay",
                "ŞİFRE",
                "kodu",
                "code",
                "posta",
                "No",
                "dakika",
                "TL",
                "numaralı",
                "KAMU SM",
                "B001",
                "@basvuru.example.gov.tr",
                "#123456",
                "FA+9qCX9VSu",
                "**",
                "+90",
                "https://a.tr/",
            ])
            .prop_map(str::to_owned),
            proptest::sample::select(vec![
                " ", "\n", ": ", ". ", "-", ":", ".", ",", "'", "(", "\u{200B}", "İ", "\u{307}"
            ])
            .prop_map(str::to_owned),
            r"\PC",
        ];
        proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
    }

    fn sender() -> impl Strategy<Value = Option<&'static str>> {
        proptest::sample::select(vec![None, SENDER, Some("BANKA")])
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn a_code_is_in_the_text_and_of_the_right_length(message in message(), sender in sender(), length in 0_u8..12) {
            if let Some(code) = found(&message, sender, length) {
                // As it is, or in groups with nothing but signs between them.
                let written: String = message.chars().filter(|character| character.is_alphanumeric()).collect();
                prop_assert!(written.contains(&code));
                prop_assert_eq!(code.len(), usize::from(length));
            }
        }

        #[test]
        fn an_operator_mark_never_changes_what_is_found(
            message in message(), sender in sender(), length in 3_u8..8, mark in 0_u16..1000,
        ) {
            let marked = format!("{message} B{mark:03}");
            prop_assert_eq!(found(&marked, sender, length), found(&message, sender, length));
        }

        #[test]
        fn the_line_decides_whatever_stands_above_it(message in message(), sender in sender(), code in "[0-9]{6}") {
            let bound = format!("{message}\n@{HOST} #{code}");
            prop_assert_eq!(found(&bound, sender, 6), Some(code.clone()));
            let foreign = format!("{message}\n@bank.example #{code}");
            prop_assert_eq!(found(&foreign, sender, 6), None);
        }

        #[test]
        fn no_text_makes_it_panic(message in r"(\PC|[\r\n\t]){0,200}", sender in proptest::option::of(r"\PC{0,12}")) {
            let _ = found(&message, sender.as_deref(), 6);
        }
    }
}
