//! What an authority answers over the network, as pure functions of a request and a moment: time-stamps (RFC 3161),
//! the state of certificates (RFC 6960), lists of revoked certificates (RFC 5280, 5), certificates.

mod certificate;

use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use const_oid::db::rfc5280;
use der::asn1::{BitString, OctetString};
use der::{Decode, Encode};
use sha2::{Digest, Sha256};
use x509_cert::Certificate;
use x509_cert::Version;
use x509_cert::crl::{CertificateList, RevokedCert, TbsCertList};
use x509_cert::ext::Extension;
use x509_cert::serial_number::SerialNumber;

use crate::encode::{attribute, children, element, generalized_time, octets, oid, sequence, set};
use crate::template::time;
use crate::{Authority, Issued, PkiError, PrivateKey, extension};

const DAY: Duration = Duration::from_secs(86_400);
const TIMESTAMP_TOKEN: &str = "1.2.840.113549.1.9.16.1.4";
const SIGNED_DATA: &str = "1.2.840.113549.1.7.2";
const SHA_256: &str = "2.16.840.1.101.3.4.2.1";
const SHA_384: &str = "2.16.840.1.101.3.4.2.2";
const SHA_512: &str = "2.16.840.1.101.3.4.2.3";

/// What is to be odd or wrong about the answers.
#[derive(Debug, Clone, Default)]
pub struct ServiceOptions {
    /// Digits behind the second in time-stamps, such as `.25`.
    pub fraction: String,
    /// Time-stamps another digest than the one asked for.
    pub timestamps_another_digest: bool,
    /// Breaks the signature of time-stamps.
    pub breaks_timestamps: bool,
    /// The time-stamping certificate is not for time-stamping.
    pub timestamping_not_allowed: bool,
    /// From when until when the time-stamping certificate is valid; as long as its issuer's where not given.
    pub timestamping_validity: Option<(SystemTime, SystemTime)>,
    /// Breaks the signature of the time-stamping certificate.
    pub breaks_timestamping_certificate: bool,
    /// Breaks the signature of answers about certificates, and of lists.
    pub breaks_revocation: bool,
    /// Answers about certificates are signed by a certificate that is not for it.
    pub responding_not_allowed: bool,
    /// From when until when the certificate is valid that answers are signed by; as long as its issuer's where not given.
    pub responding_validity: Option<(SystemTime, SystemTime)>,
    /// Answers speak of another certificate than the one asked for.
    pub answers_for_another: bool,
    /// What the holders' list has beside its number, in this order.
    pub list_extensions: Vec<Extension>,
    /// What every entry of that list has.
    pub entry_extensions: Vec<Extension>,
    /// How long answers and lists were made before they are asked for.
    pub age: Duration,
    /// How long answers and lists are good for; a day where zero.
    pub lifetime: Duration,
}

/// The services of an authority: `/tsa`, `/ocsp`, `/issuing.crl`, `/root.crl`, `/issuing.crt`, `/root.crt`.
#[derive(Debug)]
pub struct Services {
    authority: Authority,
    timestamping: Issued,
    responding: Issued,
    options: ServiceOptions,
    revoked: Mutex<Vec<OutOfUse>>,
}

/// A certificate that may not be used.
#[derive(Debug, Clone)]
struct OutOfUse {
    serial: SerialNumber,
    from: SystemTime,
    on_hold: bool,
}

/// `CRLReason ::= ENUMERATED { …, certificateHold (6), … }` (RFC 5280, 5.3.1).
const CERTIFICATE_HOLD: [u8; 3] = [0x0A, 1, 6];

impl Services {
    /// Issues the certificates of the services.
    ///
    /// # Errors
    /// [`PkiError`] where a certificate cannot be encoded.
    pub fn new(authority: Authority, options: ServiceOptions) -> Result<Self, PkiError> {
        let timestamping_purpose = if options.timestamping_not_allowed {
            rfc5280::ID_KP_OCSP_SIGNING
        } else {
            rfc5280::ID_KP_TIME_STAMPING
        };
        let responding_purpose = if options.responding_not_allowed {
            rfc5280::ID_KP_TIME_STAMPING
        } else {
            rfc5280::ID_KP_OCSP_SIGNING
        };
        let issue = |name, purpose, validity| certificate::issue(&authority, name, purpose, validity);
        let validity = options.timestamping_validity;
        let mut timestamping = issue("TEST Zaman Damgası Sunucusu", timestamping_purpose, validity)?;
        if options.breaks_timestamping_certificate {
            *timestamping.certificate_der.last_mut().ok_or_else(malformed)? ^= 1;
        }
        let responding = issue("TEST ÇiSDuP Sunucusu", responding_purpose, options.responding_validity)?;
        Ok(Self {
            authority,
            timestamping,
            responding,
            options,
            revoked: Mutex::new(Vec::new()),
        })
    }

