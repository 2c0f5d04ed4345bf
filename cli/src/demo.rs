//! A whole application on this machine, as a person would walk it: every part is real, the portal's outbox stands in for
//! the mailbox and the telephone. What was made is left in a folder, with a timeline of what each step cost.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use basvuru::application::{Answer, CertificateApplication, FieldEntry, FormField, Screen as View, Step};
use basvuru::certificate::TrustAnchors;
use basvuru::failure::Failure;
use basvuru::portal::{Method, Receipt};
use basvuru::reader::{Link, Readers as _};
use basvuru::secret::{Password, Pin};
use basvuru::signature::report::{Report, SignatureReport};
use basvuru::signature::verify::verify_container;
use basvuru::texts::Argument;
use basvuru_test_card::{VirtualCard, VirtualReaders};
use basvuru_test_pki::IssueOptions;
use basvuru_world::{Applicant, Invited, PIN, World};
use console::{Style, measure_text_width};
use serde::Serialize;

use crate::arguments::{CardLink, Demo, Wish};
use crate::card::{key_name, kind};
use crate::portal::archive;
use crate::screen::Screen;
use crate::stop::Stop;
use crate::verify::level_name;

/// What one step cost.
#[derive(Debug, Clone, Serialize)]
struct Entry {
    /// The screen's stable name.
    step: &'static str,
    /// Its name in the person's language.
    name: String,
    milliseconds: f64,
    http_requests: u64,
    /// Octets of HTTP bodies, both ways.
    http_bytes: u64,
    /// Commands sent to the card.
    apdus: u64,
    /// Octets exchanged with the card, both ways.
    card_bytes: u64,
}

/// Counters at a moment, to be subtracted from those at another.
struct Meter {
    moment: Instant,
    http_requests: u64,
    http_bytes: u64,
    apdus: u64,
    card_bytes: u64,
}

/// Everything the demo is made of.
struct Stage<'a> {
    world: &'a World,
    applicant: &'a Applicant,
    invited: &'a Invited,
    readers: Arc<VirtualReaders>,
    screen: &'a Screen,
    out: &'a Path,
    link: Link,
}

pub(crate) async fn run(options: &Demo, screen: &Screen) -> Result<(), Stop> {
    let begun = Instant::now();
    let world = World::start_with(|settings| {
        if options.level == Wish::BB {
            settings.timestamps = None;
        }
    });
    let world = world.await.map_err(stopped)?;
    let applicant = Applicant::sample();
    let link = match options.link {
        CardLink::Contact => Link::Contact,
        CardLink::Nfc => Link::Nfc,
    };
    let card = world
        .card(&applicant, kind(options.key), &IssueOptions::default())
        .map_err(stopped)?;
    let card = VirtualCard::new(card).map_err(stopped)?;
    let readers = Arc::new(VirtualReaders::with_card(link, card));
    heading(options, &world, screen);

    for folder in ["documents", "trust"] {
        let folder = options.out.join(folder);
        fs::create_dir_all(&folder).map_err(Stop::at(&folder))?;
    }
    let mut timeline = Timeline {
        entries: Vec::new(),
        screen,
        name: applicant.name(),
    };
    let invitation_begun = Instant::now();
    let invited = world.invite(&applicant).await.map_err(stopped)?;
    timeline.add(Entry {
        step: "invite",
        name: screen.sentence("demo-step-invite", &[]),
        milliseconds: milliseconds(invitation_begun.elapsed()),
        http_requests: 0,
        http_bytes: 0,
        apdus: 0,
        card_bytes: 0,
    });

    let home = tempfile::tempdir().map_err(Stop::at(&std::env::temp_dir()))?;
    let application = world.open(home.path(), screen.language(), Arc::clone(&readers) as _)?;
    let stage = Stage {
        world: &world,
        applicant: &applicant,
        invited: &invited,
        readers,
        screen,
        out: &options.out,
        link,
    };
    let receipt = stage.walk(&application, &mut timeline).await?;

    let container = application.signed_container(receipt.order.clone())?;
    write(&options.out.join("application.asice"), &container)?;
    write_json(&options.out.join("receipt.json"), &receipt)?;
    let chain = world.authority.chain_pem().map_err(stopped)?;
    write(&options.out.join("trust/root.pem"), chain.as_bytes())?;
    write_json(&options.out.join("timeline.json"), &timeline.entries)?;
    let exported = archive::open(world.data(), chain.clone().into_bytes()).await?;
    let exported = exported.export(&receipt.order, "demo").await.map_err(stopped)?;
    archive::write(&exported, &options.out.join("export"))?;
    timeline.total(begun.elapsed());
    let trust = TrustAnchors::from_pem(chain.as_bytes()).map_err(stopped)?;
    let report = verify_container(&container, &trust, world.now());
    farewell(options, &receipt, &report, screen);
    Ok(())
}

