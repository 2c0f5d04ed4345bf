//! The form's own tests.

use basvuru::portal::IdentityKind;
use proptest::prelude::*;
use time::macros::datetime;

use super::*;
use crate::records::telephone::Progress;

const TODAY: OffsetDateTime = datetime!(2026-06-01 12:00 UTC);

fn person() -> PersonRecord {
    PersonRecord {
        identity_kind: IdentityKind::NationalId,
        identity: "10000000146".to_owned(),
        given_name: "Ayşe Gül".to_owned(),
        family_name: "Çalışkan".to_owned(),
    }
}

fn order() -> OrderRecord {
    OrderRecord {
        institution: "T.C. Örnek Bakanlığı".to_owned(),
        told_phone: "+905321234567".to_owned(),
        told_email: "ayse@example.com".to_owned(),
        values: BTreeMap::new(),
        confirmed: Progress::default(),
    }
}

fn good_values() -> BTreeMap<String, String> {
    let values = [
        ("registry_number", "48213"),
        ("birth_place", "Iğdır"),
        ("birth_date", "1985-03-07"),
        ("reason", "renewal"),
        ("validity_years", "3"),
        ("reader_type", "none"),
        ("security_word", "papatya"),
        ("mobile", "0532 123 45 67"),
        ("email", "ayse@example.com"),
        ("delivery_address", "Şehit Ömer Sok. 4/2\nÇankaya, Ankara"),
    ];
    values
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn faults(values: &BTreeMap<String, String>) -> Vec<(String, FieldFault)> {
    let judged = judge(Product::Nes, "T.C. Örnek", &person(), &order(), values, TODAY);
    judged
        .err()
        .unwrap_or_default()
        .into_iter()
        .map(|faulty| (faulty.name, faulty.fault))
        .collect()
}

fn with(name: &str, value: &str) -> BTreeMap<String, String> {
    let mut values = good_values();
    values.insert(name.to_owned(), value.to_owned());
    values
}

#[test]
fn a_complete_form_is_approved_with_its_locked_values_and_numbers_in_one_form() {
    let approved = judge(Product::Nes, "T.C. Örnek", &person(), &order(), &good_values(), TODAY).unwrap();
    assert_eq!(approved["mobile"], "+905321234567");
    assert_eq!(approved["family_name"], "Çalışkan");
    assert_eq!(approved["institution"], "T.C. Örnek");
}

#[test]
fn every_fault_is_named_at_once() {
    let mut values = good_values();
    values.remove("birth_place");
    values.insert("email".to_owned(), "ayse@".to_owned());
    values.insert("reason".to_owned(), "whim".to_owned());
    values.insert("given_name".to_owned(), "Fatma".to_owned());
    values.insert("registry_number".to_owned(), "4".repeat(33));
    values.insert("colour".to_owned(), "blue".to_owned());
    let expected = [
        ("given_name", FieldFault::Locked),
        ("registry_number", FieldFault::TooLong),
        ("birth_place", FieldFault::Missing),
        ("reason", FieldFault::NotAChoice),
        ("email", FieldFault::Malformed),
        ("colour", FieldFault::Unknown),
    ];
    assert_eq!(faults(&values), expected.map(|(name, fault)| (name.to_owned(), fault)));
}

#[test]
fn locked_values_may_be_repeated_as_they_are() {
    assert!(faults(&with("identity", "10000000146")).is_empty());
    assert_eq!(faults(&with("identity", "10000000147"))[0].1, FieldFault::Locked);
    assert_eq!(faults(&with("identity", ""))[0].1, FieldFault::Locked);
}

#[test]
fn a_birth_date_is_a_day_of_the_calendar_between_15_and_120_years_ago() {
    for (wrong, fault) in [
        ("2025-02-30", FieldFault::Malformed),
        ("7.3.85", FieldFault::Malformed),
        ("1899-12-31", FieldFault::Implausible),
        ("31.12.1790", FieldFault::Implausible),
        ("2026-06-01", FieldFault::Implausible),
        ("2020-06-01", FieldFault::Implausible),
    ] {
        let told = [("birth_date".to_owned(), fault)];
        assert_eq!(faults(&with("birth_date", wrong)), told, "{wrong}");
    }
    for right in ["2000-02-29", "29.2.2000", "29/02/2000"] {
        let values = with("birth_date", right);
        let approved = judge(Product::Nes, "T.C. Örnek", &person(), &order(), &values, TODAY);
        assert_eq!(approved.unwrap()["birth_date"], "2000-02-29", "{right}");
    }
}

#[test]
fn what_cannot_be_shown_on_paper_is_not_approved() {
    for wrong in ["Ankara \u{1F600}", "An\u{7}kara", "Ankara\nÇankaya"] {
        assert_eq!(
            faults(&with("birth_place", wrong))[0].1,
            FieldFault::Malformed,
            "{wrong:?}"
        );
    }
}

#[test]
fn a_mobile_certificate_asks_for_no_reader() {
    let form = form(
        Product::MobilNes,
        "T.C. Örnek",
        &person(),
        &order(),
        "1".to_owned(),
        TODAY.date(),
    );
    assert!(form.fields.iter().all(|field| field.name != "reader_type"));
}

#[test]
fn told_contacts_are_filled_in_and_the_security_word_is_not_printed() {
    let form = form(
        Product::Nes,
        "T.C. Örnek",
        &person(),
        &order(),
        "1".to_owned(),
        TODAY.date(),
    );
    let value = |name: &str| {
        form.fields
            .iter()
            .find(|field| field.name == name)
            .unwrap()
            .value
            .clone()
    };
    assert_eq!(value("mobile"), "+905321234567");
    assert_eq!(value("email"), "ayse@example.com");
    let approved = judge(Product::Nes, "T.C. Örnek", &person(), &order(), &good_values(), TODAY).unwrap();
    let printed = printed(Product::Nes, &approved);
    let line = |name: &str| printed.iter().find(|field| field.name == name).unwrap().value.clone();
    assert!(!line("security_word").contains("papatya"));
    assert_eq!(line("birth_date"), "07.03.1985");
    assert_eq!(line("mobile"), "0532 123 45 67");
}

proptest! {
    #[test]
    fn judging_never_panics_and_approves_only_what_it_approves_again(
        name in prop::sample::select(FIELDS.iter().map(|field| field.name).collect::<Vec<_>>()),
        value in "\\PC{0,300}",
    ) {
        let values = with(name, &value);
        if let Ok(approved) = judge(Product::Nes, "T.C. Örnek", &person(), &order(), &values, TODAY) {
            let again = judge(Product::Nes, "T.C. Örnek", &person(), &order(), &approved, TODAY);
            prop_assert_eq!(again.unwrap(), approved);
        }
    }
}
