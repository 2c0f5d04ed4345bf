//! Where the applicant states another number than the institution told: who has nothing but the access password comes no
//! further than to a number of their own.

use basvuru::portal::{CodeSent, InstitutionAnswer, Methods, Order, OrderPhase, PhoneNumberAsked, ProblemKind};
use basvuru_portal::{Notice, PortalError, answer_number, number_request};
use serde_json::{Value, json};

use crate::harness::{Answer, Town, good_values};

const STATED: &str = "0533 765 43 21";

struct Case {
    town: Town,
    order: String,
    token: String,
}

impl Case {
    /// A signed-in person whose approved form states another number.
    async fn begin() -> Self {
        let town = Town::start().await;
        let invited = town.invite().await;
        let token = town.sign_in(&invited).await;
        let case = Self {
            town,
            order: invited.order,
            token,
        };
        case.approve(STATED).await;
        case
    }

    async fn approve(&self, mobile: &str) {
        let mut values = good_values();
        values.insert("mobile", mobile);
        let _: Value = self.post("approval", &json!({ "values": values })).await.ok();
    }

    async fn post(&self, path: &str, body: &Value) -> Answer {
        let path = format!("/v1/orders/{}/{path}", self.order);
        self.town.post(&path, &self.token, body).await
    }

    async fn send(&mut self) -> (CodeSent, String, String) {
        let sent: CodeSent = self.post("codes", &json!({ "app_token": null })).await.ok();
        let number = self.town.next_delivery().await;
        let message = self.town.outbox_file(&format!("sms-{number:06}.json"));
        let text = message["text"].as_str().unwrap();
        let code = text.rsplit('#').next().unwrap().to_owned();
        (sent, message["recipient"].as_str().unwrap().to_owned(), code)
    }

    async fn confirm(&self, code: &str) -> Answer {
        self.post("confirmation", &json!({ "code": code })).await
    }

    /// Confirms the stated number.
    async fn stated(&mut self) {
        let (_, _, code) = self.send().await;
        let _: Methods = self.confirm(&code).await.ok();
    }

    async fn ask(&self) -> Answer {
        self.post("confirmation/institution", &json!({})).await
    }

    async fn now(&self) -> Order {
        self.town
            .get(&format!("/v1/orders/{}", self.order), &self.token)
            .await
            .ok()
    }

