//! The link of an invitation: which order is entered by itself, where the app returns to, and when neither is.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::sync::Arc;

use basvuru::application::{CertificateApplication, Configuration, Screen};
use basvuru::failure::Failure;
use basvuru::link::{read_link, write_link};
use basvuru::portal::IdentityKind;
use basvuru_flows::{Journey, said};
use basvuru_world::TestVault;

/// The configuration of an app that was opened by a link.
fn configuration(journey: &Journey, link: &str) -> Configuration {
    let mut configuration = journey
        .world
        .configuration(journey.home.path(), journey.language)
        .unwrap();
    let invitation = read_link(link.to_owned(), vec![configuration.portal.clone()]).unwrap();
    configuration.portal = invitation.portal;
    configuration.identity_kind = invitation.identity_kind;
    configuration.order = invitation.order;
    configuration.return_to = invitation.return_to;
    configuration
}

fn open(journey: &Journey, configuration: Configuration) -> Result<Arc<CertificateApplication>, Failure> {
    CertificateApplication::open(configuration, journey.ports(Arc::new(TestVault)))
}

/// Opens the journey's app by a link instead.
fn open_by(journey: &mut Journey, link: &str) {
    journey.close();
    let application = open(journey, configuration(journey, link)).unwrap();
    journey.take(application);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_link_of_the_mail_leads_past_the_list_to_its_order() {
    let mut journey = Journey::start().await;
    // Another order of the same person, so that there is something to choose.
    let newer = journey.world.invite(&journey.applicant).await.unwrap();
    let older = journey.invited.order.clone();
    journey.invited = newer;
    let mails = journey.world.outbox().mails().unwrap();
    let mail = mails.iter().find(|mail| mail.text.contains(&older)).unwrap();
    let link = mail
        .text
        .split_whitespace()
        .find(|word| word.starts_with("https://"))
        .unwrap();
    open_by(&mut journey, link);
    let Screen::SignIn { host, identity, .. } = journey.step().screen else {
        panic!("sign-in expected")
    };
    assert!(journey.world.url().contains(&host) && !host.is_empty(), "{host}");
    assert_eq!(identity.unwrap().kind, IdentityKind::NationalId);

    journey.go_on().await;
    journey.go_on().await;
    assert_eq!(journey.screen(), "fill-form", "the list was not asked");
    journey.walk_to("confirm-phone").await;
    let ledger = journey.world.ledger(&older).unwrap();
    assert_eq!(ledger.count("approved"), 1, "it is the order of the link");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_to_an_order_of_somebody_else_is_told_and_the_own_orders_are_shown() {
    let mut journey = Journey::start().await;
    let link = write_link(&journey.world.url(), IdentityKind::NationalId, "2026-AAAAAAAA");
    open_by(&mut journey, &link);
    journey.go_on().await;
    let step = journey.go_on().await;
    assert_eq!(step.screen.name(), "choose-order");
    assert_eq!(
        step.notice.unwrap().code,
        said(&Failure::OrderUnknown, "BSV-201")[0].code
    );
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_app_returns_to_is_kept_over_a_restart_until_the_application_is_complete() {
    let mut journey = Journey::start().await;
    let url = journey.world.url();
    let order = &journey.invited.order;
    let back = format!("{}/geri?id=7", url.trim_end_matches('/'));
    let escaped = back
        .replace(':', "%3A")
        .replace('/', "%2F")
        .replace('?', "%3F")
        .replace('=', "%3D");
    let link = format!("{}&return={escaped}", write_link(&url, IdentityKind::NationalId, order));
    open_by(&mut journey, &link);
    journey.walk_to("sign").await;
    journey.restart();
    journey.finish().await;
    let Screen::Done { return_to, .. } = journey.step().screen else {
        panic!("done expected")
    };
    assert_eq!(return_to, Some(back));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_no_link_could_have_brought_is_refused_at_once() {
    let mut journey = Journey::start().await;
    journey.close();
    for address in ["javascript:alert(1)", "http://localhost/", "https://a@b.example/", ""] {
        let mut configuration = journey
            .world
            .configuration(journey.home.path(), journey.language)
            .unwrap();
        configuration.return_to = Some(address.to_owned());
        let Err(failure) = open(&journey, configuration) else {
            panic!("{address} was taken")
        };
        assert!(
            matches!(failure, Failure::ConfigurationInvalid { .. }),
            "{address}: {failure:?}"
        );
    }
}
