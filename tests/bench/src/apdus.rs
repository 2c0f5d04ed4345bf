//! Commands to sign one package of documents: with a card never seen, with one seen before, and by OpenSC with the same card
//! behind the PC/SC daemon. The budgets are 16 and 4; the card tells its serial number with its application, and one that does not
//! takes one more when it is seen again.

use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use basvuru::card::{Card, KnownCards, PinConsent};
use basvuru::certificate::Certificate;
use basvuru::reader::{CardOutcome, Link, Readers as _};
use basvuru::secret::Pin;
use basvuru::signature::asic::{self, Document};
use basvuru_test_card::vpcd::{PORT, VirtualPcd};
use basvuru_test_card::{CardImage, Profile, SignatureForm, VirtualCard, VirtualReaders};
use basvuru_test_pki::{Authority, Holder, IssueOptions, KeyKind};
use serde_json::json;

const PIN: &str = "246813";
/// The most commands with a card never seen, and with one seen before.
const BUDGET: (usize, usize) = (16, 4);
/// How long the daemon may take to start, and OpenSC to sign.
const PATIENCE: Duration = Duration::from_secs(30);

type Outcome<T> = Result<T, Box<dyn Error>>;

#[expect(clippy::print_stdout, reason = "a measurement is printed")]
pub(crate) fn run(json: bool) -> Outcome<ExitCode> {
    let image = card()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (new, known) = runtime.block_on(ours(&image))?;
    let opensc = opensc(image)?;
    if json {
        println!("{}", json!({ "new": new, "known": known, "opensc": opensc }));
    } else {
        println!("commands to sign one package, P-384");
        println!("  a card never seen   {new:>3}   budget {}", BUDGET.0);
        println!("  a card seen before  {known:>3}   budget {}", BUDGET.1);
        println!("  OpenSC              {opensc:>3}");
    }
    Ok(if new <= BUDGET.0 && known <= BUDGET.1 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// A card that both of us sign with: OpenSC needs one it has a driver for.
fn card() -> Outcome<CardImage> {
    let holder = Holder::new("Işıl", "ÖRNEKŞEN", "10000000146");
    let issued = Authority::new()?.issue(&holder, KeyKind::P384, &IssueOptions::default())?;
    let image = CardImage::new("Card", PIN, &issued.certificate_der, &issued.private_key_pkcs8_der)?;
    Ok(image.with_profile(Profile {
        passes_for_oseid: true,
        signature_form: SignatureForm::Der,
        ..Profile::default()
    }))
}

/// Our commands, the first time and the second.
async fn ours(image: &CardImage) -> Outcome<(usize, usize)> {
    let readers = VirtualReaders::with_card(Link::Contact, VirtualCard::new(image.clone())?);
    let known = KnownCards::default();
    let new = sign(&readers, &known).await?;
    Ok((new, sign(&readers, &known).await?))
}

/// Reads the card and signs two documents; how many commands that took.
async fn sign(readers: &VirtualReaders, known: &KnownCards) -> Outcome<usize> {
    readers.clear();
    let documents = ["form.pdf", "undertaking.pdf"].map(|name| Document {
        file_name: name.to_owned(),
        media_type: "application/pdf".to_owned(),
        content: name.as_bytes().to_vec(),
    });
    let reader = readers.list().await?.remove(0).id;
    let channel = readers.connect(reader, String::new()).await?.into_channel().await?;
    let mut card = Card::open_known(Arc::clone(&channel), |_| String::new(), known).await?;
    let key = card.signing_keys()[0].clone();
    let certificate = Certificate::parse(&key.certificate)?;
    let prepared = asic::prepare(&documents, &certificate, SystemTime::now())?;
    let consent = PinConsent::new(Arc::new(Pin::new(PIN.as_bytes())));
    let value = card.sign(&key, consent, prepared.digest()).await?;
    prepared.finish(&value)?;
    let sentence = String::new();
    channel.close(CardOutcome::Succeeded { sentence }).await?;
    Ok(readers.meter().apdus)
}

/// OpenSC's commands for one signature, without anything it remembers of an earlier one.
fn opensc(image: CardImage) -> Outcome<usize> {
    let _daemon = Daemon::of_this_machine()?;
    let folder = tempfile::tempdir()?;
    let configuration = folder.path().join("opensc.conf");
    std::fs::write(
        &configuration,
        "app default { framework pkcs15 { use_file_caching = no; } }\n",
    )?;
    let digest = folder.path().join("digest");
    std::fs::write(&digest, [0x5A; 48])?;
    let slot = SocketAddr::from((Ipv4Addr::LOCALHOST, PORT));
    let inserted = VirtualPcd::insert(slot, Arc::new(Mutex::new(VirtualCard::new(image)?)))?;
    let deadline = Instant::now() + PATIENCE;
    loop {
        inserted.clear();
        let signed = Command::new("pkcs15-crypt")
            .env("OPENSC_CONF", &configuration)
            .args(["--reader", "Virtual PCD 00 00", "--sign", "--key", "01", "--raw"])
            .args(["--pin", PIN])
            .arg("--input")
            .arg(&digest)
            .arg("--output")
            .arg(folder.path().join("signature"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .map_err(|error| format!("pkcs15-crypt of OpenSC: {error}"))?;
        if signed.success() {
            return Ok(inserted.meter().apdus);
        }
        // The daemon needs a moment to see the card; nothing was sent to it until then.
        if inserted.meter().apdus > 0 || Instant::now() > deadline {
            return Err("OpenSC cannot sign with the card".into());
        }
        thread::sleep(Duration::from_millis(100));
    }
}

/// The PC/SC daemon: the one that runs, or one that ends with this.
struct Daemon(Option<Child>);

impl Daemon {
    fn of_this_machine() -> Outcome<Self> {
        let slot = SocketAddr::from((Ipv4Addr::LOCALHOST, PORT));
        let listens = || TcpStream::connect(slot).is_ok();
        if listens() {
            return Ok(Self(None));
        }
        let started = Command::new("pcscd")
            .arg("--foreground")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("pcscd: {error}"))?;
        let mut daemon = Self(Some(started));
        let deadline = Instant::now() + PATIENCE;
        while !listens() {
            let ended = daemon
                .0
                .as_mut()
                .is_some_and(|child| !matches!(child.try_wait(), Ok(None)));
            if ended || Instant::now() > deadline {
                return Err("pcscd does not run with a virtual reader; it needs vsmartcard-vpcd, and root".into());
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(daemon)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            // It leaves its socket behind, which the next one takes away.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
