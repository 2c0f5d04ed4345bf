//! What must not be found afterwards: no password, code, token or captcha in any file of the data folder or in what the
//! operator is told, and nobody's name, number or address in the database.

use serde_json::{Value, json};

use crate::harness::{IDENTITY, Town};

/// Every octet of the database's files.
fn database(town: &Town) -> Vec<u8> {
    let mut octets = Vec::new();
    for entry in std::fs::read_dir(town.data()).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap().to_string_lossy().starts_with("portal.db") {
            octets.extend(std::fs::read(path).unwrap());
        }
    }
    assert!(octets.len() > 10_000);
    octets
}

fn holds(octets: &[u8], text: &str) -> bool {
    octets.windows(text.len()).any(|window| window == text.as_bytes())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_and_the_operators_log_hold_no_secret_and_no_person() {
    let mut town = Town::start().await;
    let invited = town.invite().await;
    let mut body = town.sign_in_body(IDENTITY, invited.access_password.expose()).await;
    body["device"] = json!({ "name": "Ayşe’nin telefonu" });
    let key = "a-key-that-nobody-stores-0001";
    let session: Value = town.post_as("/v1/sessions", "", key, &body).await.ok();
    let token = session["token"].as_str().unwrap().to_owned();
    let device_token = session["device_token"].as_str().unwrap().to_owned();
    let order = invited.order;
    let _: Value = town.approve(&order, &token).await.ok();
    let code = town.code(&order, &token).await;
    let confirmation = format!("/v1/orders/{order}/confirmation");
    let wrong = if code == "000000" { "000001" } else { "000000" };
    assert!(
        !town
            .post(&confirmation, &token, &json!({ "code": wrong }))
            .await
            .status
            .is_success()
    );
    let _: Value = town.post(&confirmation, &token, &json!({ "code": code })).await.ok();
    let unanswered: Value = town.post("/v1/captchas", "", &json!({})).await.ok();
    let captcha = town.outbox_file(&format!("captcha-{}.json", unanswered["id"].as_str().unwrap()));

    let password = invited.access_password.expose().to_owned();
    let secrets = [
        password.replace('-', ""),
        password,
        token,
        device_token,
        code,
        body["captcha"]["text"].as_str().unwrap().to_owned(),
        captcha["text"].as_str().unwrap().to_owned(),
        key.to_owned(),
    ];
    let personal = [
        "Ayşe’nin telefonu",
        IDENTITY,
        "Ayşe",
        "Çalışkanoğlu",
        "321234567",
        "ayse@example.com",
        "papatyatarlası",
        "Ömer",
        "T.C. Örnek Bakanlığı",
    ];
    let told = format!("{:?}", town.notices_so_far());
    let while_running = database(&town);
    let data = town.data();
    let town = town.restart().await;
    let afterwards = database(&town);
    for text in secrets.iter().map(String::as_str).chain(personal) {
        assert!(!holds(&while_running, text), "{text} while running");
        assert!(!holds(&afterwards, text), "{text} afterwards");
        assert!(!told.contains(text), "{text} told");
    }
    // The search itself finds what is there.
    assert!(holds(&afterwards, "basvuru-formu") && told.contains("/v1/sessions"));
    assert!(basvuru_portal::first_broken_audit_entry(&data).await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_the_data_folder_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let mut town = Town::start().await;
    town.until_method().await;
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o077;
    for private in [
        "portal.db",
        "portal.key",
        "ca-key.pem",
        "server-key.pem",
        "outbox/mail-000001.json",
    ] {
        assert_eq!(mode(&town.data().join(private)), 0, "{private}");
    }
    assert_eq!(mode(&town.data().join("outbox")), 0);
}
