//! Lines as people have them: slow, silent, cut, behind gateways and proxies. Time passes by what a line carries, so that
//! nothing here takes longer than elsewhere.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use basvuru::application::{Activity, PortFailure, Step, Watcher};
use basvuru::failure::{Failure, ProxyFault};
use basvuru::portal::ProxyServer;
use basvuru::secret::Password;
use basvuru_flows::Journey;
use basvuru_world::{Act, BadLine, Carried, Front, Manner, Mishap, Proxy, TlsIdentity, Validity, Way};

/// Two kilobytes a second.
const SLOW: u32 = 2_000;

#[derive(Default)]
struct Heard(Mutex<Vec<String>>);

impl Watcher for Heard {
    fn progress(&self, _: Activity, sentence: String) -> Result<(), PortFailure> {
        self.0.lock().unwrap().push(sentence);
        Ok(())
    }
}

/// A journey over a line, and who hears how it comes along.
async fn over_a_line(rate: u32) -> (Journey, BadLine, Arc<Heard>) {
    let mut journey = Journey::start().await;
    let line = BadLine::to(journey.world.address(), rate).await.unwrap();
    let heard = Arc::new(Heard::default());
    journey.watcher = Some(Arc::clone(&heard) as _);
    journey.redirect(Some(line.url()), None);
    (journey, line, heard)
}

/// Gives the right answer over a line.
async fn go_on(journey: &Journey, line: &BadLine) -> Result<Step, Failure> {
    let answer = journey.right_answer().await;
    line.keep_time(journey.answer(answer)).await
}

/// Walks over a line until a screen.
async fn walk(journey: &Journey, line: &BadLine, screen: &str) {
    while journey.screen() != screen {
        let at = journey.screen();
        go_on(journey, line)
            .await
            .unwrap_or_else(|failure| panic!("at {at}: {failure:?}"));
    }
}

fn whole(carried: Carried) -> u64 {
    carried.up + carried.down
}

#[tokio::test]
async fn an_application_at_two_kilobytes_a_second_comes_to_its_receipt_and_tells_how_far_it_is() {
    let (journey, line, heard) = over_a_line(SLOW).await;
    let mut longest = Duration::ZERO;
    while journey.screen() != "done" {
        let before = line.carried().time;
        let at = journey.screen();
        go_on(&journey, &line)
            .await
            .unwrap_or_else(|failure| panic!("at {at}: {failure:?}"));
        longest = longest.max(line.carried().time - before);
    }
    let _ = journey.check_done();
    let carried = line.carried();
    eprintln!(
        "at 2 kB/s: {carried:?}, the longest answer {longest:?}, {:?}",
        journey.app().traffic()
    );
    // Single answers take longer than any line may be silent.
    assert!(longest > Duration::from_secs(30), "{longest:?}");
    assert_eq!(carried.time.as_secs(), whole(carried) / u64::from(SLOW));
    let heard = heard.0.lock().unwrap();
    // The picture code, the documents, and what was signed.
    for (stage, least) in [
        ("Portala soruluyor: ", 1),
        ("belge indiriliyor: ", 4),
        ("İmzalı başvuru gönderiliyor: ", 4),
    ] {
        let told = heard
            .iter()
            .filter(|sentence| sentence.contains(stage) && sentence.ends_with(" kB"));
        assert!(told.count() >= least, "{stage}: {heard:?}");
    }
}

#[tokio::test]
async fn a_line_that_is_silent_for_less_than_half_a_minute_is_waited_for() {
    for (screen, way) in [
        ("sign-in", Way::Down),
        ("choose-method", Way::Down),
        ("sign-pin", Way::Up),
    ] {
        let (mut journey, line, _) = over_a_line(SLOW).await;
        walk(&journey, &line, screen).await;
        line.after(5_000, way, Mishap::Silence(Duration::from_secs(24)));
        let before = line.carried();
        go_on(&journey, &line).await.unwrap();
        let after = line.carried();
        assert_eq!(after.mishaps, 1);
        assert!(after.time - before.time > Duration::from_secs(24));
        let _ = journey.finish().await;
    }
}

