//! Which names an authority may certify (RFC 5280, 4.2.1.10): those of a person are processed, and so are addresses of mail
//! and of hosts; what a certificate does not have is not constrained.

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5280;

use super::{Certificate, Name};
use crate::der::{DerError, Element, tag};

/// `id-emailAddress` (RFC 2985, 5.2.1), as an attribute of a name.
const EMAIL_ADDRESS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.1");

const MAIL: u8 = tag::context(1);
const HOST: u8 = tag::context(2);
const DIRECTORY: u8 = tag::context_constructed(4);

/// No authority has more subtrees: each is compared with each name of every certificate below.
const MAX_SUBTREES: usize = 500;

/// Why an authority may not have certified a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NameFault {
    /// The name lies outside what it may certify.
    NotPermitted,
    /// The constraint, or a name it is about, is of a kind not processed here.
    NotUnderstood,
}

/// Whether an authority may have certified the names of certificates below it. Those that certify themselves do not count
/// (RFC 5280, 6.1.3 b), except for the holder's.
pub(super) fn check<'a>(
    authority: &Certificate,
    mut below: impl Iterator<Item = &'a Certificate>,
) -> Result<(), NameFault> {
    let Some(value) = authority.extension(rfc5280::ID_CE_NAME_CONSTRAINTS) else {
        return Ok(());
    };
    let constraints = Constraints::parse(value).map_err(|_| NameFault::NotUnderstood)?;
    below.try_for_each(|certificate| constraints.check(certificate))
}

/// ```text
/// NameConstraints ::= SEQUENCE { permittedSubtrees [0] GeneralSubtrees OPTIONAL, excludedSubtrees [1] GeneralSubtrees OPTIONAL }
/// GeneralSubtrees ::= SEQUENCE OF SEQUENCE { base GeneralName, minimum [0] INTEGER DEFAULT 0, maximum [1] INTEGER OPTIONAL }
/// ```
struct Constraints<'a> {
    permitted: Vec<Element<'a>>,
    excluded: Vec<Element<'a>>,
}

impl<'a> Constraints<'a> {
    fn parse(value: &'a [u8]) -> Result<Self, DerError> {
        let mut parts = Element::parse(value, tag::SEQUENCE)?.children()?;
        let permitted = subtrees(parts.optional(tag::context_constructed(0))?)?;
        let excluded = subtrees(parts.optional(tag::context_constructed(1))?)?;
        parts.finish()?;
        Ok(Self { permitted, excluded })
    }

    fn check(&self, certificate: &Certificate) -> Result<(), NameFault> {
        let names = Names::of(certificate).map_err(|_| NameFault::NotUnderstood)?;
        if !names.subject.is_empty() {
            self.check_name(DIRECTORY, &|base| Ok(names.subject.begins_with(&directory_name(base)?)))?;
        }
        for address in &names.mail {
            self.check_name(MAIL, &|base| Ok(is_mail_within(address, text(base)?)))?;
        }
        for name in &names.alternative {
            match name.tag() {
                DIRECTORY => {
                    let name = directory_name(name).map_err(|_| NameFault::NotUnderstood)?;
                    self.check_name(DIRECTORY, &|base| Ok(name.begins_with(&directory_name(base)?)))?;
                }
                MAIL => {
                    let address = text(name).map_err(|_| NameFault::NotUnderstood)?;
                    self.check_name(MAIL, &|base| Ok(is_mail_within(address, text(base)?)))?;
                }
                HOST => {
                    let host = text(name).map_err(|_| NameFault::NotUnderstood)?;
                    self.check_name(HOST, &|base| Ok(is_host_within(host, text(base)?)))?;
                }
                other if self.speaks_of(other) => return Err(NameFault::NotUnderstood),
                _ => {}
            }
        }
        Ok(())
    }

    fn speaks_of(&self, form: u8) -> bool {
        self.permitted
            .iter()
            .chain(&self.excluded)
            .any(|base| base.tag() == form)
    }