    /// The authority behind the services.
    #[must_use]
    pub fn authority(&self) -> &Authority {
        &self.authority
    }

    /// The certificate time-stamps are signed with, DER.
    #[must_use]
    pub fn timestamping_certificate(&self) -> &[u8] {
        &self.timestamping.certificate_der
    }

    /// The certificate answers are signed with, DER.
    #[must_use]
    pub fn responding_certificate(&self) -> &[u8] {
        &self.responding.certificate_der
    }

    /// The key time-stamps are signed with.
    #[must_use]
    pub fn timestamping_key(&self) -> &PrivateKey {
        &self.timestamping.private_key
    }

    /// Revokes a certificate from a moment on.
    ///
    /// # Errors
    /// [`PkiError::Der`] where it is no certificate.
    pub fn revoke(&self, certificate_der: &[u8], from: SystemTime) -> Result<(), PkiError> {
        self.take_out_of_use(certificate_der, from, false)
    }

    /// Suspends a certificate from a moment on (certificateHold).
    ///
    /// # Errors
    /// [`PkiError::Der`] where it is no certificate.
    pub fn suspend(&self, certificate_der: &[u8], from: SystemTime) -> Result<(), PkiError> {
        self.take_out_of_use(certificate_der, from, true)
    }

    /// Lifts the suspension of a certificate, or its revocation.
    ///
    /// # Errors
    /// [`PkiError::Der`] where it is no certificate.
    pub fn reinstate(&self, certificate_der: &[u8]) -> Result<(), PkiError> {
        let serial = Certificate::from_der(certificate_der)?.tbs_certificate.serial_number;
        self.out_of_use().retain(|entry| entry.serial != serial);
        Ok(())
    }

    fn take_out_of_use(&self, certificate_der: &[u8], from: SystemTime, on_hold: bool) -> Result<(), PkiError> {
        let serial = Certificate::from_der(certificate_der)?.tbs_certificate.serial_number;
        self.out_of_use().push(OutOfUse { serial, from, on_hold });
        Ok(())
    }

    fn out_of_use(&self) -> std::sync::MutexGuard<'_, Vec<OutOfUse>> {
        self.revoked.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Answers a request to an address by its path: the body for POST, nothing for GET. [`None`] is what a web server would
    /// call not found.
    ///
    /// # Errors
    /// [`PkiError`] where the request is malformed.
    pub fn respond(&self, url: &str, body: &[u8], now: SystemTime) -> Result<Option<Vec<u8>>, PkiError> {
        let path = url.rsplit('/').next().unwrap_or_default();
        Ok(Some(match path {
            "tsa" => self.timestamp(body, now)?,
            "ocsp" => self.answer(body, now)?,
            "issuing.crl" => self.list(true, now)?,
            "root.crl" => self.list(false, now)?,
            "issuing.crt" => self.authority.issuing_der().to_vec(),
            "root.crt" => self.authority.root_der().to_vec(),
            _ => return Ok(None),
        }))
    }

    /// `TimeStampReq ::= SEQUENCE { version, messageImprint, reqPolicy OPTIONAL, nonce OPTIONAL, certReq DEFAULT FALSE }`
    fn timestamp(&self, request: &[u8], now: SystemTime) -> Result<Vec<u8>, PkiError> {
        let parts = children(request)?;
        let [_, imprint, rest @ ..] = &parts[..] else {
            return Err(malformed());
        };
        let nonce = rest.iter().find(|part| part[0] == 0x02).cloned().unwrap_or_default();
        let mut imprint = imprint.clone();
        if self.options.timestamps_another_digest {
            *imprint.last_mut().ok_or_else(malformed)? ^= 1;
        }
        let info = sequence(&[
            &[2, 1, 1],
            &oid("2.16.792.9.9.1"),
            &imprint,
            &element(0x02, &[&random_serial()]),
            &generalized_time(now, &self.options.fraction)?,
            &nonce,
        ]);
        let token = self.token(&info)?;
        // Without a signature there is no answer; the status is granted(0).
        Ok(sequence(&[&sequence(&[&[2, 1, 0]]), &token]))
    }

