//! Writes a folder of honest inputs for each target, from the test authority and the virtual card: `fuzz-seeds DIR`.
#![expect(clippy::print_stderr, reason = "a program of the test run")]

use std::error::Error;
use std::fs;
use std::io::Cursor;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use basvuru::card::{Card, PinConsent};
use basvuru::certificate::{Certificate, TrustAnchors, ocsp};
use basvuru::digest::DigestAlgorithm;
use basvuru::reader::{Link, Readers as _};
use basvuru::secret::Pin;
use basvuru::signature::asic::{self, Document};
use basvuru::signature::cades::{self, Signing};
use basvuru::signature::content::ContentDigests;
use basvuru::signature::extend::{Target, extend};
use basvuru::signature::profile::Profile;
use basvuru::signature::report::Level;
use basvuru::signature::source::{Fetch, FetchError, FetchRequest, Sources, TimestampAuthority};
use basvuru::signature::timestamp::Request;
use basvuru_fuzz::recording::{Conversation, WithAnswer};
use basvuru_fuzz::{
    ATR, ATR_WITH_CRC, Honesty, HostileCard, HostileReader, World, finish, honest_descriptors, image, reader_of_blocks,
    unblock_by, use_card, use_reader,
};
use basvuru_test_card::{
    CardImage, PinForm, Profile as CardProfile, PukHabits, PukPlace, Reset, UsbLevel, VirtualCard, VirtualReaders,
};
use basvuru_test_pki::{
    Authority, CaOptions, Holder, IssueOptions, Issued, KeyKind, PrivateKey, ServiceOptions, Services,
};

