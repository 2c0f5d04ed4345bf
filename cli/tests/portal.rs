//! `basvuru portal` for the officer, from outside: invitations of a list, lists of orders, exports, the audit trail, tokens.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::thread;

use serde_json::Value;

/// Three people, one of whom has no identity number.
const LIST: &str = "\u{FEFF}id;phone;email;given;family;institution\r\n\
                    10000000146;0532 123 45 67;isil@example.com;Işıl;ÖRNEKŞEN;Kurum A\r\n\
                    10000000147;0532 123 45 68;bora@example.com;Bora;YANLIŞ;Kurum A\r\n\
                    10000000078;0532 123 45 69;cem@example.com;Cem;\"TAŞ; DEMİR\";Kurum B\r\n";

struct Office {
    folder: tempfile::TempDir,
}

impl Office {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn data(&self) -> &Path {
        self.folder.path()
    }

    /// Runs `basvuru portal` on the folder with something at its standard input.
    fn run(&self, language: &str, json: bool, arguments: &[&str], input: &str) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_basvuru"));
        command.args(["--lang", language]).args(json.then_some("--json"));
        command
            .arg("portal")
            .args(arguments)
            .arg("--data")
            .arg(self.data().join("portal"));
        let piped = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut running = piped.env("LC_ALL", "C.UTF-8").env("LOGNAME", "memur").spawn().unwrap();
        running.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        running.wait_with_output().unwrap()
    }

    fn text(&self, language: &str, arguments: &[&str]) -> String {
        String::from_utf8(self.run(language, false, arguments, "").stdout).unwrap()
    }

    /// What is told in JSON, and the exit code.
    fn told(&self, arguments: &[&str], input: &str) -> (Vec<Value>, i32) {
        let output = self.run("en", true, arguments, input);
        let lines = String::from_utf8(output.stdout).unwrap();
        let objects = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        (objects, output.status.code().unwrap())
    }
}

fn events(told: &[Value]) -> Vec<&str> {
    told.iter().map(|object| object["event"].as_str().unwrap()).collect()
}

#[test]
fn a_list_is_gone_through_again_and_nobody_is_invited_twice() {
    let office = Office::new();
    let (told, code) = office.told(&["invite", "--from", "-"], LIST);
    assert_eq!(events(&told), ["invited", "not-invited", "invited", "list"]);
    assert_eq!((told[1]["line"].as_u64(), code), (Some(3), 1));
    let list = office.data().join("list.csv");
    fs::write(&list, LIST).unwrap();
    let list = list.to_str().unwrap();
    let (again, code) = office.told(&["invite", "--from", list], "");
    assert_eq!(
        events(&again),
        ["invited-before", "not-invited", "invited-before", "list"]
    );
    assert_eq!(
        (&again[0]["order"], &again[2]["order"], code),
        (&told[0]["order"], &told[2]["order"], 1)
    );
    assert_eq!(
        office.told(&["list"], "").0.len(),
        3,
        "two orders and the end of the page"
    );
    // A line that was mended is another; and whoever is meant to be invited again is.
    let mended = LIST.replace("10000000147", "10000000214");
    let (mended, code) = office.told(&["invite", "--from", "-"], &mended);
    assert_eq!(
        (events(&mended), code),
        (vec!["invited-before", "invited", "invited-before", "list"], 0)
    );
    let (anew, _) = office.told(&["invite", "--from", "-", "--again"], LIST);
    assert_ne!(anew[0]["order"], told[0]["order"]);
    assert_eq!(events(&anew), ["invited", "not-invited", "invited", "list"]);
}

#[test]
fn what_is_told_of_a_list_names_nobody() {
    let office = Office::new();
    let wrong = LIST.replace("0532 123 45 69", "0212 000 00 00");
    for (language, json) in [("tr", false), ("en", false), ("en", true)] {
        let output = office.run(language, json, &["invite", "--from", "-"], &wrong);
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(!said.is_empty());
        for personal in ["1000000", "ÖRNEKŞEN", "YANLIŞ", "Cem", "example.com", "0212"] {
            assert!(!said.contains(personal), "{personal} in {said}");
        }
    }
    let output = office.run("en", false, &["invite", "--from", "-"], "id;phone\n10000000146;1\n");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("does not name its columns"));
    let windows = b"id;phone;email;given\n10000000146;05321234567;a@example.com;I\xFE\xFDl\n";
    let file = office.data().join("windows.csv");
    fs::write(&file, windows).unwrap();
    let output = office.run("en", false, &["invite", "--from", file.to_str().unwrap()], "");
    assert!(String::from_utf8_lossy(&output.stderr).contains("line 2 cannot be read"));
}

