//! What the engine may have remembered of a recorded card whose files were read another time. It is made up from what the
//! conversation tells: how the application is selected, and how the key signs.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use basvuru::card::{Card, KnownCards};
use basvuru::reader::{CardChannel, CardOutcome, CardStage, ChannelInfo, LinkFailure};
use serde_json::{Value, json};

use super::certificate::Kind;
use super::shape::Shape;
use super::stand_in::{SERIAL, certified_kind};
use super::{CHAINING, Trace, TracedAnswer, TracedCommand};
use crate::card::{SmartCard, VirtualCard};
use crate::image::CardImage;
use crate::key::Key;

/// The application's directory, where nothing tells it.
const USUAL_DIRECTORY: [u8; 2] = [0x50, 0x15];
/// The ways in which a key may sign that has not done so yet, where its card declares none.
const RSA: [(&str, Option<u8>); 5] = [
    ("DigestInfo", None),
    ("PaddedBlock", None),
    ("DigestInfo", Some(0x02)),
    ("DigestInfo", Some(0x11)),
    ("PaddedBlock", Some(0x00)),
];
const EC: [(&str, Option<u8>); 3] = [("Digest", None), ("Digest", Some(0x04)), ("Digest", Some(0x21))];
/// The length of a certificate that is made up: it is not read.
const CERTIFICATE: usize = 900;

/// The memories that a card may have been recognised by, the likeliest first; none where the trace tells too little.
pub(super) async fn memories(trace: &Trace, info: ChannelInfo) -> Vec<Vec<u8>> {
    let Some(plain) = plain(info).await else {
        return Vec::new();
    };
    let Some(told) = Remembered::of(trace) else {
        return Vec::new();
    };
    let mut memories = Vec::new();
    for directory in [true, false] {
        for beside in [true, false] {
            let mut memory = plain.clone();
            told.write(&mut memory, directory, beside);
            memories.push(memory.to_string().into_bytes());
        }
    }
    memories.dedup();
    memories
}

/// The memory of a card that is another than the recorded one and has the same answer to reset; nothing where the trace tells
/// too little.
pub(super) async fn memory_of_another(trace: &Trace, info: ChannelInfo) -> Option<Vec<u8>> {
    let mut memory = plain(info).await?;
    Remembered::of(trace)?.write(&mut memory, true, true);
    memory["cards"][0]["contents"]["serial"] = json!([!SERIAL]);
    Some(memory.to_string().into_bytes())
}

/// The memory of a card of ours that says of itself what the recorded one did, in its stored form.
async fn plain(info: ChannelInfo) -> Option<Value> {
    let certificate = Shape::encode(0x30, &Kind::P256.certificate(CERTIFICATE, 39, true)?);
    let image = CardImage::new("-", "123456", &certificate, &Key::P256.generate()).ok()?;
    let card = Mutex::new(VirtualCard::new(image).ok()?);
    let known = KnownCards::default();
    let channel = Arc::new(Lent { card, info });
    let card = Card::open_known(channel, |_| String::new(), &known).await.ok()?;
    drop(card);
    let memory: Value = serde_json::from_slice(&known.to_bytes()).ok()?;
    memory["cards"][0]["contents"]["keys"][0].is_object().then_some(memory)
}

/// A card with another's answer to reset.
struct Lent {
    card: Mutex<VirtualCard>,
    info: ChannelInfo,
}

#[async_trait]
impl CardChannel for Lent {
    async fn info(&self) -> Result<ChannelInfo, LinkFailure> {
        Ok(self.info.clone())
    }

    async fn transmit(&self, command: Vec<u8>) -> Result<Vec<u8>, LinkFailure> {
        let mut card = self.card.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(card.respond(&command))
    }

    async fn tell(&self, _stage: CardStage, _sentence: String) -> Result<(), LinkFailure> {
        Ok(())
    }

    async fn close(&self, _outcome: CardOutcome) -> Result<(), LinkFailure> {
        Ok(())
    }
}

/// A certificate that is read of a card that was remembered.
struct Proof {
    file: Vec<u8>,
    length: usize,
    kind: Kind,
}

/// What a conversation tells of a card that was remembered.
struct Remembered {
    /// The name of the application, where it is selected by one.
    name: Option<Vec<u8>>,
    directory: [u8; 2],
    /// Where TokenInfo is, where that is not where the standard has it.
    token_info: Option<[u8; 2]>,
    serial: usize,
    /// The certificate that proves the card to be the same.
    proof: Option<Proof>,
    /// Whether the name selects a file system of its own.
    has_files: bool,
    pin: u8,
    kind: Kind,
    /// What the first security environment names: the algorithm, the key's file, and its reference.
    names: [bool; 3],
    restores: bool,
    /// The key's file, where it is selected or named.
    key_file: Option<[u8; 2]>,
    input: &'static str,
    environment_first: bool,
    authenticates: bool,
}

