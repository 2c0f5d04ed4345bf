//! The application form: which fields it has, what each may hold, and how given values become approved ones. The server
//! judges every value itself and names every fault, not just the first.

use std::collections::BTreeMap;

use basvuru::day::{Day, Days};
use basvuru::identity::{EmailAddress, MobileNumber};
use basvuru::portal::{Choice, FaultyField, Field, FieldFault, FieldKind, Form, LocalizedText, Product};
use time::{Date, OffsetDateTime};

use crate::paper::{self, PrintedField};
use crate::records::applicant::{OrderRecord, PersonRecord};

/// One field as it is declared.
struct Declaration {
    name: &'static str,
    label: (&'static str, &'static str),
    help: Option<(&'static str, &'static str)>,
    kind: Kind,
    required: bool,
    locked: bool,
}

/// What may be entered, as it is declared.
#[derive(Clone, Copy)]
enum Kind {
    /// The fewest and the most characters.
    Text(u32, u32),
    Lines(u32),
    Mobile,
    Email,
    BirthDate,
    Choice(&'static [(&'static str, (&'static str, &'static str))]),
}

const fn locked(name: &'static str, label: (&'static str, &'static str)) -> Declaration {
    Declaration {
        name,
        label,
        help: None,
        kind: Kind::Text(0, 200),
        required: true,
        locked: true,
    }
}

const fn asked(name: &'static str, label: (&'static str, &'static str), kind: Kind) -> Declaration {
    Declaration {
        name,
        label,
        help: None,
        kind,
        required: true,
        locked: false,
    }
}

impl Declaration {
    const fn with_help(self, tr: &'static str, en: &'static str) -> Self {
        Self {
            help: Some((tr, en)),
            ..self
        }
    }

    const fn optional(self) -> Self {
        Self {
            required: false,
            ..self
        }
    }
}

const READER_TYPES: &[(&str, (&str, &str))] = &[
    ("none", ("İstemiyorum, okuyucum var", "None, I have a reader")),
    ("standard", ("Masaüstü kart okuyucu (USB)", "Desktop card reader (USB)")),
    (
        "mini",
        ("Mini kart okuyucu (SIM boyu, USB)", "Mini card reader (SIM size, USB)"),
    ),
];
const VALIDITY_YEARS: &[(&str, (&str, &str))] = &[("3", ("3 yıl", "3 years")), ("5", ("5 yıl", "5 years"))];
const REASONS: &[(&str, (&str, &str))] = &[
    (
        "renewal",
        (
            "Yenileme: sertifikamın süresi doluyor",
            "Renewal: my certificate is about to expire",
        ),
    ),
    ("first", ("İlk başvuru", "First application")),
    ("lost", ("Kayıp veya çalıntı", "Lost or stolen")),
    ("other", ("Diğer", "Other")),
];

/// The fields, in the order they are shown and printed.
const FIELDS: &[Declaration] = &[
    locked("product", ("Başvurulan ürün", "Product")),
    locked("institution", ("Kurum", "Institution")),
    locked("identity", ("Kimlik numarası", "Identity number")),
    locked("given_name", ("Ad", "Given name")),
    locked("family_name", ("Soyad", "Family name")),
    asked(
        "registry_number",
        ("Kurum sicil numarası", "Registry number at the institution"),
        Kind::Text(0, 32),
    )
    .with_help(
        "Kurumunuzun size verdiği sicil veya personel numarası.",
        "The staff number your institution gave you.",
    ),
    asked("birth_place", ("Doğum yeri", "Place of birth"), Kind::Text(0, 64))
        .with_help("Kimliğinizde yazdığı gibi.", "As on your identity card."),
    asked("birth_date", ("Doğum tarihi", "Date of birth"), Kind::BirthDate)
        .with_help("Kimliğinizde yazdığı gibi.", "As on your identity card."),
    asked(
        "reason",
        ("Başvuru nedeni", "Reason for the application"),
        Kind::Choice(REASONS),
    ),
    asked(
        "validity_years",
        ("Sertifika süresi", "Validity of the certificate"),
        Kind::Choice(VALIDITY_YEARS),
    ),
    asked(
        "reader_type",
        ("Kart okuyucu", "Card reader"),
        Kind::Choice(READER_TYPES),
    ),
    asked(
        "security_word",
        ("Güvenlik sözcüğü", "Security word"),
        Kind::Text(SHORTEST_SECURITY_WORD, 32),
    )
    .with_help(
        "Telefonla aradığınızda kimliğinizi doğrulamak için sorulur. Belgelerde gösterilmez.",
        "Asked when you call, to make sure that it is you. It is not shown in the documents.",
    ),
    asked("mobile", ("Cep telefonu", "Mobile number"), Kind::Mobile).with_help(
        "Onay kodu bu numaraya gönderilir.",
        "The confirmation code is sent to this number.",
    ),
    asked("email", ("E-posta adresi", "E-mail address"), Kind::Email).with_help(
        "Sertifikanızla ilgili bilgiler bu adrese gönderilir.",
        "News about your certificate is sent here.",
    ),
    asked(
        "delivery_address",
        ("Teslimat adresi", "Delivery address"),
        Kind::Lines(250),
    )
    .with_help(
        "Kartınızın teslim edileceği açık adres.",
        "The full address your card is delivered to.",
    ),
    asked("note", ("Not", "Note"), Kind::Lines(250)).optional(),
];

