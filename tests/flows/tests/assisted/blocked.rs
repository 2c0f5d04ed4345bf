//! A journey that has come to a card whose PIN is blocked.

use std::sync::Arc;

use basvuru::application::{Answer, AssistedUnblocking, Screen, Step};
use basvuru::failure::Failure;
use basvuru::reader::Link;
use basvuru::secret::{Password, Pin};
use basvuru_flows::{Journey, Plan, reader, sign_with};
use basvuru_world::{Act, Front, TlsIdentity};

pub(crate) const NEW_PIN: &str = "975310";
pub(crate) const LINKS: [Link; 2] = [Link::Contact, Link::Nfc];
/// Where a code is asked for, and where it is given for the command.
pub(crate) const ASKING: &str = "/unblocking";
pub(crate) const CONFIRMING: &str = "/unblocking/confirmation";

pub(crate) async fn blocked(link: Link) -> Journey {
    blocked_with(Plan {
        link,
        ..Plan::default()
    })
    .await
}

pub(crate) async fn blocked_with(plan: Plan) -> Journey {
    let screen = if plan.link == Link::Contact { "sign-pin" } else { "sign" };
    let mut journey = Journey::start_with(plan).await;
    journey.walk_to(screen).await;
    block(&journey).await;
    journey.readers.clear();
    journey
}

/// The same at a portal that sends as many codes as it is asked for.
pub(crate) async fn generous(link: Link) -> Journey {
    blocked_with(Plan {
        link,
        adjust: |settings| {
            settings.limits.code_resend = std::time::Duration::ZERO;
            settings.limits.codes_a_day = 1_000;
        },
        ..Plan::default()
    })
    .await
}

/// Types three wrong PINs.
pub(crate) async fn block(journey: &Journey) {
    for wrong in ["111222", "222333", "333444"] {
        let Answer::Sign { reader, pin, .. } = sign_with(wrong) else {
            panic!("an answer to sign")
        };
        let last_try_confirmed = true;
        let certificate = None;
        let answer = Answer::Sign {
            reader,
            pin,
            last_try_confirmed,
            certificate,
        };
        assert!(journey.answer(answer).await.is_err());
    }
    assert_eq!(journey.tries_left(), 0);
}

/// The journey behind somebody in the middle.
pub(crate) async fn with_front(journey: &mut Journey) -> Front {
    let identity = TlsIdentity::of_portal(&journey.world).unwrap();
    let front = Front::before(&journey.world, &identity).await.unwrap();
    journey.redirect(Some(front.url()), None);
    front
}

/// Has one path dealt with in a way of its own.
pub(crate) fn rule(front: &Front, path: &'static str, act: impl Fn() -> Act + Send + Sync + 'static) {
    front.rule(move |_, asked| match asked.ends_with(path) {
        true => act(),
        false => Act::Pass,
    });
}

pub(crate) fn request() -> Answer {
    Answer::RequestUnblocking {
        reader: reader(),
        app_token: None,
    }
}

pub(crate) fn unblock(code: &Arc<Password>) -> Answer {
    unblock_to(code, NEW_PIN)
}

pub(crate) fn unblock_to(code: &Arc<Password>, new_pin: &str) -> Answer {
    Answer::Unblock {
        reader: reader(),
        code: Arc::clone(code),
        new_pin: Arc::new(Pin::new(new_pin.as_bytes())),
    }
}

/// Asks for a code, which must be sent, and reads it.
pub(crate) async fn code(journey: &Journey) -> Arc<Password> {
    journey.answer(request()).await.unwrap();
    journey.code().await
}

/// Unblocks the PIN, which must come about.
pub(crate) async fn unblocked(journey: &Journey, code: &Arc<Password>) -> Step {
    match journey.answer(unblock(code)).await {
        Ok(step) => step,
        Err(failure) => panic!("not unblocked: {failure:?}"),
    }
}

/// A code that is not this one.
pub(crate) fn other_than(code: &Arc<Password>) -> Arc<Password> {
    let mut digits = code.utf8();
    digits[0] = if digits[0] == b'1' { b'2' } else { b'1' };
    Arc::new(Password::new(&digits).unwrap())
}

/// What is shown of the portal's help.
pub(crate) fn assisted(journey: &Journey) -> Option<AssistedUnblocking> {
    let Screen::Sign { assisted, .. } = journey.step().screen else {
        panic!("the card expected, not {}", journey.screen())
    };
    assisted
}

/// Whether help is offered, and no code is on its way.
pub(crate) fn offered_anew(journey: &Journey) -> bool {
    assisted(journey).is_some_and(|assisted| assisted.code.is_none() && assisted.verification_code.is_none())
}

/// How many tries a code has left that is on its way.
pub(crate) fn code_tries(journey: &Journey) -> Option<u8> {
    assisted(journey).unwrap().code.map(|code| code.tries_left)
}

/// How many commands of an instruction were sent to a card since the readers were cleared last.
pub(crate) fn sent(journey: &Journey, instruction: &str) -> usize {
    let is_one = |command: &str| command.get(2..4) == Some(instruction);
    let exchanges = journey.readers.exchanges();
    exchanges.iter().filter(|exchange| is_one(&exchange.command)).count()
}

/// How many RESET RETRY COUNTER were sent to a card.
pub(crate) fn resets(journey: &Journey) -> usize {
    sent(journey, "2C")
}

pub(crate) fn puk_tries(journey: &Journey) -> Option<u8> {
    journey.card.lock().unwrap().puk_tries_left()
}

/// How often the portal has asked, refused and given.
pub(crate) fn ledger(journey: &Journey) -> [usize; 3] {
    let ledger = journey.ledger();
    ["unblocking-asked", "unblocking-refused", "unblocking-given"].map(|event| ledger.count(event))
}

/// Signs with the new PIN, and checks everything that must hold then.
pub(crate) async fn finish(journey: &mut Journey) {
    finish_with(journey, NEW_PIN).await;
}

pub(crate) async fn finish_with(journey: &mut Journey, pin: &str) {
    if journey.screen() == "sign" && journey.link == Link::Contact {
        journey.go_on().await;
    }
    journey.answer(sign_with(pin)).await.unwrap();
    let _ = journey.check_done();
}

/// Gives an answer that must fail, and leave what is shown of the help, the card and its PUK as they were.
pub(crate) async fn changes_nothing(journey: &Journey, answer: Answer, code: &str) -> Failure {
    let before = (
        assisted(journey).map(|assisted| assisted.verification_code),
        puk_tries(journey),
        resets(journey),
    );
    let failure = journey.fails(answer, code).await;
    let after = (
        assisted(journey).map(|assisted| assisted.verification_code),
        puk_tries(journey),
        resets(journey),
    );
    assert_eq!(after, before, "{failure:?}");
    failure
}
