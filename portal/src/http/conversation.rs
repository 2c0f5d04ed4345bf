//! What is spoken over one connection: HTTP/2 or HTTP/1.1, with every wait and every size bounded.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, Response};
use hyper::body::Incoming;
use hyper::service::Service;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

use crate::http::activity::{Activity, Moving};
use crate::settings::Limits;

/// The longest head of a request, in octets.
const LONGEST_HEAD: usize = 16 * 1024;
/// How much of a body may be sent ahead of what was read, in octets: on a slow line the sender hears every few seconds that it
/// is read.
const WINDOW: u32 = 32 * 1024;
/// How much of all bodies of an HTTP/2 connection may be sent ahead.
const CONNECTION_WINDOW: u32 = 128 * 1024;
/// How much of an answer HTTP/2 holds for a stream, in octets.
const STREAM_BUFFER: usize = 16 * 1024;
/// How long a connection that has to leave may take to say so.
const LEAVING: Duration = Duration::from_millis(100);
/// How many requests one HTTP/2 connection may have open.
pub(crate) const STREAMS: u32 = 32;

/// Serves the requests of a connection until it ends, asks for nothing, lies idle, has to leave, or nobody takes its answers any
/// more. Says what it ended with, where that was a failure.
pub(crate) async fn converse<S, F>(
    stream: S,
    http2: bool,
    activity: Arc<Activity>,
    service: impl Service<Request<Incoming>, Response = Response<Body>, Error = Infallible, Future = F>,
    limits: &Limits,
    stopped: &mut watch::Receiver<bool>,
) -> Result<(), String>
where
    S: AsyncRead + AsyncWrite + Unpin + 'static,
    F: Future<Output = Result<Response<Body>, Infallible>> + Send + 'static,
{
    let builder = builder(http2, limits.reading, limits.idle_connection);
    let stream = TokioIo::new(Moving::new(stream, Arc::clone(&activity), !http2));
    let mut connection = pin!(builder.serve_connection(stream, service));
    let (begun, mut stopping) = (Instant::now(), false);
    loop {
        let mut rest = limits.idle_connection.saturating_sub(activity.idle());
        if !activity.has_asked() {
            rest = rest.min(limits.handshake.saturating_sub(begun.elapsed()));
        }
        tokio::select! {
            outcome = connection.as_mut() => return outcome.map_err(|error| error.to_string()),
            _ = stopped.changed(), if !stopping => {
                stopping = true;
                connection.as_mut().graceful_shutdown();
            }
            () = activity.dismissed() => {
                connection.as_mut().graceful_shutdown();
                let _ = timeout(LEAVING, connection).await;
                return Ok(());
            }
            () = tokio::time::sleep(rest.max(Duration::from_millis(100))) => {
                let idle = activity.idle();
                let asked_for_nothing = !activity.has_asked() && begun.elapsed() >= limits.handshake;
                if asked_for_nothing || idle >= limits.idle_connection + limits.reading {
                    return Ok(());
                }
                if idle >= limits.idle_connection {
                    connection.as_mut().graceful_shutdown();
                }
            }
        }
    }
}

fn builder(http2: bool, reading: Duration, patience: Duration) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(reading)
        .max_buf_size(LONGEST_HEAD);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(u32::try_from(LONGEST_HEAD).unwrap_or(u32::MAX))
        .initial_stream_window_size(WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_send_buf_size(STREAM_BUFFER)
        .keep_alive_interval(reading)
        // Behind an answer on a slow line a PING waits for its turn.
        .keep_alive_timeout(patience);
    match http2 {
        true => builder.http2_only(),
        false => builder.http1_only(),
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    /// A connection over which a long answer is taken by so many octets each minute.
    async fn taken_each_minute(octets: usize) -> Result<usize, usize> {
        const LENGTH: usize = 10_000;
        let (client, server) = tokio::io::duplex(256);
        let (_go_on, mut stopped) = watch::channel(false);
        let activity = Arc::new(Activity::new());
        let service = hyper::service::service_fn({
            let activity = Arc::clone(&activity);
            move |_| {
                drop(activity.begin());
                async { Ok(Response::new(Body::from(vec![b'x'; LENGTH]))) }
            }
        });
        let taken = async {
            let mut client = client;
            client
                .write_all(b"GET / HTTP/1.1\r\nhost: p\r\nconnection: close\r\n\r\n")
                .await
                .unwrap();
            let mut piece = vec![0; octets];
            let mut taken = 0;
            loop {
                tokio::time::sleep(Duration::from_secs(60)).await;
                match client.read(&mut piece).await {
                    Ok(0) | Err(_) => return taken,
                    Ok(some) => taken += some,
                }
            }
        };
        let limits = Limits::default();
        let (taken, _) = tokio::join!(taken, converse(server, false, activity, service, &limits, &mut stopped));
        if taken > LENGTH { Ok(taken) } else { Err(taken) }
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_is_given_as_long_as_somebody_takes_it() {
        let begun = Instant::now();
        assert!(taken_each_minute(200).await.is_ok());
        let limits = Limits::default();
        assert!(begun.elapsed() > 10 * (limits.idle_connection + limits.reading));
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_nobody_takes_is_given_up() {
        let (client, server) = tokio::io::duplex(256);
        let (_go_on, mut stopped) = watch::channel(false);
        let activity = Arc::new(Activity::new());
        let service = hyper::service::service_fn(|_| async { Ok(Response::new(Body::from(vec![b'x'; 10_000]))) });
        let mut client = client;
        client.write_all(b"GET / HTTP/1.1\r\nhost: p\r\n\r\n").await.unwrap();
        let limits = Limits::default();
        let begun = Instant::now();
        converse(server, false, activity, service, &limits, &mut stopped)
            .await
            .unwrap();
        let given_up = begun.elapsed() - (limits.idle_connection + limits.reading);
        assert!(given_up < Duration::from_secs(5), "{given_up:?}");
    }
}
