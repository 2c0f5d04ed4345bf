use std::net::{IpAddr, Ipv4Addr};

use super::*;

const MINUTE: i64 = 60;

fn tag(number: u32) -> Tag {
    let mut octets = [0; 32];
    octets[..4].copy_from_slice(&number.to_be_bytes());
    Tag(octets)
}

fn network(number: u32) -> Network {
    Network::from(IpAddr::V4(Ipv4Addr::from_bits(number)))
}

/// The applicant's identity, and the password that is theirs; every other number is a wrong one.
const APPLICANT: u32 = 1;
const RIGHT: u32 = 0;

fn stranger(from: u32, identity: u32) -> Who {
    Who::Stranger {
        network: network(from),
        identity: tag(identity),
    }
}

/// A portal's waits at a clock that moves only when it is told to.
struct Door {
    waits: Arc<Waits>,
    now: Moment,
    lifts: i64,
}

impl Door {
    fn new() -> Self {
        Self {
            waits: Waits::new(5),
            now: Moment(1_780_000_000),
            lifts: 0,
        }
    }

    fn pass(&mut self, seconds: i64) {
        self.now = Moment(self.now.0 + seconds);
    }

    /// Types a password: `Ok` where it was judged right.
    fn types(&self, who: Who, password: u32) -> Result<(), Wrong> {
        let attempt = self
            .waits
            .admit(who, tag(password), self.now, self.lifts)
            .map_err(Wrong::Wait)?;
        match password {
            RIGHT => {
                attempt.right();
                Ok(())
            }
            _ => Err(attempt.wrong(self.now)),
        }
    }

    /// Types the right password as somebody does who comes back when told to: how many seconds that takes.
    fn patiently(&mut self, who: Who, mut meanwhile: impl FnMut(&Self)) -> i64 {
        let begun = self.now;
        while let Err(refused) = self.types(who, RIGHT) {
            let Wrong::Wait(wait) = refused else {
                panic!("the right password was judged wrong")
            };
            for _ in 0..wait {
                self.pass(1);
                meanwhile(self);
            }
        }
        self.now.0 - begun.0
    }
}

#[test]
fn a_stranger_is_told_what_is_left_and_then_waits_longer_with_each_wrong_password() {
    let mut door = Door::new();
    let stranger = stranger(9, APPLICANT);
    for left in [4, 3, 2, 1] {
        assert_eq!(door.types(stranger, 100 + u32::from(left)), Err(Wrong::TriesLeft(left)));
    }
    for (number, wait) in [2, 4, 8, 16, 30, 30, 30].into_iter().enumerate() {
        let number = u32::try_from(number).unwrap();
        assert_eq!(door.types(stranger, 200 + number), Err(Wrong::Wait(wait)), "judged");
        assert_eq!(door.types(stranger, 300 + number), Err(Wrong::Wait(wait)), "not judged");
        door.pass(i64::from(wait));
    }
    door.pass(60 * MINUTE);
    assert_eq!(door.types(stranger, 400), Err(Wrong::TriesLeft(4)), "it is forgotten");
}

#[test]
fn nobody_elsewhere_waits_for_what_a_stranger_typed() {
    let door = Door::new();
    for wrong in 1..200 {
        let _ = door.types(stranger(9, APPLICANT), wrong);
    }
    assert_eq!(door.types(stranger(10, APPLICANT), RIGHT), Ok(()), "another network");
    assert_eq!(door.types(stranger(9, 2), RIGHT), Ok(()), "another identity");
    assert_eq!(door.types(Who::Device(tag(7)), RIGHT), Ok(()), "a known device");
}

#[test]
fn who_has_the_right_password_is_in_within_a_minute_behind_the_address_of_an_attacker() {
    let mut door = Door::new();
    let mut wrong = 0;
    let mut attack = |door: &Door| {
        for identity in [APPLICANT, 2, 3, 4, 5, 6, 7, 8] {
            for _ in 0..40 {
                wrong += 1;
                let _ = door.types(stranger(9, identity), 1_000 + wrong);
            }
        }
    };
    for _ in 0..3 {
        attack(&door);
        let waited = door.patiently(stranger(9, APPLICANT), &mut attack);
        assert!((1..=i64::from(LONGEST)).contains(&waited), "{waited} s");
        assert!(i64::from(LONGEST) + 30 <= MINUTE, "with time for a picture code");
    }
}

#[test]
fn who_has_the_right_password_is_in_at_once_when_thousands_of_addresses_try_the_identity() {
    let mut door = Door::new();
    let mut from = 1_000;
    let mut attack = |door: &Door| {
        for _ in 0..2_000 {
            from += 1;
            let _ = door.types(stranger(from, APPLICANT), from);
        }
    };
    attack(&door);
    assert_eq!(
        door.patiently(stranger(9, APPLICANT), &mut attack),
        0,
        "never wrong here"
    );
    // One who mistyped once, in the middle of it.
    assert!(door.types(stranger(10, APPLICANT), 1).is_err());
    let waited = door.patiently(stranger(10, APPLICANT), &mut attack);
    assert!((1..=i64::from(LONGEST)).contains(&waited), "{waited} s");
}

