//! The files of a virtual card: EF.DIR and a PKCS#15 application in the DER of ISO/IEC 7816-15:2016.

mod authentication;

use self::authentication::{authentication_objects, puk_directory};
use crate::der::{integer, integer_value, named_bits, object, octet_string, sequence, utf8_string};
use crate::image::{
    ApplicationName, CardImage, CertificatePlace, Collision, DigestForm, Layout, OtherPin, Profile, StoredKey,
};
use crate::key::PrivateKey;

/// The PIN's identifier in the AODF.
const PIN_IDENTIFIER: &[u8] = &[0x01];
/// The reference of the PUK, by which its tries are told.
pub(crate) const PUK_REFERENCE: u8 = 0x8E;
/// The octets a padded PIN fills.
pub(crate) const PADDED_PIN_LENGTH: u8 = 8;
/// PKCS#15's registered name, and its bare one.
const REGISTERED_NAME: &[u8] = b"\xA0\x00\x00\x00\x63PKCS-15";
const BARE_NAME: &[u8] = b"PKCS-15";
/// The name on Belgian identity cards.
const BELGIAN_NAME: &[u8] = b"\xA0\x00\x00\x01\x77PKCS-15";
/// IsoApplet's name.
const ISO_APPLET_NAME: &[u8] = b"\xF2\x76\xA2\x88\xBC\xFB\xA6\x9D\x34\xF3\x10\x01";
/// The name of an application with the information about another one.
const INFORMATION_NAME: &[u8] = b"\xE8\x28\xBD\x08\x0F\xA0\x00\x00\x09\x99\x01";
/// A name that only EF.DIR tells.
const OTHER_NAME: &[u8] = b"\xA0\x00\x00\x09\x99OTHER";
const MASTER: [u8; 2] = [0x3F, 0x00];

/// What OsEID tells of itself, by the tags of GET DATA: its name and version, and which keys it can have, RSA to 2048 and
/// EC to 521 bits.
pub(crate) const OSEID_DATA: [([u8; 2], &[u8]); 2] = [
    (
        [0x01, 0xA0],
        b"OsEID\x04\x05\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x86",
    ),
    ([0x01, 0xAA], b"\x01\x00\x0F\x08\x00\x00\xC0\x01\x00\x02\x09"),
];
/// The first octet of the names of files with keys, where keys have files; the second is the key's number.
const KEY_FILES: u8 = 0x4B;

/// The card's own numbers for RSA and ECDSA in MANAGE SECURITY ENVIRONMENT.
pub(crate) fn algorithm_numbers(profile: &Profile) -> (u8, u8) {
    if profile.passes_for_oseid {
        (0x00, 0x04)
    } else {
        (0x02, 0x04)
    }
}

/// A file or a directory.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    /// The index of the directory it is in.
    pub(crate) parent: Option<usize>,
    pub(crate) identifier: [u8; 2],
    pub(crate) name: Option<Vec<u8>>,
    pub(crate) content: Content,
}

/// What a node holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Content {
    Directory,
    Transparent(Vec<u8>),
    /// A private key: there is nothing to read.
    Key,
    Records(Vec<Vec<u8>>),
}

impl Node {
    /// Whether it is a directory.
    pub(crate) fn is_directory(&self) -> bool {
        self.content == Content::Directory
    }
}

