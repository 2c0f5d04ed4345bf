//! Distinguished names (RFC 5280, 4.1.2.4): compared by their octets first, and by RFC 5280, 7.1 where these differ.

use const_oid::ObjectIdentifier;
use const_oid::db::rfc4519;

use crate::der::{DerError, Element, tag};
use crate::digest::hexadecimal;

/// Stands for a type that is longer than any that is known; nobody is registered there.
const UNREADABLE: ObjectIdentifier = ObjectIdentifier::new_unwrap("0.0.0");

/// A name with its original encoding.
#[derive(Clone)]
pub(crate) struct Name {
    encoded: Vec<u8>,
    /// One list of attributes for each relative name, in order.
    relative_names: Vec<Vec<(ObjectIdentifier, String)>>,
}

impl Name {
    /// `Name ::= SEQUENCE OF SET OF SEQUENCE { type OBJECT IDENTIFIER, value ANY }`
    pub(crate) fn parse(element: Element<'_>) -> Result<Self, DerError> {
        let mut relative_names = Vec::new();
        for set in element.children()?.elements()? {
            let mut attributes = Vec::new();
            if set.tag() != tag::SET {
                return Err(DerError::Tag { found: set.tag() });
            }
            for attribute in set.children()?.elements()? {
                let mut parts = attribute.sequence()?;
                let oid = parts.expect(tag::OBJECT_IDENTIFIER)?;
                let value = parts.read()?;
                parts.finish()?;
                // What is no text is written as RFC 4514, 2.4 has it; so is what is of a type that is longer than any known.
                let written = |element: &Element<'_>| format!("#{}", hexadecimal(element.encoded()));
                attributes.push(match oid.object_identifier() {
                    Ok(oid) => (oid, value.text().unwrap_or_else(|_| written(&value))),
                    Err(_) => (UNREADABLE, written(&attribute)),
                });
            }
            relative_names.push(attributes);
        }
        Ok(Self {
            encoded: element.encoded().to_vec(),
            relative_names,
        })
    }

    /// The name as it stands.
    pub(crate) fn encoded(&self) -> &[u8] {
        &self.encoded
    }

    /// The first value of an attribute.
    pub(crate) fn attribute(&self, oid: ObjectIdentifier) -> Option<&str> {
        self.relative_names
            .iter()
            .flatten()
            .find(|(found, _)| *found == oid)
            .map(|(_, value)| value.as_str())
    }

    /// Every value of an attribute.
    pub(crate) fn attributes(&self, oid: ObjectIdentifier) -> impl Iterator<Item = &str> {
        let attributes = self.relative_names.iter().flatten();
        attributes.filter_map(move |(found, value)| (*found == oid).then_some(value.as_str()))
    }

    /// Whether it has no relative name at all.
    pub(crate) const fn is_empty(&self) -> bool {
        self.relative_names.is_empty()
    }

    /// Whether the first relative names are those of another name (RFC 5280, 7.1).
    pub(crate) fn begins_with(&self, base: &Self) -> bool {
        self.folded().starts_with(&base.folded())
    }

    /// The common name, or all attributes where there is none.
    pub(crate) fn display(&self) -> String {
        if let Some(common_name) = self.attribute(rfc4519::CN) {
            return common_name.to_owned();
        }
        let attributes: Vec<String> = self
            .relative_names
            .iter()
            .flatten()
            .map(|(oid, value)| format!("{oid}={value}"))
            .collect();
        attributes.join(", ")
    }

    /// The relative names with the differences dropped that RFC 5280, 7.1 lets names have: case, the number of spaces, the
    /// string type, the order within one relative name.
    fn folded(&self) -> Vec<Vec<(ObjectIdentifier, String)>> {
        let fold = |value: &str| value.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        self.relative_names
            .iter()
            .map(|attributes| {
                let mut folded: Vec<_> = attributes.iter().map(|(oid, value)| (*oid, fold(value))).collect();
                folded.sort();
                folded
            })
            .collect()
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.encoded == other.encoded || self.folded() == other.folded()
    }
}

impl Eq for Name {}

#[cfg(test)]
mod tests {
    use crate::der::{object_identifier, sequence, set_of, text};

    use super::*;

    fn name(attributes: &[(ObjectIdentifier, u8, &str)]) -> Name {
        let sets: Vec<Vec<u8>> = attributes
            .iter()
            .map(|(oid, tag, value)| {
                set_of(
                    tag::SET,
                    vec![sequence(&[&object_identifier(*oid), &text(*tag, value)])],
                )
            })
            .collect();
        let parts: Vec<&[u8]> = sets.iter().map(Vec::as_slice).collect();
        Name::parse(Element::parse(&sequence(&parts), tag::SEQUENCE).unwrap()).unwrap()
    }

    #[test]
    fn names_are_equal_whatever_their_case_spaces_and_string_type() {
        let one = name(&[
            (rfc4519::C, tag::PRINTABLE_STRING, "TR"),
            (rfc4519::CN, tag::PRINTABLE_STRING, "Test  Root "),
        ]);
        let two = name(&[
            (rfc4519::C, tag::PRINTABLE_STRING, "tr"),
            (rfc4519::CN, tag::UTF8_STRING, "test root"),
        ]);
        let other = name(&[
            (rfc4519::C, tag::PRINTABLE_STRING, "TR"),
            (rfc4519::CN, tag::UTF8_STRING, "Testroot"),
        ]);
        let reversed = name(&[
            (rfc4519::CN, tag::UTF8_STRING, "Test Root"),
            (rfc4519::C, tag::PRINTABLE_STRING, "TR"),
        ]);
        assert!(one == two);
        assert!(one != other);
        assert!(one != reversed);
        assert_eq!(two.display(), "test root");
    }
}
