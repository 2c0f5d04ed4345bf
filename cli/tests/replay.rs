//! `basvuru replay` from outside: what a process has left for support is played against the engine.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

/// A folder with a test authority in it.
struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(
            folder.path().join("form.txt"),
            "Nitelikli elektronik sertifika başvurusu\n",
        )
        .unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs the command line in the folder, with what is typed.
    fn run(&self, typed: &str, arguments: &[&str]) -> Output {
        let plays = arguments.contains(&"replay");
        let diagnosis: &[&str] = if plays { &[] } else { &["--diagnosis", "trace.json"] };
        let mut child = Command::new(env!("CARGO_BIN_EXE_basvuru"))
            .current_dir(self.folder.path())
            // What is remembered of cards is kept here.
            .env("HOME", self.folder.path())
            .env_remove("XDG_STATE_HOME")
            .args(diagnosis)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that asks for nothing may have closed its end already.
        let _ = child.stdin.take().unwrap().write_all(typed.as_bytes());
        child.wait_with_output().unwrap()
    }

    fn done(&self, typed: &str, arguments: &[&str]) {
        let output = self.run(typed, arguments);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
    }

    /// Makes a card and, for as long as it is asked for, a person's habits with it.
    fn make(&self, card: &str, like: &str, key: &str) {
        let like = ["--like", like, "--key", key];
        let new = [
            "card",
            "new",
            card,
            "--data",
            "authority",
            "--id",
            "10000000146",
            "--name",
            "Ayşe Yılmaz",
        ];
        self.done("", &[new.as_slice(), &like].concat());
    }

    fn sign(&self, card: &str) {
        self.done(
            "123456\n",
            &["sign", "form.txt", "--out", "out", "--card", &format!("virtual:{card}")],
        );
    }

    fn trace(&self) -> Value {
        serde_json::from_slice(&fs::read(self.path("trace.json")).unwrap()).unwrap()
    }

    /// Plays a trace: what is told of it, and whether that is good.
    fn play(&self, trace: &Value) -> (Value, bool) {
        fs::write(self.path("played.json"), trace.to_string()).unwrap();
        let output = self.run("", &["--json", "--lang", "en", "replay", "played.json"]);
        let told = serde_json::from_slice(&output.stdout);
        (
            told.unwrap_or_else(|error| panic!("{error}: {output:?}")),
            output.status.success(),
        )
    }
}

/// The commands of the conversation that ended last.
fn exchanges(trace: &mut Value) -> &mut Vec<Value> {
    trace["conversation"]["first"].as_array_mut().unwrap()
}

#[test]
fn what_a_card_of_any_kind_has_left_is_played_to_its_end() {
    let desk = Desk::new();
    for (number, (like, key)) in [
        ("plain", "p384"),
        ("akis", "p384"),
        ("akis", "rsa2048"),
        ("oseid", "p256"),
        ("oseid", "rsa2048"),
        ("consent-each-time", "p256"),
        ("bcd-pin", "p384"),
        ("padded-pin", "p384"),
    ]
    .into_iter()
    .enumerate()
    {
        let card = format!("card-{number}.json");
        let of_card = format!("virtual:{card}");
        desk.make(&card, like, key);
        // The first time the card is read, and read again for each of these: nothing has been remembered but by the last.
        desk.done("", &["card", "show", "--card", &of_card]);
        let shown = desk.trace();
        fs::remove_dir_all(desk.path(".local")).unwrap();
        desk.sign(&card);
        let signed = desk.trace();
        fs::remove_dir_all(desk.path(".local")).unwrap();
        desk.done("123456\n654321\n654321\n", &["card", "change-pin", "--card", &of_card]);
        let changed = desk.trace();
        for (what, trace) in [("show", shown), ("sign", signed), ("change-pin", changed)] {
            let (told, holds) = desk.play(&trace);
            let context = format!("{like}, {key}, {what}: {told:#}");
            assert!(holds && told["verdict"] == "agreed", "{context}");
            let (reading, last) = (&trace["reading"]["first"], &trace["conversation"]["first"]);
            let count = [reading, last]
                .into_iter()
                .filter_map(|part| part.as_array())
                .map(Vec::len);
            assert_eq!(told["agreed"], count.sum::<usize>(), "{context}");
        }
    }
}