    /// A ContentInfo of SignedData around TSTInfo (RFC 5652, 5; RFC 3161, 2.4.2).
    fn token(&self, info: &[u8]) -> Result<Vec<u8>, PkiError> {
        let key = &self.timestamping.private_key;
        let certificate = &self.timestamping.certificate_der;
        let (digest_oid, digest) = digest_for(key, info);
        let certificate_id = sequence(&[&octets(&Sha256::digest(certificate))]);
        let attributes = [
            attribute("1.2.840.113549.1.9.3", &oid(TIMESTAMP_TOKEN)),
            attribute("1.2.840.113549.1.9.4", &octets(&digest)),
            attribute(
                "1.2.840.113549.1.9.16.2.47",
                &sequence(&[&sequence(&[&certificate_id])]),
            ),
        ];
        let mut signed = set(&attributes.iter().map(Vec::as_slice).collect::<Vec<_>>());
        let mut value = key.sign(&signed)?;
        if self.options.breaks_timestamps {
            *value.last_mut().ok_or_else(malformed)? ^= 1;
        }
        signed[0] = 0xA0;
        let decoded = Certificate::from_der(certificate)?.tbs_certificate;
        let digest_algorithm = sequence(&[&oid(digest_oid)]);
        let signer = sequence(&[
            &[2, 1, 1],
            &sequence(&[&decoded.issuer.to_der()?, &decoded.serial_number.to_der()?]),
            &digest_algorithm,
            &signed,
            &key.signature_algorithm()?.to_der()?,
            &octets(&value),
        ]);
        let signed_data = sequence(&[
            &[2, 1, 3],
            &set(&[&digest_algorithm]),
            &sequence(&[&oid(TIMESTAMP_TOKEN), &element(0xA0, &[&octets(info)])]),
            &element(0xA0, &[certificate]),
            &set(&[&signer]),
        ]);
        Ok(sequence(&[&oid(SIGNED_DATA), &element(0xA0, &[&signed_data])]))
    }

    /// `OCSPRequest ::= SEQUENCE { tbsRequest SEQUENCE { requestList SEQUENCE OF SEQUENCE { reqCert CertID }, … } }`
    fn answer(&self, request: &[u8], now: SystemTime) -> Result<Vec<u8>, PkiError> {
        let made = now - self.options.age;
        let to_be_signed = children(request)?.into_iter().next().ok_or_else(malformed)?;
        let parts = children(&to_be_signed)?;
        let list = parts.iter().find(|part| part[0] == 0x30).ok_or_else(malformed)?;
        let extensions = parts.iter().find(|part| part[0] == 0xA2);
        let first = children(list)?.into_iter().next().ok_or_else(malformed)?;
        let mut certificate_id = children(&first)?.into_iter().next().ok_or_else(malformed)?;
        let serial = children(&certificate_id)?.into_iter().nth(3).ok_or_else(malformed)?;
        if self.options.answers_for_another {
            *certificate_id.last_mut().ok_or_else(malformed)? ^= 1;
        }
        let serial = SerialNumber::from_der(&serial)?;
        let entry = self.out_of_use().iter().find(|entry| entry.serial == serial).cloned();
        let status = match entry {
            Some(OutOfUse { from, on_hold, .. }) => {
                let reason = element(0xA0, &[&CERTIFICATE_HOLD]);
                let reason = if on_hold { reason } else { Vec::new() };
                element(0xA1, &[&generalized_time(from, "")?, &reason])
            }
            None => element(0x80, &[]),
        };
        let single = sequence(&[
            &certificate_id,
            &status,
            &generalized_time(made, "")?,
            &element(0xA0, &[&generalized_time(made + self.lifetime(), "")?]),
        ]);
        let responder = Certificate::from_der(&self.responding.certificate_der)?.tbs_certificate;
        // A nonce is given back as it came.
        let extensions = extensions
            .map(|nonce| element(0xA1, &[&nonce[2..]]))
            .unwrap_or_default();
        let data = sequence(&[
            &element(0xA1, &[&responder.subject.to_der()?]),
            &generalized_time(made, "")?,
            &sequence(&[&single]),
            &extensions,
        ]);
        let key = &self.responding.private_key;
        let signature = self.bits(key, &data)?;
        let basic = sequence(&[
            &data,
            &key.signature_algorithm()?.to_der()?,
            &signature.to_der()?,
            &element(0xA0, &[&sequence(&[&self.responding.certificate_der])]),
        ]);
        let bytes = sequence(&[&oid("1.3.6.1.5.5.7.48.1.1"), &octets(&basic)]);
        Ok(sequence(&[&[0x0A, 1, 0], &element(0xA0, &[&bytes])]))
    }

