//! The portal's help with a blocked PIN: one text message for one request, its code given for the command that the card is to
//! be sent, and the command sent to that very card once.

use std::sync::Arc;

use super::fresh_id;
use super::phone::tries_left;
use crate::application::assistance::Ended;
use crate::application::stage::{Assistance, SentAssistance, SentCode, Stage};
use crate::application::{Activity, CertificateApplication};
use crate::card::ResetCommand;
use crate::clock::since_1970;
use crate::failure::Failure;
use crate::portal::{ClientError, Order, ProblemKind, SigningRequest, UnblockingRequest};
use crate::secret::{Password, Pin, SecretText};
use crate::sms;

/// The longest verification code that is shown.
const LONGEST_VERIFICATION: usize = 16;

impl CertificateApplication {
    /// Reads the card and has a code sent for it.
    pub(super) async fn request_unblocking(
        &self,
        order: Order,
        request: SigningRequest,
        assistance: Option<Assistance>,
        reader: String,
        app_token: Option<String>,
    ) -> Result<(), Failure> {
        let before = match assistance {
            Some(Assistance::Sent(sent)) => Some(sent),
            Some(Assistance::Asking { .. }) | None => None,
        };
        if let Some(sent) = &before {
            self.is_time_for_another(&sent.code)?;
        }
        let card = self.read_card_to_unblock(reader).await?;
        let asking = Assistance::Asking {
            request_id: fresh_id()?,
            card,
            app_token,
            before,
        };
        self.keep_assistance(&order, &request, Some(asking.clone()))?;
        self.finish_asking(order, request, asking).await
    }

    pub(super) async fn finish_asking(
        &self,
        order: Order,
        request: SigningRequest,
        asking: Assistance,
    ) -> Result<(), Failure> {
        let Assistance::Asking {
            request_id,
            card,
            app_token,
            before,
        } = asking
        else {
            return Err(Failure::AnswerNotExpected);
        };
        let token = self.token()?;
        self.tell(Activity::AskingPortal);
        let asked = UnblockingRequest {
            card: card.clone(),
            app_token,
        };
        match self
            .portal
            .with(&token)
            .begin_unblocking(&order.id, &asked, &request_id)
            .await
        {
            Ok(begun) => {
                let plain = |octet: u8| octet.is_ascii_alphanumeric();
                let shown = &begun.verification_code;
                if !(1..=LONGEST_VERIFICATION).contains(&shown.len()) || !shown.bytes().all(plain) {
                    return Err(Failure::PortalGarbled);
                }
                let now = since_1970(self.portal.clock().now());
                let sent = SentAssistance {
                    card,
                    verification_code: begun.verification_code,
                    code: SentCode::told(&begun.code, now),
                    request_id: fresh_id()?,
                };
                self.keep_assistance(&order, &request, Some(Assistance::Sent(sent)))
            }
            Err(ClientError::Problem(problem))
                if matches!(
                    problem.kind,
                    ProblemKind::CodeTooSoon | ProblemKind::UnblockingUnavailable
                ) =>
            {
                // Nothing was sent under this id, so the id is spent; a code sent earlier can still be entered.
                self.keep_assistance(&order, &request, before.map(Assistance::Sent))?;
                Err(ClientError::Problem(problem).into())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Gives the code for the command, and sends that to the card it is for. Before it goes to the card, it is written down
    /// that the help is used up: whatever happens then, the same command is not sent again.
    pub(super) async fn unblock(
        &self,
        order: Order,
        request: SigningRequest,
        mut sent: SentAssistance,
        reader: String,
        code: &Password,
        new_pin: Arc<Pin>,
    ) -> Result<(), Failure> {
        let length = sent.code.code_length;
        let digits = sms::Code::parse(code.text().expose(), length).map_err(|_| Failure::CodeMalformed { length })?;
        self.judge_new_pin(&reader, &new_pin)?;
        let given = self
            .confirmed(&order, &request, &mut sent, &digits.into_secret())
            .await?;
        let Some(command) = ResetCommand::parse(given.expose()) else {
            self.withdraw_assistance(&order, request)?;
            return Err(Failure::UnblockingRefused);
        };
        let use_up = || self.keep_assistance(&order, &request, None);
        let unblocked = self.unblock_card(&reader, &sent.card, command, new_pin, use_up).await;
        let Err((ended, failure)) = unblocked else {
            return Ok(());
        };
        match ended {
            Ended::NotSent => self.keep_assistance(&order, &request, Some(Assistance::Sent(sent)))?,
            Ended::Refused => self.withdraw_assistance(&order, request)?,
            Ended::Unknown => {}
        }
        Err(failure)
    }

    /// The command that the portal gives for a code. To stop waiting for it is safe: the same code gets it again.
    async fn confirmed(
        &self,
        order: &Order,
        request: &SigningRequest,
        sent: &mut SentAssistance,
        digits: &SecretText,
    ) -> Result<SecretText, Failure> {
        let token = self.token()?;
        self.tell(Activity::AskingPortal);
        let mut given = self.ask_for_command(&token, order, sent, digits).await?;
        if let Err(ClientError::Problem(problem)) = &given
            && problem.kind == ProblemKind::IdempotencyKeyReused
        {
            // Another code was given under this id, and the answer to it lost.
            sent.request_id = fresh_id()?;
            self.keep_assistance(order, request, Some(Assistance::Sent(sent.clone())))?;
            given = self.ask_for_command(&token, order, sent, digits).await?;
        }
        let problem = match given {
            Ok(command) => return Ok(command),
            Err(ClientError::Problem(problem)) => problem,
            Err(error) => return Err(error.into()),
        };
        let is_final = matches!(
            problem.kind,
            ProblemKind::CodeWrong | ProblemKind::CodeExpired | ProblemKind::UnblockingUnavailable
        );
        if is_final {
            let kept = match sent.code.with_tries_left(tries_left(&problem)) {
                // Another code is another request.
                Some(code) => Some(SentAssistance {
                    code,
                    request_id: fresh_id()?,
                    ..sent.clone()
                }),
                None => None,
            };
            self.keep_assistance(order, request, kept.map(Assistance::Sent))?;
        }
        Err(ClientError::Problem(problem).into())
    }

    /// Asks the portal for the command, for as long as the person has patience.
    async fn ask_for_command(
        &self,
        token: &SecretText,
        order: &Order,
        sent: &SentAssistance,
        digits: &SecretText,
    ) -> Result<Result<SecretText, ClientError>, Failure> {
        let portal = self.portal.with(token);
        tokio::select! {
            biased;
            given = portal.confirm_unblocking(&order.id, digits.clone(), &sent.request_id) => {
                Ok(given.map(|given| given.command))
            }
            () = self.cards.patience_has_ended() => Err(Failure::Cancelled),
        }
    }

    /// Takes the portal's help back until the method is chosen anew: what it gave was not for the card, or the card refused it,
    /// and a wrong PUK costs a try each time.
    fn withdraw_assistance(&self, order: &Order, request: SigningRequest) -> Result<(), Failure> {
        let request = SigningRequest {
            assisted_unblocking: false,
            ..request
        };
        self.keep_assistance(order, &request, None)
    }

    /// Writes down how far the portal's help has come.
    fn keep_assistance(
        &self,
        order: &Order,
        request: &SigningRequest,
        assistance: Option<Assistance>,
    ) -> Result<(), Failure> {
        let stage = Stage::Sign {
            order: order.clone(),
            request: request.clone(),
            assistance,
        };
        self.advance(stage, Vec::new())
    }
}
