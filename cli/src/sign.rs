//! Signs files with a card. Everything is read and prepared before the PIN is asked for, and written when every signature
//! has been made and verified.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use basvuru::failure::Failure;
use basvuru::signature::asic::{self, Document};
use basvuru::signature::cades::{self, Signing};
use basvuru::texts::Argument;
use basvuru::verdict::mark_sentence;
use console::Style;
use serde_json::json;

use crate::arguments::Sign;
use crate::desk::{Desk, examine};
use crate::screen::Screen;
use crate::stop::Stop;

pub(crate) async fn run(options: &Sign, screen: &Screen) -> Result<(), Stop> {
    let documents = documents(&options.files)?;
    fs::create_dir_all(&options.out)?;
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
    let unsignable = |error| Stop::own("stop-sign", error);
    let container = asic::prepare(&documents, &held.certificate, now).map_err(unsignable)?;
    let mut detached = Vec::new();
    for document in documents.iter().filter(|_| options.detached) {
        let signing = Signing::new(&held.certificate, now);
        let prepared = cades::prepare(&document.content, &document.media_type, signing).map_err(unsignable)?;
        detached.push((document, prepared));
    }

    let pin = desk.ask_pin_of(&held, "ask-pin")?;
    let mut made = Vec::new();
    let value = desk.sign(&held.key, &pin, container.digest()).await?;
    let signed = container
        .finish(&value)
        .map_err(|_| Failure::SignatureSelfCheckFailed)?;
    made.push((options.out.join(container_name(&documents)), signed));
    for (document, prepared) in detached {
        let value = desk.sign(&held.key, &pin, prepared.digest()).await?;
        let signed = prepared.finish(&value).map_err(|_| Failure::SignatureSelfCheckFailed)?;
        made.push((options.out.join(format!("{}.p7s", document.file_name)), signed));
    }
    for (file, signed) in &made {
        fs::write(file, signed)?;
    }
    tell(&made, &held.certificate.subject_name(), screen);
    Ok(())
}

fn tell(made: &[(PathBuf, Vec<u8>)], holder: &str, screen: &Screen) {
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
fn documents(files: &[PathBuf]) -> Result<Vec<Document>, Stop> {
    let mut names = HashSet::new();
    let mut documents = Vec::new();
    for file in files {
        let name = file.file_name().and_then(|name| name.to_str());
        let name = name.ok_or_else(|| Stop::own("stop-sign", file.display()))?;
        if !names.insert(name) {
            return Err(Stop::own("stop-sign", name));
        }
        documents.push(Document {
            file_name: name.to_owned(),
            media_type: media_type(file).to_owned(),
            content: fs::read(file).map_err(|error| Stop::own("stop-file", format!("{name}: {error}")))?,
        });
    }
    Ok(documents)
}

/// The container is called after its only document, or by what it is.
fn container_name(documents: &[Document]) -> String {
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
