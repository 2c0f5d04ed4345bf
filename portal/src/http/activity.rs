//! What a connection does: when it last came along, what of its requests is under way, and how much of its answers nobody has
//! taken yet. It is told to leave through the same.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::Notify;
use tokio::time::Instant;

/// How many octets have to be taken, beyond those that came in the meantime, before an answer counts as taken: what HTTP/2
/// sends by itself (an answer to a PING, an acknowledgement) is as long as what it answers.
const TAKEN: i64 = 128;
/// How many octets may come in which there is neither a request nor anything of a body: PING, SETTINGS and WINDOW_UPDATE.
const IDLE_TALK: usize = 512 * 1024;
/// How many of its requests a connection may give up before their answers have been taken, beyond those whose answers were.
const GIVEN_UP: u32 = 64;

/// What a connection does.
pub(crate) struct Activity {
    since: Instant,
    /// When something came along last, in milliseconds since the connection began.
    last: AtomicU64,
    asked: AtomicBool,
    under_way: AtomicU64,
    given_up: AtomicU32,
    /// How many octets of answers are held for it.
    unread: AtomicUsize,
    /// Octets written less those read, since something came along last.
    balance: AtomicI64,
    /// Octets read since then.
    heard: AtomicUsize,
    /// Whether what was written last waits for room.
    blocked: AtomicBool,
    unblocked: Notify,
    dismissed: Notify,
}

impl Activity {
    pub(crate) fn new() -> Self {
        Self {
            since: Instant::now(),
            last: AtomicU64::new(0),
            asked: AtomicBool::new(false),
            under_way: AtomicU64::new(0),
            given_up: AtomicU32::new(0),
            unread: AtomicUsize::new(0),
            balance: AtomicI64::new(0),
            heard: AtomicUsize::new(0),
            blocked: AtomicBool::new(false),
            unblocked: Notify::new(),
            dismissed: Notify::new(),
        }
    }

    /// Something came along: a request, its end, a piece of a body or of an answer.
    pub(crate) fn moved(&self) {
        let passed = u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last.store(passed, Ordering::Relaxed);
        self.balance.store(0, Ordering::Relaxed);
        self.heard.store(0, Ordering::Relaxed);
    }

    /// The first of a request has come.
    pub(crate) fn ask(&self) {
        self.asked.store(true, Ordering::Relaxed);
        self.moved();
    }

    /// Whether anything has been asked.
    pub(crate) fn has_asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }

    /// A request is under way until what is given back is dropped.
    pub(crate) fn begin(self: &Arc<Self>) -> UnderWay {
        self.moved();
        self.under_way.fetch_add(1, Ordering::Relaxed);
        UnderWay(Arc::clone(self))
    }

    /// Nobody waits any more for an answer that was not given, or not taken. Who does that again and again leaves.
    pub(crate) fn give_up(&self) {
        if self.given_up.fetch_add(1, Ordering::Relaxed) >= GIVEN_UP {
            self.dismiss();
        }
    }

    /// How many of its requests count as given up.
    #[cfg(test)]
    pub(crate) fn given_up(&self) -> u32 {
        self.given_up.load(Ordering::Relaxed)
    }

    /// An answer was taken.
    pub(crate) fn take(&self) {
        let less = |count: u32| count.checked_sub(1);
        let _ = self.given_up.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
    }

    /// Counts octets of an answer that is held for it.
    pub(crate) fn hold(&self, octets: usize) {
        self.unread.fetch_add(octets, Ordering::Relaxed);
    }

    /// Octets of an answer are held no longer.
    pub(crate) fn release(&self, octets: usize) {
        self.unread.fetch_sub(octets, Ordering::Relaxed);
    }

    /// How many octets of answers are held for it.
    pub(crate) fn unread(&self) -> usize {
        self.unread.load(Ordering::Relaxed)
    }

    /// Whether a request is under way, or an answer on its way.
    pub(crate) fn is_busy(&self) -> bool {
        self.under_way.load(Ordering::Relaxed) > 0 || self.unread() > 0
    }

    /// Since when nothing has come along.
    pub(crate) fn last(&self) -> Instant {
        self.since + Duration::from_millis(self.last.load(Ordering::Relaxed))
    }

    /// How long nothing has come along; not at all while a request is under way.
    pub(crate) fn idle(&self) -> Duration {
        match self.under_way.load(Ordering::Relaxed) {
            0 => self.last().elapsed(),
            _ => Duration::ZERO,
        }
    }

    /// Tells the connection to leave.
    pub(crate) fn dismiss(&self) {
        self.dismissed.notify_one();
    }

    /// Waits until the connection is told to leave.
    pub(crate) async fn dismissed(&self) {
        self.dismissed.notified().await;
    }

    /// Waits until what was written has gone out: who sends requests and reads no answers is answered nothing more.
    pub(crate) async fn writable(&self) {
        loop {
            let unblocked = self.unblocked.notified();
            if !self.blocked.load(Ordering::Relaxed) {
                return;
            }
            unblocked.await;
        }
    }

    fn read(&self, octets: usize) -> io::Result<()> {
        let counted = i64::try_from(octets).unwrap_or(i64::MAX);
        self.balance.fetch_sub(counted, Ordering::Relaxed);
        match self.heard.fetch_add(octets, Ordering::Relaxed).saturating_add(octets) > IDLE_TALK {
            true => Err(io::Error::other("too much that asks for nothing")),
            false => Ok(()),
        }
    }

    fn written(&self, progress: &Poll<io::Result<usize>>) {
        match progress {
            Poll::Pending => self.blocked.store(true, Ordering::Relaxed),
            Poll::Ready(outcome) => {
                self.flushed();
                let octets = i64::try_from(*outcome.as_ref().unwrap_or(&0)).unwrap_or(i64::MAX);
                if self.balance.fetch_add(octets, Ordering::Relaxed).saturating_add(octets) >= TAKEN {
                    self.moved();
                }
            }
        }
    }

    fn flushed(&self) {
        if self.blocked.swap(false, Ordering::Relaxed) {
            self.unblocked.notify_waiters();
        }
    }
}