#[test]
fn orders_are_listed_exported_and_audited_with_who_it_was() {
    let office = Office::new();
    let (invited, _) = office.told(&["invite", "--from", "-"], LIST);
    let order = invited[0]["order"].as_str().unwrap();
    let (listed, code) = office.told(&["list", "--institution", "kurum a", "--state", "form"], "");
    assert_eq!((events(&listed), code), (vec!["order", "page"], 0));
    assert_eq!(
        (&listed[0]["id"], &listed[0]["family_name"]),
        (&invited[0]["order"], &Value::from("ÖRNEKŞEN"))
    );
    assert_eq!(office.told(&["list", "--since", "1.1.2100"], "").0.len(), 1);
    let (page, _) = office.told(&["list", "--limit", "1"], "");
    let next = page[1]["next"].as_str().unwrap();
    let (rest, _) = office.told(&["list", "--limit", "1", "--after", next], "");
    assert_eq!((&rest[0]["id"], &rest[1]["next"]), (&invited[0]["order"], &Value::Null));
    let turkish = office.text("tr", &["list"]);
    let line = turkish.lines().find(|line| line.contains(order)).unwrap();
    assert!(
        line.contains("Form bekleniyor") && line.contains("Işıl ÖRNEKŞEN") && line.contains("Kurum A"),
        "{line}"
    );
    assert!(office.text("en", &["list"]).contains("Awaits the form"));

    let out = office.data().join("out");
    let out = out.to_str().unwrap();
    for _ in 0..2 {
        let (exported, code) = office.told(&["export", order, "--out", out, "--as", "Ayşe"], "");
        assert_eq!((events(&exported), code), (vec!["exported"], 0));
    }
    let folder = Path::new(out).join(order);
    let kept: Value = serde_json::from_slice(&fs::read(folder.join("order.json")).unwrap()).unwrap();
    assert_eq!(kept["applicant"]["identity"], "10000000146");
    assert!(!folder.join("application.asice").exists(), "nothing was signed");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        for path in [folder.clone(), folder.join("order.json")] {
            assert_eq!(
                fs::metadata(&path).unwrap().permissions().mode() & 0o077,
                0,
                "{}",
                path.display()
            );
        }
    }
    let (missing, code) = office.told(&["export", "2026-NOSUCH", order, "--out", out], "");
    assert_eq!((events(&missing), code), (vec!["order-missing", "exported"], 1));
    assert_eq!(office.told(&["export", "--all", "--out", out], ""), (Vec::new(), 0));

    let (trail, code) = office.told(&["audit", "--order", order], "");
    let happened: Vec<_> = trail
        .iter()
        .map(|entry| entry["happened"].as_str().unwrap_or("checked"))
        .collect();
    assert_eq!(
        happened,
        [
            "invited",
            "order-exported",
            "order-exported",
            "order-exported",
            "checked"
        ]
    );
    assert_eq!((trail[1]["outcome"].as_str(), code), (Some("Ayşe"), 0));
    let account = trail[3]["outcome"].as_str().unwrap();
    assert!(account.starts_with("memur, uid "), "{account}");
    let turkish = office.text("tr", &["audit"]);
    assert!(
        turkish.contains("Başvuru dışa aktarıldı") && turkish.contains("Denetim kaydı bütün"),
        "{turkish}"
    );
}

#[test]
fn a_token_is_told_once_and_taken_back() {
    let office = Office::new();
    office.told(&["invite", "--from", "-"], LIST);
    let (made, code) = office.told(&["token", "register"], "");
    let token = made[0]["token"].as_str().unwrap();
    assert_eq!((token.len(), code), (43, 0));
    assert!(
        office
            .text("tr", &["token", "other"])
            .contains("yalnızca şimdi gösteriliyor")
    );
    assert_eq!(office.told(&["token", "register", "--revoke"], "").1, 0);
    let output = office.run("en", false, &["token", "register", "--revoke"], "");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("No program of this name"));
    assert!(!office.text("en", &["audit"]).contains(token));
}

