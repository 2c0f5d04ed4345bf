//! Command and response APDUs (ISO/IEC 7816-4:2020, 5.1 and 5.2) as values: octets in, octets out, no I/O.
//!
//! A command that carries or names reference data (VERIFY, CHANGE, RESET RETRY COUNTER) never prints its data field.

use std::fmt;

use zeroize::Zeroizing;

/// The longest data field of a short command, in octets.
pub const SHORT_DATA_LENGTH: usize = 255;
/// The longest answer a short command can ask for, in octets.
pub const SHORT_EXPECTED_LENGTH: usize = 256;
/// The longest data field of an extended-length command, in octets.
pub const EXTENDED_DATA_LENGTH: usize = 65_535;
/// The longest answer an extended-length command can ask for, in octets.
pub const EXTENDED_EXPECTED_LENGTH: usize = 65_536;

/// The bit of the class octet that announces another command of the same chain (ISO/IEC 7816-4:2020, 5.3.3).
pub(crate) const CHAINING: u8 = 0x10;

/// Instruction octets (ISO/IEC 7816-4:2020, table 5).
pub mod instruction {
    /// VERIFY.
    pub const VERIFY: u8 = 0x20;
    /// MANAGE SECURITY ENVIRONMENT.
    pub const MANAGE_SECURITY_ENVIRONMENT: u8 = 0x22;
    /// CHANGE REFERENCE DATA.
    pub const CHANGE_REFERENCE_DATA: u8 = 0x24;
    /// PERFORM SECURITY OPERATION.
    pub const PERFORM_SECURITY_OPERATION: u8 = 0x2A;
    /// RESET RETRY COUNTER.
    pub const RESET_RETRY_COUNTER: u8 = 0x2C;
    /// INTERNAL AUTHENTICATE.
    pub const INTERNAL_AUTHENTICATE: u8 = 0x88;
    /// SELECT.
    pub const SELECT: u8 = 0xA4;
    /// READ BINARY.
    pub const READ_BINARY: u8 = 0xB0;
    /// READ BINARY with an offset data object, for offsets past 32 767.
    pub const READ_BINARY_ODD: u8 = 0xB1;
    /// READ RECORD.
    pub const READ_RECORD: u8 = 0xB2;
    /// GET RESPONSE.
    pub const GET_RESPONSE: u8 = 0xC0;
    /// GET DATA.
    pub const GET_DATA: u8 = 0xCA;
}

/// Whether commands with this instruction carry reference data: never resent, never printed.
#[must_use]
pub const fn carries_reference_data(instruction: u8) -> bool {
    matches!(instruction, 0x20 | 0x21 | 0x24 | 0x25 | 0x2C | 0x2D)
}

/// Why octets are not a command or response APDU, or a command cannot be encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ApduError {
    /// Fewer octets than the header or the status word needs.
    #[error("APDU too short")]
    TooShort,
    /// The length fields do not fit the number of octets.
    #[error("APDU lengths do not fit")]
    Lengths,
    /// The data field or the expected length does not fit the encoding asked for.
    #[error("APDU too long for its encoding")]
    TooLong,
}

/// A command APDU.
#[derive(Clone, PartialEq, Eq)]
pub struct Command {
    /// The class octet (ISO/IEC 7816-4:2020, 5.4.1).
    pub class: u8,
    /// The instruction octet.
    pub instruction: u8,
    /// Parameter octet 1.
    pub p1: u8,
    /// Parameter octet 2.
    pub p2: u8,
    data: Zeroizing<Vec<u8>>,
    expected: Option<usize>,
}

impl Command {
    /// A command of the interindustry class 00 with neither data nor expected answer (case 1).
    #[must_use]
    pub fn new(instruction: u8, p1: u8, p2: u8) -> Self {
        Self {
            class: 0,
            instruction,
            p1,
            p2,
            data: Zeroizing::new(Vec::new()),
            expected: None,
        }
    }

    /// The same command with a data field.
    #[must_use]
    pub fn with_data(mut self, data: &[u8]) -> Self {
        self.data = Zeroizing::new(data.to_vec());
        self
    }

