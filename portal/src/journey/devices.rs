//! Where a person is signed in, and the end of it: signing out, here or on another device.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use basvuru::portal::Devices;
use serde::Deserialize;

use crate::journey::exchange::{Bearer, Reply};
use crate::journey::shared::Shared;
use crate::records::audit::{self, About, Event};
use crate::records::device::DeviceId;
use crate::records::person::Person;
use crate::records::session::{self, within_session};
use crate::records::work::Work;
use crate::refusal::Refusal;

/// The device in a path.
#[derive(Deserialize)]
#[cfg_attr(test, derive(utoipa::IntoParams), into_params(parameter_in = Path))]
pub(crate) struct DevicePath {
    /// The device's id.
    #[cfg_attr(test, param(max_length = 64))]
    device: String,
}

#[cfg_attr(test, utoipa::path(
    delete, path = "/v1/sessions", tag = "sign-in", operation_id = "signOut", security(("session" = [])),
    responses((status = 204, description = "Signed out"), crate::journey::description::Refusals)
))]
/// Signs out: the session that asks is over.
pub(crate) async fn sign_out(State(portal): State<Arc<Shared>>, Bearer(token): Bearer) -> Result<StatusCode, Refusal> {
    portal
        .work(move |work| {
            within_session(work, &token, |person| {
                let device = session::end(work, &token)?;
                signed_out(work, person, device.as_ref())
            })
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg_attr(test, utoipa::path(
    get, path = "/v1/devices", tag = "sign-in", operation_id = "devices", security(("session" = [])),
    responses((status = 200, description = "The devices, the one that asks first", body = Devices),
              crate::journey::description::Refusals)
))]
/// Lists the devices that the person is signed in on, or that are known as theirs.
pub(crate) async fn list(State(portal): State<Arc<Shared>>, Bearer(token): Bearer) -> Result<Reply, Refusal> {
    let devices =
        portal.work(move |work| within_session(work, &token, |person| Ok(session::devices(work, person, &token)?)));
    Ok(Reply::json(&Devices {
        devices: devices.await?,
    }))
}

#[cfg_attr(test, utoipa::path(
    delete, path = "/v1/devices/{device}", tag = "sign-in", operation_id = "signOutDevice", security(("session" = [])),
    params(DevicePath),
    responses((status = 204, description = "Signed out there"), crate::journey::description::Refusals)
))]
/// Signs a device of the person out.
pub(crate) async fn remove(
    State(portal): State<Arc<Shared>>,
    Path(DevicePath { device }): Path<DevicePath>,
    Bearer(token): Bearer,
) -> Result<StatusCode, Refusal> {
    portal
        .work(move |work| {
            within_session(work, &token, |person| {
                match session::end_device(work, person, &device)? {
                    Some(device) => signed_out(work, person, device.as_ref()),
                    None => Err(Refusal::not_found()),
                }
            })
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

fn signed_out(work: &Work<'_>, person: Person, device: Option<&DeviceId>) -> Result<(), Refusal> {
    let about = About::new(person, device);
    audit::record_about(
        work.transaction,
        work.key,
        work.now,
        Event::SignedOut,
        Some(&about),
        "ok",
    )?;
    Ok(())
}
