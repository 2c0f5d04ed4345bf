//! The card operation: everything that can fail is checked before the PIN goes to the card, the card signs, the signature
//! is verified, and only then does anything leave this module. The channel is closed whatever happens.

use std::sync::Arc;
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::stage::Applicant;
use super::step::{CardCertificate, CardSummary, UnusableCertificate};
use super::{Activity, CertificateApplication, Unblocking, document_row, sentences};
use crate::card::{Card, CardError, Interrupted, PinConsent, SigningKey, Unsettled};
use crate::certificate::nes::{self, NesFault};
use crate::certificate::{Certificate, path};
use crate::clock::Disagreement;
use crate::failure::Failure;
use crate::identity::{self, Identity};
use crate::portal::{IdentityKind, SigningRequest};
use crate::reader::{CardChannel, CardStage, ReaderDescription};
use crate::secret::Pin;
use crate::signature::asic::{self, Document, Prepared};
use crate::signature::cades::Signing;
use crate::texts::Language;

/// A key that passed every check, with its certificate.
pub(super) struct Candidate {
    pub(super) key: SigningKey,
    pub(super) certificate: Certificate,
}

impl Candidate {
    /// What it is chosen by where several PINs could be its key's: the certificate's serial number and the PIN's identifier.
    fn with_pin(&self) -> String {
        format!("{}:{}", self.certificate.serial_hex(), self.key.pin_identifier())
    }

    /// Whether a person who chose `wanted` may have meant this one.
    fn is(&self, wanted: &str) -> bool {
        self.certificate.serial_hex() == wanted || self.with_pin() == wanted
    }
}

/// The certificates of a card, as the applicant can use them.
pub(super) struct Candidates {
    /// Those that can sign, best first; never empty.
    pub(super) usable: Vec<Candidate>,
    /// The others, with the reason.
    unusable: Vec<UnusableCertificate>,
}

impl Candidates {
    /// The best one.
    ///
    /// # Errors
    /// [`Failure::CertificateChoiceNeeded`] where nothing tells which PIN is its key's.
    pub(super) fn best(&self) -> Result<&Candidate, Failure> {
        let best = self.usable.first().ok_or(Failure::CardWithoutCertificate)?;
        match self.has_several_pins(best) {
            true => Err(Failure::CertificateChoiceNeeded),
            false => Ok(best),
        }
    }

    /// Whether nothing tells which of several PINs is the one of this candidate's key.
    fn has_several_pins(&self, candidate: &Candidate) -> bool {
        let same = |other: &&Candidate| other.certificate.serial_hex() == candidate.certificate.serial_hex();
        self.usable.iter().filter(same).count() > 1
    }

    /// What a candidate is chosen by.
    fn choice(&self, candidate: &Candidate) -> String {
        if self.has_several_pins(candidate) {
            candidate.with_pin()
        } else {
            candidate.certificate.serial_hex()
        }
    }
}

/// How a signature ended that did not come about.
enum Interruption<'a> {
    /// For good.
    Final(Failure),
    /// By the link, after the card had accepted the PIN.
    Resumable {
        signature: Box<Interrupted>,
        prepared: Prepared<'a>,
        failure: Failure,
    },
}

impl Interruption<'_> {
    fn failure(&self) -> &Failure {
        match self {
            Self::Final(failure) | Self::Resumable { failure, .. } => failure,
        }
    }
}

impl From<Failure> for Interruption<'_> {
    fn from(failure: Failure) -> Self {
        Self::Final(failure)
    }
}

impl From<CardError> for Interruption<'_> {
    fn from(error: CardError) -> Self {
        Self::Final(error.into())
    }
}

impl CertificateApplication {
    /// Reads a card in a reader with contacts, to show whose it is and how many tries are left.
    pub(super) async fn read_card(&self, reader: String) -> Result<(), Failure> {
        self.with_state(|state| state.passing.card = None);
        self.be_on_time().await?;
        let language = self.language();
        let reader = self.cards.reader(&reader).await?;
        let channel = self.cards.connect(&reader, language).await?;
        let summary = async {
            let (mut card, candidates) = self.open_own_card(&channel, None).await?;
            // The number of tries is about to be shown; of a PIN that may have been changed, nothing shows.
            match card.take_unsettled() {
                Some(Unsettled::Change) => return Err(Failure::PinChangeOutcomeUnknown),
                Some(Unsettled::Unblocking) => return Err(Failure::PukOutcomeUnknown),
                Some(Unsettled::Verification) | None => {}
            }
            Ok(self.summary(&reader.description, &card, &candidates))
        };
        let summary = summary.await;
        self.cards.close(&channel, summary.as_ref().err(), language).await;
        let summary = summary?;
        self.with_state(|state| state.passing.card = Some(summary));
        Ok(())
    }

