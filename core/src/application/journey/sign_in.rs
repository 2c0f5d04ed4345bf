//! Signing in, and what a session's end means: the application goes on where it was.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::fresh_id;
use super::known_device::{forgetting, is_captcha_needed, keeping};
use crate::application::journal::Change;
use crate::application::stage::{Applicant, Stage};
use crate::application::step::{CaptchaFiles, Passing};
use crate::application::{Activity, Answer, CertificateApplication, DOCUMENTS, DRAFTS, State};
use crate::failure::Failure;
use crate::identity::{self, Identity};
use crate::portal::{CaptchaAnswer, ClientError, IdentityKind, Order, SignIn, SignInDevice, SignInMethod};
use crate::secret::{Password, SecretText};

/// The journal's row that holds the session's token.
const SESSION: &str = "session";
/// How long leaving waits for the portal.
const SIGNING_OUT: Duration = Duration::from_secs(3);

impl CertificateApplication {
    pub(super) async fn request_captcha(&self) -> Result<(), Failure> {
        self.tell(Activity::AskingPortal);
        let captcha = self.portal.captcha(&fresh_id()?).await?;
        let picture = STANDARD
            .decode(&captcha.picture_png)
            .map_err(|_| Failure::PortalGarbled)?;
        let mut record = self.record();
        let is_known = record.portal.as_ref() == Some(&captcha.portal);
        let has_password = captcha.portal.sign_in_methods.contains(&SignInMethod::AccessPassword);
        if !is_known {
            record.portal = Some(captcha.portal);
            self.commit(record, Vec::new())?;
        }
        if !has_password {
            return Err(Failure::SignInUnsupported);
        }
        let captcha = CaptchaFiles {
            picture,
            sound: None,
            id: captcha.id,
        };
        self.with_state(|state| state.passing.captcha = Some(captcha));
        Ok(())
    }

    /// Fetches the sound of the picture code that is shown.
    pub(super) async fn speak_captcha(&self) -> Result<(), Failure> {
        let (shown, language) = self.with_state(|state| (state.passing.captcha.clone(), state.language));
        let id = shown.ok_or(Failure::AnswerNotExpected)?.id;
        self.tell(Activity::AskingPortal);
        let sound = match self.portal.spoken_captcha(&id, language.tag()).await {
            Ok(sound) => sound,
            Err(error) => {
                let failure = Failure::from(error);
                if failure == Failure::CaptchaExpired {
                    // Nobody can answer the picture any more either.
                    self.with_state(|state| state.passing.captcha = None);
                }
                return Err(failure);
            }
        };
        self.with_state(|state| {
            if let Some(captcha) = state.passing.captcha.as_mut() {
                captcha.sound = Some(sound);
            }
        });
        Ok(())
    }

    pub(super) async fn sign_in(
        &self,
        resume: Option<Box<Stage>>,
        identity_kind: IdentityKind,
        identity: Identity,
        access_password: &Password,
        captcha: String,
    ) -> Result<(), Failure> {
        if access_password.text().expose().is_empty() {
            return Err(Failure::SignInIncomplete);
        }
        let before = self.record().applicant;
        let same = before
            .as_ref()
            .is_none_or(|applicant| applicant.identity == identity.as_str());
        if resume.is_some() && !same {
            return Err(Failure::AnotherPerson);
        }
        let known = self.known_device(identity_kind, &identity)?;
        let is_wanted = known.is_none() || self.with_state(|state| state.passing.captcha_wanted);
        if is_wanted && self.with_state(|state| state.passing.captcha.is_none() && state.device_is_known) {
            // What was typed is another person's than the device is known for.
            self.with_state(|state| state.passing.captcha_wanted = true);
            return Err(Failure::SignInIncomplete);
        }
        if is_wanted && captcha.trim().is_empty() {
            return Err(Failure::SignInIncomplete);
        }
        // A picture code is good for one try, so it is gone from the screen whatever the portal says.
        let asked = self.with_state(|state| state.passing.captcha.take());
        if is_wanted && asked.is_none() {
            return Err(Failure::CaptchaExpired);
        }
        self.tell(Activity::AskingPortal);
        let request = SignIn {
            identity_kind,
            identity: identity.as_str().to_owned(),
            access_password: access_password.text().clone(),
            captcha: asked.as_ref().map(|asked| CaptchaAnswer {
                id: asked.id.clone(),
                text: captcha.trim().to_owned(),
            }),
            device: Some(SignInDevice {
                token: known,
                name: self.device_name(),
            }),
        };
        let session = match self.portal.sign_in(&request, &fresh_id()?).await {
            Ok(session) => session,
            Err(error) => {
                if is_captcha_needed(&error) {
                    // The portal does not know the device any more.
                    self.forget_device()?;
                }
                // What never reached the portal has not used the picture code up.
                if !matches!(
                    error,
                    ClientError::Problem(_) | ClientError::Garbled | ClientError::Timeout
                ) {
                    self.with_state(|state| state.passing.captcha = asked);
                }
                return Err(error.into());
            }
        };
        let mut record = self.record();
        let applicant = Applicant {
            identity_kind,
            identity: identity.as_str().to_owned(),
            given_name: session.given_name,
            family_name: session.family_name,
        };
        let mut changes = self.claiming(&applicant, &session.orders)?;
        record.applicant = Some(applicant);
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
        changes.push(Change::put(SESSION, &session.token)?);
        let is_known = session.device_token.is_some() || request.device.is_some_and(|device| device.token.is_some());
        match session.device_token {
            Some(token) => changes.push(keeping(identity_kind, request.identity, token)?),
            // What it is known by is another person's.
            None if !is_known => changes.push(forgetting()),
            None => {}
        }
        self.commit(record, changes)?;
        self.with_state(|state| {
            state.device_is_known = is_known;
            state.passing.captcha_wanted = false;
        });
        if moved {
            return Err(Failure::OrderMovedOn);
        }
        if goes_on {
            return Box::pin(self.dispatch(Answer::Continue)).await;
        }
        self.enter_invited().await
    }

