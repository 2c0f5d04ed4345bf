//! The messages themselves: the invitation by e-mail, and codes by text message. A message is stored as what it says and
//! written out when it is delivered, because only a running portal knows how it is reached.

use std::time::Duration;

use basvuru::link::write_link;
use basvuru::portal::{IdentityKind, LocalizedText, Product, Support};
use serde::{Deserialize, Serialize};

use crate::delivery::{Envelope, Mail, Sms};

/// What the portal knows of itself when it writes a message.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct PortalFacts {
    pub(crate) url: String,
    pub(crate) name: LocalizedText,
    pub(crate) support: Support,
}

/// What a text message with a code is about, and who may read the code by itself.
pub(crate) struct Bound<'a> {
    /// The order.
    pub(crate) order: &'a str,
    /// The Android app that wants this one message.
    pub(crate) app_token: Option<&'a str>,
    /// The host whose pages and apps may fill the code in.
    pub(crate) host: &'a str,
}

/// A message as it is stored, sealed.
#[derive(Serialize, Deserialize)]
pub(crate) enum Message {
    Invitation(InvitationLetter),
    Text {
        recipient: String,
        text: String,
        /// Earlier versions did not keep it.
        #[serde(default)]
        order: Option<String>,
    },
}

/// What an invitation says.
#[derive(Serialize, Deserialize)]
pub(crate) struct InvitationLetter {
    pub(crate) recipient: String,
    pub(crate) given_name: String,
    pub(crate) family_name: String,
    pub(crate) institution: String,
    pub(crate) identity_kind: IdentityKind,
    /// Letters of earlier versions were for a NES.
    #[serde(default = "nes")]
    pub(crate) product: Product,
    pub(crate) order: String,
    pub(crate) access_password: String,
}

fn nes() -> Product {
    Product::Nes
}

/// What a product is called in a line: "NES", "MobilNES".
const fn short_name(product: Product) -> &'static str {
    match product {
        Product::Nes => "NES",
        Product::MobilNes => "MobilNES",
    }
}

impl Message {
    /// The text message with a code. Its words have no letters outside the GSM 7-bit alphabet, so that it fits into one message;
    /// its last line is bound to the host (`@host #code`), and the line before hands it to the Android app.
    pub(crate) fn code(recipient: &str, product: Product, code: &str, lifetime: Duration, bound: &Bound<'_>) -> Self {
        let (product, minutes) = (short_name(product), lifetime.as_secs().div_ceil(60));
        let words = format!("{product} onay kodunuz: {code}. Süresi {minutes} dakika. Kodu kimseye vermeyin.");
        Self::bound(recipient, words, code, bound)
    }

    /// The text message with the code that unblocks a card's PIN, of the same alphabet and with the same last lines. It names
    /// the verification code: who sees another one on the screen is being deceived.
    pub(crate) fn unblocking(
        recipient: &str,
        verification_code: &str,
        code: &str,
        lifetime: Duration,
        bound: &Bound<'_>,
    ) -> Self {
        let minutes = lifetime.as_secs().div_ceil(60);
        let words = format!(
            "PIN kilidi onay kodunuz: {code}, ekranda {verification_code}. Süresi {minutes} dakika. Kimseye vermeyin."
        );
        Self::bound(recipient, words, code, bound)
    }

    /// A text message whose last lines say who may read the code in it.
    fn bound(recipient: &str, words: String, code: &str, bound: &Bound<'_>) -> Self {
        let Bound { order, app_token, host } = bound;
        let mut text = words;
        text.push('\n');
        if let Some(token) = app_token {
            text.push_str(token);
            text.push('\n');
        }
        text.push_str(&format!("@{host} #{code}"));
        Self::Text {
            recipient: recipient.to_owned(),
            text,
            order: Some((*order).to_owned()),
        }
    }

    pub(crate) const fn channel(&self) -> &'static str {
        match self {
            Self::Invitation(_) => "mail",
            Self::Text { .. } => "sms",
        }
    }

    /// The message as it goes out.
    pub(crate) fn written(self, facts: &PortalFacts) -> Envelope {
        match self {
            Self::Text { recipient, text, order } => Envelope::Sms(Sms { recipient, text, order }),
            Self::Invitation(letter) => Envelope::Mail(letter.written(facts)),
        }
    }
}

/// A person's name; one of the two may be empty.
pub(crate) fn full_name(given_name: &str, family_name: &str) -> String {
    format!("{given_name} {family_name}").trim().to_owned()
}

