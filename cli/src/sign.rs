//! Signs files with a card. Everything is read and prepared before the PIN is asked for, written when every signature has
//! been made and verified, and extended then.

use std::collections::HashSet;
use std::fs;
use std::io::{BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use basvuru::certificate::{Certificate, TrustAnchors, path};
use basvuru::failure::Failure;
use basvuru::signature::SignatureError;
use basvuru::signature::asic::{self, FileDocument};
use basvuru::signature::cades::{self, Signing};
use basvuru::signature::content::ContentDigests;
use basvuru::signature::source::Sources;
use basvuru::texts::Argument;
use basvuru::verdict::mark_sentence;
use console::Style;
use serde_json::json;
use tempfile::NamedTempFile;

use crate::arguments::Sign;
use crate::desk::{Desk, examine};
use crate::extend::{self, keep, open};
use crate::network::{self, Network};
use crate::screen::Screen;
use crate::stop::Stop;
use crate::trust;

pub(crate) async fn run(options: &Sign, screen: &Screen) -> Result<(), Stop> {
    let documents = documents(&options.files)?;
    for document in documents.iter().filter(|_| options.enveloping) {
        // Before it is read into memory.
        let size = open(&document.path)?
            .metadata()
            .map_err(Stop::at(&document.path))?
            .len();
        if size > cades::MAX_ENVELOPED_SIZE {
            return Err(Stop::own("stop-enveloped-large", &document.file_name));
        }
    }
    let trust = TrustAnchors::new(trust::certificates(&options.lasting.trust)?);
    if options.level.has_timestamp() && options.lasting.tsa.is_none() {
        return Err(Stop::own("stop-no-tsa", ""));
    }
    if options.level.has_evidence() && trust.roots().is_empty() {
        return Err(Stop::own("stop-no-trust", ""));
    }
    let network = Network::of(&options.lasting, screen)?;
    let mut sources = Sources {
        fetch: &network,
        timestamp_authority: network::timestamp_authority(&options.lasting)?,
        trust: &trust,
        now: SystemTime::now(),
    };
    fs::create_dir_all(&options.out).map_err(Stop::at(&options.out))?;
    let desk = Desk::choose(&options.card, screen).await?;
    let held = desk.key().await?;
    for fault in examine(&held.certificate)? {
        let sentence = mark_sentence(fault, screen.language());
        screen.line(&format!(
            "  {}",
            Style::new().yellow().apply_to(format!("? {sentence}"))
        ));
    }

    let now = SystemTime::now();
    let chain = if options.level.has_evidence() {
        // Without a path there will be no evidence: better known before the PIN is asked for.
        let path = sources.path(&held.certificate, &[]).await;
        path.map_err(network::source_stop)?
    } else {
        // Whoever has the root alone can judge it where the issuers come along (ETSI EN 319 122-1, 6.3 b).
        match path::build(&held.certificate, &[], &trust, now) {
            Ok(path) => path,
            Err(_) => sources.issuers(&held.certificate).await,
        }
    };
    let chain: Vec<Certificate> = chain.into_iter().filter(|found| !found.is_self_signed()).collect();
    let signing = Signing {
        chain: &chain,
        profile: options.level.profile(),
        ..Signing::new(&held.certificate, now)
    };
    let container = asic::prepare_with(&documents, signing).map_err(unfinished)?;
    let mut single = Vec::new();
    for document in documents.iter().filter(|_| options.detached) {
        let algorithm = signing.digest_algorithm().map_err(unfinished)?;
        let digest = ContentDigests::read_one(BufReader::new(open(&document.path)?), algorithm);
        let digest = digest.map_err(Stop::at(&document.path))?;
        let prepared = cades::prepare_digest(&digest, Some(&document.media_type), signing).map_err(unfinished)?;
        single.push((document, "p7s", prepared));
    }
    for document in documents.iter().filter(|_| options.enveloping) {
        let content = fs::read(&document.path).map_err(|error| Stop::file(&document.path, &error))?;
        let prepared = cades::prepare_enveloping(content, &document.media_type, signing).map_err(unfinished)?;
        single.push((document, "p7m", prepared));
    }

    if !single.is_empty() {
        // The card is sent the PIN for every signature, and the person consents to all of them.
        let count = u64::try_from(single.len() + 1).unwrap_or(u64::MAX);
        let told = screen.sentence("pin-for-each", &[("count", Argument::Count(count))]);
        screen.line(&format!("  {told}"));
    }
    let pin = desk.ask_pin_of(&held, "ask-pin")?;
    let mut made = Vec::new();
    let value = desk.sign(&held.key, &pin, container.digest()).await?;
    let mut written = NamedTempFile::new_in(&options.out).map_err(Stop::at(&options.out))?;
    let packed = container.finish_into(&value, BufWriter::new(written.as_file_mut()));
    let packed = packed.map_err(unfinished)?.flush();
    packed.map_err(Stop::at(&options.out))?;
    made.push((options.out.join(container_name(&documents)), None, written));
    for (document, extension, prepared) in single {
        let value = desk.sign(&held.key, &pin, prepared.digest()).await?;
        let mut written = NamedTempFile::new_in(&options.out).map_err(Stop::at(&options.out))?;
        let signature = prepared.finish(&value).map_err(unfinished)?;
        written.write_all(&signature).map_err(Stop::at(&options.out))?;
        let name = options.out.join(format!("{}.{extension}", document.file_name));
        made.push((name, Some(document.path.as_path()), written));
    }
    // What the card has signed stays, also where the network then fails: `basvuru extend` goes on from there.
    let mut signed = Vec::new();
    for (name, content, written) in made {
        keep(written, &name)?;
        signed.push((name, content));
    }
    sources.now = SystemTime::now();
    for (name, content) in signed.iter().filter(|_| options.level.has_timestamp()) {
        extend::file(name, *content, name, options.level.target(), &sources).await?;
    }
    tell(&signed, &held.certificate.subject_name(), screen);
    Ok(())
}

/// Why a signature was not prepared or put together.
fn unfinished(error: SignatureError) -> Stop {
    match error {
        SignatureError::NotByThisKey => Failure::SignatureSelfCheckFailed.into(),
        SignatureError::Key => Stop::own("stop-key", ""),
        SignatureError::FileName(name) => Stop::own("stop-file-name", name),
        SignatureError::DuplicateFileName(name) => Stop::own("stop-file-twice", name),
        SignatureError::ContentTooLarge { .. } => Stop::own("stop-enveloped-large", ""),
        SignatureError::TooManyDocuments { limit } => Stop::own("stop-too-many-files", limit),
        SignatureError::ContainerTooLarge => Stop::own("stop-container-large", ""),
        error @ (SignatureError::NoDocument | SignatureError::MediaType(_) | SignatureError::Container(_)) => {
            Stop::own("stop-sign", "").because(error)
        }
    }
}

fn tell(made: &[(PathBuf, Option<&Path>)], holder: &str, screen: &Screen) {
    screen.line("");
    let done = screen.sentence("signed-by", &[("holder", Argument::Text(holder))]);
    screen.line(&format!("  {} {done}", Style::new().green().apply_to("✓")));
    for (file, _) in made {
        let file = screen.path(file);
        screen.object(&json!({ "event": "signed", "file": file }));
        screen.line(&format!("    {file}"));
    }
    screen.line("");
}

/// The files, under names that no two of them share.
fn documents(files: &[PathBuf]) -> Result<Vec<FileDocument>, Stop> {
    let mut names = HashSet::new();
    let mut documents = Vec::new();
    for file in files {
        let name = file.file_name().and_then(|name| name.to_str());
        let name = name.ok_or_else(|| Stop::own("stop-file-name", file.display()))?;
        if !names.insert(name) {
            return Err(Stop::own("stop-file-twice", name));
        }
        open(file)?;
        documents.push(FileDocument {
            file_name: name.to_owned(),
            media_type: media_type(file).to_owned(),
            path: file.clone(),
        });
    }
    Ok(documents)
}

/// The container is called after its only document, or by what it is.
fn container_name(documents: &[FileDocument]) -> String {
    match documents {
        [only] => format!("{}.asice", only.file_name),
        _ => "signed.asice".to_owned(),
    }
}

/// The media type that a file's name tells.
fn media_type(file: &Path) -> &'static str {
    let extension = file.extension().and_then(|extension| extension.to_str());
    match extension.map(str::to_ascii_lowercase).as_deref() {
        Some("pdf") => "application/pdf",
        Some("xml") => "text/xml",
        Some("txt") => "text/plain",
        Some("md") => "text/markdown",
        Some("html" | "htm") => "text/html",
        Some("json") => "application/json",
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("docx") => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        Some("odt") => "application/vnd.oasis.opendocument.text",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_files_of_one_name_are_refused_and_one_names_its_container() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("inner");
        fs::create_dir(&inner).unwrap();
        let (one, two) = (folder.path().join("a.PDF"), inner.join("a.PDF"));
        fs::write(&one, b"1").unwrap();
        fs::write(&two, b"2").unwrap();
        let read = documents(std::slice::from_ref(&one)).unwrap();
        assert_eq!(container_name(&read), "a.PDF.asice");
        assert_eq!(read[0].media_type, "application/pdf");
        assert!(documents(&[one, two]).is_err());
    }
}
