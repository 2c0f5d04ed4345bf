//! A blocked PIN is unblocked with the card's PUK where the journey met it, and the journey goes on; and by a command of its own.

use std::fs;
use std::process::Command;

use basvuru_test_card::{CardImage, PukHabits, Reset};
use basvuru_test_pki::{IssueOptions, KeyKind};
use basvuru_world::{Applicant, PIN, PUK};
use serde_json::{Value, json};

use crate::terminal::Terminal;
use crate::town::{Case, Town};

const NEW_PIN: &str = "975310";
const PIN_QUESTION: &str = "PIN (yazarken görünmez):";

fn card_of(case: &Case<'_>) -> CardImage {
    CardImage::load(&case.path("card.json")).unwrap()
}

/// A `basvuru card` command with the case's card.
fn card_command(case: &Case<'_>, command: &str) -> Vec<String> {
    let card = format!("virtual:{}", case.path("card.json").display());
    ["--lang", "tr", "card", command, "--card", &card]
        .map(str::to_owned)
        .to_vec()
}

/// Where what is remembered of cards is kept.
fn state(case: &Case<'_>) -> [(&'static str, String); 1] {
    [("XDG_STATE_HOME", case.path("state").display().to_string())]
}

fn at_terminal(case: &Case<'_>, command: &str) -> Terminal {
    let state = state(case);
    let environment: Vec<_> = state.iter().map(|(name, value)| (*name, value.as_str())).collect();
    Terminal::run(80, &card_command(case, command), &environment)
}