type Outcome<T> = Result<T, Box<dyn Error>>;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().nth(1) else {
        eprintln!("usage: fuzz-seeds DIR");
        return ExitCode::from(2);
    };
    match write(Path::new(&folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn write(folder: &Path) -> Outcome<()> {
    let seed = |target: &str, name: &str, content: &[u8]| {
        fs::create_dir_all(folder.join(target))?;
        fs::write(folder.join(target).join(name), content)
    };
    let now = SystemTime::now();
    // Small keys, so that what is seeded stays within the length that is fuzzed.
    let key = || PrivateKey::generate(KeyKind::P256);
    let options = CaOptions {
        not_before: now - 3 * DAY,
        ..CaOptions::default().with_services()
    };
    let authority = Authority::with_keys(&options, key(), key())?;
    let holder = Holder::new("Deneme", "KİŞİ", "10000000146");
    for (name, kind) in [("p384", KeyKind::P384), ("rsa2048", KeyKind::Rsa2048)] {
        let issued = authority.issue(&holder, kind, &IssueOptions::default())?;
        seed("certificate", name, &issued.certificate_der)?;
        let certificate = Certificate::parse(&issued.certificate_der)?;

        let prepared = cades::prepare(b"fuzz", "text/plain", Signing::new(&certificate, now))?;
        let value = issued.private_key.sign_digest(&prepared.digest().value)?;
        seed("cms", name, &prepared.finish(&value)?)?;

        let documents = [Document {
            file_name: "belge.txt".to_owned(),
            media_type: "text/plain".to_owned(),
            content: b"fuzz".to_vec(),
        }];
        let prepared = asic::prepare(&documents, &certificate, now)?;
        let value = issued.private_key.sign_digest(&prepared.digest().value)?;
        seed("container", name, &prepared.finish(&value)?)?;

        let image = CardImage::new("fuzz", "123456", &issued.certificate_der, &issued.private_key_pkcs8_der)?;
        for (target, kind, input) in conversations(&image)? {
            seed(target, &format!("{name}-{kind}"), &input)?;
        }
        let session = card_session(image)?;
        signs("card", use_card(HostileCard::on(&session.answers)))?;
        seed("card", name, &session.answers)?;
        for (number, command) in session.commands.iter().enumerate() {
            seed("apdu", &format!("{name}-{number}"), command)?;
        }
        for (number, file) in session.files.iter().enumerate() {
            seed("tlv", &format!("{name}-{number}"), file)?;
        }
    }
    for (name, habits) in puks() {
        let is_offered = habits.is_offered();
        let card = VirtualCard::new(image(habits))?;
        seed("aodf", &name, &card.pins_told())?;
        // The card of the target takes the PUK with a new PIN, in plain digits.
        if name.starts_with("plain") {
            let unblocks = unblock_by(&card.pins_told());
            (unblocks == is_offered)
                .then_some(())
                .ok_or_else(|| format!("aodf {name}: unblocks {unblocks}"))?;
        }
    }
    let issuing = Certificate::parse(authority.issuing_der())?;
    let issued = authority.issue(&holder, KeyKind::P256, &IssueOptions::default())?;
    let certificate = Certificate::parse(&issued.certificate_der)?;
    let chain = authority.chain_pem()?;
    World::leave(&folder.join("world"), &chain, &issued.certificate_der, now)?;
    let trust = TrustAnchors::from_pem(chain.as_bytes())?;
    let options = IssueOptions {
        not_before: now - 2 * DAY,
        ..IssueOptions::default()
    };
    let earlier = authority.issue(&holder, KeyKind::P256, &options)?;
    let services = Services::new(authority, ServiceOptions::default())?;
    for (target, name, signature) in lasting(&services, &trust, &earlier, now)? {
        seed(target, name, &signature)?;
    }
    seed(
        "container",
        "b-lta",
        &lasting_container(&services, &trust, &earlier, now)?,
    )?;
    let answered = |path: &str, request: &[u8]| -> Outcome<Vec<u8>> {
        services
            .respond(path, request, now)?
            .ok_or_else(|| path.to_owned().into())
    };
    seed(
        "ocsp",
        "good",
        &answered("/ocsp", &ocsp::request(&certificate, &issuing, [7; 16]))?,
    )?;
    seed("crl", "empty", &answered("/issuing.crl", b"")?)?;
    services.revoke(&issued.certificate_der, now)?;
    seed(
        "ocsp",
        "revoked",
        &answered("/ocsp", &ocsp::request(&certificate, &issuing, [7; 16]))?,
    )?;
    seed("crl", "one", &answered("/issuing.crl", b"")?)?;
    let request = Request::new(DigestAlgorithm::Sha256.digest(b"fuzz"), [0x42; 8]);
    seed("timestamp", "granted", &answered("/tsa", &request.encode())?)?;
    // What others made, as the verifier's tests have it.
    for folder in ["foreign", "odd"] {
        let files = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../core/src/signature/tests/data")
            .join(folder);
        for line in fs::read_to_string(files.join("verdicts.tsv"))?.lines() {
            let name = line.split('\t').next().unwrap_or_default();
            let target = if name.contains(".asic") { "container" } else { "cms" };
            seed(target, &format!("{folder}-{name}"), &fs::read(files.join(name))?)?;
        }
    }
    let message = "NES onay kodunuz: 123456. Süresi 5 dakika.\n@example.com #123456 B001";
    seed("sms", "bound", message.as_bytes())?;
    seed("reset", "with-new-pin", b"002C0081083133353732343638")?;
    Ok(())
}

/// PUKs in the files of cards: in every place, in every form.
fn puks() -> Vec<(String, PukHabits)> {
    let places = [
        PukPlace::Named,
        PukPlace::InRules,
        PukPlace::UnderPin,
        PukPlace::Namesake,
        PukPlace::Further,
        PukPlace::Alone,
        PukPlace::OfAnother,
        PukPlace::OfOfficer,
        PukPlace::Forbidden,
    ];
    let places = places.map(|place| PukHabits {
        place,
        ..PukHabits::default()
    });
    let forms = [PinForm::AsciiPadded, PinForm::BcdPadded, PinForm::Iso9564].map(|form| PukHabits {
        form,
        ..PukHabits::default()
    });
    let resets = [Reset::PukAlone, Reset::NewPinAlone, Reset::Nothing].map(|reset| PukHabits {
        reset,
        ..PukHabits::default()
    });
    let named = |kind: &'static str| {
        move |habits: PukHabits| {
            let name = format!("{kind}-{:?}-{:?}-{:?}", habits.place, habits.form, habits.reset).to_lowercase();
            (name, habits)
        }
    };
    places
        .into_iter()
        .map(named("plain"))
        .chain(forms.into_iter().chain(resets).map(named("other")))
        .collect()
}

/// The authority's services at a moment.
struct Network<'a> {
    services: &'a Services,
    now: SystemTime,
}

