//! SELECT, READ BINARY and READ RECORD (ISO/IEC 7816-4:2020, 11.2 to 11.4) on the card's own files.

use basvuru::card::apdu::{Command, Status};
use basvuru::card::tlv::Reader;

use super::{Answer, INCORRECT_DATA, VirtualCard, WRONG_LENGTH};
use crate::der::object;
use crate::files::{Content, Node, OSEID_DATA, PUK_REFERENCE};
use crate::image::{Protocol, Selection};

const NO_CURRENT_FILE: Status = Status(0x6986);
const INCOMPATIBLE_FILE: Status = Status(0x6981);

impl VirtualCard {
    pub(super) fn select(&mut self, command: &Command) -> Answer {
        let next = command.p2 & 0x03 == 0x02;
        if !matches!(command.p2 & !0x02, 0x00 | 0x04 | 0x0C) || next && command.p1 != 4 {
            return (Vec::new(), Status::INCORRECT_PARAMETERS);
        }
        match self.image.profile.selection {
            Selection::WithoutLength if command.expected().is_some() => return (Vec::new(), WRONG_LENGTH),
            Selection::WithoutControl if command.p2 & !0x02 != 0x0C => {
                return (Vec::new(), Status::INCORRECT_PARAMETERS);
            }
            Selection::Any | Selection::WithoutLength | Selection::WithoutControl => {}
        }
        let stepwise = self.image.profile.is_stepwise();
        let here = self.state.directory;
        let data = command.data();
        let found = match (command.p1, data.len()) {
            (0, 0) => Some(0),
            (0, 2) if data == [0x3F, 0x00] => Some(0),
            (0, 2) if !stepwise => self.child(here, data, |_| true),
            (1, 2) => self.child(here, data, Node::is_directory),
            (2, 2) => self.child(here, data, |node| !node.is_directory()),
            (3, 0) => Some(self.nodes[here].parent.unwrap_or(0)),
            // A name may be cut short, but not to less than a registered identifier (ISO/IEC 7816-4:2020, 7.3.1).
            (4, 5..=16) => {
                let name = |index: usize| self.nodes[index].name.as_deref();
                let before = self.state.named.filter(|_| next).map(name);
                let fits = |index: &usize| {
                    let name = name(*index);
                    let later = before.is_none_or(|before| name > before);
                    later && name.is_some_and(|name| name.starts_with(data))
                };
                let found = (0..self.nodes.len()).filter(fits).min_by_key(|index| name(*index));
                self.state.named = found;
                found
            }
            (8, 2..=16) if !stepwise && data.len().is_multiple_of(2) => self.descend(0, data),
            (9, 2..=16) if !stepwise && data.len().is_multiple_of(2) => self.descend(here, data),
            (8 | 9, _) if stepwise => return (Vec::new(), Status::INCORRECT_PARAMETERS),
            (0..=4 | 8 | 9, _) => None,
            _ => return (Vec::new(), Status::INCORRECT_PARAMETERS),
        };
        let Some(found) = found else {
            return (Vec::new(), Status::FILE_NOT_FOUND);
        };
        if self.nodes[found].is_directory() {
            // The PIN is local to its directory, and a security environment never outlives a change of directory.
            self.state.verified &= found == self.state.directory;
            self.state.environment = None;
            self.state.directory = found;
            self.state.selected = None;
        } else {
            let parent = self.nodes[found].parent.unwrap_or(0);
            self.state.verified &= parent == self.state.directory;
            self.state.directory = parent;
            self.state.selected = Some(found);
        }
        let silent = self.image.profile.selection == Selection::WithoutLength;
        if command.p2 & !0x02 == 0x0C || silent || self.image.profile.no_file_control {
            return (Vec::new(), Status::OK);
        }
        (
            self.file_control(found, if command.p2 & !0x02 == 0x04 { 0x62 } else { 0x6F }),
            Status::OK,
        )
    }