    /// Signs the documents of a request and returns the container. One PIN, sent at most once; where the link is lost
    /// after the card has accepted it, the same card may come back once and finish.
    pub(super) async fn sign(
        &self,
        request: &SigningRequest,
        reader: String,
        pin: Arc<Pin>,
        last_try_confirmed: bool,
        certificate: Option<String>,
    ) -> Result<Vec<u8>, Failure> {
        self.be_on_time().await?;
        // Read before the card is touched: nothing slow stands between the card and its signature.
        let documents = self.documents(request)?;
        let language = self.language();
        let reader = self.cards.reader(&reader).await?;
        let consent = PinConsent::new(pin);
        let consent = if last_try_confirmed {
            consent.confirming_last_try()
        } else {
            consent
        };
        let channel = self.cards.connect(&reader, language).await?;
        let signed = self
            .sign_over(
                &channel,
                &reader.description,
                (&documents, &issuers(request)),
                consent,
                certificate,
            )
            .await;
        let failure = signed.as_ref().err().map(Interruption::failure);
        self.cards.close(&channel, failure, language).await;
        match signed {
            Ok(container) => Ok(container),
            Err(Interruption::Final(failure)) => Err(failure),
            Err(Interruption::Resumable {
                signature, prepared, ..
            }) => {
                let channel = self.cards.connect(&reader, language).await?;
                let signed = self.resume_over(&channel, *signature, prepared).await;
                self.cards.close(&channel, signed.as_ref().err(), language).await;
                signed
            }
        }
    }

    /// Makes sure that the device's clock is right before a card is touched: a signature that claims another time than the
    /// portal's is refused, and costs the person card and PIN once more. Where the portal's time is not known, it is asked.
    pub(super) async fn be_on_time(&self) -> Result<(), Failure> {
        if self.portal.clock().portal().is_none() {
            self.tell(Activity::AskingPortal);
            self.portal.info().await?;
        }
        match self.portal.clock().disagreement() {
            Some(Disagreement { device, portal }) => Err(Failure::DeviceClockWrong { device, portal }),
            None => Ok(()),
        }
    }

