//! The signed application: time-stamped where the portal wishes it, and sent once, whatever happens on the way, until there
//! is a receipt.

use std::io::Cursor;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use zeroize::Zeroizing;

use super::form::without_drafts;
use super::fresh_id;
use crate::application::journal::Change;
use crate::application::stage::Stage;
use crate::application::{Activity, CertificateApplication, DOCUMENTS, container_row};
use crate::certificate::TrustAnchors;
use crate::digest::{Digest, DigestAlgorithm, hexadecimal};
use crate::failure::Failure;
use crate::portal::{
    ClientError, Method, Order, OrderPhase, PortalSession, ProblemKind, Receipt, SignatureLevel, SigningRequest,
    Submitted,
};
use crate::signature::asic;
use crate::signature::extend::ExtendError;
use crate::signature::source::{Fetch, FetchError, FetchRequest, SourceError, Sources, TimestampAuthority};
use crate::signature::timestamp::TimestampError;

impl CertificateApplication {
    /// Sends what was signed, or goes on sending it where that was `begun` before.
    pub(super) async fn submit(
        &self,
        order: Order,
        request: SigningRequest,
        request_id: &str,
        begun: bool,
    ) -> Result<(), Failure> {
        let token = self.token()?;
        let container = self
            .journal
            .read_bytes(&container_row(&order.id))?
            .ok_or(Failure::Internal {
                detail: "container".to_owned(),
            })?;
        let portal = self.portal.with(&token);
        let container = match request.signature.level {
            SignatureLevel::BB => container,
            SignatureLevel::BT => self.timestamped(&portal, &order, request_id, container).await?,
            SignatureLevel::Unknown => return Err(Failure::SignatureUnsupported),
        };
        self.tell(Activity::Submitting);
        match sent(&portal, &order.id, &container, request_id, begun).await {
            Ok(receipt) => {
                let taken = hexadecimal(&DigestAlgorithm::Sha256.digest(&container).value);
                if receipt.container_sha256 != taken {
                    return Err(Failure::PortalGarbled);
                }
                self.complete(order, receipt)
            }
            // Sending the same again would be refused again. What is to be signed may have changed since it was fetched: it is
            // fetched anew.
            Err(ClientError::Problem(problem))
                if matches!(problem.kind, ProblemKind::SignatureInvalid | ProblemKind::TooLarge) =>
            {
                let container = container_row(&order.id);
                let changes = vec![Change::delete(container), Change::delete_all(DOCUMENTS)];
                let methods = vec![Method::Card];
                self.advance(Stage::ChooseMethod { order, methods }, changes)?;
                Err(ClientError::Problem(problem).into())
            }
            // Back to what is signed, so that another card can sign. And what is remembered of the card that signed may be
            // out of date.
            Err(ClientError::Problem(problem))
                if matches!(
                    problem.kind,
                    ProblemKind::SignerNotApplicant
                        | ProblemKind::HolderNameDiffers
                        | ProblemKind::CertificateRefused
                        | ProblemKind::CertificateSuspended
                ) =>
            {
                self.cards.forget()?;
                let container = Change::delete(container_row(&order.id));
                self.advance(Stage::ReviewDocuments { order, request }, vec![container])?;
                Err(ClientError::Problem(problem).into())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The container with a time-stamp over its signature. It is kept before it is sent, so that what is sent again is the
    /// same; one that has its time-stamp is given back as it is, and nobody is asked.
    async fn timestamped(
        &self,
        portal: &PortalSession<'_>,
        order: &Order,
        request_id: &str,
        container: Zeroizing<Vec<u8>>,
    ) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let authority = ThroughPortal {
            portal,
            order: &order.id,
            failure: Mutex::default(),
            tell: &|| self.tell(Activity::Timestamping),
        };
        let sources = Sources {
            fetch: &authority,
            timestamp_authority: Some(TimestampAuthority::at(String::new()).with_nonce_for(repeated(request_id))),
            // The portal knows its authority; a time-stamp that does not hold is not passed on by it, nor taken from it.
            trust: &TrustAnchors::new(Vec::new()),
            now: self.portal.clock().now(),
        };
        let input = Cursor::new(container.as_slice());
        let stamped = asic::stamp(input, Vec::new(), &sources).await;
        let stamped = stamped.map_err(|error| authority.failure(&error))?;
        if stamped != *container {
            let kept = Change::put_bytes(&container_row(&order.id), stamped.clone());
            self.journal.write(vec![kept])?;
        }
        Ok(Zeroizing::new(stamped))
    }

    pub(super) fn complete(&self, order: Order, receipt: Receipt) -> Result<(), Failure> {
        let container = self.journal.read_bytes(&container_row(&order.id))?;
        let taken = |container: &[u8]| {
            hexadecimal(&DigestAlgorithm::Sha256.digest(container).value) == receipt.container_sha256
        };
        let mut changes = vec![self.keeping(&receipt)?, Change::delete_all(DOCUMENTS)];
        changes.extend(without_drafts(&order.id));
        if container.is_some_and(|container| !taken(&container)) {
            // Another device was first: what was signed here is not what the portal has.
            changes.push(Change::delete(container_row(&order.id)));
        }
        self.advance(
            Stage::Done {
                order: Order {
                    phase: OrderPhase::Complete,
                    ..order
                },
                receipt,
            },
            changes,
        )
    }
}

/// The nonce of a signature's time-stamp: random, as the request id is, and the same whenever that request goes on, so that a
/// time-stamp whose answer was lost is not made twice.
fn repeated(request_id: &str) -> impl Fn(&Digest) -> [u8; 8] + Send + Sync + 'static {
    let request_id = request_id.to_owned();
    move |digest| {
        let seed = [request_id.as_bytes(), digest.value.as_slice()].concat();
        let mut nonce = [0; 8];
        nonce.copy_from_slice(&DigestAlgorithm::Sha256.digest(&seed).value[..8]);
        nonce
    }
}

/// How often in a row a sending is taken up that has brought nothing more to the portal.
const SETBACKS: u8 = 2;

/// Sends a container, in parts where the line is slow. A line that breaks is taken up where it broke; what is there already is
/// not sent again.
async fn sent(
    portal: &PortalSession<'_>,
    order: &str,
    container: &Zeroizing<Vec<u8>>,
    request_id: &str,
    begun: bool,
) -> Result<Receipt, ClientError> {
    let container = Bytes::from_owner(container.clone());
    let mut from = 0;
    let mut setbacks = 0;
    if begun {
        match there(portal, order, &container, request_id).await? {
            There::Whole(receipt) => return Ok(receipt),
            There::Part(received) => from = received,
        }
    }
    loop {
        let interrupted = match portal.submit(order, &container, from, request_id).await {
            Ok(Submitted::Whole(receipt)) => return Ok(receipt),
            Ok(Submitted::Part(received)) => {
                from = usize::try_from(received).map_err(|_| ClientError::Garbled)?;
                setbacks = 0;
                continue;
            }
            Err(error @ (ClientError::Unreachable | ClientError::Timeout)) => error,
            // What was there has been given up, or an answer was lost.
            Err(ClientError::Problem(problem)) if problem.kind == ProblemKind::UploadOffsetWrong => {
                ClientError::Problem(problem)
            }
            Err(error) => return Err(error),
        };
        match there(portal, order, &container, request_id).await {
            Ok(There::Whole(receipt)) => return Ok(receipt),
            Ok(There::Part(received)) if received > from => (from, setbacks) = (received, 0),
            Ok(There::Part(received)) if setbacks < SETBACKS => (from, setbacks) = (received, setbacks + 1),
            Ok(There::Part(_)) | Err(_) => return Err(interrupted),
        }
    }
}

/// What the portal has of a container.
enum There {
    /// So many octets, from the first on.
    Part(usize),
    /// Everything, with this receipt.
    Whole(Receipt),
}

async fn there(
    portal: &PortalSession<'_>,
    order: &str,
    container: &[u8],
    request_id: &str,
) -> Result<There, ClientError> {
    match portal.upload(order, request_id).await {
        Ok(received) => {
            let received = usize::try_from(received)
                .ok()
                .filter(|received| *received < container.len());
            Ok(There::Part(received.unwrap_or(0)))
        }
        Err(ClientError::Problem(problem)) if problem.kind == ProblemKind::PhaseWrong => {
            let receipt = portal.receipt(order).await?;
            match receipt.container_sha256 == hexadecimal(&DigestAlgorithm::Sha256.digest(container).value) {
                true => Ok(There::Whole(receipt)),
                // Another device was first.
                false => Err(ClientError::Problem(problem)),
            }
        }
        Err(error) => Err(error),
    }
}

/// The portal as the way to its time-stamping authority.
struct ThroughPortal<'a> {
    portal: &'a PortalSession<'a>,
    order: &'a str,
    /// Why the portal gave no answer: more than a [`FetchError`] can tell.
    failure: Mutex<Option<Failure>>,
    tell: &'a (dyn Fn() + Send + Sync),
}