    /// The list of an authority's revoked certificates; all revoked ones stand in both lists.
    fn list(&self, issuing: bool, now: SystemTime) -> Result<Vec<u8>, PkiError> {
        let made = now - self.options.age;
        let (issuer, key) = if issuing {
            (self.authority.issuing_der(), self.authority.issuing_key())
        } else {
            (self.authority.root_der(), self.authority.root_key())
        };
        let issuer = Certificate::from_der(issuer)?.tbs_certificate;
        let revoked = self.out_of_use().clone();
        let mut entries = Vec::new();
        for OutOfUse { serial, from, on_hold } in revoked {
            let mut extensions = Vec::new();
            if on_hold {
                extensions.push(Extension {
                    extn_id: rfc5280::ID_CE_CRL_REASONS,
                    critical: false,
                    extn_value: OctetString::new(CERTIFICATE_HOLD)?,
                });
            }
            if issuing {
                extensions.extend(self.options.entry_extensions.iter().cloned());
            }
            entries.push(RevokedCert {
                serial_number: serial,
                revocation_date: time(from)?,
                crl_entry_extensions: (!extensions.is_empty()).then_some(extensions),
            });
        }
        let key_identifier = x509_cert::ext::pkix::AuthorityKeyIdentifier {
            key_identifier: Some(extension::key_identifier(&issuer.subject_public_key_info)?),
            ..Default::default()
        };
        let mut extensions = vec![
            extension::extension(rfc5280::ID_CE_AUTHORITY_KEY_IDENTIFIER, false, &key_identifier)?,
            extension::extension(rfc5280::ID_CE_CRL_NUMBER, false, &7_u8)?,
        ];
        if issuing {
            extensions.extend(self.options.list_extensions.iter().cloned());
        }
        let contents = TbsCertList {
            version: Version::V2,
            signature: key.signature_algorithm()?,
            issuer: issuer.subject,
            this_update: time(made)?,
            next_update: Some(time(made + self.lifetime())?),
            revoked_certificates: (!entries.is_empty()).then_some(entries),
            crl_extensions: Some(extensions),
        };
        let signature = self.bits(key, &contents.to_der()?)?;
        let signature_algorithm = key.signature_algorithm()?;
        Ok(CertificateList {
            tbs_cert_list: contents,
            signature_algorithm,
            signature,
        }
        .to_der()?)
    }

    fn bits(&self, key: &PrivateKey, message: &[u8]) -> Result<BitString, PkiError> {
        let mut value = key.sign(message)?;
        if self.options.breaks_revocation {
            *value.last_mut().ok_or_else(malformed)? ^= 1;
        }
        Ok(BitString::from_bytes(&value)?)
    }

    fn lifetime(&self) -> Duration {
        if self.options.lifetime.is_zero() {
            DAY
        } else {
            self.options.lifetime
        }
    }
}

fn digest_for(key: &PrivateKey, message: &[u8]) -> (&'static str, Vec<u8>) {
    match key {
        PrivateKey::P384(_) => (SHA_384, sha2::Sha384::digest(message).to_vec()),
        PrivateKey::P521(_) => (SHA_512, sha2::Sha512::digest(message).to_vec()),
        PrivateKey::P256(_) | PrivateKey::Rsa(_) | PrivateKey::RsaPss(_) => (SHA_256, Sha256::digest(message).to_vec()),
    }
}

fn random_serial() -> [u8; 8] {
    use rand_core::RngCore;
    let mut serial = [0; 8];
    rand_core::OsRng.fill_bytes(&mut serial);
    serial[0] = serial[0] & 0x7F | 0x40;
    serial
}

