//! The authority that the seeds are from, and the moment they are judged at: `fuzz-seeds` leaves them in a folder, and the
//! targets read them from there. Without a root that is trusted most of a verification would never be reached.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use basvuru::certificate::{Certificate, TrustAnchors};

/// Names the folder.
pub const VARIABLE: &str = "BASVURU_FUZZ_WORLD";

const CHAIN: &str = "chain.pem";
const HOLDER: &str = "holder.der";
const SECONDS: &str = "seconds";

/// What the seeds are judged by.
pub struct World {
    /// The authority's root and issuing certificate.
    pub trust: TrustAnchors,
    /// The issuing certificate.
    pub issuing: Certificate,
    /// A certificate it issued, which answers and lists are about.
    pub holder: Certificate,
    /// When the seeds were made.
    pub at: SystemTime,
}

impl World {
    /// The one in the folder that the environment variable `BASVURU_FUZZ_WORLD` names, read once.
    ///
    /// # Panics
    /// Where there is none: a fuzzer that judges nothing would find nothing.
    pub fn of_the_seeds() -> &'static Self {
        static WORLD: OnceLock<World> = OnceLock::new();
        WORLD.get_or_init(|| {
            let folder = std::env::var_os(VARIABLE).map(PathBuf::from);
            let folder = folder.expect("BASVURU_FUZZ_WORLD names the folder `world` that fuzz-seeds has made");
            Self::read(&folder).expect("fuzz-seeds has written the folder")
        })
    }

    fn read(folder: &Path) -> Option<Self> {
        let chain = fs::read(folder.join(CHAIN)).ok()?;
        let trust = TrustAnchors::from_pem(&chain).ok()?;
        let seconds = fs::read_to_string(folder.join(SECONDS)).ok()?.parse().ok()?;
        Some(Self {
            issuing: trust.intermediates().first()?.clone(),
            holder: Certificate::parse(&fs::read(folder.join(HOLDER)).ok()?).ok()?,
            at: SystemTime::UNIX_EPOCH + Duration::from_secs(seconds),
            trust,
        })
    }

    /// Leaves a folder for [`Self::of_the_seeds`].
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn leave(folder: &Path, chain_pem: &str, holder_der: &[u8], at: SystemTime) -> io::Result<()> {
        let since = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        fs::create_dir_all(folder)?;
        fs::write(folder.join(CHAIN), chain_pem)?;
        fs::write(folder.join(HOLDER), holder_der)?;
        fs::write(folder.join(SECONDS), since.as_secs().to_string())
    }
}
