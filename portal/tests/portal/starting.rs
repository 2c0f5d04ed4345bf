//! Starting: what is refused, and what two processes on one data folder may do.

use std::net::SocketAddr;

use basvuru_portal::{Portal, PortalError, Settings, invite};

use crate::harness::{Town, holder_trust, invitation};

fn settings(folder: &tempfile::TempDir, address: &str) -> Settings {
    Settings::new(folder.path(), address.parse::<SocketAddr>().unwrap(), holder_trust())
}

async fn refused(settings: Settings) -> PortalError {
    Portal::start(settings).await.err().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn captcha_answers_are_revealed_on_loopback_only() {
    let folder = tempfile::tempdir().unwrap();
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:443"] {
        let mut settings = settings(&folder, address);
        settings.reveal_captcha = true;
        assert!(
            matches!(refused(settings).await, PortalError::RevealCaptchaBeyondLoopback(_)),
            "{address}"
        );
    }
    let running = Town::start_with(|settings| settings.reveal_captcha = false).await;
    let _: serde_json::Value = running.post("/v1/captchas", "", &serde_json::json!({})).await.ok();
    let revealed = std::fs::read_dir(running.data().join("outbox")).unwrap().count();
    assert_eq!(revealed, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_without_roots_or_with_a_strange_host_does_not_start() {
    let folder = tempfile::tempdir().unwrap();
    for trust in [Vec::new(), b"nothing".to_vec()] {
        let mut settings = settings(&folder, "127.0.0.1:0");
        settings.holder_trust = trust;
        assert!(matches!(refused(settings).await, PortalError::HolderTrust(_)));
    }
    for host in ["", "two words", "a..b", "başvuru.example"] {
        let mut settings = settings(&folder, "127.0.0.1:0");
        host.clone_into(&mut settings.host);
        assert!(matches!(refused(settings).await, PortalError::HostName(_)), "{host}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_data_folder_serves_one_portal_at_a_time() {
    let town = Town::start().await;
    let second = Settings::new(
        town.data(),
        "127.0.0.1:0".parse::<SocketAddr>().unwrap(),
        holder_trust(),
    );
    assert!(matches!(refused(second.clone()).await, PortalError::DataFolderInUse(_)));
    town.running.stop().await;
    Portal::start(second).await.unwrap().stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_root_in_the_data_folder_is_the_one_clients_pin_and_stays() {
    let town = Town::start().await;
    let root = std::fs::read_to_string(town.data().join("ca.pem")).unwrap();
    assert_eq!(root, town.running.root_pem());
    let town = town.restart().await;
    assert_eq!(root, town.running.root_pem());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_before_the_first_start_is_mailed_at_that_start() {
    let folder = tempfile::tempdir().unwrap();
    let clock = basvuru_portal::SystemClock;
    let invited = invite(folder.path(), invitation(), &clock).await.unwrap();
    assert!(!folder.path().join("outbox/mail-000001.json").exists());
    let running = Portal::start(settings(&folder, "127.0.0.1:0")).await.unwrap();
    let url = running.url().to_owned();
    running.stop().await;
    let mail = std::fs::read_to_string(folder.path().join("outbox/mail-000001.json")).unwrap();
    assert!(mail.contains(invited.access_password.expose()) && mail.contains(&url));
}

#[tokio::test(flavor = "multi_thread")]
async fn invitations_beside_a_running_portal_are_all_kept() {
    let town = Town::start().await;
    let (data, clock) = (town.data(), town.clock.clone());
    let one = || invite(&data, invitation(), clock.as_ref());
    let (first, second, third) = tokio::join!(one(), one(), one());
    let _: Vec<_> = [first.unwrap(), second.unwrap(), third.unwrap()].into();
    // Whichever came last has the password that holds; its mail tells it.
    for number in 1..=3 {
        assert!(town.outbox_file(&format!("mail-00000{number}.json"))["text"].is_string());
    }
}