#[test]
fn a_folder_that_no_portal_was_on_is_told_and_left_as_it_is() {
    let office = Office::new();
    for arguments in [
        &["list"][..],
        &["audit"],
        &["token", "x"],
        &["export", "A", "--out", "/nonexistent"],
    ] {
        let output = office.run("en", false, arguments, "");
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("No portal has run on this folder"));
    }
    assert_eq!(fs::read_dir(office.data()).unwrap().count(), 0);
}

/// An address that is told of completed applications: it takes nothing until it is up. Gives what it was sent, head and body.
fn told_address(up: Arc<AtomicBool>) -> (String, Receiver<(String, Value)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/completed", listener.local_addr().unwrap());
    let (tell, told) = mpsc::channel();
    // It listens until the test's process ends.
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut reader = BufReader::new(&stream);
            let (mut head, mut line) = (String::new(), String::new());
            while reader.read_line(&mut line).unwrap_or_default() > 2 {
                head.push_str(&line);
                line.clear();
            }
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
            let mut body = vec![0; length.unwrap_or_default()];
            let whole = reader.read_exact(&mut body).is_ok();
            let status = if up.load(Ordering::SeqCst) {
                "204 No Content"
            } else {
                "503 Service Unavailable"
            };
            let _ = write!(&stream, "HTTP/1.1 {status}\r\nconnection: close\r\n\r\n");
            if whole {
                let _ = tell.send((head, serde_json::from_slice(&body).unwrap()));
            }
        }
    });
    (address, told)
}