impl Stage<'_> {
    /// Walks the journey, with a line for each screen.
    async fn walk(
        &self,
        application: &Arc<CertificateApplication>,
        timeline: &mut Timeline<'_>,
    ) -> Result<Receipt, Stop> {
        loop {
            let step = application.step();
            if let View::Done { receipt, .. } = &step.screen {
                return Ok(receipt.clone());
            }
            let before = self.meter(application);
            let name = step.screen.name();
            // Asking for a picture code and answering it are one step to the person.
            while application.step().screen.name() == name {
                let step = application.step();
                let answer = self.answer(application, &step).await?;
                Arc::clone(application).answer(answer).await?;
            }
            let after = self.meter(application);
            timeline.add(self.entry(name, &before, &after));
        }
    }

    async fn answer(&self, application: &CertificateApplication, step: &Step) -> Result<Answer, Stop> {
        Ok(match &step.screen {
            View::SignIn { captcha: None, .. } => Answer::RequestCaptcha,
            View::SignIn {
                captcha: Some(captcha), ..
            } => Answer::SignIn {
                identity_kind: self.applicant.identity_kind,
                identity: self.applicant.identity.clone(),
                access_password: Arc::new(Password::from(self.invited.access_password.clone())),
                captcha: self.world.outbox().captcha(&captcha.id).map_err(stopped)?,
            },
            View::ChooseOrder { .. } => Answer::ChooseOrder {
                order: self.invited.order.clone(),
            },
            View::FillForm { fields, .. } => Answer::ApproveForm { values: filled(fields) },
            View::ConfirmPhone { code: None, .. } => Answer::SendCode { app_token: None },
            View::ConfirmPhone { code: Some(_), .. } => {
                let message = self
                    .world
                    .outbox()
                    .newest_text(Some(&self.applicant.phone), 1)
                    .await
                    .map_err(stopped)?;
                let code = application.read_sms(message, None).ok_or_else(|| stopped("SMS"))?;
                Answer::ConfirmCode { code }
            }
            View::ChooseMethod { .. } => Answer::ChooseMethod { method: Method::Card },
            View::ReviewDocuments { documents, .. } => {
                for document in documents {
                    let content = application.document(document.id.clone())?;
                    write(&self.out.join("documents").join(&document.file_name), &content)?;
                }
                Answer::AcceptDocuments
            }
            View::Sign { card, .. } => {
                let readers = self.readers.list().await.map_err(Failure::from)?;
                let reader = readers.into_iter().next().ok_or(Failure::ReaderMissing)?.id;
                if self.link == Link::Contact && card.is_none() {
                    Answer::ReadCard { reader }
                } else {
                    let pin = Arc::new(Pin::new(PIN.as_bytes()));
                    Answer::Sign {
                        reader,
                        pin,
                        last_try_confirmed: false,
                        certificate: None,
                    }
                }
            }
            View::Pending { .. } => Answer::Continue,
            View::AwaitInstitution { .. } | View::Done { .. } | View::Outdated { .. } => {
                return Err(Failure::AnswerNotExpected.into());
            }
        })
    }

    fn meter(&self, application: &CertificateApplication) -> Meter {
        let traffic = application.traffic();
        let card = self.readers.meter();
        Meter {
            moment: Instant::now(),
            http_requests: traffic.requests,
            http_bytes: traffic.bytes,
            apdus: card.apdus as u64,
            card_bytes: (card.bytes_in + card.bytes_out) as u64,
        }
    }

    fn entry(&self, step: &'static str, before: &Meter, after: &Meter) -> Entry {
        let id = match (step, self.link) {
            ("sign", Link::Nfc) => "demo-step-sign-nfc".to_owned(),
            _ => format!("demo-step-{step}"),
        };
        Entry {
            step,
            name: self.screen.sentence(&id, &[]),
            milliseconds: milliseconds(after.moment - before.moment),
            http_requests: after.http_requests - before.http_requests,
            http_bytes: after.http_bytes - before.http_bytes,
            apdus: after.apdus - before.apdus,
            card_bytes: after.card_bytes - before.card_bytes,
        }
    }
}

