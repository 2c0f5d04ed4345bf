//! Which version of a thing a request is meant for.

use crate::refusal::Refusal;

/// The versions of a thing that a request is meant for (RFC 9110, 13.1.1).
#[derive(Clone)]
pub(crate) enum IfMatch {
    /// Any there is.
    Any,
    /// The ones with these entity tags.
    OneOf(Vec<String>),
}

impl IfMatch {
    /// Reads `*` or a list of entity tags. Weak ones are read, and are no version's (RFC 9110, 8.8.3.2).
    ///
    /// # Errors
    /// `malformed-request`.
    pub(crate) fn parse(header: &str) -> Result<Self, Refusal> {
        let wrong = || Refusal::malformed("If-Match takes * or entity tags in quotes");
        let mut rest = header.trim_matches([' ', '\t']);
        if rest == "*" {
            return Ok(Self::Any);
        }
        let (mut versions, mut read_one) = (Vec::new(), false);
        while !rest.is_empty() {
            if let Some(next) = rest.strip_prefix([',', ' ', '\t']) {
                rest = next;
                continue;
            }
            let (strong, opened) = match rest.strip_prefix("W/") {
                Some(weak) => (false, weak),
                None => (true, rest),
            };
            let (tag, next) = opened
                .strip_prefix('"')
                .and_then(|tag| tag.split_once('"'))
                .ok_or_else(wrong)?;
            rest = next.trim_start_matches([' ', '\t']);
            if !tag.bytes().all(|octet| octet.is_ascii_graphic()) || !rest.is_empty() && !rest.starts_with(',') {
                return Err(wrong());
            }
            read_one = true;
            versions.extend(strong.then(|| tag.to_owned()));
        }
        match read_one {
            true => Ok(Self::OneOf(versions)),
            false => Err(wrong()),
        }
    }

    /// Whether a version is among them.
    pub(crate) fn has(&self, version: &str) -> bool {
        match self {
            Self::Any => true,
            Self::OneOf(versions) => versions.iter().any(|one| one == version),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn if_match_takes_any_version_or_those_of_a_list() {
        for (header, has) in [
            ("*", true),
            (" * ", true),
            ("\"3\"", true),
            ("\"1\", \"3\"", true),
            ("\"1\",\"3\" , \"4\"", true),
            (", \"3\",,", true),
            ("\"1,3\", \"3\"", true),
            ("\"1,3\"", false),
            ("\"2\"", false),
            ("\"\"", false),
            ("W/\"3\"", false),
            ("W/\"3\", \"3\"", true),
            ("\"33\"", false),
        ] {
            assert_eq!(IfMatch::parse(header).unwrap().has("3"), has, "{header}");
        }
        for header in [
            "",
            ",",
            "3",
            "\"3",
            "3\"",
            "\"3\" \"4\"",
            "*, \"3\"",
            "w/\"3\"",
            "W/3",
            "\"a b\"",
            "\"3\";",
            "'3'",
        ] {
            assert!(IfMatch::parse(header).is_err(), "{header}");
        }
    }
}
