//! Who types wrong passwords waits, longer with each; nobody else does, and nobody for long.
//!
//! A wrong password costs the device that typed it, where the portal knows it. Of a stranger it costs the network towards that
//! identity, the network towards everybody, and the identity towards networks that were wrong about it before. Access
//! passwords have 60 random bits: what a wait spares is computation, not the password. So nobody waits longer than
//! [`LONGEST`], and who was told to wait has a turn: the same credentials are judged after that time, whatever others did
//! meanwhile. Identities that nobody has are counted like others.
//!
//! Everything is in memory, bounded, and runs out by itself: strangers write nothing into the database by being wrong, and a
//! portal that is started again has forgiven everybody.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::clock::Moment;
use crate::network::Network;
use crate::records::seal::Tag;

/// The longest wait, in seconds: with a new picture code it is over within a minute.
pub(crate) const LONGEST: u32 = 30;
/// How long a turn is kept, in seconds, for people who come back later than they were told.
const TURN_KEPT: i64 = 15 * 60;
/// How many counts are kept at a time.
const MOST_COUNTS: usize = 65_536;
/// How many turns are kept at a time. Each was paid for with a picture code, which takes longer to draw than this many last.
const MOST_TURNS: usize = 16_384;

/// Who tries to sign in.
#[derive(Clone, Copy)]
pub(crate) enum Who {
    /// A device that the portal knows as the person's, by the tag of its token.
    Device(Tag),
    /// Anybody else: from where, and for whom.
    Stranger { network: Network, identity: Tag },
}

/// What wrong passwords are counted for.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Scope {
    Device([u8; 32]),
    /// Every sign-in of a device, right or wrong: it needs no picture code, and is not to compute without end.
    SignIns([u8; 32]),
    NetworkForIdentity(Network, [u8; 32]),
    Network(Network),
    Identity([u8; 32]),
}

impl Who {
    /// What a try counts for; its own count first, of which the person is told what is left.
    fn scopes(self) -> Vec<Scope> {
        match self {
            Self::Device(Tag(device)) => vec![Scope::Device(device), Scope::SignIns(device)],
            Self::Stranger {
                network,
                identity: Tag(identity),
            } => vec![
                Scope::NetworkForIdentity(network, identity),
                Scope::Network(network),
                Scope::Identity(identity),
            ],
        }
    }
}

/// The counts of one kind: how many are free, and after how many seconds one is forgotten.
struct Measure {
    free: u32,
    forgotten_after: i64,
}

/// How many steps a count goes above what is free: the wait has long been the longest by then, and comes back from there.
const STEPS: u32 = 8;

/// A count that runs out with time.
struct Count {
    level: u32,
    /// Since when none was forgotten.
    since: Moment,
    last: Moment,
    until: Moment,
    /// How often had been forgiven when it was counted.
    lifts: i64,
}

impl Count {
    const fn new(now: Moment) -> Self {
        Self {
            level: 0,
            since: now,
            last: now,
            until: Moment(0),
            lifts: 0,
        }
    }

    /// Forgets what time has passed over. A clock that was set back forgets nothing.
    fn run_out(&mut self, measure: &Measure, now: Moment) {
        let passed = now.0.saturating_sub(self.since.0);
        if passed < 0 {
            self.since = now;
            return;
        }
        let forgotten = passed / measure.forgotten_after;
        self.level = self.level.saturating_sub(u32::try_from(forgotten).unwrap_or(u32::MAX));
        self.since = match self.level {
            0 => now,
            _ => Moment(self.since.0 + forgotten * measure.forgotten_after),
        };
    }

    fn charge(&mut self, measure: &Measure, now: Moment) {
        self.run_out(measure, now);
        self.level = (self.level + 1).min(measure.free + STEPS);
        self.last = now;
        if let Some(over) = self.level.checked_sub(measure.free).filter(|over| *over > 0) {
            let wait = 2u32.saturating_pow(over).min(LONGEST);
            self.until = Moment(now.0.saturating_add(i64::from(wait)));
        }
    }