#[tokio::test]
async fn a_line_that_is_silent_for_half_a_minute_is_given_up_and_said_so() {
    let (mut journey, line, _) = over_a_line(SLOW).await;
    line.after(5_000, Way::Down, Mishap::Silence(Duration::from_secs(600)));
    let (before, kept) = (line.carried(), journey.kept());
    let failure = go_on(&journey, &line).await.unwrap_err();
    basvuru_flows::said(&failure, "BSV-702");
    let taken = line.carried().time - before.time;
    assert!(
        taken > Duration::from_secs(30) && taken < Duration::from_secs(40),
        "{taken:?}"
    );
    assert_eq!(journey.kept(), kept);
    let _ = journey.finish().await;
}

#[tokio::test]
async fn documents_and_container_go_over_another_line_where_one_fell_silent() {
    for (screen, way) in [("choose-method", Way::Down), ("sign-pin", Way::Up)] {
        let (mut journey, line, _) = over_a_line(SLOW).await;
        walk(&journey, &line, screen).await;
        line.after(20_000, way, Mishap::Silence(Duration::from_secs(34)));
        go_on(&journey, &line).await.unwrap();
        assert_eq!(line.carried().mishaps, 1);
        let _ = journey.finish().await;
    }
}

/// What an application carries over a line without mishaps.
async fn plain() -> Carried {
    let (journey, line, _) = over_a_line(SLOW).await;
    walk(&journey, &line, "done").await;
    line.carried()
}

