//! Connections: TLS, HTTP/2 and HTTP/1.1, with every wait and every size bounded, for each network before for all. A request
//! that has been read runs to its end in a task of its own, whether or not anybody still waits for the answer.

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::MatchedPath;
use axum::http::{HeaderMap, HeaderValue, Request, Response, header};
use axum::response::IntoResponse as _;
use basvuru::portal::{REQUEST_ID, RequestId};
use hyper::body::Incoming;
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::http::activity::Activity;
use crate::http::authority::Hosts;
use crate::http::bodies::Bodies;
use crate::http::body::{Given, Lingering, Taken};
use crate::http::conversation::{STREAMS, converse};
use crate::http::forwarded;
use crate::http::places::{Place, Places};
use crate::http::proxy_protocol::{self, Origin};
use crate::http::routes::Asker;
use crate::journey::shared::Shared;
use crate::network::Network;
use crate::notice::Notice;
use crate::proxies::Proxies;
use crate::rate::Rate;
use crate::refusal::Refusal;

/// How many of them are answered at a time: from when they are begun until their answers have been taken. The others wait.
const TURNS: usize = 8;
/// How much of an answer the system holds for a connection, in octets.
const SEND_BUFFER: u32 = 64 * 1024;
/// How many connections wait to be accepted.
const BACKLOG: u32 = 1024;
/// How many bodies are read to their end at a time that nobody wants.
const LINGERING: usize = 256;
/// How long browsers ask for nothing of this host but over TLS (RFC 6797, 6.1): a year.
const TRANSPORT_SECURITY: &str = "max-age=31536000";

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

/// Serves connections, which may come through proxies, until the portal stops, then lets those under way end.
pub(crate) async fn serve(
    portal: Arc<Shared>,
    listener: TcpListener,
    tls: Arc<ServerConfig>,
    (routes, proxies): (Router, Proxies),
    mut stopped: watch::Receiver<bool>,
) {
    let acceptor = TlsAcceptor::from(tls);
    // Every connection and every request holds a sender: when the last is dropped, all have ended.
    let (alive, mut ended) = mpsc::channel::<Infallible>(1);
    let house = Arc::new(House::of(&portal, routes, proxies));
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopped.changed() => break,
        };
        let Ok((stream, peer)) = accepted else {
            // Out of descriptors, most likely: trying again at once would only burn the processor.
            house.places.relieve();
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let Some(place) = house.enter(peer.ip()) else {
            continue;
        };
        let connection = Connection {
            house: Arc::clone(&house),
            place: Arc::new(place),
            peer: peer.ip(),
            turns: Arc::new(Semaphore::new(house.turns(peer.ip()))),
            alive: alive.clone(),
        };
        tokio::spawn(connection.serve(acceptor.clone(), stream, stopped.clone()));
    }
    drop((listener, alive));
    // What does not end within the time allowed is left to the runtime; what it writes is whole or not at all.
    let _ = timeout(portal.settings.limits.farewell, ended.recv()).await;
}

/// What all connections share.
struct House {
    portal: Arc<Shared>,
    routes: Router,
    proxies: Proxies,
    hosts: Hosts,
    places: Arc<Places>,
    connections: Rate<Network>,
    requests: Rate<Network>,
    bodies: Arc<Bodies>,
    lingering: Lingering,
}

impl House {
    fn of(portal: &Arc<Shared>, routes: Router, proxies: Proxies) -> Self {
        let limits = &portal.settings.limits;
        Self {
            portal: Arc::clone(portal),
            routes,
            proxies,
            hosts: Hosts::of(&portal.settings),
            places: Places::new(limits.connections, limits.connections_of_network),
            connections: Rate::new(limits.requests_a_minute),
            requests: Rate::new(limits.requests_a_minute),
            bodies: Bodies::new(limits.bodies),
            lingering: Lingering {
                places: Arc::new(Semaphore::new(LINGERING)),
                octets: limits.container.saturating_mul(2),
                time: limits.reading,
            },
        }
    }

    /// How many requests of a connection are answered at a time. Behind a proxy one slow reader is not to keep others waiting.
    fn turns(&self, peer: IpAddr) -> usize {
        match self.proxies.are_at(peer) {
            true => STREAMS as usize,
            false => TURNS,
        }
    }

    /// A place for a connection, where there is one for who comes.
    fn enter(&self, peer: IpAddr) -> Option<Place> {
        if self.proxies.are_at(peer) {
            return self.places.take(None);
        }
        let network = Network::from(peer);
        self.connections
            .take(network, self.portal.settings.clock.steady())
            .ok()?;
        self.places.take(Some(network))
    }
}

/// One connection.
#[derive(Clone)]
struct Connection {
    house: Arc<House>,
    place: Arc<Place>,
    /// Who it comes from: a proxy, or whom a proxy told of before anything else.
    peer: IpAddr,
    turns: Arc<Semaphore>,
    alive: mpsc::Sender<Infallible>,
}

