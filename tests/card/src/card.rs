//! The card's own logic: selected file, PIN state, security environment, and an answer to every command.
//!
//! It trusts nothing it is sent: any octets are answered with a status word, in bounded memory. A PIN try is taken off the
//! counter, and written down, before the PIN is compared, as cards do.

use std::path::{Path, PathBuf};

use basvuru::card::apdu::{Command, Status, instruction};
use basvuru::card::tlv::Reader;
use basvuru::reader::Link;

use crate::der::object;
use crate::files::{Content, Node, PADDED_PIN_LENGTH, PIN_REFERENCE, algorithm_numbers, file_system};
use crate::image::{CardImage, ImageError, Layout, PinForm, Protocol};
use crate::key::PrivateKey;

/// The most octets a chain of commands may carry.
const MOST_CHAINED: usize = 4096;
/// The name of the IsoApplet.
const ISO_APPLET: &[u8] = &[0xF2, 0x76, 0xA2, 0x88, 0xBC, 0xFB, 0xA6, 0x9D, 0x34, 0xF3, 0x10, 0x01];
const MEMORY_FAILURE: Status = Status(0x6581);
const WRONG_LENGTH: Status = Status(0x6700);
const CLASS_NOT_SUPPORTED: Status = Status(0x6E00);
const INCORRECT_DATA: Status = Status(0x6A80);
const NO_CURRENT_FILE: Status = Status(0x6986);
const INCOMPATIBLE_FILE: Status = Status(0x6981);

/// Anything that answers APDUs as a card.
pub trait SmartCard: Send {
    /// The answer to a command APDU: data and status word.
    fn respond(&mut self, command: &[u8]) -> Vec<u8>;

    /// Takes a command and loses power while working on it: what the card does first has happened, what it does last has
    /// not. For a VERIFY the try is gone, even where the PIN was right.
    fn lose_power_during(&mut self, command: &[u8]);

    /// Powers the card off and on again, on this link: selections, PIN state and security environment are gone.
    fn reset(&mut self, link: Link);

    /// The answer to reset (ISO/IEC 7816-3).
    fn answer_to_reset(&self) -> Vec<u8>;

    /// The historical bytes in it, which are all there is over NFC.
    fn historical_bytes(&self) -> Vec<u8>;

    /// Whether extended-length APDUs are understood.
    fn knows_extended_length(&self) -> bool;
}

/// A PKCS#15 signature card with RSA and EC keys.
pub struct VirtualCard {
    image: CardImage,
    keys: Vec<PrivateKey>,
    nodes: Vec<Node>,
    file: Option<PathBuf>,
    link: Link,
    state: State,
}

/// What a reset forgets.
#[derive(Default)]
struct State {
    directory: usize,
    selected: Option<usize>,
    verified: bool,
    /// The key that the security environment names.
    environment: Option<usize>,
    chain: Option<Command>,
    pending: Vec<u8>,
}

/// Data and status word.
type Answer = (Vec<u8>, Status);

impl VirtualCard {
    /// A card that lives in memory.
    ///
    /// # Errors
    /// [`ImageError::Key`].
    pub fn new(image: CardImage) -> Result<Self, ImageError> {
        let keys = image
            .keys
            .iter()
            .map(|key| PrivateKey::from_pkcs8(&key.private_key).ok_or(ImageError::Key));
        let keys: Vec<PrivateKey> = keys.collect::<Result<_, _>>()?;
        let nodes = file_system(&image, &keys);
        Ok(Self {
            image,
            keys,
            nodes,
            file: None,
            link: Link::Contact,
            state: State::default(),
        })
    }

    /// A card that remembers its PIN counter in a file: it is written before every VERIFY is answered.
    ///
    /// # Errors
    /// As [`CardImage::load`].
    pub fn of_file(path: &Path) -> Result<Self, ImageError> {
        Ok(Self {
            file: Some(path.to_owned()),
            ..Self::new(CardImage::load(path)?)?
        })
    }

    /// The card as it is at rest, with its counter.
    #[must_use]
    pub fn image(&self) -> &CardImage {
        &self.image
    }