/// The steps walked so far, shown as they come.
struct Timeline<'a> {
    entries: Vec<Entry>,
    screen: &'a Screen,
    name: String,
}

/// How wide the column with the names of the steps is.
const NAME_WIDTH: usize = 30;

impl Timeline<'_> {
    fn add(&mut self, entry: Entry) {
        self.screen
            .object(&serde_json::json!({ "event": "step", "entry": entry }));
        let hint = match (entry.step, entry.apdus > 0 && entry.http_requests > 0) {
            ("sign", true) => "demo-step-sign-nfc".to_owned(),
            (step, _) => format!("demo-step-{step}"),
        };
        let hint = self
            .screen
            .attribute(&hint, "hint", &[("name", Argument::Text(&self.name))]);
        let number = self.entries.len() + 1;
        let name = Style::new().bold().apply_to(padded(&entry.name, NAME_WIDTH));
        self.screen.line(&format!(" {number:>2}  {name}{}", columns(&entry)));
        self.screen.line(&format!("     {}", Style::new().dim().apply_to(hint)));
        self.entries.push(entry);
    }

    fn total(&self, elapsed: Duration) {
        let sum = |value: fn(&Entry) -> u64| self.entries.iter().map(value).sum();
        let total = Entry {
            step: "total",
            name: self.screen.sentence("demo-total", &[]),
            milliseconds: milliseconds(elapsed),
            http_requests: sum(|entry| entry.http_requests),
            http_bytes: sum(|entry| entry.http_bytes),
            apdus: sum(|entry| entry.apdus),
            card_bytes: sum(|entry| entry.card_bytes),
        };
        self.screen
            .object(&serde_json::json!({ "event": "total", "entry": total }));
        self.screen.line(&format!("     {}", "─".repeat(NAME_WIDTH + 44)));
        self.screen
            .line(&format!("     {}{}", padded(&total.name, NAME_WIDTH), columns(&total)));
    }
}

/// The figures of a step; a dot where there is nothing to count.
fn columns(entry: &Entry) -> String {
    let count = |value: u64| if value == 0 { "·".to_owned() } else { value.to_string() };
    format!(
        "{:>9.0} ms {:>8} {:>7} {:>12}",
        entry.milliseconds,
        count(entry.http_requests),
        count(entry.apdus),
        count(entry.http_bytes + entry.card_bytes)
    )
}

fn heading(options: &Demo, world: &World, screen: &Screen) {
    let link = match options.link {
        CardLink::Contact => "demo-contact",
        CardLink::Nfc => "demo-nfc",
    };
    let url = world.url();
    let link = screen.sentence(link, &[]);
    let world_sentence = screen.sentence(
        "demo-world",
        &[
            ("url", Argument::Text(&url)),
            ("key", Argument::Text(key_name(options.key))),
            ("link", Argument::Text(&link)),
        ],
    );
    let label = |id: &str| screen.sentence(id, &[]);
    screen.line("");
    screen.line(&format!(
        "  {}  {}",
        Style::new().bold().cyan().apply_to("Başvuru"),
        Style::new().bold().apply_to(label("demo-title"))
    ));
    screen.line(&format!("  {}", Style::new().dim().apply_to(world_sentence)));
    screen.line("");
    let header = format!(
        "     {}{:>12} {:>8} {:>7} {:>12}",
        padded(&label("demo-header-step"), NAME_WIDTH),
        label("demo-header-time"),
        label("demo-header-http"),
        label("demo-header-apdu"),
        label("demo-header-bytes"),
    );
    screen.line(&Style::new().dim().apply_to(header).to_string());
}

