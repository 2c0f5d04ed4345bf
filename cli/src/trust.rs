//! Certificates of authorities, from files and folders, in PEM or DER, or by the names of roots that are known.

use std::fs;
use std::path::PathBuf;

use basvuru::certificate::known::{KAMU_SM, KnownRoot};
use basvuru::certificate::{Certificate, chain_from_pem};

use crate::stop::Stop;

/// The names that certificates are looked for under, in a folder.
const EXTENSIONS: [&str; 4] = ["cer", "crt", "der", "pem"];

/// The roots of Kamu SM whose certificates are confirmed.
const CONFIRMED: &str = "kamu-sm";
/// All of them, also the newest, which awaits official confirmation.
const UNCONFIRMED: &str = "kamu-sm-unconfirmed";

/// Every certificate in the files, and in the files of the folders, and the known roots that are named.
pub(crate) fn certificates(places: &[PathBuf]) -> Result<Vec<Certificate>, Stop> {
    let mut certificates = Vec::new();
    for place in places {
        if let Some(name) = place.to_str().filter(|name| [CONFIRMED, UNCONFIRMED].contains(name)) {
            let wanted = |root: &&KnownRoot| root.is_confirmed || name == UNCONFIRMED;
            certificates.extend(KAMU_SM.iter().filter(wanted).map(KnownRoot::certificate));
            continue;
        }
        if !place.is_dir() {
            certificates.extend(read(place)?);
            continue;
        }
        let mut files = Vec::new();
        for entry in fs::read_dir(place).map_err(|error| Stop::file(place, &error))? {
            let file = entry.map_err(Stop::at(place))?.path();
            let extension = file.extension().and_then(|extension| extension.to_str());
            if file.is_file() && extension.is_some_and(|extension| EXTENSIONS.contains(&extension)) {
                files.push(file);
            }
        }
        files.sort();
        for file in files {
            certificates.extend(read(&file)?);
        }
    }
    Ok(certificates)
}

fn read(file: &PathBuf) -> Result<Vec<Certificate>, Stop> {
    let octets = fs::read(file).map_err(|error| Stop::file(file, &error))?;
    // DER of a certificate begins with a SEQUENCE, PEM with text.
    let read = if octets.first() == Some(&0x30) {
        Certificate::parse(&octets).map(|certificate| vec![certificate])
    } else {
        chain_from_pem(&octets)
    };
    read.map_err(|error| Stop::own("stop-trust", file.display()).because(error))
}

#[cfg(test)]
mod tests {
    use basvuru_test_pki::Authority;

    use super::*;

    #[test]
    fn a_root_that_awaits_confirmation_is_not_trusted_unless_it_is_named() {
        let names = |place: &str| -> Vec<String> {
            let read = certificates(&[place.into()]).unwrap();
            read.iter().map(Certificate::subject_name).collect()
        };
        assert_eq!(names(CONFIRMED), ["Kamu SM Kök Sertifika Hizmet Sağlayıcısı - Sürüm 6"]);
        assert_eq!(names(UNCONFIRMED).len(), 2);
    }

    #[test]
    fn a_folder_gives_every_certificate_in_pem_or_der_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let authority = Authority::new().unwrap();
        fs::write(folder.path().join("a.crt"), authority.root_der()).unwrap();
        fs::write(folder.path().join("b.pem"), authority.chain_pem().unwrap()).unwrap();
        fs::write(folder.path().join("c.txt"), "no certificate").unwrap();
        let read = certificates(&[folder.path().to_owned()]).unwrap();
        assert_eq!(read.len(), 3);
        fs::write(folder.path().join("d.pem"), "no certificate").unwrap();
        assert!(certificates(&[folder.path().to_owned()]).is_err());
    }
}
