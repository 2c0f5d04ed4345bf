//! One signature on a card, from what is checked before the PIN to what the card answers: VERIFY, the security environment
//! and the signature follow each other with nothing between, and one consent sends one PIN.

use std::convert::Infallible;
use std::sync::Arc;

use super::apdu::{Command, Response, Status};
use super::counting::SentPin;
use super::file::Path;
use super::framing::Framing;
use super::pin::{self, PinCommand};
use super::public_key::CertifiedKey;
use super::search::{Candidate, MOST_OFFERED, Search};
use super::{Card, CardError, Interrupted, Order, SigningKey, signing};
use crate::digest::Digest;
use crate::reader::{CardStage, LinkFailure};

impl Card {
    /// Does and checks everything that can fail before the PIN is sent: every command of the operation is ready, and the
    /// directory of the PIN and the file of the key are selected.
    pub(super) async fn prepare(&mut self, key: &SigningKey, digest: &Digest) -> Result<Operation, CardError> {
        if digest.value.len() != digest.algorithm.length() {
            return Err(CardError::Unsupported("a digest of another length"));
        }
        self.session.framing().begin();
        let certified = CertifiedKey::of_certificate(&key.certificate);
        let certified = certified.ok_or(CardError::Malformed("a certificate that cannot be read"))?;
        let mut search = Search::new(&key.route.schemes, key.route.naming(), key.algorithm, digest)?;
        let pin_directory = self.directory_of_pin(key);
        self.enter(pin_directory.as_ref()).await?;
        // Where the key lies elsewhere, selecting it has to wait until the PIN has been verified in its own directory.
        let elsewhere = key
            .route
            .file
            .as_ref()
            .is_some_and(|file| file.parent() != pin_directory);
        if let Some(file) = key.route.file.as_ref().filter(|_| !elsewhere)
            && self.session.select_file(file).await?.is_none()
        {
            return Err(CardError::Malformed("the file of the key is not there"));
        }
        let file_after_verify = key.route.file.clone().filter(|_| elsewhere);
        // What the card declares is not asked for. Where the environment has to wait, there is nothing to ask.
        let asks = key
            .route
            .order
            .map_or(!key.route.declared, |order| order == Order::EnvironmentFirst);
        if asks && !elsewhere {
            offer(self.session.framing(), &mut search).await?;
        }
        Ok(Operation {
            key: key.clone(),
            certified,
            digest: digest.clone(),
            search,
            file_after_verify,
        })
    }

    /// The directory in which the PIN of a key is verified: its own, or the application's.
    pub(super) fn directory_of_pin(&self, key: &SigningKey) -> Option<Path> {
        key.pin_object
            .directory
            .clone()
            .or_else(|| self.contents.application.path.clone())
    }

    /// Makes the directory of the PIN current. The application's own is entered as it was found: by name, if it has one;
    /// and where nothing tells its path, once a file elsewhere has been selected.
    pub(super) async fn enter(&mut self, directory: Option<&Path>) -> Result<(), CardError> {
        let application = &self.contents.application;
        let selected = match directory {
            Some(directory) if self.session.is_current(directory) => return Ok(()),
            None if !self.session.has_left_application() => return Ok(()),
            Some(directory) if application.path.as_ref() != Some(directory) => {
                self.session.select_directory(directory).await?
            }
            Some(_) | None => application.select(&mut self.session).await?,
        };
        selected
            .map(|_| ())
            .ok_or(CardError::Malformed("the directory of the PIN is not there"))
    }