/// The shortest security word, in characters.
const SHORTEST_SECURITY_WORD: u32 = 4;

/// The form of an order.
pub(crate) fn form(
    product: Product,
    institution: &str,
    person: &PersonRecord,
    order: &OrderRecord,
    version: String,
    today: Date,
) -> Form {
    let told = told_values(product, institution, person, order);
    let fields = fields_of(product).map(|field| Field {
        name: field.name.to_owned(),
        label: localized(field.label),
        help: field.help.map(localized),
        kind: wire_kind(field.kind, today),
        required: field.required,
        locked: field.locked,
        value: current_value(field, &told, order),
    });
    Form {
        version,
        fields: fields.collect(),
    }
}

/// Judges given values. Locked fields may be left out or repeated as they are.
///
/// # Errors
/// Every fault, in the order of the form, unknown names last.
pub(crate) fn judge(
    product: Product,
    institution: &str,
    person: &PersonRecord,
    order: &OrderRecord,
    given: &BTreeMap<String, String>,
    today: OffsetDateTime,
) -> Result<BTreeMap<String, String>, Vec<FaultyField>> {
    let told = told_values(product, institution, person, order);
    let mut approved = BTreeMap::new();
    let mut faults = Vec::new();
    for field in fields_of(product) {
        let value = given.get(field.name).map(|value| value.trim());
        let judged = match (field.locked, value) {
            (true, None) => Ok(told[field.name].clone()),
            (true, Some(value)) if value == told[field.name] => Ok(value.to_owned()),
            (true, Some(_)) => Err(FieldFault::Locked),
            (false, None | Some("")) if field.required => Err(FieldFault::Missing),
            (false, None | Some("")) => Ok(String::new()),
            (false, Some(value)) => judge_value(field, value, today.date()),
        };
        match judged {
            Ok(value) => _ = approved.insert(field.name.to_owned(), value),
            Err(fault) => faults.push(FaultyField {
                name: field.name.to_owned(),
                fault,
            }),
        }
    }
    let known = |name: &str| fields_of(product).any(|field| field.name == name);
    for name in given.keys().filter(|name| !known(name)).take(20) {
        faults.push(FaultyField {
            name: name.chars().take(64).collect(),
            fault: FieldFault::Unknown,
        });
    }
    if faults.is_empty() { Ok(approved) } else { Err(faults) }
}

/// The approved values as they are printed, in Turkish. The security word is not shown.
pub(crate) fn printed(product: Product, values: &BTreeMap<String, String>) -> Vec<PrintedField> {
    let printed = fields_of(product).filter_map(|field| {
        let value = values.get(field.name).filter(|value| !value.is_empty())?;
        let value = match field.kind {
            Kind::Choice(choices) => choices.iter().find(|(name, _)| name == value)?.1.0.to_owned(),
            Kind::BirthDate => Day::parse(value).ok()?.turkish(),
            Kind::Mobile => MobileNumber::parse(value).ok()?.grouped(),
            _ if field.name == "security_word" => "(beyan edildi, belgede gösterilmez)".to_owned(),
            Kind::Text(..) | Kind::Lines(_) | Kind::Email => value.clone(),
        };
        Some(PrintedField {
            name: field.name,
            label: field.label.0,
            value,
        })
    });
    printed.collect()
}

