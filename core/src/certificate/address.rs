//! Where a certificate says more is to be had: answers about its state, its issuer, lists of revoked certificates.

use const_oid::ObjectIdentifier;
use const_oid::db::{rfc5280, rfc5912};

use super::Certificate;
use crate::der::{DerError, Element, Reader, tag};

/// A certificate names few addresses, and a hostile one does not get us to try many.
const MAX_ADDRESSES: usize = 4;

impl Certificate {
    /// The addresses of OCSP responders (RFC 5280, 4.2.2.1), HTTP alone.
    #[must_use]
    pub fn ocsp_addresses(&self) -> Vec<String> {
        self.access(rfc5912::ID_AD_OCSP)
    }

    /// The addresses of the issuer's certificate (RFC 5280, 4.2.2.1), HTTP alone.
    #[must_use]
    pub fn issuer_addresses(&self) -> Vec<String> {
        self.access(rfc5912::ID_AD_CA_ISSUERS)
    }

    /// The addresses of the issuer's list of revoked certificates (RFC 5280, 4.2.1.13), HTTP alone.
    #[must_use]
    pub fn crl_addresses(&self) -> Vec<String> {
        let points = self.crl_points();
        let read = |point: &Vec<u8>| address(&Reader::der(point).read().ok()?);
        points.iter().filter_map(read).take(MAX_ADDRESSES).collect()
    }

    /// Every name of every point where lists are published, as it stands.
    pub(crate) fn crl_points(&self) -> Vec<Vec<u8>> {
        let read = |value| -> Result<Vec<Vec<u8>>, DerError> {
            let mut names = Vec::new();
            for point in Element::parse(value, tag::SEQUENCE)?.children()?.elements()? {
                // DistributionPoint ::= SEQUENCE { distributionPoint [0] DistributionPointName OPTIONAL, … }
                if let Some(name) = point.sequence()?.optional(tag::context_constructed(0))? {
                    names.extend(point_names(name)?);
                }
            }
            Ok(names)
        };
        let points = self.extension(rfc5280::ID_CE_CRL_DISTRIBUTION_POINTS).map(read);
        points.and_then(Result::ok).unwrap_or_default()
    }

    /// Whether it says who tells whether it was revoked, by whatever way that is to be reached.
    pub(crate) fn names_teller(&self) -> bool {
        self.extension(rfc5280::ID_CE_CRL_DISTRIBUTION_POINTS).is_some() || !self.ocsp_addresses().is_empty()
    }

    /// `AuthorityInfoAccessSyntax ::= SEQUENCE OF SEQUENCE { accessMethod OBJECT IDENTIFIER, accessLocation GeneralName }`
    fn access(&self, method: ObjectIdentifier) -> Vec<String> {
        let read = |value| -> Result<Vec<String>, DerError> {
            let mut addresses = Vec::new();
            for description in Element::parse(value, tag::SEQUENCE)?.children()?.elements()? {
                let mut parts = description.sequence()?;
                if parts.expect(tag::OBJECT_IDENTIFIER)?.object_identifier()? == method {
                    addresses.extend(address(&parts.read()?));
                }
            }
            Ok(addresses)
        };
        bounded(self.extension(rfc5912::ID_PE_AUTHORITY_INFO_ACCESS).map(read))
    }
}

/// The full names in `DistributionPointName ::= CHOICE { fullName [0] GeneralNames, nameRelativeToCRLIssuer [1] }`, as they
/// stand.
pub(super) fn point_names(name: Element<'_>) -> Result<Vec<Vec<u8>>, DerError> {
    let Some(full_name) = name.children()?.optional(tag::context_constructed(0))? else {
        return Ok(Vec::new());
    };
    let names = full_name.children()?.elements()?;
    Ok(names.iter().map(|name| name.encoded().to_vec()).collect())
}

fn bounded(addresses: Option<Result<Vec<String>, DerError>>) -> Vec<String> {
    let mut addresses = addresses.and_then(Result::ok).unwrap_or_default();
    addresses.truncate(MAX_ADDRESSES);
    addresses
}

/// `uniformResourceIdentifier [6]` of a GeneralName, where it is HTTP.
fn address(general_name: &Element<'_>) -> Option<String> {
    if general_name.tag() != tag::context(6) || !general_name.content().is_ascii() {
        return None;
    }
    let address = std::str::from_utf8(general_name.content()).ok()?;
    (address.starts_with("http://") || address.starts_with("https://")).then(|| address.to_owned())
}
