//! Assisted unblocking: who is offered it, the text message, the command for its code, and what is given to nobody.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use basvuru::portal::{
    CardToUnblock, IdentityKind, Methods, ProblemKind, SigningRequest, UnblockingBegun, UnblockingCommand,
};
use basvuru::sms;
use basvuru_portal::{
    CardHolder, CardManagement, CardManagementError, Invitation, Notice, ResetCommand, TestCardManagement, invite,
};
use serde_json::{Value, json};

use crate::harness::{Answer, IDENTITY, Town, fresh_key, good_values, invitation};

/// RESET RETRY COUNTER with a PUK that is found nowhere else.
const COMMAND: &[u8] = b"\x00\x2C\x00\x81\x0875319864";
const IN_HEX: &str = "002c0081083735333139383634";
const OTHER_IDENTITY: &str = "12345678950";

fn card(serial: &str) -> CardToUnblock {
    CardToUnblock {
        certificate_serial: serial.to_owned(),
        card_serial: Some("0102030405060708".to_owned()),
    }
}

fn holder(identity: &str) -> CardHolder {
    CardHolder {
        identity_kind: IdentityKind::NationalId,
        identity: identity.to_owned(),
    }
}

/// Two people's cards.
fn cards() -> TestCardManagement {
    let management = TestCardManagement::default();
    management.register(holder(IDENTITY), card("0a"), ResetCommand::new(COMMAND));
    management.register(holder(OTHER_IDENTITY), card("0b"), ResetCommand::new(COMMAND));
    management
}

/// A portal with card management, and an order that waits for its signature.
struct Blocked {
    town: Town,
    order: String,
    token: String,
}

impl Blocked {
    async fn start() -> Self {
        Self::start_with(Arc::new(cards())).await
    }

    async fn start_with(management: Arc<dyn CardManagement>) -> Self {
        let mut town = Town::start_with(move |settings| settings.card_management = Some(Arc::clone(&management))).await;
        let (order, token) = town.until_method().await;
        let chosen = choose(&town, &order, &token).await;
        assert!(chosen.assisted_unblocking);
        Self { town, order, token }
    }

    fn path(&self) -> String {
        format!("/v1/orders/{}/unblocking", self.order)
    }

    async fn ask_for(&self, card: &CardToUnblock) -> Answer {
        let body = json!({ "card": card, "app_token": null });
        self.town.post(&self.path(), &self.token, &body).await
    }

    /// Asks for a code: the verification code, and the code of the text message.
    async fn code(&mut self) -> (String, String) {
        let begun: UnblockingBegun = self.ask_for(&card("0a")).await.ok();
        let text = self.town.next_sms().await;
        assert!(
            text.contains(&format!("ekranda {}.", begun.verification_code)),
            "{text}"
        );
        (begun.verification_code, text.rsplit('#').next().unwrap().to_owned())
    }

    async fn confirm(&self, code: &str) -> Answer {
        self.confirm_as(&fresh_key(), code).await
    }

    async fn confirm_as(&self, key: &str, code: &str) -> Answer {
        let path = format!("{}/confirmation", self.path());
        self.town
            .post_as(&path, &self.token, key, &json!({ "code": code }))
            .await
    }

    /// What the audit trail says of unblocking.
    fn audit(&self) -> Vec<(String, String)> {
        let mut entries = self.town.audit(&self.order);
        entries.retain(|(event, _)| event.starts_with("unblocking-"));
        entries
    }
}

async fn choose(town: &Town, order: &str, token: &str) -> SigningRequest {
    let path = format!("/v1/orders/{order}/method");
    town.post(&path, token, &json!({ "method": "card" })).await.ok()
}

fn other_than(code: &str) -> String {
    let last = if code.ends_with('0') { '1' } else { '0' };
    format!("{}{last}", &code[..code.len() - 1])
}