/// Whether a text can be shown on paper: no control characters, and no characters the documents' font lacks.
pub(crate) fn is_printable(text: &str) -> bool {
    text.chars().all(|letter| !letter.is_control() && paper::shows(letter))
}

fn fields_of(product: Product) -> impl Iterator<Item = &'static Declaration> {
    // A mobile signature lives on a SIM card: no reader is sent with it.
    FIELDS
        .iter()
        .filter(move |field| !(product == Product::MobilNes && field.name == "reader_type"))
}

fn told_values(
    product: Product,
    institution: &str,
    person: &PersonRecord,
    order: &OrderRecord,
) -> BTreeMap<&'static str, String> {
    let product = match product {
        Product::Nes => "Nitelikli elektronik sertifika (NES)",
        Product::MobilNes => "Mobil imza için nitelikli elektronik sertifika (MobilNES)",
    };
    BTreeMap::from([
        ("product", product.to_owned()),
        ("institution", institution.to_owned()),
        ("identity", person.identity.clone()),
        ("given_name", person.given_name.clone()),
        ("family_name", person.family_name.clone()),
        ("mobile", order.told_phone.clone()),
        ("email", order.told_email.clone()),
    ])
}

fn current_value(field: &Declaration, told: &BTreeMap<&'static str, String>, order: &OrderRecord) -> String {
    let approved = order.values.get(field.name).filter(|_| !field.locked);
    approved.or_else(|| told.get(field.name)).cloned().unwrap_or_default()
}

fn judge_value(field: &Declaration, value: &str, today: Date) -> Result<String, FieldFault> {
    match field.kind {
        Kind::Text(shortest, longest) => {
            let value = judge_text(value, longest, false)?;
            let short = value.chars().count() < shortest as usize;
            if short { Err(FieldFault::TooShort) } else { Ok(value) }
        }
        Kind::Lines(longest) => judge_text(value, longest, true),
        Kind::Mobile => {
            let number = MobileNumber::parse(value).map_err(|_| FieldFault::Malformed)?;
            Ok(number.as_e164().to_owned())
        }
        Kind::Email => {
            let address = EmailAddress::parse(value).map_err(|_| FieldFault::Malformed)?;
            let address = address.as_str();
            is_printable(address)
                .then(|| address.to_owned())
                .ok_or(FieldFault::Malformed)
        }
        Kind::BirthDate => Days::of_birth(today).judge(value).map(Day::iso),
        Kind::Choice(choices) => {
            let found = choices.iter().any(|(name, _)| *name == value);
            found.then(|| value.to_owned()).ok_or(FieldFault::NotAChoice)
        }
    }
}

fn judge_text(value: &str, longest: u32, lines: bool) -> Result<String, FieldFault> {
    let value = value.replace("\r\n", "\n");
    if value.chars().count() > longest as usize {
        return Err(FieldFault::TooLong);
    }
    let printable = value.split('\n').all(is_printable) && (lines || !value.contains('\n'));
    if printable {
        Ok(value)
    } else {
        Err(FieldFault::Malformed)
    }
}

fn wire_kind(kind: Kind, today: Date) -> FieldKind {
    match kind {
        Kind::Text(min_length, max_length) => FieldKind::Text { min_length, max_length },
        Kind::Lines(max_length) => FieldKind::Lines { max_length },
        Kind::Mobile => FieldKind::Mobile,
        Kind::Email => FieldKind::Email,
        Kind::BirthDate => {
            let days = Days::of_birth(today);
            FieldKind::Date {
                first: days.first.iso(),
                last: days.last.iso(),
            }
        }
        Kind::Choice(choices) => FieldKind::Choice {
            choices: choices
                .iter()
                .map(|(value, label)| Choice {
                    value: (*value).to_owned(),
                    label: localized(*label),
                })
                .collect(),
        },
    }
}

fn localized((tr, en): (&str, &str)) -> LocalizedText {
    LocalizedText {
        tr: tr.to_owned(),
        en: en.to_owned(),
    }
}

#[cfg(test)]
mod tests;