    async fn sign_over<'d>(
        &self,
        channel: &Arc<dyn CardChannel>,
        reader: &ReaderDescription,
        (documents, issuers): (&'d [Document], &[Certificate]),
        consent: PinConsent,
        certificate: Option<String>,
    ) -> Result<Vec<u8>, Interruption<'d>> {
        let (mut card, candidates) = self.open_own_card(channel, certificate.as_deref()).await?;
        let wanted = |candidate: &Candidate| certificate.as_deref().is_none_or(|wanted| candidate.is(wanted));
        let mut meant = candidates.usable.iter().filter(|candidate| wanted(candidate));
        let chosen = match (meant.next(), meant.next()) {
            (None, _) => return Err(self.card_changed().into()),
            (Some(only), None) => only,
            (Some(_), Some(_)) => {
                // The person chooses on the next screen; the card need not be read again for that.
                let summary = self.summary(reader, &card, &candidates);
                self.with_state(|state| state.passing.card = Some(summary));
                return Err(Failure::CertificateChoiceNeeded.into());
            }
        };
        let Candidate { key, certificate } = chosen;
        if !self.is_of_shown_card(certificate) {
            return Err(self.card_changed().into());
        }
        let shown = self.with_state(|state| state.passing.card.as_ref().and_then(|card| card.tries_left));
        let unheard = match card.take_unsettled() {
            // A try was lost with the link: the person sees how many are left, and decides again.
            Some(Unsettled::Verification) if shown != key.pin.tries_left => Some(Failure::PinOutcomeUnknown),
            Some(Unsettled::Change) => Some(Failure::PinChangeOutcomeUnknown),
            Some(Unsettled::Unblocking) => Some(Failure::PukOutcomeUnknown),
            Some(Unsettled::Verification) | None => None,
        };
        if let Some(unheard) = unheard {
            let summary = self.summary(reader, &card, &candidates);
            self.with_state(|state| state.passing.card = Some(summary));
            return Err(unheard.into());
        }
        let signing = Signing {
            chain: &path::issuers_among(certificate, issuers),
            ..Signing::new(certificate, self.portal.clock().now())
        };
        let prepared = asic::prepare_with(documents, signing).map_err(Failure::from)?;
        match card.sign(key, consent, prepared.digest()).await {
            Ok(value) => Ok(self.finish(channel, prepared, &value).await?),
            Err(error) => {
                self.remember_tries(&card);
                match card.take_interrupted() {
                    Some(signature) => Err(Interruption::Resumable {
                        signature: Box::new(signature),
                        prepared,
                        failure: error.into(),
                    }),
                    None => Err(Failure::from(error).into()),
                }
            }
        }
    }

    /// Whether a certificate is one of the card that is shown, where one is: the PIN was typed for that card, and no other
    /// gets to see it.
    fn is_of_shown_card(&self, certificate: &Certificate) -> bool {
        let serial = certificate.serial_hex();
        self.with_state(|state| {
            let shown = state.passing.card.as_ref();
            let is_known = |known: &CardCertificate| known.serial.split(':').next() == Some(serial.as_str());
            shown.is_none_or(|card| card.certificates.iter().any(is_known))
        })
    }

    /// The card that is shown is no longer there: it has to be read anew.
    pub(super) fn card_changed(&self) -> Failure {
        self.with_state(|state| state.passing.card = None);
        Failure::CardChanged
    }

    /// Finishes on the same card, which is back, what was cut off after it had accepted the PIN.
    async fn resume_over(
        &self,
        channel: &Arc<dyn CardChannel>,
        signature: Interrupted,
        prepared: Prepared<'_>,
    ) -> Result<Vec<u8>, Failure> {
        let mut card = self.cards.read(channel, self.language()).await?;
        let value = card.resume(signature).await?;
        self.finish(channel, prepared, &value).await
    }

    async fn finish(
        &self,
        channel: &Arc<dyn CardChannel>,
        prepared: Prepared<'_>,
        value: &[u8],
    ) -> Result<Vec<u8>, Failure> {
        self.tell(Activity::CardDone);
        let sentence = sentences::activity(Activity::CardDone, self.language());
        let _ = channel.tell(CardStage::RemoveCard, sentence).await;
        Ok(prepared.finish(value)?)
    }

    /// Opens the card with the keys that the applicant can sign with, `wanted` among them where a certificate was chosen.
    /// A card is never refused for what is remembered of it: its certificate may have been renewed.
    pub(super) async fn open_own_card(
        &self,
        channel: &Arc<dyn CardChannel>,
        wanted: Option<&str>,
    ) -> Result<(Card, Candidates), Failure> {
        let language = self.language();
        let card = self.cards.read(channel, language).await?;
        let candidates = self.candidates(&card);
        let chosen = |candidate: &Candidate| wanted.is_none_or(|wanted| candidate.is(wanted));
        let suits = candidates
            .as_ref()
            .is_ok_and(|candidates| candidates.usable.iter().any(chosen));
        if suits || !card.is_recalled() {
            return Ok((card, candidates?));
        }
        self.cards.forget()?;
        let card = self.cards.read(channel, language).await?;
        let candidates = self.candidates(&card)?;
        Ok((card, candidates))
    }

    /// Keeps on the screen how many tries are left after a wrong PIN.
    fn remember_tries(&self, card: &Card) {
        let tries_left = card.signing_keys().first().and_then(|key| key.pin.tries_left);
        let sentence = tries_left.map(|tries| sentences::tries_left(tries, self.language()));
        self.with_state(|state| {
            if let Some(card) = &mut state.passing.card {
                card.tries_left = tries_left;
                card.tries_sentence = sentence;
            }
        });
    }

    fn documents(&self, request: &SigningRequest) -> Result<Vec<Document>, Failure> {
        request
            .documents
            .iter()
            .map(|document| {
                let content = self
                    .journal
                    .read_bytes(&document_row(&document.id))?
                    .ok_or(Failure::Internal {
                        detail: "document".to_owned(),
                    })?;
                Ok(Document {
                    file_name: document.file_name.clone(),
                    media_type: document.media_type.clone(),
                    content: content.to_vec(),
                })
            })
            .collect()
    }

    /// The keys of a card that the applicant can sign with, and why the others cannot; where all cannot, why the best one
    /// cannot.
    pub(super) fn candidates(&self, card: &Card) -> Result<Candidates, Failure> {
        let applicant = self.record().applicant.ok_or(Failure::SessionOver)?;
        let kind = match applicant.identity_kind {
            IdentityKind::NationalId => identity::Kind::NationalId,
            IdentityKind::Passport => identity::Kind::Passport,
        };
        let identity = Identity::parse(kind, &applicant.identity).map_err(|_| Failure::IdentityInvalid {
            kind: applicant.identity_kind,
        })?;
        let now = self.portal.clock().now();
        let mut first_refusal = None;
        let mut usable = Vec::new();
        let mut unusable = Vec::new();
        let language = self.language();
        let mut refuse = |certificate: &[u8], label: &str, failure: Failure| {
            unusable.push(refused(certificate, label, &failure, language));
            first_refusal.get_or_insert(failure);
        };
        for key in card.signing_keys() {
            match examine(&key.certificate, &identity, &applicant, now) {
                Ok(certificate) => usable.push(Candidate {
                    key: key.clone(),
                    certificate,
                }),
                Err(failure) => refuse(&key.certificate, &key.label, failure),
            }
        }
        for certificate in card.certificates_of_unknown_keys() {
            let refusal = examine(certificate, &identity, &applicant, now).err();
            refuse(
                certificate,
                card.label(),
                refusal.unwrap_or_else(|| NesFault::UnsupportedKey.into()),
            );
        }
        if usable.is_empty() {
            return Err(first_refusal.unwrap_or(Failure::CardWithoutCertificate));
        }
        // A key is there once for each PIN that may be its own.
        unusable.dedup();
        Ok(Candidates { usable, unusable })
    }

    pub(super) fn summary(&self, reader: &ReaderDescription, card: &Card, candidates: &Candidates) -> CardSummary {
        let Candidates { usable, unusable } = candidates;
        let pin = usable.first().map(|candidate| &candidate.key.pin);
        let tries_left = pin.and_then(|pin| pin.tries_left);
        CardSummary {
            reader: reader.id.clone(),
            label: card.label().to_owned(),
            certificates: usable
                .iter()
                .map(|candidate @ Candidate { certificate, key }| CardCertificate {
                    serial: candidates.choice(candidate),
                    holder: if candidates.has_several_pins(candidate) {
                        format!("{} · {}", certificate.subject_name(), key.pin.label)
                    } else {
                        certificate.subject_name()
                    },
                    issuer: certificate.issuer_name(),
                    valid_until: certificate.not_after(),
                })
                .collect(),
            unusable: unusable.clone(),
            pin_min_length: pin.map_or(0, |pin| pin.min_length),
            pin_max_length: pin.map_or(0, |pin| pin.max_length),
            pin_numeric: pin.is_none_or(|pin| pin.numeric),
            tries_left,
            tries_sentence: tries_left.map(|tries| sentences::tries_left(tries, self.language())),
            unblocking: usable
                .first()
                .and_then(|candidate| Unblocking::of(&candidate.key, self.language())),
        }
    }
}

