//! What a phone would see of the world besides the portal: mails and text messages, as a few HTTP routes.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use basvuru_world::{World, WorldError};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::resident::Resident;

/// The world and who lives in it.
pub(crate) struct Control {
    world: World,
    /// Their cards are served as long as they are here.
    residents: Mutex<Vec<Resident>>,
}

impl Control {
    pub(crate) fn new(world: World, first: Resident) -> Self {
        Self {
            world,
            residents: Mutex::new(vec![first]),
        }
    }
}

/// The routes.
///
/// | route | answer |
/// |---|---|
/// | `GET /mails/{address}` | the texts of the mails to an address, oldest first |
/// | `GET /texts/{number}/{count}` | the newest text message to a number, once there are `count`; 404 after five seconds |
/// | `GET /captchas/{id}` | what is in the picture |
/// | `GET /cards/{identity}/commands` | every command that reached somebody's card, with its status word |
/// | `POST /applicants` | invites somebody new, with a card of their own |
/// | `POST /applicants/{identity}/invitation` | invites somebody anew, with another order and another access password |
/// | `POST /orders/{order}/number/{word}` | gives the institution's word on the number it was asked to confirm: `confirmed`, `refused` |
pub(crate) fn routes(control: Arc<Control>) -> Router {
    Router::new()
        .route("/mails/{address}", get(mails))
        .route("/texts/{number}/{count}", get(newest_text))
        .route("/captchas/{id}", get(captcha))
        .route("/cards/{identity}/commands", get(commands))
        .route("/applicants", post(applicant))
        .route("/applicants/{identity}/invitation", post(invitation))
        .route("/orders/{order}/number/{word}", post(number))
        .with_state(control)
}

/// Why there is no answer, in the words of the world.
struct Missing(WorldError);

impl From<WorldError> for Missing {
    fn from(error: WorldError) -> Self {
        Self(error)
    }
}

impl IntoResponse for Missing {
    fn into_response(self) -> Response {
        (StatusCode::NOT_FOUND, self.0.to_string()).into_response()
    }
}

async fn mails(State(control): State<Arc<Control>>, Path(address): Path<String>) -> Result<Json<Value>, Missing> {
    let mails = control.world.outbox().mails()?.into_iter();
    let texts: Vec<String> = mails
        .filter(|mail| mail.recipient == address)
        .map(|mail| mail.text)
        .collect();
    Ok(Json(json!(texts)))
}

async fn newest_text(
    State(control): State<Arc<Control>>,
    Path((number, count)): Path<(String, usize)>,
) -> Result<Json<Value>, Missing> {
    let text = control.world.outbox().newest_text(Some(&number), count).await?;
    Ok(Json(json!({ "text": text })))
}

async fn captcha(State(control): State<Arc<Control>>, Path(id): Path<String>) -> Result<Json<Value>, Missing> {
    Ok(Json(json!({ "text": control.world.outbox().captcha(&id)? })))
}

async fn commands(
    State(control): State<Arc<Control>>,
    Path(identity): Path<String>,
) -> Result<Json<Value>, StatusCode> {
    let residents = control.residents.lock().await;
    let resident = residents.iter().find(|resident| resident.identity() == identity);
    resident
        .map(|resident| Json(resident.commands()))
        .ok_or(StatusCode::NOT_FOUND)
}

async fn applicant(State(control): State<Arc<Control>>) -> Result<Json<Value>, Missing> {
    let mut residents = control.residents.lock().await;
    let resident = Resident::settle(&control.world, residents.len()).await?;
    let description = resident.description();
    residents.push(resident);
    Ok(Json(description))
}

async fn invitation(
    State(control): State<Arc<Control>>,
    Path(identity): Path<String>,
) -> Result<Json<Value>, Response> {
    let mut residents = control.residents.lock().await;
    let resident = residents.iter_mut().find(|resident| resident.identity() == identity);
    let resident = resident.ok_or_else(|| StatusCode::NOT_FOUND.into_response())?;
    let invited = resident.invite_again(&control.world).await;
    invited.map_err(|error| Missing(error).into_response())?;
    Ok(Json(resident.description()))
}

async fn number(
    State(control): State<Arc<Control>>,
    Path((order, word)): Path<(String, String)>,
) -> Result<Json<Value>, Response> {
    let is_confirmed = match word.as_str() {
        "confirmed" => true,
        "refused" => false,
        _ => return Err(StatusCode::NOT_FOUND.into_response()),
    };
    let answered = control.world.answer_number(&order, is_confirmed).await;
    answered.map_err(|error| Missing(error).into_response())?;
    Ok(Json(json!({})))
}
