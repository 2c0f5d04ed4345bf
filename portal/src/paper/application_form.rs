//! The application form: every approved field in the groups people know from the paper form.

use krilla::tagging::{TableHeaderScope, Tag};

use super::application::{Application, PrintedField, turkish_time};
use super::lines::{BLACK, GREY, NAVY, Style, TINT, height};
use super::sheet::{Element, Frame, MARGIN, MEASURE, Sheet, Written};
use super::typeface::Weight;

const TITLE: Style = Style::new(19.0, 25.0, Weight::SemiBold, NAVY);
const INTRODUCTION: Style = Style::new(9.5, 14.5, Weight::Regular, GREY);
const HEADING: Style = Style::new(10.5, 15.0, Weight::SemiBold, NAVY);
const LABEL: Style = Style::new(9.0, 14.0, Weight::Regular, GREY);
const VALUE: Style = Style::new(10.0, 14.0, Weight::Regular, BLACK);
const BODY: Style = Style::new(9.5, 14.5, Weight::Regular, BLACK);

/// The width of the column of labels.
const LABELS: f32 = 156.0;
/// The blank above and below a row.
const ROW: f32 = 4.0;

/// The groups of fields, by name.
const GROUPS: &[(&str, &[&str])] = &[
    (
        "Başvuru sahibi",
        &["identity", "given_name", "family_name", "birth_place", "birth_date"],
    ),
    ("Kurum", &["institution", "registry_number"]),
    (
        "Sertifika",
        &["product", "reason", "validity_years", "reader_type", "security_word"],
    ),
    ("İletişim ve teslimat", &["mobile", "email", "delivery_address", "note"]),
];

/// Renders the form.
///
/// `None` where the document would not pass its checks.
pub(crate) fn application_form(application: &Application) -> Option<Written> {
    let title = "Nitelikli elektronik sertifika başvuru formu";
    let mut sheet = Sheet::new(Frame {
        title: format!("{title}, {}", application.order),
        authority: application.authority.clone(),
        order: application.order.clone(),
        footnote: "Başvuru formu · referans portalının örnek belgesi",
        approved_at: application.approved_at,
        approval: application.approval,
    });
    sheet.heading(title, 1, TITLE);
    sheet.skip(4.0);
    let mut introduction = format!(
        "Başvuru {} tarihinde açıldı, form {} tarihinde başvuru sahibi tarafından onaylandı.",
        turkish_time(application.ordered_at),
        turkish_time(application.approved_at),
    );
    if application.approval > 1 {
        let anew = format!(" Bu, formun {}. onayıdır; öncekiler geçersizdir.", application.approval);
        introduction.push_str(&anew);
    }
    let paragraph = sheet.element(None, Tag::P);
    sheet.paragraph(paragraph, &introduction, INTRODUCTION, MARGIN, MEASURE);
    for (name, members) in GROUPS {
        let fields: Vec<&PrintedField> = application
            .fields
            .iter()
            .filter(|field| members.contains(&field.name))
            .collect();
        if let Some(first) = fields.first() {
            sheet.skip(15.0);
            sheet.keep_together(HEADING.leading + 8.0 + row_height(first));
            sheet.heading(name, 2, HEADING);
            sheet.skip(3.0);
            table(&mut sheet, name, &fields);
        }
    }
    sheet.skip(20.0);
    declaration(&mut sheet, application);
    sheet.finish()
}

fn table(sheet: &mut Sheet, name: &str, fields: &[&PrintedField]) {
    let table = sheet.element(None, Tag::Table.with_summary(Some(format!("{name}: alan ve değer"))));
    sheet.hairline();
    for field in fields {
        sheet.keep_together(row_height(field));
        let row = sheet.element(Some(table), Tag::TR);
        let label = sheet.element(Some(row), Tag::TH(TableHeaderScope::Row));
        let value = sheet.element(Some(row), Tag::TD);
        sheet.skip(ROW);
        let top = sheet.y();
        sheet.paragraph(label, field.label, LABEL, MARGIN, LABELS);
        let under_label = sheet.y();
        sheet.go_on_at(top);
        sheet.paragraph(value, &field.value, VALUE, MARGIN + LABELS, MEASURE - LABELS);
        // A long value may have gone on to another page; there the label is above anyway.
        if sheet.y() > top {
            let bottom = sheet.y().max(under_label);
            sheet.go_on_at(bottom);
        }
        sheet.skip(ROW);
        sheet.hairline();
    }
}

fn row_height(field: &PrintedField) -> f32 {
    let label = height(field.label, LABEL, LABELS);
    let value = height(&field.value, VALUE, MEASURE - LABELS);
    label.max(value) + 2.0 * ROW
}

fn declaration(sheet: &mut Sheet, application: &Application) {
    let text = format!(
        "Bu formdaki bilgilerin doğru ve eksiksiz olduğunu, {} tarafından yürütülen nitelikli elektronik sertifika başvurumda \
         kullanılmasını kabul ettiğimi beyan ederim.",
        application.authority
    );
    box_with(sheet, &text, &signed_by(application));
}

/// Who signs, and how.
pub(super) fn signed_by(application: &Application) -> String {
    format!(
        "{}, {}. Bu belge, 5070 sayılı Elektronik İmza Kanunu'na göre güvenli elektronik imza ile imzalanır; imza belgeyle aynı \
         pakette taşınır.",
        application.holder, application.identity
    )
}

/// Writes a statement and who signs it in a tinted box that stays on one page.
pub(super) fn box_with(sheet: &mut Sheet, statement: &str, signer: &str) {
    const PADDING: f32 = 13.0;
    const SIGNER: Style = Style::new(9.0, 13.5, Weight::Regular, GREY);
    let width = MEASURE - 2.0 * PADDING;
    let inside = height(statement, BODY, width) + 5.0 + height(signer, SIGNER, width);
    sheet.keep_together(inside + 2.0 * PADDING);
    let top = sheet.y();
    sheet.area(MARGIN, top, MEASURE, inside + 2.0 * PADDING, TINT);
    sheet.area(MARGIN, top, 3.0, inside + 2.0 * PADDING, NAVY);
    sheet.skip(PADDING);
    let first: Element = sheet.element(None, Tag::P);
    sheet.paragraph(first, statement, BODY, MARGIN + PADDING, width);
    sheet.skip(5.0);
    let second = sheet.element(None, Tag::P);
    sheet.paragraph(second, signer, SIGNER, MARGIN + PADDING, width);
    sheet.skip(PADDING);
}