#[test]
fn strangers_who_come_again_from_thousands_of_addresses_wait() {
    let door = Door::new();
    for round in 0..10 {
        for from in 0..100 {
            let _ = door.types(stranger(from, APPLICANT), 1 + round * 100 + from);
        }
    }
    let judged = (0..100)
        .filter(|from| {
            door.waits
                .admit(stranger(*from, APPLICANT), tag(9_999), door.now, door.lifts)
                .is_ok()
        })
        .count();
    assert_eq!(judged, 0);
}

#[test]
fn two_hundred_of_one_institution_sign_in_within_a_minute_though_some_mistype() {
    let mut door = Door::new();
    for applicant in 0..200 {
        if applicant % 4 == 0 {
            assert_eq!(door.types(stranger(9, applicant), 1), Err(Wrong::TriesLeft(4)));
        }
        assert_eq!(door.types(stranger(9, applicant), RIGHT), Ok(()), "{applicant}");
        if applicant % 4 == 3 {
            door.pass(1);
        }
    }
}

#[test]
fn a_known_device_keeps_its_own_count() {
    let mut door = Door::new();
    let (device, another) = (Who::Device(tag(7)), Who::Device(tag(8)));
    for left in [4, 3, 2, 1] {
        assert_eq!(door.types(device, 1), Err(Wrong::TriesLeft(left)));
    }
    assert_eq!(door.types(device, 1), Err(Wrong::Wait(2)));
    assert_eq!(
        door.types(device, RIGHT),
        Err(Wrong::Wait(2)),
        "it waits with the right one too"
    );
    assert_eq!(door.types(another, RIGHT), Ok(()));
    assert_eq!(
        door.types(stranger(9, APPLICANT), RIGHT),
        Ok(()),
        "nobody else waits for it"
    );
    door.pass(2);
    assert_eq!(door.types(device, RIGHT), Ok(()));
    assert_eq!(
        door.types(device, 1),
        Err(Wrong::TriesLeft(4)),
        "signing in starts the count anew"
    );
}

#[test]
fn a_known_device_does_not_compute_without_end() {
    let door = Door::new();
    let device = Who::Device(tag(7));
    let judged = (0..1_000).filter(|_| door.types(device, RIGHT).is_ok()).count();
    assert_eq!(judged, 21);
}

#[test]
fn as_many_tries_at_a_time_are_no_way_around_the_count() {
    let door = Door::new();
    let who = stranger(9, APPLICANT);
    let under_way: Vec<Try> = (1..=20)
        .filter_map(|wrong| door.waits.admit(who, tag(wrong), door.now, door.lifts).ok())
        .collect();
    assert_eq!(under_way.len(), 5);
    for attempt in under_way {
        assert_eq!(attempt.wrong(door.now), Wrong::Wait(2));
    }
}

#[test]
fn a_try_that_was_given_up_counts_for_nothing() {
    let door = Door::new();
    for _ in 0..20 {
        drop(
            door.waits
                .admit(stranger(9, APPLICANT), tag(1), door.now, door.lifts)
                .ok(),
        );
    }
    assert_eq!(door.types(stranger(9, APPLICANT), 1), Err(Wrong::TriesLeft(4)));
}

#[test]
fn an_invitation_or_an_operator_lifts_the_wait_of_one_person_everywhere() {
    let mut door = Door::new();
    for wrong in 1..10 {
        let _ = door.types(stranger(9, APPLICANT), wrong);
        let _ = door.types(Who::Device(tag(7)), wrong);
    }
    assert!(matches!(door.types(stranger(9, APPLICANT), RIGHT), Err(Wrong::Wait(_))));
    door.pass(1);
    door.lifts += 1;
    assert_eq!(door.types(stranger(9, APPLICANT), RIGHT), Ok(()));
    assert_eq!(door.types(Who::Device(tag(7)), RIGHT), Ok(()));
    // What is wrong afterwards counts.
    door.pass(1);
    assert_eq!(door.types(stranger(9, APPLICANT), 1), Err(Wrong::TriesLeft(4)));
    assert_eq!(door.types(stranger(9, APPLICANT), 1), Err(Wrong::TriesLeft(3)));
}

#[test]
fn a_clock_that_is_set_keeps_nobody_waiting() {
    for jump in [-10 * 365 * 24 * 60 * MINUTE, 10 * 365 * 24 * 60 * MINUTE] {
        let mut door = Door::new();
        let who = stranger(9, APPLICANT);
        for wrong in 1..=9 {
            let _ = door.types(who, wrong);
        }
        assert_eq!(door.types(who, RIGHT), Err(Wrong::Wait(2)));
        door.pass(jump);
        let waited = door.patiently(who, |_| {});
        assert!(waited <= i64::from(LONGEST), "{jump}: {waited} s");
    }
}

#[test]
fn what_is_remembered_is_bounded() {
    let mut door = Door::new();
    for number in 0..u32::try_from(MOST_COUNTS).unwrap() / 2 {
        let _ = door.types(stranger(number, number), 1);
    }
    let counts = door.waits.lock().counts.len();
    assert!(counts <= MOST_COUNTS && counts > MOST_COUNTS / 4, "{counts}");
    door.pass(1);
    for wrong in 0..100 {
        let _ = door.types(stranger(9, APPLICANT), wrong + 1);
    }
    let turns = door.waits.lock().turns.len();
    assert!(turns <= 100, "{turns}");
}
