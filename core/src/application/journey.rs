//! The one `match (stage, answer)`. Each arm reads top to bottom: it awaits its effects, commits the new stage, and is
//! done. On failure the stage stays. Before an effect that must not happen twice, an intent stage with its request id is
//! committed; going on from there repeats the request under the same id, which the portal answers without doing it again.

mod assistance;
mod documents;
mod form;
mod institution;
mod known_device;
mod orders;
mod phone;
mod sign_in;
mod submission;

use super::CertificateApplication;
use super::answer::Answer;
use super::container_row;
use super::journal::Change;
use super::stage::{Assistance, CodeState, Stage, Telephone};
use crate::digest::hexadecimal;
use crate::failure::Failure;
use crate::portal::Method;

use form::draft_row;
pub(super) use known_device::is_known_device;
pub(super) use phone::USUAL_CODE_LENGTH;

impl CertificateApplication {
    /// Takes an answer; the session's end on the way is not a failure of the journey.
    pub(super) async fn take(&self, answer: Answer) -> Result<(), Failure> {
        let notice = self.with_state(|state| state.passing.notice.take());
        let result = self.dispatch(answer).await;
        match result {
            Err(Failure::AnswerNotExpected) => {
                self.with_state(|state| state.passing.notice = notice);
                Err(Failure::AnswerNotExpected)
            }
            Err(Failure::SessionOver) => self.sign_in_again(),
            Err(Failure::AppOutdated { version }) => self.outdate(version),
            Err(Failure::OrderMovedOn) => self.catch_up().await,
            Err(Failure::OrderUnknown) if self.record().stage.order().is_some() => self.catch_up().await,
            other => other,
        }
    }