    /// The tries its PIN has left.
    #[must_use]
    pub fn tries_left(&self) -> u8 {
        self.image.pin.tries_left
    }

    fn save(&self) -> Result<(), ImageError> {
        self.file.as_deref().map_or(Ok(()), |path| self.image.save(path))
    }

    fn execute(&mut self, command: &Command) -> Answer {
        match command.instruction {
            instruction::SELECT => self.select(command),
            instruction::READ_BINARY => self.read_binary(command),
            instruction::READ_BINARY_ODD => self.read_binary_odd(command),
            instruction::READ_RECORD => self.read_record(command),
            instruction::VERIFY => (Vec::new(), self.verify(command)),
            instruction::CHANGE_REFERENCE_DATA => (Vec::new(), self.change_pin(command)),
            instruction::MANAGE_SECURITY_ENVIRONMENT => (Vec::new(), self.set_environment(command)),
            instruction::PERFORM_SECURITY_OPERATION => self.sign(command),
            instruction::GET_DATA => (Vec::new(), Status::REFERENCE_DATA_NOT_FOUND),
            _ => (Vec::new(), Status::INSTRUCTION_NOT_SUPPORTED),
        }
    }

    fn select(&mut self, command: &Command) -> Answer {
        if !matches!(command.p2, 0x00 | 0x04 | 0x0C) {
            return (Vec::new(), Status::INCORRECT_PARAMETERS);
        }
        if self.image.profile.passes_for_iso_applet && (command.p1, command.data()) == (4, ISO_APPLET) {
            self.state = State::default();
            // Version 0.6, with EC keys.
            return (vec![0x00, 0x06, 0x04], Status::OK);
        }
        let stepwise = self.image.profile.layout == Layout::AkisLike;
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
            (4, 5..=16) => self
                .nodes
                .iter()
                .position(|node| node.name.as_ref().is_some_and(|name| name.starts_with(data))),
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
        if command.p2 == 0x0C || self.image.profile.no_file_control {
            return (Vec::new(), Status::OK);
        }
        (
            self.file_control(found, if command.p2 == 0x04 { 0x62 } else { 0x6F }),
            Status::OK,
        )
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
        let life_cycle = object(0x8A, &[&[0x05]]);
        let size = |length: usize| object(0x80, &[&u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes()]);
        match &node.content {
            Content::Directory => {
                let name = node.name.as_ref().map(|name| object(0x84, &[name])).unwrap_or_default();
                let proprietary = if node.name.is_some() && !self.image.profile.hides_tries {
                    let tries = [0xDF, 0x21, 0x01, self.image.pin.tries_left];
                    let pin = object(0xA0, &[&object(0x83, &[&[PIN_REFERENCE]]), &tries]);
                    object(0xA5, &[&object(0x5A, &[&self.image.serial]), &pin])
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

    fn read_binary(&mut self, command: &Command) -> Answer {
        let Some(expected) = command.expected().filter(|_| command.data().is_empty()) else {
            return (Vec::new(), WRONG_LENGTH);
        };
        match self.addressed(command.p1, command.p2) {
            Ok((file, offset)) => self.read(file, offset, expected),
            Err(status) => (Vec::new(), status),
        }
    }

    /// READ BINARY with the offset in a data object 54, answered in a data object 53.
    fn read_binary_odd(&mut self, command: &Command) -> Answer {
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
        if rest.len() >= expected {
            return (rest[..expected].to_vec(), Status::OK);
        }
        match (everything, self.image.profile.protocol) {
            (_, Protocol::T0) => (Vec::new(), Status(0x6C00 | u16::try_from(rest.len()).unwrap_or(0))),
            (true, Protocol::T1) => (rest.to_vec(), Status::OK),
            (false, Protocol::T1) => (rest.to_vec(), Status::END_OF_FILE),
        }
    }

    fn read_record(&mut self, command: &Command) -> Answer {
        if command.p2 & 0x07 != 0x04 {
            return (Vec::new(), Status::INCORRECT_PARAMETERS);
        }
        let file = match command.p2 >> 3 {
            0 => self.state.selected.ok_or(NO_CURRENT_FILE),
            short => self.select_short(short),
        };
        let records = match file.map(|file| &self.nodes[file].content) {
            Ok(Content::Records(records)) => records,
            Ok(Content::Directory | Content::Transparent(_)) => return (Vec::new(), INCOMPATIBLE_FILE),
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

    fn verify(&mut self, command: &Command) -> Status {
        if command.p1 != 0 || command.p2 != PIN_REFERENCE || self.state.directory != 1 {
            return Status::REFERENCE_DATA_NOT_FOUND;
        }
        if self.link == Link::Nfc && self.image.profile.no_pin_over_nfc {
            return Status::SECURITY_STATUS_NOT_SATISFIED;
        }
        if command.data().is_empty() {
            return if self.state.verified {
                Status::OK
            } else {
                self.tries_status()
            };
        }
        self.compare(command.data())
    }

    /// Takes a try, compares, and gives the tries back where the PIN is right.
    fn compare(&mut self, block: &[u8]) -> Status {
        self.state.verified = false;
        if !self.take_try() {
            return Status::AUTHENTICATION_BLOCKED;
        }
        if self.save().is_err() {
            return MEMORY_FAILURE;
        }
        if block != self.pin_block() {
            return self.tries_status();
        }
        self.image.pin.tries_left = self.image.pin.most_tries;
        if self.save().is_err() {
            return MEMORY_FAILURE;
        }
        self.state.verified = true;
        Status::OK
    }

    fn take_try(&mut self) -> bool {
        let Some(left) = self.image.pin.tries_left.checked_sub(1) else {
            return false;
        };
        self.image.pin.tries_left = left;
        true
    }

    fn tries_status(&self) -> Status {
        match self.image.pin.tries_left {
            0 => Status::AUTHENTICATION_BLOCKED,
            left => Status(0x63C0 | u16::from(left.min(15))),
        }
    }

    fn pin_block(&self) -> Vec<u8> {
        let digits = self.image.pin.value.as_bytes();
        let mut packed: Vec<u8> = digits
            .chunks(2)
            .map(|pair| (pair[0] & 0x0F) << 4 | pair.get(1).map_or(0x0F, |digit| digit & 0x0F))
            .collect();
        let mut block = match self.image.profile.pin_form {
            PinForm::Ascii => return digits.to_vec(),
            PinForm::AsciiPadded => digits.to_vec(),
            PinForm::BcdPadded => packed,
            PinForm::Iso9564 => {
                packed.insert(0, 0x20 | u8::try_from(digits.len()).unwrap_or(0));
                packed
            }
        };
        block.resize(usize::from(PADDED_PIN_LENGTH), 0xFF);
        block
    }

    /// CHANGE REFERENCE DATA: the old PIN and the new one behind it. An unpadded PIN is told from the next by its length.
    fn change_pin(&mut self, command: &Command) -> Status {
        if command.p1 != 0 || command.p2 != PIN_REFERENCE || self.state.directory != 1 {
            return Status::REFERENCE_DATA_NOT_FOUND;
        }
        let length = self.pin_block().len();
        let Some((old, new)) = command.data().split_at_checked(length) else {
            return WRONG_LENGTH;
        };
        let Some(digits) = self.digits_of(new) else {
            return INCORRECT_DATA;
        };
        let status = self.compare(old);
        if status != Status::OK {
            return status;
        }
        self.image.pin.value = digits;
        if self.save().is_err() {
            MEMORY_FAILURE
        } else {
            Status::OK
        }
    }

    /// The digits in a block, where they would make a PIN of this card.
    fn digits_of(&self, block: &[u8]) -> Option<String> {
        let nibbles = |octets: &[u8]| -> String {
            octets
                .iter()
                .flat_map(|octet| [octet >> 4, octet & 0x0F])
                .take_while(|digit| *digit < 10)
                .map(digit)
                .collect()
        };
        fn digit(value: u8) -> char {
            char::from(b'0' + value)
        }
        let text: String = match self.image.profile.pin_form {
            PinForm::Ascii => String::from_utf8(block.to_vec()).ok()?,
            PinForm::AsciiPadded => block
                .iter()
                .take_while(|octet| **octet != 0xFF)
                .map(|octet| char::from(*octet))
                .collect(),
            PinForm::BcdPadded => nibbles(block),
            PinForm::Iso9564 => nibbles(block.get(1..)?),
        };
        let length = u8::try_from(text.len()).ok()?;
        let good = (CardImage::MIN_PIN..=CardImage::MAX_PIN).contains(&length)
            && text.bytes().all(|digit| digit.is_ascii_digit());
        good.then_some(text)
    }

    /// MANAGE SECURITY ENVIRONMENT, SET, digital signature template.
    fn set_environment(&mut self, command: &Command) -> Status {
        if (command.p1, command.p2) != (0x41, 0xB6) {
            return Status::INCORRECT_PARAMETERS;
        }
        self.state.environment = None;
        if self.state.directory != 1 {
            return Status::REFERENCE_DATA_NOT_FOUND;
        }
        let find = |tag| Reader::new(command.data()).find(tag);
        let number = find(0x84).and_then(|object| object.value.last().copied());
        let Some(key) = number
            .and_then(|number| usize::from(number).checked_sub(1))
            .filter(|key| *key < self.keys.len())
        else {
            return Status::REFERENCE_DATA_NOT_FOUND;
        };
        let algorithm = find(0x80).and_then(|object| object.value.last().copied());
        let (rsa, ec) = algorithm_numbers(&self.image.profile);
        let own = if self.keys[key].is_elliptic() { ec } else { rsa };
        if algorithm.is_some_and(|algorithm| algorithm != own) {
            return INCORRECT_DATA;
        }
        self.state.environment = Some(key);
        Status::OK
    }

    fn sign(&mut self, command: &Command) -> Answer {
        if (command.p1, command.p2) != (0x9E, 0x9A) {
            return (Vec::new(), Status::INCORRECT_PARAMETERS);
        }
        let Some(key) = self.state.environment else {
            return (Vec::new(), Status::CONDITIONS_NOT_SATISFIED);
        };
        if !self.state.verified {
            return (Vec::new(), Status::SECURITY_STATUS_NOT_SATISFIED);
        }
        let key = &self.keys[key];
        let input = match (key, self.image.profile.padded_block) {
            (PrivateKey::Rsa(_), true) => key.unpadded(command.data()),
            // What is no DigestInfo is no business of a card that pads by itself.
            (PrivateKey::Rsa(_), false) => Some(command.data()).filter(|data| data.first() == Some(&0x30)),
            (PrivateKey::P256(_) | PrivateKey::P384(_), _) => Some(command.data()),
        };
        let signature = input.and_then(|input| key.sign(input, self.image.profile.signature_form));
        let Some(signature) = signature else {
            return (Vec::new(), INCORRECT_DATA);
        };
        if self.image.profile.consent_each_time {
            self.state.verified = false;
        }
        (signature, Status::OK)
    }

    /// Puts a chain of commands together; `None` while it goes on.
    fn chained(&mut self, command: Command) -> Result<Option<Command>, Status> {
        let begun = self.state.chain.take();
        let same =
            |begun: &Command| (begun.instruction, begun.p1, begun.p2) == (command.instruction, command.p1, command.p2);
        let data = match begun.filter(same) {
            Some(begun) => [begun.data(), command.data()].concat(),
            None => command.data().to_vec(),
        };
        if data.len() > MOST_CHAINED {
            return Err(WRONG_LENGTH);
        }
        let goes_on = command.class & 0x10 != 0;
        let whole = command.with_data(&data);
        if goes_on {
            self.state.chain = Some(whole);
            return Ok(None);
        }
        Ok(Some(whole))
    }

    /// Answers in as many parts as protocol and command ask for (ISO/IEC 7816-4:2020, 5.3.4).
    fn in_parts(&mut self, command: &Command, (data, status): Answer) -> Answer {
        if data.is_empty() {
            return (data, status);
        }
        let by_response = self.image.profile.protocol == Protocol::T0 && !command.data().is_empty();
        let room = if by_response {
            0
        } else {
            command.expected().unwrap_or(0)
        };
        if data.len() <= room {
            return (data, status);
        }
        let (now, later) = data.split_at(room);
        self.state.pending = later.to_vec();
        (now.to_vec(), self.more())
    }

    fn get_response(&mut self, command: &Command) -> Answer {
        let pending = std::mem::take(&mut self.state.pending);
        let Some(expected) = command.expected().filter(|_| !pending.is_empty()) else {
            return (Vec::new(), Status::CONDITIONS_NOT_SATISFIED);
        };
        if expected > pending.len() && expected != 256 {
            let status = Status(0x6C00 | u16::try_from(pending.len()).unwrap_or(0));
            self.state.pending = pending;
            return (Vec::new(), status);
        }
        let (now, later) = pending.split_at(expected.min(pending.len()));
        self.state.pending = later.to_vec();
        let status = if later.is_empty() { Status::OK } else { self.more() };
        (now.to_vec(), status)
    }

    fn more(&self) -> Status {
        Status(
            0x6100
                | u16::try_from(self.state.pending.len())
                    .ok()
                    .filter(|left| *left < 256)
                    .unwrap_or(0),
        )
    }

    fn answer(&mut self, octets: &[u8]) -> Answer {
        let Ok(command) = Command::parse(octets) else {
            return (Vec::new(), WRONG_LENGTH);
        };
        if command.class & !0x10 != 0 {
            return (Vec::new(), CLASS_NOT_SUPPORTED);
        }
        if !command.fits_short() && !self.image.profile.extended_length {
            return (Vec::new(), WRONG_LENGTH);
        }
        if command.instruction == instruction::GET_RESPONSE {
            return self.get_response(&command);
        }
        self.state.pending.clear();
        match self.chained(command) {
            Err(status) => (Vec::new(), status),
            Ok(None) => (Vec::new(), Status::OK),
            Ok(Some(command)) => {
                let answer = self.execute(&command);
                self.in_parts(&command, answer)
            }
        }
    }
}

impl SmartCard for VirtualCard {
    fn respond(&mut self, command: &[u8]) -> Vec<u8> {
        let (mut octets, status) = self.answer(command);
        octets.extend_from_slice(&status.0.to_be_bytes());
        octets
    }

    fn lose_power_during(&mut self, command: &[u8]) {
        let is_verify = Command::parse(command).is_ok_and(|command| {
            command.instruction == instruction::VERIFY && command.p2 == PIN_REFERENCE && !command.data().is_empty()
        });
        if is_verify && self.state.directory == 1 && self.take_try() {
            // Where the counter cannot be written, the card has not begun.
            let _ = self.save();
        }
        self.reset(self.link);
    }

    fn reset(&mut self, link: Link) {
        self.link = link;
        self.state = State::default();
    }

    fn answer_to_reset(&self) -> Vec<u8> {
        let historical = self.historical_bytes();
        let count = u8::try_from(historical.len()).unwrap_or(15).min(15);
        let mut atr = vec![0x3B];
        match self.image.profile.protocol {
            Protocol::T0 => atr.push(count),
            // TA1 96, TD1 T=1, TD2 T=1, TA3 IFSC FE, TB3 BWI 4 CWI 5
            Protocol::T1 => atr.extend_from_slice(&[0x90 | count, 0x96, 0x81, 0x31, 0xFE, 0x45]),
        }
        atr.extend_from_slice(&historical);
        if self.image.profile.protocol == Protocol::T1 {
            atr.push(atr.iter().skip(1).fold(0, |check, octet| check ^ octet));
        }
        atr
    }

    fn historical_bytes(&self) -> Vec<u8> {
        match self.image.profile.layout {
            // Capabilities: selection by name, path and identifier, short identifiers; chaining, extended length if so.
            Layout::Standard => {
                let lengths = if self.image.profile.extended_length { 0xC0 } else { 0x80 };
                vec![0x80, 0x73, 0xB4, 0x21, lengths, 0x81, 0x05]
            }
            Layout::AkisLike => b"\x80\x65TC\x12\x21\x08\x31\xC0\x73\xF6\x21\x80\x81\x05".to_vec(),
        }
    }

    fn knows_extended_length(&self) -> bool {
        self.image.profile.extended_length
    }
}