    /// Sends the PIN, once, and signs.
    pub(super) async fn verify_and_sign(
        &mut self,
        mut operation: Operation,
        verify: PinCommand,
        resumable: bool,
    ) -> Result<Vec<u8>, CardError> {
        let command = verify.into_command();
        let signing_key = operation.key.clone();
        let sent = self.send_pin(&operation.key, &command).await?;
        if let Err(error) = sent.outcome.clone() {
            self.settle_pin(&operation.key, &sent);
            return Err(error);
        }
        let channel = Arc::clone(self.session.framing().channel());
        let sentence = (self.sentences)(CardStage::Signing);
        // The shell is told while the card signs: nothing waits for it between the PIN and the signature, nor after.
        let telling = async {
            let _ = channel.tell(CardStage::Signing, sentence).await;
            std::future::pending::<Infallible>().await
        };
        let computed = tokio::select! {
            biased;
            never = telling => match never {},
            computed = self.compute(&mut operation) => computed,
        };
        // Nothing is written between the PIN and the signature.
        self.settle_pin(&operation.key, &sent);
        let Computed { signature, next } = computed;
        let goes_on = match &signature {
            // Who dismisses the sheet wants no more of it.
            Err(CardError::Link(LinkFailure::CancelledByPerson { .. })) => false,
            Err(CardError::Link(_)) => resumable,
            _ => false,
        };
        if goes_on {
            let serial = self.contents.serial.clone();
            let Operation { key, digest, .. } = operation;
            self.interrupted = Some(Interrupted {
                verify: command,
                serial,
                key,
                digest,
            });
        }
        if signature.is_ok() {
            self.settle_choice(&signing_key);
        }
        match next {
            Some((scheme, order)) => self.prefer_scheme(&signing_key, scheme, order),
            // The PIN was right and the card does not sign: it may not be what it was when it was read.
            None => self.forget_after(&signature),
        }
        signature
    }

    /// Sends a command with the PIN of a key, once. The try is written down before: it counts even where nobody is left to
    /// hear the answer. The caller settles it, when there is time.
    pub(super) async fn send_pin(&mut self, key: &SigningKey, command: &Command) -> Result<SentPin, CardError> {
        self.tell(CardStage::VerifyingPin).await;
        let intents = self.begin_pin(key, command)?;
        let answer = self.session.framing().send_once(command).await;
        let outcome = pin::outcome(command.instruction, answer, self.link);
        self.forget_after(&outcome);
        Ok(SentPin { intents, outcome })
    }

    /// Forgets the card where it is not what it was when it was read: one that refuses what its files promise is read again
    /// next time.
    pub(super) fn forget_after<T>(&self, outcome: &Result<T, CardError>) {
        let refused = matches!(
            outcome,
            Err(CardError::Status { .. }
                | CardError::Malformed(_)
                | CardError::PinNotActivated
                | CardError::PukUnavailable)
        );
        if refused {
            self.known.forget(&self.contents.serial);
        }
    }

    /// Where several PINs could have been this key's, it has been found out which one is: the others are forgotten.
    fn settle_choice(&mut self, key: &SigningKey) {
        let before = self.contents.keys.len();
        let other_pin =
            |own: &SigningKey| own.certificate == key.certificate && own.route.leads_where(&key.route) && !own.is(key);
        self.contents.keys.retain(|own| !other_pin(own));
        if self.contents.keys.len() != before {
            self.known.remember(&self.historical_bytes, &self.contents);
        }
    }

    /// Puts the scheme with this index in front of those before it, for the next signature and the next time, and keeps when
    /// its environment is to be set.
    fn prefer_scheme(&mut self, key: &SigningKey, index: usize, order: Order) {
        let Some(key) = self.contents.keys.iter_mut().find(|own| own.is(key)) else {
            return;
        };
        // What is declared is done after the PIN anyway.
        let usual = key.route.declared && key.route.order.is_none() && order == Order::VerifyFirst;
        let learnt = !usual && key.route.order.replace(order) != Some(order);
        let moved = key.route.schemes.get_mut(..=index).filter(|_| index > 0);
        let moved = moved.map(|schemes| schemes.rotate_right(1)).is_some();
        if moved || learnt {
            self.known.remember(&self.historical_bytes, &self.contents);
        }
    }

