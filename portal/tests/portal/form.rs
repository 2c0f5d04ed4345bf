//! The form, its faults and its versions, and whose orders are whose.

use std::collections::BTreeMap;
use std::time::Duration;

use basvuru::portal::{FieldFault, Form, Order, OrderPhase, ProblemKind, Session, SigningRequest};
use basvuru_portal::{PortalError, invite, withdraw};
use serde_json::{Value, json};

use crate::harness::{Answer, Town, fresh_key, good_values, invitation};

async fn approve_version(town: &Town, order: &str, token: &str, version: &str, values: &Value) -> Answer {
    let path = format!("/v1/orders/{order}/approval");
    let request = town.request(&path, token, &fresh_key(), &json!({ "values": values }));
    town.send(request.header("if-match", version)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_field_at_fault_is_named_and_nothing_is_approved() {
    let town = Town::start().await;
    let invited = town.invite().await;
    let token = town.sign_in(&invited).await;
    let mut values: BTreeMap<&str, &str> = good_values();
    values.remove("birth_place");
    values.insert("mobile", "0212 123 45 67");
    values.insert("family_name", "Başka");
    let path = format!("/v1/orders/{}/approval", invited.order);
    let problem = town
        .post(&path, &token, &json!({ "values": values }))
        .await
        .refused_as(ProblemKind::FormInvalid);
    let named: Vec<(&str, FieldFault)> = problem
        .fields
        .iter()
        .map(|faulty| (faulty.name.as_str(), faulty.fault))
        .collect();
    assert_eq!(
        named,
        [
            ("family_name", FieldFault::Locked),
            ("birth_place", FieldFault::Missing),
            ("mobile", FieldFault::Malformed)
        ]
    );
    let order: Order = town.get(&format!("/v1/orders/{}", invited.order), &token).await.ok();
    assert_eq!(order.phase, OrderPhase::Form);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_is_approved_only_in_the_version_that_was_seen() {
    let town = Town::start().await;
    let invited = town.invite().await;
    let token = town.sign_in(&invited).await;
    let values = json!(good_values());
    let order = &invited.order;
    let form: Form = town.get(&format!("/v1/orders/{order}/form"), &token).await.ok();
    let version = format!("\"{}\"", form.version);
    approve_version(&town, order, &token, "\"0\"", &values)
        .await
        .refused_as(ProblemKind::FormChanged);
    let path = format!("/v1/orders/{order}/approval");
    let without = town.request(&path, &token, &fresh_key(), &json!({ "values": values }));
    town.send(without).await.refused_as(ProblemKind::MalformedRequest);
    let _: Value = approve_version(&town, order, &token, &version, &values).await.ok();
    // A second approval of the same version, under a new key, does nothing.
    approve_version(&town, order, &token, &version, &values)
        .await
        .refused_as(ProblemKind::FormChanged);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mistyped_number_is_corrected_by_approving_again_and_its_code_is_void() {
    let mut town = Town::start().await;
    let invited = town.invite().await;
    let token = town.sign_in(&invited).await;
    let order = &invited.order;
    let _: Value = town.approve(order, &token).await.ok();
    let code = town.code(order, &token).await;
    let form: Form = town.get(&format!("/v1/orders/{order}/form"), &token).await.ok();
    let mut values = good_values();
    values.insert("mobile", "0533 765 43 21");
    let version = format!("\"{}\"", form.version);
    let approved: Value = approve_version(&town, order, &token, &version, &json!(values))
        .await
        .ok();
    assert_eq!(approved["masked_phone"], "**** *** 43 21");
    let path = format!("/v1/orders/{order}/confirmation");
    town.post(&path, &token, &json!({ "code": code }))
        .await
        .refused_as(ProblemKind::CodeExpired);
    let form: Form = town.get(&format!("/v1/orders/{order}/form"), &token).await.ok();
    let mobile = form.fields.iter().find(|field| field.name == "mobile").unwrap();
    assert_eq!(mobile.value, "+905337654321");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confirmed_form_is_approved_anew_and_everything_that_followed_is_void() {
    let mut town = Town::start().await;
    let (order, token) = town.until_method().await;
    let path = |rest: &str| format!("/v1/orders/{order}/{rest}");
    let method = json!({ "method": "card" });
    let chosen: SigningRequest = town.post(&path("method"), &token, &method).await.ok();
    let form: Form = town.get(&path("form"), &token).await.ok();
    let approved = form.fields.iter().find(|field| field.name == "birth_place").unwrap();
    assert_eq!(
        approved.value, "Iğdır",
        "the values approved before are where one begins"
    );

    // The clock stands still and the values are the same, and yet nothing of the approval before is taken.
    let version = format!("\"{}\"", form.version);
    let key = fresh_key();
    let body = json!({ "values": good_values() });
    let again = || {
        town.request(&path("approval"), &token, &key, &body)
            .header("if-match", &version)
    };
    let first = town.send(again()).await;
    let repeated = town.send(again()).await;
    assert_eq!(
        (first.status.as_u16(), &first.body),
        (200, &repeated.body),
        "a repeat is answered as before"
    );
    assert_eq!(phase(&town, &order, &token).await, OrderPhase::Confirmation);
    town.get(&path("documents"), &token)
        .await
        .refused_as(ProblemKind::PhaseWrong);
    town.get(&path("methods"), &token)
        .await
        .refused_as(ProblemKind::PhaseWrong);
    town.post(&path("method"), &token, &method)
        .await
        .refused_as(ProblemKind::PhaseWrong);
    town.post(&path("confirmation"), &token, &json!({ "code": "123456" }))
        .await
        .refused_as(ProblemKind::CodeExpired);

    town.clock.advance(Duration::from_secs(60));
    let code = town.code(&order, &token).await;
    let _: Value = town
        .post(&path("confirmation"), &token, &json!({ "code": code }))
        .await
        .ok();
    let anew: SigningRequest = town.post(&path("method"), &token, &method).await.ok();
    for (before, now) in chosen.documents.iter().zip(&anew.documents) {
        assert_eq!(before.id, now.id);
        assert_ne!(before.sha256, now.sha256, "{}", now.id);
    }
    let events = town.audit(&order);
    let voided: Vec<_> = events.iter().filter(|(event, _)| event == "approval-voided").collect();
    assert_eq!(voided.len(), 1);
    assert_eq!(voided[0].1, "signature", "how far the approval before had come");
    assert_eq!(events.iter().filter(|(event, _)| event == "approved").count(), 2);
}

async fn phase(town: &Town, order: &str, token: &str) -> OrderPhase {
    town.get(&format!("/v1/orders/{order}"), token)
        .await
        .ok::<Order>()
        .phase
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_of_other_people_are_unknown() {
    let town = Town::start().await;
    let invited = town.invite().await;
    let mut other = invitation();
    other.identity = "12345678950".to_owned();
    let other = invite(&town.data(), other, town.clock.as_ref()).await.unwrap();
    let session: Session = town
        .try_sign_in("12345678950", other.access_password.expose())
        .await
        .ok();
    let token = session.token.expose();
    let order = &invited.order;
    for path in ["", "/form", "/methods", "/receipt", "/documents"] {
        town.get(&format!("/v1/orders/{order}{path}"), token)
            .await
            .refused_as(ProblemKind::OrderUnknown);
    }
    town.approve(order, token).await.refused_as(ProblemKind::OrderUnknown);
    for (path, body) in [
        ("codes", json!({ "app_token": null })),
        ("confirmation", json!({ "code": "123456" })),
        ("method", json!({ "method": "card" })),
    ] {
        let answer = town.post(&format!("/v1/orders/{order}/{path}"), token, &body).await;
        answer.refused_as(ProblemKind::OrderUnknown);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawn_order_waits_for_nothing() {
    let town = Town::start().await;
    let invited = town.invite().await;
    let token = town.sign_in(&invited).await;
    withdraw(&town.data(), &invited.order, town.clock.as_ref())
        .await
        .unwrap();
    let order: Order = town.get(&format!("/v1/orders/{}", invited.order), &token).await.ok();
    assert_eq!(order.phase, OrderPhase::Withdrawn);
    town.approve(&invited.order, &token)
        .await
        .refused_as(ProblemKind::PhaseWrong);
    let path = format!("/v1/orders/{}/form", invited.order);
    town.get(&path, &token).await.refused_as(ProblemKind::PhaseWrong);
    let again = withdraw(&town.data(), &invited.order, town.clock.as_ref()).await;
    assert!(matches!(again, Err(PortalError::OrderUnknown)));
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_approved_outlives_a_restart() {
    let mut town = Town::start().await;
    let (order, token) = town.until_method().await;
    let path = format!("/v1/orders/{order}/documents");
    let before = town.get(&path, &token).await.body;
    let form: Form = town.get(&format!("/v1/orders/{order}/form"), &token).await.ok();
    let town = town.restart().await;
    assert_eq!(town.get(&path, &token).await.body, before);
    let after: Form = town.get(&format!("/v1/orders/{order}/form"), &token).await.ok();
    assert!(after == form);
    assert_eq!(
        town.get(&format!("/v1/orders/{order}"), &token)
            .await
            .ok::<Order>()
            .phase,
        OrderPhase::Method
    );
}
