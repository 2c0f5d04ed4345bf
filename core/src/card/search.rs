//! Which of a key's schemes is tried next. Nothing that the card has refused is sent to it again, and what it says of a
//! refusal tells what to try instead: another name for the key, or another number for the algorithm.

use super::apdu::{Command, Status};
use super::signing::{Environment, Input, Naming, Scheme};
use super::{CardError, KeyAlgorithm};
use crate::digest::Digest;

/// The most security environments that are offered to a card before its PIN is asked for.
pub(super) const MOST_OFFERED: usize = 7;
/// The most environments, digests and signatures that are sent for one signature, whatever a card says of them.
const MOST_SENT: usize = 14;

/// One way to sign, as commands.
#[derive(Clone)]
pub(super) struct Candidate {
    /// Its place among the key's schemes.
    pub(super) index: usize,
    scheme: Scheme,
    /// MANAGE SECURITY ENVIRONMENT; `None` where there is nothing to say.
    pub(super) environment: Option<Command>,
    /// PERFORM SECURITY OPERATION, once or twice.
    pub(super) operations: Vec<Command>,
}

/// What a card has said so far of the ways to sign with a key.
pub(super) struct Search {
    left: Vec<Candidate>,
    accepted: Option<Command>,
    /// Environments that were accepted and did not do.
    lacking: Vec<Command>,
    /// What refusals were put down to.
    names: Vec<Environment>,
    algorithms: Vec<Option<u8>>,
    sent: usize,
}

impl Search {
    /// The ways to sign this digest, the first first.
    ///
    /// # Errors
    /// [`CardError::Unsupported`] where there is none.
    pub(super) fn new(
        schemes: &[Scheme],
        naming: Naming,
        algorithm: KeyAlgorithm,
        digest: &Digest,
    ) -> Result<Self, CardError> {
        let mut left: Vec<Candidate> = Vec::new();
        let mut unusable = CardError::Unsupported("a key without a scheme");
        for (index, scheme) in schemes.iter().enumerate().filter(|(_, scheme)| scheme.takes(digest)) {
            let environment = scheme.security_environment(naming);
            match scheme.operations(naming, algorithm, digest) {
                Ok(operations) => left.push(Candidate {
                    index,
                    scheme: *scheme,
                    environment,
                    operations,
                }),
                Err(error) => unusable = error,
            }
        }
        if left.is_empty() {
            return Err(unusable);
        }
        Ok(Self {
            left,
            accepted: None,
            lacking: Vec::new(),
            names: Vec::new(),
            algorithms: Vec::new(),
            sent: 0,
        })
    }

    /// The way to try next; `None` where none is left, or enough has been tried.
    pub(super) fn next(&self) -> Option<Candidate> {
        let doubts = |candidate: &&Candidate| {
            let environment = candidate.environment.as_ref();
            if environment.is_some_and(|environment| self.lacking.contains(environment)) {
                return 4;
            }
            if environment.is_some() && environment == self.accepted.as_ref() {
                return 0;
            }
            let named = self.names.contains(&candidate.scheme.environment);
            let numbered = self.algorithms.contains(&candidate.scheme.algorithm_reference);
            1 + u8::from(named) + u8::from(numbered)
        };
        let next = self.left.iter().min_by_key(doubts).cloned();
        next.filter(|next| self.sent + next.operations.len() <= MOST_SENT)
    }

    /// Counts commands that are sent.
    pub(super) fn count(&mut self, commands: usize) {
        self.sent += commands;
    }

    /// Whether the card has accepted this environment, and no other one since.
    pub(super) fn is_in_force(&self, environment: &Command) -> bool {
        self.accepted.as_ref() == Some(environment)
    }

    /// The card has accepted the environment of a way to sign.
    pub(super) fn accept(&mut self, candidate: &Candidate) {
        self.accepted.clone_from(&candidate.environment);
    }

    /// The card has refused the environment of a way to sign, and with it every way that has the same.
    pub(super) fn refuse(&mut self, candidate: &Candidate, status: Status) {
        self.accepted = None;
        self.left.retain(|other| other.environment != candidate.environment);
        match status {
            // The card does not find, or does not do, what the key is named by.
            Status::FILE_NOT_FOUND | Status::REFERENCE_DATA_NOT_FOUND | Status::FUNCTION_NOT_SUPPORTED => {
                self.names.push(candidate.scheme.environment);
            }
            // The key is found and not usable like this.
            Status::REFERENCE_DATA_NOT_USABLE | Status(0x6A80) => {
                self.algorithms.push(candidate.scheme.algorithm_reference);
            }
            _ => {}
        }
    }