#[test]
fn where_engine_and_card_part_is_told_by_number_command_and_answer_in_both_languages() {
    let desk = Desk::new();
    desk.make("card.json", "plain", "p384");
    desk.sign("card.json");
    let whole = desk.trace();

    // A card that wanted something else: another command follows its first refusal.
    let mut other = whole.clone();
    let place = exchanges(&mut other)
        .iter()
        .position(|it| it["header"] == "002A9E9A")
        .unwrap();
    exchanges(&mut other)[place]["header"] = json!("002A9E9C");
    let (told, holds) = desk.play(&other);
    assert!(!holds && told["verdict"] == "parted", "{told:#}");
    assert_eq!(
        (&told["number"], &told["engine"]),
        (&json!(place + 1), &json!("002A9E9A"))
    );
    assert_eq!(told["traced"], json!({ "command": "002A9E9C", "sw": "9000" }));
    let sentence = format!(
        "Command {}: the engine would send PERFORM SECURITY OPERATION (002A9E9A) with 48 octets of data; the trace has PERFORM \
         SECURITY OPERATION (002A9E9C), answered 9000 (done).",
        place + 1
    );
    assert_eq!(told["sentence"], sentence);
    let turkish = desk.run("", &["--lang", "tr", "replay", "played.json"]);
    let said = String::from_utf8_lossy(&turkish.stdout).into_owned();
    assert_eq!(turkish.status.code(), Some(1));
    assert!(
        said.contains(&format!("{}. komut: motor PERFORM SECURITY OPERATION", place + 1)),
        "{said}"
    );

    // One that refused, and then nothing more: the engine knows other ways, and would go on.
    let mut refused = whole.clone();
    exchanges(&mut refused).truncate(place + 1);
    (
        exchanges(&mut refused)[place]["sw"],
        exchanges(&mut refused)[place]["length"],
    ) = (json!("6A81"), json!(0));
    let (told, holds) = desk.play(&refused);
    assert!(
        !holds && told["verdict"] == "parted" && told["traced"].is_null(),
        "{told:#}"
    );
    assert_eq!(
        told["refused"]["command"],
        json!({ "command": "002A9E9A", "sw": "6A81" })
    );
    assert!(
        told["remarks"][0]
            .as_str()
            .unwrap()
            .contains("the card does not know this function"),
        "{told:#}"
    );

    // A wrong PIN: both agree that this is the end.
    let mut wrong = whole.clone();
    let verify = exchanges(&mut wrong)
        .iter()
        .position(|it| it["reference_data"] == true)
        .unwrap();
    exchanges(&mut wrong).truncate(verify + 1);
    exchanges(&mut wrong)[verify]["sw"] = json!("63C2");
    let (told, holds) = desk.play(&wrong);
    assert!(!holds && told["verdict"] == "given-up", "{told:#}");

    // The conversation alone is a trace as well.
    let mut alone = whole["reading"].clone();
    alone["left_out"] = json!(3);
    alone["last"] = json!([{ "header": "00000000" }]);
    let (told, holds) = desk.play(&alone);
    assert!(holds && told["verdict"] == "untold", "{told:#}");
}

#[test]
fn a_card_that_was_remembered_is_played_by_what_may_have_been_read_of_it() {
    let desk = Desk::new();
    let mut other = Value::Null;
    for (like, key) in [
        ("plain", "p384"),
        ("akis", "p384"),
        ("oseid", "p256"),
        ("oseid", "rsa2048"),
        ("bcd-pin", "p384"),
    ] {
        let card = format!("{like}-{key}.json");
        desk.make(&card, like, key);
        // The way to sign is found the first time.
        desk.sign(&card);
        desk.sign(&card);
        let trace = desk.trace();
        assert!(trace["reading"].is_null());
        let (told, holds) = desk.play(&trace);
        assert!(holds && told["verdict"] == "agreed", "{like}, {key}: {told:#}");
        other = trace;
    }
    // What does not even begin as the application is selected cannot be followed.
    exchanges(&mut other)[1]["header"] = json!("00CA0101");
    let (told, holds) = desk.play(&other);
    assert!(!holds && told["verdict"] == "parted", "{told:#}");
    assert!(
        told["remarks"][0]
            .as_str()
            .unwrap()
            .starts_with("The card was remembered"),
        "{told:#}"
    );
}

