//! A folder belongs to one portal: nothing of it reaches another, and which portal that is can be asked.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use basvuru::application::{Answer, CertificateApplication, Configuration, PortFailure, Vault, portal_of};
use basvuru::failure::Failure;
use basvuru_flows::{Journey, said};
use basvuru_world::{Front, TestVault, TlsIdentity, World};

/// A vault that counts how often it is asked.
#[derive(Default)]
struct Counting(AtomicUsize);

impl Vault for Counting {
    fn journal_key(&self) -> Result<Vec<u8>, PortFailure> {
        self.0.fetch_add(1, Ordering::Relaxed);
        TestVault.journal_key()
    }
}

/// Opening a folder with another portal's address must fail before any key is asked for and leave every octet.
fn refuses(journey: &Journey, configuration: Configuration, code: &str) -> Failure {
    let folder = journey.home.path().to_owned();
    let before = content(&folder);
    let vault = Arc::new(Counting::default());
    let ports = journey.ports(Arc::clone(&vault) as _);
    let failure = CertificateApplication::open(configuration, ports).err().unwrap();
    said(&failure, code);
    assert_eq!(vault.0.load(Ordering::Relaxed), 0, "{failure:?}: a key was asked for");
    assert!(content(&folder) == before, "{failure:?}: something was touched");
    failure
}

fn content(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let name = entry.file_name().to_string_lossy().into_owned();
            (name, fs::read(entry.path()).unwrap())
        })
        .collect();
    files.sort();
    files
}

fn owner(folder: &Path) -> Option<String> {
    portal_of(folder.display().to_string()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_is_not_opened_with_another_portal_and_goes_on_with_its_own() {
    for screen in ["sign-in", "fill-form", "sign-pin"] {
        let mut journey = Journey::at(screen).await;
        let shown = journey.kept();
        assert_eq!(
            owner(journey.home.path()),
            Some(journey.world.url()),
            "while it is open"
        );
        journey.close();
        assert_eq!(owner(journey.home.path()), Some(journey.world.url()));

        let other = World::start().await.unwrap();
        let front = Front::before(&other, &TlsIdentity::of_portal(&other).unwrap())
            .await
            .unwrap();
        let mut configuration = other.configuration(journey.home.path(), journey.language).unwrap();
        configuration.portal = front.url();
        let failure = refuses(&journey, configuration, "BSV-816");
        let portal = journey.world.url();
        let words = failure.explain(journey.language);
        assert!(
            words.what.contains(&portal),
            "the person is told whose it is: {}",
            words.what
        );
        assert_eq!(failure, Failure::AnotherPortal { portal });
        assert!(front.requests().is_empty(), "nothing was sent");

        journey.open();
        assert_eq!(journey.kept(), shown, "{screen}");
        journey.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_way_to_write_an_address_is_no_other_portal() {
    let mut journey = Journey::at("choose-method").await;
    let url = journey.world.url();
    for spelled in [format!("{url}/"), url.replace("https://localhost", "HTTPS://LocalHost")] {
        journey.portal = Some(spelled);
        journey.restart();
        assert_eq!(owner(journey.home.path()), Some(url.clone()));
    }
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_with_other_roots_goes_on_at_the_same_portal() {
    let mut journey = Journey::at("review-documents").await;
    let before = journey.world.portal_root().unwrap();
    let shown = journey.kept();
    // The portal gets a new root, which the app does not have yet.
    journey.world.stop_portal().await;
    for file in ["ca.pem", "ca-key.pem", "server.pem", "server-key.pem", "server.json"] {
        fs::remove_file(journey.world.data().join(file)).unwrap();
    }
    journey.world.start_portal().await.unwrap();
    let after = journey.world.portal_root().unwrap();
    assert_ne!(before, after);
    // It has the name of the old one, so it is taken for that one and found to have another key.
    journey.refused(Answer::Back, "BSV-705").await;

    // The update brings it; the session is the same, and nothing is asked again.
    journey.restart();
    assert_eq!(journey.kept(), shown);
    journey.finish().await;
    assert_eq!(journey.ledger().count("approved"), 1);
    assert_eq!(journey.world.whole_ledger().unwrap().count("signed-in"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_of_an_earlier_version_goes_to_its_own_portal_and_to_no_other() {
    let mut journey = Journey::at("choose-method").await;
    journey.close();
    let binding = journey.home.path().join("portal");
    fs::remove_file(&binding).unwrap();
    assert_eq!(owner(journey.home.path()), None);

    // The journal tells by which name its portal calls itself.
    let mut configuration = journey
        .world
        .configuration(journey.home.path(), journey.language)
        .unwrap();
    configuration.portal = "https://basvuru.example".to_owned();
    let refused = CertificateApplication::open(configuration, journey.ports(Arc::new(TestVault)));
    let failure = refused.err().unwrap();
    let portal = "https://localhost".to_owned();
    assert_eq!(failure, Failure::AnotherPortal { portal });
    assert_eq!(owner(journey.home.path()), None, "and it is not that portal's now");

    journey.open();
    assert_eq!(owner(journey.home.path()), Some(journey.world.url()));
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_killed_at_its_first_start_begins_anew_wherever_it_was_cut() {
    let mut journey = Journey::start().await;
    journey.close();
    let binding = journey.home.path().join("portal");
    let origin = fs::read(&binding).unwrap();
    assert_eq!(origin, journey.world.url().into_bytes());
    // Before the folder was given to the portal, while it was being given, and before there was a journal.
    fs::remove_file(&binding).unwrap();
    journey.open();
    journey.close();
    fs::rename(&binding, journey.home.path().join("portal.new")).unwrap();
    journey.open();
    journey.close();
    fs::remove_file(journey.home.path().join("journal.sqlite")).unwrap();
    journey.open();
    assert_eq!(owner(journey.home.path()), Some(journey.world.url()));
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_more_than_an_origin_and_a_folder_without_a_name_are_refused() {
    let mut journey = Journey::at("fill-form").await;
    let shown = journey.kept();
    journey.close();
    let right = || {
        journey
            .world
            .configuration(journey.home.path(), journey.language)
            .unwrap()
    };
    let url = journey.world.url();
    let port = url.rsplit(':').next().unwrap();
    for portal in [
        String::new(),
        " ".to_owned(),
        "localhost".to_owned(),
        url.replace("https", "http"),
        format!("{url}/path"),
        format!("{url}/v1/"),
        format!("{url}?campaign=1"),
        format!("{url}/?"),
        format!("{url}#top"),
        format!("https://name@localhost:{port}"),
        format!("https://name:word@localhost:{port}"),
        format!("https://:word@localhost:{port}"),
        "https://".to_owned(),
        "data:text/plain,x".to_owned(),
    ] {
        let configuration = Configuration {
            portal: portal.clone(),
            ..right()
        };
        let failure = refuses(&journey, configuration, "BSV-802");
        assert!(matches!(failure, Failure::ConfigurationInvalid { .. }), "{portal}");
    }
    let configuration = Configuration {
        folder: String::new(),
        ..right()
    };
    refuses(&journey, configuration, "BSV-802");
    assert!(matches!(
        portal_of(String::new()),
        Err(Failure::ConfigurationInvalid { .. })
    ));
    journey.open();
    assert_eq!(journey.kept(), shown);
    journey.finish().await;
}