impl Remembered {
    fn of(trace: &Trace) -> Option<Self> {
        let exchanges = &trace.last.exchanges;
        let at = |instruction: u8| {
            exchanges
                .iter()
                .position(|exchange| exchange.command.instruction() == instruction)
        };
        let selected: Vec<(u8, &[u8])> = exchanges
            .iter()
            .filter_map(|exchange| match &exchange.command {
                TracedCommand::Redacted {
                    header: [_, 0xA4, p1, _],
                    selects: Some(selects),
                    ..
                } => Some((*p1, selects.as_slice())),
                TracedCommand::Redacted { .. } | TracedCommand::Whole(_) => None,
            })
            .collect();
        let (first, rest) = selected.split_first()?;
        let name = (first.0 == 4).then(|| first.1.to_vec());
        let in_directory = rest
            .iter()
            .chain((first.0 != 4).then_some(first))
            .find_map(|(_, selects)| match selects {
                [high, low, ..] if selects.len() == 4 || first.1 == *selects => Some([*high, *low]),
                _ => None,
            });
        let has_files = matches!(selected.as_slice(), [(4, _), (8, [_, _]), ..]);
        let token_info = rest
            .get(usize::from(has_files))
            .and_then(|(_, selects)| selects.last_chunk::<2>().copied());
        let signs =
            |exchange: &&super::Exchange| matches!(exchange.command.header(), [_, 0x2A, 0x9E, 0x9A] | [_, 0x88, ..]);
        let given = |exchange: &super::Exchange| match &exchange.command {
            TracedCommand::Redacted { length, .. } => length.unwrap_or(0),
            TracedCommand::Whole(command) => command.data().len(),
        };
        // What is given to be signed may come in a chain of commands.
        let mut chained = true;
        let parts = exchanges
            .iter()
            .skip_while(|exchange| !signs(exchange))
            .take_while(|exchange| {
                let is_part = chained;
                chained = exchange.command.header()[0] & CHAINING != 0;
                is_part
            });
        let given = parts.map(given).reduce(|all, part| all + part);
        let answered = |exchange: &super::Exchange| match &exchange.answer {
            TracedAnswer::Redacted { length, .. } => *length,
            TracedAnswer::Whole { data, .. } => data.len(),
            TracedAnswer::Failed { .. } => 0,
        };
        let kind = exchanges
            .iter()
            .skip_while(|exchange| !signs(exchange))
            .find_map(|exchange| Kind::of_signature(answered(exchange)));
        let proof = trace.proof();
        let proven = proof.as_ref().and_then(|(_, certificate)| certified_kind(certificate));
        let kind = kind.or(match given {
            Some(48) => Some(Kind::P384),
            Some(64) => Some(Kind::P521),
            Some(32) => Some(Kind::P256),
            Some(_) => Some(Kind::Rsa(256)),
            None => None,
        });
        let kind = kind.or(proven).unwrap_or(Kind::Rsa(256));
        let hashes = exchanges
            .iter()
            .any(|exchange| exchange.command.header()[1..] == [0x2A, 0x90, 0xA0]);
        let input = match (kind, given) {
            _ if hashes => "HashFirst",
            (Kind::Rsa(modulus), Some(given)) if given == modulus => "PaddedBlock",
            (Kind::Rsa(_), Some(51 | 67 | 83) | None) => "DigestInfo",
            _ => "Digest",
        };
        let environment = at(0x22);
        let (names, restores) = match environment.and_then(|place| exchanges.get(place)).map(|it| &it.command) {
            Some(TracedCommand::Redacted { header, objects, .. }) => {
                let has = |tag| objects.iter().any(|object| object.tag == tag);
                ([has(0x80), has(0x81), has(0x84)], header[2] == 0xC3)
            }
            Some(TracedCommand::Whole(_)) | None => ([false, false, false], false),
        };
        let verify = at(0x20).or(at(0x24));
        // What is selected last before the environment is set, and is not the application nor what was read of it.
        let last = exchanges
            .iter()
            .take(environment.unwrap_or(0))
            .rev()
            .find_map(|exchange| match &exchange.command {
                TracedCommand::Redacted {
                    header: [_, 0xA4, p1, _],
                    selects: Some(selects),
                    ..
                } if *p1 != 4 => selects.last_chunk::<2>().copied(),
                TracedCommand::Redacted { .. } | TracedCommand::Whole(_) => None,
            });
        let directory = in_directory.unwrap_or(USUAL_DIRECTORY);
        let proving = proof.as_ref().and_then(|(file, _)| file.last_chunk::<2>().copied());
        let last = last.filter(|file| Some(*file) != proving);
        let last = last.filter(|file| *file != [0x50, 0x32] && *file != directory && Some(*file) != token_info);
        let key_file = last.or(names[1].then_some([0x4B, 0x01]));
        Some(Self {
            name,
            directory,
            token_info: token_info.filter(|file| *file != [0x50, 0x32]),
            serial: serial_length(trace).unwrap_or(8),
            proof: proof.map(|(file, certificate)| Proof {
                file,
                length: certificate.length,
                kind: proven.unwrap_or(kind),
            }),
            has_files,
            pin: verify
                .and_then(|place| exchanges.get(place))
                .map_or(0x81, |verify| verify.command.header()[3]),
            kind,
            names,
            restores,
            input,
            key_file,
            environment_first: environment.is_some_and(|place| verify.is_none_or(|verify| place < verify)),
            authenticates: at(0x88).is_some(),
        })
    }