    fn give_back(&mut self, measure: &Measure, number: u32) {
        self.level = self.level.saturating_sub(number);
        if self.level <= measure.free {
            self.until = Moment(0);
        }
    }

    /// Seconds to wait. What is longer than any wait comes from a clock that was set, and is none.
    fn wait(&self, now: Moment) -> u32 {
        Some(now.seconds_until(self.until))
            .filter(|wait| *wait <= LONGEST)
            .unwrap_or(0)
    }
}

/// What is counted, and who has a turn.
#[derive(Default)]
struct Counts {
    counts: HashMap<Scope, Count>,
    turns: HashMap<[u8; 32], Moment>,
}

/// The waits of everybody.
pub(crate) struct Waits {
    /// How many wrong passwords of one device, or of one network for one identity, make it wait.
    wrong_passwords: u32,
    counts: Mutex<Counts>,
}

/// A try that may be judged. It counts as wrong from the beginning, so that as many tries at a time are no way around the
/// count; given up, it counts for nothing.
pub(crate) struct Try {
    waits: Arc<Waits>,
    who: Option<Who>,
}

/// What a wrong password has led to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// So many tries are left before a wait.
    TriesLeft(u8),
    /// Whoever typed it waits for so many seconds.
    Wait(u32),
}

impl Waits {
    pub(crate) fn new(wrong_passwords: u8) -> Arc<Self> {
        Arc::new(Self {
            wrong_passwords: u32::from(wrong_passwords.max(1)),
            counts: Mutex::default(),
        })
    }

    /// Lets a try be judged, where nobody has to wait for it: what was wrong before the last
    /// of the person's `lifts` is forgiven.
    ///
    /// # Errors
    /// The seconds to wait, at most [`LONGEST`]; the same credentials are judged after that.
    pub(crate) fn admit(self: &Arc<Self>, who: Who, credentials: Tag, now: Moment, lifts: i64) -> Result<Try, u32> {
        let mut counts = self.lock();
        for scope in who.scopes() {
            let forgiven = |count: &Count| self.is_lifted(scope) && count.lifts != lifts;
            if counts.counts.get(&scope).is_some_and(forgiven) {
                counts.counts.remove(&scope);
            }
        }
        let wait = self.wait(&mut counts, who, now);
        if wait > 0 && !counts.has_turn(&credentials, now) {
            return Err(match who {
                // A device waits for nobody but itself.
                Who::Device(_) => wait,
                Who::Stranger { .. } => counts.turn(&credentials, wait, now),
            });
        }
        counts.turns.remove(&credentials.0);
        for scope in who.scopes() {
            let measure = self.measure(scope);
            let count = counts.count(scope, now);
            count.lifts = lifts;
            count.charge(&measure, now);
        }
        Ok(Try {
            waits: Arc::clone(self),
            who: Some(who),
        })
    }

    /// The longest of the waits that hold for somebody.
    fn wait(&self, counts: &mut Counts, who: Who, now: Moment) -> u32 {
        let mut longest = 0;
        let mut was_wrong_before = true;
        for scope in who.scopes() {
            let Some(count) = counts.counts.get_mut(&scope) else {
                was_wrong_before &= !matches!(scope, Scope::NetworkForIdentity(..));
                continue;
            };
            count.run_out(&self.measure(scope), now);
            match scope {
                Scope::NetworkForIdentity(..) => was_wrong_before = count.level > 0,
                // What strangers elsewhere did is no reason to keep one waiting who was never wrong.
                Scope::Identity(_) if !was_wrong_before => continue,
                Scope::Identity(_) | Scope::Network(_) | Scope::Device(_) | Scope::SignIns(_) => {}
            }
            longest = longest.max(count.wait(now));
        }
        longest
    }

    fn measure(&self, scope: Scope) -> Measure {
        let (free, forgotten_after) = match scope {
            Scope::Device(_) | Scope::NetworkForIdentity(..) => (self.wrong_passwords - 1, 3 * 60),
            // An institution, or a mobile operator with all its subscribers: many are wrong now and then.
            Scope::Network(_) => (60, 2),
            Scope::Identity(_) => (20, 30),
            Scope::SignIns(_) => (20, 6),
        };
        Measure { free, forgotten_after }
    }