/// The whole file system; the master file is the first node, the application's directory the second.
pub(crate) fn file_system(image: &CardImage, keys: &[PrivateKey]) -> Vec<Node> {
    let layout = Plan::of(&image.profile);
    let directory = |parent, identifier, name: Option<&[u8]>| Node {
        parent,
        identifier,
        name: name.map(<[u8]>::to_vec),
        content: Content::Directory,
    };
    let file = |parent, identifier, content| Node {
        parent: Some(parent),
        identifier,
        name: None,
        content,
    };
    let second = image.profile.second_of_its_name;
    let own_name = [layout.name, if second { &[2] } else { &[] }].concat();
    let (masters_name, own_name) = match image.profile.application_name {
        ApplicationName::Told => (None, Some(own_name.as_slice())),
        ApplicationName::None => (None, None),
        ApplicationName::IsoApplet => (Some(ISO_APPLET_NAME), None),
    };
    let mut nodes = vec![
        directory(None, MASTER, masters_name),
        directory(Some(0), layout.directory, own_name.filter(|_| !image.profile.unnamed)),
    ];
    let template = application_template(&layout, &image.profile);
    let records = image.profile.directory_of_records;
    let content = if records {
        Content::Records(vec![template])
    } else {
        allocated(template)
    };
    if !image.profile.unnamed && !second {
        nodes.push(file(0, [0x2F, 0x00], content));
    }
    let several = image.profile.several_directories;
    let puk = puk_directory(image, &layout);
    nodes.push(file(
        1,
        [0x50, 0x31],
        allocated(object_directory(&layout, several, puk.is_some())),
    ));
    if let Some(puk) = puk {
        nodes.push(file(1, other(layout.pins), allocated(puk)));
    }
    let token_name = token_info_name(&image.profile);
    nodes.push(file(1, token_name, Content::Transparent(token_info(image))));
    nodes.push(file(1, layout.pins, allocated(pins_told(image))));
    let numbered = || image.keys.iter().zip(keys).zip(1_u8..);
    let mut private_keys: Vec<Vec<u8>> = numbered()
        .map(|((stored, key), number)| private_key(image, stored, key, number, &layout))
        .collect();
    let others = private_keys.split_off(if several { 1 } else { private_keys.len() });
    nodes.push(file(1, layout.keys, allocated(private_keys.concat())));
    if several {
        nodes.push(file(1, other(layout.keys), allocated(others.concat())));
    }
    let place = image.profile.certificate_place;
    let mut shared = Vec::new();
    let mut certificates = Vec::new();
    let left_behind = &image.profile.left_behind;
    if let Some(stored) = image.keys.first().filter(|_| !left_behind.is_empty()) {
        let place = layout.certificate(9);
        certificates.push(certificate(stored, 1, &layout.path(Some(place))));
        nodes.push(file(
            layout.certificates_in(),
            place,
            Content::Transparent(left_behind.clone()),
        ));
    }
    let apart = if image.profile.certificates_named_apart {
        0x40
    } else {
        0
    };
    for ((stored, _), number) in numbered() {
        let value = match place {
            CertificatePlace::OwnFile => layout.path(Some(layout.certificate(number))),
            CertificatePlace::SharedFile => layout.part(layout.certificate(1), shared.len(), stored.certificate.len()),
            CertificatePlace::Directory => object(0xA0, &[&stored.certificate]),
        };
        certificates.push(certificate(stored, number + apart, &value));
        if image.profile.key_files {
            nodes.push(file(1, [KEY_FILES, number], Content::Key));
        }
        match place {
            CertificatePlace::OwnFile => {
                let content = Content::Transparent(stored.certificate.clone());
                nodes.push(file(layout.certificates_in(), layout.certificate(number), content));
            }
            CertificatePlace::SharedFile => {
                shared.extend_from_slice(&stored.certificate);
                // Some room between one and the next.
                shared.extend_from_slice(&[0; 5]);
            }
            CertificatePlace::Directory => {}
        }
    }
    let others = certificates.split_off(if several { 1 } else { certificates.len() });
    nodes.push(file(1, layout.certificates, allocated(certificates.concat())));
    if several {
        nodes.push(file(1, other(layout.certificates), allocated(others.concat())));
    }
    if place == CertificatePlace::SharedFile {
        nodes.push(file(1, layout.certificate(1), allocated(shared)));
    }
    if second {
        // An application without keys, whose name comes before.
        let first = nodes.len();
        nodes.push(directory(Some(0), [0x50, 0x16], Some(&[layout.name, &[1]].concat())));
        let certificates = sequence(&[&octet_string(&[MASTER, [0x50, 0x16], [0x44, 0x04]].concat())]);
        nodes.push(file(first, [0x50, 0x31], allocated(object(0xA4, &[&certificates]))));
    }
    let collision = image.profile.collision;
    let decoys = decoys(&nodes, collision, &layout);
    nodes.splice(2..2, decoys);
    nodes
}

/// What the directory of PINs holds.
pub(crate) fn pins_told(image: &CardImage) -> Vec<u8> {
    if image.profile.pins_told.is_empty() {
        authentication_objects(image, &Plan::of(&image.profile))
    } else {
        image.profile.pins_told.clone()
    }
}

/// Files that stand before those whose short identifier they have.
fn decoys(nodes: &[Node], collision: Collision, layout: &Plan) -> Vec<Node> {
    let content = |identifier: [u8; 2]| {
        let found = nodes.iter().find(|node| node.identifier == identifier);
        found.map(|node| node.content.clone()).expect("the file is there")
    };
    let before = |[_, last]: [u8; 2], content| Node {
        parent: Some(1),
        // No file of any layout begins like this.
        identifier: [0x6F, last],
        name: None,
        content,
    };
    match collision {
        Collision::None => Vec::new(),
        Collision::ApplicationFiles => vec![
            before([0x50, 0x31], content(layout.certificate(1))),
            before([0x50, 0x32], content(layout.certificate(1))),
        ],
        Collision::Directories => vec![
            before(layout.keys, content(layout.certificates)),
            before(layout.certificates, content(layout.pins)),
            before(layout.pins, content(layout.keys)),
        ],
        Collision::Certificates => {
            let last = nodes.iter().filter(|node| node.identifier == layout.certificate(2));
            last.cloned().collect()
        }
    }
}

