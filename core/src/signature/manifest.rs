//! The manifests of an ASiC-E container (ETSI EN 319 162-1, A.4): the digests of all documents, in the one file that is
//! signed.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::form;
use crate::digest::{Digest, DigestAlgorithm, HashFunction};

const ASIC_NAMESPACE: &str = "http://uri.etsi.org/02918/v1.2.1#";
const XMLDSIG_NAMESPACE: &str = "http://www.w3.org/2000/09/xmldsig#";
const MAX_SIZE: usize = 1 << 20;
const MAX_NODES: u32 = 50_000;

/// A manifest as it was read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Manifest {
    /// The path of the signature file.
    pub(super) signature: String,
    /// The files covered.
    pub(super) references: Vec<Reference>,
}

/// A file of the container, and the digest it must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) path: String,
    pub(super) media_type: Option<String>,
    /// [`None`] where the digest algorithm is not known.
    pub(super) digest: Option<NamedDigest>,
}

/// A digest that a manifest names: with SHA-1 too, so that it is compared before it is told to prove nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NamedDigest {
    pub(super) function: HashFunction,
    pub(super) value: Vec<u8>,
}

impl From<Digest> for NamedDigest {
    fn from(digest: Digest) -> Self {
        Self {
            function: HashFunction::Of(digest.algorithm),
            value: digest.value,
        }
    }
}

impl Reference {
    /// The hash function that the file is to be digested with.
    pub(super) fn function(&self) -> Option<HashFunction> {
        self.digest.as_ref().map(|digest| digest.function)
    }
}

impl Manifest {
    /// Writes the manifest: the same octets for the same contents.
    pub(super) fn to_xml(&self) -> String {
        let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        let mut add = |text: std::fmt::Arguments<'_>| xml.write_fmt(text).expect("a String takes every text");
        add(format_args!(
            "<asic:ASiCManifest xmlns:asic=\"{ASIC_NAMESPACE}\" xmlns:ds=\"{XMLDSIG_NAMESPACE}\">\n"
        ));
        let signature = percent_encode(&self.signature);
        add(format_args!(
            "<asic:SigReference URI=\"{signature}\" MimeType=\"application/pkcs7-signature\"/>\n"
        ));
        for reference in &self.references {
            add(format_args!(
                "<asic:DataObjectReference URI=\"{}\"",
                percent_encode(&reference.path)
            ));
            if let Some(media_type) = &reference.media_type {
                // A media type has been checked not to hold anything that XML would need escaped, except this.
                add(format_args!(" MimeType=\"{}\"", media_type.replace('&', "&amp;")));
            }
            let digest = reference.digest.as_ref();
            let method = digest.map_or("", |digest| method_of(digest.function));
            let value = digest.map_or_else(String::new, |digest| STANDARD.encode(&digest.value));
            add(format_args!(
                ">\n<ds:DigestMethod Algorithm=\"{method}\"/>\n<ds:DigestValue>{value}</ds:DigestValue>\n"
            ));
            add(format_args!("</asic:DataObjectReference>\n"));
        }
        add(format_args!("</asic:ASiCManifest>\n"));
        xml
    }

    /// Reads a manifest; [`None`] where it is not one, has a DTD, or asks for something not understood.
    pub(super) fn parse(xml: &[u8]) -> Option<Self> {
        if xml.len() > MAX_SIZE {
            return None;
        }
        let text = form::text(xml, false)?;
        let options = roxmltree::ParsingOptions {
            allow_dtd: false,
            nodes_limit: MAX_NODES,
            ..Default::default()
        };
        let document = roxmltree::Document::parse_with_options(&text, options).ok()?;
        let root = document.root_element();
        if !root.has_tag_name((ASIC_NAMESPACE, "ASiCManifest")) {
            return None;
        }
        if document.descendants().any(|node| is_critical_extension(&node)) {
            return None;
        }
        let children = || root.children().filter(roxmltree::Node::is_element);
        let mut signatures = children().filter(|node| node.has_tag_name((ASIC_NAMESPACE, "SigReference")));
        let signature = percent_decode(signatures.next()?.attribute("URI")?)?;
        if signatures.next().is_some() {
            return None;
        }
        let mut references: Vec<Reference> = Vec::new();
        for node in children().filter(|node| node.has_tag_name((ASIC_NAMESPACE, "DataObjectReference"))) {
            // One file may be named twice: it must be all that is said of it.
            references.push(parse_reference(&node)?);
        }
        (!references.is_empty()).then_some(Self { signature, references })
    }
}

fn parse_reference(node: &roxmltree::Node<'_, '_>) -> Option<Reference> {
    let only = |name| {
        let mut found = node
            .children()
            .filter(move |child| child.has_tag_name((XMLDSIG_NAMESPACE, name)));
        found.next().filter(|_| found.next().is_none())
    };
    let value: String = only("DigestValue")?.text()?.split_ascii_whitespace().collect();
    let value = STANDARD.decode(value).ok()?;
    let digest = match function_of(only("DigestMethod")?.attribute("Algorithm")?.trim()) {
        Some(function) if function.length() != value.len() => return None,
        Some(function) => Some(NamedDigest { function, value }),
        None => None,
    };
    Some(Reference {
        path: percent_decode(node.attribute("URI")?)?,
        media_type: node.attribute("MimeType").map(str::to_owned),
        digest,
    })
}

