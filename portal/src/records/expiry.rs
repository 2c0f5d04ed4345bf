//! What expires, and goes.

use std::time::Duration;

use crate::clock::Moment;
use crate::records::captcha;
use crate::records::work::Work;

/// How long what was counted for an order's day is kept.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How many picture codes there are at most, of whomever: a hundred octets each.
const MOST_CAPTCHAS: u32 = 65_536;
/// How long a device is known that nobody signs in on.
const UNSEEN: Duration = Duration::from_secs(400 * 24 * 60 * 60);

/// Removes what has expired; uploads, which are large, go piece by piece.
pub(crate) fn tidy(work: &Work<'_>) -> rusqlite::Result<()> {
    for table in ["captcha", "session", "answer"] {
        work.transaction
            .execute(&format!("DELETE FROM {table} WHERE expires_at <= ?1"), [work.steady.0])?;
    }
    captcha::keep_newest(work, MOST_CAPTCHAS)?;
    let Moment(day_ago) = work.steady.before(DAY);
    work.transaction
        .execute("DELETE FROM code_sending WHERE sent_at < ?1", [day_ago])?;
    work.transaction
        .execute("DELETE FROM timestamp WHERE made_at < ?1", [day_ago])?;
    // Of a code that is no longer taken, nobody needs to know for which card it was.
    let statement =
        "DELETE FROM unblocking WHERE application NOT IN (SELECT application FROM code WHERE expires_at > ?1)";
    work.transaction.execute(statement, [work.steady.0])?;
    let Moment(long_ago) = work.steady.before(UNSEEN);
    work.transaction
        .execute("DELETE FROM device WHERE seen_at < ?1", [long_ago])?;
    Ok(())
}
