//! What a person answers with.

use std::collections::HashMap;
use std::sync::Arc;

use basvuru::application::{Answer, FieldEntry, FormField};
use basvuru::secret::Pin;

/// The name of the reader.
#[must_use]
pub fn reader() -> String {
    "Okuyucu".to_owned()
}

/// The will to have the card read.
#[must_use]
pub fn read_card() -> Answer {
    Answer::ReadCard { reader: reader() }
}

/// The will to sign with a PIN.
#[must_use]
pub fn sign_with(pin: &str) -> Answer {
    Answer::Sign {
        reader: reader(),
        pin: Arc::new(Pin::new(pin.as_bytes())),
        last_try_confirmed: false,
        certificate: None,
    }
}

/// Right values for every field that can be filled in and has none.
#[must_use]
pub fn filled(fields: &[FormField]) -> HashMap<String, String> {
    let value = |field: &FormField| match &field.entry {
        FieldEntry::Choice { choices } => choices[0].value.clone(),
        FieldEntry::Date { .. } => "1985-03-07".to_owned(),
        FieldEntry::Mobile | FieldEntry::Email => field.value.clone(),
        FieldEntry::Lines { .. } => "Ihlamur Sokağı 4/2\nÇankaya, Ankara".to_owned(),
        FieldEntry::Text { .. } => "Iğdır".to_owned(),
    };
    let empty = fields.iter().filter(|field| !field.locked && field.value.is_empty());
    empty.map(|field| (field.name.clone(), value(field))).collect()
}
