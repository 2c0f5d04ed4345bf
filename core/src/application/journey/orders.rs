//! Orders: choosing one, and going to what it waits for.

use super::form::unsigned;
use crate::application::journal::Change;
use crate::application::stage::{CodeState, Stage};
use crate::application::{Activity, CertificateApplication, container_row};
use crate::failure::Failure;
use crate::portal::{ClientError, Order, OrderPhase, ProblemKind};

impl CertificateApplication {
    pub(super) async fn list_orders(&self, changes: Vec<Change>) -> Result<(), Failure> {
        self.tell(Activity::AskingPortal);
        let orders = self.portal.with(&self.token()?).orders().await?.orders;
        self.advance(Stage::ChooseOrder { orders }, changes)
    }

    /// Goes to what an order waits for.
    pub(super) async fn enter(&self, order: Order) -> Result<(), Failure> {
        let token = self.token()?;
        let portal = self.portal.with(&token);
        self.tell(Activity::AskingPortal);
        match order.phase {
            OrderPhase::Form => {
                let draft = self.record().stage.into_draft(&order.id);
                self.open_form(order, draft).await
            }
            OrderPhase::Confirmation => {
                let changes = unsigned(&order);
                let stage = Stage::ConfirmPhone {
                    order,
                    masked_phone: None,
                    code: CodeState::NotSent,
                };
                self.advance(stage, changes)
            }
            OrderPhase::Method | OrderPhase::Signature => self.list_methods(order).await,
            OrderPhase::Complete => {
                let receipt = portal.receipt(&order.id).await?;
                self.complete(order, receipt)
            }
            OrderPhase::Withdrawn => Err(Failure::OrderClosed),
        }
    }

    /// The order is not where this device thought: asks the portal what it waits for and goes there. After an intent
    /// that is simply its outcome; otherwise the person is told.
    pub(super) async fn catch_up(&self) -> Result<(), Failure> {
        match self.follow_order().await {
            Ok(notice) => {
                self.with_state(|state| state.passing.notice = notice);
                Ok(())
            }
            Err(Failure::SessionOver) => self.sign_in_again(),
            Err(failure) => Err(failure),
        }
    }

    /// Goes to what the stage's order waits for, or to the list where it waits for nothing any more. Returns what the
    /// person must be told.
    pub(super) async fn follow_order(&self) -> Result<Option<Failure>, Failure> {
        let stage = self.record().stage;
        let Some(known) = stage.order() else {
            self.list_orders(Vec::new()).await?;
            return Ok(Some(Failure::OrderMovedOn));
        };
        // What was signed for an order that is gone must not be taken for an application that was made.
        let forgotten = || vec![Change::delete(container_row(&known.id))];
        let token = self.token()?;
        match self.portal.with(&token).order(&known.id).await {
            Ok(order) if order.phase == OrderPhase::Withdrawn => {
                self.list_orders(forgotten()).await?;
                Ok(Some(Failure::OrderClosed))
            }
            Ok(order) => {
                // A signed application comes to its receipt, or its form was approved anew elsewhere.
                let as_intended = stage.is_intent() && (!stage.is_submitting() || order.phase == OrderPhase::Complete);
                self.enter(order).await?;
                Ok((!as_intended).then_some(Failure::OrderMovedOn))
            }
            Err(ClientError::Problem(problem)) if problem.kind == ProblemKind::OrderUnknown => {
                self.list_orders(forgotten()).await?;
                Ok(Some(Failure::OrderUnknown))
            }
            Err(error) => Err(error.into()),
        }
    }
}
