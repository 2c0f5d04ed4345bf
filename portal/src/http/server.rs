//! Connections: TLS, HTTP/2 and HTTP/1.1, with every wait and every size bounded. A request that has been read runs to its
//! end in a task of its own, whether or not anybody still waits for the answer.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::MatchedPath;
use axum::http::{HeaderMap, HeaderValue, Request, Response, header};
use axum::response::IntoResponse as _;
use basvuru::portal::{REQUEST_ID, RequestId};
use hyper::body::Incoming;
use hyper::service::Service;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsAcceptor;

use crate::http::rate::Rate;
use crate::http::routes::Peer;
use crate::journey::shared::Shared;
use crate::notice::Notice;
use crate::refusal::Refusal;
use crate::settings::Limits;

/// The longest head of a request, in octets.
const LONGEST_HEAD: usize = 32 * 1024;
/// How much of a body may be sent ahead of what was read, in octets: on a slow line the sender hears every few seconds that it
/// is read.
const WINDOW: u32 = 32 * 1024;
/// How many requests one HTTP/2 connection may have under way.
const STREAMS: u32 = 32;
/// How much of an answer the system holds for a connection, in octets.
const SEND_BUFFER: u32 = 64 * 1024;
/// How many connections wait to be accepted.
const BACKLOG: u32 = 1024;

/// Listens with connections that hold little of an answer that is on its way: whether it flows is seen by what they take.
pub(crate) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // A portal that is started again does not wait for connections it had before.
    socket.set_reuseaddr(true)?;
    socket.set_send_buffer_size(SEND_BUFFER)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves connections until the portal stops, then lets those under way end.
pub(crate) async fn serve(
    portal: Arc<Shared>,
    listener: TcpListener,
    tls: Arc<ServerConfig>,
    routes: Router,
    mut stopped: watch::Receiver<bool>,
) {
    let acceptor = TlsAcceptor::from(tls);
    let connections = Arc::new(Semaphore::new(portal.settings.limits.connections));
    let requests = Arc::new(Rate::new(portal.settings.limits.requests_a_minute));
    // Every connection and every request holds a sender: when the last is dropped, all have ended.
    let (alive, mut ended) = mpsc::channel::<Infallible>(1);
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &connections) => accepted,
            _ = stopped.changed() => break,
        };
        let Some((stream, peer, permit)) = accepted else {
            continue;
        };
        let connection = Connection {
            portal: Arc::clone(&portal),
            routes: routes.clone(),
            requests: Arc::clone(&requests),
            peer,
            alive: alive.clone(),
            served: Arc::new(Served::new()),
        };
        tokio::spawn(connection.serve(acceptor.clone(), stream, permit, stopped.clone()));
    }
    drop((listener, alive));
    // What does not end within the time allowed is left to the runtime; what it writes is whole or not at all.
    let _ = timeout(portal.settings.limits.farewell, ended.recv()).await;
}

async fn accept(
    listener: &TcpListener,
    connections: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let permit = Arc::clone(connections).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => Some((stream, peer, permit)),
        Err(_) => {
            // Out of descriptors, most likely: trying again at once would only burn the processor.
            tokio::time::sleep(Duration::from_millis(50)).await;
            None
        }
    }
}

/// When a connection last had something to do, and how many of its requests are under way.
struct Served {
    since: Instant,
    last_active: AtomicU64,
    under_way: AtomicU64,
}

impl Served {
    fn new() -> Self {
        Self {
            since: Instant::now(),
            last_active: AtomicU64::new(0),
            under_way: AtomicU64::new(0),
        }
    }

    fn begin(&self) {
        self.under_way.fetch_add(1, Ordering::Relaxed);
    }

    fn end(&self) {
        self.moved();
        self.under_way.fetch_sub(1, Ordering::Relaxed);
    }

    fn moved(&self) {
        let passed = u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last_active.store(passed, Ordering::Relaxed);
    }

    fn idle(&self) -> Duration {
        if self.under_way.load(Ordering::Relaxed) > 0 {
            return Duration::ZERO;
        }
        let last = Duration::from_millis(self.last_active.load(Ordering::Relaxed));
        self.since.elapsed().saturating_sub(last)
    }
}