    /// The same command, expecting at most `length` octets of data in the answer; 256 and 65 536 stand for "whatever
    /// there is" in the short and in the extended encoding.
    #[must_use]
    pub fn expecting(mut self, length: usize) -> Self {
        self.expected = (length > 0).then_some(length);
        self
    }

    /// The same command with another class octet.
    #[must_use]
    pub fn with_class(mut self, class: u8) -> Self {
        self.class = class;
        self
    }

    /// The data field; empty where there is none.
    #[must_use]
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// The most octets of data the answer may have; `None` where none are expected.
    #[must_use]
    pub fn expected(&self) -> Option<usize> {
        self.expected
    }

    /// Whether the data field and the expected length fit a short command.
    #[must_use]
    pub fn fits_short(&self) -> bool {
        self.data.len() <= SHORT_DATA_LENGTH && self.expected.is_none_or(|length| length <= SHORT_EXPECTED_LENGTH)
    }

    /// The short encoding: one octet for each length.
    ///
    /// # Errors
    /// [`ApduError::TooLong`] unless [`Self::fits_short`].
    pub fn encode_short(&self) -> Result<Zeroizing<Vec<u8>>, ApduError> {
        if !self.fits_short() {
            return Err(ApduError::TooLong);
        }
        let mut octets = self.header();
        if !self.data.is_empty() {
            octets.push(octet(self.data.len()));
            octets.extend_from_slice(&self.data);
        }
        if let Some(expected) = self.expected {
            octets.push(octet(expected % SHORT_EXPECTED_LENGTH));
        }
        Ok(octets)
    }

    /// The extended encoding: a zero octet, then two octets for each length. A case 1 command has no extended form and
    /// stays as it is.
    ///
    /// # Errors
    /// [`ApduError::TooLong`] where the data field exceeds 65 535 octets or the expected length 65 536.
    pub fn encode_extended(&self) -> Result<Zeroizing<Vec<u8>>, ApduError> {
        if self.data.len() > EXTENDED_DATA_LENGTH
            || self.expected.is_some_and(|length| length > EXTENDED_EXPECTED_LENGTH)
        {
            return Err(ApduError::TooLong);
        }
        let mut octets = self.header();
        if self.data.is_empty() && self.expected.is_none() {
            return Ok(octets);
        }
        octets.push(0);
        if !self.data.is_empty() {
            octets.extend_from_slice(&[octet(self.data.len() >> 8), octet(self.data.len() & 0xFF)]);
            octets.extend_from_slice(&self.data);
        }
        if let Some(expected) = self.expected {
            octets.extend_from_slice(&[octet((expected >> 8) & 0xFF), octet(expected & 0xFF)]);
        }
        Ok(octets)
    }

    /// Reads a command as a card does: cases 1 to 4, short or extended (ISO/IEC 7816-3:2006, 12.1.3).
    ///
    /// # Errors
    /// [`ApduError::TooShort`] or [`ApduError::Lengths`].
    pub fn parse(octets: &[u8]) -> Result<Self, ApduError> {
        let [class, instruction, p1, p2, body @ ..] = octets else {
            return Err(ApduError::TooShort);
        };
        let command = Self::new(*instruction, *p1, *p2).with_class(*class);
        let or_all = |length: usize, all: usize| if length == 0 { all } else { length };
        match body {
            [] => Ok(command),
            [expected] => Ok(command.expecting(or_all(usize::from(*expected), SHORT_EXPECTED_LENGTH))),
            [0, high, low] => Ok(command.expecting(or_all(pair(*high, *low), EXTENDED_EXPECTED_LENGTH))),
            [0, high, low, rest @ ..] => {
                let length = pair(*high, *low);
                let data = rest.get(..length).filter(|_| length > 0).ok_or(ApduError::Lengths)?;
                match rest.get(length..).unwrap_or_default() {
                    [] => Ok(command.with_data(data)),
                    [high, low] => Ok(command
                        .with_data(data)
                        .expecting(or_all(pair(*high, *low), EXTENDED_EXPECTED_LENGTH))),
                    _ => Err(ApduError::Lengths),
                }
            }
            [length, rest @ ..] => {
                let length = usize::from(*length);
                let data = rest.get(..length).filter(|_| length > 0).ok_or(ApduError::Lengths)?;
                match rest.get(length..).unwrap_or_default() {
                    [] => Ok(command.with_data(data)),
                    [expected] => Ok(command
                        .with_data(data)
                        .expecting(or_all(usize::from(*expected), SHORT_EXPECTED_LENGTH))),
                    _ => Err(ApduError::Lengths),
                }
            }
        }
    }

