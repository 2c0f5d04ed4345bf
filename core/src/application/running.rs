//! Which applications of this process are open, by folder. One that the shell has closed, or cancelled, while an answer was
//! under way is given time to come to its end when its folder is opened again, and is cut short then, as if the app had been
//! killed: a port that never returns keeps nobody from beginning anew.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use tokio::task::AbortHandle;

use super::CertificateApplication;

/// How long an answer that nobody waits for any more may take to come to its end: a card signs meanwhile.
const GRACE: Duration = Duration::from_secs(3);
/// How long an answer that was cut short may take to let go of everything.
const LETTING_GO: Duration = Duration::from_secs(1);
/// How often is looked.
const LOOK: Duration = Duration::from_millis(5);

static OPEN: Mutex<Vec<Entry>> = Mutex::new(Vec::new());

struct Entry {
    folder: PathBuf,
    application: Weak<CertificateApplication>,
    answers: Arc<Answers>,
}

/// The answers of an application that are under way. Each holds the application once.
#[derive(Default)]
pub(super) struct Answers(Mutex<Vec<AbortHandle>>);

impl Answers {
    /// One begins.
    pub(super) fn begin(&self, answer: AbortHandle) {
        let mut answers = locked(&self.0);
        answers.retain(|answer| !answer.is_finished());
        answers.push(answer);
    }

    /// How many are under way.
    fn count(&self) -> usize {
        locked(&self.0).iter().filter(|answer| !answer.is_finished()).count()
    }

    /// Cuts them short, and waits until they have let go of everything.
    fn cut_short(&self) {
        for answer in locked(&self.0).iter() {
            answer.abort();
        }
        wait_until(LETTING_GO, || self.count() == 0);
    }
}

/// Notes that an application of a folder is open.
pub(super) fn enter(folder: &Path, application: &Arc<CertificateApplication>) {
    let mut open = locked(&OPEN);
    open.retain(|entry| entry.application.strong_count() > 0);
    open.push(Entry {
        folder: folder.to_owned(),
        application: Arc::downgrade(application),
        answers: Arc::clone(&application.answers),
    });
}

/// Waits for what the shell has closed in a folder, and cuts it short. What it still holds, the journal keeps to itself.
pub(super) fn make_room(folder: &Path) {
    let left: Vec<(Weak<CertificateApplication>, Arc<Answers>)> = locked(&OPEN)
        .iter()
        .filter(|entry| entry.folder == folder && entry.application.strong_count() > 0)
        .map(|entry| (Weak::clone(&entry.application), Arc::clone(&entry.answers)))
        .collect();
    for (application, answers) in left {
        let under_way = answers.count();
        // Whoever holds it besides its answers is the shell. In Swift that is whoever waits for an answer, too.
        let is_closed = application.strong_count() <= under_way;
        let Some(application) = application.upgrade() else {
            continue;
        };
        if !is_closed && (under_way == 0 || !application.cards.is_cancelled()) {
            continue;
        }
        application.cards.cancel();
        if !wait_until(GRACE, || answers.count() == 0) {
            answers.cut_short();
        }
        application.journal.let_go();
    }
}

fn wait_until(most: Duration, done: impl Fn() -> bool) -> bool {
    let deadline = Instant::now() + most;
    while !done() {
        if Instant::now() >= deadline {
            return false;
        }
        thread::sleep(LOOK);
    }
    true
}

/// What is noted is only ever replaced whole.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
