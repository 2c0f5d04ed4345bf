//! What the documents say, before they are set.

use crate::clock::Moment;

/// A field of the form with its approved or told value, for people to read.
pub(crate) struct PrintedField {
    pub(crate) name: &'static str,
    pub(crate) label: &'static str,
    pub(crate) value: String,
}

/// What the documents say.
pub(crate) struct Application {
    /// The authority's name.
    pub(crate) authority: String,
    /// The order's id.
    pub(crate) order: String,
    /// When the order was made.
    pub(crate) ordered_at: Moment,
    /// When the form was approved.
    pub(crate) approved_at: Moment,
    /// Which approval of the form it is, counted from 1: the documents of no two approvals are the same.
    pub(crate) approval: i64,
    /// The applicant's full name.
    pub(crate) holder: String,
    /// The applicant's identity number.
    pub(crate) identity: String,
    /// The institution that invited the applicant.
    pub(crate) institution: String,
    /// The approved fields.
    pub(crate) fields: Vec<PrintedField>,
}

/// A moment as people in Turkey read it, in Turkish time, which has been UTC+3 the whole year since 2016.
pub(super) fn turkish_time(moment: Moment) -> String {
    let local = moment.date_time().to_offset(time::macros::offset!(+3));
    let format = time::macros::format_description!("[day].[month].[year] [hour]:[minute]");
    local.format(format).unwrap_or_default()
}