#[async_trait]
impl Fetch for Network<'_> {
    async fn fetch(&self, request: FetchRequest) -> Result<Vec<u8>, FetchError> {
        let body = request.body.map(|(_, octets)| octets).unwrap_or_default();
        let answer = self.services.respond(&request.url, &body, self.now);
        answer.ok().flatten().ok_or(FetchError::Status(404))
    }
}

impl Network<'_> {
    fn sources<'a>(&'a self, trust: &'a TrustAnchors) -> Sources<'a> {
        Sources {
            fetch: self,
            timestamp_authority: Some(TimestampAuthority::at("http://pki.test.invalid/tsa")),
            trust,
            now: self.now,
        }
    }
}

/// A signature of each form that lasts.
fn lasting(services: &Services, trust: &TrustAnchors, issued: &Issued, now: SystemTime) -> Outcome<Vec<Seed>> {
    let certificate = Certificate::parse(&issued.certificate_der)?;
    let content = ContentDigests::of_octets(b"fuzz");
    // P3 is completed when a day has passed since its time-stamp.
    let day_before = now - DAY - Duration::from_secs(60);
    let forms = [
        ("b-lta", Profile::P1, Target::Level(Level::BLTA), vec![now]),
        ("p3", Profile::P3, Target::Profile(Profile::P3), vec![day_before, now]),
        ("p4", Profile::P4, Target::Profile(Profile::P4), vec![now]),
    ];
    let mut made = Vec::new();
    for (name, profile, target, moments) in forms {
        let signing = Signing {
            profile,
            ..Signing::new(&certificate, moments[0])
        };
        let prepared = cades::prepare(b"fuzz", "text/plain", signing)?;
        let value = issued.private_key.sign_digest(&prepared.digest().value)?;
        let mut signature = prepared.finish(&value)?;
        for now in moments {
            let network = Network { services, now };
            signature = finish(extend(&signature, Some(&content), target, &network.sources(trust)))?;
        }
        made.push(("cms", name, signature));
    }
    Ok(made)
}

fn lasting_container(services: &Services, trust: &TrustAnchors, issued: &Issued, now: SystemTime) -> Outcome<Vec<u8>> {
    let certificate = Certificate::parse(&issued.certificate_der)?;
    let documents = [Document {
        file_name: "belge.txt".to_owned(),
        media_type: "text/plain".to_owned(),
        content: b"fuzz".to_vec(),
    }];
    let prepared = asic::prepare(&documents, &certificate, now)?;
    let value = issued.private_key.sign_digest(&prepared.digest().value)?;
    let container = Cursor::new(prepared.finish(&value)?);
    let network = Network { services, now };
    let sources = network.sources(trust);
    Ok(finish(asic::extend(
        container,
        Vec::new(),
        Target::Level(Level::BLTA),
        &sources,
    ))?)
}

/// Whether an input leads a target as far as to a signature: a seed that ends before is of little use.
fn signs(target: &str, signed: bool) -> Outcome<()> {
    if signed {
        return Ok(());
    }
    Err(format!("a seed of {target} does not reach the signature").into())
}

/// An input: its target, what is special about it, and its octets.
type Seed = (&'static str, &'static str, Vec<u8>);

