//! Sessions: random tokens of which the database holds tags alone, over when they lie idle too long.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use basvuru::portal::ProblemKind;
use basvuru::secret::SecretText;
use rusqlite::OptionalExtension as _;

use crate::records::seal::random_octets;
use crate::records::work::Work;
use crate::refusal::Refusal;

/// The number of a person in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Person(pub(crate) i64);

/// A session's token, 32 random octets in base64url.
#[derive(Clone)]
pub(crate) struct Token(SecretText);

impl Token {
    pub(crate) fn new(text: &str) -> Self {
        Self(SecretText::new(text.to_owned()))
    }
}

/// How stale the end of a session may be, in seconds, before it is written again: reading costs no write that way.
const TOUCH_AFTER: u32 = 15;

/// Begins a session and gives its token, the only copy there is.
pub(crate) fn begin(work: &Work<'_>, person: Person) -> Result<SecretText, Refusal> {
    let token = SecretText::new(URL_SAFE_NO_PAD.encode(random_octets::<32>()));
    let ends = work.now.after(work.settings.limits.idle_session);
    work.transaction.execute(
        "INSERT INTO session (token_tag, person, expires_at) VALUES (?1, ?2, ?3)",
        (work.key.tag("session", &[token.expose().as_bytes()]), person.0, ends.0),
    )?;
    Ok(token)
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
    let tag = work.key.tag("session", &[token.0.expose().as_bytes()]);
    let row: Option<(i64, i64)> = work
        .transaction
        .query_row(
            "SELECT person, expires_at FROM session WHERE token_tag = ?1",
            [&tag],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    let Some((person, ends)) = row.filter(|(_, ends)| *ends > work.now.0) else {
        return Err(Refusal::new(ProblemKind::SessionOver));
    };
    let fresh_end = work.now.after(work.settings.limits.idle_session);
    if fresh_end.0.saturating_sub(ends) >= i64::from(TOUCH_AFTER) {
        let statement = "UPDATE session SET expires_at = ?2 WHERE token_tag = ?1";
        work.transaction.execute(statement, (&tag, fresh_end.0))?;
    }
    Ok(Person(person))
}
