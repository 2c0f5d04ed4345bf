//! Lists of revoked certificates (RFC 5280, 5). An issuer's own, whole list tells who was revoked and who was not; a list of
//! changes, of some reasons or of several issuers tells who was, and nothing of those who do not stand in it.

mod scope;

use std::ops::Range;
use std::sync::Arc;
use std::time::SystemTime;

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5280;
use x509_cert::der::Decode as _;
use x509_cert::ext::pkix::crl::CrlReason;

use super::ocsp::Status;
use super::signed::Signed;
use super::{AlgorithmError, Certificate, CertificateError, Extension, Name, fewest_octets};
use crate::der::{DerError, Element, Reader, tag};

pub(crate) use scope::{Extent, Reasons};
use scope::{IssuingPoint, Scope};

/// Lists of large authorities have some megabytes.
const MAX_SIZE: usize = 64 << 20;

/// A list of revoked certificates. Cloning shares its octets.
#[derive(Clone)]
pub struct Crl(Arc<Fields>);

struct Fields {
    signed: Signed,
    issuer: Name,
    this_update: SystemTime,
    next_update: Option<SystemTime>,
    number: Option<Vec<u8>>,
    /// Where in the signed contents the entries lie.
    entries: Range<usize>,
    scope: Scope,
    extent: Extent,
    /// The names of the point it is published at; a list that names none is for every certificate in its scope.
    points: Vec<Vec<u8>>,
    /// From when on certificates that have ended stay in it; where it does not say so, they may be left out.
    keeps_ended_from: Option<SystemTime>,
}

/// Why a list does not tell of a serial number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ListFault {
    /// An entry cannot be read.
    Malformed,
    /// An entry says something critical that is not read here.
    CriticalExtension,
}

impl From<DerError> for ListFault {
    fn from(_: DerError) -> Self {
        Self::Malformed
    }
}

impl Crl {
    /// Reads a list in DER and keeps its octets.
    ///
    /// # Errors
    /// [`CertificateError::Malformed`]
    pub fn parse(der: &[u8]) -> Result<Self, CertificateError> {
        if der.len() > MAX_SIZE {
            return Err(CertificateError::Malformed("too large"));
        }
        Ok(Self(Arc::new(Fields::parse(der)?)))
    }

    /// The octets it was read from.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        self.0.signed.der()
    }

    /// When it was made.
    #[must_use]
    pub fn this_update(&self) -> SystemTime {
        self.0.this_update
    }

    /// Until when the next one will be there.
    #[must_use]
    pub fn next_update(&self) -> Option<SystemTime> {
        self.0.next_update
    }

    pub(crate) fn issuer(&self) -> &Name {
        &self.0.issuer
    }

    /// The contents of cRLNumber's INTEGER.
    pub(crate) fn number(&self) -> Option<&[u8]> {
        self.0.number.as_deref()
    }

    /// How much it tells of a certificate of this issuer; nothing where it is another issuer's list. A certificate is in its
    /// scope and, where the issuer publishes its list in parts, points to this part (RFC 5280, 6.3.3 (b)(2)).
    pub(crate) fn extent(&self, certificate: &Certificate, issuer: &Certificate) -> Option<Extent> {
        if self.0.issuer != *issuer.subject() {
            return None;
        }
        let in_scope = match self.0.scope {
            Scope::All => true,
            Scope::Holders => !certificate.is_authority(),
            Scope::Authorities => certificate.is_authority(),
            Scope::Others => false,
        };
        let points = &self.0.points;
        let is_pointed_to = || {
            let wanted = certificate.crl_points();
            points.iter().any(|point| wanted.contains(point))
        };
        let is_about_it = in_scope && (points.is_empty() || is_pointed_to());
        Some(if is_about_it { self.0.extent } else { Extent::Others })
    }

    /// From when on certificates that have ended stay in it (expiredCertsOnCRL, ISO/IEC 9594-8, 9.6.2.8).
    pub(crate) fn keeps_ended_from(&self) -> Option<SystemTime> {
        self.0.keeps_ended_from
    }

    /// Whether the issuer signed it, and may.
    pub(crate) fn is_signed_by(&self, issuer: &Certificate) -> Result<(), AlgorithmError> {
        if issuer.key_usage().is_some_and(|usage| !usage.crl_sign()) {
            return Err(AlgorithmError::WrongSignature);
        }
        self.0.signed.is_signed_by(issuer)
    }

    /// What it says of a serial number; of several entries for it, the earliest moment: a revocation that takes the place of a
    /// hold has the hold's date (ITU-T X.509, hold instruction code). An entry that says something critical which is not read
    /// here, such as that it is another issuer's, makes the list tell nothing (RFC 5280, 5.3), and so does a serial number
    /// that is no DER: nobody could tell which certificate is meant.
    pub(crate) fn status(&self, serial: &[u8]) -> Result<Status, ListFault> {
        let serial = fewest_octets(serial);
        let mut found = Status::Good;
        let mut entries = Reader::der(&self.0.signed.contents()[self.0.entries.clone()]);
        while !entries.is_empty() {
            let mut entry = entries.expect(tag::SEQUENCE)?.children()?;
            let is_wanted = entry.expect(tag::INTEGER)?.integer()? == serial;
            let from = entry.read()?;
            let mut reason = None;
            if let Some(extensions) = entry.optional(tag::SEQUENCE)? {
                for extension in extensions.children()?.elements()? {
                    let Extension { oid, critical, value } = Extension::read(extension)?;
                    if oid == rfc5280::ID_CE_CRL_REASONS {
                        reason = Some(value);
                    } else if critical {
                        return Err(ListFault::CriticalExtension);
                    }
                }
            }
            if is_wanted {
                let from = from.moment()?.time;
                // A reason that cannot be read leaves it revoked.
                let reason = reason.and_then(|value| CrlReason::from_der(&value).ok());
                // Among changes, an entry may say that there is none any more (RFC 5280, 5.3.1).
                if reason == Some(CrlReason::RemoveFromCRL) && self.0.extent == Extent::Entries {
                    continue;
                }
                found = found.with(Status::since(from, reason));
            }
        }
        Ok(found)
    }
}