    /// A way to sign has failed. Where the card says that its conditions are not met, the environment lacks something, and
    /// the algorithm first of all. Where it has signed, it wants no digest ahead.
    pub(super) fn fail(&mut self, candidate: &Candidate, error: &CardError) {
        self.left.retain(|other| other.index != candidate.index);
        if error.is_of_status(Status::CONDITIONS_NOT_SATISFIED) {
            self.lacking.extend(candidate.environment.clone());
            self.algorithms.push(candidate.scheme.algorithm_reference);
        }
        if matches!(error, CardError::Malformed(_)) {
            let ahead = |other: &Candidate| other.scheme.input == Input::HashFirst;
            self.left
                .retain(|other| !ahead(other) || other.environment != candidate.environment);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::signing;
    use crate::digest::DigestAlgorithm;

    const NAMING: Naming = Naming {
        file: Some([0x4B, 0x01]),
        key: Some(1),
        authenticates: false,
    };

    /// What a card is offered that takes one environment alone, and answers others by a rule.
    fn offered(algorithm: KeyAlgorithm, wanted: &str, refusal: impl Fn(&str) -> u16) -> Vec<String> {
        let digest = algorithm.digest_algorithm().digest(b"");
        let schemes = signing::schemes(algorithm, NAMING, &[], false);
        let mut search = Search::new(&schemes, NAMING, algorithm, &digest).unwrap();
        let mut offered = Vec::new();
        while let Some(candidate) = search.next() {
            let environment = candidate.environment.as_ref().unwrap();
            let template: String = environment.data().iter().map(|octet| format!("{octet:02X}")).collect();
            let refused = refusal(&template);
            offered.push(template);
            if offered.last().unwrap() == wanted {
                return offered;
            }
            search.refuse(&candidate, Status(refused));
        }
        panic!("{wanted} was never offered: {offered:?}");
    }

    #[test]
    fn every_form_is_found_within_seven_where_refusals_say_what_they_are_for() {
        let rsa = KeyAlgorithm::Rsa { modulus_bits: 2048 };
        let numbers = [
            (rsa, ["", "800102", "800111", "800100"]),
            (KeyAlgorithm::P384, ["", "800104", "800121", ""]),
        ];
        for (algorithm, numbers) in numbers {
            for number in numbers {
                for name in ["81024B01840101", "81024B01", "840101"] {
                    let wanted = format!("{number}{name}");
                    let named =
                        |template: &str| template.ends_with(name) && !(name == "840101" && template.contains("8102"));
                    let found = offered(
                        algorithm,
                        &wanted,
                        |template| if named(template) { 0x6984 } else { 0x6A81 },
                    );
                    assert!(found.len() <= MOST_OFFERED, "{wanted}: {found:?}");
                    let found = offered(algorithm, &wanted, |template| {
                        let same = template.strip_suffix(name).is_some_and(|rest| rest == number);
                        let numbered = if number.is_empty() {
                            !template.starts_with("80")
                        } else {
                            template.starts_with(number)
                        };
                        if numbered && !same { 0x6A88 } else { 0x6A80 }
                    });
                    assert!(found.len() <= MOST_OFFERED, "{wanted}: {found:?}");
                }
            }
        }
    }

    #[test]
    fn nothing_is_offered_twice() {
        for status in [0x6A80, 0x6A81, 0x6A86, 0x6984] {
            let rsa = KeyAlgorithm::Rsa { modulus_bits: 2048 };
            let digest = DigestAlgorithm::Sha256.digest(b"");
            let schemes = signing::schemes(rsa, NAMING, &[], true);
            let mut search = Search::new(&schemes, NAMING, rsa, &digest).unwrap();
            let mut offered: Vec<Command> = Vec::new();
            while let Some(candidate) = search.next() {
                let environment = candidate.environment.clone().unwrap();
                assert!(!offered.contains(&environment));
                offered.push(environment);
                search.refuse(&candidate, Status(status));
            }
            assert!(offered.len() >= 12, "{}", offered.len());
        }
    }
}
