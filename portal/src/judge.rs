//! The judgement on a signed container: it must hold exactly the order's documents, signed by the applicant with a valid
//! qualified certificate of an authority the portal trusts.

use basvuru::portal::{DocumentDescription, ProblemKind};

use crate::clock::Moment;
use crate::refusal::Refusal;

/// The authorities whose holders may sign.
pub(crate) struct HolderTrust;

/// What is known of an accepted container.
pub(crate) struct Accepted {
    /// The serial number of the certificate that signed, lower-case hexadecimal.
    pub(crate) certificate_serial: String,
}

/// Judges a container.
pub(crate) fn judge(
    _container: &[u8],
    _expected: &[DocumentDescription],
    _identity: &str,
    _trust: &HolderTrust,
    _now: Moment,
) -> Result<Accepted, Refusal> {
    Err(Refusal::new(ProblemKind::Unavailable))
}

/// The word the audit trail has for a refusal.
pub(crate) const fn outcome(kind: ProblemKind) -> &'static str {
    match kind {
        ProblemKind::SignerNotApplicant => "signer-not-applicant",
        ProblemKind::CertificateRefused => "certificate-refused",
        _ => "signature-invalid",
    }
}
