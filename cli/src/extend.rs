//! Makes signatures last. The file given is replaced by a whole new one, or not at all.

use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Read as _, Write as _};
use std::path::Path;
use std::time::SystemTime;

use basvuru::certificate::TrustAnchors;
use basvuru::signature::MAX_SIGNATURE_SIZE;
use basvuru::signature::asic;
use basvuru::signature::extend::{Target, extend, read_content};
use basvuru::signature::source::Sources;
use basvuru::texts::Argument;
use console::Style;
use serde_json::json;
use tempfile::NamedTempFile;

use crate::arguments::Extend;
use crate::network::{self, Network};
use crate::screen::Screen;
use crate::stop::Stop;
use crate::trust;

pub(crate) async fn run(options: &Extend, screen: &Screen) -> Result<(), Stop> {
    let trust = TrustAnchors::new(trust::certificates(&options.lasting.trust)?);
    if options.to.has_evidence() && trust.roots().is_empty() {
        return Err(Stop::own("stop-no-trust", ""));
    }
    let network = Network::of(&options.lasting, screen)?;
    let sources = Sources {
        fetch: &network,
        timestamp_authority: network::timestamp_authority(&options.lasting)?,
        trust: &trust,
        now: SystemTime::now(),
    };
    let out = options.out.as_ref().unwrap_or(&options.file);
    file(
        &options.file,
        options.content.as_deref(),
        out,
        options.to.target(),
        &sources,
    )
    .await?;
    let shown = screen.path(out);
    screen.object(&json!({ "event": "extended", "file": shown }));
    let done = screen.sentence("extended", &[("file", Argument::Text(&shown))]);
    screen.line(&format!("  {} {done}", Style::new().green().apply_to("✓")));
    Ok(())
}

/// Extends the signatures in a file; `out` may be the same one.
pub(crate) async fn file(
    file: &Path,
    content: Option<&Path>,
    out: &Path,
    target: Target,
    sources: &Sources<'_>,
) -> Result<(), Stop> {
    let folder = match out.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut extended = NamedTempFile::new_in(folder).map_err(Stop::at(folder))?;
    if is_container(file)? {
        let container = BufReader::new(open(file)?);
        let written = asic::extend(container, BufWriter::new(extended.as_file_mut()), target, sources).await;
        let mut written = written.map_err(network::stop)?;
        written.flush().map_err(Stop::at(out))?;
    } else {
        let mut signature = Vec::new();
        let read = open(file)?.take(MAX_SIGNATURE_SIZE + 1).read_to_end(&mut signature);
        read.map_err(Stop::at(file))?;
        if signature.len() as u64 > MAX_SIGNATURE_SIZE {
            return Err(Stop::own("stop-extend", ""));
        }
        let digests = content.map(|content| {
            let digests = read_content(&signature, BufReader::new(open(content)?));
            digests.map_err(Stop::at(content))
        });
        let digests = digests.transpose()?;
        let signature = extend(&signature, digests.as_ref(), target, sources).await;
        let signature = signature.map_err(network::stop)?;
        extended.write_all(&signature).map_err(Stop::at(out))?;
    }
    keep(extended, out)
}

/// Gives a file that was written its name.
pub(crate) fn keep(written: NamedTempFile, name: &Path) -> Result<(), Stop> {
    written.as_file().sync_all().map_err(Stop::at(name))?;
    // A temporary file is its owner's alone; what is signed is for others too, as far as the folder lets them.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let permissions = fs::Permissions::from_mode(0o644);
        written.as_file().set_permissions(permissions).map_err(Stop::at(name))?;
    }
    let kept = written.persist(name).map_err(|failed| failed.error);
    kept.map(drop).map_err(Stop::at(name))
}

/// Whether a file is a ZIP file, as every container is, and no signature by itself.
pub(crate) fn is_container(file: &Path) -> Result<bool, Stop> {
    let mut begin = Vec::new();
    let read = open(file)?.take(2).read_to_end(&mut begin);
    read.map_err(Stop::at(file))?;
    Ok(begin == b"PK")
}

/// Opens what is signed, or judged, which is read more than once. Whoever opens a pipe waits for somebody to write to it.
pub(crate) fn open(file: &Path) -> Result<File, Stop> {
    let kind = fs::metadata(file).map_err(Stop::at(file))?;
    if !kind.is_file() {
        return Err(Stop::own("stop-no-file", file.display()));
    }
    File::open(file).map_err(|error| Stop::file(file, &error))
}