    /// GET DATA: what the card tells of itself.
    pub(super) fn tell(&self, command: &Command) -> Answer {
        let asked = |(tag, _): &&([u8; 2], &[u8])| *tag == [command.p1, command.p2];
        let mut told = OSEID_DATA.iter().filter(|_| self.image.profile.passes_for_oseid);
        match told.find(asked) {
            Some((_, data)) => (data.to_vec(), Status::OK),
            None => (Vec::new(), Status::REFERENCE_DATA_NOT_FOUND),
        }
    }

    fn child(&self, directory: usize, identifier: &[u8], kind: impl Fn(&Node) -> bool) -> Option<usize> {
        let fits = |node: &Node| node.parent == Some(directory) && node.identifier == identifier && kind(node);
        self.nodes.iter().position(fits)
    }

    fn descend(&self, from: usize, path: &[u8]) -> Option<usize> {
        path.chunks(2).try_fold(from, |directory, identifier| {
            self.child(directory, identifier, |_| true)
        })
    }

    /// File control information (ISO/IEC 7816-4:2020, 7.4). The application tells its serial number and the tries left of
    /// its PIN in the proprietary template.
    fn file_control(&self, index: usize, template: u8) -> Vec<u8> {
        let node = &self.nodes[index];
        let identifier = object(0x83, &[&node.identifier]);
        // Activated; the bit between says nothing (ISO/IEC 7816-4:2020, table 14), but OsEID sets it and its driver looks.
        let activated = if self.image.profile.passes_for_oseid {
            0x07
        } else {
            0x05
        };
        let life_cycle = object(0x8A, &[&[activated]]);
        let size = |length: usize| object(0x80, &[&u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes()]);
        match &node.content {
            Content::Directory => {
                let name = node.name.as_ref().map(|name| object(0x84, &[name])).unwrap_or_default();
                let proprietary = if node.name.is_some() && !self.image.profile.hides_tries {
                    let tries = |reference: u8, left: u8| {
                        object(0xA0, &[&object(0x83, &[&[reference]]), &[0xDF, 0x21, 0x01, left]])
                    };
                    let pin = tries(self.image.profile.pin_reference(), self.image.pin.tries_left);
                    let puk = self.image.puk.as_ref().filter(|puk| !puk.habits.hides_tries);
                    let puk = puk.map(|puk| tries(PUK_REFERENCE, puk.tries_left));
                    object(
                        0xA5,
                        &[&object(0x5A, &[&self.image.serial]), &pin, &puk.unwrap_or_default()],
                    )
                } else {
                    Vec::new()
                };
                object(
                    template,
                    &[&object(0x82, &[&[0x38]]), &identifier, &name, &proprietary, &life_cycle],
                )
            }
            Content::Transparent(content) => {
                let short = object(0x88, &[&[(node.identifier[1] & 0x1F) << 3]]);
                object(
                    template,
                    &[
                        &size(content.len()),
                        &object(0x82, &[&[0x01]]),
                        &identifier,
                        &life_cycle,
                        &short,
                    ],
                )
            }
            Content::Key => object(template, &[&object(0x82, &[&[0x11]]), &identifier, &life_cycle]),
            Content::Records(_) => object(template, &[&object(0x82, &[&[0x04]]), &identifier, &life_cycle]),
        }
    }

    /// The file that P1 names by short identifier, or the selected one, with the offset.
    fn addressed(&mut self, p1: u8, p2: u8) -> Result<(usize, usize), Status> {
        if p1 & 0x80 == 0 {
            let selected = self.state.selected.ok_or(NO_CURRENT_FILE)?;
            return Ok((selected, usize::from(u16::from_be_bytes([p1, p2]))));
        }
        if p1 & 0x60 != 0 {
            return Err(Status::INCORRECT_PARAMETERS);
        }
        Ok((self.select_short(p1 & 0x1F)?, usize::from(p2)))
    }

