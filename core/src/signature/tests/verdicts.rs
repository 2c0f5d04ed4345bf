//! Files that others made, or that look as if they had: each with the verdict it is to have, and each changed in one octet of
//! what is signed or proves something, which must never pass. `README.md` in each folder of `data` tells where they come from.

use std::path::{Path, PathBuf};

use super::*;
use crate::der::Element;
use crate::signature::form::{self, Form};
use crate::signature::signed_data::SignedData;
use crate::signature::timestamp::Token;

/// When the files are judged: 28 November 2026.
const AT: Duration = Duration::from_secs(1_795_824_000);

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("src/signature/tests/data")
        .join(name)
}

fn trust(folder: &Path, roots: &[&str]) -> TrustAnchors {
    let pem: Vec<Vec<u8>> = roots.iter().map(|name| fs::read(folder.join(name)).unwrap()).collect();
    TrustAnchors::from_pem(&pem.concat()).unwrap()
}

/// What a file is judged as; nothing where it is no signature of a form that is judged.
fn judge(file: &[u8], trust: &TrustAnchors) -> Option<Report> {
    let verifier = Verifier::new(trust, SystemTime::UNIX_EPOCH + AT);
    match Form::of(file) {
        Form::Container => Some(verifier.container(Cursor::new(file))),
        Form::Signature => Some(verifier.enveloping(file)),
        Form::Pdf | Form::Xml | Form::Pem | Form::Empty | Form::Other => None,
    }
}

/// The verdict, and the sub-indication, or the level where it passed.
fn words(report: Option<&Report>) -> (String, String) {
    let Some(report) = report else {
        return ("not-supported".to_owned(), "-".to_owned());
    };
    let word = |value: serde_json::Result<serde_json::Value>| value.unwrap().as_str().unwrap_or("-").to_owned();
    let level = || report.signatures.first().and_then(|signature| signature.level);
    let detail = match report.sub_indication {
        Some(reason) => serde_json::to_value(reason),
        None => serde_json::to_value(level()),
    };
    (word(serde_json::to_value(report.verdict)), word(detail))
}

fn is_wanted(wanted: (&str, &str), found: (&str, &str)) -> bool {
    match wanted {
        ("never-invalid", _) => found.0 != "TOTAL-FAILED",
        (verdict, "-") => verdict == found.0,
        both => both == found,
    }
}

