//! What a person may send to support, and what an app's own monitoring is told: enough to see what went wrong, and nothing of
//! the person. What is recorded belongs to the whole process, so that these tests take turns.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use basvuru::application::{Answer, Monitor, MonitorEvent, PortFailure, diagnosis};
use basvuru::reader::Link;
use basvuru_flows::{Journey, Plan, PortCall, Whim, WhimsicalReaders, sign_with};
use basvuru_portal::{Notice, Notices};
use basvuru_world::{PIN, Search};
use serde_json::Value;

static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

const WRONG_PIN: &str = "864209";

fn told() -> (String, Value) {
    let text = diagnosis();
    let value = serde_json::from_str(&text).unwrap();
    (text, value)
}

/// Every exchange of the last conversation.
fn exchanges(diagnosis: &Value) -> Vec<&Value> {
    let conversation = &diagnosis["conversation"];
    let [first, last] = ["first", "last"].map(|part| conversation[part].as_array().unwrap());
    first.iter().chain(last).collect()
}

/// Every run of eight octets of what may not be told, by its upper-case hexadecimal.
fn assert_lacks_octets(text: &str, name: &str, octets: &[u8]) {
    // The name of the application is every such card's.
    let upper = text.to_uppercase().replace("A000000063504B43532D3135", "");
    for window in octets.windows(8) {
        let hexadecimal: String = window.iter().map(|octet| format!("{octet:02X}")).collect();
        assert!(!upper.contains(&hexadecimal), "{name}: {hexadecimal}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_diagnosis_has_tags_and_lengths_of_the_conversation_and_no_value_of_card_or_person() {
    let _turn = TURN.lock().await;
    for link in [Link::Contact, Link::Nfc] {
        let mut journey = Journey::start_with(Plan {
            link,
            ..Plan::default()
        })
        .await;
        journey.walk_to("confirm-phone-sent").await;
        let code = String::from_utf8(journey.code().await.utf8()).unwrap();
        journey
            .walk_to(if link == Link::Contact { "sign-pin" } else { "sign" })
            .await;
        let _ = journey.fails(sign_with(WRONG_PIN), "BSV-532").await;
        journey.walk_to("done").await;
        let receipt = journey.check_done();
        let container = journey.app().signed_container(receipt.order.clone()).unwrap();
        let (text, told) = told();

        // What is there: how the card was spoken to.
        let (certificate, serial) = {
            let card = journey.card.lock().unwrap();
            (card.image().certificate().to_vec(), card.image().serial().to_vec())
        };
        let exchanges = exchanges(&told);
        // A card that is known by now: selected, asked, made ready, and signing.
        assert!(exchanges.len() >= 4, "{text}");
        let of = |instruction: &str| {
            let found = exchanges
                .iter()
                .find(|exchange| exchange["header"].as_str().unwrap()[2..4] == *instruction);
            *found.unwrap_or_else(|| panic!("no {instruction} in {text}"))
        };
        for exchange in &exchanges {
            assert_eq!(exchange["sw"].as_str().unwrap().len(), 4, "{exchange}");
            assert!(exchange["us"].is_u64() && exchange["at_us"].is_u64() && exchange["length"].is_u64());
        }
        let verify = of("20");
        assert_eq!(
            (verify["reference_data"].as_bool(), verify["lc"].is_null()),
            (Some(true), true),
            "{verify}"
        );
        assert_eq!(verify["sw"], "9000");
        let signature = of("2A");
        assert!(
            signature["length"].as_u64().unwrap() > 64 && signature.get("answer").is_none(),
            "{signature}"
        );
        let select = of("A4");
        assert_eq!(select["selects"], "A000000063504B43532D3135");
        // Its serial number came with the application (5A), and only that it did is told.
        let control = &select["answer"][0];
        assert_eq!(control["tag"], "6F", "{select}");
        let objects = control["in"].as_array().unwrap();
        let own = objects.iter().find(|object| object["tag"] == "A5").unwrap();
        assert_eq!(
            (own["in"][0]["tag"].as_str(), own["in"][0]["length"].as_u64()),
            (Some("5A"), Some(serial.len() as u64))
        );
        assert_eq!(told["reader"]["name"], "Okuyucu");
        assert_eq!(
            told["conversation"]["link"]["link"],
            if link == Link::Contact { "contact" } else { "nfc" }
        );
        let failures = told["failures"].as_array().unwrap();
        let wrong_pin = failures
            .iter()
            .rev()
            .find(|failure| failure["code"] == "BSV-532")
            .unwrap();
        assert_eq!(
            wrong_pin["step"],
            if link == Link::Contact { "sign-pin" } else { "sign" }
        );

        // What is not: every value.
        let mut found = Search::default();
        found.add("the diagnosis", text.clone());
        let applicant = &journey.applicant;
        for (name, secret) in [
            ("the PIN", PIN),
            ("the wrong PIN", WRONG_PIN),
            ("the code", code.as_str()),
            ("the access password", journey.invited.access_password.expose()),
            ("the identity number", &applicant.identity),
            ("the family name", &applicant.family_name),
            ("the given name", &applicant.given_name),
            ("the name", &applicant.name()),
            ("the mobile number", &applicant.phone[3..]),
            ("the mail address", &applicant.email),
            ("the receipt's number", &receipt.number),
            ("the certificate's number", &receipt.certificate_serial),
            ("the order", &receipt.order),
            ("the container's digest", &receipt.container_sha256),
        ] {
            found.assert_lacks(name, secret);
        }
        assert_lacks_octets(&text, "the certificate", &certificate);
        assert_lacks_octets(&text, "the card's serial number", &serial);
        assert_lacks_octets(&text, "the container", &container);
        for exchange in journey.readers.exchanges() {
            let octets = |text: &str| -> Vec<u8> {
                let pair = |at: usize| u8::from_str_radix(text.get(at..at + 2)?, 16).ok();
                (0..text.len() / 2).map_while(|index| pair(2 * index)).collect()
            };
            assert_lacks_octets(&text, "an answer of the card", &octets(&exchange.answer));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_conversation_shows_the_shape_of_every_file() {
    let _turn = TURN.lock().await;
    let mut journey = Journey::start().await;
    journey.walk_to("sign-pin").await;
    let (text, told) = told();
    let certificate = journey.card.lock().unwrap().image().certificate().to_vec();
    // A SEQUENCE with a length of two octets: four octets are tag and length.
    let length = certificate.len() as u64 - 4;
    let exchanges = exchanges(&told);
    let answers = exchanges.iter().filter_map(|exchange| exchange.get("answer"));
    let of_certificate = answers
        .flat_map(|answer| answer.as_array().unwrap())
        .find(|object| object["length"] == length);
    let of_certificate = of_certificate.unwrap_or_else(|| panic!("no certificate in {text}"));
    assert_eq!(
        (of_certificate["tag"].as_str(), of_certificate["in"][0]["tag"].as_str()),
        (Some("30"), Some("30"))
    );
    assert_lacks_octets(&text, "the certificate", &certificate);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_failed_has_the_same_id_in_the_diagnosis_and_in_the_portals_log() {
    static LOG: Mutex<Vec<(String, u16)>> = Mutex::new(Vec::new());
    let _turn = TURN.lock().await;
    let mut journey = Journey::start_with(Plan {
        adjust: |settings| {
            settings.notices = Notices::to(|notice| {
                if let Notice::Answered { request, status, .. } = notice {
                    LOG.lock().unwrap().push((request, status));
                }
            });
        },
        ..Plan::default()
    })
    .await;
    journey.walk_to("sign-in").await;
    journey.go_on().await;
    let _ = journey.fails(journey.sign_in_with("ZZZZ-YYYY-XXXX"), "BSV-106").await;
    let (text, told) = told();
    let failure = told["failures"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(
        (failure["code"].as_str(), failure["step"].as_str()),
        (Some("BSV-106"), Some("sign-in"))
    );
    let id = failure["request"].as_str().unwrap().to_owned();
    let request = told["failed_requests"].as_array().unwrap().last().unwrap();
    assert_eq!(request["id"], id.as_str());
    assert_eq!(request["outcome"], "CredentialsWrong (403)");
    assert!(LOG.lock().unwrap().contains(&(id.clone(), 403)), "{text}");

    // No two requests have the same.
    journey.finish().await;
    let ids: Vec<String> = LOG.lock().unwrap().iter().map(|(id, _)| id.clone()).collect();
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len());
    assert!(
        ids.iter()
            .all(|id| id.len() == 32 && id.bytes().all(|octet| octet.is_ascii_hexdigit()))
    );

    // And of a portal that is away the app has one all the same.
    journey.world.stop_portal().await;
    let _ = journey.fails(Answer::RefreshOrders, "BSV-701").await;
    let (_, told) = self::told();
    let request = told["failed_requests"].as_array().unwrap().last().unwrap();
    assert_eq!(request["outcome"], "the portal cannot be reached");
    assert!(!ids.contains(&request["id"].as_str().unwrap().to_owned()));
}

/// Notes what it is told, and does as it is ordered.
struct Noting {
    events: Mutex<Vec<MonitorEvent>>,
    then: fn() -> Result<(), PortFailure>,
}

impl Noting {
    fn new(then: fn() -> Result<(), PortFailure>) -> Arc<Self> {
        Arc::new(Self {
            events: Mutex::default(),
            then,
        })
    }
}

impl Monitor for Noting {
    fn observed(&self, event: MonitorEvent) -> Result<(), PortFailure> {
        self.events.lock().unwrap().push(event);
        (self.then)()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn monitoring_is_told_step_duration_code_and_request_of_every_answer_and_nothing_personal() {
    let _turn = TURN.lock().await;
    let mut journey = Journey::start().await;
    let monitor = Noting::new(|| Ok(()));
    journey.monitor = Some(Arc::clone(&monitor) as _);
    journey.restart();
    let _ = journey.fails(Answer::Continue, "BSV-801").await;
    journey.walk_to("sign-pin").await;
    let _ = journey.fails(sign_with(WRONG_PIN), "BSV-532").await;
    journey.finish().await;
    let events = monitor.events.lock().unwrap().clone();
    let steps: Vec<&str> = events.iter().map(|event| event.step.as_str()).collect();
    assert_eq!(
        steps,
        [
            "sign-in",
            "sign-in",
            "sign-in",
            "choose-order",
            "fill-form",
            "confirm-phone",
            "confirm-phone-sent",
            "choose-method",
            "review-documents",
            "sign",
            "sign-pin",
            "sign-pin"
        ]
    );
    let codes: Vec<&str> = events.iter().filter_map(|event| event.code.as_deref()).collect();
    assert_eq!(codes, ["BSV-801", "BSV-532"]);
    for event in &events {
        // Only what was done on the phone alone, or with the card, has no request.
        let on_the_phone = ["review-documents", "sign"].contains(&event.step.as_str()) || event.code.is_some();
        assert_eq!(event.request.is_none(), on_the_phone, "{event:?}");
        assert!(event.milliseconds < 60_000);
    }
    let mut found = Search::default();
    found.add("what monitoring was told", format!("{events:?}"));
    let applicant = &journey.applicant;
    for text in [
        &applicant.identity,
        &applicant.family_name,
        &applicant.email,
        &journey.invited.order,
    ] {
        found.assert_lacks("something personal", text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_crashes_and_an_answer_that_is_cut_short_are_told_too() {
    let _turn = TURN.lock().await;
    let mut journey = Journey::start().await;
    let monitor = Noting::new(|| Ok(()));
    journey.monitor = Some(Arc::clone(&monitor) as _);
    let readers = WhimsicalReaders::new(Arc::new(journey.readers.clone()));
    journey.port = Some(Arc::new(readers.clone()));
    journey.restart();
    journey.walk_to("sign").await;

    readers.order(PortCall::Transmit(0xA4), Whim::Panic, 1);
    let _ = journey.fails(journey.right_answer().await, "BSV-505").await;
    readers.indulged().await;
    told_of(&monitor, "BSV-505").await;

    // One that never comes back, and an app that begins anew.
    readers.order(PortCall::Transmit(0xA4), Whim::Never, 1);
    let answer = Arc::clone(journey.app()).answer(journey.right_answer().await);
    let cut_short = tokio::spawn(answer);
    readers.indulged().await;
    journey.abandon();
    journey.open();
    assert!(cut_short.await.unwrap().is_err());
    told_of(&monitor, "BSV-805").await;
}

/// That support would see the failure last, and that the app's monitoring has been told of it.
async fn told_of(monitor: &Noting, code: &str) {
    let is_told = || {
        let events = monitor.events.lock().unwrap();
        events.iter().any(|event| event.code.as_deref() == Some(code))
    };
    for _ in 0..500 {
        if is_told() {
            let (text, told) = told();
            let failure = told["failures"].as_array().unwrap().last().unwrap();
            assert_eq!(
                (failure["code"].as_str(), failure["step"].as_str()),
                (Some(code), Some("sign")),
                "{text}"
            );
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("the monitor was not told of {code}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_monitor_that_fails_or_panics_or_never_returns_changes_nothing() {
    let _turn = TURN.lock().await;
    let failing: fn() -> Result<(), PortFailure> = || {
        Err(PortFailure::Unavailable {
            detail: "test".to_owned(),
        })
    };
    let panicking: fn() -> Result<(), PortFailure> = || panic!("the monitor has crashed");
    for then in [failing, panicking] {
        let mut journey = Journey::start().await;
        let monitor = Noting::new(then);
        journey.monitor = Some(Arc::clone(&monitor) as _);
        journey.restart();
        journey.finish().await;
        assert!(monitor.events.lock().unwrap().len() > 8);
    }
    static RELEASE: std::sync::Barrier = std::sync::Barrier::new(2);
    let mut journey = Journey::start().await;
    let waiting = Noting::new(|| {
        RELEASE.wait();
        Ok(())
    });
    journey.monitor = Some(Arc::clone(&waiting) as _);
    journey.restart();
    let before = std::time::Instant::now();
    journey.go_on().await;
    assert!(before.elapsed() < std::time::Duration::from_secs(20));
    assert_eq!(waiting.events.lock().unwrap().len(), 1);
    RELEASE.wait();
}