/// A portal that is killed with the test.
struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Office {
    /// Starts the portal, which tells `address`; gives it and its URL.
    fn serve(&self, address: &str) -> (Served, String) {
        let secret = self.data().join("secret");
        fs::write(&secret, "0123456789abcdef0123456789abcdef\n").unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_basvuru"));
        command.args([
            "--json",
            "portal",
            "--listen",
            "127.0.0.1:0",
            "--reveal-captcha",
            "--webhook",
            address,
        ]);
        command.arg("--webhook-secret").arg(secret);
        command
            .arg("--data")
            .arg(self.data().join("portal"))
            .stdout(Stdio::piped());
        let mut served = Served(command.spawn().unwrap());
        let mut line = String::new();
        BufReader::new(served.0.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let running: Value = serde_json::from_str(&line).unwrap();
        (served, running["url"].as_str().unwrap().to_owned())
    }

    /// Applies as the first of the list.
    fn apply(&self, url: &str, order: &str) {
        let portal = self.data().join("portal");
        let outbox = portal.join("outbox");
        let mail = fs::read_to_string(outbox.join("mail-000001.json")).unwrap();
        let mail: Value = serde_json::from_str(&mail).unwrap();
        let text = mail["text"].as_str().unwrap();
        let password = text
            .lines()
            .find_map(|line| line.strip_prefix("Access password: "))
            .unwrap();
        let answers = self.data().join("answers.json");
        let form = serde_json::json!({
            "registry_number": "48213", "birth_place": "Iğdır", "birth_date": "1985-03-07", "reason": "renewal",
            "validity_years": "3", "reader_type": "none", "security_word": "papatya",
            "delivery_address": "Ihlamur Sokağı 4/2, Ankara",
        });
        let content = serde_json::json!({
            "identity_kind": "national-id", "identity": "10000000146", "access_password": password, "order": order,
            "form": form, "pin": "123456", "outbox": outbox,
        });
        fs::write(&answers, content.to_string()).unwrap();
        let holder = self.data().join("holder.json");
        fs::write(&holder, r#"{"id":"10000000146","name":"Işıl ÖRNEKŞEN"}"#).unwrap();
        let card = self.data().join("card.json");
        let run = |command: &mut Command| {
            let output = command.output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        };
        let basvuru = || Command::new(env!("CARGO_BIN_EXE_basvuru"));
        run(basvuru()
            .args(["card", "new"])
            .arg(&card)
            .arg("--data")
            .arg(&portal)
            .arg("--from")
            .arg(&holder));
        let mut apply = basvuru();
        apply
            .args(["--json", "apply", "--portal", url, "--trust"])
            .arg(portal.join("ca.pem"));
        apply
            .arg("--home")
            .arg(self.data().join("home"))
            .arg("--answers")
            .arg(&answers);
        run(apply.args(["--card", &format!("virtual:{}", card.display())]));
    }
}

#[test]
fn a_completed_application_is_told_again_by_a_portal_that_was_killed_and_its_export_is_judged_by_openssl() {
    let office = Office::new();
    let up = Arc::new(AtomicBool::new(false));
    let (address, told) = told_address(Arc::clone(&up));
    let (served, url) = office.serve(&address);
    let (invited, _) = office.told(&["invite", "--from", "-"], LIST);
    let order = invited[0]["order"].as_str().unwrap();
    office.apply(&url, order);
    let (head, event) = told.recv().unwrap();
    // Killed, as by a power cut: nothing was acknowledged.
    drop(served);
    up.store(true, Ordering::SeqCst);
    let (_served, _) = office.serve(&address);
    let again = told.iter().map(|(_, event)| event).next().unwrap();
    assert_eq!((&event, event["order"].as_str()), (&again, Some(order)));
    let signature = head
        .lines()
        .find_map(|line| line.strip_prefix("basvuru-signature: "))
        .unwrap();
    assert!(
        signature.starts_with("t=") && signature.len() == 2 + 10 + 4 + 64,
        "{signature}"
    );

    let out = office.data().join("out");
    let folder = out.join(order);
    let acknowledged = || {
        let (exported, code) = office.told(&["export", order, "--out", out.to_str().unwrap()], "");
        assert_eq!((exported[0]["verdict"].as_str(), code), (Some("TOTAL-PASSED"), 0));
        let kept: Value = serde_json::from_slice(&fs::read(folder.join("order.json")).unwrap()).unwrap();
        assert_eq!(kept["completion"]["id"], event["id"]);
        kept["completion"]["acknowledged_at"].is_string()
    };
    while !acknowledged() {}
    assert_eq!(office.told(&["list", "--state", "complete"], "").0.len(), 2);
    let report = fs::read_to_string(folder.join("report.txt")).unwrap();
    assert!(
        report.contains("SONUÇ: İmza geçerli.") && report.contains("Işıl ÖRNEKŞEN"),
        "{report}"
    );

    // The container as it was exported, by OpenSSL.
    let openssl = |arguments: &[&str]| {
        let output = Command::new("openssl")
            .args(arguments)
            .current_dir(&folder)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let unzipped = Command::new("unzip")
        .args(["-q", "application.asice"])
        .current_dir(&folder)
        .status();
    assert!(unzipped.unwrap().success());
    let roots = office.data().join("portal/test-authority/root.pem");
    let issuing = office.data().join("portal/test-authority/issuing.pem");
    fs::write(
        folder.join("chain.pem"),
        [fs::read(roots).unwrap(), fs::read(issuing).unwrap()].concat(),
    )
    .unwrap();
    let find = |end: &str| {
        let mut names = fs::read_dir(folder.join("META-INF"))
            .unwrap()
            .map(|entry| entry.unwrap().path());
        names
            .find(|path| path.to_string_lossy().ends_with(end))
            .unwrap()
            .display()
            .to_string()
    };
    let (value, manifest) = (find(".p7s"), find(".xml"));
    openssl(&[
        "cms",
        "-verify",
        "-cades",
        "-binary",
        "-inform",
        "DER",
        "-in",
        &value,
        "-content",
        &manifest,
        "-CAfile",
        "chain.pem",
        "-purpose",
        "any",
        "-out",
        "/dev/null",
    ]);
    let digest = openssl(&["dgst", "-sha256", "-r", "application.asice"]);
    let receipt: Value = serde_json::from_slice(&fs::read(folder.join("receipt.json")).unwrap()).unwrap();
    assert_eq!(digest.split(' ').next(), receipt["container_sha256"].as_str());
}