/// One connection.
#[derive(Clone)]
struct Connection {
    portal: Arc<Shared>,
    routes: Router,
    requests: Arc<Rate>,
    peer: SocketAddr,
    alive: mpsc::Sender<Infallible>,
    served: Arc<Served>,
}

impl Connection {
    async fn serve(
        self,
        acceptor: TlsAcceptor,
        stream: TcpStream,
        _permit: OwnedSemaphorePermit,
        mut stopped: watch::Receiver<bool>,
    ) {
        let limits = self.portal.settings.limits.clone();
        let notices = self.portal.settings.notices.clone();
        let _ = stream.set_nodelay(true);
        let stream = match timeout(limits.reading, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => {
                return notices.tell(Notice::ConnectionFailed {
                    cause: error.to_string(),
                });
            }
            Err(_) => {
                return notices.tell(Notice::ConnectionFailed {
                    cause: "no TLS handshake in time".to_owned(),
                });
            }
        };
        let served = Arc::clone(&self.served);
        let service = hyper::service::service_fn(move |request| self.clone().answer(request));
        if let Err(cause) = converse(stream, served, service, &limits, &mut stopped).await {
            notices.tell(Notice::ConnectionFailed { cause });
        }
    }

    /// Answers one request in a task of its own, which nothing cuts off.
    fn answer(self, request: Request<Incoming>) -> impl Future<Output = Result<Response<Body>, Infallible>> + Send {
        let served = Arc::clone(&self.served);
        let notices = self.portal.settings.notices.clone();
        served.begin();
        let answered = run_to_end(async move {
            let response = self.route(request.map(Body::new)).await;
            self.served.end();
            drop(self.alive);
            response
        });
        async move {
            let response = answered.await.unwrap_or_else(|error| {
                served.end();
                notices.tell(Notice::Failed {
                    cause: format!("a handler ended with {}", panic_or_cancel(&error)),
                });
                Refusal::busy().into_response()
            });
            Ok(response)
        }
    }

    async fn route(&self, mut request: Request<Body>) -> Response<Body> {
        let begun = Instant::now();
        let method = request.method().to_string();
        let id = request_id(request.headers());
        request.extensions_mut().insert(Peer(self.peer));
        let permitted = self.requests.take(self.peer.ip(), self.portal.settings.clock.now());
        let mut response = match permitted {
            Err(refusal) => refusal.into_response(),
            Ok(()) => match TowerToHyperService::new(self.routes.clone()).call(request).await {
                Ok(response) => response,
                Err(never) => match never {},
            },
        };
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if let Ok(id) = HeaderValue::from_str(&id) {
            headers.insert(REQUEST_ID, id);
        }
        let route = response
            .extensions()
            .get::<MatchedPath>()
            .map(|path| path.as_str().to_owned());
        self.portal.settings.notices.tell(Notice::Answered {
            request: id,
            method,
            route: route.unwrap_or_default(),
            status: response.status().as_u16(),
            milliseconds: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
        });
        response
    }
}

/// The id that a request came with, or a fresh one: what a stranger sends goes into a log only where it is plain and short.
fn request_id(headers: &HeaderMap) -> String {
    let sent = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok());
    let id = sent.and_then(RequestId::parse).or_else(RequestId::fresh);
    id.map(|id| id.to_string()).unwrap_or_default()
}

/// Begins `work` at once and lets it run to its end, whether or not anybody waits for it.
fn run_to_end<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> impl Future<Output = Result<T, tokio::task::JoinError>> + Send {
    tokio::spawn(work)
}

