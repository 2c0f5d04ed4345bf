//! Certificates of authorities, from files and folders, in PEM or DER.

use std::fs;
use std::path::PathBuf;

use basvuru::certificate::{Certificate, chain_from_pem};

use crate::stop::Stop;

/// The names that certificates are looked for under, in a folder.
const EXTENSIONS: [&str; 4] = ["cer", "crt", "der", "pem"];

/// Every certificate in the files, and in the files of the folders.
pub(crate) fn certificates(places: &[PathBuf]) -> Result<Vec<Certificate>, Stop> {
    let mut certificates = Vec::new();
    for place in places {
        if !place.is_dir() {
            certificates.extend(read(place)?);
            continue;
        }
        let mut files = Vec::new();
        for entry in fs::read_dir(place)? {
            let file = entry?.path();
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
    let octets = fs::read(file).map_err(|error| Stop::own("stop-file", format!("{}: {error}", file.display())))?;
    // DER of a certificate begins with a SEQUENCE, PEM with text.
    let read = if octets.first() == Some(&0x30) {
        Certificate::parse(&octets).map(|certificate| vec![certificate])
    } else {
        chain_from_pem(&octets)
    };
    read.map_err(|error| Stop::own("stop-trust", format!("{}: {error}", file.display())))
}

#[cfg(test)]
mod tests {
    use basvuru_test_pki::Authority;

    use super::*;

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