/// Extensions that the manifest's author does not want passed over.
fn is_critical_extension(node: &roxmltree::Node<'_, '_>) -> bool {
    node.has_tag_name((ASIC_NAMESPACE, "Extension"))
        && node
            .attribute("Critical")
            .is_some_and(|value| matches!(value.trim(), "true" | "1"))
}

const fn method_of(function: HashFunction) -> &'static str {
    match function {
        HashFunction::Sha1 => "http://www.w3.org/2000/09/xmldsig#sha1",
        HashFunction::Of(DigestAlgorithm::Sha256) => "http://www.w3.org/2001/04/xmlenc#sha256",
        HashFunction::Of(DigestAlgorithm::Sha384) => "http://www.w3.org/2001/04/xmldsig-more#sha384",
        HashFunction::Of(DigestAlgorithm::Sha512) => "http://www.w3.org/2001/04/xmlenc#sha512",
        HashFunction::Of(DigestAlgorithm::Sha3_256) => "http://www.w3.org/2007/05/xmldsig-more#sha3-256",
        HashFunction::Of(DigestAlgorithm::Sha3_384) => "http://www.w3.org/2007/05/xmldsig-more#sha3-384",
        HashFunction::Of(DigestAlgorithm::Sha3_512) => "http://www.w3.org/2007/05/xmldsig-more#sha3-512",
    }
}

fn function_of(method: &str) -> Option<HashFunction> {
    HashFunction::all().find(|function| method_of(*function) == method)
}

/// A path as a relative reference (RFC 3986, 4.2): all but the unreserved characters and `/` escaped.
fn percent_encode(path: &str) -> String {
    let mut encoded = String::with_capacity(path.len());
    for octet in path.bytes() {
        if octet.is_ascii_alphanumeric() || b"-._~/".contains(&octet) {
            encoded.push(octet.into());
        } else {
            write!(encoded, "%{octet:02X}").expect("a String takes every text");
        }
    }
    encoded
}

/// The path that a reference is to. A percent sign that escapes nothing stands for itself.
fn percent_decode(reference: &str) -> Option<String> {
    let mut octets = Vec::with_capacity(reference.len());
    let mut rest = reference.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        let digit = |place: usize| after.get(place).and_then(|digit| char::from(*digit).to_digit(16));
        match (first, digit(0), digit(1)) {
            (b'%', Some(high), Some(low)) => {
                octets.push(u8::try_from(high << 4 | low).ok()?);
                rest = &after[2..];
            }
            _ => octets.push(*first),
        }
    }
    String::from_utf8(octets).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn manifest(paths: &[String]) -> Manifest {
        let reference = |path: &String| Reference {
            path: path.clone(),
            media_type: Some("application/pdf".into()),
            digest: Some(DigestAlgorithm::Sha256.digest(path.as_bytes()).into()),
        };
        Manifest {
            signature: "META-INF/signature001.p7s".into(),
            references: paths.iter().map(reference).collect(),
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(paths in proptest::collection::hash_set("\\PC{1,30}", 1..5)) {
            let written = manifest(&paths.into_iter().collect::<Vec<_>>());
            prop_assert_eq!(Manifest::parse(written.to_xml().as_bytes()).unwrap(), written);
        }

        #[test]
        fn reading_never_panics(xml in "\\PC{0,200}", octets in proptest::collection::vec(any::<u8>(), 0..100)) {
            let _ = Manifest::parse(xml.as_bytes());
            let _ = Manifest::parse(&octets);
            let _ = percent_decode(&xml);
        }
    }

    #[test]
    fn a_document_type_is_refused() {
        let good = manifest(&["a.pdf".to_owned()]).to_xml();
        let bomb = good.replacen("?>\n", "?>\n<!DOCTYPE x [<!ENTITY a \"aaaa\">]>\n", 1);
        assert_ne!(good, bomb);
        assert!(Manifest::parse(good.as_bytes()).is_some());
        assert!(Manifest::parse(bomb.as_bytes()).is_none());
    }

    #[test]
    fn what_is_ambiguous_or_not_understood_is_refused() {
        let good = manifest(&["a.pdf".to_owned()]).to_xml();
        let twice = manifest(&["a.pdf".to_owned(), "a.pdf".to_owned()]);
        assert_eq!(Manifest::parse(twice.to_xml().as_bytes()).unwrap(), twice);
        let lone = good.replacen("URI=\"a.pdf\"", "URI=\"100%.pdf\"", 1);
        assert_eq!(Manifest::parse(lone.as_bytes()).unwrap().references[0].path, "100%.pdf");
        let changes = [
            ("<asic:SigReference", "<asic:SigReference URI=\"b\"/><asic:SigReference"),
            ("02918/v1.2.1#", "02918/v1.2.2#"),
            ("</ds:DigestValue>", "AAAA</ds:DigestValue>"),
            ("<ds:DigestMethod", "<ds:DigestMethod Algorithm=\"x\"/><ds:DigestMethod"),
            ("URI=\"a.pdf\"", "URI=\"%ff\""),
            (
                "</asic:ASiCManifest>",
                "<asic:ASiCManifestExtensions><asic:Extension Critical=\"true\"/></asic:ASiCManifestExtensions></asic:ASiCManifest>",
            ),
        ];
        for (from, to) in changes {
            let changed = good.replacen(from, to, 1);
            assert_ne!(changed, good);
            assert!(Manifest::parse(changed.as_bytes()).is_none(), "{changed}");
        }
        let unknown = good.replacen("xmlenc#sha256", "xmlenc#ripemd160", 1);
        assert_eq!(Manifest::parse(unknown.as_bytes()).unwrap().references[0].digest, None);
    }
}