    /// Puts it into a memory. `directory`: whether the PIN is in the application's own; `beside`: whether the key's file is.
    fn write(&self, memory: &mut Value, directory: bool, beside: bool) {
        let home = [[0x3F, 0x00], self.directory].concat();
        let [algorithm, file, reference] = self.names;
        // A key whose file is selected and not named is named by its reference alone.
        let environment = match (self.restores, self.key_file.is_some() && !file) {
            (true, _) => "KeyReference",
            (false, true) => "ReferenceAlone",
            (false, false) => "Template",
        };
        let card = &mut memory["cards"][0];
        card["certificates"] = json!([]);
        let contents = &mut card["contents"];
        let octet = if self.proof.is_some() { 0 } else { SERIAL };
        contents["serial"] = json!(vec![octet; self.serial]);
        contents["application"] = json!({ "name": self.name, "path": home });
        if let Some(token_info) = self.token_info {
            contents["application"]["token_info"] = json!(token_info);
        }
        if self.has_files {
            contents["application"]["has_files"] = json!(true);
        }
        let own_proof = self.proof.as_ref().filter(|proof| proof.kind == self.kind);
        if let Some(proof) = &self.proof {
            let master: &[u8] = if proof.file.len() > 2 { &[0x3F, 0x00] } else { &home };
            contents["certificate"] = json!([master, &proof.file].concat());
            // Another key than the one that signs comes first.
            if own_proof.is_none()
                && let Some(keys) = contents["keys"].as_array_mut()
                && let Some(mut first) = keys.first().cloned()
            {
                certify(&mut first, proof.kind, proof.length);
                keys.insert(0, first);
            }
        }
        let signing = usize::from(self.proof.is_some() && own_proof.is_none());
        let key = &mut contents["keys"][signing];
        certify(key, self.kind, own_proof.map_or(CERTIFICATE, |proof| proof.length));
        key["pin_object"]["reference"] = json!(self.pin);
        key["pin_object"]["directory"] = if directory { json!(home) } else { Value::Null };
        let route = &mut key["route"];
        let path = if beside { home } else { vec![0x3F, 0x00] };
        route["file"] = json!(self.key_file.map(|file| [path.as_slice(), &file].concat()));
        route["reference"] = if reference || self.restores {
            json!(1)
        } else {
            Value::Null
        };
        route["authenticates"] = json!(self.authenticates);
        route["declared"] = json!(false);
        route["order"] = json!(if self.environment_first {
            "EnvironmentFirst"
        } else {
            "VerifyFirst"
        });
        let first = scheme(environment, self.input, algorithm.then_some(4));
        if let Some(schemes) = route["schemes"].as_array_mut() {
            let usual = if matches!(self.kind, Kind::Rsa(_)) {
                &RSA[..]
            } else {
                &EC
            };
            *schemes = usual
                .iter()
                .map(|(input, number)| scheme("Template", input, *number))
                .collect();
            schemes.insert(0, first);
        }
    }
}

/// Gives a key of this kind its certificate.
fn certify(key: &mut Value, kind: Kind, length: usize) {
    let content = kind.certificate(length, 39, true).unwrap_or_default();
    key["certificate"] = json!(Shape::encode(0x30, &content));
    key["algorithm"] = json!(kind.algorithm());
}

fn scheme(environment: &str, input: &str, algorithm: Option<u8>) -> Value {
    json!({ "environment": environment, "input": input, "algorithm_reference": algorithm })
}

/// How long the serial number is, by TokenInfo or by what the application tells.
fn serial_length(trace: &Trace) -> Option<usize> {
    trace.last.exchanges.iter().find_map(|exchange| {
        let TracedAnswer::Redacted { objects, .. } = &exchange.answer else {
            return None;
        };
        let first = objects.first()?;
        let told = match first.tag {
            0x6F | 0x62 | 0x64 => first.find(0xA5)?.find(0x5A)?,
            0x30 if first.children.first()?.tag == 0x02 => first.find(0x04)?,
            _ => return None,
        };
        Some(told.length)
    })
}
