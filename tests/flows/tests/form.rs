//! The form: faults are named, what was typed is kept, and what the institution has told stays as it is.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::HashMap;

use basvuru::application::{Answer, FieldEntry, FormField, Screen};
use basvuru::failure::Failure;
use basvuru::portal::{FaultyField, FieldFault};
use basvuru_flows::{Journey, filled};
use serde_json::{Value, json};

fn fields(journey: &Journey) -> Vec<FormField> {
    let Screen::FillForm { fields, .. } = journey.step().screen else {
        panic!("the form expected")
    };
    fields
}

fn field(journey: &Journey, name: &str) -> FormField {
    fields(journey).into_iter().find(|field| field.name == name).unwrap()
}

/// Right values but for one.
fn but(journey: &Journey, name: &str, value: &str) -> HashMap<String, String> {
    let mut values = filled(&fields(journey));
    values.insert(name.to_owned(), value.to_owned());
    values
}

fn faulty(name: &str, fault: FieldFault) -> Vec<FaultyField> {
    vec![FaultyField {
        name: name.to_owned(),
        fault,
    }]
}

/// Approves the form with one wrong value; the core must refuse it by itself, name the field and keep everything.
async fn core_refuses(name: &str, value: &str, fault: FieldFault) {
    let mut journey = Journey::at("fill-form").await;
    let requests = journey.app().traffic().requests;
    let values = but(&journey, name, value);
    let failure = journey.fails(Answer::ApproveForm { values }, "BSV-204").await;
    let fields = faulty(name, fault);
    assert_eq!(failure, Failure::FormInvalid { fields });
    assert_eq!(journey.app().traffic().requests, requests, "nothing was sent");
    keeps_and_goes_on(&mut journey, name, value).await;
}

