//! Writes the Kotlin and Swift sources of the library into the packages beside this crate, and lists the boundary.
//! Everything written here is made anew from the library each time, and none of it is committed.

#![expect(clippy::print_stdout, reason = "a command line says what it did")]

mod boundary;
mod licences;
mod mending;

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::fs;

use anyhow::{Context, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use uniffi_bindgen::bindings::{GenerateOptions, TargetLanguage, generate};
use uniffi_bindgen::macro_metadata::extract_from_library;

use boundary::Boundary;

const USAGE: &str = "usage: generate [LIBRARY]
       generate --list [LIBRARY]
       generate --licences

Writes the Kotlin and Swift sources of LIBRARY into bindings/kotlin/generated and bindings/swift/Sources. LIBRARY is
libbasvuru_bindings.so, .dylib, .dll or .a with its symbols; where none is given, the one that was built with this
program. With --list, prints the exported names instead, as boundary.txt has them; with --licences, the licences of what
the library links, as core/licences.txt has them.";

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["--help" | "-h"] => {
            println!("{USAGE}");
            Ok(())
        }
        ["--licences"] => {
            print!("{}", licences::text()?);
            Ok(())
        }
        ["--list"] => list(&sibling()?),
        ["--list", library] => list(Utf8Path::new(library)),
        [] => write(&sibling()?),
        [library] if !library.starts_with('-') => write(Utf8Path::new(library)),
        _ => bail!(USAGE),
    }
}

/// The library that Cargo builds beside this program.
fn sibling() -> Result<Utf8PathBuf> {
    let program = Utf8PathBuf::try_from(std::env::current_exe()?)?;
    let folder = program.parent().context("the program is in a folder")?;
    Ok(folder.join(format!("{DLL_PREFIX}basvuru_bindings{DLL_SUFFIX}")))
}

fn list(library: &Utf8Path) -> Result<()> {
    print!("{}", checked(library)?);
    Ok(())
}

/// The boundary, if it keeps its rules.
fn checked(library: &Utf8Path) -> Result<Boundary> {
    let metadata = extract_from_library(library).with_context(|| format!("reading {library}"))?;
    let boundary = Boundary::new(metadata);
    let breaches = boundary.breaches();
    if !breaches.is_empty() {
        bail!("the boundary breaks its rules: {}", breaches.join("; "));
    }
    Ok(boundary)
}

fn write(library: &Utf8Path) -> Result<()> {
    checked(library)?;
    let folder = Utf8Path::new(env!("CARGO_MANIFEST_DIR"));
    let kotlin = folder.join("kotlin/generated");
    let swift = folder.join("swift/Sources");
    let headers = swift.join("BasvuruFFI/include");
    for folder in [&kotlin, &swift] {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
    }
    fs::create_dir_all(&headers)?;
    fs::create_dir_all(swift.join("Basvuru"))?;

    bindings(library, TargetLanguage::Kotlin, &kotlin)?;
    mending::kotlin(&kotlin.join("basvuru/core/basvuru.kt"))?;
    bindings(library, TargetLanguage::Swift, &headers)?;
    mending::swift(&headers.join("Basvuru.swift"))?;
    fs::rename(headers.join("Basvuru.swift"), swift.join("Basvuru/Basvuru.swift"))?;
    fs::rename(headers.join("BasvuruFFI.modulemap"), headers.join("module.modulemap"))?;
    // Swift's package manager takes a target for one in C when there is a source file in it.
    fs::write(swift.join("BasvuruFFI/empty.c"), "")?;
    println!("{kotlin}\n{swift}");
    Ok(())
}

fn bindings(library: &Utf8Path, language: TargetLanguage, folder: &Utf8Path) -> Result<()> {
    generate(GenerateOptions {
        languages: vec![language],
        source: library.to_owned(),
        out_dir: folder.to_owned(),
        config_override: Some(Utf8PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/uniffi.toml"))),
        ..GenerateOptions::default()
    })
}