    fn header(&self) -> Zeroizing<Vec<u8>> {
        let mut octets = Zeroizing::new(Vec::with_capacity(self.data.len() + 9));
        octets.extend_from_slice(&[self.class, self.instruction, self.p1, self.p2]);
        octets
    }
}

impl fmt::Debug for Command {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{:02X} {:02X} {:02X} {:02X}",
            self.class, self.instruction, self.p1, self.p2
        )?;
        if carries_reference_data(self.instruction) {
            return formatter.write_str(" (redacted)");
        }
        if !self.data.is_empty() {
            write!(formatter, " {}", hex(&self.data))?;
        }
        if let Some(expected) = self.expected {
            write!(formatter, " Le {expected:X}")?;
        }
        Ok(())
    }
}

/// A response APDU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The data field; empty where there is none.
    pub data: Vec<u8>,
    /// The status word.
    pub status: Status,
}

impl Response {
    /// Reads a response: data, then two octets of status word.
    ///
    /// # Errors
    /// [`ApduError::TooShort`] where there is no status word.
    pub fn parse(mut octets: Vec<u8>) -> Result<Self, ApduError> {
        let (Some(sw2), Some(sw1)) = (octets.pop(), octets.pop()) else {
            return Err(ApduError::TooShort);
        };
        Ok(Self {
            data: octets,
            status: Status(u16::from_be_bytes([sw1, sw2])),
        })
    }
}

/// A status word (ISO/IEC 7816-4:2020, 5.6).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Status(pub u16);

impl Status {
    /// Normal end.
    pub const OK: Self = Self(0x9000);
    /// End of file reached before as many octets as asked for were read.
    pub const END_OF_FILE: Self = Self(0x6282);
    /// Wrong length.
    pub const WRONG_LENGTH: Self = Self(0x6700);
    /// Command incompatible with the structure of the file.
    pub const INCOMPATIBLE_FILE: Self = Self(0x6981);
    /// Security status not satisfied.
    pub const SECURITY_STATUS_NOT_SATISFIED: Self = Self(0x6982);
    /// Authentication method blocked.
    pub const AUTHENTICATION_BLOCKED: Self = Self(0x6983);
    /// Reference data not usable.
    pub const REFERENCE_DATA_NOT_USABLE: Self = Self(0x6984);
    /// Conditions of use not satisfied.
    pub const CONDITIONS_NOT_SATISFIED: Self = Self(0x6985);
    /// Function not supported.
    pub const FUNCTION_NOT_SUPPORTED: Self = Self(0x6A81);
    /// File or application not found.
    pub const FILE_NOT_FOUND: Self = Self(0x6A82);
    /// Record not found.
    pub const RECORD_NOT_FOUND: Self = Self(0x6A83);
    /// Incorrect parameters P1-P2.
    pub const INCORRECT_PARAMETERS: Self = Self(0x6A86);
    /// Referenced data or reference data not found.
    pub const REFERENCE_DATA_NOT_FOUND: Self = Self(0x6A88);
    /// Wrong parameters P1-P2; for READ BINARY an offset past the end.
    pub const WRONG_PARAMETERS: Self = Self(0x6B00);
    /// Instruction not supported.
    pub const INSTRUCTION_NOT_SUPPORTED: Self = Self(0x6D00);

    /// SW1, the first octet.
    #[must_use]
    pub const fn sw1(self) -> u8 {
        self.0.to_be_bytes()[0]
    }

    /// SW2, the second octet.
    #[must_use]
    pub const fn sw2(self) -> u8 {
        self.0.to_be_bytes()[1]
    }
}

impl fmt::Debug for Status {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:04X}", self.0)
    }
}

/// A command as hexadecimal text for a log or a trace, with the data field left out where it carries reference data.
/// A header cut short is left out altogether, so that no octet of a PIN passes for one.
#[must_use]
pub fn redacted(command: &[u8]) -> String {
    match command.get(..4) {
        None => "(redacted)".to_owned(),
        Some(header) if header.get(1).copied().is_some_and(carries_reference_data) => {
            format!("{}(redacted)", hex(header))
        }
        Some(_) => hex(command),
    }
}