impl Connection {
    async fn serve(mut self, acceptor: TlsAcceptor, stream: TcpStream, mut stopped: watch::Receiver<bool>) {
        let limits = self.house.portal.settings.limits.clone();
        let notices = self.house.portal.settings.notices.clone();
        let activity = Arc::clone(self.place.activity());
        let opened = tokio::select! {
            opened = timeout(limits.handshake, self.open(&acceptor, stream)) => opened,
            () = activity.dismissed() => return,
        };
        let stream = match opened {
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
        let http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
        let service = hyper::service::service_fn(move |request| self.clone().answer(request));
        if let Err(cause) = converse(stream, http2, activity, service, &limits, &mut stopped).await {
            notices.tell(Notice::ConnectionFailed { cause });
        }
    }

    /// Learns who comes, where a proxy has to tell, and speaks TLS.
    async fn open(&mut self, acceptor: &TlsAcceptor, mut stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let _ = stream.set_nodelay(true);
        let proxies = &self.house.proxies;
        if proxies.proxy_protocol
            && proxies.are_at(self.peer)
            && let Origin::Address(address) = proxy_protocol::read(&mut stream).await?
        {
            self.peer = address;
            let network = (!proxies.are_at(address)).then(|| Network::from(address));
            let place = self.place.belongs_to(network);
            place.ok_or_else(|| io::Error::other("there is no place for another connection"))?;
        }
        acceptor.accept(stream).await
    }

    /// Answers one request in a task of its own, which nothing cuts off. Before it is begun it waits until answers that were
    /// given before have been taken.
    fn answer(self, request: Request<Incoming>) -> impl Future<Output = Result<Response<Body>, Infallible>> + Send {
        let place = Arc::clone(&self.place);
        let notices = self.house.portal.settings.notices.clone();
        place.activity().ask();
        let waiting = Waiting(Some(Arc::clone(place.activity())));
        async move {
            place.activity().writable().await;
            let Ok(turn) = Arc::clone(&self.turns).acquire_owned().await else {
                return Ok(Refusal::busy().into_response());
            };
            let under_way = place.activity().begin();
            let answered = run_to_end(async move {
                let response = self.route(request).await;
                drop((self.alive, under_way));
                (response, turn)
            });
            let answer = match answered.await {
                Ok((response, turn)) => given(response, &place, turn),
                Err(error) => {
                    notices.tell(Notice::Failed {
                        cause: format!("a handler ended with {}", panic_or_cancel(&error)),
                    });
                    Refusal::busy().into_response()
                }
            };
            waiting.end();
            Ok(answer)
        }
    }

    async fn route(&self, request: Request<Incoming>) -> Response<Body> {
        let begun = Instant::now();
        let House { portal, .. } = &*self.house;
        let method = request.method().to_string();
        let id = request_id(request.headers());
        let mut response = match self.admit(request) {
            Err(refusal) => refusal.into_response(),
            Ok(request) => match TowerToHyperService::new(self.house.routes.clone()).call(request).await {
                Ok(response) => response,
                Err(never) => match never {},
            },
        };
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        let transport_security = HeaderValue::from_static(TRANSPORT_SECURITY);
        headers.insert(header::STRICT_TRANSPORT_SECURITY, transport_security);
        if let Ok(id) = HeaderValue::from_str(&id) {
            headers.insert(REQUEST_ID, id);
        }
        let route = response
            .extensions()
            .get::<MatchedPath>()
            .map(|path| path.as_str().to_owned());
        portal.settings.notices.tell(Notice::Answered {
            request: id,
            method,
            route: route.unwrap_or_default(),
            status: response.status().as_u16(),
            milliseconds: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
        });
        response
    }

    /// Whether a request is for this portal, and its network has not asked too often.
    fn admit(&self, request: Request<Incoming>) -> Result<Request<Body>, Refusal> {
        let House {
            portal, hosts, proxies, ..
        } = &*self.house;
        let told_to_go_on = request.headers().contains_key(header::EXPECT);
        let lingering = (!told_to_go_on).then(|| self.house.lingering.clone());
        let activity = Arc::clone(self.place.activity());
        // From here on the body is read, though it may be for nothing.
        let mut request = request.map(|body| Body::new(Taken::new(body, activity, lingering)));
        hosts.check(request.uri(), request.headers())?;
        let address = forwarded::origin(self.peer, request.headers(), proxies);
        let network = Network::from(address);
        self.house.requests.take(network, portal.settings.clock.steady())?;
        request.extensions_mut().insert(Asker {
            network,
            bodies: Arc::clone(&self.house.bodies),
        });
        Ok(request)
    }
}

/// Counts an answer until it has been taken.
fn given(response: Response<Body>, place: &Arc<Place>, turn: OwnedSemaphorePermit) -> Response<Body> {
    response.map(|body| Body::new(Given::new(body, Arc::clone(place), turn)))
}

/// A request that somebody waits for, until it was answered.
struct Waiting(Option<Arc<Activity>>);

impl Waiting {
    /// It was answered.
    fn end(mut self) {
        self.0 = None;
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(activity) = &self.0 {
            activity.give_up();
        }
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

fn panic_or_cancel(error: &tokio::task::JoinError) -> &'static str {
    if error.is_panic() { "a panic" } else { "cancellation" }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;

    #[test]
    fn who_was_answered_leaves_nothing_behind_and_who_did_not_wait_is_counted() {
        let activity = Arc::new(Activity::new());
        Waiting(Some(Arc::clone(&activity))).end();
        assert_eq!((Arc::strong_count(&activity), activity.given_up()), (1, 0));
        drop(Waiting(Some(Arc::clone(&activity))));
        assert_eq!((Arc::strong_count(&activity), activity.given_up()), (1, 1));
    }

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
}
