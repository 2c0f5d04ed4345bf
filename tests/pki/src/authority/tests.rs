//! Tests of the authority.

use std::process::Command;

use super::*;
use crate::{Holder, IssueOptions};

#[test]
fn an_authority_survives_its_folder_and_its_keys_are_private() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new().unwrap();
    authority.save(folder.path()).unwrap();
    authority.save(folder.path()).unwrap();
    let read = Authority::load(folder.path()).unwrap();
    assert_eq!(read.chain_pem().unwrap(), authority.chain_pem().unwrap());
    assert_eq!(
        read.issuing_key().public_key().unwrap(),
        Certificate::from_der(read.issuing_der())
            .unwrap()
            .tbs_certificate
            .subject_public_key_info
    );
    #[cfg(unix)]
    for name in ["root.key.pem", "issuing.key.pem"] {
        let metadata = fs::metadata(folder.path().join(name)).unwrap();
        assert_eq!(
            std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777,
            0o600
        );
    }
}

#[test]
fn openssl_accepts_the_chain_of_every_kind_of_key() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new().unwrap();
    authority.save(folder.path()).unwrap();
    let holder = Holder::new("Ayşe", "Yılmaz", "10000000146");
    for kind in [KeyKind::P256, KeyKind::P384, KeyKind::P521, KeyKind::Rsa2048] {
        let issued = authority.issue(&holder, kind, &IssueOptions::default()).unwrap();
        let path = folder.path().join("holder.pem");
        fs::write(&path, certificate_pem(&issued.certificate_der).unwrap()).unwrap();
        let output = Command::new("openssl")
            .args(["verify", "-x509_strict", "-CAfile"])
            .arg(folder.path().join("root.pem"))
            .arg("-untrusted")
            .arg(folder.path().join("issuing.pem"))
            .arg(&path)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{kind:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}
