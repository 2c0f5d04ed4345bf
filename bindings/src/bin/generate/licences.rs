//! The licences of what the library for phones links, as one text: every package with its version, the licence it is used
//! under and its copyright lines, and each distinct licence text once. What only builds or tests is no part of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use camino::Utf8Path;
use serde_json::Value;

/// What the library is built for.
const TARGETS: [&str; 7] = [
    "aarch64-linux-android",
    "armv7-linux-androideabi",
    "i686-linux-android",
    "x86_64-linux-android",
    "aarch64-apple-ios",
    "aarch64-apple-ios-sim",
    "x86_64-apple-ios",
];

/// Of several licences that a package may be used under, the first of these that is among them. All of them are allowed by
/// `deny.toml`.
const PREFERRED: [&str; 9] = [
    "MIT",
    "ISC",
    "Zlib",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "0BSD",
    "Unicode-3.0",
    "Apache-2.0",
    "MPL-2.0",
];

/// Words in the names of licence files that say which licence a file has.
const FILE_MARKS: [(&str, &str); 6] = [
    ("MIT", "MIT"),
    ("APACHE", "Apache-2.0"),
    ("ISC", "ISC"),
    ("ZLIB", "Zlib"),
    ("BSD", "BSD"),
    ("GPL", "GPL"),
];

const BEGINNING: &str = "\
Başvuru's library is used under the Apache License 2.0 or the MIT License, and holds the packages below, unchanged.

UniFFI (uniffi, uniffi_core, uniffi_pipeline) is used under the Mozilla Public License 2.0. Its source is at \
https://github.com/mozilla/uniffi-rs and https://crates.io/crates/uniffi, the licence at https://mozilla.org/MPL/2.0/.

SQLite, which libsqlite3-sys brings along, is in the public domain.
The standard library of Rust: Copyright (c) The Rust Project Contributors, MIT (text 1).
";

struct Package {
    name: String,
    version: String,
    licence: String,
    copyrights: Vec<String>,
    /// Its licence texts, as their keys.
    texts: Vec<String>,
}

/// The text, made from the sources that Cargo has fetched.
pub(crate) fn text() -> Result<String> {
    let packages = metadata()?;
    let mut texts: BTreeMap<String, String> = BTreeMap::new();
    let mut linked = Vec::new();
    for (name, version) in linked_packages()? {
        let described = packages
            .get(&(name.clone(), version.clone()))
            .with_context(|| format!("{name} {version} is not in the metadata"))?;
        linked.push(package(name, version, described, &mut texts)?);
    }
    // Whoever brings no file along uses a licence whose text another one has.
    let mit = linked
        .iter()
        .find(|package| package.licence == "MIT" && package.texts.len() == 1);
    let mit = mit
        .and_then(|package| package.texts.first())
        .context("no text of the MIT License")?
        .clone();
    let mut order = vec![mit.clone()];
    for package in &mut linked {
        if package.texts.is_empty() && package.licence != "MPL-2.0" {
            ensure!(package.licence == "MIT", "{} has no licence text", package.name);
            package.texts.push(mit.clone());
        }
        for key in &package.texts {
            if !order.contains(key) {
                order.push(key.clone());
            }
        }
    }
    let number = |key: &String| order.iter().position(|known| known == key).map_or(0, |index| index + 1);
    let mut out = format!("{BEGINNING}\n");
    for package in &linked {
        let numbers: Vec<String> = package.texts.iter().map(|key| number(key).to_string()).collect();
        let Package {
            name, version, licence, ..
        } = package;
        write!(out, "{name} {version}, {licence}")?;
        if !numbers.is_empty() {
            write!(out, " (text {})", numbers.join(", "))?;
        }
        out.push('\n');
        for line in &package.copyrights {
            writeln!(out, "  {line}")?;
        }
    }
    for (index, key) in order.iter().enumerate() {
        let body = texts.get(key).context("every text is known")?;
        write!(out, "\n--- Text {} ---\n\n{body}\n", index + 1)?;
    }
    Ok(out)
}