/// The identifiers of a layout.
struct Plan {
    directory: [u8; 2],
    name: &'static [u8],
    pins: [u8; 2],
    keys: [u8; 2],
    certificates: [u8; 2],
    first_certificate: [u8; 2],
    /// From the name of one certificate's file to the next one's.
    distance: u8,
    lone_names: bool,
}

impl Plan {
    fn of(profile: &Profile) -> Self {
        let distance = if profile.collision == Collision::Certificates {
            0x20
        } else {
            1
        };
        match profile.layout {
            Layout::Standard => Self {
                directory: [0x50, 0x15],
                name: if profile.token_info_elsewhere {
                    OTHER_NAME
                } else if profile.information_elsewhere {
                    INFORMATION_NAME
                } else if profile.belgian_name {
                    BELGIAN_NAME
                } else {
                    REGISTERED_NAME
                },
                pins: [0x44, 0x01],
                keys: [0x44, 0x02],
                certificates: [0x44, 0x04],
                first_certificate: [0x43, 0x05],
                distance,
                lone_names: profile.lone_names,
            },
            Layout::AkisLike | Layout::AkisFirst => Self {
                directory: [0x3D, 0x01],
                name: BARE_NAME,
                pins: [0x2F, 0x01],
                keys: [0x2F, 0x02],
                certificates: [0x2F, 0x04],
                first_certificate: [0x2F, 0x05],
                distance,
                lone_names: profile.lone_names,
            },
        }
    }

    /// Where the certificate with a number, counted from one, is.
    fn certificate(&self, number: u8) -> [u8; 2] {
        [
            self.first_certificate[0],
            self.first_certificate[1] + (number - 1) * self.distance,
        ]
    }

    /// The directory that certificates are in.
    fn certificates_in(&self) -> usize {
        usize::from(!self.lone_names)
    }

    fn path(&self, identifier: Option<[u8; 2]>) -> Vec<u8> {
        sequence(&[&octet_string(&self.octets(identifier))])
    }

    /// The path of a part of a file.
    fn part(&self, identifier: [u8; 2], start: usize, length: usize) -> Vec<u8> {
        let number = |value: usize| u32::try_from(value).expect("a file is shorter than 4 GiB");
        let length = object(0x80, &[&integer_value(number(length))]);
        sequence(&[
            &octet_string(&self.octets(Some(identifier))),
            &integer(number(start)),
            &length,
        ])
    }

    fn octets(&self, identifier: Option<[u8; 2]>) -> Vec<u8> {
        if self.lone_names {
            return match identifier {
                Some(outside) if outside[0] == self.first_certificate[0] => [MASTER, outside].concat(),
                Some(inside) => inside.to_vec(),
                None => Vec::new(),
            };
        }
        let last = identifier.as_ref().map_or([].as_slice(), <[u8; 2]>::as_slice);
        [MASTER.as_slice(), &self.directory, last].concat()
    }
}

/// A transparent file that has room left behind its content, as files on cards do.
fn allocated(mut content: Vec<u8>) -> Content {
    content.resize((content.len() + 16).next_multiple_of(32), 0);
    Content::Transparent(content)
}

/// The name of TokenInfo: the standard's, or one that EF.DIR tells.
fn token_info_name(profile: &Profile) -> [u8; 2] {
    if profile.token_info_elsewhere {
        [0x50, 0x3A]
    } else {
        [0x50, 0x32]
    }
}

/// The name of the second directory of a kind.
fn other([first, last]: [u8; 2]) -> [u8; 2] {
    [first, last + 0x08]
}

fn application_template(layout: &Plan, profile: &Profile) -> Vec<u8> {
    if profile.information_elsewhere {
        let information = object(0x73, &[&object(0x4F, &[layout.name])]);
        return object(
            0x61,
            &[
                &object(0x4F, &[OTHER_NAME]),
                &object(0x50, &["Elektronik imza".as_bytes()]),
                &information,
            ],
        );
    }
    let path = [MASTER, layout.directory].concat();
    let files = if profile.token_info_elsewhere {
        object(
            0x73,
            &[
                &layout.path(Some([0x50, 0x31])),
                &object(0xA0, &[&octet_string(&layout.octets(Some(token_info_name(profile))))]),
            ],
        )
    } else {
        Vec::new()
    };
    object(
        0x61,
        &[
            &object(0x4F, &[layout.name]),
            &object(0x50, &["Elektronik imza".as_bytes()]),
            &object(0x51, &[&path]),
            &files,
        ],
    )
}

