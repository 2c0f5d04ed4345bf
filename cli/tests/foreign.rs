//! `basvuru verify` of files that others made: it knows them by their octets, says of those it does not judge what they are, and
//! ends with a status of its own for them.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

const REFUSED: i32 = 1;
const NOT_JUDGED: i32 = 2;

/// The files that the core is tested with.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../core/src/signature/tests/data/foreign")
}

fn verify(language: &str, options: &[&str], file: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_basvuru"));
    command.args(["--lang", language]).args(options).arg("verify");
    command.args(["--offline", "--at", "2026-11-28T00:00:00Z"]);
    for root in ["root.pem", "root2.pem", "root4.pem"] {
        command.arg("--trust").arg(folder().join(root));
    }
    command.arg(file).output().unwrap()
}

fn words(output: &Output) -> String {
    [&output.stdout[..], &output.stderr]
        .map(String::from_utf8_lossy)
        .concat()
}

#[test]
fn every_file_of_others_ends_with_the_status_of_its_verdict_and_none_is_called_invalid_that_is_not() {
    let table = fs::read_to_string(folder().join("verdicts.tsv")).unwrap();
    for line in table.lines() {
        let [name, wanted, ..] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let json = verify("tr", &["--json"], &folder().join(name));
        let verdict = serde_json::from_slice::<Value>(&json.stdout).unwrap()["verdict"].clone();
        let in_words = verify("tr", &[], &folder().join(name));
        let said = words(&in_words);
        assert_eq!(json.status.code(), in_words.status.code(), "{name}");
        let status = in_words.status.code().unwrap();
        match wanted {
            "TOTAL-PASSED" => assert_eq!((status, verdict.as_str()), (0, Some(wanted)), "{name}\n{said}"),
            "never-invalid" => assert_ne!(verdict, "TOTAL-FAILED", "{name}\n{said}"),
            _ => assert_eq!((status, verdict.as_str()), (REFUSED, Some(wanted)), "{name}\n{said}"),
        }
        let is_called_invalid = said.contains("İmza geçersiz");
        assert_eq!(is_called_invalid, wanted == "TOTAL-FAILED", "{name}\n{said}");
    }
}

#[test]
fn of_what_holds_and_lacks_something_both_is_said() {
    for (language, holds, lacks) in [
        ("tr", "imza değeri tutuyor; ancak:", "signing-time"),
        ("en", "the signature value holds, but:", "signing-time"),
    ] {
        let output = verify(language, &[], &folder().join("signing-time-missing.p7m"));
        let said = words(&output);
        assert!(said.contains(holds) && said.contains(lacks), "{said}");
        let failed = verify(language, &[], &folder().join("control-broken-value.p7m"));
        assert!(!words(&failed).contains(holds));
    }
}

#[test]
fn what_is_no_signature_of_ours_is_told_as_what_it_is() {
    let home = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &[u8]| {
        let path = home.path().join(name);
        fs::write(&path, content).unwrap();
        path
    };
    let other_pem = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END PRIVATE KEY-----\n";
    for (path, turkish, english) in [
        (folder().join("belge.pdf"), "PAdES", "PAdES"),
        (folder().join("xades.xml"), "XAdES", "XAdES"),
        (file("key.p7s", other_pem.as_bytes()), "PEM", "PEM"),
        (file("empty.asice", b""), "boş", "empty"),
        (
            file("note.p7m", b"merhaba"),
            "doğrulanabilen türde",
            "of a kind that can be verified",
        ),
        (home.path().to_owned(), "Bu bir klasör", "This is a folder"),
        (
            file("cut.asice", b"PK\x03\x04cut"),
            "ZIP dosyası değil",
            "not a whole ZIP file",
        ),
    ] {
        for (language, sentence) in [("tr", turkish), ("en", english)] {
            let output = verify(language, &[], &path);
            let said = words(&output);
            assert_eq!(output.status.code(), Some(NOT_JUDGED), "{}\n{said}", path.display());
            assert!(said.contains(sentence), "{}\n{said}", path.display());
            assert!(!said.contains("geçersiz") && !said.contains("not valid"), "{said}");
        }
    }
}
