//! Every case that the Turkish conformity tests list, as a file with its verdict: honest but for the one point that the
//! case is about, which is proven by the same file without the fault, since that one passes.

mod cases;

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use basvuru_test_pki::{ServiceOptions, Services};

use super::forge::{changed, counter_signed};
use super::long_world::{LongWorld, truncated};
use super::*;
use crate::certificate::ocsp;
use crate::certificate::rfc_3339;
use crate::signature::extend::Target;
use crate::signature::signed_data::{Additions, SignedData};
use crate::signature::timestamp;

use cases::{Base, Case, Openssl};

const HOUR: Duration = Duration::from_secs(3_600);

/// An authority whose root is trusted, and the moment its holders' files are judged at.
struct Office {
    now: SystemTime,
    options: CaOptions,
    authority: Authority,
    trust: TrustAnchors,
}

/// How a file is made.
#[derive(Clone)]
struct Plan {
    form: Form,
    holder: IssueOptions,
    breaks_certificate: bool,
    issuing: CaOptions,
    breaks_issuing: bool,
    /// What the signer does wrong; of several, the last one.
    forged: fn(Forge<'_>) -> Forge<'_>,
    services: ServiceOptions,
    stamps_another: bool,
    /// Whether the last of the counter-signatures is time-stamped.
    stamps_serial: bool,
    revoked: Option<(Whose, SystemTime)>,
    /// Whether it is suspended, and not revoked.
    on_hold: bool,
    /// What tells that the holder's certificate is not revoked.
    proof: Proof,
    breaks_responder: bool,
    /// When that was asked for.
    asked: SystemTime,
    /// What is done to the finished file.
    edited: fn(&LongWorld, &[u8]) -> Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Alone(Target),
    TwoSigners,
    /// So many counter-signatures, each of the one before. The last one is as the plan says, all else honest.
    Serial(usize),
    Container,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Proof {
    List,
    Answer,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    Holder,
    Issuing,
    Timestamping,
}

impl Office {
    fn new() -> Self {
        let now = truncated(SystemTime::now());
        let options = CaOptions {
            not_before: now - 4 * DAY,
            ..CaOptions::default().with_services()
        };
        let key = || PrivateKey::generate(KeyKind::P256);
        let authority = Authority::with_keys(&options, key(), key()).unwrap();
        Self {
            now,
            options,
            trust: TrustAnchors::from_pem(authority.root_pem().unwrap().as_bytes()).unwrap(),
            authority,
        }
    }

    /// When signers claim to have signed: long enough ago that every time of grace is over.
    fn claimed(&self) -> SystemTime {
        self.now - 26 * HOUR
    }

    /// When signatures were time-stamped.
    fn stamped(&self) -> SystemTime {
        self.now - 25 * HOUR
    }

    /// When signatures of long life were completed.
    fn completed(&self) -> SystemTime {
        self.now - HOUR
    }

    /// An honest file.
    fn plan(&self, form: Form, proof: Proof) -> Plan {
        Plan {
            form,
            holder: IssueOptions {
                not_before: self.now - 3 * DAY,
                ..IssueOptions::default()
            },
            breaks_certificate: false,
            issuing: self.options.clone(),
            breaks_issuing: false,
            forged: |forge| forge,
            services: ServiceOptions::default(),
            stamps_another: false,
            stamps_serial: false,
            revoked: None,
            on_hold: false,
            proof,
            breaks_responder: false,
            asked: self.now,
            edited: |_, file| file.to_vec(),
        }
    }

    fn make(&self, plan: &Plan) -> Vec<u8> {
        let keys = (self.authority.root_key().clone(), self.authority.issuing_key().clone());
        let authority = Authority::with_keys(&plan.issuing, keys.0, keys.1).unwrap();
        let long = LongWorld {
            services: Services::new(authority.clone(), plan.services.clone()).unwrap(),
            world: self.signer(&authority, "Ayşe", plan),
            clock: Arc::new(Mutex::new(self.completed())),
            asked: Mutex::default(),
        };
        let file = match plan.form {
            Form::Alone(target) => self.make_alone(plan, target, &long),
            Form::TwoSigners => self.make_for_two(plan, &long),
            Form::Serial(count) => self.make_serial(plan, count, &long),
            Form::Container => self.make_container(plan, &long),
        };
        (plan.edited)(&long, &file)
    }

    fn signer(&self, authority: &Authority, given_name: &str, plan: &Plan) -> World {
        let holder = Holder::new(given_name, "Yılmaz", "10000000146");
        let mut issued = authority.issue(&holder, KeyKind::P256, &plan.holder).unwrap();
        flip_last(&mut issued.certificate_der, plan.breaks_certificate);
        World {
            certificate: Certificate::parse(&issued.certificate_der).unwrap(),
            issued,
            authority: authority.clone(),
            trust: self.trust.clone(),
            now: self.claimed(),
        }
    }

    fn make_alone(&self, plan: &Plan, target: Target, long: &LongWorld) -> Vec<u8> {
        let (profile, is_stamped, is_long) = match target {
            Target::Level(level) => (Profile::P1, level >= Level::BT, level >= Level::BLT),
            Target::Profile(profile) => (profile, profile != Profile::P1, profile.is_long_lived()),
        };
        let mut forge = Forge::of(&long.world, profile);
        forge.certificates.push(issuing_certificate(plan, &long.world));
        let mut file = (plan.forged)(forge).sign();
        if is_stamped {
            file = self.stamp(&file, plan, long);
        }
        if is_long {
            file = long.extend(&file, target);
        }
        if !is_long || plan.revoked.is_some() {
            file = self.with_evidence(&file, plan, long);
        }
        file
    }

    fn make_for_two(&self, plan: &Plan, long: &LongWorld) -> Vec<u8> {
        let other = self.signer(&long.world.authority, "Mehmet", plan);
        let other = (plan.forged)(Forge::new(&other)).sign();
        let other = SignedData::parse(&other).unwrap();
        let mut forge = Forge::new(&long.world);
        forge.certificates.push(issuing_certificate(plan, &long.world));
        let own = forge.sign();
        let mut both = SignedData::parse(&own).unwrap();
        both.signers.extend(other.signers);
        both.certificates.extend(other.certificates);
        let both = both.with(&Additions::default());
        self.with_evidence(&both, plan, long)
    }

    fn make_serial(&self, plan: &Plan, count: usize, long: &LongWorld) -> Vec<u8> {
        let other = self.signer(&long.world.authority, "Mehmet", &self.plan(plan.form, plan.proof));
        let mut forge = Forge::new(&other);
        forge.certificates.push(issuing_certificate(plan, &long.world));
        let mut files = vec![forge.sign()];
        for _ in 1..count {
            files.push(Forge::over(&other, &files[files.len() - 1]).sign());
        }
        let mut last = (plan.forged)(Forge::over(&long.world, &files[files.len() - 1])).sign();
        if plan.stamps_serial {
            last = self.stamp(&last, plan, long);
        }
        files.push(last);
        let within = |counter_signature: Vec<u8>, file: Vec<u8>| counter_signed(&file, &counter_signature);
        let file = files.into_iter().rev().reduce(within).unwrap();
        self.with_evidence(&file, plan, long)
    }

    fn make_container(&self, plan: &Plan, long: &LongWorld) -> Vec<u8> {
        let chain = [Certificate::parse(long.world.authority.issuing_der()).unwrap()];
        let value = |world: &World, digest: &[u8]| world.issued.private_key.sign_digest(digest).unwrap();
        let documents = documents();
        let prepared = asic::prepare_with(&documents, signing(&long.world, &chain)).unwrap();
        let own = value(&long.world, &prepared.digest().value);
        let container = prepared.finish(&own).unwrap();
        let other = self.signer(&long.world.authority, "Mehmet", plan);
        let prepared = asic::prepare_further(Cursor::new(container), signing(&other, &chain)).unwrap();
        let further = value(&other, &prepared.digest().value);
        let container = prepared.finish_into(&further, Vec::new()).unwrap();
        let mut files = unpack(&container);
        for (name, content) in &mut files {
            if name.ends_with(".p7s") {
                *content = self.with_evidence(content, plan, long);
            }
        }
        pack(&files)
    }

    fn stamp(&self, file: &[u8], plan: &Plan, long: &LongWorld) -> Vec<u8> {
        changed(file, |signed_data, additions| {
            let value = &signed_data.signers[0].signature;
            let stamped = if plan.stamps_another {
                b"another value"
            } else {
                &value[..]
            };
            let request = timestamp::Request::new(DigestAlgorithm::Sha256.digest(stamped), [1; 8]);
            let answer = long.services.respond("/tsa", &request.encode(), self.stamped());
            let token = request.accept(&answer.unwrap().unwrap()).unwrap();
            let attribute = attribute::attribute(oid::SIGNATURE_TIMESTAMP, &token);
            additions.unsigned_attributes.push(attribute);
        })
    }

    /// Brings along what tells of the holder's certificate and of the issuing one.
    fn with_evidence(&self, file: &[u8], plan: &Plan, long: &LongWorld) -> Vec<u8> {
        let world = &long.world;
        let honest = Services::new(world.authority.clone(), ServiceOptions::default()).unwrap();
        if let Some((whose, from)) = plan.revoked {
            let certificate = match whose {
                Whose::Holder => world.certificate.der(),
                Whose::Issuing => world.authority.issuing_der(),
                Whose::Timestamping => long.services.timestamping_certificate(),
            };
            for services in [&long.services, &honest] {
                if plan.on_hold {
                    services.suspend(certificate, from).unwrap();
                } else {
                    services.revoke(certificate, from).unwrap();
                }
            }
        }
        let of_holder = match plan.proof {
            Proof::List => long.services.respond("/issuing.crl", &[], plan.asked).unwrap().unwrap(),
            Proof::Answer => {
                let issuer = Certificate::parse(world.authority.issuing_der()).unwrap();
                let question = ocsp::request(&world.certificate, &issuer, [7; 16]);
                let mut answer = long.services.respond("/ocsp", &question, plan.asked).unwrap().unwrap();
                // The responder's certificate stands last.
                flip_last(&mut answer, plan.breaks_responder);
                context(1, &[&object_identifier(oid::OCSP_RESPONSE), &answer])
            }
        };
        let of_issuing = honest.respond("/root.crl", &[], self.now).unwrap().unwrap();
        changed(file, |_, additions| additions.revocations = vec![of_holder, of_issuing])
    }

    fn judge(&self, form: Form, file: &[u8], requires_revocation: bool) -> Report {
        let verifier = Verifier {
            requires_revocation,
            ..Verifier::new(&self.trust, self.now)
        };
        match form {
            Form::Container => verifier.container(Cursor::new(file)),
            Form::Alone(_) | Form::TwoSigners | Form::Serial(_) => verifier.detached(file, CONTENT).unwrap(),
        }
    }
}

fn signing<'a>(world: &'a World, chain: &'a [Certificate]) -> Signing<'a> {
    Signing {
        chain,
        ..Signing::new(&world.certificate, world.now)
    }
}

fn issuing_certificate(plan: &Plan, world: &World) -> Vec<u8> {
    let mut certificate = world.authority.issuing_der().to_vec();
    flip_last(&mut certificate, plan.breaks_issuing);
    certificate
}

fn flip_last(octets: &mut [u8], flips: bool) {
    *octets.last_mut().unwrap() ^= u8::from(flips);
}

/// Everything found, of the file and of every signature in it.
fn all_findings(report: &Report) -> Vec<Finding> {
    let of_signatures = report.signatures.iter().flat_map(|signature| &signature.findings);
    report.findings.iter().chain(of_signatures).cloned().collect()
}

/// The folder the files are left in for others to judge, with a line for each in `cases.tsv`: name, form, file, moment,
/// verdict, sub-indication, whether the file alone tells or somebody must be asked, and what of it OpenSSL can judge.
struct Folder {
    path: Option<PathBuf>,
    lines: String,
}

impl Folder {
    fn new(office: &Office) -> Self {
        let path = std::env::var_os("BASVURU_MATRIX").map(|matrix| PathBuf::from(matrix).join("invalid"));
        if let Some(path) = &path {
            fs::create_dir_all(path).unwrap();
            fs::write(path.join("root.pem"), office.authority.root_pem().unwrap()).unwrap();
            fs::write(path.join("content"), CONTENT).unwrap();
        }
        Self {
            path,
            lines: String::new(),
        }
    }

    fn leave(&mut self, office: &Office, case: &Case, file: &[u8]) {
        let Some(path) = &self.path else { return };
        let ending = if case.plan.form == Form::Container {
            "asice"
        } else {
            "p7s"
        };
        let file_name = format!("{}.{ending}", case.name);
        fs::write(path.join(&file_name), file).unwrap();
        if case.openssl == Openssl::Timestamp {
            let signed_data = SignedData::parse(file).unwrap();
            let signer = &signed_data.signers[0];
            let token = signer.unsigned_values(oid::SIGNATURE_TIMESTAMP).next().unwrap();
            fs::write(path.join(format!("{}.tst", case.name)), token.encoded()).unwrap();
            fs::write(path.join(format!("{}.value", case.name)), &signer.signature).unwrap();
        }
        let word = |value: serde_json::Value| value.as_str().unwrap_or("-").to_owned();
        let columns = [
            case.name.to_owned(),
            case.base.name().to_owned(),
            file_name,
            word(rfc_3339(&office.now, serde_json::value::Serializer).unwrap()),
            word(serde_json::to_value(case.verdict).unwrap()),
            word(serde_json::to_value(case.sub_indication).unwrap()),
            if case.asks { "asking" } else { "alone" }.to_owned(),
            case.openssl.name().to_owned(),
        ];
        self.lines.push_str(&columns.join("\t"));
        self.lines.push('\n');
    }

    fn finish(self) {
        if let Some(path) = self.path {
            fs::write(path.join("cases.tsv"), self.lines).unwrap();
        }
    }
}

#[test]
fn every_case_of_the_conformity_tests_has_its_verdict_and_passes_without_its_fault() {
    let office = Office::new();
    let mut folder = Folder::new(&office);
    let mut wrong = Vec::new();
    let mut judge = |case: &Case| {
        let file = office.make(&case.plan);
        let report = office.judge(case.plan.form, &file, case.asks);
        let found = (report.verdict, report.sub_indication, all_findings(&report));
        let expected = (case.verdict, case.sub_indication, case.findings.clone());
        if found != expected {
            wrong.push(format!("{}: {found:?} where {expected:?}", case.name));
        }
        folder.leave(&office, case, &file);
        file
    };
    let honest: Vec<(Base, Vec<u8>)> = Base::ALL
        .into_iter()
        .map(|base| (base, judge(&base.honest(&office))))
        .collect();
    let cases = cases::all(&office);
    for case in &cases {
        judge(case);
        // Where somebody must be asked, the honest file has to pass that as well.
        let (_, file) = honest.iter().find(|(base, _)| *base == case.base).unwrap();
        let report = office.judge(case.plan.form, file, case.asks);
        assert_eq!(report.verdict, Verdict::TotalPassed, "{}: {report:?}", case.name);
    }
    let mut names: Vec<&str> = cases.iter().map(|case| case.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), cases.len(), "two cases of one name");
    folder.finish();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