    /// Enters the order that the invitation's link named, once, where the person has one to choose.
    async fn enter_invited(&self) -> Result<(), Failure> {
        let Stage::ChooseOrder { orders } = self.record().stage else {
            return Ok(());
        };
        let Some(invited) = self.with_state(|state| state.invited.take()) else {
            return Ok(());
        };
        match orders.into_iter().find(|order| order.id == invited) {
            Some(order) => self.enter(order).await,
            None => {
                // The link was somebody else's, or is old: the person's own orders are shown.
                self.with_state(|state| state.passing.notice = Some(Failure::OrderUnknown));
                Ok(())
            }
        }
    }

    /// Remembers that the portal wants a newer version: that is shown until it says otherwise, or the app is updated.
    pub(super) fn outdate(&self, oldest: String) -> Result<(), Failure> {
        let mut record = self.record();
        let told = record.outdated() == Some(oldest.as_str());
        record.outdated = Some(oldest.clone());
        if record.outdated().is_none() {
            // It asks for no more than it has: that is no answer of the protocol.
            return Err(Failure::PortalGarbled);
        }
        self.commit(record, Vec::new())?;
        if told {
            Err(Failure::AppOutdated { version: oldest })
        } else {
            Ok(())
        }
    }

    /// Asks the portal whether it works with this version by now.
    pub(super) async fn ask_again(&self) -> Result<(), Failure> {
        self.tell(Activity::AskingPortal);
        let portal = self.portal.info().await?;
        let mut record = self.record();
        record.portal = Some(portal);
        record.outdated = None;
        self.commit(record, Vec::new())
    }

    /// Keeps the stage, forgets the session, and asks to sign in.
    pub(in crate::application) fn sign_in_again(&self) -> Result<(), Failure> {
        let mut record = self.record();
        if !matches!(record.stage, Stage::SignIn { .. }) {
            record.stage = Stage::SignIn {
                resume: Some(Box::new(record.stage)),
            };
        }
        self.commit(record, vec![Change::delete(SESSION)])?;
        self.with_state(|state| {
            state.passing = Passing {
                notice: Some(Failure::SessionOver),
                ..Passing::default()
            };
        });
        Ok(())
    }

    /// Leaves: here at once, and at the portal where it can be reached.
    pub(super) async fn leave(&self) -> Result<(), Failure> {
        let token = self.token().ok();
        // Whose cards were used here is the business of nobody who comes after.
        self.cards.forget()?;
        let mut record = self.record();
        record.stage = Stage::SignIn { resume: None };
        record.applicant = None;
        record.outdated = None;
        record.return_to = None;
        let forgotten = [
            Change::delete(SESSION),
            forgetting(),
            Change::delete_all(DOCUMENTS),
            Change::delete_all(DRAFTS),
        ];
        self.commit(record, forgotten.into())?;
        self.with_state(State::forget);
        if let Some(token) = token {
            // A session that is not ended now ends by itself.
            let _ = tokio::time::timeout(SIGNING_OUT, self.portal.with(&token).sign_out()).await;
        }
        Ok(())
    }

    pub(in crate::application) fn token(&self) -> Result<SecretText, Failure> {
        self.journal.read(SESSION)?.ok_or(Failure::SessionOver)
    }
}

pub(super) fn parse_identity(kind: IdentityKind, text: &str) -> Result<Identity, Failure> {
    let expected = match kind {
        IdentityKind::NationalId => identity::Kind::NationalId,
        IdentityKind::Passport => identity::Kind::Passport,
    };
    Identity::parse(expected, text).map_err(|_| Failure::IdentityInvalid { kind })
}
