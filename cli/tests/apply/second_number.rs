//! An applicant states another number than the institution told: by answers from a file, and at a terminal, where the
//! institution confirms it by a command of its own.

use std::process::Output;

use basvuru_world::Applicant;
use serde_json::{Value, json};
use tokio::process::Command;

use crate::terminal::Terminal;
use crate::town::{Case, Town};

const STATED: &str = "+905337654321";

/// The answers of a case, with another mobile number in the form.
fn state_another(case: &Case<'_>) {
    let answers: Value = serde_json::from_slice(&std::fs::read(case.path("answers.json")).unwrap()).unwrap();
    let mut form = answers["form"].clone();
    form["mobile"] = json!("0533 765 43 21");
    case.answer("form", form);
}

/// Gives the institution's word, or looks at what it is asked.
async fn confirm_number(town: &Town, order: &str, word: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_basvuru"));
    command.args(["--json", "portal", "confirm-number", order, "--data"]);
    command.arg(town.world.data()).args(word).output().await.unwrap()
}

fn object(output: &Output) -> Value {
    let said = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(said.lines().last().unwrap_or_default()).unwrap()
}

fn types_secret(terminal: &mut Terminal, question: &str, secret: &str) {
    terminal.wait_for(question);
    terminal.wait_for_echo(false);
    terminal.enter(secret);
}

/// The code of the newest message to a number.
async fn code(town: &Town, number: &str, count: usize) -> String {
    let text = town.world.outbox().newest_text(Some(number), count).await.unwrap();
    text.rsplit('#').next().unwrap().trim().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_from_a_file_confirm_both_numbers() {
    let town = Town::start().await;
    let case = town.invite().await;
    state_another(&case);
    let output = case.run().await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!(object(&output)["event"], "done");
    assert_eq!(case.ledger().outcomes("phone-confirmed"), ["stated", "told"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn at_a_terminal_the_institution_is_asked_and_confirms_by_a_command() {
    let town = Town::start().await;
    let case = town.invite().await;
    state_another(&case);
    case.answer("code", json!("000000"));
    assert!(!case.run().await.status.success(), "the code was wrong");
    let nobody = confirm_number(&town, &case.order, &[]).await;
    assert_eq!(nobody.status.code(), Some(1), "nobody is asked yet");

    let mut terminal = Terminal::run(80, &crate::typing::apply(&case), &[]);
    let stated = code(&town, STATED, 1).await;
    types_secret(&mut terminal, "Mesajdaki kod", &stated);
    terminal.wait_for("Kurumunuz başka bir numara bildirmişti");
    terminal.wait_for("[k: kurumumun onayını iste]");
    terminal.enter("k");
    terminal.wait_for("43 21 numarasını onaylaması istendi.");
    terminal.wait_for("yanıtını sormak için Enter’a basın.");
    terminal.enter("");
    terminal.wait_for("yanıtını sormak için Enter’a basın.");
    // A code after all, and not.
    terminal.enter("m");
    terminal.wait_for("[k: kurumumun onayını iste]");
    terminal.enter("k");
    terminal.wait_for("yanıtını sormak için Enter’a basın.");

    let asked = object(&confirm_number(&town, &case.order, &[]).await);
    assert_eq!(asked["event"], "number-to-confirm");
    assert_eq!(
        (&asked["stated"], &asked["told"]),
        (&json!("0533 765 43 21"), &json!("0532 000 00 01"))
    );
    let both = confirm_number(&town, &case.order, &["--accept", "--refuse"]).await;
    assert_eq!(both.status.code(), Some(2));
    let accepted = confirm_number(&town, &case.order, &["--accept"]).await;
    assert_eq!(object(&accepted)["event"], "number-confirmed");
    let again = confirm_number(&town, &case.order, &["--accept"]).await;
    assert_eq!(
        (again.status.code(), &object(&again)["event"]),
        (Some(1), &json!("stopped"))
    );

    terminal.enter("");
    terminal.wait_for("Numara");
    assert_eq!(case.ledger().outcomes("phone-confirmed"), ["stated", "institution"]);
    assert_eq!(terminal.too_wide(80), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn applicants_at_the_same_time_take_each_the_message_of_their_own() {
    let town = Town::start().await;
    let applicants = [Applicant::sample(), Applicant::other(), Applicant::foreigner()];
    let [first, second, third] = &applicants;
    let cases = [
        town.invite_as(first).await,
        town.invite_as(second).await,
        town.invite_as(third).await,
    ];
    let [first, second, third] = &cases;
    let outputs: [Output; 3] = tokio::join!(first.run(), second.run(), third.run()).into();
    for (output, case) in outputs.iter().zip(&cases) {
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        assert_eq!(case.ledger().count("code-refused"), 0);
    }
}