/// Judges every file of a folder, and its twins; returns how many of both there were.
fn judge_all(folder: &Path, trust: &TrustAnchors) -> (usize, usize) {
    let table = fs::read_to_string(folder.join("verdicts.tsv")).unwrap();
    let mut rows = Vec::new();
    let mut wrong = Vec::new();
    let mut twins_judged = 0;
    for line in table.lines() {
        let [name, verdict, detail, _] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("four columns in {line:?}")
        };
        let file = fs::read(folder.join(name)).unwrap();
        let report = judge(&file, trust);
        let (found, found_detail) = words(report.as_ref());
        let is_right = is_wanted((verdict, detail), (&found, &found_detail));
        rows.push(format!(
            "{} {name}: {verdict} {detail} | {found} {found_detail}",
            if is_right { "  " } else { "!!" }
        ));
        if !is_right {
            wrong.push(format!("{name}: {report:?}"));
        }
        let signatures = report.iter().flat_map(|report| &report.signatures);
        for signature in signatures.filter(|signature| signature.verdict == Verdict::TotalPassed) {
            assert!(signature.value_holds, "{name}");
        }
        // What is wrong already may be put right by the same octet.
        if found == "TOTAL-FAILED" {
            continue;
        }
        let findings = report.map(|report| report.findings).unwrap_or_default();
        for (what, twin) in twins(&file, &findings) {
            twins_judged += 1;
            let report = judge(&twin, trust);
            if report.is_some_and(|report| report.verdict == Verdict::TotalPassed) {
                wrong.push(format!("{name} passes with an octet of {what} changed"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", rows.join("\n"), wrong.join("\n"));
    (rows.len(), twins_judged)
}

#[test]
fn every_file_of_others_has_its_verdict_and_none_passes_with_an_octet_changed() {
    let folder = folder("foreign");
    let trust = trust(&folder, &["root.pem", "root2.pem", "root4.pem"]);
    let (files, twins) = judge_all(&folder, &trust);
    assert!(files >= 45 && twins >= 150, "{files} {twins}");
    for (name, holds) in [
        ("signing-time-missing.p7m", true),
        ("plain-cms-no-ess.p7m", true),
        ("no-signed-attributes.p7m", true),
        ("control-broken-content.p7m", false),
        ("control-broken-value.p7m", false),
        ("sha1-broken-content.p7m", false),
    ] {
        let report = judge(&fs::read(folder.join(name)).unwrap(), &trust).unwrap();
        assert_eq!(report.signatures[0].value_holds, holds, "{name}");
    }
}

#[test]
fn every_odd_file_has_its_verdict_and_none_passes_with_an_octet_changed() {
    let folder = folder("odd");
    let (files, twins) = judge_all(&folder, &trust(&folder, &["root.pem"]));
    assert!(files >= 250 && twins >= 1_000, "{files} {twins}");
}

/// The file with one octet changed of each thing that is signed or proves something; of time-stamps of one kind, one in each,
/// since one that does not hold is taken out of the set. What is told to be covered by nothing proves nothing.
fn twins(file: &[u8], findings: &[Finding]) -> Vec<(String, Vec<u8>)> {
    match Form::of(file) {
        Form::Signature => twins_of_signature(&form::octets(file)),
        Form::Container => twins_of_container(file, findings),
        Form::Pdf | Form::Xml | Form::Pem | Form::Empty | Form::Other => Vec::new(),
    }
}

fn twins_of_container(file: &[u8], findings: &[Finding]) -> Vec<(String, Vec<u8>)> {
    let is_told = |name: &str| {
        findings.iter().any(|finding| {
            matches!(finding, Finding::FurnitureNotCovered { file_name } | Finding::ManifestUnsigned { file_name }
                if file_name == name)
        })
    };
    let Ok(archive) = Archive::open(Cursor::new(file)) else {
        return Vec::new();
    };
    drop(archive);
    let files = unpack(file);
    let mut twins = Vec::new();
    for (index, (name, content)) in files.iter().enumerate() {
        let with = |content: Vec<u8>| {
            let mut files = files.clone();
            files[index].1 = content;
            pack(&files)
        };
        let flipped = |place: usize| {
            let mut content = content.clone();
            content[place] ^= 1;
            content
        };
        if name.ends_with(".p7s") {
            let of_signature = twins_of_signature(content).into_iter();
            twins.extend(of_signature.map(|(what, twin)| (format!("{what} of {name}"), with(twin))));
        } else if name.ends_with(".tst") {
            let token = Element::parse(content, tag::SEQUENCE).unwrap();
            let token = Token::parse(token).unwrap();
            let place = place_of(content, &token.signed_data.signers[0].signature).unwrap();
            twins.push((name.clone(), with(flipped(place))));
        } else if name != "mimetype" && !content.is_empty() && !is_told(name) {
            twins.push((name.clone(), with(flipped(content.len() / 2))));
        }
    }
    twins
}

/// Where octets that were read from a file begin in it; nothing where they were put together from pieces.
fn place_of(file: &[u8], part: &[u8]) -> Option<usize> {
    let place = part.as_ptr().addr().checked_sub(file.as_ptr().addr())?;
    (place + part.len() <= file.len()).then_some(place)
}

fn twins_of_signature(file: &[u8]) -> Vec<(String, Vec<u8>)> {
    let Ok(signed_data) = SignedData::parse(file) else {
        return Vec::new();
    };
    let mut twins = Vec::new();
    let mut add = |what: &str, places: Vec<Option<usize>>| {
        let mut twin = file.to_vec();
        for place in places.iter().flatten() {
            twin[*place] ^= 1;
        }
        if !places.is_empty() && places.iter().all(Option::is_some) {
            twins.push((what.to_owned(), twin));
        }
    };
    if let Some(content) = signed_data.content.as_deref() {
        add(
            "the content",
            vec![place_of(file, content).filter(|_| !content.is_empty())],
        );
    }
    for (number, signer) in signed_data.signers.iter().enumerate() {
        add(
            &format!("the value of signer {number}"),
            vec![place_of(file, &signer.signature).map(|place| place + signer.signature.len() - 1)],
        );
        if let Some(attributes) = &signer.signed_attributes {
            for attribute in &attributes.attributes {
                let end = place_of(file, attribute.encoded).map(|place| place + attribute.encoded.len() - 1);
                add(&format!("the signed attribute {}", attribute.oid), vec![end]);
            }
        }
        let names = |element: &&Element<'_>| {
            Certificate::parse(element.encoded()).is_ok_and(|certificate| signer.names(&certificate))
        };
        // It may be there several times.
        let named: Vec<&Element<'_>> = signed_data.certificates.iter().filter(names).collect();
        for parts in [1, 2] {
            let place = |element: &&Element<'_>| {
                let place = element.encoded().len() * parts / 2 - 1;
                place_of(file, element.encoded()).map(|start| start + place)
            };
            add("the signer's certificate", named.iter().map(place).collect());
        }
        for oid in [oid::SIGNATURE_TIMESTAMP, oid::ARCHIVE_TIMESTAMP_V3] {
            let tokens: Vec<_> = signer
                .unsigned_values(oid)
                .filter_map(|token| Token::parse(token).ok())
                .collect();
            let values = tokens
                .iter()
                .map(|token| place_of(file, &token.signed_data.signers[0].signature));
            add("every time-stamp's value", values.collect());
            let times = tokens.iter().filter_map(|token| token.signed_data.content.as_deref());
            let times = times.map(|content| place_of(file, content).map(|place| place + content.len() / 2));
            add("what every time-stamp says", times.collect());
            let indexes = tokens
                .iter()
                .flat_map(|token| &token.signed_data.signers[0].unsigned_attributes);
            let indexes =
                indexes.map(|index| place_of(file, index.encoded).map(|place| place + index.encoded.len() - 1));
            add("the index of every archive time-stamp", indexes.collect());
        }
    }
    twins
}
