//! `basvuru sign`, `extend` and `verify` from outside, with an authority's services on the loopback interface.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, SystemTime};

use basvuru_test_card::CardImage;
use basvuru_test_pki::{
    Authority, CaOptions, Holder, IssueOptions, Issued, KeyKind, PrivateKey, ServiceOptions, Services,
};
use serde_json::Value;

const PIN: &str = "123456";
/// A server that only a proxy reaches.
const ELSEWHERE: &str = "http://zaman.example.com";
/// No request to the services is larger.
const MAX_REQUEST: u64 = 1 << 16;

/// An authority with services that are served, a card it issued, and a file to sign.
struct Desk {
    services: Arc<Services>,
    /// What was asked for, in order.
    asked: Arc<Mutex<Vec<String>>>,
    address: String,
    issued: Issued,
    folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let key = || PrivateKey::generate(KeyKind::P384);
        let options = CaOptions::default().with_services_at(&address);
        let authority = Authority::with_keys(&options, key(), key()).unwrap();
        let holder = Holder::new("Ayşe", "Yılmaz", "10000000146");
        let issued = authority
            .issue(&holder, KeyKind::P384, &IssueOptions::default())
            .unwrap();
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("trust")).unwrap();
        fs::write(folder.path().join("chain.pem"), authority.chain_pem().unwrap()).unwrap();
        fs::write(folder.path().join("trust/root.pem"), authority.root_pem().unwrap()).unwrap();
        fs::write(
            folder.path().join("form.txt"),
            "Nitelikli elektronik sertifika başvurusu\n",
        )
        .unwrap();
        let card = CardImage::new(
            "Deneme kartı",
            PIN,
            &issued.certificate_der,
            &issued.private_key_pkcs8_der,
        );
        card.unwrap().save(&folder.path().join("card.json")).unwrap();
        let services = Arc::new(Services::new(authority, ServiceOptions::default()).unwrap());
        let serving = Arc::clone(&services);
        let asked = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&asked);
        // It serves until the test's process ends.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let _ = serve(&stream, &serving, &noted);
            }
        });
        Self {
            services,
            asked,
            address,
            issued,
            folder,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs the command line in the folder, in a language, with the PIN to be read.
    fn run(&self, language: &str, arguments: &[&str]) -> Output {
        self.run_behind(None, language, arguments)
    }

    /// Runs it with a proxy in its environment.
    fn run_behind(&self, proxy: Option<&str>, language: &str, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_basvuru"));
        command.envs(proxy.map(|proxy| ("http_proxy", proxy)));
        command
            .current_dir(self.folder.path())
            .args(["--lang", language])
            .args(arguments);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that asks for nothing may have closed its end already.
        let _ = child.stdin.take().unwrap().write_all(format!("{PIN}\n").as_bytes());
        child.wait_with_output().unwrap()
    }

    /// Runs what must succeed, and returns what it said.
    fn done(&self, language: &str, arguments: &[&str]) -> String {
        let output = self.run(language, arguments);
        let said = said(&output);
        assert!(output.status.success(), "{arguments:?}\n{said}");
        said
    }

    /// Runs what must be refused, and returns what it said.
    fn refused(&self, language: &str, arguments: &[&str]) -> String {
        let output = self.run(language, arguments);
        let said = said(&output);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}\n{said}");
        said
    }

    fn sign(&self, more: &[&str]) -> String {
        let mut arguments = vec!["sign", "form.txt", "--out", "out", "--card", "virtual:card.json"];
        arguments.extend(more);
        self.done("en", &arguments)
    }

    fn report(&self, arguments: &[&str]) -> Value {
        let output = self.run("en", &[&["--json", "verify"], arguments].concat());
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn tsa(&self) -> String {
        format!("{}/tsa", self.address)
    }
}

fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// Answers one request, and closes the connection. `/members/tsa` is for those who have a password, and `/words/tsa` for
/// nobody.
fn serve(stream: &TcpStream, services: &Services, asked: &Mutex<Vec<String>>) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut reader = BufReader::new(stream.take(MAX_REQUEST));
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let mut length = 0;
    let mut authorization = String::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line == "\r\n" {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or_default();
        }
        if let Some((_, value)) = line
            .split_once(':')
            .filter(|(name, _)| name.eq_ignore_ascii_case("authorization"))
        {
            value.trim().clone_into(&mut authorization);
        }
    }
    let mut body = Vec::new();
    reader.take(length).read_to_end(&mut body)?;
    // Who asks through a proxy names the whole address.
    let path = first.split(' ').nth(1).unwrap_or_default();
    let path = path.strip_prefix(ELSEWHERE).unwrap_or(path);
    asked
        .lock()
        .unwrap()
        .push(path.rsplit('/').next().unwrap_or_default().to_owned());
    let (status, answer) = match services.respond(path, &body, SystemTime::now()) {
        // user:parola
        _ if path == "/members/tsa" && authorization != "Basic dXNlcjpwYXJvbGE=" => ("401 Unauthorized", Vec::new()),
        _ if path == "/words/tsa" => ("200 OK", "Kontör kalmadı.\n[2J".as_bytes().to_vec()),
        Ok(Some(answer)) => ("200 OK", answer),
        Ok(None) | Err(_) => ("404 Not Found", Vec::new()),
    };
    let mut stream = stream;
    write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {}\r\n", answer.len())?;
    stream.write_all(b"Connection: close\r\n\r\n")?;
    stream.write_all(&answer)
}

