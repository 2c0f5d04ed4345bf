//! The bodies of requests and answers as connections carry them: in small pieces that are counted, answers as held until they
//! are taken, and requests read to their end, as far as that is cheap, also where nobody wants them.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, Incoming, SizeHint};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::http::activity::Activity;
use crate::http::places::Place;

/// How much of an answer is handed on at a time, in octets: what HTTP/2 holds of a stream that nobody reads.
const PIECE: usize = 4 * 1024;

/// An answer on its way. It counts as held, and takes one of its connection's turns, until all of it was handed on.
pub(crate) struct Given {
    body: Body,
    piece: Bytes,
    held: usize,
    place: Arc<Place>,
    _turn: OwnedSemaphorePermit,
}

impl Given {
    pub(crate) fn new(body: Body, place: Arc<Place>, turn: OwnedSemaphorePermit) -> Self {
        let held = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
        place.hold(held);
        Self {
            body,
            piece: Bytes::new(),
            held,
            place,
            _turn: turn,
        }
    }
}

impl HttpBody for Given {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.piece.is_empty() {
            let polled = Pin::new(&mut self.body).poll_frame(context);
            let Poll::Ready(Some(Ok(frame))) = polled else {
                return polled;
            };
            match frame.into_data() {
                Ok(data) => self.piece = data,
                Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
            }
        }
        self.place.activity().moved();
        let length = self.piece.len().min(PIECE);
        Poll::Ready(Some(Ok(Frame::data(self.piece.split_to(length)))))
    }

    fn is_end_stream(&self) -> bool {
        self.piece.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (piece, rest) = (self.piece.len() as u64, self.body.size_hint());
        let mut hint = SizeHint::new();
        hint.set_lower(rest.lower().saturating_add(piece));
        if let Some(upper) = rest.upper() {
            hint.set_upper(upper.saturating_add(piece));
        }
        hint
    }
}

impl Drop for Given {
    fn drop(&mut self) {
        self.place.release(self.held);
        match self.is_end_stream() {
            true => self.place.activity().take(),
            false => self.place.activity().give_up(),
        }
    }
}

/// How the rest of a body is read that nobody wants.
#[derive(Clone)]
pub(crate) struct Lingering {
    /// How many are read at a time.
    pub(crate) places: Arc<Semaphore>,
    /// How many octets are read of one.
    pub(crate) octets: usize,
    /// How long one is read.
    pub(crate) time: Duration,
}

/// A request's body. Where it is dropped before its end, its rest is read and forgotten: many clients look at the answer only
/// when they have sent everything, and what is closed with octets unread loses the answer on its way (RFC 9112, 9.6).
pub(crate) struct Taken {
    body: Option<Incoming>,
    activity: Arc<Activity>,
    /// None where the client waits to be told to go on (`Expect: 100-continue`), and sends nothing it is not asked for.
    lingering: Option<Lingering>,
}

impl Taken {
    pub(crate) fn new(body: Incoming, activity: Arc<Activity>, lingering: Option<Lingering>) -> Self {
        Self {
            body: Some(body),
            activity,
            lingering,
        }
    }
}

impl HttpBody for Taken {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let Some(body) = &mut self.body else {
            return Poll::Ready(None);
        };
        let progress = Pin::new(body).poll_frame(context);
        match &progress {
            Poll::Ready(Some(Ok(_))) => self.activity.moved(),
            // There is nothing more to be read of it.
            Poll::Ready(_) => self.body = None,
            Poll::Pending => {}
        }
        progress
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        let hint = self.body.as_ref().map(HttpBody::size_hint);
        hint.unwrap_or_else(|| SizeHint::with_exact(0))
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        let Some(body) = self.body.take().filter(|body| !body.is_end_stream()) else {
            return;
        };
        if let Some(lingering) = self.lingering.take()
            && let Ok(place) = Arc::clone(&lingering.places).try_acquire_owned()
        {
            let rest = Self {
                body: Some(body),
                activity: Arc::clone(&self.activity),
                lingering: None,
            };
            tokio::spawn(async move {
                let _ = timeout(lingering.time, forget(rest, lingering.octets)).await;
                drop(place);
            });
        }
    }
}

/// Reads the rest of a body and keeps nothing of it.
async fn forget(mut body: Taken, most: usize) {
    use http_body_util::BodyExt as _;
    let mut read = 0usize;
    while let Some(Ok(frame)) = body.frame().await {
        read = read.saturating_add(frame.data_ref().map_or(0, Bytes::len));
        if read > most {
            return;
        }
    }
}