fn farewell(options: &Demo, receipt: &Receipt, report: &Report, screen: &Screen) {
    let label = |id: &str| screen.sentence(id, &[]);
    let done = screen.sentence("demo-done", &[("number", Argument::Text(&receipt.number))]);
    screen.object(&serde_json::json!({ "event": "done", "receipt": receipt, "report": report, "out": options.out }));
    screen.line("");
    screen.line(&format!(
        "  {} {}",
        Style::new().green().bold().apply_to("✓"),
        Style::new().bold().apply_to(done)
    ));
    for signature in &report.signatures {
        let level = level_name(signature).unwrap_or_default();
        screen.line(&format!("    {}", made(signature, &level, screen)));
    }
    screen.line("");
    let folder = screen.path(&options.out);
    screen.line(&format!(
        "  {}",
        screen.sentence("demo-left", &[("folder", Argument::Text(&folder))])
    ));
    for (file, id) in [
        ("application.asice", "demo-file-container"),
        ("receipt.json", "demo-file-receipt"),
        ("documents/", "demo-file-documents"),
        ("trust/root.pem", "demo-file-trust"),
        ("timeline.json", "demo-file-timeline"),
    ] {
        screen.line(&format!(
            "    {}{}",
            padded(file, 20),
            Style::new().dim().apply_to(label(id))
        ));
    }
    screen.line("");
    screen.line(&format!("  {}", label("demo-verify")));
    screen.line(&format!(
        "    basvuru verify {folder}/application.asice --trust {folder}/trust/root.pem"
    ));
    screen.line("");
}

/// What was made, as our own verifier finds it.
fn made(signature: &SignatureReport, level: &str, screen: &Screen) -> String {
    let level = Argument::Text(level);
    let timestamp = signature.timestamps.iter().find(|timestamp| timestamp.holds());
    match timestamp.and_then(|timestamp| Some((timestamp.time?, timestamp.authority.as_deref()?))) {
        Some((time, authority)) => screen.sentence(
            "demo-made-stamped",
            &[
                ("level", level),
                ("moment", Argument::Moment(time)),
                ("authority", Argument::Text(authority)),
            ],
        ),
        None => screen.sentence("demo-made", &[("level", level)]),
    }
}

/// Values for every field the person may fill in: what is there, else the first choice or a sample.
fn filled(fields: &[FormField]) -> HashMap<String, String> {
    fields
        .iter()
        .filter(|field| !field.locked && field.value.is_empty())
        .map(|field| {
            let value = match &field.entry {
                FieldEntry::Text { .. } => "Örnek".to_owned(),
                FieldEntry::Lines { .. } => "Örnek Mah. Çınar Sk. No: 1\nGebze / Kocaeli".to_owned(),
                FieldEntry::Mobile => "0532 000 00 01".to_owned(),
                FieldEntry::Email => "basvuran@example.com".to_owned(),
                FieldEntry::Date { .. } => "1990-12-31".to_owned(),
                FieldEntry::Choice { choices } => {
                    choices.first().map(|choice| choice.value.clone()).unwrap_or_default()
                }
            };
            (field.name.clone(), value)
        })
        .collect()
}

fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(measure_text_width(text))))
}

fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 10_000.0).round() / 10.0
}

fn write_json(file: &Path, value: &impl Serialize) -> Result<(), Stop> {
    let text = serde_json::to_vec_pretty(value).map_err(stopped)?;
    write(file, &text)
}

fn write(file: &Path, content: &[u8]) -> Result<(), Stop> {
    fs::write(file, content).map_err(Stop::at(file))
}

fn stopped(error: impl std::fmt::Display) -> Stop {
    Stop::own("stop-portal", "").because(error)
}
