//! The evidence about the state of certificates that signed data have beside their signatures.

use super::oid;
use super::report::Finding;
use super::signed_data::SignedData;
use crate::certificate::crl::Crl;
use crate::certificate::ocsp::{self, OcspAnswer};
use crate::certificate::revocation::Evidence;
use crate::der::tag;

/// `RevocationInfoChoice ::= CHOICE { crl CertificateList, other [1] SEQUENCE { otherRevInfoFormat OBJECT IDENTIFIER,
/// otherRevInfo ANY } }` (RFC 5652, 10.2.1)
pub(super) fn read_revocations(signed_data: &SignedData<'_>, findings: &mut Vec<Finding>) -> Evidence {
    let mut evidence = Evidence::default();
    for element in &signed_data.revocations {
        let read = || -> Option<()> {
            if element.tag() == tag::SEQUENCE {
                evidence.lists.push(Crl::parse(element.encoded()).ok()?);
                return Some(());
            }
            if element.tag() != tag::context_constructed(1) {
                return None;
            }
            let mut parts = element.children().ok()?;
            let format = parts.expect(tag::OBJECT_IDENTIFIER).ok()?.object_identifier().ok()?;
            let answer = parts.expect(tag::SEQUENCE).ok()?.encoded();
            parts.finish().ok()?;
            evidence.answers.push(match format {
                oid::OCSP_RESPONSE => OcspAnswer::parse(answer).ok()?,
                ocsp::BASIC => OcspAnswer::parse_basic(answer).ok()?,
                _ => return None,
            });
            Some(())
        };
        if { read }().is_none() {
            findings.push(Finding::RevocationUnreadable);
        }
    }
    if signed_data.has_odd_revocations {
        findings.push(Finding::RevocationUnreadable);
    }
    evidence
}
