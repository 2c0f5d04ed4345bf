use std::pin::pin;
use std::task::{Context, Waker};

use super::*;

const ONE: Person = Person(1);
const OTHER: Person = Person(2);

#[tokio::test]
async fn who_computes_one_thing_is_served_before_who_computes_many() {
    let computing = Computing::with_slots(1);
    let order = Arc::new(Mutex::new(Vec::new()));
    let compute = |person, name: &'static str| {
        let (computing, order) = (computing.clone(), Arc::clone(&order));
        async move {
            let turn = computing.turn(person).await.unwrap();
            turn.compute(move || order.lock().unwrap().push(name)).await.unwrap();
        }
    };
    let slots = computing.occupy(1).await;
    let mut waiting = [
        Box::pin(compute(ONE, "first")),
        Box::pin(compute(ONE, "second")),
        Box::pin(compute(ONE, "third")),
        Box::pin(compute(OTHER, "other")),
    ];
    let mut context = Context::from_waker(Waker::noop());
    for request in &mut waiting {
        assert!(request.as_mut().poll(&mut context).is_pending());
    }
    drop(slots);
    for request in waiting.map(tokio::spawn) {
        request.await.unwrap();
    }
    assert_eq!(*order.lock().unwrap(), ["first", "other", "second", "third"]);
    assert!(computing.queues.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_person_with_too_many_requests_waits_and_others_do_not() {
    let computing = Computing::with_slots(1);
    let mut places: Vec<Place> = (0..MOST_OF_A_PERSON).map(|_| computing.place(ONE).unwrap()).collect();
    let refused = computing.turn(ONE).await.err().unwrap();
    assert_eq!(refused.problem().kind, ProblemKind::RateLimited);
    assert_eq!(refused.problem().retry_after, Some(PAUSE));
    assert!(computing.turn(OTHER).await.is_ok());
    places.pop();
    assert!(computing.turn(ONE).await.is_ok());
}

#[tokio::test]
async fn a_turn_lasts_as_long_as_what_it_began_whoever_still_waits_for_it() {
    let computing = Computing::with_slots(2);
    let turn = computing.turn(ONE).await.unwrap();
    let (end, ended) = std::sync::mpsc::channel::<()>();
    let (begun, mut has_begun) = tokio::sync::mpsc::unbounded_channel();
    let given_up = turn.compute(move || {
        begun.send(()).unwrap();
        _ = ended.recv();
    });
    tokio::select! {
        biased;
        _ = given_up => panic!("it has not ended"),
        _ = has_begun.recv() => {}
    }
    drop(turn);
    let mut next = pin!(computing.turn(ONE));
    assert!(next.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    assert_eq!(computing.free_slots(), 1);
    drop(end);
    assert!(next.await.is_ok());
}