impl Fields {
    /// ```text
    /// CertificateList ::= SEQUENCE { tbsCertList, signatureAlgorithm, signatureValue BIT STRING }
    /// TBSCertList ::= SEQUENCE { version INTEGER OPTIONAL, signature AlgorithmIdentifier, issuer Name, thisUpdate Time,
    ///     nextUpdate Time OPTIONAL, revokedCertificates SEQUENCE OF SEQUENCE { userCertificate INTEGER,
    ///     revocationDate Time, crlEntryExtensions OPTIONAL } OPTIONAL, crlExtensions [0] EXPLICIT OPTIONAL }
    /// ```
    fn parse(der: &[u8]) -> Result<Self, DerError> {
        let signed = Signed::parse(der)?;
        signed.rest().finish()?;
        let mut fields = signed.fields()?;
        fields.optional(tag::INTEGER)?;
        if fields.expect(tag::SEQUENCE)?.encoded() != signed.algorithm() {
            return Err(DerError::Value);
        }
        let issuer = Name::parse(fields.expect(tag::SEQUENCE)?)?;
        let this_update = fields.read()?.moment()?.time;
        let next_update = match fields.peek() {
            Some(tag::UTC_TIME | tag::GENERALIZED_TIME) => Some(fields.read()?.moment()?.time),
            _ => None,
        };
        let revoked = fields.optional(tag::SEQUENCE)?;
        let extensions = fields.optional(tag::context_constructed(0))?;
        fields.finish()?;

        // The entries end where the extensions begin, and these end the list.
        let entries_end = signed.contents().len() - extensions.map_or(0, |extensions| extensions.encoded().len());
        let entries = revoked.map_or(0..0, |list| entries_end - list.content().len()..entries_end);
        let mut number = None;
        let mut scope = Scope::All;
        let mut extent = Extent::Whole;
        let mut points = Vec::new();
        let mut keeps_ended_from = None;
        if let Some(extensions) = extensions {
            for extension in extensions.only_child()?.sequence()?.elements()? {
                let Extension { oid, critical, value } = Extension::read(extension)?;
                match oid {
                    rfc5280::ID_CE_CRL_NUMBER => {
                        // It is told on as it stands, and nothing is counted by it: some are negative.
                        let contents = Element::parse(&value, tag::INTEGER)?.content();
                        number = Some(contents.to_vec());
                    }
                    rfc5280::ID_CE_ISSUING_DISTRIBUTION_POINT => {
                        let point = IssuingPoint::parse(&value)?;
                        points = point.names;
                        scope = scope.within(point.scope);
                        extent = extent.and(point.extent);
                    }
                    KEEPS_ENDED if !critical => {
                        keeps_ended_from = Some(Element::parse(&value, tag::GENERALIZED_TIME)?.moment()?.time);
                    }
                    DELTA => extent = extent.and(Extent::Entries),
                    rfc5280::ID_CE_AUTHORITY_KEY_IDENTIFIER => {}
                    _ if critical => extent = Extent::Unknown,
                    _ => {}
                }
            }
        }
        Ok(Self {
            issuer,
            this_update,
            next_update,
            number,
            entries,
            scope,
            extent,
            points,
            keeps_ended_from,
            signed,
        })
    }
}

