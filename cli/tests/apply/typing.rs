//! A person at a terminal types the whole application; whatever is pressed or sent meanwhile, the terminal is as it was.

use std::fs;
use std::os::unix::process::ExitStatusExt as _;

use basvuru_world::PIN;
use rustix::process::Signal;

use crate::terminal::Terminal;
use crate::town::{Case, Town};

const UP: &str = "\x1b[A";
const LEFT: &str = "\x1b[D";
const CONTROL_C: &str = "\x03";
const CONTROL_Z: &str = "\x1a";

/// The command that applies at a terminal.
pub(crate) fn apply(case: &Case<'_>) -> Vec<String> {
    let path = |name: &str| case.path(name).display().to_string();
    let card = format!("virtual:{}", path("card.json"));
    ["--lang", "tr", "apply", "--portal", &case.portal, "--trust"]
        .into_iter()
        .map(str::to_owned)
        .chain([
            path("trust.pem"),
            "--home".to_owned(),
            path("home"),
            "--card".to_owned(),
            card,
        ])
        .collect()
}

/// What the picture says, from the test portal's outbox.
fn captcha(town: &Town) -> String {
    let file = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().path();
    let files = fs::read_dir(town.outbox()).unwrap().map(file);
    let is_captcha = |path: &std::path::PathBuf| path.file_name().unwrap().to_string_lossy().starts_with("captcha-");
    let newest = files
        .filter(is_captcha)
        .max_by_key(|path| path.metadata().unwrap().modified().unwrap());
    let told: serde_json::Value = serde_json::from_slice(&fs::read(newest.unwrap()).unwrap()).unwrap();
    told["text"].as_str().unwrap().to_owned()
}