    /// Computes the signature, by the schemes in turn for as long as the card refuses the form and not the right to sign.
    async fn compute(&mut self, operation: &mut Operation) -> Computed {
        let failed = |error| Computed {
            signature: Err(error),
            next: None,
        };
        if let Some(file) = &operation.file_after_verify {
            match self.session.select_file(file).await {
                Ok(Some(_)) => {}
                Ok(None) => return failed(CardError::Malformed("the file of the key is not there")),
                Err(error) => return failed(error),
            }
        }
        let framing = self.session.framing();
        let mut last = None;
        // What was set before the PIN was verified may be gone.
        let mut set_before = true;
        // Whether the card has worked in an environment from before the PIN: it keeps that over VERIFY.
        let mut keeps_environment = false;
        while let Some(candidate) = operation.search.next() {
            let environment = candidate.environment.as_ref();
            let kept = environment.is_some_and(|environment| operation.search.is_in_force(environment));
            let mut outcome = if kept {
                operation.attempt(framing, &candidate).await
            } else {
                set_before = false;
                operation.set_and_attempt(framing, &candidate).await
            };
            let mut lacked = None;
            if let Err(failed) = &outcome
                && kept
            {
                if may_lack_environment(failed, set_before) {
                    lacked = Some(failed.error.clone()).filter(|_| set_before);
                    set_before = false;
                    outcome = operation.set_and_attempt(framing, &candidate).await;
                } else {
                    keeps_environment |= set_before;
                }
            }
            let order = if set_before {
                Order::EnvironmentFirst
            } else {
                Order::VerifyFirst
            };
            match outcome {
                Ok(value) => {
                    return Computed {
                        signature: Ok(value),
                        next: Some((candidate.index, order)),
                    };
                }
                Err(Failed {
                    error: error @ CardError::Link(_),
                    ..
                }) => return failed(error),
                // A card that wants the PIN for every signature may count a refused one: this scheme is to be the first
                // after the next consent. One that lets go of the PIN where the environment is set after it wants it the
                // other way round. The PIN is not sent twice for one consent.
                Err(Failed { error, .. }) if error.is_of_status(Status::SECURITY_STATUS_NOT_SATISFIED) => {
                    let order = if keeps_environment {
                        Order::EnvironmentFirst
                    } else {
                        order
                    };
                    let lacked = lacked.filter(|lacked| !lacked.is_of_status(Status::SECURITY_STATUS_NOT_SATISFIED));
                    let next = match (lacked, &last) {
                        // What was set before the PIN did not do, and setting it anew took the PIN: it is not the one.
                        (Some(lacked), _) => {
                            operation.search.fail(&candidate, &lacked);
                            operation
                                .search
                                .next()
                                .map(|next| (next.index, Order::EnvironmentFirst))
                        }
                        (None, Some(CardError::Status { .. })) => Some((candidate.index, order)),
                        (None, None) if operation.key.route.order.is_none() => {
                            Some((candidate.index, Order::EnvironmentFirst))
                        }
                        (None, _) => None,
                    };
                    return match last {
                        Some(error) if next.is_none() => failed(error),
                        _ => Computed {
                            signature: Err(error),
                            next,
                        },
                    };
                }
                Err(Failed { error, environment }) => {
                    if !environment {
                        operation.search.fail(&candidate, &error);
                    }
                    // A signature that does not fit says more than what is refused after it.
                    if !matches!(last, Some(CardError::Malformed(_))) {
                        last = Some(error);
                    }
                }
            }
        }
        failed(last.unwrap_or(CardError::Unsupported("a key without a scheme")))
    }

    pub(super) async fn tell(&self, stage: CardStage) {
        // What cannot be shown does not stop the operation.
        let _ = self
            .session
            .framing()
            .channel()
            .tell(stage, (self.sentences)(stage))
            .await;
    }
}