/// The wrong value stands in its field with a sentence at it, the right ones are kept, over a restart as well; corrected,
/// the form is approved.
async fn keeps_and_goes_on(journey: &mut Journey, name: &str, value: &str) {
    for restarted in [false, true] {
        if restarted {
            journey.restart();
        }
        let at_fault = field(journey, name);
        assert_eq!(at_fault.value, value);
        assert!(at_fault.fault.is_some_and(|sentence| sentence.len() > 10), "{name}");
        let others = fields(journey).into_iter().filter(|field| field.name != name);
        for other in others {
            assert_eq!(other.fault, None, "{}", other.name);
            assert!(!other.required || !other.value.is_empty(), "{} was lost", other.name);
        }
    }
    let right = match name {
        "mobile" => journey.applicant.phone.clone(),
        "email" => journey.applicant.email.clone(),
        "birth_date" => "1985-03-07".to_owned(),
        "reason" => "first".to_owned(),
        _ => "Düzeltildi".to_owned(),
    };
    let values = HashMap::from([(name.to_owned(), right)]);
    journey.answer(Answer::ApproveForm { values }).await.unwrap();
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_field_is_named() {
    core_refuses("birth_place", "", FieldFault::Missing).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_of_blanks_is_missing() {
    core_refuses("birth_place", " \t ", FieldFault::Missing).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_mobile_number_is_named() {
    core_refuses("mobile", "0212 123 45 67", FieldFault::Malformed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_mail_address_is_named() {
    core_refuses("email", "basvuran@", FieldFault::Malformed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_that_does_not_exist_is_named() {
    core_refuses("birth_date", "1985-02-30", FieldFault::Malformed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_a_child_or_was_born_tomorrow_or_in_1790_is_told_so() {
    core_refuses("birth_date", "07.03.2020", FieldFault::Implausible).await;
    core_refuses("birth_date", "31.12.2999", FieldFault::Implausible).await;
    core_refuses("birth_date", "07.03.1790", FieldFault::Implausible).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_is_taken_as_people_write_it_and_shown_the_turkish_way() {
    let mut journey = Journey::at("fill-form").await;
    for written in ["7.3.1985", "07/03/1985", "1985-03-07", " 7 . 3 . 1985 "] {
        let values = HashMap::from([("birth_date".to_owned(), written.to_owned())]);
        journey.answer(Answer::SaveDraft { values }).await.unwrap();
        assert_eq!(field(&journey, "birth_date").value, "07.03.1985", "{written}");
    }
    let FieldEntry::Date { first, last } = field(&journey, "birth_date").entry else {
        panic!("a day is asked for")
    };
    assert!(
        first.as_str() < last.as_str() && last.as_str() > "2011-01-01",
        "{first} {last}"
    );
    // What is shown is taken as well.
    let values = but(&journey, "birth_date", "07.03.1985");
    journey.answer(Answer::ApproveForm { values }).await.unwrap();
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_is_too_short_is_named() {
    core_refuses("security_word", "abc", FieldFault::TooShort).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_is_no_choice_is_named() {
    core_refuses("reason", "boredom", FieldFault::NotAChoice).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_is_too_long_is_named() {
    core_refuses("registry_number", &"ğ".repeat(33), FieldFault::TooLong).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_missing_fields_are_named_at_once() {
    let mut journey = Journey::at("fill-form").await;
    let answer = Answer::ApproveForm { values: HashMap::new() };
    let Failure::FormInvalid { fields: named } = journey.fails(answer, "BSV-204").await else {
        panic!("faults expected")
    };
    let empty: Vec<FaultyField> = fields(&journey)
        .into_iter()
        .filter(|field| field.required && field.value.is_empty())
        .flat_map(|field| faulty(&field.name, FieldFault::Missing))
        .collect();
    assert!(empty.len() > 5);
    assert_eq!(named, empty);
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_portal_alone_finds_wrong_is_named_too() {
    // The documents' font has no such letters, which the app does not know.
    for (name, value) in [
        ("security_word", "papatya \u{1F600}"),
        ("birth_place", "Iğdır \u{4E2D}"),
    ] {
        let mut journey = Journey::at("fill-form").await;
        let values = but(&journey, name, value);
        let failure = journey.fails(Answer::ApproveForm { values }, "BSV-204").await;
        let fields = faulty(name, FieldFault::Malformed);
        assert_eq!(failure, Failure::FormInvalid { fields });
        assert_eq!(journey.ledger().count("approved"), 0);
        keeps_and_goes_on(&mut journey, name, value).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_locked_field_is_refused_by_the_app() {
    let mut journey = Journey::at("fill-form").await;
    let requests = journey.app().traffic().requests;
    let told = field(&journey, "family_name").value;
    let values = but(&journey, "family_name", "BAŞKASI");
    let failure = journey.fails(Answer::ApproveForm { values }, "BSV-205").await;
    let named = faulty("family_name", FieldFault::Locked);
    assert_eq!(failure, Failure::FormFieldLocked { fields: named });
    assert_eq!(journey.app().traffic().requests, requests, "nothing was sent");
    let shown = field(&journey, "family_name");
    assert_eq!(shown.value, told, "what the institution has told is shown");
    assert!(shown.locked && shown.fault.is_some());
    assert_eq!(
        field(&journey, "birth_place").value,
        "Iğdır",
        "the rest of the draft was kept"
    );
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_never_takes_a_value_for_a_locked_field_or_for_one_that_is_not_there() {
    let mut journey = Journey::at("fill-form").await;
    let told = field(&journey, "identity").value;
    let values = HashMap::from([
        ("identity".to_owned(), "12345678950".to_owned()),
        ("no_such_field".to_owned(), "x".to_owned()),
        ("note".to_owned(), "Öğleden sonra".to_owned()),
    ]);
    journey.answer(Answer::SaveDraft { values }).await.unwrap();
    journey.restart();
    assert_eq!(field(&journey, "identity").value, told);
    assert_eq!(field(&journey, "note").value, "Öğleden sonra");
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_bounded_and_what_was_kept_before_is_kept() {
    let mut journey = Journey::at("fill-form").await;
    let values = HashMap::from([("note".to_owned(), "Öğleden sonra".to_owned())]);
    journey.answer(Answer::SaveDraft { values }).await.unwrap();
    let on_disk = |journey: &Journey| {
        std::fs::metadata(journey.home.path().join("journal.sqlite"))
            .unwrap()
            .len()
    };
    let before = on_disk(&journey);

    // What is not a field of the form is not kept, however much of it there is.
    let strangers = (0..100_000).map(|number| (format!("no_such_field_{number}"), "x".repeat(40)));
    journey
        .answer(Answer::SaveDraft {
            values: strangers.collect(),
        })
        .await
        .unwrap();
    assert_eq!((fields(&journey).len(), on_disk(&journey)), (16, before));

    let huge = HashMap::from([("note".to_owned(), "x".repeat(20 * 1024 * 1024))]);
    let long = "ğ".repeat(8 * 1024 + 1);
    let longest = "ğ".repeat(8 * 1024);
    let many: HashMap<String, String> = ["note", "delivery_address", "birth_place", "registry_number"]
        .map(|name| (name.to_owned(), longest.clone()))
        .into();
    for values in [huge, HashMap::from([("note".to_owned(), long)]), many] {
        for approves in [false, true] {
            let values = values.clone();
            let answer = match approves {
                true => Answer::ApproveForm { values },
                false => Answer::SaveDraft { values },
            };
            let failure = journey.refused(answer, "BSV-207").await;
            assert_eq!(failure, Failure::DraftTooLarge);
            assert_eq!(on_disk(&journey), before);
        }
    }
    journey.restart();
    assert_eq!(field(&journey, "note").value, "Öğleden sonra");
    // As much as is kept is kept: the field says that it is too long, and nothing is lost by that.
    let values = HashMap::from([("note".to_owned(), longest.clone())]);
    journey.answer(Answer::SaveDraft { values }).await.unwrap();
    assert_eq!(field(&journey, "note").value, longest);
    let values = HashMap::from([("note".to_owned(), String::new())]);
    journey.answer(Answer::SaveDraft { values }).await.unwrap();
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_locked_field_is_refused_by_the_portal() {
    let mut journey = Journey::at("fill-form").await;
    let portal = Raw::signed_in(&journey).await;
    let mut values = but(&journey, "family_name", "BAŞKASI");
    let refused = portal.approve(&values).await;
    assert_eq!(refused["type"], "urn:basvuru:problem:form-invalid");
    assert_eq!(refused["status"], 422);
    let named = json!([{ "name": "family_name", "fault": "locked" }]);
    assert_eq!(refused["fields"], named);
    assert_eq!(journey.ledger().count("approved"), 0);

    values.insert("family_name".to_owned(), field(&journey, "family_name").value);
    values.insert("product".to_owned(), "MobilNES".to_owned());
    values.insert("institution".to_owned(), "Başka Kurum".to_owned());
    let refused = portal.approve(&values).await;
    let named = json!([
        { "name": "product", "fault": "locked" }, { "name": "institution", "fault": "locked" },
    ]);
    assert_eq!(refused["fields"], named);
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_has_changed_meanwhile_is_shown_anew_with_the_draft_kept() {
    let mut journey = Journey::at("fill-form").await;
    let values = HashMap::from([("note".to_owned(), "Öğleden sonra".to_owned())]);
    journey.answer(Answer::SaveDraft { values }).await.unwrap();
    // Another device of the same person approves the form.
    let portal = Raw::signed_in(&journey).await;
    let other = but(&journey, "registry_number", "48213");
    assert!(portal.approve(&other).await["masked_phone"].is_string());

    let values = but(&journey, "birth_place", "Muş");
    let failure = journey.fails(Answer::ApproveForm { values }, "BSV-206").await;
    assert_eq!(failure, Failure::FormChanged);
    assert_eq!(journey.screen(), "fill-form");
    for restarted in [false, true] {
        if restarted {
            journey.restart();
        }
        assert_eq!(field(&journey, "note").value, "Öğleden sonra");
        assert_eq!(field(&journey, "birth_place").value, "Muş");
    }
    journey.finish().await;
    assert_eq!(
        journey.ledger().count("approved"),
        2,
        "once by the other device, once by this one"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_survives_going_back_to_the_orders() {
    let mut journey = Journey::at("fill-form").await;
    let values = HashMap::from([("note".to_owned(), "Öğleden sonra".to_owned())]);
    journey.answer(Answer::SaveDraft { values }).await.unwrap();
    journey.answer(Answer::Back).await.unwrap();
    assert_eq!(journey.screen(), "choose-order");
    journey.restart();
    journey.walk_to("fill-form").await;
    assert_eq!(field(&journey, "note").value, "Öğleden sonra");
    journey.finish().await;
}

/// The applicant at another device, without the core.
struct Raw {
    client: reqwest::Client,
    url: String,
    order: String,
    token: String,
}

impl Raw {
    async fn signed_in(journey: &Journey) -> Self {
        let client = journey.world.raw_client().unwrap();
        let url = journey.world.url();
        let captcha = post(&client, &format!("{url}/v1/captchas"), "", &json!({})).await;
        let id = captcha["id"].as_str().unwrap();
        let body = json!({
            "identity_kind": "national-id",
            "identity": journey.applicant.identity,
            "access_password": journey.invited.access_password.expose(),
            "captcha": { "id": id, "text": journey.world.outbox().captcha(id).unwrap() },
        });
        let session = post(&client, &format!("{url}/v1/sessions"), "", &body).await;
        Self {
            client,
            url,
            order: journey.invited.order.clone(),
            token: session["token"].as_str().unwrap().to_owned(),
        }
    }

    /// Approves values, with what the institution has told and the person may change as it is.
    async fn approve(&self, values: &HashMap<String, String>) -> Value {
        let mut values = values.clone();
        let told = [("mobile", "+905320000001"), ("email", "basvuran@example.com")];
        for (name, value) in told {
            values.entry(name.to_owned()).or_insert_with(|| value.to_owned());
        }
        let url = format!("{}/v1/orders/{}/approval", self.url, self.order);
        post(&self.client, &url, &self.token, &json!({ "values": values })).await
    }
}

async fn post(client: &reqwest::Client, url: &str, token: &str, body: &Value) -> Value {
    use std::sync::atomic::{AtomicU32, Ordering};
    static KEYS: AtomicU32 = AtomicU32::new(0);
    let key = format!("raw-request-{:08}", KEYS.fetch_add(1, Ordering::Relaxed));
    let request = client
        .post(url)
        .bearer_auth(token)
        .header("idempotency-key", key)
        .header("if-match", "*")
        .header("content-type", "application/json")
        .body(body.to_string());
    let answer = request.send().await.unwrap().bytes().await.unwrap();
    serde_json::from_slice(&answer).unwrap()
}