    /// Whether a name of one form lies within one of the permitted subtrees of that form, where there are any, and within
    /// none of the excluded ones.
    fn check_name(
        &self,
        form: u8,
        is_within: &dyn Fn(&Element<'_>) -> Result<bool, DerError>,
    ) -> Result<(), NameFault> {
        let among = |bases: &[Element<'_>]| -> Result<Option<bool>, NameFault> {
            let mut found = None;
            for base in bases.iter().filter(|base| base.tag() == form) {
                let within = is_within(base).map_err(|_| NameFault::NotUnderstood)?;
                found = Some(found.unwrap_or(false) || within);
            }
            Ok(found)
        };
        if among(&self.permitted)? == Some(false) || among(&self.excluded)? == Some(true) {
            return Err(NameFault::NotPermitted);
        }
        Ok(())
    }
}

fn subtrees(list: Option<Element<'_>>) -> Result<Vec<Element<'_>>, DerError> {
    let Some(list) = list else { return Ok(Vec::new()) };
    let subtrees = list.children()?.elements()?;
    if subtrees.len() > MAX_SUBTREES {
        return Err(DerError::Length);
    }
    let mut bases = Vec::with_capacity(subtrees.len());
    for subtree in subtrees {
        let mut parts = subtree.sequence()?;
        bases.push(parts.read()?);
        // RFC 5280 uses neither distance: minimum is always 0 and maximum absent.
        parts.finish()?;
    }
    Ok(bases)
}

/// The names a certificate is for.
struct Names<'a> {
    subject: &'a Name,
    /// Addresses of mail within the subject, where no alternative name has one (RFC 5280, 4.2.1.10).
    mail: Vec<&'a str>,
    alternative: Vec<Element<'a>>,
}

impl<'a> Names<'a> {
    fn of(certificate: &'a Certificate) -> Result<Self, DerError> {
        let alternative = match certificate.extension(rfc5280::ID_CE_SUBJECT_ALT_NAME) {
            Some(value) => Element::parse(value, tag::SEQUENCE)?.children()?.elements()?,
            None => Vec::new(),
        };
        let subject = certificate.subject();
        let has_mail = alternative.iter().any(|name| name.tag() == MAIL);
        let mail = if has_mail {
            Vec::new()
        } else {
            subject.attributes(EMAIL_ADDRESS).collect()
        };
        Ok(Self {
            subject,
            mail,
            alternative,
        })
    }
}

/// `directoryName [4] Name`: explicit, since Name is a CHOICE.
fn directory_name(name: &Element<'_>) -> Result<Name, DerError> {
    Name::parse(name.only_child()?)
}

fn text<'a>(name: &Element<'a>) -> Result<&'a str, DerError> {
    let content = name.content();
    if !content.is_ascii() {
        return Err(DerError::Value);
    }
    std::str::from_utf8(content).map_err(|_| DerError::Value)
}

/// A mailbox, all mailboxes of a host, or, with a leading dot, those of every host below a domain.
fn is_mail_within(address: &str, base: &str) -> bool {
    let Some((local, host)) = address.rsplit_once('@') else {
        return false;
    };
    match base.rsplit_once('@') {
        Some((base_local, base_host)) => local == base_local && host.eq_ignore_ascii_case(base_host),
        None if base.starts_with('.') => is_below(host, base),
        None => base.is_empty() || host.eq_ignore_ascii_case(base),
    }
}

/// The host itself, or one with more labels on the left.
fn is_host_within(host: &str, base: &str) -> bool {
    base.is_empty() || host.eq_ignore_ascii_case(base) || is_below(host, &format!(".{}", base.trim_start_matches('.')))
}

fn is_below(host: &str, suffix: &str) -> bool {
    host.len() > suffix.len() && host.to_ascii_lowercase().ends_with(&suffix.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lie_within_mailboxes_hosts_and_domains() {
        for (address, base, expected) in [
            ("ali@ornek.tr", "ali@ornek.tr", true),
            ("ali@ORNEK.tr", "ali@ornek.tr", true),
            ("Ali@ornek.tr", "ali@ornek.tr", false),
            ("ali@ornek.tr", "ornek.tr", true),
            ("ali@posta.ornek.tr", "ornek.tr", false),
            ("ali@posta.ornek.tr", ".ornek.tr", true),
            ("ali@ornek.tr", ".ornek.tr", false),
            ("ali", "ornek.tr", false),
            ("ali@ornek.tr", "", true),
        ] {
            assert_eq!(is_mail_within(address, base), expected, "{address} {base}");
        }
        for (host, base, expected) in [
            ("ornek.tr", "ornek.tr", true),
            ("www.Ornek.tr", "ornek.tr", true),
            ("www.ornek.tr", ".ornek.tr", true),
            ("kotuornek.tr", "ornek.tr", false),
            ("ornek.tr", "", true),
        ] {
            assert_eq!(is_host_within(host, base), expected, "{host} {base}");
        }
    }
}
