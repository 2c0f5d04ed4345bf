//! The portal's help with a blocked PIN at a terminal; and the process killed anywhere on the way: nothing is sent to the card
//! or by message twice.

use basvuru_test_card::{CardImage, SmartCard as _, VirtualCard};
use basvuru_world::{Halt, PIN};
use serde_json::json;

use crate::kill::each;
use crate::terminal::Terminal;
use crate::town::{Case, Town};

const NEW_PIN: &str = "975310";
const PIN_QUESTION: &str = "PIN (yazarken görünmez):";

/// Has the card refuse three wrong PINs.
fn block(case: &Case<'_>) {
    let mut card = VirtualCard::of_file(&case.path("card.json")).unwrap();
    card.respond(b"\x00\xA4\x04\x00\x0C\xA0\x00\x00\x00\x63PKCS-15");
    for _ in 0..3 {
        card.respond(b"\x00\x20\x00\x81\x06111222");
    }
    assert_eq!(card.tries_left(), 0);
}

fn types_secret(terminal: &mut Terminal, question: &str, secret: &str) {
    terminal.wait_for(question);
    terminal.wait_for_echo(false);
    terminal.enter(secret);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pin_that_is_blocked_is_unblocked_with_the_portals_help_at_the_terminal() {
    let town = Town::start().await;
    let case = town.invite().await;
    // To the signature by the answers, where the PIN is blocked; from there a person goes on.
    block(&case);
    assert!(!case.run().await.status.success());
    let mut terminal = Terminal::run(80, &crate::typing::apply(&case), &[]);
    terminal.wait_for("takıp Enter’a basın.");
    terminal.enter("");
    terminal.wait_for("kartın PUK’u ile şimdi açılsın mı? [e/h]");
    terminal.enter("h");
    terminal.wait_for("portalın yardımıyla açılsın mı?");
    terminal.enter("e");
    terminal.wait_for("Mesajda şu yazmalı:");
    terminal.wait_for("PUK için 3 deneme hakkı var.");
    let text = town.world.outbox().text_with("PIN kilidi").await.unwrap();
    let named = text.split("ekranda ").nth(1).unwrap();
    let named = named.split('.').next().unwrap();
    assert!(
        terminal.text().contains(&format!("yazmalı: {named}.")),
        "{}",
        terminal.text()
    );
    let right = text.rsplit('#').next().unwrap().trim().to_owned();
    let wrong = if right.starts_with('1') { "222222" } else { "111111" };
    types_secret(&mut terminal, "Mesajdaki kod", wrong);
    types_secret(&mut terminal, "Yeni PIN (yazarken görünmez):", NEW_PIN);
    types_secret(&mut terminal, "Yeni PIN, bir kez daha:", NEW_PIN);
    terminal.wait_for("BSV-302");
    types_secret(&mut terminal, "Mesajdaki kod", &right);
    // Not the same twice is asked again.
    types_secret(&mut terminal, "Yeni PIN (yazarken görünmez):", NEW_PIN);
    types_secret(&mut terminal, "Yeni PIN, bir kez daha:", "975311");
    terminal.wait_for("iki kez aynı yazılmadı");
    types_secret(&mut terminal, "Yeni PIN (yazarken görünmez):", NEW_PIN);
    types_secret(&mut terminal, "Yeni PIN, bir kez daha:", NEW_PIN);
    types_secret(&mut terminal, PIN_QUESTION, NEW_PIN);
    assert!(terminal.end().success(), "{}", terminal.text());
    assert!(terminal.is_as_before());
    let shown = terminal.text();
    for secret in [NEW_PIN, &right] {
        assert!(!shown.contains(secret), "{secret} was shown");
    }
    let ledger = case.ledger();
    assert_eq!((ledger.receipts, ledger.count("unblocking-given")), (1, 1));
    let card = CardImage::load(&case.path("card.json")).unwrap();
    assert_eq!((card.tries_left(), card.puk_tries_left()), (3, Some(3)));
}

/// Kills the process at a record while it has a blocked PIN unblocked; gives whether it came that far.
async fn killed_while_unblocking(town: &Town, record: usize, place: Halt) -> bool {
    let context = format!("unblocking, killed at record {record}, {place:?}");
    let case = town.invite().await;
    block(&case);
    // To the signature, which a blocked PIN is in the way of.
    assert_eq!(case.run().await.status.code(), Some(1), "{context}");
    case.answer("new_pin", json!(PIN));
    let halted = town.relay.halt(record, place);
    let mut child = case.start();
    let reached = tokio::select! {
        halted = halted => halted.is_ok(),
        status = child.wait() => {
            assert!(status.unwrap().success(), "{context}");
            false
        }
    };
    town.relay.go_on();
    if reached {
        child.kill().await.unwrap();
        // Where PUK or PIN was under way when the process ended, that is told first, once.
        let told = case.run().await;
        let said = String::from_utf8_lossy(&told.stdout).into_owned() + &String::from_utf8_lossy(&told.stderr);
        let is_told = ["BSV-546", "BSV-535"].iter().any(|code| said.contains(code));
        assert!(told.status.success() || is_told, "{context}\n{said}");
    }
    case.goes_on(1, &context).await;
    let ledger = case.ledger();
    let (asked, given) = (ledger.count("unblocking-asked"), ledger.count("unblocking-given"));
    assert!(
        (1..=2).contains(&asked) && (1..=asked).contains(&given),
        "{context}: {:?}",
        ledger.events
    );
    let card = CardImage::load(&case.path("card.json")).unwrap();
    assert_eq!((card.tries_left(), card.puk_tries_left()), (3, Some(3)), "{context}");
    reached
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_anywhere_while_a_pin_is_unblocked_the_next_run_goes_on_and_nothing_happens_twice() {
    for place in [Halt::BeforeForwarding, Halt::AfterForwarding, Halt::AfterAnswering] {
        let records =
            each(move |town, record| async move { killed_while_unblocking(&town, record, place).await }).await;
        assert!(records > 4, "only {records} records");
    }
}