/// Walks to the question for the access password.
fn to_password(terminal: &mut Terminal, town: &Town, identity: &str) {
    terminal.wait_for("sesli dinlemek için ?):");
    terminal.enter(&captcha(town));
    terminal.wait_for("T.C. kimlik no ya da pasaport no:");
    terminal.enter(identity);
    terminal.wait_for("erişim parolası (yazarken görünmez):");
    terminal.wait_for_echo(false);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_application_is_typed_at_terminals_of_40_and_of_100_columns() {
    for columns in [40, 100] {
        let town = Town::start().await;
        let case = town.invite().await;
        let answers: serde_json::Value = serde_json::from_slice(&fs::read(case.path("answers.json")).unwrap()).unwrap();
        let answer = |name: &str| answers[name].as_str().unwrap().to_owned();
        let (identity, password) = (answer("identity"), answer("access_password"));
        let mut terminal = Terminal::run(columns, &apply(&case), &[]);
        terminal.wait_for("sesli dinlemek için ?):");
        terminal.enter(&captcha(&town));
        terminal.wait_for("T.C. kimlik no ya da pasaport no:");
        // The fault stands at the question; what was typed comes back with the arrow, and its last digit is mended.
        let mistyped = format!("{}{}", &identity[..10], (identity.as_bytes()[10] - b'0' + 1) % 10);
        terminal.enter(&mistyped);
        terminal.wait_for("biri yanlış ya da yeri değişmiş olabilir.");
        terminal.wait_for("T.C. kimlik no ya da pasaport no:");
        terminal.press(&format!("{UP}\x7f{}", &identity[10..]));
        terminal.enter("");
        terminal.wait_for("erişim parolası (yazarken görünmez):");
        terminal.wait_for_echo(false);
        terminal.enter(&password);
        terminal.wait_for("Numara:");
        terminal.enter("9");
        terminal.wait_for("numarasını ya da adını yazın.");
        terminal.wait_for("Numara:");
        terminal.enter("1");
        for (label, typed) in [
            // The arrow to the left goes back in the line.
            ("Kurum sicil numarası *:", format!("4813{LEFT}{LEFT}2")),
            ("Doğum yeri *:", "Iğdır".to_owned()),
            ("Doğum tarihi *:", "7.3.1985".to_owned()),
        ] {
            terminal.wait_for(label);
            terminal.enter(&typed);
        }
        // What is left is filled in as it comes: by arrow, label, number.
        fill_rest(&mut terminal);
        terminal.wait_for("istemek için Enter’a basın.");
        terminal.enter("");
        terminal.wait_for("Mesajdaki kod (yenisi için Enter)");
        terminal.wait_for_echo(false);
        let text = town.world.outbox().newest_text(None, 1).await.unwrap();
        let code = text.rsplit('#').next().unwrap().trim().to_owned();
        terminal.enter(&code);
        terminal.wait_for("Numara");
        terminal.enter("1");
        terminal.wait_for("imzalansınlar mı? [e/h]");
        terminal.enter("EVET");
        terminal.wait_for("takıp Enter’a basın.");
        terminal.enter("");
        terminal.wait_for("PIN (yazarken görünmez):");
        terminal.wait_for_echo(false);
        terminal.enter(PIN);
        assert!(terminal.end().success(), "{}", terminal.text());
        assert!(terminal.is_as_before());
        assert_eq!(terminal.too_wide(columns.into()), Vec::<String>::new());
        let shown = terminal.text();
        for secret in [PIN, &password, &code] {
            assert!(!shown.contains(secret), "{secret} was shown");
        }
        assert_eq!(case.ledger().receipts, 1);
        if let Some(folder) = std::env::var_os("BASVURU_RECORDS") {
            let name = format!("apply-{columns}.term");
            fs::write(std::path::Path::new(&folder).join(name), terminal.octets()).unwrap();
        }
    }
}

fn fill_rest(terminal: &mut Terminal) {
    for (label, typed) in [
        ("Başvuru nedeni *:", UP.to_owned()),
        ("Sertifika süresi *:", "5 YIL".to_owned()),
        ("Kart okuyucu *:", "1".to_owned()),
        ("Güvenlik sözcüğü *:", "papatya".to_owned()),
        ("Cep telefonu", String::new()),
        ("E-posta adresi", String::new()),
        ("Teslimat adresi *:", "Ihlamur Sokağı 4/2, Ankara".to_owned()),
        ("Not:", String::new()),
    ] {
        terminal.wait_for(label);
        terminal.enter(&typed);
    }
    terminal.wait_for("onaylıyor musunuz? [e/h]");
    terminal.enter("belki");
    terminal.wait_for("e (evet) ya da h (hayır) yazın.");
    terminal.enter("e");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_terminal_is_as_before_whatever_ends_the_process_at_a_question() {
    let town = Town::start().await;
    let case = town.invite().await;
    for at_secret in [false, true] {
        for (keys, signal) in [
            (Some(CONTROL_C), Signal::INT),
            (None, Signal::INT),
            (None, Signal::TERM),
            (None, Signal::HUP),
        ] {
            let mut terminal = Terminal::run(80, &apply(&case), &[]);
            if at_secret {
                to_password(&mut terminal, &town, "10000000146");
            } else {
                terminal.wait_for("sesli dinlemek için ?):");
                terminal.wait_for_echo(false);
            }
            match keys {
                Some(keys) => terminal.press(keys),
                None => terminal.signal(signal),
            }
            assert_eq!(terminal.end().signal(), Some(signal.as_raw()), "{}", terminal.text());
            assert!(terminal.is_as_before(), "{signal:?} {at_secret}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_process_leaves_the_terminal_as_it_was_and_asks_again_when_it_goes_on() {
    let town = Town::start().await;
    let case = town.invite().await;
    let answers: serde_json::Value = serde_json::from_slice(&fs::read(case.path("answers.json")).unwrap()).unwrap();
    let password = answers["access_password"].as_str().unwrap();
    let mut terminal = Terminal::run(80, &apply(&case), &[]);
    for (question, is_key) in [("sesli dinlemek için ?):", true), ("sesli dinlemek için ?):", false)] {
        terminal.wait_for(question);
        terminal.wait_for_echo(false);
        stop_and_go_on(&mut terminal, is_key);
    }
    to_password(&mut terminal, &town, answers["identity"].as_str().unwrap());
    for is_key in [true, false] {
        terminal.press(&password[..4]);
        stop_and_go_on(&mut terminal, is_key);
        terminal.wait_for("erişim parolası (yazarken görünmez):");
        terminal.press("\x15");
    }
    terminal.enter(password);
    terminal.wait_for("Numara:");
    assert!(!terminal.text().contains(&password[..4]), "{}", terminal.text());
}

fn stop_and_go_on(terminal: &mut Terminal, is_key: bool) {
    if is_key {
        terminal.press(CONTROL_Z);
    } else {
        terminal.signal(Signal::TSTP);
    }
    terminal.wait_for_stop();
    assert!(terminal.is_as_before());
    terminal.signal(Signal::CONT);
    terminal.wait_for_echo(false);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_of_iso_8859_9_gets_its_own_letters_and_another_one_is_told_why_not() {
    let town = Town::start().await;
    let case = town.invite().await;
    let mut terminal = Terminal::run(80, &apply(&case), &[("LC_ALL", "tr_TR.ISO-8859-9")]);
    terminal.wait_for("sesli dinlemek i");
    let octets = terminal.octets();
    let has = |wanted: &[u8]| octets.windows(wanted.len()).any(|found| found == wanted);
    assert!(
        has(b"Ba\xFElan\xFDlan portal") || has(b"Ba\xF0lan\xFDlan portal"),
        "{}",
        terminal.text()
    );
    assert!(!has("ğ".as_bytes()) && !has("’".as_bytes()));
    drop(terminal);

    let mut terminal = Terminal::run(80, &apply(&case), &[("LC_ALL", "de_DE.ISO-8859-1")]);
    terminal.wait_for("sesli dinlemek icin ?):");
    let shown = terminal.text();
    assert_eq!(shown.matches("LC_ALL=tr_TR.UTF-8").count(), 1, "{shown}");
    assert!(shown.contains("(ISO-8859-1)") && shown.is_ascii(), "{shown}");
}