fn level(report: &Value) -> &Value {
    &report["signatures"][0]["level"]
}

fn size(file: &Path) -> u64 {
    fs::metadata(file).unwrap().len()
}

#[test]
fn a_signature_that_lasts_is_made_in_one_command_and_verified_in_both_languages() {
    let desk = Desk::new();
    let more = [
        "--level",
        "b-lta",
        "--tsa",
        &desk.tsa(),
        "--trust",
        "trust",
        "--detached",
        "--enveloping",
    ];
    desk.sign(&more);

    let said = desk.done("en", &["verify", "out/form.txt.asice", "--trust", "trust"]);
    for sentence in [
        "CAdES B-LTA",
        "The signature is valid.",
        "over the signature",
        "No certificate was revoked.",
    ] {
        assert!(said.contains(sentence), "{sentence}\n{said}");
    }
    let said = desk.done("tr", &["verify", "out/form.txt.asice", "--trust", "trust", "--offline"]);
    for sentence in [
        "CAdES B-LTA",
        "imzayı kanıtlayan her şeyin üzerinde",
        "Hiçbir sertifika iptal edilmemiş.",
    ] {
        assert!(said.contains(sentence), "{sentence}\n{said}");
    }
    let detached = desk.report(&["out/form.txt.p7s", "--content", "form.txt", "--trust", "trust"]);
    assert_eq!(detached["verdict"], "TOTAL-PASSED", "{detached}");
    assert_eq!(level(&detached), "B-LTA");
    let enveloping = desk.report(&["out/form.txt.p7m", "--trust", "trust", "--offline"]);
    assert_eq!(enveloping["verdict"], "TOTAL-PASSED", "{enveloping}");
    desk.refused("en", &["verify", "out/form.txt.p7s", "--trust", "trust"]);
}

#[test]
fn a_signature_is_extended_level_by_level_and_one_of_p2_stays_one() {
    let desk = Desk::new();
    desk.sign(&["--trust", "trust"]);
    let file = "out/form.txt.asice";
    let mut before = size(&desk.path(file));
    for (to, named) in [("b-t", "B-T"), ("b-lt", "B-LT"), ("b-lta", "B-LTA")] {
        desk.done(
            "en",
            &["extend", file, "--to", to, "--tsa", &desk.tsa(), "--trust", "trust"],
        );
        let report = desk.report(&[file, "--trust", "trust"]);
        assert_eq!(
            (report["verdict"].as_str(), level(&report).as_str()),
            (Some("TOTAL-PASSED"), Some(named))
        );
        let after = size(&desk.path(file));
        assert!(after > before);
        before = after;
    }

    desk.sign(&["--level", "p2", "--tsa", &desk.tsa(), "--trust", "trust"]);
    let said = desk.done("tr", &["verify", file, "--trust", "trust"]);
    for sentence in [
        "İmza politikası",
        "P2 2.16.792.1.61.0.1.5070.3.1.1",
        "SHA-256 ff39bd29",
        "216792161015070311.pdf",
        "İmza geçerli.",
    ] {
        assert!(said.contains(sentence), "{sentence}\n{said}");
    }
    let said = desk.done("en", &["verify", file, "--trust", "trust"]);
    for sentence in [
        "Signature policy",
        "P2 2.16.792.1.61.0.1.5070.3.1.1",
        "The signature is valid.",
    ] {
        assert!(said.contains(sentence), "{sentence}\n{said}");
    }
    let copy = [
        "extend",
        file,
        "--out",
        "out/copy.asice",
        "--to",
        "b-lt",
        "--tsa",
        &desk.tsa(),
        "--trust",
        "trust",
    ];
    assert!(desk.refused("en", &copy).contains("another profile"));
    assert!(!desk.path("out/copy.asice").exists());
}