fn object_directory(layout: &Plan, several: bool, puk_apart: bool) -> Vec<u8> {
    let mut entries = vec![(0xA8, layout.pins), (0xA0, layout.keys), (0xA4, layout.certificates)];
    if several {
        entries.extend([(0xA0, other(layout.keys)), (0xA4, other(layout.certificates))]);
    }
    if puk_apart {
        entries.push((0xA8, other(layout.pins)));
    }
    entries
        .into_iter()
        .flat_map(|(tag, identifier)| object(tag, &[&layout.path(Some(identifier))]))
        .collect()
}

fn token_info(image: &CardImage) -> Vec<u8> {
    let algorithm = |reference: u32, mechanism: u32, identifier: &[u8], card_reference: u8| {
        sequence(&[
            &integer(reference),
            &integer(mechanism),
            &object(0x05, &[]),
            // computeSignature
            &named_bits(&[1]),
            &object(0x06, &[identifier]),
            &integer(u32::from(card_reference)),
        ])
    };
    let (number_rsa, number_ec) = algorithm_numbers(&image.profile);
    let included = image.profile.digest_form == DigestForm::Included;
    let mechanism_rsa = match (included, image.profile.wants_padded_block()) {
        // SHA256_RSA_PKCS
        (true, _) => 0x0040,
        // SHA256_RSA_PKCS_PSS
        (false, _) if image.profile.digest_form == DigestForm::Pss => 0x0043,
        (false, true) => 0x0003,
        (false, false) => 0x0001,
    };
    // ECDSA_SHA384
    let mechanism_ec = if included { 0x1045 } else { 0x1041 };
    let rsa = algorithm(
        1,
        mechanism_rsa,
        &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01],
        number_rsa,
    );
    let ec = algorithm(2, mechanism_ec, &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01], number_ec);
    sequence(&[
        &integer(0),
        &octet_string(&image.serial),
        &utf8_string("Başvuru"),
        &object(0x80, &[image.label.as_bytes()]),
        // authRequired
        &named_bits(&[1]),
        &if image.profile.declares_nothing {
            Vec::new()
        } else {
            object(0xA2, &[&rsa, &ec])
        },
    ])
}

fn private_key(image: &CardImage, stored: &StoredKey, key: &PrivateKey, number: u8, layout: &Plan) -> Vec<u8> {
    let Profile { consent_each_time, .. } = image.profile;
    let consent = if consent_each_time { integer(1) } else { Vec::new() };
    let pin = if image.profile.other_pin == OtherPin::None {
        octet_string(PIN_IDENTIFIER)
    } else {
        Vec::new()
    };
    let rules = if image.profile.by_authentication {
        // int_auth, under the PIN
        sequence(&[&sequence(&[&named_bits(&[9]), &octet_string(PIN_IDENTIFIER)])])
    } else {
        Vec::new()
    };
    let common = sequence(&[
        &utf8_string(&stored.label),
        // private
        &named_bits(&[0]),
        &pin,
        &consent,
        &rules,
    ]);
    // The driver knows the numbers, and takes a declared mechanism for the only one there is.
    let oseid = image.profile.passes_for_oseid;
    let reference = integer(if key.is_elliptic() { 2 } else { 1 });
    let algorithm = if oseid || image.profile.declares_nothing {
        Vec::new()
    } else {
        object(0xA1, &[&reference])
    };
    let path = layout.path(image.profile.key_files.then_some([KEY_FILES, number]));
    // sign, and nonRepudiation where it is one
    let usage: &[usize] = if stored.non_repudiation { &[2, 9] } else { &[2] };
    let class = sequence(&[
        &octet_string(&[number]),
        &named_bits(usage),
        // sensitive, alwaysSensitive, neverExtractable
        &named_bits(&[0, 2, 3]),
        &integer(u32::from(number)),
        &algorithm,
    ]);
    if key.is_elliptic() {
        let bits = u32::try_from(key.length() * 8).expect("an order has some hundred bits");
        // The field's size is not in the standard, but where that driver looks for it.
        let field = if oseid { integer(bits) } else { Vec::new() };
        let attributes = sequence(&[&path, &field]);
        return object(0xA0, &[&common, &class, &object(0xA1, &[&attributes])]);
    }
    let bits = u32::try_from(key.length() * 8).expect("a modulus has some thousand bits");
    let attributes = sequence(&[&path, &integer(bits)]);
    sequence(&[&common, &class, &object(0xA1, &[&attributes])])
}

fn certificate(stored: &StoredKey, number: u8, value: &[u8]) -> Vec<u8> {
    sequence(&[
        &sequence(&[&utf8_string(&stored.label), &named_bits(&[1])]),
        &sequence(&[&octet_string(&[number])]),
        &object(0xA1, &[&sequence(&[value])]),
    ])
}
