//! Certificates and lists as servers publish them: in DER as they should (RFC 5280, 4.2.1.13 and 4.2.2.1), in PEM as many do,
//! and certificates within a CMS that nobody signed (RFC 5280, 4.2.2.1; RFC 5652, 5).

use const_oid::db::rfc5911;

use super::crl::Crl;
use super::{Certificate, pem};
use crate::der::{DerError, Reader, tag};

/// An issuer has few certificates, and a hostile server does not get us to read many.
const MAX_PUBLISHED: usize = 20;

/// The certificates of an answer; none where it has none that can be read.
pub(crate) fn certificates(octets: &[u8]) -> Vec<Certificate> {
    let mut found = of_document(octets);
    let blocks = pem::blocks(octets, &["CERTIFICATE", "X509 CERTIFICATE", "PKCS7", "CMS"]);
    for block in blocks.flatten().take(MAX_PUBLISHED) {
        found.extend(of_document(&block));
    }
    found.truncate(MAX_PUBLISHED);
    found
}

fn of_document(octets: &[u8]) -> Vec<Certificate> {
    match Certificate::parse(octets) {
        Ok(certificate) => vec![certificate],
        Err(_) => of_cms(octets).unwrap_or_default(),
    }
}

/// The list of an answer.
pub(crate) fn list(octets: &[u8]) -> Option<Crl> {
    let block = || pem::blocks(octets, &["X509 CRL", "CRL"]).flatten().next();
    Crl::parse(octets).ok().or_else(|| Crl::parse(&block()?).ok())
}

/// ```text
/// ContentInfo ::= SEQUENCE { contentType OBJECT IDENTIFIER, content [0] EXPLICIT SEQUENCE { version INTEGER,
///     digestAlgorithms SET, encapContentInfo SEQUENCE, certificates [0] IMPLICIT SET OPTIONAL, … } }
/// ```
fn of_cms(octets: &[u8]) -> Result<Vec<Certificate>, DerError> {
    let mut content_info = Reader::ber(octets).expect(tag::SEQUENCE)?.children()?;
    if content_info.expect(tag::OBJECT_IDENTIFIER)?.object_identifier()? != rfc5911::ID_SIGNED_DATA {
        return Err(DerError::Value);
    }
    let content = content_info.expect(tag::context_constructed(0))?;
    let mut parts = content.children()?.expect(tag::SEQUENCE)?.children()?;
    parts.expect(tag::INTEGER)?;
    parts.expect(tag::SET)?;
    parts.expect(tag::SEQUENCE)?;
    let Some(certificates) = parts.optional(tag::context_constructed(0))? else {
        return Ok(Vec::new());
    };
    let mut certificates = certificates.children()?;
    let mut found = Vec::new();
    while !certificates.is_empty() && found.len() < MAX_PUBLISHED {
        found.extend(Certificate::parse(certificates.read()?.encoded()));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use basvuru_test_pki::Authority;

    use super::*;
    use crate::der::{context, element, integer, object_identifier, sequence};

    fn in_pem(label: &str, octets: &[u8]) -> Vec<u8> {
        let body = STANDARD.encode(octets);
        let lines: Vec<&str> = body
            .as_bytes()
            .chunks(64)
            .map(|line| std::str::from_utf8(line).unwrap())
            .collect();
        format!(
            "text before\r\n-----BEGIN {label}-----\r\n{}\r\n-----END {label}-----\r\n",
            lines.join("\r\n")
        )
        .into()
    }

    fn in_cms(certificates: &[&[u8]], more: &[u8]) -> Vec<u8> {
        let data = sequence(&[&object_identifier(rfc5911::ID_DATA)]);
        let set = element(tag::SET, &[]);
        let parts: [&[u8]; 6] = [&integer(1), &set, &data, &context(0, certificates), more, &set];
        sequence(&[
            &object_identifier(rfc5911::ID_SIGNED_DATA),
            &context(0, &[&sequence(&parts)]),
        ])
    }

    #[test]
    fn certificates_are_found_in_der_in_pem_and_in_cms() {
        let authority = Authority::new().unwrap();
        let (root, issuing) = (authority.root_der(), authority.issuing_der());
        let serials =
            |octets: &[u8]| -> Vec<String> { certificates(octets).iter().map(Certificate::serial_hex).collect() };
        let serial = |der| Certificate::parse(der).unwrap().serial_hex();
        let both = vec![serial(issuing), serial(root)];
        let one = vec![serial(root)];
        assert_eq!(serials(root), one);
        assert_eq!(serials(&in_pem("CERTIFICATE", root)), one);
        assert_eq!(
            serials(&[in_pem("CERTIFICATE", issuing), in_pem("CERTIFICATE", root)].concat()),
            both
        );
        let cms = in_cms(&[issuing, root], &[]);
        assert_eq!(serials(&cms), both);
        assert_eq!(serials(&in_pem("PKCS7", &cms)), both);
        // What stands beside them is passed over, and so is what is no certificate.
        assert_eq!(serials(&in_cms(&[&sequence(&[]), root], &context(1, &[]))), one);
        // BER, as some servers write it: lengths left open.
        let inner = &cms[4..];
        let open = [&[0x30, 0x80][..], inner, &[0, 0]].concat();
        assert_eq!(serials(&open), both);
        for none in [&b""[..], b"<html>", &in_pem("CERTIFICATE", b"x"), &in_cms(&[], &[])] {
            assert!(serials(none).is_empty());
        }
    }

    #[test]
    fn a_server_gives_no_more_certificates_than_are_read() {
        let authority = Authority::new().unwrap();
        let many = vec![authority.root_der(); MAX_PUBLISHED + 5];
        assert_eq!(certificates(&in_cms(&many, &[])).len(), MAX_PUBLISHED);
        let many = many
            .iter()
            .flat_map(|der| in_pem("CERTIFICATE", der))
            .collect::<Vec<_>>();
        assert_eq!(certificates(&many).len(), MAX_PUBLISHED);
    }
}