impl ThroughPortal<'_> {
    async fn answer(&self, request: FetchRequest) -> Result<Vec<u8>, Failure> {
        let (_, query) = request.body.ok_or(Failure::TimestampUnavailable)?;
        (self.tell)();
        Ok(self.portal.timestamp(self.order, query, &fresh_id()?).await?)
    }

    /// What it means to the person that there is no time-stamp.
    fn failure(&self, error: &ExtendError) -> Failure {
        let told = self.failure.lock().unwrap_or_else(PoisonError::into_inner).take();
        told.unwrap_or_else(|| match error {
            ExtendError::Source(SourceError::Timestamp(TimestampError::FarFromClock { .. })) => Failure::ClockWrong,
            // The portal gave something else than the time-stamp it was asked for.
            ExtendError::Source(SourceError::Timestamp(_)) => Failure::PortalGarbled,
            ExtendError::Malformed
            | ExtendError::OtherProfile
            | ExtendError::NoContent
            | ExtendError::GracePeriod { .. }
            | ExtendError::TooLarge
            | ExtendError::Container(_)
            | ExtendError::Write(_)
            | ExtendError::Source(_) => Failure::Internal {
                detail: error.to_string(),
            },
        })
    }
}

#[async_trait]
impl Fetch for ThroughPortal<'_> {
    async fn fetch(&self, request: FetchRequest) -> Result<Vec<u8>, FetchError> {
        self.answer(request).await.map_err(|failure| {
            let told = FetchError::Failed(failure.to_string());
            *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(failure);
            told
        })
    }
}
