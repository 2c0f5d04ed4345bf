//! A card that another project's software once talked to, rebuilt from the record of that conversation.
//!
//! It has the files that were read, answers SELECT as the card did, and knows nothing else.

use std::collections::BTreeMap;

use basvuru::card::apdu::{Command, Status, instruction};
use basvuru::reader::Link;

use crate::card::SmartCard;

/// A recorded card. A record has lines `> ` with a command and `< ` with its answer, both in hexadecimal; other lines
/// are passed over.
#[derive(Debug, Clone, Default)]
pub struct ReplayedCard {
    selections: BTreeMap<(u8, Vec<u8>), Vec<u8>>,
    files: BTreeMap<Vec<u8>, Vec<u8>>,
    selected: Option<Vec<u8>>,
}

impl ReplayedCard {
    /// Rebuilds the card from a record. Lines that are no APDUs are passed over.
    #[must_use]
    pub fn of_record(record: &str) -> Self {
        let mut card = Self::default();
        let mut command = None;
        for line in record.lines() {
            if let Some(text) = line.strip_prefix("> ") {
                command = octets(text).and_then(|octets| Command::parse(&octets).ok());
            }
            if let (Some(answer), Some(command)) = (
                line.strip_prefix("< ").and_then(octets),
                command.take_if(|_| line.starts_with("< ")),
            ) {
                card.learn(&command, &answer);
            }
        }
        card.selected = None;
        card
    }

    fn learn(&mut self, command: &Command, answer: &[u8]) {
        let Some((data, [0x90, 0x00])) = answer.split_last_chunk() else {
            return;
        };
        match command.instruction {
            instruction::SELECT => {
                let key = (command.p1, command.data().to_vec());
                let known = self.selections.entry(key).or_default();
                if known.is_empty() {
                    *known = data.to_vec();
                }
                self.selected = Some(command.data().to_vec());
            }
            instruction::READ_BINARY if command.p1 < 0x80 => {
                let Some(selected) = &self.selected else { return };
                let file = self.files.entry(selected.clone()).or_default();
                let start = usize::from(u16::from_be_bytes([command.p1, command.p2]));
                file.resize(file.len().max(start + data.len()), 0);
                file[start..start + data.len()].copy_from_slice(data);
            }
            _ => {}
        }
    }

    fn answer(&mut self, command: &[u8]) -> (Vec<u8>, Status) {
        let Ok(command) = Command::parse(command) else {
            return (Vec::new(), Status(0x6700));
        };
        match command.instruction {
            instruction::SELECT => match self.selections.get(&(command.p1, command.data().to_vec())) {
                Some(control) => {
                    self.selected = Some(command.data().to_vec());
                    (
                        if command.p2 == 0x0C {
                            Vec::new()
                        } else {
                            control.clone()
                        },
                        Status::OK,
                    )
                }
                None => (Vec::new(), Status::FILE_NOT_FOUND),
            },
            instruction::READ_BINARY if command.p1 < 0x80 => {
                let file = self.selected.as_ref().and_then(|selected| self.files.get(selected));
                let start = usize::from(u16::from_be_bytes([command.p1, command.p2]));
                let Some(rest) = file.and_then(|file| file.get(start..)).filter(|rest| !rest.is_empty()) else {
                    return (Vec::new(), Status::WRONG_PARAMETERS);
                };
                (
                    rest[..rest.len().min(command.expected().unwrap_or(0))].to_vec(),
                    Status::OK,
                )
            }
            _ => (Vec::new(), Status::INSTRUCTION_NOT_SUPPORTED),
        }
    }
}

impl SmartCard for ReplayedCard {
    fn respond(&mut self, command: &[u8]) -> Vec<u8> {
        let (mut octets, status) = self.answer(command);
        octets.extend_from_slice(&status.0.to_be_bytes());
        octets
    }

    fn lose_power_during(&mut self, _command: &[u8]) {
        self.selected = None;
    }

    fn reset(&mut self, _link: Link) {
        self.selected = None;
    }

    fn answer_to_reset(&self) -> Vec<u8> {
        vec![0x3B, 0x00]
    }

    fn historical_bytes(&self) -> Vec<u8> {
        Vec::new()
    }

    fn knows_extended_length(&self) -> bool {
        false
    }
}

fn octets(hexadecimal: &str) -> Option<Vec<u8>> {
    let pairs = hexadecimal.trim().as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}
