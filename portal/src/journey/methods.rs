//! How an application may be signed, and the choice of a method, which tells what is to be signed.

use std::sync::Arc;

use axum::extract::{Path, State};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use basvuru::certificate::TrustAnchors;
use basvuru::portal::{
    ContainerFormat, Method, MethodChoice, Methods, Order, OrderPhase, ProblemKind, SignatureWish, SigningRequest,
};

use crate::journey::exchange::{Bearer, OrderPath, Posted, Reply};
use crate::journey::shared::Shared;
use crate::records::applicant;
use crate::records::audit::{self, Event};
use crate::records::document;
use crate::refusal::Refusal;

/// The methods an order allows, best first.
pub(crate) fn methods_of(_order: &Order) -> Methods {
    Methods {
        methods: vec![Method::Card],
        confirmation: None,
    }
}

#[cfg_attr(test, utoipa::path(
    get, path = "/v1/orders/{order}/methods", tag = "signature", operation_id = "methods", security(("session" = [])),
    params(OrderPath),
    responses((status = 200, description = "The methods the order allows", body = Methods), crate::journey::description::Refusals)
))]
/// Lists the signing methods of an order whose telephone number is confirmed.
pub(crate) async fn list(
    State(portal): State<Arc<Shared>>,
    Path(OrderPath { order }): Path<OrderPath>,
    bearer: Bearer,
) -> Result<Reply, Refusal> {
    let stored = portal.for_person(bearer, move |work, person| {
        let stored = applicant::order(work, person, &order)?;
        stored.expect_phase(&[OrderPhase::Method, OrderPhase::Signature])?;
        Ok(stored)
    });
    Ok(Reply::json(&methods_of(&stored.await?.order)))
}

#[cfg_attr(test, utoipa::path(
    post, path = "/v1/orders/{order}/method", tag = "signature", operation_id = "chooseMethod",
    security(("session" = [])), request_body = MethodChoice,
    params(OrderPath, crate::journey::description::IdempotencyKey),
    responses((status = 200, description = "What is to be signed", body = SigningRequest), crate::journey::description::Refusals)
))]
/// Chooses a signing method.
///
/// It can be chosen again until the signed documents are taken.
pub(crate) async fn choose(
    State(portal): State<Arc<Shared>>,
    Path(OrderPath { order }): Path<OrderPath>,
    bearer: Bearer,
    posted: Posted,
) -> Result<Reply, Refusal> {
    let choice: MethodChoice = posted.json()?;
    let assisted_unblocking = portal.offers_unblocking(bearer).await?;
    let issuers = issuers(&portal.holder_trust);
    portal
        .once_for_person(posted, move |work, person| {
            let stored = applicant::order(work, person, &order)?;
            stored.expect_phase(&[OrderPhase::Method, OrderPhase::Signature])?;
            if !methods_of(&stored.order).methods.contains(&choice.method) {
                return Err(Refusal::new(ProblemKind::MethodNotAllowed));
            }
            applicant::advance(work.transaction, &order, OrderPhase::Signature)?;
            audit::record(
                work.transaction,
                work.key,
                work.now,
                Event::MethodChosen,
                Some(&order),
                "card",
            )?;
            Ok(Reply::json(&SigningRequest {
                documents: document::descriptions(work, &order)?,
                signature: SignatureWish {
                    format: ContainerFormat::AsicE,
                    level: work.settings.signature_level(),
                },
                assisted_unblocking,
                issuers: issuers.clone(),
            }))
        })
        .await
}

/// The certificates that signatures bring along beside the signer's. Where there are many, they would weigh more than they help.
fn issuers(trust: &TrustAnchors) -> Vec<String> {
    const MOST: usize = 16;
    let intermediates = trust.intermediates();
    if intermediates.len() > MOST {
        return Vec::new();
    }
    intermediates
        .iter()
        .map(|issuer| STANDARD.encode(issuer.der()))
        .collect()
}