    fn select_short(&mut self, short: u8) -> Result<usize, Status> {
        let here = self.state.directory;
        let fits = |node: &Node| {
            node.parent == Some(here) && !node.is_directory() && node.identifier[1] & 0x1F == short
                || node.parent == Some(here) && short == 0x1E && node.identifier == [0x2F, 0x00]
        };
        let found = self.nodes.iter().position(fits).filter(|_| (1..=30).contains(&short));
        let found = found.ok_or(Status::FILE_NOT_FOUND)?;
        self.state.selected = Some(found);
        Ok(found)
    }

    pub(super) fn read_binary(&mut self, command: &Command) -> Answer {
        let Some(expected) = command.expected().filter(|_| command.data().is_empty()) else {
            return (Vec::new(), WRONG_LENGTH);
        };
        match self.addressed(command.p1, command.p2) {
            Ok((file, offset)) => self.read(file, offset, expected),
            Err(status) => (Vec::new(), status),
        }
    }

    /// READ BINARY with the offset in a data object 54, answered in a data object 53.
    pub(super) fn read_binary_odd(&mut self, command: &Command) -> Answer {
        let offset = Reader::new(command.data())
            .find(0x54)
            .and_then(|object| object.number());
        let (Some(offset), Some(expected)) = (
            offset.and_then(|offset| usize::try_from(offset).ok()),
            command.expected(),
        ) else {
            return (Vec::new(), INCORRECT_DATA);
        };
        let file = match u16::from_be_bytes([command.p1, command.p2]) {
            0 => self.state.selected.ok_or(NO_CURRENT_FILE),
            short @ 1..=30 => self.select_short(short.to_be_bytes()[1]),
            _ => Err(Status::INCORRECT_PARAMETERS),
        };
        match file {
            Ok(file) => {
                let (data, status) = self.read(file, offset, expected.saturating_sub(4).max(1));
                (if data.is_empty() { data } else { object(0x53, &[&data]) }, status)
            }
            Err(status) => (Vec::new(), status),
        }
    }

    fn read(&self, file: usize, offset: usize, expected: usize) -> Answer {
        let Content::Transparent(content) = &self.nodes[file].content else {
            return (Vec::new(), INCOMPATIBLE_FILE);
        };
        let Some(rest) = content.get(offset..).filter(|rest| !rest.is_empty()) else {
            return (Vec::new(), Status::WRONG_PARAMETERS);
        };
        let everything = matches!(expected, 256 | 65_536);
        let most = self.image.profile.most_answered.unwrap_or(usize::MAX);
        if rest.len().min(expected) > most {
            return (rest[..most].to_vec(), Status::OK);
        }
        if rest.len() >= expected {
            return (rest[..expected].to_vec(), Status::OK);
        }
        match (everything, self.image.profile.protocol) {
            (_, Protocol::T0) => (Vec::new(), Status(0x6C00 | u16::try_from(rest.len()).unwrap_or(0))),
            (true, Protocol::T1) => (rest.to_vec(), Status::OK),
            (false, Protocol::T1) => (rest.to_vec(), Status::END_OF_FILE),
        }
    }

    pub(super) fn read_record(&mut self, command: &Command) -> Answer {
        if command.p2 & 0x07 != 0x04 {
            return (Vec::new(), Status::INCORRECT_PARAMETERS);
        }
        let file = match command.p2 >> 3 {
            0 => self.state.selected.ok_or(NO_CURRENT_FILE),
            short => self.select_short(short),
        };
        let records = match file.map(|file| &self.nodes[file].content) {
            Ok(Content::Records(records)) => records,
            Ok(Content::Directory | Content::Transparent(_) | Content::Key) => return (Vec::new(), INCOMPATIBLE_FILE),
            Err(status) => return (Vec::new(), status),
        };
        match usize::from(command.p1)
            .checked_sub(1)
            .and_then(|index| records.get(index))
        {
            Some(record) => (record.clone(), Status::OK),
            None => (Vec::new(), Status::RECORD_NOT_FOUND),
        }
    }
}
