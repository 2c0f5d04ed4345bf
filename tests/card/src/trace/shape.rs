//! Data objects without their values: tag, length, and what is in them.

use basvuru::card::tlv;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};

use super::MOST_DATA;

/// A data object without its value.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Shape {
    #[serde(deserialize_with = "tag")]
    pub(super) tag: u32,
    #[serde(deserialize_with = "length")]
    pub(super) length: usize,
    #[serde(rename = "in", default)]
    pub(super) children: Vec<Self>,
}

impl Shape {
    /// The first object in it with this tag.
    pub(super) fn find(&self, tag: u32) -> Option<&Self> {
        self.children.iter().find(|child| child.tag == tag)
    }

    /// The object with its header.
    pub(super) fn encode(tag: u32, value: &[u8]) -> Vec<u8> {
        let octets = tag.to_be_bytes();
        let start = octets.iter().take(3).take_while(|octet| **octet == 0).count();
        let mut encoded = octets[start..].to_vec();
        let length = value.len().to_be_bytes();
        let start = length.iter().take_while(|octet| **octet == 0).count();
        match &length[start..] {
            [] => encoded.push(0),
            [short] if *short < 0x80 => encoded.push(*short),
            long => {
                encoded.push(0x80 | u8::try_from(long.len()).unwrap_or(0));
                encoded.extend_from_slice(long);
            }
        }
        encoded.extend_from_slice(value);
        encoded
    }
}

/// Whether data objects begin with those of this shape. What is in them is not compared.
pub(super) fn fits(shapes: &[Shape], data: &[u8]) -> bool {
    let objects: Option<Vec<(u32, usize)>> = tlv::Reader::new(data)
        .map(|object| object.ok().map(|object| (object.tag, object.value.len())))
        .collect();
    let told = shapes.iter().map(|shape| (shape.tag, shape.length));
    objects.is_some_and(|objects| told.eq(objects))
}

fn tag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let text = String::deserialize(deserializer)?;
    u32::from_str_radix(&text, 16).map_err(|_| D::Error::custom("no tag in hexadecimal"))
}

fn length<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    let length = usize::deserialize(deserializer)?;
    if length > MOST_DATA {
        return Err(D::Error::custom("longer than any data object of a card"));
    }
    Ok(length)
}
