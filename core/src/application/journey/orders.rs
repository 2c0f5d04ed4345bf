//! Orders: choosing one, and going to what it waits for.

use super::form::unsigned;
use super::institution::{is_refused, unconfirmed};
use crate::application::journal::Change;
use crate::application::stage::Stage;
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
                self.advance(unconfirmed(order), changes)
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
                let is_confirmed = stage.awaits_institution() && order.phase == OrderPhase::Method;
                let is_refused = is_refused(&order);
                self.enter(order).await?;
                Ok(match is_refused {
                    true => Some(Failure::NumberNotConfirmed),
                    false => (!as_intended && !is_confirmed).then_some(Failure::OrderMovedOn),
                })
            }
            Err(ClientError::Problem(problem)) if problem.kind == ProblemKind::OrderUnknown => {
                self.list_orders(forgotten()).await?;
                Ok(Some(Failure::OrderUnknown))
            }
            Err(error) => Err(error.into()),
        }
    }
}
