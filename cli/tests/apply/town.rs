//! A portal, and processes of the command line that apply to it.

use std::fs;
use std::path::PathBuf;
use std::process::{Output, Stdio};
use std::sync::Arc;

use basvuru_portal::SystemClock;
use basvuru_test_card::CardImage;
use basvuru_test_pki::{IssueOptions, KeyKind};
use basvuru_world::{Applicant, Ledger, PIN, Relay, World};
use serde_json::{Value, json};
use tokio::process::{Child, Command};

/// A portal behind a relay.
pub(crate) struct Town {
    pub(crate) world: World,
    pub(crate) relay: Relay,
}

/// One application, with everything the process needs for it.
pub(crate) struct Case<'a> {
    town: &'a Town,
    pub(crate) order: String,
    /// Where the process finds the portal.
    pub(crate) portal: String,
    /// Whether it prints JSON.
    pub(crate) json: bool,
    /// How many text messages were read and taken out of the outbox.
    read: usize,
    folder: tempfile::TempDir,
}

impl Town {
    pub(crate) async fn start() -> Self {
        let world = World::start_with(|settings| {
            settings.limits.requests_a_minute = 1_000_000;
            settings.limits.requests_of_person_a_minute = 1_000_000;
            settings.limits.picture_codes_a_minute = 1_000_000;
            // A form that is approved anew needs another code at once.
            settings.limits.code_resend = std::time::Duration::ZERO;
            // The processes go by the system's clock, and a slow machine takes longer than clocks may be apart.
            settings.clock = Arc::new(SystemClock);
        })
        .await
        .unwrap();
        let relay = Relay::before(world.address()).await.unwrap();
        Self { world, relay }
    }

    /// Invites the applicant to one more application.
    pub(crate) async fn invite(&self) -> Case<'_> {
        for entry in fs::read_dir(self.outbox()).unwrap() {
            fs::remove_file(entry.unwrap().path()).unwrap();
        }
        self.invite_as(&Applicant::sample()).await
    }

    /// Invites somebody, and leaves what is in the outbox.
    pub(crate) async fn invite_as(&self, applicant: &Applicant) -> Case<'_> {
        let invited = self.world.invite(applicant).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let card = self.world.card(applicant, KeyKind::P384, &IssueOptions::default());
        card.unwrap().save(&folder.path().join("card.json")).unwrap();
        fs::write(folder.path().join("trust.pem"), self.world.portal_root().unwrap()).unwrap();
        let answers = json!({
            "identity_kind": applicant.identity_kind,
            "identity": applicant.identity,
            "access_password": invited.access_password.expose(),
            "order": invited.order,
            "form": {
                "registry_number": "48213", "birth_place": "Iğdır", "birth_date": "1985-03-07", "reason": "renewal",
                "validity_years": "3", "reader_type": "none", "security_word": "papatya",
                "delivery_address": "Ihlamur Sokağı 4/2, Ankara",
            },
            "pin": PIN,
            "outbox": self.outbox(),
        });
        fs::write(folder.path().join("answers.json"), answers.to_string()).unwrap();
        Case {
            town: self,
            order: invited.order,
            portal: self.relay.url(),
            json: true,
            read: 0,
            folder,
        }
    }

    pub(crate) fn outbox(&self) -> PathBuf {
        self.world.data().join("outbox")
    }
}

impl Case<'_> {
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Starts the process. It dies with the test.
    pub(crate) fn start(&self) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_basvuru"));
        command.args(self.json.then_some("--json"));
        command.args(["apply", "--portal", &self.portal, "--trust"]);
        command.arg(self.path("trust.pem")).arg("--home").arg(self.path("home"));
        command.args(["--card", &format!("virtual:{}", self.path("card.json").display())]);
        command.arg("--answers").arg(self.path("answers.json"));
        command.arg("--diagnosis").arg(self.path("diagnosis.json"));
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command.kill_on_drop(true).spawn().unwrap()
    }

    /// Runs the process to its end.
    pub(crate) async fn run(&self) -> Output {
        self.start().wait_with_output().await.unwrap()
    }

    /// Changes one of the answers in the file.
    pub(crate) fn answer(&self, name: &str, value: Value) {
        let mut answers: Value = serde_json::from_slice(&fs::read(self.path("answers.json")).unwrap()).unwrap();
        answers[name] = value;
        fs::write(self.path("answers.json"), answers.to_string()).unwrap();
    }

    /// Takes the text messages so far out of the outbox: the next one there is a new one.
    pub(crate) fn take_texts(&mut self) {
        self.read += self.town.world.outbox().texts().unwrap().len();
        for entry in fs::read_dir(self.town.outbox()).unwrap() {
            let path = entry.unwrap().path();
            if path.file_name().unwrap().to_string_lossy().starts_with("sms-") {
                fs::remove_file(path).unwrap();
            }
        }
    }

    /// What the portal has written down of the order.
    pub(crate) fn ledger(&self) -> Ledger {
        self.town.world.ledger(&self.order).unwrap()
    }

    /// Runs again; everything must be done then, and have been done once for each approval of the form, of which there may be
    /// so many at most. Gives how many there were.
    pub(crate) async fn goes_on(&self, most: usize, context: &str) -> usize {
        let output = self.run().await;
        let said = String::from_utf8(output.stdout).unwrap();
        let whole = format!("{context}\n{said}\n{}", String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{whole}");
        let last: Value = serde_json::from_str(said.lines().last().unwrap()).unwrap();
        assert_eq!(last["event"], "done", "{whole}");
        let receipt = &last["receipt"];
        assert_eq!(receipt["order"], json!(self.order), "{whole}");

        let ledger = self.ledger();
        let approvals = ledger.count("approved");
        assert!((1..=most).contains(&approvals), "{:?}\n{whole}", ledger.events);
        for event in ["code-sent", "phone-confirmed"] {
            assert_eq!(ledger.count(event), approvals, "{event}: {:?}\n{whole}", ledger.events);
        }
        assert_eq!(
            ledger.count("approval-voided"),
            approvals - 1,
            "{:?}\n{whole}",
            ledger.events
        );
        assert_eq!((ledger.count("signed"), ledger.receipts), (1, 1), "{whole}");
        let texts = self.town.world.outbox().texts().unwrap();
        let messages = approvals + ledger.count("unblocking-asked");
        assert_eq!(self.read + texts.len(), messages, "{whole}");
        assert_eq!(
            CardImage::load(&self.path("card.json")).unwrap().tries_left(),
            3,
            "{whole}"
        );
        let container = fs::read(self.path("home").join(format!("application-{}.asice", self.order)));
        let digest = basvuru::digest::DigestAlgorithm::Sha256.digest(&container.unwrap());
        let digest = basvuru::digest::hexadecimal(&digest.value);
        assert_eq!(receipt["container_sha256"], json!(digest), "{whole}");
        approvals
    }
}
