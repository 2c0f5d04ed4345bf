//! Method and documents: what will be signed is fetched, checked and kept before it is shown.

use super::form::unsigned;
use super::fresh_id;
use crate::application::journal::Change;
use crate::application::stage::Stage;
use crate::application::{Activity, CertificateApplication, DOCUMENTS, document_row};
use crate::digest::{DigestAlgorithm, hexadecimal};
use crate::failure::Failure;
use crate::portal::{ContainerFormat, DocumentDescription, Method, Order, OrderPhase, SignatureLevel, SigningRequest};

/// No document of an application is larger: what a phone can show and hold.
const LARGEST_DOCUMENT: u64 = 20 * 1024 * 1024;
/// No application has more documents.
const MOST_DOCUMENTS: usize = 16;
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
        let count = u32::try_from(request.documents.len()).map_err(|_| Failure::PortalGarbled)?;
        let mut changes = vec![Change::delete_all(DOCUMENTS)];
        for (number, document) in (1..).zip(&request.documents) {
            self.tell(Activity::FetchingDocument { number, count });
            let size = usize::try_from(document.size).map_err(|_| Failure::PortalGarbled)?;
            let content = portal.document(&order.id, &document.id, size).await?;
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
    if documents
        .iter()
        .any(|document| !is_safe(document) || repeated(document))
    {
        return Err(Failure::PortalGarbled);
    }
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
    document.size <= LARGEST_DOCUMENT
        && (1..=64).contains(&document.id.len())
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