pub(crate) fn hex(octets: &[u8]) -> String {
    use fmt::Write as _;
    octets
        .iter()
        .fold(String::with_capacity(octets.len() * 2), |mut text, octet| {
            write!(text, "{octet:02X}").expect("writing to a string cannot fail");
            text
        })
}

fn pair(high: u8, low: u8) -> usize {
    usize::from(u16::from_be_bytes([high, low]))
}

fn octet(value: usize) -> u8 {
    u8::try_from(value).expect("callers have bounded the value to one octet")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_four_cases_have_their_short_forms() {
        let select = Command::new(instruction::SELECT, 4, 0).with_data(&[0xA0, 0x00]);
        assert_eq!(
            *Command::new(0x22, 0xC3, 1).encode_short().unwrap(),
            [0x00, 0x22, 0xC3, 0x01]
        );
        assert_eq!(
            *Command::new(0xB0, 0, 0).expecting(256).encode_short().unwrap(),
            [0x00, 0xB0, 0, 0, 0]
        );
        assert_eq!(*select.encode_short().unwrap(), [0x00, 0xA4, 4, 0, 2, 0xA0, 0]);
        assert_eq!(
            *select.expecting(16).encode_short().unwrap(),
            [0x00, 0xA4, 4, 0, 2, 0xA0, 0, 0x10]
        );
    }

    #[test]
    fn the_extended_forms_begin_with_a_zero_octet() {
        let read = Command::new(0xB0, 0, 0).expecting(EXTENDED_EXPECTED_LENGTH);
        assert_eq!(*read.encode_extended().unwrap(), [0x00, 0xB0, 0, 0, 0, 0, 0]);
        let sign = Command::new(0x2A, 0x9E, 0x9A)
            .with_data(&[7; 256])
            .expecting(512)
            .encode_extended()
            .unwrap();
        assert_eq!(sign[..7], [0x00, 0x2A, 0x9E, 0x9A, 0, 1, 0]);
        assert_eq!(sign[263..], [2, 0]);
    }

    #[test]
    fn a_pin_is_never_printed() {
        let verify = Command::new(0x20, 0, 0x81).with_data(b"486213");
        let change = Command::new(0x24, 0, 0x81).with_data(b"486213111111");
        let octets = verify.encode_short().unwrap();
        for text in [
            format!("{verify:?}"),
            format!("{change:?}"),
            redacted(&octets),
            redacted(&octets[..3]),
        ] {
            assert!(!text.contains("34383632") && text.contains("(redacted)"), "{text}");
        }
    }

    #[test]
    fn a_response_without_status_word_is_refused() {
        assert_eq!(Response::parse(vec![]), Err(ApduError::TooShort));
        assert_eq!(Response::parse(vec![0x90]), Err(ApduError::TooShort));
        assert_eq!(Response::parse(vec![1, 0x90, 0]).unwrap().data, [1]);
    }

    proptest! {
        #[test]
        fn a_command_survives_both_encodings(
            header: [u8; 4],
            data in proptest::collection::vec(any::<u8>(), 0..600),
            expected in prop_oneof![Just(0), 1..=256usize, 257..=65_536usize],
        ) {
            let command = Command::new(header[1], header[2], header[3])
                .with_class(header[0])
                .with_data(&data)
                .expecting(expected);
            let extended = Command::parse(&command.encode_extended().unwrap()).unwrap();
            prop_assert_eq!(&extended, &command);
            match command.encode_short() {
                Ok(short) => prop_assert_eq!(&Command::parse(&short).unwrap(), &command),
                Err(error) => prop_assert!(error == ApduError::TooLong && !command.fits_short()),
            }
        }

        #[test]
        fn parsing_never_panics(octets in proptest::collection::vec(any::<u8>(), 0..300)) {
            if let Ok(command) = Command::parse(&octets) {
                prop_assert!(command.data().len() < octets.len());
            }
            let _ = Response::parse(octets.clone());
            let _ = redacted(&octets);
        }
    }
}