/// `id-ce-deltaCRLIndicator`
const DELTA: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.27");
/// `id-ce-expiredCertsOnCRL`
const KEEPS_ENDED: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.60");

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;
    use crate::der::{element, object_identifier, octet_string, sequence};

    /// A list with these entries, that nobody signed.
    fn list(entries: &[Vec<u8>]) -> Crl {
        let algorithm = sequence(&[&object_identifier(ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2"))]);
        let entries: Vec<&[u8]> = entries.iter().map(Vec::as_slice).collect();
        let contents = sequence(&[
            &element(tag::INTEGER, &[&[1]]),
            &algorithm,
            &sequence(&[]),
            &element(tag::UTC_TIME, &[b"260101000000Z"]),
            &sequence(&entries),
        ]);
        let value = element(tag::BIT_STRING, &[&[0, 1]]);
        Crl::parse(&sequence(&[&contents, &algorithm, &value])).unwrap()
    }

    fn entry(serial: &[u8], time: &[u8], reason: Option<u8>) -> Vec<u8> {
        let reason = reason.map(|reason| {
            let value = octet_string(&element(tag::ENUMERATED, &[&[reason]]));
            sequence(&[&sequence(&[&object_identifier(rfc5280::ID_CE_CRL_REASONS), &value])])
        });
        sequence(&[
            &element(tag::INTEGER, &[serial]),
            &element(tag::UTC_TIME, &[time]),
            &reason.unwrap_or_default(),
        ])
    }

    /// The beginning of a day of January 2020.
    fn january(day: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_577_836_800 + (day - 1) * 86_400)
    }

    #[test]
    fn of_several_entries_for_a_certificate_the_earliest_counts_and_no_hold_softens_a_revocation() {
        let later = entry(&[7], b"200109000000Z", None);
        let earlier = entry(&[7], b"200102000000Z", Some(1));
        let other = entry(&[8], b"200101000000Z", None);
        let hold = entry(&[7], b"200103000000Z", Some(6));
        let revoked = |day| Ok(Status::Revoked { from: january(day) });
        assert_eq!(
            list(&[other.clone(), later.clone(), earlier.clone()]).status(&[7]),
            revoked(2)
        );
        assert_eq!(list(&[earlier, later.clone(), other.clone()]).status(&[7]), revoked(2));
        assert_eq!(list(&[hold.clone(), later.clone()]).status(&[7]), revoked(3));
        assert_eq!(list(&[later, hold.clone()]).status(&[7]), revoked(3));
        assert_eq!(list(&[hold]).status(&[7]), Ok(Status::Suspended { from: january(3) }));
        assert_eq!(list(&[other]).status(&[7]), Ok(Status::Good));
    }

    #[test]
    fn a_serial_number_that_is_no_der_makes_the_list_tell_nothing() {
        let odd = entry(&[0, 7], b"200102000000Z", None);
        assert!(list(std::slice::from_ref(&odd)).status(&[7]).is_err());
        assert!(list(&[odd]).status(&[9]).is_err());
        assert!(list(&[entry(&[], b"200102000000Z", None)]).status(&[7]).is_err());
        // A certificate whose own number is written so is found by its value.
        let list = list(&[
            entry(&[7], b"200102000000Z", None),
            entry(&[0, 0x80], b"200103000000Z", None),
            entry(&[0x81], b"200104000000Z", None),
        ]);
        assert_eq!(list.status(&[0, 7]), Ok(Status::Revoked { from: january(2) }));
        assert_eq!(list.status(&[0, 0x80]), Ok(Status::Revoked { from: january(3) }));
        assert_eq!(list.status(&[0xFF, 0x81]), Ok(Status::Revoked { from: january(4) }));
    }
}