/// A signature with every check behind it and every command ready.
pub(super) struct Operation {
    pub(super) key: SigningKey,
    certified: CertifiedKey,
    digest: Digest,
    search: Search,
    file_after_verify: Option<Path>,
}

/// What one way to sign failed at.
struct Failed {
    error: CardError,
    /// Whether the card refused the security environment.
    environment: bool,
}

impl From<CardError> for Failed {
    fn from(error: CardError) -> Self {
        Self {
            error,
            environment: false,
        }
    }
}

impl Operation {
    /// One way to sign from its beginning: the security environment, the signature, and a look at it.
    async fn set_and_attempt(&mut self, framing: &Framing, candidate: &Candidate) -> Result<Vec<u8>, Failed> {
        if let Some(environment) = &candidate.environment {
            self.search.count(1);
            match accepted(framing, environment).await {
                Ok(_) => self.search.accept(candidate),
                Err(error) => {
                    let CardError::Status { status, .. } = error else {
                        return Err(error.into());
                    };
                    self.search.refuse(candidate, Status(status));
                    return Err(Failed {
                        error,
                        environment: true,
                    });
                }
            }
        }
        self.attempt(framing, candidate).await
    }

    /// The signature, in the security environment there is, and a look at it.
    async fn attempt(&mut self, framing: &Framing, candidate: &Candidate) -> Result<Vec<u8>, Failed> {
        let mut answer = Vec::new();
        for command in &candidate.operations {
            self.search.count(1);
            answer = accepted(framing, command).await?;
        }
        let value = signing::signature_value(self.key.algorithm, &answer)?;
        if self.certified.key.accepts(&self.digest, &value) {
            Ok(value)
        } else {
            Err(CardError::Malformed("a signature that its certificate does not accept").into())
        }
    }
}

/// Offers the card security environments before its PIN is asked for, until it accepts one or says that it cannot tell yet.
///
/// # Errors
/// The card's refusal where it refuses all of them, and the link's failure. The PIN has not been sent.
async fn offer(framing: &Framing, search: &mut Search) -> Result<(), CardError> {
    let mut refused = None;
    for _ in 0..MOST_OFFERED {
        let Some(candidate) = search.next() else { break };
        let Some(environment) = &candidate.environment else {
            return Ok(());
        };
        search.count(1);
        let status = framing.exchange(environment).await?.status;
        match status {
            Status::OK => {
                search.accept(&candidate);
                return Ok(());
            }
            Status::SECURITY_STATUS_NOT_SATISFIED | Status::CONDITIONS_NOT_SATISFIED => return Ok(()),
            Status(word) => {
                search.refuse(&candidate, status);
                refused = Some(CardError::Status {
                    instruction: environment.instruction,
                    status: word,
                });
            }
        }
    }
    refused.map_or(Ok(()), Err)
}

/// Whether an attempt may have failed for want of the security environment that was set earlier: before the PIN was
/// verified, if so it is.
fn may_lack_environment(Failed { error, environment }: &Failed, set_before: bool) -> bool {
    let lacking = error.is_of_status(Status::CONDITIONS_NOT_SATISFIED)
        || error.is_of_status(Status::REFERENCE_DATA_NOT_FOUND)
        // Without one, a card may go by another.
        || set_before
            && (error.is_of_status(Status::SECURITY_STATUS_NOT_SATISFIED) || matches!(error, CardError::Malformed(_)));
    !environment && lacking
}

/// What came of the schemes of a key.
struct Computed {
    signature: Result<Vec<u8>, CardError>,
    /// The scheme to begin with next time and when its environment is set, where something was learnt of it.
    next: Option<(usize, Order)>,
}

/// The data of an answer to a command that the card did not refuse.
async fn accepted(framing: &Framing, command: &Command) -> Result<Vec<u8>, CardError> {
    let Response { data, status } = framing.exchange(command).await?;
    if status == Status::OK {
        return Ok(data);
    }
    Err(CardError::Status {
        instruction: command.instruction,
        status: status.0,
    })
}
