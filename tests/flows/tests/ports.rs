//! Whatever a port does: never returns, panics, or says that the person has had enough. The answer ends with a failure that
//! is true about the PIN, the next answer is taken, and the application can be closed and opened again.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::pin::pin;
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use async_trait::async_trait;
use basvuru::application::{Activity, Answer, PortFailure, Screen, Vault, Watcher};
use basvuru::failure::Failure;
use basvuru::reader::{ConnectedCard, Delivery, Link, LinkFailure, ReaderDescription, Readers, UsbControl, UsbReader};
use basvuru_flows::{Hook, HookedReaders, Journey, Plan, PortCall, Whim, WhimsicalReaders, reader, sign_with};
use basvuru_test_card::{Profile, SharedCard, UsbLevel, VirtualUsbReader};
use basvuru_world::PIN;
use tokio::sync::oneshot;

const VERIFY: PortCall = PortCall::Transmit(0x20);
const SIGN: PortCall = PortCall::Transmit(0x2A);

/// A journey at its card, with readers that have whims, over NFC.
async fn whimsical(profile: Profile) -> (Journey, WhimsicalReaders) {
    let mut journey = Journey::start_with(Plan {
        link: Link::Nfc,
        profile,
        ..Plan::default()
    })
    .await;
    let readers = WhimsicalReaders::new(Arc::new(journey.readers.clone()));
    journey.port = Some(Arc::new(readers.clone()));
    journey.restart();
    journey.walk_to("sign").await;
    (journey, readers)
}

// One thread, whose clock can be made to jump when nothing else is left to do.
#[tokio::test]
async fn a_call_that_never_returns_or_panics_ends_in_a_failure_that_is_true_about_the_pin() {
    let (mut journey, readers) = whimsical(Profile::default()).await;
    for (call, whim, code) in [
        (PortCall::List, Whim::Never, "BSV-505"),
        (PortCall::List, Whim::Panic, "BSV-505"),
        (PortCall::Connect, Whim::Never, "BSV-511"),
        (PortCall::Connect, Whim::Panic, "BSV-505"),
        (PortCall::Info, Whim::Never, "BSV-505"),
        (PortCall::Info, Whim::Panic, "BSV-505"),
        (PortCall::Transmit(0xA4), Whim::Never, "BSV-513"),
        (PortCall::Transmit(0xA4), Whim::Panic, "BSV-505"),
        (VERIFY, Whim::Never, "BSV-535"),
        (VERIFY, Whim::Panic, "BSV-535"),
    ] {
        readers.order(call, whim, 1);
        tokio::time::pause();
        let began = tokio::time::Instant::now();
        let failure = journey.refused(sign_with(PIN), code).await;
        let taken = began.elapsed();
        tokio::time::resume();
        // A person looks for a card; nothing else takes more than a minute and what is closed afterwards.
        let most = if call == PortCall::Connect { 301 } else { 80 };
        assert!(
            taken <= Duration::from_secs(most),
            "{call:?} {whim:?}: {failure:?} after {taken:?}"
        );
        assert_eq!(journey.tries_left(), 3, "{call:?} {whim:?}");
    }
    journey.finish().await;
}

#[tokio::test]
async fn what_only_shows_something_or_comes_when_all_is_done_stops_nothing() {
    for (call, times) in [(PortCall::Tell, usize::MAX), (PortCall::Close, 1), (SIGN, 1)] {
        for whim in [Whim::Never, Whim::Panic] {
            let (mut journey, readers) = whimsical(Profile::default()).await;
            // A clock that jumps would be too fast for a portal.
            journey.world.stop_portal().await;
            readers.order(call, whim, times);
            tokio::time::pause();
            let sent = journey.answer(sign_with(PIN)).await;
            tokio::time::resume();
            let unsent = matches!(sent, Err(Failure::PortalUnreachable | Failure::PortalTimeout));
            assert!(
                unsent && journey.screen() == "pending-submission",
                "{call:?} {whim:?}: {sent:?}"
            );
            assert_eq!(journey.verifications(), if call == SIGN { 2 } else { 1 });
            journey.world.start_portal().await.unwrap();
            journey.finish().await;
        }
    }
}