impl InvitationLetter {
    fn written(self, facts: &PortalFacts) -> Mail {
        let link = write_link(&facts.url, self.identity_kind, &self.order);
        let product = short_name(self.product);
        let Self {
            recipient,
            given_name,
            family_name,
            institution,
            order,
            access_password,
            ..
        } = self;
        let recipient_name = full_name(&given_name, &family_name);
        let PortalFacts { name, support, .. } = facts;
        let text = format!(
            "Sayın {recipient_name},\n\
             \n\
             {institution} sizin için nitelikli elektronik sertifika ({product}) başvurusu başlattı.\n\
             \n\
             Başvuru numaranız: {order}\n\
             Erişim parolanız: {access_password}\n\
             \n\
             Başvurunuzu tamamlamak için Başvuru uygulamasını açın veya şu bağlantıya dokunun:\n\
             {link}\n\
             \n\
             Giriş için kimlik numaranız ve yukarıdaki erişim parolası istenir. Parolanızı kimseyle\n\
             paylaşmayın; görevlilerimiz sizden parola, PIN veya onay kodu istemez. Daha önce size bir\n\
             erişim parolası gönderildiyse artık geçerli değildir.\n\
             \n\
             Kişisel verileriniz, 5070 sayılı Elektronik İmza Kanunu’nun 12. maddesi gereğince yalnızca sertifika\n\
             başvurunuzun yürütülmesi için işlenir; 6698 sayılı Kişisel Verilerin Korunması Kanunu kapsamındaki\n\
             haklarınız için bize başvurabilirsiniz.\n\
             Bu başvuruyu siz istemediyseniz lütfen bize bildirin.\n\
             \n\
             Destek: {phone}, {email}\n\
             {name_tr}\n\
             \n\
             --\n\
             \n\
             Dear {recipient_name},\n\
             \n\
             {institution} has begun an application for a qualified electronic certificate ({product}) for you.\n\
             \n\
             Application number: {order}\n\
             Access password: {access_password}\n\
             \n\
             To complete it, open the Başvuru app or follow this link:\n\
             {link}\n\
             \n\
             You sign in with your identity number and the access password above. Do not share it; our staff\n\
             never ask for a password, a PIN or a confirmation code. An access password sent to you earlier is\n\
             no longer valid.\n\
             \n\
             Your personal data are processed for your certificate application only, as Article 12 of the\n\
             Electronic Signature Law No. 5070 requires; for your rights under the Law No. 6698 on the Protection\n\
             of Personal Data please contact us.\n\
             If you did not ask for this application, please tell us.\n\
             \n\
             Support: {phone}, {email}\n\
             {name_en}\n",
            phone = support.phone,
            email = support.email,
            name_tr = name.tr,
            name_en = name.en,
        );
        let subject = format!("{product} başvurunuz / Your {product} application");
        Mail {
            recipient,
            subject,
            text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(product: Product, app_token: Option<&str>, host: &str) -> String {
        let bound = Bound {
            order: "2026-AAAAAAAA",
            app_token,
            host,
        };
        match Message::code("+905321234567", product, "041873", Duration::from_secs(300), &bound) {
            Message::Text { text, .. } => text,
            Message::Invitation(_) => unreachable!("a code travels as text"),
        }
    }

    #[test]
    fn the_last_line_is_bound_to_the_host_and_the_app_token_stands_before_it() {
        let text = text(Product::Nes, Some("FA+9qCX9VSu"), "basvuru.example");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[1..], ["FA+9qCX9VSu", "@basvuru.example #041873"]);
        assert!(lines[0].contains("041873") && lines[0].contains("5 dakika"));
    }

    #[test]
    fn a_message_fits_into_140_octets_of_the_gsm_alphabet() {
        /// GSM 03.38, the basic alphabet without its escape table.
        const GSM: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
        for product in [Product::Nes, Product::MobilNes] {
            let text = text(product, Some("FA+9qCX9VSu"), "basvuru.kamusm.example.gov.tr");
            assert!(text.chars().all(|letter| GSM.contains(letter)), "{text}");
            assert!(text.len() <= 140, "{} octets", text.len());
        }
        let lifetime = Duration::from_secs(300);
        let bound = Bound {
            order: "2026-AAAAAAAA",
            app_token: Some("FA+9qCX9VSu"),
            host: "basvuru.kamusm.example.gov.tr",
        };
        match Message::unblocking("+905321234567", "K7MP", "041873", lifetime, &bound) {
            Message::Text { text, .. } => {
                assert!(text.chars().all(|letter| GSM.contains(letter)), "{text}");
                assert!(text.len() <= 140, "{} octets", text.len());
                assert!(text.contains("ekranda K7MP") && text.contains("5 dakika"), "{text}");
                assert!(
                    text.ends_with("\nFA+9qCX9VSu\n@basvuru.kamusm.example.gov.tr #041873"),
                    "{text}"
                );
            }
            Message::Invitation(_) => unreachable!("a code travels as text"),
        }
    }

    #[test]
    fn both_messages_name_the_product_and_the_mail_the_articles_of_the_law() {
        for (product, name) in [(Product::Nes, "NES"), (Product::MobilNes, "MobilNES")] {
            assert!(text(product, None, "basvuru.example").starts_with(&format!("{name} onay kodunuz: ")));
            let letter = InvitationLetter {
                recipient: "ayse@example.com".to_owned(),
                given_name: "Ayşe".to_owned(),
                family_name: "Çalışkan".to_owned(),
                institution: "T.C. Örnek".to_owned(),
                identity_kind: IdentityKind::Passport,
                product,
                order: "2026-K7MP4XQR".to_owned(),
                access_password: "AAAA-BBBB-CCCC".to_owned(),
            };
            let text = |tr: &str| LocalizedText {
                tr: tr.to_owned(),
                en: tr.to_owned(),
            };
            let mail = letter.written(&PortalFacts {
                url: "https://basvuru.example".to_owned(),
                name: text("Örnek Merkez"),
                support: Support {
                    phone: "+902620000000".to_owned(),
                    email: "destek@example.com".to_owned(),
                },
            });
            assert!(mail.subject.starts_with(&format!("{name} başvurunuz")));
            assert_eq!(mail.text.matches(&format!("({name})")).count(), 2);
            for words in [
                "5070 sayılı Elektronik İmza Kanunu’nun 12. maddesi",
                "Article 12 of the",
                "https://basvuru.example/apply?identity=passport&order=2026-K7MP4XQR\n",
            ] {
                assert!(mail.text.contains(words), "{words}");
            }
        }
    }
}