    fn outcomes(&self, event: &str) -> Vec<String> {
        let entries = self.town.audit(&self.order).into_iter();
        entries
            .filter(|(name, _)| name == event)
            .map(|(_, outcome)| outcome)
            .collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_code_for_the_stated_number_alone_leads_nowhere() {
    let mut case = Case::begin().await;
    let (sent, recipient, code) = case.send().await;
    assert_eq!(
        (sent.number, recipient.as_str()),
        (PhoneNumberAsked::Stated, "+905337654321")
    );
    let methods: Methods = case.confirm(&code).await.ok();
    assert!(methods.methods.is_empty());
    let next = methods.confirmation.unwrap();
    assert_eq!(next.number, PhoneNumberAsked::Told);
    assert_eq!(
        (next.masked_phone.as_str(), next.stated_phone.as_str()),
        ("**** *** 45 67", "**** *** 43 21")
    );
    assert_eq!(next.institution.as_deref(), Some("T.C. Örnek Bakanlığı"));

    let order = case.now().await;
    assert_eq!(order.phase, OrderPhase::Confirmation);
    assert_eq!(order.confirmation.unwrap(), next);
    case.post("method", &json!({ "method": "card" }))
        .await
        .refused_as(ProblemKind::PhaseWrong);
    case.confirm(&code).await.refused_as(ProblemKind::CodeExpired);

    // At once: it is the first to this number.
    let (sent, recipient, told) = case.send().await;
    assert_eq!(
        (sent.number, recipient.as_str()),
        (PhoneNumberAsked::Told, "+905321234567")
    );
    assert_eq!(sent.masked_phone, "**** *** 45 67");
    if code != told {
        case.confirm(&code).await.refused_as(ProblemKind::CodeWrong);
    }
    let methods: Methods = case.confirm(&told).await.ok();
    assert!(!methods.methods.is_empty() && methods.confirmation.is_none());
    assert_eq!(case.outcomes("phone-confirmed"), ["stated", "told"]);
    assert!(case.now().await.confirmation.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_told_number_is_answered_as_ever() {
    let mut case = Case::begin().await;
    case.approve("+90 532 123 45 67").await;
    let sent: Value = case.post("codes", &json!({ "app_token": null })).await.ok();
    assert!(
        sent.get("number").is_none() && sent.get("institution").is_none(),
        "{sent}"
    );
    let text = case.town.next_sms().await;
    let confirmed: Value = case.confirm(text.rsplit('#').next().unwrap()).await.ok();
    assert_eq!(confirmed, json!({ "methods": ["card"] }));
    assert_eq!(case.outcomes("phone-confirmed"), ["ok"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_institution_is_asked_once_and_only_after_the_stated_number_is_confirmed() {
    let mut case = Case::begin().await;
    case.ask().await.refused_as(ProblemKind::PhaseWrong);
    case.stated().await;
    for _ in 0..2 {
        let answer = case.ask().await;
        assert_eq!(answer.status, 202);
        let asked: Value = answer.ok();
        assert_eq!(asked["asked"], "waiting");
    }
    assert_eq!(case.outcomes("institution-asked"), ["ok"]);
    let order = case.order.clone();
    let told = case.town.notices_so_far();
    assert_eq!(
        told.iter()
            .filter(|notice| **notice == Notice::NumberToConfirm { order: order.clone() })
            .count(),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_institutions_word_moves_the_order_on_or_back() {
    for is_confirmed in [true, false] {
        let mut case = Case::begin().await;
        case.stated().await;
        let _: Value = case.ask().await.ok();
        let (data, clock) = (case.town.data(), case.town.clock.clone());
        let request = number_request(&data, &case.order, clock.as_ref()).await.unwrap();
        assert_eq!(
            (request.stated.as_str(), request.told.as_str()),
            (STATED, "0532 123 45 67")
        );
        answer_number(&data, &request, is_confirmed, clock.as_ref())
            .await
            .unwrap();
        let order = case.now().await;
        if is_confirmed {
            assert_eq!((order.phase, order.confirmation), (OrderPhase::Method, None));
            assert_eq!(case.outcomes("phone-confirmed"), ["stated", "institution"]);
        } else {
            assert_eq!(order.phase, OrderPhase::Form);
            assert_eq!(order.confirmation.unwrap().asked, Some(InstitutionAnswer::Refused));
            assert_eq!(case.outcomes("number-refused"), ["ok"]);
            case.post("codes", &json!({ "app_token": null }))
                .await
                .refused_as(ProblemKind::PhaseWrong);
            // Stated again, it is asked for again from the beginning.
            case.approve(STATED).await;
            let order = case.now().await;
            assert_eq!(order.confirmation.unwrap().asked, None);
        }
        let again = answer_number(&data, &request, true, clock.as_ref()).await;
        assert!(matches!(again, Err(PortalError::NumberNotAsked)));
        assert_eq!(case.outcomes("number-read"), ["ok"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_word_on_one_number_is_none_on_the_next() {
    let mut case = Case::begin().await;
    case.stated().await;
    let _: Value = case.ask().await.ok();
    let (data, clock) = (case.town.data(), case.town.clock.clone());
    let request = number_request(&data, &case.order, clock.as_ref()).await.unwrap();
    case.town.clock.advance(std::time::Duration::from_secs(60));
    case.approve("0535 000 00 00").await;
    let late = answer_number(&data, &request, true, clock.as_ref()).await;
    assert!(matches!(late, Err(PortalError::NumberNotAsked)), "nobody is asked");
    case.stated().await;
    let _: Value = case.ask().await.ok();
    let late = answer_number(&data, &request, true, clock.as_ref()).await;
    assert!(
        matches!(late, Err(PortalError::NumberNotAsked)),
        "asked for another number"
    );
    assert_eq!(case.now().await.phase, OrderPhase::Confirmation);
    let unknown = number_request(&data, "2026-XXXXXXXX", clock.as_ref()).await;
    assert!(matches!(unknown, Err(PortalError::OrderUnknown)));
}
