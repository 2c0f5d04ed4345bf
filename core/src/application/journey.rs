//! The one `match (stage, answer)`. Each arm reads top to bottom: it awaits its effects, commits the new stage, and is
//! done. On failure the stage stays. Before an effect that must not happen twice, an intent stage with its request id is
//! committed; going on from there repeats the request under the same id, which the portal answers without doing it again.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::answer::Answer;
use super::journal::Change;
use super::refusal::faults;
use super::stage::{Applicant, CodeState, Stage};
use super::step::{CaptchaFiles, Passing, merged};
use super::{Activity, CertificateApplication, DOCUMENTS, DRAFTS, container_row, document_row, draft_row, receipt_row};
use crate::digest::DigestAlgorithm;
use crate::failure::Failure;
use crate::identity::{self, Identity};
use crate::portal::{
    Approval, CaptchaAnswer, ClientError, CodeRequest, ContainerFormat, DocumentDescription, FaultyField, FieldFault,
    Form, IdentityKind, Method, Order, OrderPhase, ProblemKind, Receipt, SignIn, SignInMethod, SignatureLevel,
    SigningRequest,
};
use crate::secret::{Password, SecretText};
use crate::sms;

/// How many digits a code has before the portal has told.
pub(super) const USUAL_CODE_LENGTH: u8 = 6;
/// No document of an application is larger: what a phone can show and hold.
const LARGEST_DOCUMENT: u64 = 20 * 1024 * 1024;
/// No application has more documents.
const MOST_DOCUMENTS: usize = 16;
/// The journal's row that holds the session's token.
const SESSION: &str = "session";

impl CertificateApplication {
    /// Takes an answer; the session's end on the way is not a failure of the journey.
    pub(super) async fn take(&self, answer: Answer) -> Result<(), Failure> {
        self.with_state(|state| state.passing.notice = None);
        let result = self.dispatch(answer).await;
        match result {
            Err(Failure::SessionOver) => self.sign_in_again(),
            Err(Failure::OrderMovedOn) => self.catch_up().await,
            other => other,
        }
    }