    async fn dispatch(&self, answer: Answer) -> Result<(), Failure> {
        let record = self.record();
        if record.outdated().is_some() {
            return if matches!(answer, Answer::Continue) {
                self.ask_again().await
            } else if matches!(answer, Answer::Leave) && !record.stage.is_submitting() {
                self.leave().await
            } else {
                Err(Failure::AnswerNotExpected)
            };
        }
        match (record.stage, answer) {
            (
                Stage::Sign {
                    order,
                    request,
                    assistance: Some(asking @ Assistance::Asking { .. }),
                },
                Answer::Continue,
            ) => self.finish_asking(order, request, asking).await,
            (
                Stage::Sign {
                    assistance: Some(Assistance::Asking { .. }),
                    ..
                },
                answer,
            ) if !matches!(answer, Answer::Leave) => Err(Failure::AnswerNotExpected),

            (Stage::SignIn { .. }, Answer::RequestCaptcha) => self.request_captcha().await,
            (Stage::SignIn { .. }, Answer::RequestSpokenCaptcha) => self.speak_captcha().await,
            (
                Stage::SignIn { resume },
                Answer::SignIn {
                    identity_kind,
                    identity,
                    access_password,
                    captcha,
                },
            ) => {
                let identity = sign_in::parse_identity(identity_kind, &identity)?;
                self.sign_in(resume, identity_kind, identity, &access_password, captcha)
                    .await
            }

            (Stage::ChooseOrder { .. } | Stage::Done { .. }, Answer::RefreshOrders) => {
                self.list_orders(Vec::new()).await
            }
            (Stage::FillForm { order, form, draft, .. }, Answer::Back) => {
                self.list_orders(vec![Change::put(&draft_row(&order, &form), &draft)?])
                    .await
            }
            (Stage::ChooseOrder { orders }, Answer::ChooseOrder { order }) => {
                let order = orders
                    .into_iter()
                    .find(|known| known.id == order)
                    .ok_or(Failure::OrderUnknown)?;
                self.enter(order).await
            }
            (Stage::ChooseOrder { orders }, Answer::ChangeForm { order: Some(order) }) => {
                let order = orders
                    .into_iter()
                    .find(|known| known.id == order)
                    .ok_or(Failure::OrderUnknown)?;
                self.change_form(order).await
            }
            (
                Stage::ConfirmPhone {
                    order,
                    code: CodeState::NotSent | CodeState::Sent(_),
                    ..
                }
                | Stage::AwaitInstitution { order, .. }
                | Stage::ChooseMethod { order, .. }
                | Stage::ReviewDocuments { order, .. }
                | Stage::Sign { order, .. },
                Answer::ChangeForm { order: None },
            ) => self.change_form(order).await,

            (Stage::FillForm { order, form, draft, .. }, Answer::SaveDraft { values }) => {
                let draft = form::drafted(&form, &draft, values)?;
                self.advance(
                    Stage::FillForm {
                        order,
                        form,
                        draft,
                        faults: Vec::new(),
                    },
                    Vec::new(),
                )
            }
            (Stage::FillForm { order, form, draft, .. }, Answer::ApproveForm { values }) => {
                self.approve(order, form, draft, values).await
            }
            (
                Stage::Approving {
                    order,
                    form,
                    draft,
                    request_id,
                },
                Answer::Continue,
            ) => self.finish_approval(order, form, draft, &request_id).await,

            (Stage::ConfirmPhone { order, telephone, code }, Answer::SendCode { app_token }) => {
                self.send_code(order, telephone, code, app_token).await
            }
            (
                Stage::ConfirmPhone {
                    order,
                    telephone,
                    code:
                        CodeState::Sending {
                            request_id,
                            before,
                            app_token,
                        },
                },
                Answer::Continue,
            ) => {
                let sending = phone::Sending {
                    request_id,
                    before,
                    app_token,
                };
                self.finish_sending(order, telephone, sending).await
            }
            (Stage::ConfirmPhone { order, telephone, code }, Answer::ConfirmCode { code: typed }) => {
                self.confirm(order, telephone, code, &typed).await
            }
            (
                Stage::ConfirmPhone {
                    order,
                    telephone:
                        telephone @ Telephone {
                            institution: Some(_), ..
                        },
                    code: code @ (CodeState::NotSent | CodeState::Sent(_)),
                },
                Answer::AskInstitution,
            ) => self.ask_institution(order, telephone, code).await,
            (Stage::AwaitInstitution { order, .. }, Answer::Continue) => self.hear_institution(order).await,
            (
                Stage::AwaitInstitution {
                    order, instead, code, ..
                },
                Answer::Back,
            ) => {
                let stage = Stage::ConfirmPhone {
                    order,
                    telephone: instead,
                    code,
                };
                self.advance(stage, Vec::new())
            }

            (Stage::ChooseMethod { order, methods }, Answer::ChooseMethod { method }) => {
                if method != Method::Card || !methods.contains(&method) {
                    return Err(Failure::MethodUnavailable);
                }
                self.choose_method(order, method).await
            }

            (Stage::ReviewDocuments { order, request }, Answer::AcceptDocuments) => {
                let stage = Stage::Sign {
                    order,
                    request,
                    assistance: None,
                };
                self.advance(stage, Vec::new())
            }
            (Stage::ReviewDocuments { order, .. }, Answer::Back) => self.list_methods(order).await,

            (Stage::Sign { .. }, Answer::ReadCard { reader }) => self.read_card(reader).await,
            (
                Stage::Sign { order, request, .. },
                Answer::Sign {
                    reader,
                    pin,
                    last_try_confirmed,
                    certificate,
                },
            ) => {
                let container = self
                    .sign(&request, reader, pin, last_try_confirmed, certificate)
                    .await?;
                let request_id = fresh_id()?;
                let stage = Stage::Submitting {
                    order: order.clone(),
                    request: request.clone(),
                    request_id: request_id.clone(),
                };
                self.with_state(|state| state.passing.card = None);
                self.advance(stage, vec![Change::put_bytes(&container_row(&order.id), container)])?;
                self.submit(order, request, &request_id, false).await
            }
            (
                Stage::Sign {
                    order,
                    request,
                    assistance,
                },
                Answer::RequestUnblocking { reader, app_token },
            ) if request.assisted_unblocking => {
                self.request_unblocking(order, request, assistance, reader, app_token)
                    .await
            }
            (
                Stage::Sign {
                    order,
                    request,
                    assistance: Some(Assistance::Sent(sent)),
                },
                Answer::Unblock { reader, code, new_pin },
            ) => self.unblock(order, request, sent, reader, &code, new_pin).await,
            (Stage::Sign { order, request, .. }, Answer::Back) => {
                self.with_state(|state| state.passing.card = None);
                self.advance(Stage::ReviewDocuments { order, request }, Vec::new())
            }
            (
                Stage::Submitting {
                    order,
                    request,
                    request_id,
                },
                Answer::Continue,
            ) => self.submit(order, request, &request_id, true).await,

            (stage, Answer::Leave) if !stage.is_submitting() => self.leave().await,
            _ => Err(Failure::AnswerNotExpected),
        }
    }
}

/// 128 random bits, lower-case hexadecimal: a request id, which is also its idempotency key.
fn fresh_id() -> Result<String, Failure> {
    let mut octets = [0; 16];
    getrandom::fill(&mut octets).map_err(|_| Failure::Internal {
        detail: "randomness".to_owned(),
    })?;
    Ok(hexadecimal(&octets))
}
