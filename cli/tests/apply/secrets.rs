//! What a process prints and leaves behind holds no secret, whatever went wrong on the way.

use std::fs;

use basvuru_world::{Front, PIN, Search, TlsIdentity};
use serde_json::{Value, json};

use crate::town::{Case, Town};

#[tokio::test(flavor = "multi_thread")]
async fn nothing_secret_is_printed_or_left_behind_whatever_goes_wrong() {
    const WRONG_PASSWORD: &str = "ZZZZ-YYYY-XXXX";
    const WRONG_CODE: &str = "987654";
    const WRONG_PIN: &str = "864209";
    let town = Town::start().await;
    let mut case = town.invite().await;
    // Somebody in the middle learns the session's token.
    let front = Front::before(&town.world, &TlsIdentity::of_portal(&town.world).unwrap())
        .await
        .unwrap();
    let tokens = front.tokens();
    case.portal = front.url();

    let mut found = Search::default();
    let password = answers(&case)["access_password"].clone();
    let mut codes = Vec::new();
    for (name, wrong, right, code) in [
        ("access_password", json!(WRONG_PASSWORD), password.clone(), "BSV-106"),
        ("code", json!(WRONG_CODE), Value::Null, "BSV-302"),
        ("pin", json!(WRONG_PIN), json!(PIN), "BSV-532"),
    ] {
        case.answer(name, wrong);
        let output = case.run().await;
        assert_eq!(output.status.code(), Some(1));
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(said.contains(code), "{code}: {said}");
        found.add(format!("stdout at {code}"), output.stdout);
        found.add(format!("stderr at {code}"), output.stderr);
        let diagnosis = diagnosis(&case, &mut found);
        assert_eq!(diagnosis["failures"][0]["code"], code, "{diagnosis}");
        case.answer(name, right);
    }
    for text in town.world.outbox().texts().unwrap() {
        codes.push(text.text.rsplit('#').next().unwrap().to_owned());
    }
    case.json = false;
    let output = case.run().await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    found.add("stdout", output.stdout);
    found.add("stderr", output.stderr);
    let diagnosis = diagnosis(&case, &mut found);
    let exchanges = diagnosis["conversation"]["first"].as_array().unwrap();
    let verify = exchanges
        .iter()
        .find(|exchange| exchange["reference_data"] == true)
        .unwrap();
    assert_eq!((&verify["sw"], &verify["lc"]), (&json!("9000"), &Value::Null));
    found.add_files(&case.path("home"), None).unwrap();
    assert!(found.has_file("journal.sqlite"));

    let tokens = tokens.lock().unwrap().clone();
    assert_eq!((codes.len(), tokens.len()), (1, 1));
    found.assert_lacks("the PIN", PIN);
    found.assert_lacks("the wrong PIN", WRONG_PIN);
    found.assert_lacks("the wrong password", WRONG_PASSWORD);
    found.assert_lacks("the wrong code", WRONG_CODE);
    found.assert_lacks("the access password", password.as_str().unwrap());
    found.assert_lacks("the code", &codes[0]);
    found.assert_lacks("the session's token", &tokens[0]);
}

/// What the last run wrote for support.
fn diagnosis(case: &Case<'_>, found: &mut Search) -> Value {
    let text = fs::read(case.path("diagnosis.json")).unwrap();
    found.add("the diagnosis", text.clone());
    serde_json::from_slice(&text).unwrap()
}

fn answers(case: &Case<'_>) -> Value {
    serde_json::from_slice(&fs::read(case.path("answers.json")).unwrap()).unwrap()
}