#[tokio::test]
async fn an_application_that_is_cut_five_times_goes_on_where_it_was_and_carries_nothing_twice() {
    let uncut = plain().await;
    let (journey, line, _) = over_a_line(SLOW).await;
    walk(&journey, &line, "choose-method").await;
    // Its documents, twice, without a word to the person.
    let answer = journey.right_answer().await;
    let before = line.carried();
    line.after(12_000, Way::Down, Mishap::Cut);
    let cutting = async {
        while line.carried().mishaps == before.mishaps {
            tokio::task::yield_now().await;
        }
        line.after(15_000, Way::Down, Mishap::Cut);
    };
    let (step, ()) = line
        .keep_time(async { tokio::join!(journey.answer(answer), cutting) })
        .await;
    step.unwrap();
    assert_eq!(line.carried().mishaps, 2);
    // And what was signed, three times.
    walk(&journey, &line, "sign-pin").await;
    let answer = journey.right_answer().await;
    line.after(14_000, Way::Up, Mishap::Cut);
    let cutting = async {
        for cuts in [3, 4] {
            while line.carried().mishaps < cuts {
                tokio::task::yield_now().await;
            }
            line.after(11_000, Way::Up, Mishap::Cut);
        }
    };
    let (step, ()) = line
        .keep_time(async { tokio::join!(journey.answer(answer), cutting) })
        .await;
    step.unwrap();
    assert_eq!((journey.screen(), line.carried().mishaps), ("done", 5));
    let _ = journey.check_done();
    let cut = line.carried();
    let more = whole(cut) - whole(uncut);
    eprintln!("uncut {uncut:?}, cut {cut:?}: {} more for each cut", more / 5);
    // A handshake, the head of a request, and the record that was cut.
    assert!(more < 5 * 10_000, "{more} octets more: {uncut:?}, {cut:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_gateway_says_for_its_portal_is_the_portals_with_the_time_to_wait() {
    let mut journey = Journey::at("fill-form").await;
    let identity = TlsIdentity::of_portal(&journey.world).unwrap();
    let front = Front::before(&journey.world, &identity).await.unwrap();
    journey.redirect(Some(front.url()), None);
    journey.walk_to("fill-form").await;
    for (status, after, wait) in [
        (502, None, None),
        (503, Some("120"), Some(120)),
        (504, Some("7"), Some(7)),
        (503, Some("Thu, 01 Jan 1970 00:00:00 GMT"), Some(1)),
        (503, Some("nonsense"), None),
    ] {
        front.rule(move |_, _| Act::AnswerForPortal(status, after));
        let failure = journey.fails(journey.right_answer().await, "BSV-707").await;
        assert_eq!(failure, Failure::PortalUnavailable { wait });
        journey.restart();
    }
    front.rule(|_, _| Act::Pass);
    journey.finish().await;
}

fn through(proxy: &Proxy, credentials: Option<&str>) -> ProxyServer {
    let password = |text: &str| Arc::new(Password::new(text.as_bytes()).unwrap());
    ProxyServer {
        host: proxy.address().ip().to_string(),
        port: proxy.address().port(),
        credentials: credentials.map(password),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_through_a_proxy_comes_to_its_receipt_and_the_proxy_learns_the_host_alone() {
    let mut journey = Journey::start().await;
    // `ayse:gizli`.
    let proxy = Proxy::start(Manner::OpenFor("Basic YXlzZTpnaXpsaQ==".to_owned()))
        .await
        .unwrap();
    journey.proxy = Some(through(&proxy, Some("ayse:gizli")));
    journey.restart();
    journey.finish().await;
    let requests = proxy.requests();
    let tunnel = format!("CONNECT localhost:{} HTTP/1.1", journey.world.address().port());
    assert!(
        !requests.is_empty() && requests.iter().all(|request| *request == tunnel),
        "{requests:?}"
    );
    let heard = proxy.heard();
    assert!(!heard.contains("/v1/") && !heard.contains("Bearer"), "{heard}");
    eprintln!(
        "through a proxy: {} tunnels, {:?}",
        requests.len(),
        journey.app().traffic()
    );
}

/// Meets a proxy on the way; says which fault it is, and goes on without it.
async fn proxy_fails(manner: Manner, credentials: Option<&str>, fault: ProxyFault) {
    let mut journey = Journey::at("choose-method").await;
    let before = journey.kept();
    let proxy = Proxy::start(manner.clone()).await.unwrap();
    journey.proxy = Some(through(&proxy, credentials));
    journey.restart();
    let answer = journey.right_answer().await;
    // A clock that jumps finds the end of every patience.
    let is_silent = manner == Manner::Silent;
    if is_silent {
        tokio::time::pause();
    }
    let failure = journey.refused(answer, "BSV-712").await;
    if is_silent {
        tokio::time::resume();
    }
    let name = proxy.address().to_string();
    assert_eq!(
        failure,
        Failure::ProxyFailed {
            fault,
            proxy: name.clone()
        }
    );
    for language in [basvuru::texts::Language::Turkish, basvuru::texts::Language::English] {
        let told = failure.explain(language);
        assert!(told.what.contains(&name), "{told:?}");
        assert!(!format!("{told:?} {failure:?}").contains("gizli"));
    }
    assert_eq!(journey.kept(), before);
    journey.proxy = None;
    journey.restart();
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_lets_nobody_through_is_named() {
    proxy_fails(Manner::Closed, None, ProxyFault::Refused).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_wants_a_password_is_named() {
    let wants = || Manner::OpenFor("Basic YXlzZTpnaXpsaQ==".to_owned());
    proxy_fails(wants(), None, ProxyFault::PasswordNeeded).await;
    proxy_fails(wants(), Some("ayse:gizli2"), ProxyFault::PasswordNeeded).await;
}

#[tokio::test]
async fn a_proxy_that_says_nothing_is_named() {
    proxy_fails(Manner::Silent, None, ProxyFault::Silent).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_cannot_be_reached_is_named() {
    let mut journey = Journey::at("choose-method").await;
    let gone = Proxy::start(Manner::Open).await.unwrap();
    let server = through(&gone, None);
    drop(gone);
    tokio::task::yield_now().await;
    journey.proxy = Some(server);
    journey.restart();
    let failure = journey.fails(journey.right_answer().await, "BSV-712").await;
    let unreachable = matches!(
        failure,
        Failure::ProxyFailed {
            fault: ProxyFault::Unreachable,
            ..
        }
    );
    assert!(unreachable, "{failure:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_looks_into_the_tunnel_is_not_the_portal() {
    let mut journey = Journey::at("choose-method").await;
    let identity = TlsIdentity::made("localhost", Validity::Current).unwrap();
    let front = Front::before(&journey.world, &identity).await.unwrap();
    let proxy = Proxy::start(Manner::Elsewhere(front.address())).await.unwrap();
    journey.proxy = Some(through(&proxy, None));
    journey.restart();
    let failure = journey.refused(journey.right_answer().await, "BSV-703").await;
    assert_eq!(failure, Failure::PortalUntrusted);
    assert_eq!(front.requests(), [""; 0], "something was said to a stranger");
}