/// Name and version of every package that is linked on one of the targets, without those of this workspace. Cargo's own
/// resolver says which: features that only other members of the workspace ask for do not count.
fn linked_packages() -> Result<BTreeSet<(String, String)>> {
    let mut linked = BTreeSet::new();
    for target in TARGETS {
        let tree = cargo(&[
            "tree",
            "--package=basvuru-bindings",
            "--edges=normal,no-proc-macro",
            "--target",
            target,
            "--prefix=none",
            "--no-dedupe",
            "--format={p}",
        ])?;
        for line in tree.lines() {
            let mut words = line.split(' ');
            let (Some(name), Some(version)) = (words.next(), words.next()) else {
                continue;
            };
            // What lies in a folder of ours has its path behind the version.
            if words.next().is_none_or(|word| !word.starts_with("(/")) {
                linked.insert((name.to_owned(), version.trim_start_matches('v').to_owned()));
            }
        }
    }
    ensure!(linked.len() > 100, "the tree was not understood");
    Ok(linked)
}

fn metadata() -> Result<BTreeMap<(String, String), Value>> {
    let metadata: Value = serde_json::from_str(&cargo(&["metadata", "--format-version=1"])?)?;
    let packages = metadata["packages"].as_array().context("packages")?;
    let named = |package: &Value| {
        let text = |field: &str| package[field].as_str().unwrap_or_default().to_owned();
        ((text("name"), text("version")), package.clone())
    };
    Ok(packages.iter().map(named).collect())
}