    /// Whether an invitation or an operator lifts it: what belongs to one person.
    const fn is_lifted(&self, scope: Scope) -> bool {
        matches!(
            scope,
            Scope::Device(_) | Scope::NetworkForIdentity(..) | Scope::Identity(_)
        )
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counts {
    fn count(&mut self, scope: Scope, now: Moment) -> &mut Count {
        if !self.counts.contains_key(&scope) {
            make_room(&mut self.counts, MOST_COUNTS, |count| count.last);
        }
        self.counts.entry(scope).or_insert_with(|| Count::new(now))
    }

    fn has_turn(&self, credentials: &Tag, now: Moment) -> bool {
        self.turns
            .get(&credentials.0)
            .is_some_and(|due| (due.0..=due.0 + TURN_KEPT).contains(&now.0))
    }

    /// Seconds until these credentials have their turn, which nobody puts off.
    fn turn(&mut self, credentials: &Tag, wait: u32, now: Moment) -> u32 {
        let known = self.turns.get(&credentials.0).map(|due| now.seconds_until(*due));
        if let Some(rest) = known.filter(|rest| (1..=LONGEST).contains(rest)) {
            return rest;
        }
        make_room(&mut self.turns, MOST_TURNS, |due| *due);
        self.turns
            .insert(credentials.0, Moment(now.0.saturating_add(i64::from(wait))));
        wait
    }
}

/// Makes room where there are as many as are kept: the older half goes, so that it is seldom done.
fn make_room<K: Copy + Eq + Hash, V>(map: &mut HashMap<K, V>, most: usize, age: impl Fn(&V) -> Moment) {
    if map.len() < most {
        return;
    }
    let mut ages: Vec<(Moment, K)> = map.iter().map(|(key, value)| (age(value), *key)).collect();
    let half = ages.len() / 2;
    ages.select_nth_unstable_by_key(half, |(age, _)| *age);
    for (_, oldest) in &ages[..half] {
        map.remove(oldest);
    }
}

impl Try {
    /// The password was right: what it counted is given back, and what was wrong before is forgiven.
    pub(crate) fn right(mut self) {
        let Some(who) = self.who.take() else { return };
        let mut counts = self.waits.lock();
        for scope in who.scopes() {
            match scope {
                Scope::Device(_) | Scope::NetworkForIdentity(..) => {
                    counts.counts.remove(&scope);
                }
                // Where some are right, others are people as well.
                Scope::Network(_) => self.waits.give_back(&mut counts, scope, 2),
                Scope::Identity(_) => self.waits.give_back(&mut counts, scope, 1),
                Scope::SignIns(_) => {}
            }
        }
    }

    /// The password was wrong.
    pub(crate) fn wrong(mut self, now: Moment) -> Wrong {
        let Some(who) = self.who.take() else {
            return Wrong::Wait(LONGEST);
        };
        let mut counts = self.waits.lock();
        let wait = self.waits.wait(&mut counts, who, now);
        if wait > 0 {
            return Wrong::Wait(wait);
        }
        let own = who.scopes().first().and_then(|scope| counts.counts.get(scope));
        let left = self
            .waits
            .wrong_passwords
            .saturating_sub(own.map_or(0, |count| count.level));
        Wrong::TriesLeft(u8::try_from(left).unwrap_or(u8::MAX).max(1))
    }
}

impl Waits {
    fn give_back(&self, counts: &mut Counts, scope: Scope, number: u32) {
        if let Some(count) = counts.counts.get_mut(&scope) {
            count.give_back(&self.measure(scope), number);
        }
    }
}

impl Drop for Try {
    fn drop(&mut self) {
        let Some(who) = self.who.take() else { return };
        let mut counts = self.waits.lock();
        for scope in who.scopes() {
            self.waits.give_back(&mut counts, scope, 1);
        }
    }
}

#[cfg(test)]
mod tests;
