//! The telephone: one message for one request, and the code typed or read.

use super::fresh_id;
use crate::application::stage::{CodeState, Stage};
use crate::application::{Activity, CertificateApplication};
use crate::clock::since_1970;
use crate::failure::Failure;
use crate::portal::{ClientError, CodeRequest, Order, OrderPhase, ProblemKind};
use crate::secret::Password;
use crate::sms;

/// How many digits a code has before the portal has told.
pub(in crate::application) const USUAL_CODE_LENGTH: u8 = 6;

/// A message under way.
#[derive(Clone)]
pub(super) struct Sending {
    pub(super) request_id: String,
    /// The code that was sent earlier, if one was.
    pub(super) before: Option<Box<CodeState>>,
    pub(super) app_token: Option<String>,
}

impl From<Sending> for CodeState {
    fn from(sending: Sending) -> Self {
        Self::Sending {
            request_id: sending.request_id,
            before: sending.before,
            app_token: sending.app_token,
        }
    }
}

impl CertificateApplication {
    pub(super) async fn send_code(
        &self,
        order: Order,
        masked_phone: Option<String>,
        code: CodeState,
        app_token: Option<String>,
    ) -> Result<(), Failure> {
        // Where the portal's time is not known, the portal says whether it is too soon.
        if let (CodeState::Sent { resend_at, .. }, Some(now)) = (&code, self.portal.clock().portal()) {
            let wait = resend_at.saturating_sub(since_1970(now));
            if wait > 0 {
                return Err(Failure::CodeTooSoon {
                    wait: u32::try_from(wait).unwrap_or(u32::MAX),
                });
            }
        }
        let sending = match code {
            CodeState::Sending {
                request_id,
                before,
                app_token,
            } => Sending {
                request_id,
                before,
                app_token,
            },
            CodeState::NotSent => Sending {
                request_id: fresh_id()?,
                before: None,
                app_token,
            },
            CodeState::Sent { .. } => Sending {
                request_id: fresh_id()?,
                before: Some(Box::new(code)),
                app_token,
            },
        };
        let stage = Stage::ConfirmPhone {
            order: order.clone(),
            masked_phone: masked_phone.clone(),
            code: sending.clone().into(),
        };
        self.advance(stage, Vec::new())?;
        self.finish_sending(order, masked_phone, sending).await
    }

    pub(super) async fn finish_sending(
        &self,
        order: Order,
        masked_phone: Option<String>,
        sending: Sending,
    ) -> Result<(), Failure> {
        let token = self.token()?;
        self.tell(Activity::AskingPortal);
        let request = CodeRequest {
            app_token: sending.app_token,
        };
        match self
            .portal
            .with(&token)
            .send_code(&order.id, &request, &sending.request_id)
            .await
        {
            Ok(sent) => {
                let now = since_1970(self.portal.clock().now());
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
                // Nothing was sent under this id, so the id is spent; a code sent earlier can still be entered.
                let stage = Stage::ConfirmPhone {
                    order,
                    masked_phone,
                    code: sending.before.map_or(CodeState::NotSent, |code| *code),
                };
                self.advance(stage, Vec::new())?;
                Err(ClientError::Problem(problem).into())
            }
            Err(error) => Err(error.into()),
        }
    }

    pub(super) async fn confirm(
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
}
