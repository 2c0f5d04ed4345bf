use basvuru::portal::LocalizedText;

use super::*;
use crate::clock::Moment;
use crate::records::store::Store;
use crate::settings::Settings;

#[test]
fn a_document_that_has_another_digest_than_its_description_tells_is_given_to_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let settings = Settings::new("", "127.0.0.1:0".parse().unwrap(), Vec::new());
    for (content, is_given) in [("abc", true), ("abd", false)] {
        let given = store.write_now(|transaction, key| {
            let work = Work {
                transaction,
                key,
                settings: &settings,
                now: Moment(1),
                steady: Moment(1),
            };
            let title = || "Form".to_owned();
            let description = DocumentDescription {
                id: "form".to_owned(),
                file_name: "form.pdf".to_owned(),
                title: LocalizedText {
                    tr: title(),
                    en: title(),
                },
                media_type: "application/pdf".to_owned(),
                size: 3,
                sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad".to_owned(),
                pages: Vec::new(),
            };
            transaction.execute_batch("PRAGMA defer_foreign_keys = on")?;
            keep(&work, "A-1", 1, &description, content.as_bytes(), &[])?;
            let given = contents(&work, "A-1").is_ok();
            forget(&work, "A-1")?;
            Ok::<_, Refusal>(given)
        });
        assert_eq!(given.unwrap(), is_given, "{content}");
    }
}