fn cargo(arguments: &[&str]) -> Result<String> {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(program)
        .args(arguments)
        .arg("--locked")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()?;
    if !output.status.success() {
        bail!(
            "cargo {}: {}",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(String::from_utf8(output.stdout)?)
}

fn package(name: String, version: String, described: &Value, texts: &mut BTreeMap<String, String>) -> Result<Package> {
    let expression = described["license"]
        .as_str()
        .with_context(|| format!("{name} has no licence"))?;
    let licence = chosen(expression).with_context(|| format!("{name}: none of {expression} is preferred"))?;
    let manifest = described["manifest_path"].as_str().context("manifest_path")?;
    let folder = Utf8Path::new(manifest).parent().context("a manifest is in a folder")?;
    let mut copyrights = Vec::new();
    let mut keys = Vec::new();
    for file in licence_files(folder, &licence)? {
        let text = fs::read_to_string(&file).with_context(|| file.to_string())?;
        let (lines, body) = taken_apart(&text);
        for line in lines {
            if !copyrights.contains(&line) {
                copyrights.push(line);
            }
        }
        let key = key(&body);
        texts.entry(key.clone()).or_insert(body);
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    if copyrights.is_empty() {
        let authors = described["authors"].as_array();
        let authors = authors.into_iter().flatten().filter_map(Value::as_str);
        // Without their addresses.
        let names: Vec<&str> = authors
            .map(|author| author.split(" <").next().unwrap_or(author))
            .collect();
        if !names.is_empty() {
            copyrights.push(format!("By {}", names.join(", ")));
        }
    }
    Ok(Package {
        name,
        version,
        licence,
        copyrights,
        texts: keys,
    })
}

/// The licence of an expression that the package is used under; all of them where all of them hold.
fn chosen(expression: &str) -> Option<String> {
    if expression.contains(" AND ") {
        return Some(expression.to_owned());
    }
    let offered: Vec<&str> = expression
        .split(" OR ")
        .flat_map(|part| part.split('/'))
        .map(str::trim)
        .collect();
    let preferred = PREFERRED.into_iter().find(|licence| offered.contains(licence))?;
    Some(preferred.to_owned())
}

/// The files in a package's folder that have the text of a licence, and what third parties ask for.
fn licence_files(folder: &Utf8Path, licence: &str) -> Result<Vec<camino::Utf8PathBuf>> {
    let mut files = Vec::new();
    for entry in folder.read_dir_utf8()? {
        let path = entry?.into_path();
        let name = path.file_name().unwrap_or_default().to_uppercase();
        let is_licence = ["LICENSE", "LICENCE", "COPYING", "NOTICE"]
            .iter()
            .any(|word| name.starts_with(word));
        if is_licence && path.is_file() {
            files.push((name, path));
        }
    }
    files.sort();
    if licence.contains(" AND ") {
        return Ok(files.into_iter().map(|(_, path)| path).collect());
    }
    let of = |name: &str| {
        FILE_MARKS
            .iter()
            .find(|(mark, _)| name.contains(mark))
            .map(|(_, id)| *id)
    };
    let is_marked = files
        .iter()
        .any(|(name, _)| of(name).is_some_and(|id| licence.starts_with(id)));
    let fits = |name: &str| match of(name) {
        Some(id) => licence.starts_with(id),
        None => !is_marked || name.contains("THIRD") || name.starts_with("NOTICE"),
    };
    Ok(files
        .into_iter()
        .filter(|(name, _)| fits(name))
        .map(|(_, path)| path)
        .collect())
}

/// The copyright lines of a licence file, and the rest in paragraphs of one line, without a title.
fn taken_apart(text: &str) -> (Vec<String>, String) {
    let mut copyrights = Vec::new();
    let mut paragraphs: Vec<String> = vec![String::new()];
    for line in text.lines() {
        let line = line
            .trim()
            .trim_start_matches("// ")
            .trim_start_matches("//")
            .trim_start_matches("> ")
            .trim();
        if is_copyright(line) {
            copyrights.push(line.to_owned());
        } else if line.is_empty() {
            paragraphs.push(String::new());
        } else if let Some(last) = paragraphs.last_mut() {
            if !last.is_empty() {
                last.push(' ');
            }
            last.push_str(line);
        }
    }
    let is_title = |paragraph: &str| {
        let plain = paragraph.trim_start_matches(['#', ' ']);
        let named = [
            "MIT License",
            "The MIT License",
            "ISC License",
            "BSD 3-Clause",
            "BSD License",
        ];
        plain.len() < 60 && named.iter().any(|name| plain.starts_with(name))
    };
    paragraphs.retain(|paragraph| !paragraph.is_empty() && !is_title(paragraph));
    (copyrights, paragraphs.join("\n"))
}

fn is_copyright(line: &str) -> bool {
    let lower = line.to_lowercase();
    let has_owner =
        lower.contains("(c)") || lower.contains('©') || lower.contains(|character: char| character.is_ascii_digit());
    // Not the blank to be filled in of the Apache License.
    lower.starts_with("copyright") && has_owner && !lower.contains("yyyy")
}

/// What two texts have in common that differ in line breaks, quotation marks and the like alone.
fn key(body: &str) -> String {
    let words = body.split(|character: char| !character.is_alphanumeric());
    // Whether the licence is found over http or https says nothing.
    let words = words.filter(|word| !word.is_empty() && !word.starts_with("http"));
    words.map(str::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_licences_one_is_chosen_and_of_several_that_all_hold_all() {
        assert_eq!(chosen("Apache-2.0 OR ISC OR MIT").as_deref(), Some("MIT"));
        assert_eq!(chosen("Apache-2.0 / MIT").as_deref(), Some("MIT"));
        assert_eq!(chosen("Apache-2.0 OR GPL-2.0-only").as_deref(), Some("Apache-2.0"));
        assert_eq!(chosen("Apache-2.0 AND ISC").as_deref(), Some("Apache-2.0 AND ISC"));
        assert_eq!(chosen("GPL-3.0-only"), None);
    }

    #[test]
    fn a_licence_is_taken_apart_into_its_owners_and_its_text() {
        let (owners, body) =
            taken_apart("The MIT License (MIT)\n\nCopyright (c) 2015 Ayşe\n\nPermission is\ngranted.\n\nNo\n");
        assert_eq!(
            (owners.as_slice(), body.as_str()),
            (
                ["Copyright (c) 2015 Ayşe".to_owned()].as_slice(),
                "Permission is granted.\nNo"
            )
        );
        assert_eq!(key(&body), key("Permission is “granted”.\nNo"));
        assert!(!is_copyright("Copyright [yyyy] [name of copyright owner]"));
        assert!(!is_copyright("copyright notice that is included"));
    }
}
