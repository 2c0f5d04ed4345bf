//! The process is killed at every step and in the middle of every request; the next run goes on, and nothing has happened
//! twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use basvuru_world::Halt;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader};

use crate::town::Town;

/// How many cases run at a time, each at a portal of its own.
const WORKERS: usize = 4;

/// Kills the process at a record; gives whether it came that far.
async fn killed_at(town: &Town, record: usize, place: Halt) -> bool {
    let case = town.invite().await;
    let halted = town.relay.halt(record, place);
    let mut child = case.start();
    let reached = tokio::select! {
        halted = halted => halted.is_ok(),
        status = child.wait() => {
            assert!(status.unwrap().success(), "record {record}, {place:?}");
            false
        }
    };
    town.relay.go_on();
    if reached {
        child.kill().await.unwrap();
    }
    case.goes_on(1, &format!("killed at record {record}, {place:?}")).await;
    reached
}

/// Kills the process when it has shown so many steps; gives the last of them, or none if there are not so many.
async fn killed_after_step(town: &Town, count: usize) -> Option<String> {
    let case = town.invite().await;
    let mut child = case.start();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut seen = 0;
    let mut reached = None;
    while let Some(line) = lines.next_line().await.unwrap() {
        let event: Value = serde_json::from_str(&line).unwrap();
        if event["event"] == "step" {
            seen += 1;
            if seen == count {
                child.kill().await.unwrap();
                reached = Some(event["step"].as_str().unwrap().to_owned());
                break;
            }
        }
    }
    case.goes_on(1, &format!("killed after step {count}, {reached:?}"))
        .await;
    reached
}

/// Tries 1, 2, 3, … on several portals at a time until one is no more reached; gives how many were.
pub(crate) async fn each<F, R>(attempt: F) -> usize
where
    F: Fn(Arc<Town>, usize) -> R + Copy + Send + 'static,
    R: Future<Output = bool> + Send,
{
    let next = Arc::new(AtomicUsize::new(1));
    let reached = Arc::new(AtomicUsize::new(0));
    let workers = (0..WORKERS).map(|_| {
        let (next, reached) = (Arc::clone(&next), Arc::clone(&reached));
        tokio::spawn(async move {
            let town = Arc::new(Town::start().await);
            while attempt(Arc::clone(&town), next.fetch_add(1, Ordering::Relaxed)).await {
                reached.fetch_add(1, Ordering::Relaxed);
            }
        })
    });
    for worker in workers.collect::<Vec<_>>() {
        worker.await.unwrap();
    }
    reached.load(Ordering::Relaxed)
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_before_any_request_leaves_the_next_run_goes_on_and_nothing_happens_twice() {
    let records = each(|town, record| async move { killed_at(&town, record, Halt::BeforeForwarding).await }).await;
    assert!(records > 12, "only {records} records");
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_any_request_is_at_the_portal_the_next_run_goes_on_and_nothing_happens_twice() {
    let records = each(|town, record| async move { killed_at(&town, record, Halt::AfterForwarding).await }).await;
    assert!(records > 12, "only {records} records");
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_when_any_answer_has_come_the_next_run_goes_on_and_nothing_happens_twice() {
    let records = each(|town, record| async move { killed_at(&town, record, Halt::AfterAnswering).await }).await;
    assert!(records > 12, "only {records} records");
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_any_step_the_next_run_goes_on_and_nothing_happens_twice() {
    let steps = each(|town, count| async move { killed_after_step(&town, count).await.is_some() }).await;
    assert_eq!(steps, 10, "steps were shown");
}

/// Kills the process at a record while it changes a form that was approved, confirmed and all but signed before; gives
/// whether it came that far.
async fn killed_while_changing(town: &Town, record: usize, place: Halt) -> bool {
    let context = format!("changing, killed at record {record}, {place:?}");
    let mut case = town.invite().await;
    case.answer("pin", "864209".into());
    let refused = case.run().await;
    assert_eq!(refused.status.code(), Some(1), "{context}");
    case.take_texts();
    case.answer("pin", basvuru_world::PIN.into());
    case.answer("change_form", true.into());
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
    }
    // The next run goes on with what was begun: a form that was opened is approved anew, and one that was not stays as it is.
    case.answer("change_form", false.into());
    // A card takes a try before it compares. The wrong PIN cost one, and a card whose process died over the right one is left
    // with the last, which nobody uses without having said so.
    case.answer("last_try_confirmed", true.into());
    let before = case.ledger().count("approved");
    let approvals = case.goes_on(2, &context).await;
    assert!(approvals >= before, "{context}");
    reached
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_anywhere_in_the_change_of_a_form_the_next_run_goes_on_and_nothing_happens_twice() {
    for place in [Halt::BeforeForwarding, Halt::AfterForwarding, Halt::AfterAnswering] {
        let records = each(move |town, record| async move { killed_while_changing(&town, record, place).await }).await;
        assert!(records > 12, "only {records} records");
    }
}
