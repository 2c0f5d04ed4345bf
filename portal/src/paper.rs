//! The documents to be signed, as PDF for the archive and for everybody: PDF/A-2a (ISO 19005-2) and PDF/UA-1 (ISO 14289-1),
//! tagged, in Turkish, with their font embedded. The same application gives the same octets.

mod application;
mod application_form;
mod lines;
mod sheet;
mod typeface;
mod undertaking;

pub(crate) use application::{Application, PrintedField};
pub(crate) use application_form::application_form;
pub(crate) use sheet::Written;
pub(crate) use typeface::shows;
pub(crate) use undertaking::undertaking;

#[cfg(test)]
mod tests {
    use super::application::turkish_time;
    use super::*;
    use crate::clock::Moment;

    fn application() -> Application {
        let field = |name, label, value: &str| PrintedField {
            name,
            label,
            value: value.to_owned(),
        };
        Application {
            authority: "Örnek Sertifika Merkezi".to_owned(),
            order: "2026-K7MP4XQR".to_owned(),
            ordered_at: Moment(1_780_000_000),
            approved_at: Moment(1_780_003_600),
            approval: 1,
            holder: "Ayşe Gül Çalışkanoğlu".to_owned(),
            identity: "10000000146".to_owned(),
            institution: "T.C. Örnek Bakanlığı".to_owned(),
            fields: vec![
                field("product", "Başvurulan ürün", "Nitelikli elektronik sertifika (NES)"),
                field("institution", "Kurum", "T.C. Örnek Bakanlığı"),
                field("identity", "Kimlik numarası", "10000000146"),
                field("given_name", "Ad", "Ayşe Gül"),
                field("family_name", "Soyad", "Çalışkanoğlu"),
                field("registry_number", "Kurum sicil numarası", "48213"),
                field("birth_place", "Doğum yeri", "Iğdır"),
                field("birth_date", "Doğum tarihi", "07.03.1985"),
                field("reason", "Başvuru nedeni", "Yenileme: sertifikamın süresi doluyor"),
                field("validity_years", "Sertifika süresi", "3 yıl"),
                field("reader_type", "Kart okuyucu", "İstemiyorum, okuyucum var"),
                field(
                    "security_word",
                    "Güvenlik sözcüğü",
                    "(beyan edildi, belgede gösterilmez)",
                ),
                field("mobile", "Cep telefonu", "+90 532 123 45 67"),
                field("email", "E-posta adresi", "ayse@example.com"),
                field(
                    "delivery_address",
                    "Teslimat adresi",
                    "Şehit Ömer Halisdemir Bulvarı No: 4/2\nÇankaya, Ankara",
                ),
            ],
        }
    }

    #[test]
    fn both_documents_pass_the_archive_and_accessibility_checks_and_are_the_same_octets_each_time() {
        for render in [application_form, undertaking] {
            let first = render(&application()).unwrap().pdf;
            assert!(first.starts_with(b"%PDF-1.7"));
            assert_eq!(first, render(&application()).unwrap().pdf);
            let mut other = application();
            other.approved_at = Moment(1_780_003_700);
            assert_ne!(first, render(&other).unwrap().pdf);
            let mut anew = application();
            anew.approval = 2;
            assert_ne!(first, render(&anew).unwrap().pdf);
        }
    }

    #[test]
    fn long_values_go_on_to_further_pages() {
        let mut long = application();
        for field in &mut long.fields {
            field.value = "Uzun bir değer, satır satır. ".repeat(40);
        }
        let (long, usual) = (
            application_form(&long).unwrap(),
            application_form(&application()).unwrap(),
        );
        assert!(long.pdf.len() > usual.pdf.len());
        assert!(long.pages.len() > usual.pages.len());
    }

    #[test]
    fn what_stands_on_each_page_is_told_as_text_in_reading_order() {
        let pages = application_form(&application()).unwrap().pages;
        let text = pages.join("\n");
        for line in [
            "Nitelikli elektronik sertifika başvuru formu",
            "Doğum yeri: Iğdır",
            "Teslimat adresi: Şehit Ömer Halisdemir Bulvarı No: 4/2 Çankaya, Ankara",
        ] {
            assert!(text.lines().any(|told| told == line), "{line} is not in {text}");
        }
        let undertaking = undertaking(&application()).unwrap().pages.join("\n");
        let numbered: Vec<&str> = undertaking
            .lines()
            .filter(|line| line.starts_with(|letter: char| letter.is_ascii_digit()))
            .collect();
        assert!(numbered.len() > 6, "{undertaking}");
        for (position, clause) in numbered.iter().enumerate() {
            // A clause is one line, its number before it, however many lines it takes on paper.
            assert!(
                clause.starts_with(&format!("{}. ", position + 1)) && clause.ends_with('.'),
                "{clause}"
            );
        }
    }

    #[test]
    fn turkish_letters_can_be_shown_and_pictograms_cannot() {
        assert!("ğĞşŞıİçÇöÖüÜâîû0123456789@.,-'’\"()/&+".chars().all(shows));
        assert!(!shows('\u{1F600}'));
    }

    #[test]
    fn times_are_told_as_in_turkey() {
        assert_eq!(turkish_time(Moment(1_780_000_000)), "28.05.2026 23:26");
    }

    /// Leaves the documents where a person can look at them: `PAPER_OUT=folder cargo test -p basvuru-portal paper`.
    #[test]
    fn documents_can_be_looked_at() {
        let Some(folder) = std::env::var_os("PAPER_OUT").map(std::path::PathBuf::from) else {
            return;
        };
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(
            folder.join("basvuru-formu.pdf"),
            application_form(&application()).unwrap().pdf,
        )
        .unwrap();
        std::fs::write(folder.join("taahhutname.pdf"), undertaking(&application()).unwrap().pdf).unwrap();
    }
}