/// Serves the requests of a connection until it ends, it lies idle, or nobody takes its answers any more. Says what it ended
/// with, where that was a failure.
async fn converse<S, F>(
    stream: S,
    served: Arc<Served>,
    service: impl Service<Request<Incoming>, Response = Response<Body>, Error = Infallible, Future = F>,
    limits: &Limits,
    stopped: &mut watch::Receiver<bool>,
) -> Result<(), String>
where
    S: AsyncRead + AsyncWrite + Unpin + 'static,
    F: Future<Output = Result<Response<Body>, Infallible>> + Send + 'static,
{
    let builder = builder(limits.reading, limits.idle_connection);
    let stream = TokioIo::new(Moving {
        stream,
        served: Arc::clone(&served),
    });
    let mut connection = pin!(builder.serve_connection(stream, service));
    let mut stopping = false;
    loop {
        let rest = limits
            .idle_connection
            .saturating_sub(served.idle())
            .max(Duration::from_millis(100));
        tokio::select! {
            outcome = connection.as_mut() => return outcome.map_err(|error| error.to_string()),
            _ = stopped.changed(), if !stopping => {
                stopping = true;
                connection.as_mut().graceful_shutdown();
            }
            () = tokio::time::sleep(rest) => {
                let idle = served.idle();
                if idle >= limits.idle_connection + limits.reading {
                    return Ok(());
                }
                if idle >= limits.idle_connection {
                    connection.as_mut().graceful_shutdown();
                }
            }
        }
    }
}

/// The octets of a connection. It is not idle while some go or come: an answer is taken as slowly as the line carries it.
struct Moving<S> {
    stream: S,
    served: Arc<Served>,
}

impl<S> Moving<S> {
    fn moved(&self, octets: usize) {
        if octets > 0 {
            self.served.moved();
        }
    }

    fn written(&self, progress: &Poll<io::Result<usize>>) {
        if let Poll::Ready(Ok(octets)) = progress {
            self.moved(*octets);
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
        self.moved(buffer.filled().len() - before);
        progress
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Moving<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        let progress = Pin::new(&mut self.stream).poll_write(context, octets);
        self.written(&progress);
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
        self.written(&progress);
        progress
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

fn builder(reading: Duration, patience: Duration) -> auto::Builder<TokioExecutor> {
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
        .keep_alive_interval(reading)
        // Behind an answer on a slow line a PING waits for its turn.
        .keep_alive_timeout(patience);
    builder
}

fn panic_or_cancel(error: &tokio::task::JoinError) -> &'static str {
    if error.is_panic() { "a panic" } else { "cancellation" }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn work_that_has_begun_ends_though_nobody_waits_for_it() {
        let (release, released) = oneshot::channel::<()>();
        let (end, ended) = oneshot::channel::<()>();
        let answer = run_to_end(async move {
            released.await.unwrap();
            end.send(()).unwrap();
        });
        drop(answer);
        release.send(()).unwrap();
        ended.await.unwrap();
    }

    #[test]
    fn a_connection_with_a_request_under_way_is_not_idle() {
        let served = Served::new();
        served.begin();
        assert_eq!(served.idle(), Duration::ZERO);
        served.begin();
        served.end();
        assert_eq!(served.idle(), Duration::ZERO);
        served.end();
        assert!(served.idle() <= served.since.elapsed());
    }
    /// A connection over which a long answer is taken by so many octets each minute.
    async fn taken_each_minute(octets: usize) -> Result<usize, usize> {
        const LENGTH: usize = 10_000;
        let (client, server) = tokio::io::duplex(256);
        let (_go_on, mut stopped) = watch::channel(false);
        let served = Arc::new(Served::new());
        let service = hyper::service::service_fn({
            let served = Arc::clone(&served);
            move |_| {
                served.begin();
                served.end();
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
        let (taken, _) = tokio::join!(taken, converse(server, served, service, &limits, &mut stopped));
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
        let served = Arc::new(Served::new());
        let service = hyper::service::service_fn(|_| async { Ok(Response::new(Body::from(vec![b'x'; 10_000]))) });
        let mut client = client;
        client.write_all(b"GET / HTTP/1.1\r\nhost: p\r\n\r\n").await.unwrap();
        let limits = Limits::default();
        let begun = Instant::now();
        converse(server, served, service, &limits, &mut stopped).await.unwrap();
        let given_up = begun.elapsed() - (limits.idle_connection + limits.reading);
        assert!(given_up < Duration::from_secs(5), "{given_up:?}");
    }
}
