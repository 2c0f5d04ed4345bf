//! Secrets are nowhere but where they are used: not in a journal, not in the portal's folder, not in anything that prints,
//! and not in what is left of a crash.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use basvuru::application::{Answer, Screen};
use basvuru::certificate::TrustAnchors;
use basvuru::failure::Failure;
use basvuru::reader::Link;
use basvuru::signature::verify::verify_container;
use basvuru_flows::{Hook, HookedReaders, Journey, Plan, sign_with};
use basvuru_world::{Front, PIN, Search, TlsIdentity};

const WRONG_PIN: &str = "864209";
const WRONG_PASSWORD: &str = "ZZZZ-YYYY-XXXX";

/// Notes what a step and a failure print.
fn note(printed: &mut String, journey: &Journey, failure: Option<&Failure>) {
    let step = journey.step();
    let _ = writeln!(printed, "{step:?} {:?}", step.screen);
    let _ = match &step.screen {
        Screen::SignIn { identity, captcha, .. } => writeln!(printed, "{identity:?} {captcha:?}"),
        Screen::ChooseOrder { groups, .. } => writeln!(printed, "{groups:?}"),
        Screen::FillForm { fields, .. } => writeln!(printed, "{fields:?}"),
        Screen::ConfirmPhone { code, .. } => writeln!(printed, "{code:?}"),
        Screen::AwaitInstitution { .. } => Ok(()),
        Screen::ChooseMethod { methods } => writeln!(printed, "{methods:?}"),
        Screen::ReviewDocuments { documents, .. } => writeln!(printed, "{documents:?}"),
        Screen::Sign { card, assisted } => writeln!(printed, "{card:?} {assisted:?}"),
        Screen::Pending { action } => writeln!(printed, "{action:?}"),
        Screen::Done { receipt, .. } => writeln!(printed, "{receipt:?}"),
        Screen::Outdated { version } => writeln!(printed, "{version}"),
    };
    if let Some(failure) = failure {
        let _ = writeln!(printed, "{failure:?} {failure}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_secret_and_nothing_personal_is_at_rest_or_printed() {
    for link in [Link::Contact, Link::Nfc] {
        let mut journey = Journey::start_with(Plan {
            link,
            ..Plan::default()
        })
        .await;
        let identity = TlsIdentity::of_portal(&journey.world).unwrap();
        let front = Front::before(&journey.world, &identity).await.unwrap();
        let tokens = front.tokens();
        journey.redirect(Some(front.url()), None);
        let mut printed = String::new();
        let mut codes = Vec::new();
        let mut found = Search::default();
        // At every screen something wrong first, then what is right; and a look at the disk.
        while journey.screen() != "done" {
            let wrong = match journey.screen() {
                "sign-in" if journey.kept() == "sign-in" => None,
                "confirm-phone-sent" => {
                    codes.push(String::from_utf8(journey.code().await.utf8()).unwrap());
                    Some(Answer::SendCode { app_token: None })
                }
                "sign" | "sign-pin" => Some(sign_with(WRONG_PIN)),
                _ => Some(Answer::Continue),
            };
            if let Some(wrong) = wrong {
                let failure = journey.answer(wrong).await.err();
                note(&mut printed, &journey, failure.as_ref());
            }
            if matches!(journey.right_answer().await, Answer::SignIn { .. }) {
                let failure = journey.answer(journey.sign_in_with(WRONG_PASSWORD)).await.err();
                note(&mut printed, &journey, failure.as_ref());
                journey.go_on().await;
            }
            if journey.screen() == "sign" && link == Link::Contact {
                // Two wrong tries would leave the last one alone.
                journey.go_on().await;
            }
            found.add_files(journey.home.path(), None).unwrap();
            note(&mut printed, &journey, None);
            journey.go_on().await;
        }
        note(&mut printed, &journey, None);
        let receipt = journey.check_done();
        let container = journey.app().signed_container(receipt.order.clone()).unwrap();
        let trust = TrustAnchors::from_pem(journey.world.authority.chain_pem().unwrap().as_bytes()).unwrap();
        let report = verify_container(&container, &trust, SystemTime::now());
        let history = journey.app().history().unwrap();
        let _ = writeln!(printed, "{history:?} {report:?} {trust:?}");

        journey.close();
        found.add_files(journey.home.path(), None).unwrap();
        assert!(found.has_file("journal.sqlite"));
        let names = [
            ("the identity number", journey.applicant.identity.clone()),
            ("the family name", journey.applicant.family_name.clone()),
            ("the given name", journey.applicant.given_name.clone()),
            ("the mobile number", journey.applicant.phone[1..].to_owned()),
            ("the mail address", journey.applicant.email.clone()),
        ];
        for (name, text) in &names {
            found.assert_lacks(name, text);
        }
        found.assert_lacks("the receipt's number", &receipt.number);

        found.add_files(journey.world.data(), Some("outbox")).unwrap();
        for (name, text) in &names {
            found.assert_lacks(name, text);
        }
        found.add("what was printed", printed);
        for (name, text) in &names {
            found.assert_lacks(name, text);
        }
        let tokens = tokens.lock().unwrap().clone();
        assert_eq!((codes.len(), tokens.len()), (1, 1));
        for (name, secret) in [
            ("the PIN", PIN),
            ("the wrong PIN", WRONG_PIN),
            ("the access password", journey.invited.access_password.expose()),
            ("the wrong password", WRONG_PASSWORD),
            ("the code", &codes[0]),
            ("the session's token", &tokens[0]),
        ] {
            found.assert_lacks(name, secret);
        }
        // What is looked for would be found: the outbox has the code and the password.
        let mut outbox = Search::default();
        outbox.add_files(&journey.world.data().join("outbox"), None).unwrap();
        for secret in [codes[0].as_str(), journey.invited.access_password.expose()] {
            assert!(outbox.place_of(secret).is_some());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_prints_nothing_personal() {
    let mut journey = Journey::start().await;
    let mut printed = String::new();
    while journey.screen() != "done" {
        note(&mut printed, &journey, None);
        journey.go_on().await;
    }
    note(&mut printed, &journey, None);
    let mut found = Search::default();
    found.add("what was printed", printed);
    let applicant = &journey.applicant;
    for (name, text) in [
        ("the identity number", applicant.identity.as_str()),
        ("the family name", &applicant.family_name),
        ("the given name", &applicant.given_name),
        ("the mobile number", &applicant.phone[3..]),
        ("the mail address", &applicant.email),
    ] {
        found.assert_lacks(name, text);
    }
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_in_the_shell_leaves_no_pin_in_its_message_and_the_application_goes_on() {
    let messages: Arc<Mutex<String>> = Arc::default();
    let heard = Arc::clone(&messages);
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let backtrace = std::backtrace::Backtrace::force_capture();
        let _ = writeln!(heard.lock().unwrap(), "{panic} {panic:?}\n{backtrace}");
        if !panic.to_string().contains("the shell has crashed") {
            before(panic);
        }
    }));
    for link in [Link::Contact, Link::Nfc] {
        let mut journey = Journey::start_with(Plan {
            link,
            ..Plan::default()
        })
        .await;
        let mut crashed = false;
        let hooked = HookedReaders::new(journey.readers.clone(), move |command| {
            if command.get(1) == Some(&0x20) && command.len() > 5 && !crashed {
                crashed = true;
                return Hook::Panic("the shell has crashed");
            }
            Hook::Pass
        });
        journey.port = Some(Arc::new(hooked));
        journey.restart();
        journey
            .walk_to(if link == Link::Contact { "sign-pin" } else { "sign" })
            .await;
        let failure = journey.fails(sign_with(PIN), "BSV-535").await;
        assert_eq!(failure, Failure::PinOutcomeUnknown);
        let mut found = Search::default();
        found.add("the failure", format!("{failure:?} {failure}"));
        found.add("the crash", messages.lock().unwrap().clone());
        assert!(messages.lock().unwrap().contains("the shell has crashed"));
        found.assert_lacks("the PIN", PIN);
        journey.finish().await;
    }
}
