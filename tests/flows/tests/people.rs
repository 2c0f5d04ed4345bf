//! A device that several people use: what is kept of one is shown to nobody else, comes back when they sign in again, and
//! can be erased for good.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::Path;
use std::slice;
use std::sync::Arc;
use std::time::Duration;

use basvuru::application::{Answer, CertificateApplication, portal_of};
use basvuru::failure::Failure;
use basvuru::portal::Receipt;
use basvuru::reader::Link;
use basvuru_flows::{Journey, Plan, WAYPOINTS, all_shown, sign_with};
use basvuru_test_card::Profile;
use basvuru_test_pki::IssueOptions;
use basvuru_world::{Applicant, Invited, PIN, Search, TestVault};
use rusqlite::Connection;

const WRONG_PIN: &str = "135792";

/// Another person takes the device: invited, with a card of their own.
async fn hand_over(journey: &mut Journey, to: Applicant) -> (Applicant, Invited) {
    let invited = journey.world.invite(&to).await.unwrap();
    let before = (
        std::mem::replace(&mut journey.applicant, to),
        std::mem::replace(&mut journey.invited, invited),
    );
    insert_own_card(journey);
    before
}

fn hand_back(journey: &mut Journey, (applicant, invited): (Applicant, Invited)) {
    journey.applicant = applicant;
    journey.invited = invited;
    insert_own_card(journey);
}

fn insert_own_card(journey: &mut Journey) {
    let card = journey.make_card(&journey.applicant, &IssueOptions::default());
    journey.put(card);
    journey.readers.clear();
}

