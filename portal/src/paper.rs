//! The documents on paper.
use crate::clock::Moment;
use crate::form::PrintedField;

/// What the documents say.
pub(crate) struct Application {
    pub(crate) authority: String,
    pub(crate) order: String,
    pub(crate) ordered_at: Moment,
    pub(crate) approved_at: Moment,
    pub(crate) holder: String,
    pub(crate) identity: String,
    pub(crate) institution: String,
    pub(crate) fields: Vec<PrintedField>,
}

pub(crate) fn shows(_: char) -> bool {
    true
}
pub(crate) fn application_form(_: &Application) -> Option<Vec<u8>> {
    Some(b"%PDF-".to_vec())
}
pub(crate) fn undertaking(_: &Application) -> Option<Vec<u8>> {
    Some(b"%PDF-".to_vec())
}
