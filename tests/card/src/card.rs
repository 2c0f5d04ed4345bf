//! The card's own logic: selected file, PIN state, security environment, and an answer to every command.
//!
//! It trusts nothing it is sent: any octets are answered with a status word, in bounded memory. A PIN try is taken off the
//! counter, and written down, before the PIN is compared, as cards do.

mod reading;
mod signing;
mod unblocking;

use std::path::{Path, PathBuf};

use basvuru::card::apdu::{Command, Status, instruction};
use basvuru::reader::Link;

use crate::files::{Node, file_system, pins_told};
use crate::image::{ApplicationName, CardImage, ImageError, Layout, Protocol};
use crate::key::PrivateKey;

/// The most octets a chain of commands may carry.
const MOST_CHAINED: usize = 4096;
const WRONG_LENGTH: Status = Status(0x6700);
const CLASS_NOT_SUPPORTED: Status = Status(0x6E00);
const INCORRECT_DATA: Status = Status(0x6A80);
const MEMORY_FAILURE: Status = Status(0x6581);

/// Anything that answers APDUs as a card.
pub trait SmartCard: Send {
    /// The answer to a command APDU: data and status word.
    fn respond(&mut self, command: &[u8]) -> Vec<u8>;

    /// Takes a command and loses power while working on it: what the card does first has happened, what it does last has
    /// not. For a command with a PIN the try is gone, even where the PIN was right.
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
    /// The directory that was last selected by a name.
    named: Option<usize>,
    verified: bool,
    /// The key that the security environment names.
    environment: Option<usize>,
    /// The number of the algorithm in it.
    algorithm: Option<u8>,
    /// The digest that was sent ahead.
    digest: Option<Vec<u8>>,
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

    /// What the directory of its PINs holds (AODF, ISO/IEC 7816-15:2016, 8.9).
    #[must_use]
    pub fn pins_told(&self) -> Vec<u8> {
        pins_told(&self.image)
    }

    fn save(&self) -> Result<(), ImageError> {
        self.file.as_deref().map_or(Ok(()), |path| self.image.save(path))
    }

    fn execute(&mut self, command: &Command) -> Answer {
        let asleep = self.image.profile.application_name == ApplicationName::IsoApplet && self.state.named.is_none();
        if asleep && (command.instruction, command.p1) != (instruction::SELECT, 4) {
            return (Vec::new(), Status(0x6986));
        }
        match command.instruction {
            instruction::SELECT => self.select(command),
            instruction::READ_BINARY => self.read_binary(command),
            instruction::READ_BINARY_ODD => self.read_binary_odd(command),
            instruction::READ_RECORD => self.read_record(command),
            instruction::VERIFY => (Vec::new(), self.verify(command)),
            instruction::CHANGE_REFERENCE_DATA => (Vec::new(), self.change_pin(command)),
            instruction::RESET_RETRY_COUNTER => (Vec::new(), self.reset_retry_counter(command)),
            instruction::MANAGE_SECURITY_ENVIRONMENT => (Vec::new(), self.set_environment(command)),
            instruction::PERFORM_SECURITY_OPERATION => self.sign(command),
            instruction::INTERNAL_AUTHENTICATE => self.authenticate(command),
            instruction::GET_DATA => self.tell(command),
            _ => (Vec::new(), Status::INSTRUCTION_NOT_SUPPORTED),
        }
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
            let most = self.image.profile.most_answered.unwrap_or(usize::MAX);
            command.expected().unwrap_or(0).min(most)
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
        let most = self.image.profile.most_answered.unwrap_or(usize::MAX);
        let (now, later) = pending.split_at(expected.min(pending.len()).min(most));
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
        let has_pin = Command::parse(command).is_ok_and(|command| {
            let addressed = match command.instruction {
                instruction::VERIFY => command.p2 == self.image.profile.pin_reference(),
                instruction::CHANGE_REFERENCE_DATA => self.change_is_addressed(&command),
                _ => false,
            };
            addressed && !command.data().is_empty()
        });
        // Where the counter cannot be written, the card has not begun.
        if has_pin && self.state.directory == 1 && self.take_try() {
            let _ = self.save();
        }
        let has_puk = Command::parse(command).is_ok_and(|command| self.takes_puk(&command));
        if has_puk && self.take_puk_try() {
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
            Protocol::T1 if self.image.profile.crc => {
                // The same with TC3: CRC.
                atr.extend_from_slice(&[0x90 | count, 0x96, 0x81, 0x71, 0xFE, 0x45, 0x01]);
            }
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
                let capabilities = [0x80, 0x73, 0xB4, 0x21, lengths];
                // Behind them the issuer's data, by which other software knows OsEID, or the life cycle.
                let rest: &[u8] = if self.image.profile.passes_for_oseid {
                    b"\x55OsEID"
                } else {
                    &[0x81, 0x05]
                };
                [&capabilities, rest].concat()
            }
            Layout::AkisFirst => b"UEKAE V1.0".to_vec(),
            Layout::AkisLike => b"\x80\x65TC\x12\x21\x08\x31\xC0\x73\xF6\x21\x80\x81\x05".to_vec(),
        }
    }

    fn knows_extended_length(&self) -> bool {
        self.image.profile.extended_length
    }
}