#[test]
fn a_card_that_is_known_by_its_certificate_is_played_to_its_end() {
    let desk = Desk::new();
    for (key, name) in [
        ("p384", "none"),
        ("rsa2048", "none"),
        ("p256", "iso-applet"),
        ("rsa2048", "iso-applet"),
    ] {
        let card = format!("{name}-{key}.json");
        desk.make(&card, "plain", key);
        // As IsoApplet has it: no serial number, no name or one of its own, no numbers of algorithms, and one form alone.
        let mut image: Value = serde_json::from_slice(&fs::read(desk.path(&card)).unwrap()).unwrap();
        image["serial"] = json!("AAA=");
        image["profile"]["hides_tries"] = json!(true);
        image["profile"]["declares_nothing"] = json!(true);
        image["profile"]["environment"] = json!("IsoApplet");
        image["profile"]["application_name"] = json!(name);
        fs::write(desk.path(&card), image.to_string()).unwrap();
        desk.done("", &["card", "show", "--card", &format!("virtual:{card}")]);
        for round in ["first", "second"] {
            desk.sign(&card);
            let trace = desk.trace();
            assert!(trace["reading"].is_null());
            let (told, holds) = desk.play(&trace);
            assert!(
                holds && told["verdict"] == "agreed",
                "{name}, {key}, {round}: {told:#}\n{:#}",
                trace["conversation"]["first"]
            );
        }
        fs::remove_dir_all(desk.path(".local")).unwrap();
    }
}

#[test]
fn what_is_no_trace_is_refused_with_its_name_and_line() {
    let desk = Desk::new();
    let many = "> 00A40400\n< 9000\n".repeat(700);
    let deep = format!(
        r#"{{ "first": [{{ "header": "00A40400", "answer": [{}{}] }}] }}"#,
        r#"{ "tag": "30", "length": 4, "in": ["#.repeat(500),
        "]}".repeat(500)
    );
    let cases: [(&[u8], &str); 11] = [
        (b"", "1"),
        (b"{}", "1"),
        (b"{\n \"conversation\": null }", "1"),
        (b"{\n \"first\": [\n { \"header\": \"00A4040\" } ] }", "3"),
        (
            b"{\n \"first\": [\n\n { \"header\": \"00A40400\", \"length\": 4000000000 } ] }",
            "4",
        ),
        (
            b"{\n \"first\": [ { \"header\": \"00A40400\", \"answer\": [\n { \"tag\": \"ZZ\", \"length\": 1 } ] } ] }",
            "3",
        ),
        (b"> 00A40400\n< 9000\n< 9000\n", "3"),
        (b"> 00A4\n", "1"),
        (b"\xFF\xFE\x00", "1"),
        (many.as_bytes(), "1282"),
        (deep.as_bytes(), "1"),
    ];
    for (octets, line) in cases {
        fs::write(desk.path("hostile.json"), octets).unwrap();
        let output = desk.run("", &["--lang", "en", "replay", "hostile.json"]);
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(&format!("hostile.json:{line}.")), "{line}: {said}");
    }
    fs::write(desk.path("hostile.json"), vec![b'\n'; (1 << 20) + 1]).unwrap();
    assert_eq!(desk.run("", &["replay", "hostile.json"]).status.code(), Some(1));
    assert_eq!(desk.run("", &["replay", "absent.json"]).status.code(), Some(1));
}

#[test]
fn what_is_played_is_no_conversation_with_a_card_and_never_takes_the_place_of_one() {
    let desk = Desk::new();
    desk.make("card.json", "plain", "p384");
    desk.sign("card.json");
    let before = desk.trace();
    let output = desk.run("", &["replay", "trace.json", "--diagnosis", "trace.json"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("--diagnosis cannot be used with replay"), "{told}");
    assert_eq!(desk.trace(), before);
    assert!(desk.play(&before).1);
}

#[test]
fn whatever_a_trace_claims_it_is_played_within_bounds() {
    let desk = Desk::new();
    desk.make("card.json", "akis", "p384");
    desk.done("", &["card", "show", "--card", "virtual:card.json"]);
    let whole = desk.trace();
    let count = whole["conversation"]["first"].as_array().unwrap().len();
    let claims = [
        ("sw", json!("6F00")),
        ("length", json!(65_000)),
        ("answer", json!([])),
        ("sw", json!("6100")),
        ("length", json!(0)),
        (
            "answer",
            json!([{ "tag": "30", "length": 65_000, "in": [{ "tag": "30", "length": 60_000 }] }]),
        ),
    ];
    for place in 0..count {
        for claim in [place, place + 2] {
            let (field, claim) = claims[claim % claims.len()].clone();
            let mut trace = whole.clone();
            exchanges(&mut trace)[place][field] = claim;
            let (told, _) = desk.play(&trace);
            assert!(told["agreed"].as_u64().unwrap() <= count as u64, "{told:#}");
        }
    }
}
