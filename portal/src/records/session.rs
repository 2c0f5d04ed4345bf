//! Sessions: random tokens of which the database holds tags alone, over when they lie idle too long, some hours after they
//! were begun, when the person signs out, and when their access password is replaced.

use std::cmp::Reverse;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use basvuru::portal::{Device, ProblemKind};
use basvuru::secret::SecretText;
use rusqlite::{OptionalExtension as _, Transaction};

use crate::clock::Moment;
use crate::records::device::{self, DeviceId};
use crate::records::person::Person;
use crate::records::seal::{Tag, random_octets};
use crate::records::work::Work;
use crate::refusal::Refusal;

/// A session's token, 32 random octets in base64url.
#[derive(Clone)]
pub(crate) struct Token(SecretText);

impl Token {
    pub(crate) fn new(text: &str) -> Self {
        Self(SecretText::new(text.to_owned()))
    }

    /// The token's text.
    pub(crate) fn secret(self) -> SecretText {
        self.0
    }
}

/// How stale the end of a session may be, in seconds, before it is written again: reading costs no write that way.
const TOUCH_AFTER: u32 = 15;

/// How many sessions of one person there are at a time; the oldest makes room.
const MOST_SESSIONS: i64 = 32;
/// How many octets of a tag name a session to its person.
const ID_LENGTH: usize = 16;

/// Begins a session, on a device where one was told of, and gives its token, the only copy there is. A device has one session.
pub(crate) fn begin(work: &Work<'_>, person: Person, device: Option<&DeviceId>) -> Result<SecretText, Refusal> {
    let oldest = "DELETE FROM session WHERE person = ?1 AND token_tag NOT IN
                  (SELECT token_tag FROM session WHERE person = ?1 ORDER BY began_at DESC LIMIT ?2)";
    work.transaction.execute(oldest, (person.0, MOST_SESSIONS - 1))?;
    let before = "DELETE FROM session WHERE device = ?1";
    work.transaction.execute(before, [device])?;
    let token = Token(SecretText::new(URL_SAFE_NO_PAD.encode(random_octets::<32>())));
    let ends = end_of(work, work.steady);
    let tag = tag(work, &token);
    work.transaction.execute(
        "INSERT INTO session (token_tag, person, owner_tag, expires_at, began_at, device)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        (
            tag,
            person.0,
            owner_tag(work, &tag, person),
            ends.0,
            work.steady.0,
            device,
        ),
    )?;
    Ok(token.0)
}

/// When a session ends that was begun at a moment and is used now.
fn end_of(work: &Work<'_>, began: Moment) -> Moment {
    let limits = &work.settings.limits;
    work.steady.after(limits.idle_session).min(began.after(limits.session))
}

fn tag(work: &Work<'_>, token: &Token) -> Tag {
    work.key.tag("session", &[token.0.expose().as_bytes()])
}

/// What binds a session to its person: who can write the database, but has no key, gives nobody's session to another.
fn owner_tag(work: &Work<'_>, token: &Tag, person: Person) -> Tag {
    work.key.tag("session-owner", &[&token.0, &person.0.to_be_bytes()])
}

/// Whether a session is not over.
pub(crate) fn lives(work: &Work<'_>, token: &SecretText) -> rusqlite::Result<bool> {
    Ok(find(work, &tag(work, &Token(token.clone())))?.is_some())
}

/// Ends a session where the person signs out: the device it was on is known no more. Gives that, where there was one.
pub(crate) fn end(work: &Work<'_>, token: &Token) -> rusqlite::Result<Option<DeviceId>> {
    forget(work, &tag(work, token).0)
}

/// Ends every session of a person.
pub(crate) fn end_all(transaction: &Transaction<'_>, person: Person) -> rusqlite::Result<()> {
    let statement = "DELETE FROM session WHERE person = ?1";
    transaction.execute(statement, [person.0]).map(|_| ())
}

/// The devices that a person is signed in on, or that are known as theirs from an earlier time: here first, then those seen
/// last.
pub(crate) fn devices(work: &Work<'_>, person: Person, token: &Token) -> rusqlite::Result<Vec<Device>> {
    let here = tag(work, token);
    let sessions = of_person(work, person)?;
    let mut found = Vec::new();
    for known in device::of_person(work, person)? {
        let session = sessions
            .iter()
            .find(|session| session.device.as_ref() == Some(&known.id));
        found.push(Found {
            current: session.is_some_and(|session| here.matches(&session.tag)),
            seen: session.map_or(known.seen_at, |session| session.seen(work).max(known.seen_at)),
            id: known.id.0,
            name: known.name,
        });
    }
    for session in sessions.iter().filter(|session| session.device.is_none()) {
        found.push(Found {
            current: here.matches(&session.tag),
            seen: session.seen(work),
            id: id(work, &session.tag),
            name: None,
        });
    }
    found.sort_by_key(|found| (!found.current, Reverse(found.seen)));
    let shown = |found: Found| Device {
        id: found.id,
        name: found.name,
        last_seen: work.date_of(found.seen).rfc3339(),
        current: found.current,
    };
    Ok(found.into_iter().map(shown).collect())
}