/// A conversation over USB for every level and every check, for the targets that begin at a USB device.
fn conversations(image: &CardImage) -> Outcome<Vec<Seed>> {
    let mut inputs = Vec::new();
    let levels = [
        ("blocks", UsbLevel::Tpdu),
        ("short", UsbLevel::ShortApdu),
        ("extended", UsbLevel::ExtendedApdu),
    ];
    let unheard = || "a virtual card did not sign";
    for (kind, level) in levels {
        let conversation = Conversation::over(level, VirtualCard::new(image.clone())?).ok_or_else(unheard)?;
        let input = conversation.for_ccid();
        let reader = HostileReader::on(&input, Honesty::None, honest_descriptors());
        signs("ccid", use_reader(reader))?;
        inputs.push(("ccid", kind, input));
        if level == UsbLevel::Tpdu {
            let input = conversation.for_atr();
            let reader = HostileReader::on(&input, Honesty::Framing { atr: None }, honest_descriptors());
            signs("atr", use_reader(reader))?;
            inputs.push(("atr", kind, input));
        }
    }
    for (kind, answer) in [("lrc", ATR), ("crc", ATR_WITH_CRC)] {
        let card = VirtualCard::new(image.clone())?;
        let conversation = Conversation::over(UsbLevel::Tpdu, WithAnswer { card, answer }).ok_or_else(unheard)?;
        let input = conversation.for_t1(answer == ATR_WITH_CRC);
        signs("t1", use_reader(reader_of_blocks(&input, honest_descriptors())))?;
        inputs.push(("t1", kind, input));
    }
    Ok(inputs)
}

/// What went over the link while a card was read and signed.
struct CardSession {
    commands: Vec<Vec<u8>>,
    /// The answers, as `HostileCard` reads them.
    answers: Vec<u8>,
    files: Vec<Vec<u8>>,
}

fn card_session(image: CardImage) -> Outcome<CardSession> {
    // A piece has at most 255 octets: the card answers in parts that fit.
    let profile = CardProfile {
        most_answered: Some(200),
        ..CardProfile::default()
    };
    let readers = VirtualReaders::with_card(Link::Contact, VirtualCard::new(image.with_profile(profile))?);
    let reader = finish(readers.list())?.into_iter().next().ok_or("no reader")?;
    let channel = finish(finish(readers.connect(reader.id, String::new()))?.into_channel())?;
    let info = finish(channel.info())?;
    let mut card = finish(Card::open(channel, |_| String::new()))?;
    let key = card.signing_keys().first().cloned().ok_or("no key")?;
    let digest = key.algorithm.digest_algorithm().digest(b"fuzz");
    finish(card.sign(&key, PinConsent::new(Arc::new(Pin::new(b"123456"))), &digest))?;

    let mut session = CardSession {
        commands: Vec::new(),
        answers: vec![0],
        files: Vec::new(),
    };
    let mut piece = |octets: &[u8]| -> Outcome<()> {
        session.answers.push(u8::try_from(octets.len())?);
        session.answers.extend_from_slice(octets);
        Ok(())
    };
    piece(&info.atr.unwrap_or_default())?;
    piece(&info.historical_bytes)?;
    let mut kinds = Vec::new();
    for exchange in readers.exchanges() {
        session.commands.push(octets(&exchange.command));
        kinds.push(octets(&exchange.answer));
    }
    for answer in kinds {
        let (data, status) = answer.split_at(answer.len().saturating_sub(2));
        let good = status == [0x90, 0x00];
        session.answers.push(u8::from(good));
        let whole = if good { data.to_vec() } else { [data, status].concat() };
        session.answers.push(u8::try_from(whole.len())?);
        session.answers.extend_from_slice(&whole);
        session.files.push(data.to_vec());
    }
    Ok(session)
}

/// What a recording has in hexadecimal; where reference data were left out, what stands before them.
fn octets(hexadecimal: &str) -> Vec<u8> {
    hexadecimal
        .as_bytes()
        .chunks(2)
        .map_while(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}
