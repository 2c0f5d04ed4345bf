//! The apps that may open the portal's links and use what a person has saved for it: told to Android and Apple at well-known
//! places.

use basvuru::link;

use crate::failure::PortalError;

/// An Android app that belongs to the portal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AndroidApp {
    /// The application's id, such as `tr.example.basvuru`.
    pub package: String,
    /// The SHA-256 fingerprints of the certificates it may be signed with, each as 32 hexadecimal octets with colons between.
    pub certificates: Vec<String>,
    /// Where people get it, `https://…`.
    pub store: Option<String>,
}

/// An Apple app that belongs to the portal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppleApp {
    /// Team and bundle, such as `ABCDE12345.tr.example.basvuru`.
    pub id: String,
    /// Where people get it, `https://…`.
    pub store: Option<String>,
}

/// The apps that belong to the portal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Apps {
    /// For Android.
    pub android: Vec<AndroidApp>,
    /// For iPhone and iPad.
    pub apple: Vec<AppleApp>,
}

impl Apps {
    /// Finds what the systems would refuse without a word.
    pub(crate) fn check(&self) -> Result<(), PortalError> {
        let is_name = |name: &str| {
            name.contains('.')
                && name.split('.').all(|label| {
                    !label.is_empty()
                        && label
                            .bytes()
                            .all(|octet| octet.is_ascii_alphanumeric() || b"-_".contains(&octet))
                })
        };
        let is_octet = |octet: &str| octet.len() == 2 && octet.bytes().all(|digit| digit.is_ascii_hexdigit());
        let is_fingerprint = |text: &str| text.split(':').count() == 32 && text.split(':').all(is_octet);
        let is_store = |store: &Option<String>| store.as_ref().is_none_or(|store| link::is_return_address(store));
        for app in &self.android {
            let is_signed = !app.certificates.is_empty() && app.certificates.iter().all(|text| is_fingerprint(text));
            if !is_name(&app.package) || !is_signed || !is_store(&app.store) {
                return Err(PortalError::App(app.package.clone()));
            }
        }
        for app in &self.apple {
            let has_team = app
                .id
                .split_once('.')
                .is_some_and(|(team, bundle)| team.len() == 10 && is_name(bundle));
            if !has_team || !is_name(&app.id) || !is_store(&app.store) {
                return Err(PortalError::App(app.id.clone()));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn android(package: &str, certificate: &str) -> Apps {
        Apps {
            android: vec![AndroidApp {
                package: package.to_owned(),
                certificates: vec![certificate.to_owned()],
                store: None,
            }],
            ..Apps::default()
        }
    }

    fn apple(id: &str, store: Option<&str>) -> Apps {
        Apps {
            apple: vec![AppleApp {
                id: id.to_owned(),
                store: store.map(str::to_owned),
            }],
            ..Apps::default()
        }
    }

    #[test]
    fn an_app_that_the_systems_would_not_know_is_refused() {
        let fingerprint = ["AB"; 32].join(":");
        for good in [
            Apps::default(),
            android("tr.example.basvuru", &fingerprint),
            android("tr.example.basvuru", &fingerprint.to_lowercase()),
            apple("ABCDE12345.tr.example.basvuru", Some("https://apps.example/id1")),
        ] {
            assert!(good.check().is_ok(), "{good:?}");
        }
        for wrong in [
            android("basvuru", &fingerprint),
            android("tr..basvuru", &fingerprint),
            android("tr.example.başvuru", &fingerprint),
            android("tr.example.basvuru", ""),
            android("tr.example.basvuru", &"AB".repeat(32)),
            android("tr.example.basvuru", &["AB"; 20].join(":")),
            apple("tr.example.basvuru", None),
            apple("ABCDE12345", None),
            apple("ABCDE12345.basvuru", None),
            apple("ABCDE12345.tr.example.basvuru", Some("http://apps.example")),
            apple("ABCDE12345.tr.example.basvuru", Some("javascript:alert(1)")),
        ] {
            assert!(matches!(wrong.check(), Err(PortalError::App(_))), "{wrong:?}");
        }
    }
}
