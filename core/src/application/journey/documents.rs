//! Method and documents: what will be signed is fetched, checked and kept before it is shown.

use std::sync::atomic::{AtomicU32, Ordering};

use super::form::unsigned;
use super::fresh_id;
use crate::application::journal::Change;
use crate::application::stage::Stage;
use crate::application::{Activity, CertificateApplication, DOCUMENTS, document_row};
use crate::digest::{DigestAlgorithm, hexadecimal};
use crate::failure::Failure;
use crate::portal::{
    Arriving, ClientError, ContainerFormat, DocumentDescription, Method, Order, OrderPhase, PortalSession,
    SignatureLevel, SigningRequest,
};

/// The documents of an application are no larger together: what a phone can show and hold.
const LARGEST_DOCUMENTS: u64 = 20 * 1024 * 1024;
/// No application has more documents.
const MOST_DOCUMENTS: usize = 16;
/// No portal has more authorities between those who sign and its roots, nor larger certificates of them, in base64.
const MOST_ISSUERS: usize = 16;
const LONGEST_ISSUER: usize = 8 << 10;
/// No document says more, in octets of text.
const LONGEST_TEXT: usize = 256 * 1024;

impl CertificateApplication {
    pub(super) async fn list_methods(&self, order: Order) -> Result<(), Failure> {
        let token = self.token()?;
        self.tell(Activity::AskingPortal);
        let methods = self.portal.with(&token).methods(&order.id).await?.methods;
        let changes = unsigned(&order);
        self.advance(Stage::ChooseMethod { order, methods }, changes)
    }

    pub(super) async fn choose_method(&self, order: Order, method: Method) -> Result<(), Failure> {
        let token = self.token()?;
        let portal = self.portal.with(&token);
        self.tell(Activity::AskingPortal);
        let request = checked_request(portal.choose(&order.id, method, &fresh_id()?).await?)?;
        let mut changes = vec![Change::delete_all(DOCUMENTS)];
        for (document, content) in self.fetch_documents(&portal, &order, &request.documents).await? {
            if hexadecimal(&DigestAlgorithm::Sha256.digest(&content).value) != document.sha256 {
                return Err(Failure::DocumentAltered);
            }
            changes.push(Change::put_bytes(&document_row(&document.id), content));
        }
        let order = Order {
            phase: OrderPhase::Signature,
            ..order
        };
        self.advance(Stage::ReviewDocuments { order, request }, changes)
    }

    /// All documents in one answer, taken apart by the sizes that were announced; tells which of them is coming.
    async fn fetch_documents<'a>(
        &self,
        portal: &PortalSession<'_>,
        order: &Order,
        documents: &'a [DocumentDescription],
    ) -> Result<Vec<(&'a DocumentDescription, Vec<u8>)>, Failure> {
        let mut ends = Vec::new();
        let mut total = 0;
        for document in documents {
            total += usize::try_from(document.size).map_err(|_| Failure::PortalGarbled)?;
            ends.push(total);
        }
        let count = u32::try_from(documents.len()).map_err(|_| Failure::PortalGarbled)?;
        let told = AtomicU32::new(1);
        self.tell(Activity::FetchingDocument { number: 1, count });
        let arrived = |octets: usize| {
            let whole = ends.iter().filter(|end| **end <= octets).count();
            let coming = u32::try_from(whole).unwrap_or(count).saturating_add(1).min(count);
            for number in told.fetch_max(coming, Ordering::Relaxed) + 1..=coming {
                self.tell(Activity::FetchingDocument { number, count });
            }
        };
        let mut rest = self.arrived_documents(portal, &order.id, total, &arrived).await?;
        let mut fetched = Vec::new();
        for document in documents {
            let size = usize::try_from(document.size).map_err(|_| Failure::PortalGarbled)?;
            let next = rest.split_off(size);
            fetched.push((document, rest));
            rest = next;
        }
        Ok(fetched)
    }

    /// The documents' octets. A line that breaks is taken up where it broke, as long as each try brings more; what has come is
    /// kept for the person's next try.
    async fn arrived_documents(
        &self,
        portal: &PortalSession<'_>,
        order: &str,
        total: usize,
        arrived: &(dyn Fn(usize) + Sync),
    ) -> Result<Vec<u8>, Failure> {
        let kept = self.with_state(|state| state.passing.documents.take());
        let mut arriving = kept
            .filter(|(of, _)| of == order)
            .map_or_else(Arriving::default, |(_, kept)| kept);
        loop {
            let before = arriving.length();
            match portal.documents(order, total, &mut arriving, arrived).await {
                Ok(()) => return Ok(arriving.into_octets()),
                Err(ClientError::Unreachable | ClientError::Timeout) if arriving.length() > before => {}
                Err(error @ (ClientError::Unreachable | ClientError::Timeout)) => {
                    self.with_state(|state| state.passing.documents = Some((order.to_owned(), arriving)));
                    return Err(error.into());
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// A request this version can sign: known format and level, sane documents with file names that are safe in a container.
fn checked_request(mut request: SigningRequest) -> Result<SigningRequest, Failure> {
    match (request.signature.format, request.signature.level) {
        (ContainerFormat::AsicE, SignatureLevel::BB | SignatureLevel::BT) => {}
        (ContainerFormat::Unknown, _) | (_, SignatureLevel::Unknown) => return Err(Failure::SignatureUnsupported),
    }
    let documents = &request.documents;
    if documents.is_empty() || documents.len() > MOST_DOCUMENTS {
        return Err(Failure::PortalGarbled);
    }
    let repeated = |document: &DocumentDescription| {
        documents
            .iter()
            .filter(|other| other.file_name == document.file_name || other.id == document.id)
            .count()
            > 1
    };
    let total = documents.iter().map(|document| document.size);
    let is_small = total
        .reduce(u64::saturating_add)
        .is_some_and(|size| size <= LARGEST_DOCUMENTS);
    if !is_small
        || documents
            .iter()
            .any(|document| !is_safe(document) || repeated(document))
    {
        return Err(Failure::PortalGarbled);
    }
    // What comes along beside the signer's certificate is a help and no condition.
    request.issuers.retain(|issuer| issuer.len() <= LONGEST_ISSUER);
    request.issuers.truncate(MOST_ISSUERS);
    for document in &mut request.documents {
        // It is read aloud beside the document, which is what counts; the journal is no place for a book.
        if document.pages.iter().map(String::len).sum::<usize>() > LONGEST_TEXT {
            document.pages.clear();
        }
    }
    Ok(request)
}

fn is_safe(document: &DocumentDescription) -> bool {
    let name = &document.file_name;
    (1..=64).contains(&document.id.len())
        && document
            .id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && (1..=120).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
        && !name.starts_with('.')
        && !name.eq_ignore_ascii_case("mimetype")
        && document.sha256.len() == 64
}