/// Begins to sign, and stops waiting when the port is at the call.
async fn sign_and_stop_waiting(journey: &Journey, readers: &WhimsicalReaders) {
    tokio::select! {
        ended = journey.answer(sign_with(PIN)) => panic!("nothing holds it up: {:?}", ended.err()),
        () = readers.indulged() => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_is_closed_and_opened_again_while_a_port_never_returns() {
    for call in [PortCall::List, PortCall::Connect, VERIFY] {
        let (mut journey, readers) = whimsical(Profile::default()).await;
        readers.order(call, Whim::Never, 1);
        sign_and_stop_waiting(&journey, &readers).await;
        let second = journey.try_open(journey.home.path(), Arc::new(basvuru_world::TestVault));
        assert_eq!(second.err(), Some(Failure::JournalBusy), "the shell has it still");
        journey.abandon();
        journey.open();
        assert_eq!(journey.screen(), "sign", "{call:?}");
        journey.finish().await;
        assert_eq!(journey.tries_left(), 3);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pin_that_was_under_way_when_the_application_was_closed_counts_against_a_card_that_hides_its_tries() {
    let hiding = Profile {
        hides_tries: true,
        ..Profile::default()
    };
    let (mut journey, readers) = whimsical(hiding).await;
    for _ in 0..2 {
        readers.order(VERIFY, Whim::Never, 1);
        sign_and_stop_waiting(&journey, &readers).await;
        journey.abandon();
        journey.open();
    }
    journey.refused(sign_with(PIN), "BSV-534").await;
    assert_eq!(journey.verifications(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_for_a_card_ends_when_the_person_has_had_enough() {
    let (mut journey, readers) = whimsical(Profile::default()).await;
    for _ in 0..2 {
        readers.order(PortCall::Connect, Whim::Never, 1);
        let mut signing = pin!(journey.refused(sign_with(PIN), "BSV-514"));
        tokio::select! {
            ended = signing.as_mut() => panic!("nothing has ended it: {ended:?}"),
            () = readers.indulged() => journey.app().cancel(),
        }
        assert_eq!(signing.await, Failure::CardCancelled);
    }
    // Where nothing waits, there is nothing to end: the next answer has all the patience it needs.
    journey.app().cancel();
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pin_and_a_signature_are_not_interrupted_by_a_person_who_has_had_enough() {
    for instruction in [0x20, 0x2A] {
        let mut journey = Journey::at("sign-pin").await;
        let (arrived, has_arrived) = oneshot::channel();
        let (go, go_on) = oneshot::channel();
        let gate = Mutex::new(Some((arrived, go_on)));
        let hooked = HookedReaders::new(journey.readers.clone(), move |command| {
            match gate.lock().unwrap().take_if(|_| command.get(1) == Some(&instruction)) {
                Some((arrived, go_on)) => Hook::Hold(arrived, go_on),
                None => Hook::Pass,
            }
        });
        journey.port = Some(Arc::new(hooked));
        journey.restart();
        {
            let mut signing = pin!(journey.answer(sign_with(PIN)));
            tokio::select! {
                ended = signing.as_mut() => panic!("not held: {ended:?}"),
                arrived = has_arrived => arrived.unwrap(),
            }
            journey.app().cancel();
            go.send(()).unwrap();
            signing.await.unwrap();
        }
        journey.finish().await;
        assert_eq!(journey.verifications(), 1);
    }
}

/// A reader on USB whose card never comes, and in which every pause lasts.
struct Empty(VirtualUsbReader);

#[async_trait]
impl UsbReader for Empty {
    async fn descriptors(&self) -> Result<Vec<u8>, LinkFailure> {
        self.0.descriptors().await
    }
    async fn claim(&self, interface: u8) -> Result<(), LinkFailure> {
        self.0.claim(interface).await
    }
    async fn bulk_out(&self, endpoint: u8, data: Vec<u8>, timeout: u32) -> Result<(), LinkFailure> {
        self.0.bulk_out(endpoint, data, timeout).await
    }
    async fn bulk_in(&self, endpoint: u8, most: u32, timeout: u32) -> Result<Vec<u8>, LinkFailure> {
        self.0.bulk_in(endpoint, most, timeout).await
    }
    async fn control(&self, request: UsbControl) -> Result<Vec<u8>, LinkFailure> {
        self.0.control(request).await
    }
    async fn pause(&self, _: u32) -> Result<(), LinkFailure> {
        std::future::pending().await
    }
    async fn release(&self, interface: u8) -> Result<(), LinkFailure> {
        self.0.release(interface).await
    }
}

struct UsbReaders(Arc<Empty>);

#[async_trait]
impl Readers for UsbReaders {
    async fn list(&self) -> Result<Vec<ReaderDescription>, LinkFailure> {
        Ok(vec![ReaderDescription {
            id: reader(),
            name: reader(),
            link: Link::Contact,
        }])
    }
    async fn connect(&self, _: String, _: String) -> Result<ConnectedCard, LinkFailure> {
        let usb = Arc::clone(&self.0);
        Ok(ConnectedCard::Usb { usb })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_for_a_card_in_a_reader_on_usb_ends_and_gives_the_reader_back() {
    let mut journey = Journey::at("sign").await;
    let card: SharedCard = Arc::clone(&journey.card) as _;
    let empty = Arc::new(Empty(VirtualUsbReader::new(UsbLevel::Tpdu, card)));
    empty.0.insert_card_after(1_000);
    journey.port = Some(Arc::new(UsbReaders(Arc::clone(&empty))));
    journey.restart();
    let read = || Answer::ReadCard { reader: reader() };
    {
        let mut reading = pin!(journey.refused(read(), "BSV-514"));
        loop {
            tokio::select! {
                biased;
                _ = reading.as_mut() => break,
                () = tokio::task::yield_now() => journey.app().cancel(),
            }
        }
    }
    // Not busy: what had the reader has given it back.
    empty.0.insert_card_after(0);
    journey.answer(read()).await.unwrap();
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dismissed_sheet_is_told_by_what_the_card_may_have_seen() {
    let delivery = Delivery::Unknown;
    for (instruction, failure, code) in [
        (0xA4, LinkFailure::CancelledByPerson { delivery }, "BSV-514"),
        (0x20, LinkFailure::CancelledByPerson { delivery }, "BSV-535"),
        (
            0x20,
            LinkFailure::CancelledByPerson {
                delivery: Delivery::NotSent,
            },
            "BSV-514",
        ),
        // The PIN was right; who dismisses the sheet then wants no second try with it.
        (0x2A, LinkFailure::CancelledByPerson { delivery }, "BSV-514"),
    ] {
        let mut journey = Journey::start_with(Plan {
            link: Link::Nfc,
            ..Plan::default()
        })
        .await;
        let mut once = Some(failure);
        let hooked = HookedReaders::new(journey.readers.clone(), move |command| {
            match once.take_if(|_| command.get(1) == Some(&instruction)) {
                Some(failure) => Hook::FailAfterwards(failure),
                None => Hook::Pass,
            }
        });
        journey.port = Some(Arc::new(hooked));
        journey.restart();
        journey.walk_to("sign").await;
        journey.readers.clear();
        journey.refused(sign_with(PIN), code).await;
        assert!(
            journey.verifications() <= 1 && journey.readers.meter().connections == 1,
            "{code}"
        );
        journey.finish().await;
    }
}

/// Listens until it is let go.
struct Deaf(Mutex<mpsc::Receiver<()>>);

impl Watcher for Deaf {
    fn progress(&self, _: Activity, _: String) -> Result<(), PortFailure> {
        let _ = self.0.lock().unwrap().recv();
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watcher_that_never_returns_holds_up_nothing() {
    let (release, held) = mpsc::channel();
    let mut journey = Journey::start().await;
    journey.watcher = Some(Arc::new(Deaf(Mutex::new(held))));
    journey.restart();
    journey.finish().await;
    journey.restart();
    assert!(matches!(journey.step().screen, Screen::Done { .. }));
    drop(release);
}

/// Panics in place of giving its key.
struct BrokenVault;

impl Vault for BrokenVault {
    fn journal_key(&self) -> Result<Vec<u8>, PortFailure> {
        std::panic::panic_any("the key")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vault_that_panics_gives_no_key_and_the_folder_opens_with_the_next_one() {
    let mut journey = Journey::start().await;
    journey.close();
    let opened = journey.try_open(journey.home.path(), Arc::new(BrokenVault));
    assert_eq!(opened.err(), Some(Failure::VaultUnavailable));
    journey.open();
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_that_is_still_waited_for_is_opened_again_when_it_was_cancelled() {
    let (mut journey, readers) = whimsical(Profile::default()).await;
    readers.order(VERIFY, Whim::Never, 1);
    let before = Arc::clone(journey.app());
    let signing = tokio::spawn(Arc::clone(&before).answer(sign_with(PIN)));
    readers.indulged().await;
    before.cancel();
    journey.abandon();
    journey.open();
    assert_eq!(signing.await.unwrap().err(), Some(Failure::Cancelled));
    // The one before has let go of everything: it cannot write over what the new one does.
    journey.finish().await;
    assert!(Arc::clone(&before).answer(Answer::Leave).await.is_err());
    assert_eq!(journey.screen(), "done");
    drop(before);
    journey.restart();
    assert_eq!(journey.screen(), "done");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_for_the_portal_ends_when_the_person_has_had_enough() {
    let mut journey = Journey::at("choose-order").await;
    // Takes connections and says nothing.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("https://localhost:{}", silent.local_addr().unwrap().port());
    journey.redirect(Some(address), None);
    {
        let mut asking = pin!(journey.refused(Answer::RefreshOrders, "BSV-805"));
        loop {
            tokio::select! {
                biased;
                _ = asking.as_mut() => break,
                () = tokio::task::yield_now() => journey.app().cancel(),
            }
        }
    }
    journey.redirect(None, None);
    journey.finish().await;
}