#[test]
fn a_revocation_is_found_by_asking_and_not_by_the_file_alone() {
    let desk = Desk::new();
    desk.sign(&["--trust", "trust"]);
    let arguments = ["out/form.txt.asice", "--trust", "trust"];
    assert_eq!(desk.report(&arguments)["verdict"], "TOTAL-PASSED");
    let from = SystemTime::now() - Duration::from_secs(3_600);
    desk.services.revoke(&desk.issued.certificate_der, from).unwrap();
    let report = desk.report(&arguments);
    assert_ne!(report["verdict"], "TOTAL-PASSED", "{report}");
    let sentences = report["signatures"][0]["sentences"].as_array().unwrap();
    assert_eq!(
        sentences.len(),
        report["signatures"][0]["findings"].as_array().unwrap().len()
    );
    assert!(
        sentences
            .iter()
            .any(|sentence| sentence.as_str().unwrap().contains("revoked")),
        "{report}"
    );
    let offline = desk.report(&["out/form.txt.asice", "--trust", "chain.pem", "--offline"]);
    assert_eq!(offline["verdict"], "TOTAL-PASSED", "{offline}");
}

#[test]
fn a_command_whose_reader_has_left_ends_as_it_would_have() {
    let desk = Desk::new();
    let mut command = Command::new(env!("CARGO_BIN_EXE_basvuru"));
    command
        .current_dir(desk.folder.path())
        .args(["--json", "sign", "form.txt"]);
    command.args(["--out", "out", "--card", "virtual:card.json"]);
    let piped = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap();
    // The pipe is closed before the PIN is typed: what is printed after that, nobody reads.
    drop(child.stdout.take());
    let typed = format!("{PIN}\n");
    child.stdin.take().unwrap().write_all(typed.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    assert!(desk.path("out/form.txt.asice").exists());
}

#[test]
fn what_is_missing_for_a_level_is_said_before_the_pin_is_asked() {
    let desk = Desk::new();
    let sign = [
        "sign",
        "form.txt",
        "--out",
        "out",
        "--card",
        "virtual:card.json",
        "--level",
    ];
    let without_tsa = desk.refused("en", &[&sign[..], &["b-t"]].concat());
    assert!(without_tsa.contains("--tsa URL"), "{without_tsa}");
    let without_trust = desk.refused("tr", &[&sign[..], &["b-lt", "--tsa", &desk.tsa()]].concat());
    assert!(without_trust.contains("--trust"), "{without_trust}");
    for said in [without_tsa, without_trust] {
        assert!(!said.contains("PIN"), "{said}");
    }
    // A time-stamping authority that does not answer leaves what the card has signed.
    let nowhere = format!("{}/nowhere", desk.address);
    let stopped = desk.refused("en", &[&sign[..], &["b-t", "--tsa", &nowhere]].concat());
    assert!(stopped.contains("can be completed"), "{stopped}");
    let stopped = desk.refused("tr", &[&sign[..], &["b-t", "--tsa", &nowhere]].concat());
    let sentence = "Sunucu istenen yanıtı vermedi (HTTP 404).";
    assert!(stopped.contains(sentence) && !stopped.contains("status"), "{stopped}");
    // Nobody listens at port 1: what the system said of it stands on a line of its own.
    let closed = ["b-t", "--tsa", "http://127.0.0.1:1/tsa"];
    let stopped = desk.refused("tr", &[&sign[..], &closed].concat());
    assert!(stopped.contains("Ağdan yanıt gelmedi.\n"), "{stopped}");
    assert!(stopped.contains("\n  Teknik ayrıntı: "), "{stopped}");
    let missing = desk.refused("tr", &["verify", "none.asice"]);
    assert!(
        missing.contains("Böyle bir dosya ya da klasör yok: none.asice.") && !missing.contains("No such"),
        "{missing}"
    );
    let report = desk.report(&["out/form.txt.asice", "--trust", "chain.pem", "--offline"]);
    assert_eq!(level(&report), "B-B", "{report}");
}

#[test]
fn a_time_stamping_authority_for_members_is_told_the_password_and_what_it_says_in_words_is_passed_on() {
    let desk = Desk::new();
    desk.sign(&[]);
    let members = format!("{}/members/tsa", desk.address);
    let extend = ["extend", "out/form.txt.asice", "--to", "b-t", "--tsa", &members];
    let refused = desk.refused("en", &extend);
    assert!(refused.contains("(HTTP 401)"), "{refused}");
    fs::write(desk.path("wrong"), "user:başka\n").unwrap();
    desk.refused("tr", &[&extend[..], &["--tsa-password", "wrong"]].concat());
    fs::write(desk.path("password"), "user:parola\n").unwrap();
    let said = desk.done("en", &[&extend[..], &["--tsa-password", "password"]].concat());
    assert!(!said.contains("parola"), "{said}");
    let arguments = ["out/form.txt.asice", "--trust", "chain.pem", "--offline"];
    assert_eq!(level(&desk.report(&arguments)), "B-T");

    desk.sign(&[]);
    let words = format!("{}/words/tsa", desk.address);
    let extend = ["extend", "out/form.txt.asice", "--to", "b-t", "--tsa", &words];
    let said = desk.refused("tr", &extend);
    assert!(
        said.contains("Zaman damgası sunucusu geçerli bir zaman damgası vermedi."),
        "{said}"
    );
    assert!(said.contains("Kontör kalmadı. [2J"), "{said}");
}

#[test]
fn a_time_stamp_that_leads_to_no_trusted_root_is_not_kept() {
    let (desk, other) = (Desk::new(), Desk::new());
    desk.sign(&[]);
    let file = "out/form.txt.asice";
    let before = fs::read(desk.path(file)).unwrap();
    let extend = ["extend", file, "--to", "b-t", "--tsa", &other.tsa()];
    let said = desk.refused("en", &[&extend[..], &["--trust", "trust"]].concat());
    assert!(said.contains("gave no good time-stamp"), "{said}");
    assert_eq!(fs::read(desk.path(file)).unwrap(), before);
    desk.done("en", &extend);
    assert_ne!(fs::read(desk.path(file)).unwrap(), before);
}

#[test]
fn responders_and_lists_are_asked_only_where_that_is_allowed() {
    let desk = Desk::new();
    let extended = |options: &[&str]| {
        desk.sign(&[]);
        desk.asked.lock().unwrap().clear();
        let tsa = desk.tsa();
        let extend = [
            "extend",
            "out/form.txt.asice",
            "--to",
            "b-lt",
            "--tsa",
            &tsa,
            "--trust",
            "trust",
        ];
        let output = desk.run("en", &[&extend[..], options].concat());
        let asked = desk.asked.lock().unwrap().clone();
        let has = |name: &str| asked.iter().any(|asked| asked.ends_with(name));
        (output.status.success(), has("ocsp"), has(".crl"), said(&output))
    };
    let (done, responders, lists, said) = extended(&[]);
    assert!(done && responders && lists, "{said}");
    let (done, responders, lists, said) = extended(&["--ocsp", "off"]);
    assert!(done && !responders && lists, "{said}");
    // The certificates of authorities name lists alone.
    let (done, _, lists, said) = extended(&["--crl", "off"]);
    assert!(!done && !lists, "{said}");
    assert!(said.contains("Nobody tells whether"), "{said}");
    let (done, responders, lists, said) = extended(&["--ocsp", "off", "--crl", "off"]);
    assert!(!done && !responders && !lists, "{said}");
}

#[test]
fn services_are_asked_through_the_proxy_of_the_environment() {
    let desk = Desk::new();
    desk.sign(&[]);
    // The issuer comes along from the beginning, where the certificate says who it is.
    let asked: Vec<String> = std::mem::take(&mut *desk.asked.lock().unwrap());
    assert_eq!(asked, ["issuing.crt", "root.crt"]);
    let tsa = format!("{ELSEWHERE}/tsa");
    let extend = [
        "extend",
        "out/form.txt.asice",
        "--to",
        "b-t",
        "--tsa",
        &tsa,
        "--trust",
        "trust",
    ];
    let output = desk.run_behind(Some(&desk.address), "en", &extend);
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(*desk.asked.lock().unwrap(), ["tsa", "issuing.crt"]);
}

#[test]
fn a_file_too_large_to_be_enclosed_is_refused_before_the_pin_in_both_languages() {
    let desk = Desk::new();
    let large = fs::File::create(desk.path("large.bin")).unwrap();
    large.set_len((24 << 20) + 1).unwrap();
    let sign = [
        "sign",
        "large.bin",
        "--out",
        "out",
        "--card",
        "virtual:card.json",
        "--enveloping",
    ];
    for (language, sentence) in [
        ("en", "A file is too large to lie within a signature (.p7m): large.bin."),
        (
            "tr",
            "Bir dosya, imzanın içine (.p7m) konulamayacak kadar büyük: large.bin.",
        ),
    ] {
        let said = desk.refused(language, &sign);
        assert!(said.contains(sentence) && !said.contains("PIN"), "{said}");
    }
    assert!(!desk.path("out").exists());
    let names: Vec<String> = (0..998).map(|number| format!("{number}.txt")).collect();
    for name in &names {
        fs::write(desk.path(name), "").unwrap();
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let sign = [&["sign"][..], &names, &["--out", "out", "--card", "virtual:card.json"]].concat();
    for (language, sentence) in [("en", "takes 997 at most"), ("tr", "en fazla 997 dosya")] {
        let said = desk.refused(language, &sign);
        assert!(said.contains(sentence) && !said.contains("PIN"), "{said}");
    }
}