fn types_secret(terminal: &mut Terminal, question: &str, secret: &str) {
    terminal.wait_for(question);
    terminal.wait_for_echo(false);
    terminal.enter(secret);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pin_that_is_blocked_at_the_signature_is_unblocked_there_and_the_journey_goes_on_to_the_receipt() {
    let town = Town::start().await;
    let mut case = town.invite().await;
    // To the signature by the answers, where the PIN is wrong; from there a person goes on.
    case.answer("pin", json!("111222"));
    assert!(!case.run().await.status.success());
    assert_eq!(card_of(&case).tries_left(), 2);
    case.take_texts();
    let arguments = crate::typing::apply(&case);
    let mut terminal = Terminal::run(80, &arguments, &[]);
    terminal.wait_for("takıp Enter’a basın.");
    terminal.enter("");
    types_secret(&mut terminal, PIN_QUESTION, "111222");
    terminal.wait_for("Yine de denensin mi? [e/h]");
    terminal.enter("e");
    types_secret(&mut terminal, PIN_QUESTION, "111222");
    terminal.wait_for("Kartın PIN’i kilitli.");
    terminal.wait_for("şimdi açılsın mı? [e/h]");
    terminal.enter("e");
    terminal.wait_for("PUK için 3 deneme hakkı var.");
    // Not the same twice: nothing is sent, and it is asked again.
    for (question, typed) in [
        ("PUK (yazarken görünmez):", PUK),
        ("Yeni PIN (yazarken görünmez):", NEW_PIN),
        ("Yeni PIN, bir kez daha:", "975311"),
    ] {
        types_secret(&mut terminal, question, typed);
    }
    terminal.wait_for("iki kez aynı yazılmadı");
    terminal.wait_for("yeniden denensin mi? [e/h]");
    terminal.enter("e");
    for (question, typed) in [
        ("PUK (yazarken görünmez):", "86427531"),
        ("Yeni PIN (yazarken görünmez):", NEW_PIN),
        ("Yeni PIN, bir kez daha:", NEW_PIN),
    ] {
        types_secret(&mut terminal, question, typed);
    }
    terminal.wait_for("PUK yanlış.");
    terminal.wait_for("yeniden denensin mi? [e/h]");
    assert_eq!((card_of(&case).puk_tries_left(), card_of(&case).pin()), (Some(2), PIN));
    terminal.enter("e");
    for (question, typed) in [
        ("PUK (yazarken görünmez):", PUK),
        ("Yeni PIN (yazarken görünmez):", NEW_PIN),
        ("Yeni PIN, bir kez daha:", NEW_PIN),
    ] {
        types_secret(&mut terminal, question, typed);
    }
    terminal.wait_for("PIN’in kilidi açıldı; yeni PIN geçerli.");
    types_secret(&mut terminal, PIN_QUESTION, NEW_PIN);
    assert!(terminal.end().success(), "{}", terminal.text());
    assert!(terminal.is_as_before());
    let shown = terminal.text();
    for secret in [PUK, NEW_PIN] {
        assert!(!shown.contains(secret), "{secret} was shown");
    }
    assert_eq!(case.ledger().receipts, 1);
    let card = card_of(&case);
    assert_eq!(
        (card.tries_left(), card.puk_tries_left(), card.pin()),
        (3, Some(3), NEW_PIN)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_is_unblocked_by_a_command_of_its_own_and_tells_its_puk_when_it_is_shown() {
    let town = Town::start().await;
    let case = town.invite().await;
    let shown = |case: &Case<'_>| -> (Value, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_basvuru"));
        command.args(card_command(case, "show")).envs(state(case));
        let text = String::from_utf8(command.output().unwrap().stdout).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_basvuru"));
        command.arg("--json").args(card_command(case, "show")).envs(state(case));
        let told = command.output().unwrap().stdout;
        let told: Value = serde_json::from_slice(&told).unwrap();
        (told["keys"][0].clone(), text)
    };
    let (key, text) = shown(&case);
    assert_eq!(
        (&key["puk"]["tries_left"], &key["puk"]["min_length"]),
        (&json!(3), &json!(8))
    );
    assert!(
        text.contains("8 rakam") && text.contains("PUK için 3 deneme hakkı var."),
        "{text}"
    );

    let mut terminal = at_terminal(&case, "unblock");
    terminal.wait_for("PUK için 3 deneme hakkı var.");
    for (question, typed) in [
        ("PUK (yazarken görünmez):", PUK),
        ("Yeni PIN (yazarken görünmez):", NEW_PIN),
        ("Yeni PIN, bir kez daha:", NEW_PIN),
    ] {
        types_secret(&mut terminal, question, typed);
    }
    terminal.wait_for("yeni PIN geçerli.");
    assert!(terminal.end().success(), "{}", terminal.text());
    assert_eq!(card_of(&case).pin(), NEW_PIN);
    assert!(!terminal.text().contains(PUK) && !terminal.text().contains(NEW_PIN));

    // Wrong PUKs: each is told with what is left, and the last one is asked about before it is asked for.
    for left in [2, 1] {
        let mut terminal = at_terminal(&case, "unblock");
        for (question, typed) in [
            ("PUK (yazarken görünmez):", "86427531"),
            ("Yeni PIN (yazarken görünmez):", PIN),
            ("Yeni PIN, bir kez daha:", PIN),
        ] {
            types_secret(&mut terminal, question, typed);
        }
        terminal.wait_for("BSV-543");
        assert!(!terminal.end().success());
        assert_eq!(card_of(&case).puk_tries_left(), Some(left));
    }
    let mut terminal = at_terminal(&case, "unblock");
    terminal.wait_for("Yine de denensin mi? [e/h]");
    terminal.enter("h");
    assert!(!terminal.end().success());
    assert_eq!(
        (card_of(&case).puk_tries_left(), card_of(&case).pin()),
        (Some(1), NEW_PIN)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_keeps_its_pin_is_asked_for_no_new_one_and_a_card_without_puk_says_where_to_go() {
    let town = Town::start().await;
    let case = town.invite().await;
    let habits = PukHabits {
        reset: Reset::PukAlone,
        ..PukHabits::default()
    };
    let image = card_of(&case).with_puk(PUK, habits).unwrap();
    image.save(&case.path("card.json")).unwrap();
    let mut terminal = at_terminal(&case, "unblock");
    terminal.wait_for("PIN eskisi gibi kalır");
    types_secret(&mut terminal, "PUK (yazarken görünmez):", PUK);
    terminal.wait_for("kartın PIN’i eskisi gibi kaldı.");
    assert!(terminal.end().success(), "{}", terminal.text());
    assert_eq!(card_of(&case).pin(), PIN);

    let issued = town
        .world
        .card(&Applicant::sample(), KeyKind::P384, &IssueOptions::default());
    let needs_rights = PukHabits {
        reset: Reset::Nothing,
        ..PukHabits::default()
    };
    let image = issued.unwrap().with_puk(PUK, needs_rights).unwrap();
    image.save(&case.path("card.json")).unwrap();
    let mut terminal = at_terminal(&case, "unblock");
    terminal.wait_for("BSV-547");
    assert!(!terminal.end().success());
    fs::remove_file(case.path("card.json")).unwrap();
}