/// A device in the list.
struct Found {
    id: String,
    name: Option<String>,
    seen: Moment,
    current: bool,
}

/// Signs a person out on a device of theirs: it is known no more. Gives which it was, where it was known.
pub(crate) fn end_device(work: &Work<'_>, person: Person, device: &str) -> rusqlite::Result<Option<Option<DeviceId>>> {
    let mut known = device::of_person(work, person)?.into_iter();
    if let Some(known) = known.find(|known| known.id.0 == device) {
        device::forget(work, &known.id)?;
        return Ok(Some(Some(known.id)));
    }
    let mut sessions = of_person(work, person)?.into_iter();
    match sessions.find(|session| session.device.is_none() && id(work, &session.tag) == device) {
        Some(session) => forget(work, &session.tag).map(Some),
        None => Ok(None),
    }
}

fn forget(work: &Work<'_>, tag: &[u8]) -> rusqlite::Result<Option<DeviceId>> {
    let statement = "DELETE FROM session WHERE token_tag = ?1 RETURNING device";
    let device: Option<Option<String>> = work
        .transaction
        .query_row(statement, [tag], |row| row.get(0))
        .optional()?;
    let device = device.flatten().map(DeviceId);
    if let Some(device) = &device {
        device::forget(work, device)?;
    }
    Ok(device)
}

/// A session that is not over.
struct Living {
    tag: Vec<u8>,
    ends: Moment,
    began: Moment,
    /// The device it is on.
    device: Option<DeviceId>,
}

impl Living {
    /// When it was used last, as nearly as that is written down.
    fn seen(&self, work: &Work<'_>) -> Moment {
        self.ends.before(work.settings.limits.idle_session).max(self.began)
    }
}

/// A person's sessions.
fn of_person(work: &Work<'_>, person: Person) -> rusqlite::Result<Vec<Living>> {
    let statement = "SELECT token_tag, expires_at, began_at, device FROM session WHERE person = ?1 AND expires_at > ?2";
    let mut statement = work.transaction.prepare(statement)?;
    let rows = statement.query_map((person.0, work.steady.0), |row| {
        let device: Option<String> = row.get(3)?;
        Ok(Living {
            tag: row.get(0)?,
            ends: Moment(row.get(1)?),
            began: Moment(row.get(2)?),
            device: device.map(DeviceId),
        })
    })?;
    rows.collect()
}

/// What names a session to its person, and tells nothing of its token.
fn id(work: &Work<'_>, tag: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(&work.key.tag("session-id", &[tag]).0[..ID_LENGTH])
}

/// Runs `task` for the person of a session. The session goes on from now, also where the task refuses: what the task
/// itself wrote is then undone unless the refusal lasts.
pub(crate) fn within_session<T>(
    work: &Work<'_>,
    token: &Token,
    task: impl FnOnce(Person) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    let person = authenticate(work, token)?;
    work.transaction.execute_batch("SAVEPOINT task")?;
    let outcome = task(person);
    if outcome.as_ref().is_err_and(|refusal| !refusal.is_lasting()) {
        work.transaction.execute_batch("ROLLBACK TO task")?;
    }
    work.transaction.execute_batch("RELEASE task")?;
    outcome.map_err(Refusal::lasting)
}

/// The person of a session, which goes on from now.
pub(crate) fn authenticate(work: &Work<'_>, token: &Token) -> Result<Person, Refusal> {
    let tag = tag(work, token);
    let Some((person, ends, began)) = find(work, &tag)? else {
        return Err(Refusal::new(ProblemKind::SessionOver));
    };
    let fresh_end = end_of(work, began);
    if ends.seconds_until(fresh_end) >= TOUCH_AFTER {
        let statement = "UPDATE session SET expires_at = ?2 WHERE token_tag = ?1";
        work.transaction.execute(statement, (&tag, fresh_end.0))?;
    }
    Ok(person)
}

/// A session that is not over: whose, when it ends, and when it was begun.
fn find(work: &Work<'_>, tag: &Tag) -> rusqlite::Result<Option<(Person, Moment, Moment)>> {
    let statement = "SELECT person, expires_at, began_at, owner_tag FROM session
                     WHERE token_tag = ?1 AND expires_at > ?2";
    let row = work.transaction.query_row(statement, (tag, work.steady.0), |row| {
        let found = (Person(row.get(0)?), Moment(row.get(1)?), Moment(row.get(2)?));
        Ok((found, row.get::<_, Option<Vec<u8>>>(3)?))
    });
    let found = row.optional()?.filter(|((person, ..), owner)| {
        let owner = owner.as_deref().unwrap_or_default();
        owner_tag(work, tag, *person).matches(owner)
    });
    // However the limits were set when it was begun.
    let is_over = |began: Moment| began.after(work.settings.limits.session) <= work.steady;
    Ok(found.map(|(found, _)| found).filter(|(_, _, began)| !is_over(*began)))
}