fn malformed() -> PkiError {
    PkiError::Der(der::ErrorKind::Failed.into())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;
    use std::process::Command;

    use super::*;
    use crate::{CaOptions, Holder, IssueOptions, KeyKind};

    fn openssl(folder: &Path, arguments: &str) -> String {
        let output = Command::new("openssl")
            .current_dir(folder)
            .args(arguments.split_whitespace())
            .output()
            .unwrap();
        let text = [output.stdout, output.stderr].concat();
        format!("{} {}", output.status.success(), String::from_utf8_lossy(&text))
    }

    #[test]
    fn openssl_accepts_time_stamps_lists_and_answers() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        let authority = Authority::with_options(&CaOptions::default().with_services()).unwrap();
        authority.save(path).unwrap();
        fs::write(path.join("chain.pem"), authority.chain_pem().unwrap()).unwrap();
        let holder = Holder::new("Ayşe", "Yılmaz", "10000000146");
        let issued = authority
            .issue(&holder, KeyKind::P256, &IssueOptions::default())
            .unwrap();
        let pem = |octets: &[u8]| der::pem::encode_string("CERTIFICATE", der::pem::LineEnding::LF, octets).unwrap();
        fs::write(path.join("holder.pem"), pem(&issued.certificate_der)).unwrap();
        let services = Services::new(authority, ServiceOptions::default()).unwrap();
        let now = SystemTime::now();

        fs::write(path.join("data"), b"content").unwrap();
        let made = openssl(path, "ts -query -data data -sha384 -cert -out request.tsq");
        assert!(made.starts_with("true"), "{made}");
        let request = fs::read(path.join("request.tsq")).unwrap();
        fs::write(
            path.join("reply.tsr"),
            services.respond("/tsa", &request, now).unwrap().unwrap(),
        )
        .unwrap();
        let verified = openssl(
            path,
            "ts -verify -queryfile request.tsq -in reply.tsr -CAfile chain.pem",
        );
        assert!(verified.starts_with("true"), "{verified}");

        for name in ["issuing.crl", "root.crl"] {
            let list = services.respond(name, &[], now).unwrap().unwrap();
            fs::write(path.join(name), list).unwrap();
            assert!(openssl(path, &format!("crl -inform DER -in {name} -out {name}.pem")).starts_with("true"));
        }
        let lists = [
            fs::read(path.join("issuing.crl.pem")).unwrap(),
            fs::read(path.join("root.crl.pem")).unwrap(),
        ];
        fs::write(path.join("lists.pem"), lists.concat()).unwrap();
        let verify = "verify -crl_check_all -CRLfile lists.pem -CAfile root.pem -untrusted issuing.pem holder.pem";
        assert!(openssl(path, verify).starts_with("true"), "{}", openssl(path, verify));

        let ask = "ocsp -issuer issuing.pem -cert holder.pem -reqout request.ocsp";
        assert!(openssl(path, ask).starts_with("true"));
        let request = fs::read(path.join("request.ocsp")).unwrap();
        let judge = "ocsp -no_nonce -issuer issuing.pem -cert holder.pem -reqin request.ocsp -respin reply.ocsp -CAfile chain.pem";
        fs::write(
            path.join("reply.ocsp"),
            services.respond("/ocsp", &request, now).unwrap().unwrap(),
        )
        .unwrap();
        let judged = openssl(path, judge);
        assert!(
            judged.contains("Response verify OK") && judged.contains("good"),
            "{judged}"
        );
        services.revoke(&issued.certificate_der, now - DAY).unwrap();
        fs::write(
            path.join("reply.ocsp"),
            services.respond("/ocsp", &request, now).unwrap().unwrap(),
        )
        .unwrap();
        let judged = openssl(path, judge);
        assert!(
            judged.contains("Response verify OK") && judged.contains("revoked"),
            "{judged}"
        );
        services.reinstate(&issued.certificate_der).unwrap();
        services.suspend(&issued.certificate_der, now - DAY).unwrap();
        fs::write(
            path.join("reply.ocsp"),
            services.respond("/ocsp", &request, now).unwrap().unwrap(),
        )
        .unwrap();
        let judged = openssl(path, judge);
        assert!(judged.contains("Reason: certificateHold"), "{judged}");
        fs::write(
            path.join("held.crl"),
            services.respond("/issuing.crl", &[], now).unwrap().unwrap(),
        )
        .unwrap();
        let printed = openssl(path, "crl -inform DER -in held.crl -noout -text");
        assert!(printed.contains("Certificate Hold"), "{printed}");
        assert!(services.respond("/nowhere", &[], now).unwrap().is_none());
    }
}