fn entries(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(event, outcome): &(&str, &str)| ((*event).to_owned(), (*outcome).to_owned());
    expected.iter().map(owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn for_the_code_of_the_message_the_command_is_given_once_and_a_repeat_gets_the_same() {
    let mut blocked = Blocked::start().await;
    let (_, code) = blocked.code().await;
    let key = fresh_key();
    let given = blocked.confirm_as(&key, &code).await;
    let command: UnblockingCommand = given.ok();
    assert_eq!(command.command.expose(), IN_HEX);
    assert_eq!(blocked.confirm_as(&key, &code).await.body, given.body);
    blocked.confirm(&code).await.refused_as(ProblemKind::CodeExpired);
    blocked.town = blocked.town.restart().await;
    assert_eq!(blocked.confirm_as(&key, &code).await.body, given.body, "over a restart");
    // Kept no longer than the code would have been good.
    blocked.town.clock.advance(Duration::from_secs(5 * 60));
    blocked
        .confirm_as(&key, &code)
        .await
        .refused_as(ProblemKind::CodeExpired);
    let audit = entries(&[("unblocking-asked", "ok"), ("unblocking-given", "ok")]);
    assert_eq!(blocked.audit(), audit);
    let data = blocked.town.data();
    assert!(basvuru_portal::first_broken_audit_entry(&data).await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn three_wrong_codes_use_a_code_up_and_an_old_one_is_not_taken() {
    let mut blocked = Blocked::start().await;
    let (_, code) = blocked.code().await;
    for left in [2, 1, 0] {
        let answer = blocked.confirm(&other_than(&code)).await;
        assert_eq!(answer.refused_as(ProblemKind::CodeWrong).tries_left, Some(left));
    }
    blocked.confirm(&code).await.refused_as(ProblemKind::CodeExpired);
    let problem = blocked.ask_for(&card("0a")).await.refused_as(ProblemKind::CodeTooSoon);
    assert_eq!(problem.retry_after, Some(60));
    blocked.town.clock.advance(Duration::from_secs(60));
    let (_, code) = blocked.code().await;
    blocked.town.clock.advance(Duration::from_secs(5 * 60));
    blocked.confirm(&code).await.refused_as(ProblemKind::CodeExpired);
    let wrong = ("unblocking-refused", "wrong");
    let asked = ("unblocking-asked", "ok");
    assert_eq!(blocked.audit(), entries(&[asked, wrong, wrong, wrong, asked]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_request_sends_no_second_message_and_a_wrong_code_repeated_costs_one_try() {
    let mut blocked = Blocked::start().await;
    let (key, body) = (fresh_key(), json!({ "card": card("0a"), "app_token": "FA+9qCX9VSu" }));
    let path = blocked.path();
    let first = blocked.town.post_as(&path, &blocked.token, &key, &body).await;
    let again = blocked.town.post_as(&path, &blocked.token, &key, &body).await;
    assert_eq!((first.status, &first.body), (again.status, &again.body));
    let text = blocked.town.next_sms().await;
    assert!(text.contains("\nFA+9qCX9VSu\n@localhost #"), "{text}");
    let code = text.rsplit('#').next().unwrap().to_owned();
    let (key, wrong) = (fresh_key(), other_than(&code));
    for _ in 0..5 {
        let answer = blocked.confirm_as(&key, &wrong).await;
        assert_eq!(answer.refused_as(ProblemKind::CodeWrong).tries_left, Some(2));
    }
    let _: UnblockingCommand = blocked.confirm(&code).await.ok();
    assert_eq!(
        blocked.audit(),
        entries(&[
            ("unblocking-asked", "ok"),
            ("unblocking-refused", "wrong"),
            ("unblocking-given", "ok"),
        ])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_given_for_a_card_an_order_or_a_person_that_is_not_theirs() {
    let mut blocked = Blocked::start().await;
    // Somebody else's card, and nobody's.
    let mut unlike = card("0a");
    unlike.card_serial = None;
    for other in [card("0b"), card("0c"), unlike] {
        blocked
            .ask_for(&other)
            .await
            .refused_as(ProblemKind::UnblockingUnavailable);
    }
    let refused = ("unblocking-refused", "unavailable");
    assert_eq!(blocked.audit(), entries(&[refused, refused, refused]));
    let (_, code) = blocked.code().await;

    // Somebody else with a session of their own.
    let invited = Invitation {
        identity: OTHER_IDENTITY.to_owned(),
        ..invitation()
    };
    let invited = invite(&blocked.town.data(), invited, blocked.town.clock.as_ref())
        .await
        .unwrap();
    let answer = blocked
        .town
        .try_sign_in(OTHER_IDENTITY, invited.access_password.expose())
        .await;
    let session: Value = answer.ok();
    let own = std::mem::replace(&mut blocked.token, session["token"].as_str().unwrap().to_owned());
    for card in [card("0a"), card("0b")] {
        blocked.ask_for(&card).await.refused_as(ProblemKind::OrderUnknown);
    }
    blocked.confirm(&code).await.refused_as(ProblemKind::OrderUnknown);
    // Theirs, which does not wait for a signature.
    let order = std::mem::replace(&mut blocked.order, invited.order);
    blocked.ask_for(&card("0b")).await.refused_as(ProblemKind::PhaseWrong);
    blocked.confirm(&code).await.refused_as(ProblemKind::PhaseWrong);
    // And nobody.
    (blocked.order, blocked.token) = (order, String::new());
    blocked.ask_for(&card("0a")).await.refused_as(ProblemKind::SessionOver);
    blocked.confirm(&code).await.refused_as(ProblemKind::SessionOver);
    blocked.token = own;
    let _: UnblockingCommand = blocked.confirm(&code).await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_of_the_one_kind_is_not_taken_for_the_other_and_a_new_approval_voids_it() {
    let mut blocked = Blocked::start().await;
    let (_, code) = blocked.code().await;
    let confirmation = format!("/v1/orders/{}/confirmation", blocked.order);
    let body = json!({ "code": code });
    blocked
        .town
        .post(&confirmation, &blocked.token, &body)
        .await
        .refused_as(ProblemKind::PhaseWrong);
    let _: Value = blocked.town.approve(&blocked.order, &blocked.token).await.ok();
    blocked.confirm(&code).await.refused_as(ProblemKind::PhaseWrong);
    blocked.town.clock.advance(Duration::from_secs(60));
    let (order, token) = (blocked.order.clone(), blocked.token.clone());
    let phone = blocked.town.code(&order, &token).await;
    if phone != code {
        blocked
            .town
            .post(&confirmation, &token, &body)
            .await
            .refused_as(ProblemKind::CodeWrong);
    }
    let body = json!({ "code": phone });
    let _: Methods = blocked.town.post(&confirmation, &token, &body).await.ok();
    choose(&blocked.town, &order, &token).await;
    for old in [&code, &phone] {
        blocked.confirm(old).await.refused_as(ProblemKind::CodeExpired);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_message_goes_to_the_number_that_the_institution_told_whatever_the_form_says() {
    let management: Arc<dyn CardManagement> = Arc::new(cards());
    let mut town = Town::start_with(move |settings| settings.card_management = Some(Arc::clone(&management))).await;
    let invited = town.invite().await;
    let token = town.sign_in(&invited).await;
    let order = invited.order;
    let mut values = good_values();
    values.insert("mobile", "0533 999 88 77");
    let path = format!("/v1/orders/{order}/approval");
    let _: Value = town.post(&path, &token, &json!({ "values": values })).await.ok();
    // The stated number, then the told one.
    for _ in 0..2 {
        let code = town.code(&order, &token).await;
        let path = format!("/v1/orders/{order}/confirmation");
        let _: Methods = town.post(&path, &token, &json!({ "code": code })).await.ok();
    }
    choose(&town, &order, &token).await;
    let body = json!({ "card": card("0a"), "app_token": null });
    let path = format!("/v1/orders/{order}/unblocking");
    let begun: UnblockingBegun = town.post(&path, &token, &body).await.ok();
    assert!(
        begun.code.masked_phone.ends_with("45 67"),
        "{}",
        begun.code.masked_phone
    );
    let number = town.next_delivery().await;
    let message = town.outbox_file(&format!("sms-{number:06}.json"));
    assert_eq!(message["recipient"], "+905321234567");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_without_card_management_or_without_a_card_of_the_person_offers_nothing() {
    let mut town = Town::start().await;
    let (order, token) = town.until_method().await;
    let path = format!("/v1/orders/{order}/method");
    let chosen = town.post(&path, &token, &json!({ "method": "card" })).await;
    assert!(chosen.ok::<Value>().get("assisted_unblocking").is_none());
    let path = format!("/v1/orders/{order}/unblocking");
    let body = json!({ "card": card("0a"), "app_token": null });
    town.post(&path, &token, &body)
        .await
        .refused_as(ProblemKind::UnblockingUnavailable);
    let path = format!("{path}/confirmation");
    town.post(&path, &token, &json!({ "code": "123456" }))
        .await
        .refused_as(ProblemKind::UnblockingUnavailable);

    let nobodys = || TestCardManagement::default();
    let mut town = Town::start_with(move |settings| settings.card_management = Some(Arc::new(nobodys()))).await;
    let (order, token) = town.until_method().await;
    assert!(!choose(&town, &order, &token).await.assisted_unblocking);
}

#[tokio::test(flavor = "multi_thread")]
async fn serial_numbers_and_app_tokens_have_their_form() {
    let blocked = Blocked::start().await;
    for serial in ["", "0A", "0x0a", "zz", &"0".repeat(65)] {
        blocked
            .ask_for(&card(serial))
            .await
            .refused_as(ProblemKind::MalformedRequest);
    }
    let body = json!({ "card": card("0a"), "app_token": "short" });
    blocked
        .town
        .post(&blocked.path(), &blocked.token, &body)
        .await
        .refused_as(ProblemKind::MalformedRequest);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_app_finds_the_code_in_the_message() {
    let mut blocked = Blocked::start().await;
    let _: UnblockingBegun = blocked.ask_for(&card("0a")).await.ok();
    let text = blocked.town.next_sms().await;
    let code = text.rsplit('#').next().unwrap();
    let expectation = sms::Expectation {
        host: "localhost".to_owned(),
        code_length: 6,
        senders: vec!["NES".to_owned()],
    };
    let sentence = text.lines().next().unwrap();
    for received in [text.clone(), format!("{text} B001"), format!("{sentence} B001")] {
        let found = sms::code(&received, Some("NES"), &expectation).unwrap().into_secret();
        assert_eq!(found.expose(), code, "{received}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_puk_is_in_the_database_or_in_what_the_operator_is_told() {
    let mut blocked = Blocked::start().await;
    let (verification_code, code) = blocked.code().await;
    let _: UnblockingCommand = blocked.confirm(&code).await.ok();
    let told = format!("{:?}", blocked.town.notices_so_far());
    let data = blocked.town.data();
    let _town = blocked.town.restart().await;
    let mut octets = Vec::new();
    for entry in std::fs::read_dir(data).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap().to_string_lossy().starts_with("portal.db") {
            octets.extend(std::fs::read(path).unwrap());
        }
    }
    let holds = |text: &[u8]| octets.windows(text.len()).any(|window| window == text);
    for secret in [IN_HEX, "75319864", "3735333139383634", &code, "0102030405060708"] {
        assert!(!holds(secret.as_bytes()), "{secret}");
        assert!(!told.contains(secret), "{secret}");
    }
    assert!(!holds(COMMAND) && !told.contains(&verification_code));
    assert!(holds(b"unblocking-given"), "the search finds what is there");
}

/// Card management that counts how often it was asked for a PUK.
#[derive(Default)]
struct Counting(AtomicUsize);

#[async_trait]
impl CardManagement for Counting {
    async fn unblocks(&self, _: &CardHolder, _: Option<&CardToUnblock>) -> Result<bool, CardManagementError> {
        Ok(true)
    }

    async fn command(&self, _: &CardHolder, _: &CardToUnblock) -> Result<Option<ResetCommand>, CardManagementError> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Ok(Some(ResetCommand::new(COMMAND)))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn card_management_is_asked_for_a_puk_with_the_right_code_alone() {
    let management = Arc::new(Counting::default());
    let mut blocked = Blocked::start_with(Arc::clone(&management) as _).await;
    blocked.confirm("123456").await.refused_as(ProblemKind::CodeExpired);
    let (_, code) = blocked.code().await;
    blocked
        .confirm(&other_than(&code))
        .await
        .refused_as(ProblemKind::CodeWrong);
    assert_eq!(management.0.load(Ordering::SeqCst), 0);
    let _: UnblockingCommand = blocked.confirm(&code).await.ok();
    blocked.confirm(&code).await.refused_as(ProblemKind::CodeExpired);
    assert_eq!(management.0.load(Ordering::SeqCst), 1);
}

/// Card management that answers who is whose, and then no more.
struct Away;

#[async_trait]
impl CardManagement for Away {
    async fn unblocks(&self, _: &CardHolder, _: Option<&CardToUnblock>) -> Result<bool, CardManagementError> {
        Ok(true)
    }

    async fn command(&self, _: &CardHolder, _: &CardToUnblock) -> Result<Option<ResetCommand>, CardManagementError> {
        Err(CardManagementError("away".to_owned()))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn card_management_that_does_not_answer_costs_neither_code_nor_try() {
    let mut blocked = Blocked::start_with(Arc::new(Away)).await;
    let (_, code) = blocked.code().await;
    for _ in 0..4 {
        let problem = blocked.confirm(&code).await.refused_as(ProblemKind::Unavailable);
        assert_eq!(problem.retry_after, Some(5));
    }
    let told = blocked
        .town
        .notice(|notice| matches!(notice, Notice::NoCardManagement { .. }))
        .await;
    assert_eq!(
        told,
        Notice::NoCardManagement {
            cause: "away".to_owned()
        }
    );
    let answer = blocked.confirm(&other_than(&code)).await;
    assert_eq!(answer.refused_as(ProblemKind::CodeWrong).tries_left, Some(2));
}