/// A request that is under way.
pub(crate) struct UnderWay(Arc<Activity>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.moved();
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The octets of a connection. It is not idle while an answer is taken, as slowly as the line carries it.
pub(crate) struct Moving<S> {
    stream: S,
    activity: Arc<Activity>,
    /// Whether the first octet is the first of a request, as in HTTP/1.1. HTTP/2 begins with a preface, which asks for nothing.
    begins_with_request: bool,
}

impl<S> Moving<S> {
    pub(crate) fn new(stream: S, activity: Arc<Activity>, begins_with_request: bool) -> Self {
        Self {
            stream,
            activity,
            begins_with_request,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Moving<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let progress = Pin::new(&mut self.stream).poll_read(context, buffer);
        let octets = buffer.filled().len() - before;
        if octets > 0 && std::mem::take(&mut self.begins_with_request) {
            self.activity.ask();
        }
        if let Poll::Ready(Ok(())) = progress {
            return Poll::Ready(self.activity.read(octets));
        }
        progress
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Moving<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        let progress = Pin::new(&mut self.stream).poll_write(context, octets);
        self.activity.written(&progress);
        progress
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        octets: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let progress = Pin::new(&mut self.stream).poll_write_vectored(context, octets);
        self.activity.written(&progress);
        progress
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    #[test]
    fn a_connection_with_a_request_under_way_is_not_idle() {
        let activity = Arc::new(Activity::new());
        let one = activity.begin();
        assert_eq!(activity.idle(), Duration::ZERO);
        let other = activity.begin();
        drop(one);
        assert_eq!(activity.idle(), Duration::ZERO);
        drop(other);
        assert!(activity.idle() <= activity.since.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_only_answered_in_kind_does_not_count_as_taken() {
        let (mut client, server) = tokio::io::duplex(1024);
        let activity = Arc::new(Activity::new());
        let mut moving = Moving::new(server, Arc::clone(&activity), false);
        let mut octets = [0; 17];
        for _ in 0..100 {
            client.write_all(&[0; 17]).await.unwrap();
            moving.read_exact(&mut octets).await.unwrap();
            moving.write_all(&octets).await.unwrap();
            client.read_exact(&mut octets).await.unwrap();
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        assert_eq!(activity.idle(), Duration::from_secs(100));
        moving.write_all(&[0; 128]).await.unwrap();
        assert_eq!(activity.idle(), Duration::ZERO);
        assert!(!activity.has_asked());
    }

    #[tokio::test]
    async fn a_connection_that_talks_without_asking_is_cut() {
        let (mut client, server) = tokio::io::duplex(64 * 1024);
        let activity = Arc::new(Activity::new());
        let mut moving = Moving::new(server, Arc::clone(&activity), false);
        let talk = vec![0; 64 * 1024];
        let mut heard = vec![0; 64 * 1024];
        for _ in 0..8 {
            client.write_all(&talk).await.unwrap();
            moving.read_exact(&mut heard).await.unwrap();
        }
        client.write_all(&[0]).await.unwrap();
        moving.read_u8().await.unwrap_err();
        activity.ask();
        client.write_all(&[0]).await.unwrap();
        moving.read_u8().await.unwrap();
    }

    #[tokio::test]
    async fn who_takes_no_answer_is_answered_nothing_more_until_it_is_taken() {
        let (mut client, server) = tokio::io::duplex(16);
        let activity = Arc::new(Activity::new());
        let mut moving = Moving::new(server, Arc::clone(&activity), true);
        activity.writable().await;
        let writing = tokio::spawn(async move { moving.write_all(&[0; 32]).await });
        while !activity.blocked.load(Ordering::Relaxed) {
            tokio::task::yield_now().await;
        }
        let waiting = Arc::clone(&activity);
        let next = tokio::spawn(async move { waiting.writable().await });
        tokio::task::yield_now().await;
        assert!(!next.is_finished());
        client.read_exact(&mut [0; 32]).await.unwrap();
        next.await.unwrap();
        writing.await.unwrap().unwrap();
    }
}
