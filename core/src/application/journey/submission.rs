//! The signed application: sent once, whatever happens on the way, until there is a receipt.

use super::hexadecimal;
use crate::application::journal::Change;
use crate::application::stage::Stage;
use crate::application::{Activity, CARDS, CertificateApplication, DOCUMENTS, container_row, draft_row, receipt_row};
use crate::digest::DigestAlgorithm;
use crate::failure::Failure;
use crate::portal::{ClientError, Order, OrderPhase, ProblemKind, Receipt, SigningRequest};

impl CertificateApplication {
    pub(super) async fn submit(&self, order: Order, request: SigningRequest, request_id: &str) -> Result<(), Failure> {
        let token = self.token()?;
        let container = self
            .journal
            .read_bytes(&container_row(&order.id))?
            .ok_or(Failure::Internal {
                detail: "container".to_owned(),
            })?;
        self.tell(Activity::Submitting);
        match self
            .portal
            .with(&token)
            .submit(&order.id, container.to_vec(), request_id)
            .await
        {
            Ok(receipt) => {
                let taken = hexadecimal(&DigestAlgorithm::Sha256.digest(&container).value);
                if receipt.container_sha256 != taken {
                    return Err(Failure::PortalGarbled);
                }
                self.complete(order, receipt)
            }
            Err(ClientError::Problem(problem))
                if matches!(
                    problem.kind,
                    ProblemKind::SignatureInvalid
                        | ProblemKind::SignerNotApplicant
                        | ProblemKind::CertificateRefused
                        | ProblemKind::TooLarge
                ) =>
            {
                // Sending the same again would be refused again: back to what is signed, so that another card can sign.
                // And what is remembered of the card that signed may be out of date.
                let refused = [container_row(&order.id), CARDS.to_owned()];
                let refused = refused.map(|name| Change::Delete { name }).into();
                self.advance(Stage::ReviewDocuments { order, request }, refused)?;
                Err(ClientError::Problem(problem).into())
            }
            Err(error) => Err(error.into()),
        }
    }

    pub(super) fn complete(&self, order: Order, receipt: Receipt) -> Result<(), Failure> {
        let container = self.journal.read_bytes(&container_row(&order.id))?;
        let taken = |container: &[u8]| {
            hexadecimal(&DigestAlgorithm::Sha256.digest(container).value) == receipt.container_sha256
        };
        let mut changes = vec![
            Change::put(&receipt_row(&order.id), &receipt)?,
            Change::Delete {
                name: draft_row(&order.id),
            },
            Change::DeleteAll { prefix: DOCUMENTS },
        ];
        if container.is_some_and(|container| !taken(&container)) {
            // Another device was first: what was signed here is not what the portal has.
            changes.push(Change::Delete {
                name: container_row(&order.id),
            });
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
