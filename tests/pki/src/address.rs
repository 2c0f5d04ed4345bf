//! Where certificates say that the services of their authority are.

use const_oid::db::{rfc5280, rfc5912};
use der::{Any, Decode};
use x509_cert::ext::Extension;

use crate::encode::{element, oid, sequence};
use crate::{PkiError, extension};

/// What the addresses in certificates of [`crate::CaOptions::with_services`] begin with.
pub(crate) const ADDRESS: &str = "http://pki.test.invalid";

/// Address of the service that answers about certificates, and of the issuer's certificate (RFC 5280, 4.2.2.1); address
/// of the issuer's list (4.2.1.13).
pub(crate) fn addresses(address: &str, issuer: &str, with_answers: bool) -> Result<Vec<Extension>, PkiError> {
    let uri = |path: &str| element(0x86, &[address.as_bytes(), b"/", path.as_bytes()]);
    let mut access = Vec::new();
    if with_answers {
        access.push(sequence(&[&oid("1.3.6.1.5.5.7.48.1"), &uri("ocsp")]));
    }
    access.push(sequence(&[&oid("1.3.6.1.5.5.7.48.2"), &uri(&format!("{issuer}.crt"))]));
    let access = sequence(&access.iter().map(Vec::as_slice).collect::<Vec<_>>());
    let list = uri(&format!("{issuer}.crl"));
    let points = sequence(&[&sequence(&[&element(0xA0, &[&element(0xA0, &[&list])])])]);
    Ok(vec![
        extension::extension(rfc5912::ID_PE_AUTHORITY_INFO_ACCESS, false, &Any::from_der(&access)?)?,
        extension::extension(rfc5280::ID_CE_CRL_DISTRIBUTION_POINTS, false, &Any::from_der(&points)?)?,
    ])
}

/// What the address of a root's certificate begins with, in the extension that [`addresses`] made.
pub(crate) fn address(extension: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(extension);
    let from = text.find("http")?;
    let to = text.rfind("/root.crt")?;
    text.get(from..to).map(str::to_owned)
}
