//! The telephone: one message for one request, and the code typed or read; for a second number too, where the institution
//! told another one.

use super::fresh_id;
use crate::application::stage::{CodeState, SentCode, Stage, Telephone};
use crate::application::{Activity, CertificateApplication};
use crate::clock::since_1970;
use crate::failure::Failure;
use crate::portal::{ClientError, CodeRequest, Methods, Order, OrderPhase, Problem, ProblemKind};
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
        telephone: Telephone,
        code: CodeState,
        app_token: Option<String>,
    ) -> Result<(), Failure> {
        if let CodeState::Sent(sent) = &code {
            self.is_time_for_another(sent)?;
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
            CodeState::Sent(_) => Sending {
                request_id: fresh_id()?,
                before: Some(Box::new(code)),
                app_token,
            },
        };
        let stage = Stage::ConfirmPhone {
            order: order.clone(),
            telephone: telephone.clone(),
            code: sending.clone().into(),
        };
        self.advance(stage, Vec::new())?;
        self.finish_sending(order, telephone, sending).await
    }

    pub(super) async fn finish_sending(
        &self,
        order: Order,
        telephone: Telephone,
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
                let code = CodeState::Sent(SentCode::told(&sent, now));
                let stage = Stage::ConfirmPhone {
                    order,
                    telephone: Telephone::of_code(&sent),
                    code,
                };
                self.advance(stage, Vec::new())
            }
            Err(ClientError::Problem(problem)) if problem.kind == ProblemKind::CodeTooSoon => {
                // Nothing was sent under this id, so the id is spent; a code sent earlier can still be entered.
                let stage = Stage::ConfirmPhone {
                    order,
                    telephone,
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
        telephone: Telephone,
        code: CodeState,
        typed: &Password,
    ) -> Result<(), Failure> {
        let length = match code {
            CodeState::Sent(sent) => sent.code_length,
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
            Ok(Methods {
                confirmation: Some(next),
                ..
            }) => {
                let stage = Stage::ConfirmPhone {
                    order,
                    telephone: next.into(),
                    code: CodeState::NotSent,
                };
                self.advance(stage, Vec::new())
            }
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
                let sent = match code {
                    CodeState::Sent(sent) => sent.with_tries_left(tries_left(&problem)),
                    CodeState::NotSent | CodeState::Sending { .. } => None,
                };
                let code = sent.map_or(CodeState::NotSent, CodeState::Sent);
                self.advance(Stage::ConfirmPhone { order, telephone, code }, Vec::new())?;
                Err(ClientError::Problem(problem).into())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Refuses to ask for another code too soon. Where the portal's time is not known, the portal says whether it is.
    pub(super) fn is_time_for_another(&self, sent: &SentCode) -> Result<(), Failure> {
        let Some(now) = self.portal.clock().portal() else {
            return Ok(());
        };
        match sent.resend_at.saturating_sub(since_1970(now)) {
            0 => Ok(()),
            wait => Err(Failure::CodeTooSoon {
                wait: u32::try_from(wait).unwrap_or(u32::MAX),
            }),
        }
    }
}

/// How often a code can be tried that the portal did not take.
pub(super) fn tries_left(problem: &Problem) -> u8 {
    let told = problem.tries_left.filter(|_| problem.kind == ProblemKind::CodeWrong);
    told.unwrap_or(0)
}
