//! Certificates, lists and answers of every make, as somebody else may make them, and a network of servers that give them out.

use std::collections::HashMap;
use std::sync::Mutex;

use async_trait::async_trait;
use const_oid::ObjectIdentifier;
use const_oid::db::{rfc4519, rfc5280, rfc5912};
use sha2::Digest as _;

use super::*;
use crate::signature::source::{Fetch, FetchError, FetchRequest, Sources};

pub(super) const HOUR: Duration = Duration::from_secs(3_600);
/// Where every server is.
pub(super) const ADDRESS: &str = "http://pki.example/";

pub(super) fn oid(text: &str) -> ObjectIdentifier {
    text.parse().unwrap()
}

/// `SET { SEQUENCE { type, value } }` for each.
pub(super) fn name(attributes: &[(ObjectIdentifier, &str)]) -> Vec<u8> {
    let sets: Vec<Vec<u8>> = attributes
        .iter()
        .map(|(oid, value)| {
            let value = der::text(tag::UTF8_STRING, value);
            element(tag::SET, &[&sequence(&[&object_identifier(*oid), &value])])
        })
        .collect();
    sequence(&sets.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

/// C=TR, O=TEST, and a common name.
pub(super) fn called(common_name: &str) -> Vec<u8> {
    name(&[(rfc4519::C, "TR"), (rfc4519::O, "TEST"), (rfc4519::CN, common_name)])
}

pub(super) fn extension(oid: ObjectIdentifier, critical: bool, value: &[u8]) -> Vec<u8> {
    let flag: &[u8] = if critical { &[tag::BOOLEAN, 1, 0xFF] } else { &[] };
    sequence(&[&object_identifier(oid), flag, &octet_string(value)])
}

/// `accessMethod` and `accessLocation`, of OCSP responders and of issuers' certificates.
pub(super) fn access(method: ObjectIdentifier, files: &[&str]) -> Vec<u8> {
    let locations: Vec<Vec<u8>> = files
        .iter()
        .map(|file| sequence(&[&object_identifier(method), &uri(file)]))
        .collect();
    let value = sequence(&locations.iter().map(Vec::as_slice).collect::<Vec<_>>());
    extension(rfc5912::ID_PE_AUTHORITY_INFO_ACCESS, false, &value)
}

/// A point for each file.
pub(super) fn points(files: &[&str]) -> Vec<u8> {
    let points: Vec<Vec<u8>> = files
        .iter()
        .map(|file| sequence(&[&context(0, &[&context(0, &[&uri(file)])])]))
        .collect();
    let value = sequence(&points.iter().map(Vec::as_slice).collect::<Vec<_>>());
    extension(rfc5280::ID_CE_CRL_DISTRIBUTION_POINTS, false, &value)
}

pub(super) fn uri(file: &str) -> Vec<u8> {
    element(tag::context(6), &[format!("{ADDRESS}{file}").as_bytes()])
}

/// GeneralizedTime, whole seconds.
pub(super) fn generalized(time: SystemTime) -> Vec<u8> {
    let utc = der::write_time(time);
    element(tag::GENERALIZED_TIME, &[b"20", &utc[2..]])
}

/// A name and a key, and what certifies them.
#[derive(Clone)]
pub(super) struct Party {
    pub(super) name: Vec<u8>,
    pub(super) key: PrivateKey,
    pub(super) certificate: Certificate,
}

/// What is to be certified of whom.
#[derive(Clone)]
pub(super) struct Issue {
    pub(super) name: Vec<u8>,
    pub(super) key: PrivateKey,
    pub(super) serial: Vec<u8>,
    pub(super) validity: (SystemTime, SystemTime),
    pub(super) extensions: Vec<Vec<u8>>,
    pub(super) has_key_identifiers: bool,
}

impl Issue {
    fn new(name: Vec<u8>, key: PrivateKey) -> Self {
        let now = SystemTime::now();
        let mut serial = [0; 8];
        getrandom::fill(&mut serial).unwrap();
        serial[0] = serial[0] & 0x3F | 0x40;
        Self {
            name,
            key,
            serial: serial.to_vec(),
            validity: (now - 30 * DAY, now + 300 * DAY),
            extensions: Vec::new(),
            has_key_identifiers: true,
        }
    }

    /// An authority with a key of its own.
    pub(super) fn authority(common_name: &str) -> Self {
        Self::authority_with(common_name, PrivateKey::generate(KeyKind::P256))
    }

    pub(super) fn authority_with(common_name: &str, key: PrivateKey) -> Self {
        Self::new(called(common_name), key)
            .with(extension(
                rfc5280::ID_CE_BASIC_CONSTRAINTS,
                true,
                &sequence(&[&[tag::BOOLEAN, 1, 0xFF]]),
            ))
            .with(extension(rfc5280::ID_CE_KEY_USAGE, true, &[3, 2, 1, 0x06]))
    }

    /// A person with a qualified certificate.
    pub(super) fn person() -> Self {
        let subject = name(&[
            (rfc4519::C, "TR"),
            (rfc4519::O, "TEST"),
            (rfc4519::SERIAL_NUMBER, "10000000146"),
            (rfc4519::CN, "Ali Veli"),
        ]);
        // What marks it as qualified is as in certificates that are made elsewhere.
        let model = World::fast().certificate;
        let marks = ["1.3.6.1.5.5.7.1.3", "2.5.29.32"].map(|mark| {
            let value = model.extension(oid(mark)).unwrap();
            extension(oid(mark), false, value)
        });
        let issue = Self::new(subject, PrivateKey::generate(KeyKind::P256));
        let issue = issue.with(extension(rfc5280::ID_CE_KEY_USAGE, true, &[3, 2, 6, 0x40]));
        marks.into_iter().fold(issue, Self::with)
    }

    pub(super) fn responder() -> Self {
        let purpose = sequence(&[&object_identifier(rfc5280::ID_KP_OCSP_SIGNING)]);
        Self::new(called("TEST Durum"), PrivateKey::generate(KeyKind::P256)).with(extension(
            rfc5280::ID_CE_EXT_KEY_USAGE,
            true,
            &purpose,
        ))
    }

    pub(super) fn with(mut self, extension: Vec<u8>) -> Self {
        self.extensions.push(extension);
        self
    }

    pub(super) fn without_key_identifiers(mut self) -> Self {
        self.has_key_identifiers = false;
        self
    }

    pub(super) fn expired(mut self) -> Self {
        self.validity.1 = SystemTime::now() - DAY;
        self
    }

    pub(super) fn by(self, issuer: &Party) -> Party {
        self.signed_by(&issuer.name.clone(), &issuer.key)
    }

    pub(super) fn by_itself(self) -> Party {
        let (name, key) = (self.name.clone(), self.key.clone());
        self.signed_by(&name, &key)
    }

    fn signed_by(self, issuer: &[u8], key: &PrivateKey) -> Party {
        let mut extensions = self.extensions.clone();
        if self.has_key_identifiers {
            extensions.push(extension(
                rfc5280::ID_CE_SUBJECT_KEY_IDENTIFIER,
                false,
                &octet_string(&key_identifier(&self.key)),
            ));
            let authority = sequence(&[&element(tag::context(0), &[&key_identifier(key)])]);
            extensions.push(extension(rfc5280::ID_CE_AUTHORITY_KEY_IDENTIFIER, false, &authority));
        }
        let extensions = sequence(&extensions.iter().map(Vec::as_slice).collect::<Vec<_>>());
        let algorithm = algorithm_of(key);
        let contents = sequence(&[
            &context(0, &[&integer(2)]),
            &element(tag::INTEGER, &[&self.serial]),
            &algorithm,
            issuer,
            &sequence(&[&der::write_time(self.validity.0), &der::write_time(self.validity.1)]),
            &self.name,
            &public_key_of(&self.key),
            &context(3, &[&extensions]),
        ]);
        Party {
            certificate: Certificate::parse(&signed(&contents, &algorithm, key)).unwrap(),
            name: self.name,
            key: self.key,
        }
    }
}

fn public_key_of(key: &PrivateKey) -> Vec<u8> {
    ::der::Encode::to_der(&key.public_key().unwrap()).unwrap()
}

fn algorithm_of(key: &PrivateKey) -> Vec<u8> {
    ::der::Encode::to_der(&key.signature_algorithm().unwrap()).unwrap()
}

fn key_identifier(key: &PrivateKey) -> Vec<u8> {
    sha2::Sha256::digest(public_key_of(key))[..20].to_vec()
}

fn signed(contents: &[u8], algorithm: &[u8], key: &PrivateKey) -> Vec<u8> {
    let value = key.sign(contents).unwrap();
    sequence(&[contents, algorithm, &element(tag::BIT_STRING, &[&[0], &value])])
}

/// A list of revoked certificates.
pub(super) struct List {
    pub(super) entries: Vec<Vec<u8>>,
    pub(super) made: SystemTime,
    pub(super) next: Option<SystemTime>,
    pub(super) extensions: Vec<Vec<u8>>,
}

impl List {
    pub(super) fn of(entries: &[Vec<u8>], extensions: &[Vec<u8>]) -> Self {
        Self {
            entries: entries.to_vec(),
            made: SystemTime::now() - HOUR,
            next: Some(SystemTime::now() + 7 * DAY),
            extensions: extensions.to_vec(),
        }
    }

    pub(super) fn by(&self, issuer: &Party) -> Vec<u8> {
        let joined = |parts: &[Vec<u8>]| sequence(&parts.iter().map(Vec::as_slice).collect::<Vec<_>>());
        let entries = if self.entries.is_empty() {
            Vec::new()
        } else {
            joined(&self.entries)
        };
        let algorithm = algorithm_of(&issuer.key);
        let contents = sequence(&[
            &integer(1),
            &algorithm,
            &issuer.name,
            &der::write_time(self.made),
            &self.next.map(der::write_time).unwrap_or_default(),
            &entries,
            &context(0, &[&joined(&self.extensions)]),
        ]);
        signed(&contents, &algorithm, &issuer.key)
    }
}

/// An entry for a certificate.
pub(super) fn entry(certificate: &Certificate, from: SystemTime, extensions: &[Vec<u8>]) -> Vec<u8> {
    let extensions = match extensions {
        [] => Vec::new(),
        some => sequence(&some.iter().map(Vec::as_slice).collect::<Vec<_>>()),
    };
    sequence(&[
        &element(tag::INTEGER, &[certificate.serial()]),
        &der::write_time(from),
        &extensions,
    ])
}

pub(super) fn reason(number: u8) -> Vec<u8> {
    extension(rfc5280::ID_CE_CRL_REASONS, false, &[tag::ENUMERATED, 1, number])
}

/// An answer of a responder.
pub(super) struct Answer {
    /// Contents of `ResponderID`, with its tag.
    pub(super) responder: Vec<u8>,
    pub(super) singles: Vec<Vec<u8>>,
    pub(super) produced: SystemTime,
    pub(super) extensions: Vec<Vec<u8>>,
    pub(super) certificates: Vec<Certificate>,
}

/// `CertStatus` good.
pub(super) const GOOD: &[u8] = &[0x80, 0];
/// `CertStatus` unknown.
pub(super) const UNKNOWN: &[u8] = &[0x82, 0];

pub(super) fn revoked(from: SystemTime) -> Vec<u8> {
    context(1, &[&generalized(from)])
}

pub(super) fn single(
    certificate: &Certificate,
    issuer: &Party,
    status: &[u8],
    made: SystemTime,
    next: Option<SystemTime>,
) -> Vec<u8> {
    let hash = |octets: &[u8]| octet_string(&sha2::Sha256::digest(octets));
    let certificate_id = sequence(&[
        &sequence(&[&object_identifier(rfc5912::ID_SHA_256)]),
        &hash(&issuer.name),
        &hash(issuer.certificate.public_key_bits()),
        &element(tag::INTEGER, &[certificate.serial()]),
    ]);
    let next = next.map(|next| context(0, &[&generalized(next)])).unwrap_or_default();
    sequence(&[&certificate_id, status, &generalized(made), &next])
}

impl Answer {
    /// One by a responder that calls itself by its name.
    pub(super) fn of(singles: &[Vec<u8>], responder: &Party) -> Self {
        Self {
            responder: context(1, &[&responder.name]),
            singles: singles.to_vec(),
            produced: SystemTime::now(),
            extensions: Vec::new(),
            certificates: vec![responder.certificate.clone()],
        }
    }

    pub(super) fn by(&self, key: &PrivateKey) -> Vec<u8> {
        let joined = |parts: &[Vec<u8>]| sequence(&parts.iter().map(Vec::as_slice).collect::<Vec<_>>());
        let extensions = match &self.extensions[..] {
            [] => Vec::new(),
            some => context(1, &[&joined(some)]),
        };
        let data = sequence(&[
            &self.responder,
            &generalized(self.produced),
            &joined(&self.singles),
            &extensions,
        ]);
        let algorithm = algorithm_of(key);
        let signature = element(tag::BIT_STRING, &[&[0], &key.sign(&data).unwrap()]);
        let certificates: Vec<&[u8]> = self.certificates.iter().map(Certificate::der).collect();
        let certificates = context(0, &[&sequence(&certificates)]);
        let basic = sequence(&[&data, &algorithm, &signature, &certificates]);
        let bytes = sequence(&[&object_identifier(oid("1.3.6.1.5.5.7.48.1.1")), &octet_string(&basic)]);
        sequence(&[&[tag::ENUMERATED, 1, 0], &context(0, &[&bytes])])
    }
}

/// What a server gives.
pub(super) type Server = Box<dyn Fn(&[u8]) -> Result<Vec<u8>, FetchError> + Send + Sync>;

/// A network of servers; what none gives is not found.
#[derive(Default)]
pub(super) struct Town {
    servers: HashMap<String, Server>,
    /// What was asked for, in order.
    pub(super) asked: Mutex<Vec<String>>,
}

impl Town {
    /// Puts octets at an address.
    pub(super) fn put(&mut self, file: &str, octets: Vec<u8>) {
        self.serve(file, move |_| Ok(octets.clone()));
    }

    /// Puts a server at an address.
    pub(super) fn serve(
        &mut self,
        file: &str,
        server: impl Fn(&[u8]) -> Result<Vec<u8>, FetchError> + Send + Sync + 'static,
    ) {
        self.servers.insert(format!("{ADDRESS}{file}"), Box::new(server));
    }

    /// Signs as a person, brings certificates along, asks everybody, and judges.
    pub(super) fn judge(&self, person: &Party, brought: &[&Party], root: &Party) -> Judged {
        let now = SystemTime::now();
        let chain: Vec<Certificate> = brought.iter().map(|party| party.certificate.clone()).collect();
        let signing = Signing {
            chain: &chain,
            ..Signing::new(&person.certificate, now)
        };
        let prepared = cades::prepare(CONTENT, "text/plain", signing).unwrap();
        let value = person.key.sign_digest(&prepared.digest().value).unwrap();
        let signature = prepared.finish(&value).unwrap();
        let trust = TrustAnchors::new(vec![root.certificate.clone()]);
        let sources = Sources {
            fetch: self,
            timestamp_authority: None,
            trust: &trust,
            now,
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let gathered = runtime.block_on(sources.gather(&signature));
        let anchors = gathered.anchors(&trust);
        let verifier = Verifier {
            requires_revocation: true,
            evidence: gathered.evidence,
            unanswered: gathered.unanswered,
            ..Verifier::new(&anchors, now)
        };
        let report = verifier.detached(&signature, CONTENT).unwrap();
        Judged {
            verdict: report.verdict,
            faults: long_world::faults(&report),
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Judged {
    pub(super) verdict: Verdict,
    pub(super) faults: Vec<Finding>,
}

#[async_trait]
impl Fetch for Town {
    async fn fetch(&self, request: FetchRequest) -> Result<Vec<u8>, FetchError> {
        self.asked.lock().unwrap().push(request.url.clone());
        let body = request.body.map(|(_, octets)| octets).unwrap_or_default();
        match self.servers.get(&request.url) {
            Some(server) => server(&body),
            None => Err(FetchError::Status(404)),
        }
    }
}