    async fn dispatch(&self, answer: Answer) -> Result<(), Failure> {
        let stage = self.record().stage;
        match (stage, answer) {
            (Stage::SignIn { .. }, Answer::RequestCaptcha) => self.request_captcha().await,
            (
                Stage::SignIn { resume },
                Answer::SignIn {
                    identity_kind,
                    identity,
                    access_password,
                    captcha,
                },
            ) => {
                let identity = parse_identity(identity_kind, &identity)?;
                self.sign_in(resume, identity_kind, identity, &access_password, captcha)
                    .await
            }

            (Stage::ChooseOrder { .. } | Stage::Done { .. }, Answer::RefreshOrders) => {
                self.list_orders(Vec::new()).await
            }
            (Stage::FillForm { order, draft, .. }, Answer::Back) => {
                self.list_orders(vec![Change::put(&draft_row(&order.id), &draft)?])
                    .await
            }
            (Stage::ChooseOrder { orders }, Answer::ChooseOrder { order }) => {
                let order = orders
                    .into_iter()
                    .find(|known| known.id == order)
                    .ok_or(Failure::OrderUnknown)?;
                self.enter(order).await
            }

            (Stage::FillForm { order, form, draft, .. }, Answer::SaveDraft { values }) => {
                let draft = merged(&draft, editable(&form, values));
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

            (
                Stage::ConfirmPhone {
                    order,
                    masked_phone,
                    code,
                },
                Answer::SendCode,
            ) => self.send_code(order, masked_phone, code).await,
            (
                Stage::ConfirmPhone {
                    order,
                    masked_phone,
                    code: CodeState::Sending { request_id },
                },
                Answer::Continue,
            ) => self.finish_sending(order, masked_phone, &request_id).await,
            (
                Stage::ConfirmPhone {
                    order,
                    masked_phone,
                    code,
                },
                Answer::ConfirmCode { code: typed },
            ) => self.confirm(order, masked_phone, code, &typed).await,

            (Stage::ChooseMethod { order, methods }, Answer::ChooseMethod { method }) => {
                if method != Method::Card || !methods.contains(&method) {
                    return Err(Failure::MethodUnavailable);
                }
                self.choose_method(order, method).await
            }

            (Stage::ReviewDocuments { order, request }, Answer::AcceptDocuments) => {
                self.advance(Stage::Sign { order, request }, Vec::new())
            }
            (Stage::ReviewDocuments { order, .. }, Answer::Back) => self.list_methods(order).await,

            (Stage::Sign { .. }, Answer::ReadCard { reader }) => self.read_card(reader).await,
            (
                Stage::Sign { order, request },
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
                self.submit(order, request, &request_id).await
            }
            (Stage::Sign { order, request }, Answer::Back) => {
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
            ) => self.submit(order, request, &request_id).await,

            (stage, Answer::Leave) if !matches!(stage, Stage::Submitting { .. }) => self.leave(),
            _ => Err(Failure::AnswerNotExpected),
        }
    }

    // Signing in.

    async fn request_captcha(&self) -> Result<(), Failure> {
        self.tell(Activity::AskingPortal);
        if self.record().portal.is_none() {
            let portal = self.portal.info().await?;
            if !portal.sign_in_methods.contains(&SignInMethod::AccessPassword) {
                return Err(Failure::SignInUnsupported);
            }
            let mut record = self.record();
            record.portal = Some(portal);
            self.commit(record, Vec::new())?;
        }
        let captcha = self.portal.captcha(&fresh_id()?).await?;
        let file = |text: &str| STANDARD.decode(text).map_err(|_| Failure::PortalGarbled);
        let captcha = CaptchaFiles {
            picture: file(&captcha.picture_png)?,
            sound: file(&captcha.sound_wav)?,
            id: captcha.id,
        };
        self.with_state(|state| state.passing.captcha = Some(captcha));
        Ok(())
    }

    async fn sign_in(
        &self,
        resume: Option<Box<Stage>>,
        identity_kind: IdentityKind,
        identity: Identity,
        access_password: &Password,
        captcha: String,
    ) -> Result<(), Failure> {
        if captcha.trim().is_empty() || access_password.text().expose().is_empty() {
            return Err(Failure::SignInIncomplete);
        }
        let before = self.record().applicant;
        let same = before
            .as_ref()
            .is_none_or(|applicant| applicant.identity == identity.as_str());
        if resume.is_some() && !same {
            return Err(Failure::AnotherPerson);
        }
        // A picture code is good for one try, so it is gone from the screen whatever the portal says.
        let asked = self
            .with_state(|state| state.passing.captcha.take())
            .ok_or(Failure::CaptchaExpired)?;
        self.tell(Activity::AskingPortal);
        let request = SignIn {
            identity_kind,
            identity: identity.as_str().to_owned(),
            access_password: access_password.text().clone(),
            captcha: CaptchaAnswer {
                id: asked.id.clone(),
                text: captcha.trim().to_owned(),
            },
        };
        let session = match self.portal.sign_in(&request, &fresh_id()?).await {
            Ok(session) => session,
            Err(error) => {
                // What never reached the portal has not used the picture code up.
                if !matches!(
                    error,
                    ClientError::Problem(_) | ClientError::Garbled | ClientError::Timeout
                ) {
                    self.with_state(|state| state.passing.captcha = Some(asked));
                }
                return Err(error.into());
            }
        };
        let mut record = self.record();
        record.applicant = Some(Applicant {
            identity_kind,
            identity: identity.as_str().to_owned(),
            given_name: session.given_name,
            family_name: session.family_name,
        });
        let phase_of = |order: &Order| {
            session
                .orders
                .iter()
                .find(|known| known.id == order.id)
                .map(|known| known.phase)
        };
        let resumed = resume.map(|stage| *stage);
        let moved = match resumed.as_ref().and_then(Stage::order) {
            Some(order) => phase_of(order).is_none_or(|phase| !resumed.as_ref().is_some_and(|stage| stage.fits(phase))),
            None => false,
        };
        record.stage = match resumed {
            Some(stage) if stage.order().is_some() => stage,
            _ => Stage::ChooseOrder { orders: session.orders },
        };
        let goes_on = record.stage.is_intent();
        self.commit(record, vec![Change::put(SESSION, &session.token)?])?;
        if moved {
            return Err(Failure::OrderMovedOn);
        }
        if goes_on {
            Box::pin(self.dispatch(Answer::Continue)).await
        } else {
            Ok(())
        }
    }

    /// Keeps the stage, forgets the session, and asks to sign in.
    fn sign_in_again(&self) -> Result<(), Failure> {
        let mut record = self.record();
        if !matches!(record.stage, Stage::SignIn { .. }) {
            record.stage = Stage::SignIn {
                resume: Some(Box::new(record.stage)),
            };
        }
        self.commit(
            record,
            vec![Change::Delete {
                name: SESSION.to_owned(),
            }],
        )?;
        self.with_state(|state| {
            state.passing = Passing {
                notice: Some(Failure::SessionOver),
                ..Passing::default()
            };
        });
        Ok(())
    }

    fn leave(&self) -> Result<(), Failure> {
        let mut record = self.record();
        record.stage = Stage::SignIn { resume: None };
        record.applicant = None;
        let forgotten = [
            Change::Delete {
                name: SESSION.to_owned(),
            },
            Change::DeleteAll { prefix: DOCUMENTS },
            Change::DeleteAll { prefix: DRAFTS },
        ];
        self.commit(record, forgotten.into())?;
        self.with_state(|state| state.passing = Passing::default());
        Ok(())
    }

    fn token(&self) -> Result<SecretText, Failure> {
        self.journal.read(SESSION)?.ok_or(Failure::SessionOver)
    }

    // Orders.

    async fn list_orders(&self, changes: Vec<Change>) -> Result<(), Failure> {
        self.tell(Activity::AskingPortal);
        let orders = self.portal.with(&self.token()?).orders().await?.orders;
        self.advance(Stage::ChooseOrder { orders }, changes)
    }

    /// Goes to what an order waits for.
    async fn enter(&self, order: Order) -> Result<(), Failure> {
        let token = self.token()?;
        let portal = self.portal.with(&token);
        self.tell(Activity::AskingPortal);
        match order.phase {
            OrderPhase::Form => {
                let form = checked_form(portal.form(&order.id).await?)?;
                let draft = match self.record().stage.into_draft(&order.id) {
                    Some(draft) => draft,
                    None => self.journal.read(&draft_row(&order.id))?.unwrap_or_default(),
                };
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
            OrderPhase::Confirmation => {
                let stage = Stage::ConfirmPhone {
                    order,
                    masked_phone: None,
                    code: CodeState::NotSent,
                };
                self.advance(stage, Vec::new())
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
    async fn catch_up(&self) -> Result<(), Failure> {
        let stage = self.record().stage;
        let Some(order) = stage.order() else {
            return Err(Failure::OrderUnknown);
        };
        let caught_up = async {
            let token = self.token()?;
            let order = self.portal.with(&token).order(&order.id).await?;
            self.enter(order).await
        };
        match caught_up.await {
            Ok(()) if stage.is_intent() => Ok(()),
            Ok(()) => {
                self.with_state(|state| state.passing.notice = Some(Failure::OrderMovedOn));
                Ok(())
            }
            Err(Failure::SessionOver) => self.sign_in_again(),
            Err(failure) => Err(failure),
        }
    }

    // The form.

    async fn approve(
        &self,
        order: Order,
        form: Form,
        draft: BTreeMap<String, String>,
        values: HashMap<String, String>,
    ) -> Result<(), Failure> {
        let changed: Vec<FaultyField> = form
            .fields
            .iter()
            .filter(|field| field.locked && values.get(&field.name).is_some_and(|value| *value != field.value))
            .map(|field| FaultyField {
                name: field.name.clone(),
                fault: FieldFault::Locked,
            })
            .collect();
        let draft = merged(&draft, editable(&form, values));
        let found = if changed.is_empty() {
            faults(&form, &draft)
        } else {
            changed
        };
        if let Some(first) = found.first() {
            let failure = if first.fault == FieldFault::Locked {
                Failure::FormFieldLocked { fields: found.clone() }
            } else {
                Failure::FormInvalid { fields: found.clone() }
            };
            self.advance(
                Stage::FillForm {
                    order,
                    form,
                    draft,
                    faults: found,
                },
                Vec::new(),
            )?;
            return Err(failure);
        }
        let request_id = fresh_id()?;
        let stage = Stage::Approving {
            order: order.clone(),
            form: form.clone(),
            draft: draft.clone(),
            request_id: request_id.clone(),
        };
        self.advance(stage, Vec::new())?;
        self.finish_approval(order, form, draft, &request_id).await
    }

    async fn finish_approval(
        &self,
        order: Order,
        form: Form,
        draft: BTreeMap<String, String>,
        request_id: &str,
    ) -> Result<(), Failure> {
        let token = self.token()?;
        self.tell(Activity::AskingPortal);
        let mut values = draft.clone();
        for field in form.fields.iter().filter(|field| !field.locked) {
            values.entry(field.name.clone()).or_insert_with(|| field.value.clone());
        }
        let approved = self
            .portal
            .with(&token)
            .approve(&order.id, &form.version, &Approval { values }, request_id)
            .await;
        match approved {
            Ok(approved) => {
                let stage = Stage::ConfirmPhone {
                    order: Order {
                        phase: OrderPhase::Confirmation,
                        ..order
                    },
                    masked_phone: Some(approved.masked_phone),
                    code: CodeState::NotSent,
                };
                self.advance(stage, Vec::new())
            }
            Err(ClientError::Problem(problem)) if problem.kind == ProblemKind::FormInvalid => {
                let stage = Stage::FillForm {
                    order,
                    form,
                    draft,
                    faults: problem.fields.clone(),
                };
                self.advance(stage, Vec::new())?;
                Err(ClientError::Problem(problem).into())
            }
            Err(ClientError::Problem(problem)) if problem.kind == ProblemKind::FormChanged => {
                // The draft is found in the stage and kept.
                self.enter(Order {
                    phase: OrderPhase::Form,
                    ..order
                })
                .await?;
                Err(Failure::FormChanged)
            }
            Err(error) => Err(error.into()),
        }
    }

    // The telephone.

    async fn send_code(&self, order: Order, masked_phone: Option<String>, code: CodeState) -> Result<(), Failure> {
        if let CodeState::Sent { resend_at, .. } = code {
            let wait = resend_at.saturating_sub(seconds_now());
            if wait > 0 {
                return Err(Failure::CodeTooSoon {
                    wait: u32::try_from(wait).unwrap_or(u32::MAX),
                });
            }
        }
        let request_id = match code {
            CodeState::Sending { request_id } => request_id,
            CodeState::NotSent | CodeState::Sent { .. } => fresh_id()?,
        };
        let stage = Stage::ConfirmPhone {
            order: order.clone(),
            masked_phone: masked_phone.clone(),
            code: CodeState::Sending {
                request_id: request_id.clone(),
            },
        };
        self.advance(stage, Vec::new())?;
        self.finish_sending(order, masked_phone, &request_id).await
    }

    async fn finish_sending(
        &self,
        order: Order,
        masked_phone: Option<String>,
        request_id: &str,
    ) -> Result<(), Failure> {
        let token = self.token()?;
        self.tell(Activity::AskingPortal);
        let request = CodeRequest {
            app_token: self.configuration.app_token.clone(),
        };
        match self
            .portal
            .with(&token)
            .send_code(&order.id, &request, request_id)
            .await
        {
            Ok(sent) => {
                let now = seconds_now();
                let code = CodeState::Sent {
                    code_length: sent.code_length,
                    expires_at: now + u64::from(sent.expires_in),
                    resend_at: now + u64::from(sent.resend_in),
                    tries_left: sent.tries_left,
                };
                let stage = Stage::ConfirmPhone {
                    order,
                    masked_phone: Some(sent.masked_phone),
                    code,
                };
                self.advance(stage, Vec::new())
            }
            Err(ClientError::Problem(problem)) if problem.kind == ProblemKind::CodeTooSoon => {
                // Nothing was sent under this id, so the id is spent.
                let stage = Stage::ConfirmPhone {
                    order,
                    masked_phone,
                    code: CodeState::NotSent,
                };
                self.advance(stage, Vec::new())?;
                Err(ClientError::Problem(problem).into())
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn confirm(
        &self,
        order: Order,
        masked_phone: Option<String>,
        code: CodeState,
        typed: &Password,
    ) -> Result<(), Failure> {
        let length = match code {
            CodeState::Sent { code_length, .. } => code_length,
            // Another device, or this one before a restart, may have asked for it.
            CodeState::NotSent | CodeState::Sending { .. } => USUAL_CODE_LENGTH,
        };
        let digits = sms::Code::parse(typed.text().expose(), length).map_err(|_| Failure::CodeMalformed { length })?;
        let token = self.token()?;
        self.tell(Activity::AskingPortal);
        match self
            .portal
            .with(&token)
            .confirm(&order.id, digits.into_secret(), &fresh_id()?)
            .await
        {
            Ok(methods) => {
                let order = Order {
                    phase: OrderPhase::Method,
                    ..order
                };
                self.advance(
                    Stage::ChooseMethod {
                        order,
                        methods: methods.methods,
                    },
                    Vec::new(),
                )
            }
            Err(ClientError::Problem(problem))
                if matches!(problem.kind, ProblemKind::CodeWrong | ProblemKind::CodeExpired) =>
            {
                let left = problem
                    .tries_left
                    .filter(|_| problem.kind == ProblemKind::CodeWrong)
                    .unwrap_or(0);
                let code = match code {
                    CodeState::Sent {
                        code_length,
                        expires_at,
                        resend_at,
                        ..
                    } if left > 0 => CodeState::Sent {
                        code_length,
                        expires_at,
                        resend_at,
                        tries_left: left,
                    },
                    CodeState::Sent { .. } | CodeState::NotSent | CodeState::Sending { .. } => CodeState::NotSent,
                };
                self.advance(
                    Stage::ConfirmPhone {
                        order,
                        masked_phone,
                        code,
                    },
                    Vec::new(),
                )?;
                Err(ClientError::Problem(problem).into())
            }
            Err(error) => Err(error.into()),
        }
    }

    // Method and documents.

    async fn list_methods(&self, order: Order) -> Result<(), Failure> {
        let token = self.token()?;
        self.tell(Activity::AskingPortal);
        let methods = self.portal.with(&token).methods(&order.id).await?.methods;
        self.advance(
            Stage::ChooseMethod { order, methods },
            vec![Change::DeleteAll { prefix: DOCUMENTS }],
        )
    }

    async fn choose_method(&self, order: Order, method: Method) -> Result<(), Failure> {
        let token = self.token()?;
        let portal = self.portal.with(&token);
        self.tell(Activity::AskingPortal);
        let request = checked_request(portal.choose(&order.id, method, &fresh_id()?).await?)?;
        let count = u32::try_from(request.documents.len()).map_err(|_| Failure::PortalGarbled)?;
        let mut changes = vec![Change::DeleteAll { prefix: DOCUMENTS }];
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

    // The signed application.

    async fn submit(&self, order: Order, request: SigningRequest, request_id: &str) -> Result<(), Failure> {
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
                let refused = vec![Change::Delete {
                    name: container_row(&order.id),
                }];
                self.advance(Stage::ReviewDocuments { order, request }, refused)?;
                Err(ClientError::Problem(problem).into())
            }
            Err(error) => Err(error.into()),
        }
    }

    fn complete(&self, order: Order, receipt: Receipt) -> Result<(), Failure> {
        let changes = vec![
            Change::put(&receipt_row(&order.id), &receipt)?,
            Change::Delete {
                name: draft_row(&order.id),
            },
            Change::DeleteAll { prefix: DOCUMENTS },
        ];
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

fn parse_identity(kind: IdentityKind, text: &str) -> Result<Identity, Failure> {
    let expected = match kind {
        IdentityKind::NationalId => identity::Kind::NationalId,
        IdentityKind::Passport => identity::Kind::Passport,
    };
    Identity::parse(expected, text).map_err(|_| Failure::IdentityInvalid { kind })
}

/// The values of fields that exist and may be changed: nothing else enters the draft.
fn editable(form: &Form, mut values: HashMap<String, String>) -> HashMap<String, String> {
    values.retain(|name, _| form.fields.iter().any(|field| field.name == *name && !field.locked));
    values
}

/// A form that can be shown: names are unique.
fn checked_form(form: Form) -> Result<Form, Failure> {
    let mut names: Vec<&str> = form.fields.iter().map(|field| field.name.as_str()).collect();
    names.sort_unstable();
    if names.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(Failure::PortalGarbled);
    }
    Ok(form)
}

/// A request this version can sign: known format and level, sane documents with file names that are safe in a container.
fn checked_request(request: SigningRequest) -> Result<SigningRequest, Failure> {
    if request.signature.format != ContainerFormat::AsicE || request.signature.level != SignatureLevel::BB {
        return Err(Failure::SignatureUnsupported);
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

/// 128 random bits, lower-case hexadecimal: a request id, which is also its idempotency key.
fn fresh_id() -> Result<String, Failure> {
    let mut octets = [0; 16];
    getrandom::fill(&mut octets).map_err(|_| Failure::Internal {
        detail: "randomness".to_owned(),
    })?;
    Ok(hexadecimal(&octets))
}

fn hexadecimal(octets: &[u8]) -> String {
    use std::fmt::Write as _;
    octets
        .iter()
        .fold(String::with_capacity(octets.len() * 2), |mut text, octet| {
            let _ = write!(text, "{octet:02x}");
            text
        })
}

fn seconds_now() -> u64 {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or(Duration::ZERO)
        .as_secs()
}
