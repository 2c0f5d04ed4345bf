//! Everyone who signed a file: the signers, who stand beside each other, and after each of them those who counter-signed it
//! (RFC 5652, 11.4; ETSI EN 319 122-1, 5.2.7). However many a file has, there is an end.

use super::{MAX_SIGNERS, SignedData, SignerInfo};
use crate::signature::oid;
use crate::signature::report::{Finding, Limit};

/// Counter-signatures of each other are judged this many deep.
const MAX_DEPTH: usize = 4;

/// One who signed.
pub(in crate::signature) struct Signatory<'a> {
    /// The signer, or why it is not judged.
    pub(in crate::signature) signer: Result<SignerInfo<'a>, Finding>,
    /// The place, in the same list, of whom it counter-signs.
    pub(in crate::signature) counter_signs: Option<usize>,
}

impl<'a> SignedData<'a> {
    /// Everyone who signed; who counter-signed somebody stands after them.
    pub(in crate::signature) fn signatories(&self) -> Vec<Signatory<'a>> {
        let mut found = Found {
            all: Vec::new(),
            places: MAX_SIGNERS.saturating_sub(self.signers.len()),
        };
        for signer in &self.signers {
            found.add(signer.clone(), None, 0);
        }
        found.all
    }
}

struct Found<'a> {
    all: Vec<Signatory<'a>>,
    /// How many counter-signatures may still be added.
    places: usize,
}

impl<'a> Found<'a> {
    fn add(&mut self, signer: SignerInfo<'a>, counter_signs: Option<usize>, depth: usize) {
        let place = self.all.len();
        let values: Vec<_> = signer.unsigned_values(oid::COUNTERSIGNATURE).collect();
        self.all.push(Signatory {
            signer: Ok(signer),
            counter_signs,
        });
        for value in values {
            let refused = |finding| Signatory {
                signer: Err(finding),
                counter_signs: Some(place),
            };
            if depth == MAX_DEPTH || self.places == 0 {
                // One tells of all that are left.
                self.all.push(refused(Finding::LimitMet {
                    limit: Limit::CounterSignatures,
                }));
                return;
            }
            self.places -= 1;
            match SignerInfo::parse(value) {
                Ok(signer) => self.add(signer, Some(place), depth + 1),
                Err(_) => self.all.push(refused(Finding::CounterSignatureMalformed)),
            }
        }
    }
}