/// Nothing that this device shows or gives is the first person's.
fn shows_nothing_of(journey: &Journey, person: &Applicant, receipt: Option<&Receipt>, order: &str, context: &str) {
    let mut shown = Search::default();
    shown.add("what is shown", all_shown(&journey.step()));
    let history = journey.app().history().unwrap();
    shown.add("the history", format!("{history:?}"));
    for (name, text) in [
        ("the identity number", person.identity.as_str()),
        ("the family name", &person.family_name),
        ("the given name", &person.given_name),
        ("the mobile number", &person.phone[1..]),
        ("the mail address", &person.email),
        ("the order", order),
    ] {
        assert_eq!(shown.place_of(text), None, "{context}: {name}");
    }
    if let Some(receipt) = receipt {
        assert!(!history.contains(receipt), "{context}");
    }
    let container = journey.app().signed_container(order.to_owned());
    assert_eq!(container, Err(Failure::DocumentUnknown), "{context}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_person_sees_nothing_of_the_last_and_each_sees_their_own_again() {
    let mut journey = Journey::start().await;
    let receipt = journey.finish().await;
    let order = receipt.order.clone();
    let container = journey.app().signed_container(order.clone()).unwrap();
    journey.answer(Answer::Leave).await.unwrap();
    let first = hand_over(&mut journey, Applicant::other()).await;
    for restarted in [false, true] {
        if restarted {
            journey.restart();
        }
        shows_nothing_of(&journey, &first.0, Some(&receipt), &order, "left");
        assert!(journey.app().history().unwrap().is_empty());
    }
    while journey.screen() != "done" {
        journey.go_on().await;
        let screen = journey.screen();
        shows_nothing_of(&journey, &first.0, Some(&receipt), &order, screen);
    }
    let second = journey.check_done();
    assert_eq!(journey.app().history().unwrap(), slice::from_ref(&second));

    // The first comes back.
    journey.answer(Answer::Leave).await.unwrap();
    let other = (journey.applicant.clone(), second.order.clone());
    hand_back(&mut journey, first);
    journey.walk_to("choose-order").await;
    assert_eq!(journey.app().history().unwrap(), slice::from_ref(&receipt));
    assert!(journey.app().signed_container(order).unwrap() == container);
    shows_nothing_of(&journey, &other.0, Some(&second), &other.1, "the first is back");
    assert_eq!(journey.finish().await, receipt);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_person_sees_nothing_of_an_application_that_was_left_at_any_screen() {
    for waypoint in &WAYPOINTS[1..] {
        let mut journey = Journey::at(waypoint).await;
        if *waypoint == "fill-form" {
            let values = [("note".to_owned(), "Öğleden sonra".to_owned())].into();
            journey.answer(Answer::SaveDraft { values }).await.unwrap();
        }
        journey.answer(Answer::Leave).await.unwrap();
        let order = journey.invited.order.clone();
        let first = hand_over(&mut journey, Applicant::other()).await;
        for id in ["basvuru-formu", "taahhutname"] {
            assert_eq!(journey.app().document(id.to_owned()), Err(Failure::DocumentUnknown));
        }
        while journey.screen() != "done" {
            let screen = journey.screen();
            shows_nothing_of(
                &journey,
                &first.0,
                None,
                &order,
                &format!("left at {waypoint}, now at {screen}"),
            );
            let shown = all_shown(&journey.step());
            assert!(!shown.contains("Öğleden sonra"), "left at {waypoint}: {screen}");
            journey.go_on().await;
        }
        let _ = journey.check_done();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_order_of_a_link_is_forgotten_with_whom_it_was_for() {
    for erased in [false, true] {
        let mut journey = Journey::start().await;
        journey.close();
        let mut configuration = journey
            .world
            .configuration(journey.home.path(), journey.language)
            .unwrap();
        configuration.order = Some(journey.invited.order.clone());
        let ports = journey.ports(Arc::new(TestVault));
        journey.take(CertificateApplication::open(configuration, ports).unwrap());
        if erased {
            Arc::clone(journey.app()).erase().await.unwrap();
        } else {
            journey.answer(Answer::Leave).await.unwrap();
        }
        hand_over(&mut journey, Applicant::other()).await;
        journey.walk_to("choose-order").await;
        assert!(journey.step().notice.is_none(), "nobody asked for an order");
    }
}

/// Pieces of everything that the journal holds: the names of its rows, and octets of their sealed contents.
fn planted(home: &Path) -> Vec<Vec<u8>> {
    let connection = Connection::open(home.join("journal.sqlite")).unwrap();
    let mut statement = connection
        .prepare("SELECT name, content FROM sealed WHERE name NOT IN ('witness', 'application', 'cards', 'session')")
        .unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    let rows: Vec<(String, Vec<u8>)> = rows.map(Result::unwrap).collect();
    let mut pieces = Vec::new();
    for (name, content) in rows {
        pieces.push(name.into_bytes());
        // A long content goes over pages: some octets of its beginning, middle and end.
        for at in [0, content.len() / 2, content.len() - 24] {
            pieces.push(content[at..at + 24].to_vec());
        }
    }
    pieces
}

fn raw(home: &Path) -> Vec<u8> {
    let files = fs::read_dir(home).unwrap();
    let contents = files.map(|entry| fs::read(entry.unwrap().path()).unwrap());
    contents.collect::<Vec<_>>().concat()
}

fn has(octets: &[u8], piece: &[u8]) -> bool {
    octets.windows(piece.len()).any(|window| window == piece)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_erased_is_overwritten_and_its_room_is_given_back() {
    let mut journey = Journey::start().await;
    let first_receipt = journey.finish().await;
    journey.answer(Answer::Leave).await.unwrap();
    let first = hand_over(&mut journey, Applicant::other()).await;
    journey.walk_to("review-documents").await;

    journey.close();
    let planted = planted(journey.home.path());
    let before = raw(journey.home.path());
    assert!(planted.len() > 12 && planted.iter().all(|piece| has(&before, piece)));
    assert!(
        has(&before, first_receipt.order.as_bytes()),
        "what is looked for would be found"
    );
    journey.open();

    let step = Arc::clone(journey.app()).erase().await.unwrap();
    assert_eq!(step.screen.name(), "sign-in");
    for restarted in [false, true] {
        if restarted {
            journey.close();
        }
        let after = raw(journey.home.path());
        for piece in &planted {
            assert!(!has(&after, piece), "{}", String::from_utf8_lossy(piece));
        }
        assert!(
            after.len() < 24_000 && before.len() > 10 * after.len(),
            "{} of {}",
            after.len(),
            before.len()
        );
        if restarted {
            journey.open();
        }
        assert_eq!(journey.kept(), "sign-in");
        assert!(journey.app().history().unwrap().is_empty());
        let own = portal_of(journey.home.path().display().to_string());
        assert_eq!(own, Ok(Some(journey.world.url())), "the folder stays with its portal");
    }
    // Neither has anything left here, and both go on at the portal.
    journey.finish().await;
    journey.answer(Answer::Leave).await.unwrap();
    hand_back(&mut journey, first);
    journey.walk_to("choose-order").await;
    assert!(journey.app().history().unwrap().is_empty());
    journey.walk_to("done").await;
    let container = journey.app().signed_container(first_receipt.order.clone());
    assert_eq!(container, Err(Failure::DocumentUnknown), "erased");
    assert_eq!(journey.app().history().unwrap(), [first_receipt]);
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_can_be_erased_at_any_screen() {
    for waypoint in WAYPOINTS {
        let mut journey = Journey::at(waypoint).await;
        let step = Arc::clone(journey.app()).erase().await.unwrap();
        assert_eq!(step.screen.name(), "sign-in", "{waypoint}");
        let order = journey.invited.order.clone();
        shows_nothing_of(&journey, &journey.applicant, None, &order, waypoint);
        journey.world.advance(Duration::from_secs(60));
        journey.finish().await;
        assert_eq!(
            journey.ledger().count("approved"),
            1,
            "{waypoint}: what the portal has stays there"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_application_on_its_way_is_not_erased() {
    let mut journey = Journey::at("sign-pin").await;
    journey.world.stop_portal().await;
    journey.fails(journey.right_answer().await, "BSV-701").await;
    let before = journey.kept();
    for signs_in_again in [false, true] {
        if signs_in_again {
            journey.world.start_portal().await.unwrap();
            journey.world.advance(Duration::from_secs(15 * 60 + 1));
            journey.go_on().await;
            assert_eq!(journey.screen(), "sign-in");
        }
        let failure = Arc::clone(journey.app()).erase().await.err().unwrap();
        basvuru_flows::said(&failure, "BSV-817");
        assert_eq!(failure, Failure::SubmissionUnderWay);
    }
    assert_ne!(journey.kept(), before, "the sign-in is shown");
    journey.finish().await;
    assert_eq!(journey.verifications(), 1, "the signature was kept");
    let step = Arc::clone(journey.app()).erase().await.unwrap();
    assert_eq!(step.screen.name(), "sign-in");
}

#[tokio::test(flavor = "multi_thread")]
async fn erasing_waits_for_the_answer_that_has_the_turn() {
    let mut journey = Journey::at("sign-pin").await;
    let answer = journey.right_answer().await;
    let erased = Arc::clone(journey.app()).erase();
    let (signed, erased) = tokio::join!(journey.answer(answer), erased);
    // Whichever came first, the other found everything whole.
    match signed {
        Ok(step) => assert_eq!(step.screen.name(), "done"),
        Err(failure) => assert_eq!(failure, Failure::AnswerNotExpected),
    }
    assert_eq!(erased.unwrap().screen.name(), "sign-in");
    assert_eq!(journey.kept(), "sign-in");
    journey.walk_to("done").await;
    assert_eq!(journey.ledger().receipts, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn erasing_does_not_forget_a_last_try() {
    let mut journey = Journey::start_with(Plan {
        link: Link::Nfc,
        profile: Profile {
            hides_tries: true,
            ..Profile::default()
        },
        ..Plan::default()
    })
    .await;
    journey.walk_to("sign").await;
    for _ in 0..2 {
        journey.refused(sign_with(WRONG_PIN), "BSV-532").await;
    }
    Arc::clone(journey.app()).erase().await.unwrap();
    journey.restart();
    journey.walk_to("sign").await;
    journey.refused(sign_with(PIN), "BSV-534").await;
    assert_eq!(journey.tries_left(), 1);
}