/// The certificates that the portal gives to be brought along, where they can be read.
fn issuers(request: &SigningRequest) -> Vec<Certificate> {
    let read = |issuer: &String| Certificate::parse(&STANDARD.decode(issuer).ok()?).ok();
    request.issuers.iter().filter_map(read).collect()
}

/// A certificate that cannot sign, as the person is shown it.
fn refused(certificate: &[u8], label: &str, failure: &Failure, language: Language) -> UnusableCertificate {
    let certificate = Certificate::parse(certificate).ok();
    let told = |tell: fn(&Certificate) -> String| certificate.as_ref().map(tell);
    UnusableCertificate {
        serial: told(Certificate::serial_hex).unwrap_or_default(),
        holder: told(Certificate::subject_name).unwrap_or_else(|| label.to_owned()),
        issuer: told(Certificate::issuer_name).unwrap_or_default(),
        reason: failure.explain(language).what,
    }
}

/// Whether a certificate is the applicant's valid qualified one.
fn examine(
    certificate: &[u8],
    identity: &Identity,
    applicant: &Applicant,
    now: SystemTime,
) -> Result<Certificate, Failure> {
    let certificate = Certificate::parse(certificate).map_err(|_| Failure::CertificateMalformed)?;
    match nes::check(&certificate, now) {
        // Another person's certificate is another person's first, whatever else is wrong with it.
        Ok(_) | Err(_) if !belongs_to(&certificate, identity) => Err(Failure::CardOfAnotherPerson),
        Ok(_) if !names(&certificate, applicant) => Err(Failure::HolderNameDiffers),
        Ok(_) => Ok(certificate),
        Err(fault) => Err(fault.into()),
    }
}

/// Whether the name in a certificate is the applicant's, as far as names can be compared.
fn names(
    certificate: &Certificate,
    Applicant {
        given_name,
        family_name,
        ..
    }: &Applicant,
) -> bool {
    identity::is_name_of(&certificate.subject_name(), given_name, family_name)
}

/// A certificate without any holder's number belongs to nobody in particular; what is wrong with it is told instead.
fn belongs_to(certificate: &Certificate, applicant: &Identity) -> bool {
    certificate.holder_number().is_none_or(|number| applicant.is(&number))
}
