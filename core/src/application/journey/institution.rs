//! The institution's word on the number that the applicant has stated, where that is not the one it told.

use super::fresh_id;
use crate::application::stage::{CodeState, Stage, Telephone};
use crate::application::{Activity, CertificateApplication};
use crate::failure::Failure;
use crate::portal::{InstitutionAnswer, Order, OrderPhase};

impl CertificateApplication {
    /// Asks the institution. Asking again, after a restart say, is the same request to the portal: no intent is kept.
    pub(super) async fn ask_institution(
        &self,
        order: Order,
        telephone: Telephone,
        code: CodeState,
    ) -> Result<(), Failure> {
        let token = self.token()?;
        self.tell(Activity::AskingPortal);
        let asked = self
            .portal
            .with(&token)
            .ask_institution(&order.id, &fresh_id()?)
            .await?;
        let stage = Stage::AwaitInstitution {
            order,
            institution: asked.institution.ok_or(Failure::PortalGarbled)?,
            masked_phone: asked.stated_phone,
            instead: telephone,
            code,
        };
        self.advance(stage, Vec::new())
    }

    /// Asks the portal whether the institution has answered, and goes where that leads.
    pub(super) async fn hear_institution(&self, order: Order) -> Result<(), Failure> {
        let token = self.token()?;
        self.tell(Activity::AskingPortal);
        let order = self.portal.with(&token).order(&order.id).await?;
        match order.phase {
            OrderPhase::Confirmation if is_asked(&order) => Ok(()),
            OrderPhase::Method => self.enter(order).await,
            OrderPhase::Form
            | OrderPhase::Confirmation
            | OrderPhase::Signature
            | OrderPhase::Complete
            | OrderPhase::Withdrawn => Err(Failure::OrderMovedOn),
        }
    }
}

/// The stage of an order whose telephone numbers are still to be confirmed.
pub(super) fn unconfirmed(mut order: Order) -> Stage {
    let is_asked = is_asked(&order);
    let confirmation = order.confirmation.take();
    let stated = confirmation
        .as_ref()
        .map(|confirmation| confirmation.stated_phone.clone());
    let telephone = confirmation.map(Telephone::from).unwrap_or_default();
    let code = CodeState::NotSent;
    match (telephone.institution.clone(), stated) {
        (Some(institution), Some(masked_phone)) if is_asked => Stage::AwaitInstitution {
            order,
            institution,
            masked_phone,
            instead: telephone,
            code,
        },
        _ => Stage::ConfirmPhone { order, telephone, code },
    }
}

/// Whether an institution was asked that has not answered.
fn is_asked(order: &Order) -> bool {
    answer(order) == Some(InstitutionAnswer::Waiting)
}

/// Whether an order waits for its form anew because the institution has refused the stated number.
pub(super) fn is_refused(order: &Order) -> bool {
    order.phase == OrderPhase::Form && answer(order) == Some(InstitutionAnswer::Refused)
}

fn answer(order: &Order) -> Option<InstitutionAnswer> {
    order.confirmation.as_ref().and_then(|confirmation| confirmation.asked)
}
