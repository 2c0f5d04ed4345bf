//! The application form: every approved field in the groups people know from the paper form.

use krilla::tagging::{TableHeaderScope, Tag};

use super::application::{Application, PrintedField, turkish_time};
use super::lines::{BLACK, GREY, NAVY, Paragraph, Style, TINT};
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
    sheet.paragraph(paragraph, Paragraph::of(&introduction, INTRODUCTION, MEASURE), MARGIN);
    for (name, members) in GROUPS {
        let fields = application.fields.iter().filter(|field| members.contains(&field.name));
        let rows: Vec<Row> = fields.map(Row::of).collect();
        if let Some(first) = rows.first() {
            sheet.skip(15.0);
            sheet.keep_together(HEADING.leading + 8.0 + first.height());
            sheet.heading(name, 2, HEADING);
            sheet.skip(3.0);
            table(&mut sheet, name, rows);
        }
    }
    sheet.skip(20.0);
    declaration(&mut sheet, application);
    sheet.finish()
}

/// A field as a row of a table.
struct Row {
    label: Paragraph,
    value: Paragraph,
}

impl Row {
    fn of(field: &PrintedField) -> Self {
        Self {
            label: Paragraph::fixed(field.label, LABEL, LABELS),
            value: Paragraph::of(&field.value, VALUE, MEASURE - LABELS),
        }
    }

    fn height(&self) -> f32 {
        self.label.height().max(self.value.height()) + 2.0 * ROW
    }
}

fn table(sheet: &mut Sheet, name: &str, rows: Vec<Row>) {
    let table = sheet.element(None, Tag::Table.with_summary(Some(format!("{name}: alan ve değer"))));
    sheet.hairline();
    for of_field in rows {
        sheet.keep_together(of_field.height());
        let row = sheet.element(Some(table), Tag::TR);
        let label = sheet.element(Some(row), Tag::TH(TableHeaderScope::Row));
        let value = sheet.element(Some(row), Tag::TD);
        sheet.skip(ROW);
        let top = sheet.y();
        sheet.paragraph(label, of_field.label, MARGIN);
        let under_label = sheet.y();
        sheet.go_on_at(top);
        sheet.paragraph(value, of_field.value, MARGIN + LABELS);
        // A long value may have gone on to another page; there the label is above anyway.
        if sheet.y() > top {
            let bottom = sheet.y().max(under_label);
            sheet.go_on_at(bottom);
        }
        sheet.skip(ROW);
        sheet.hairline();
    }
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
    let statement = Paragraph::of(statement, BODY, width);
    let signer = Paragraph::of(signer, SIGNER, width);
    let inside = statement.height() + 5.0 + signer.height();
    sheet.keep_together(inside + 2.0 * PADDING);
    let top = sheet.y();
    sheet.area(MARGIN, top, MEASURE, inside + 2.0 * PADDING, TINT);
    sheet.area(MARGIN, top, 3.0, inside + 2.0 * PADDING, NAVY);
    sheet.skip(PADDING);
    let first: Element = sheet.element(None, Tag::P);
    sheet.paragraph(first, statement, MARGIN + PADDING);
    sheet.skip(5.0);
    let second = sheet.element(None, Tag::P);
    sheet.paragraph(second, signer, MARGIN + PADDING);
    sheet.skip(PADDING);
}
