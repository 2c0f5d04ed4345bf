//! Files of a card: SELECT and READ BINARY (ISO/IEC 7816-4:2020, 11.2 and 11.3), and which directory is current.
//!
//! "Not found" is an answer, not an error: `Option` where a file may be absent, [`CardError`] where the card or the link
//! went wrong. Every read is bounded.

use super::CardError;
use super::apdu::{Command, Response, SHORT_EXPECTED_LENGTH, Status, instruction};
use super::file::{Content, FileControl, Path};
use super::framing::Framing;
use super::tlv::{self, tag};

/// Which of several applications that a name fits is selected, in P2 of SELECT (ISO/IEC 7816-4:2020, table 63).
const FIRST_OCCURRENCE: u8 = 0x00;
const NEXT_OCCURRENCE: u8 = 0x02;
/// The longest file that is read, in octets. A certificate is some 1 to 4 KiB, a directory less.
const MOST_FILE: usize = 0x1_0000;
/// The first offset that plain READ BINARY cannot express.
const ODD_OFFSET: usize = 0x8000;
/// The most records of a record-oriented EF.DIR (ISO/IEC 7816-4:2020, 12.2 leaves it open; OpenSC stops there too).
const MOST_RECORDS: u8 = 15;
/// The most READ BINARY commands for one file: enough for [`MOST_FILE`] over a link of short APDUs.
const MOST_READS: usize = 320;
/// How often a short identifier may read another file than the one meant before no more of them are used.
const MOST_MISSES: u8 = 3;
/// The most files whose names are compared.
const MOST_NAMED: usize = 64;

/// Whether the beginning of a file is what is looked for in it; `None` where more of it is needed to tell.
pub(super) type Judge<'a> = &'a (dyn Fn(&[u8]) -> Option<bool> + Sync);

/// A card whose files are read: the framing, and which directory is current as far as we know.
pub(super) struct Session {
    framing: Framing,
    current: Option<Path>,
    /// Whether something outside of the application may have been selected since it was selected by its name.
    left_application: bool,
    short_identifiers: bool,
    /// How often a short identifier has read another file than the one meant.
    misses: u8,
    /// The files that the card's own files have named so far, by which two of one short identifier are told.
    named: Vec<Path>,
    stepwise: bool,
    /// Whether the card selects only where no file control information is asked for.
    tells_nothing: bool,
}

impl Session {
    /// A session with a card just reset. `short_identifiers`: the card says that it reads by short identifier.
    /// `stepwise`: the card is known to select one directory at a time.
    pub(super) fn new(framing: Framing, short_identifiers: bool, stepwise: bool) -> Self {
        Self {
            framing,
            current: None,
            left_application: false,
            short_identifiers,
            misses: 0,
            named: Vec::new(),
            stepwise,
            tells_nothing: false,
        }
    }

    /// The framing underneath.
    pub(super) fn framing(&self) -> &Framing {
        &self.framing
    }

    /// Selects an application by its name, or a directory by a name that is no registered identifier.
    ///
    /// # Errors
    /// The link's failure.
    pub(super) async fn select_name(&mut self, name: &[u8]) -> Result<Option<FileControl>, CardError> {
        let control = self.select(4, name).await?;
        Ok(self.has_selected_name(control))
    }

    /// Selects the next application that the same name fits.
    ///
    /// # Errors
    /// The link's failure.
    pub(super) async fn select_next(&mut self, name: &[u8]) -> Result<Option<FileControl>, CardError> {
        let control = selected(&self.select_raw(4, NEXT_OCCURRENCE, name).await?);
        Ok(self.has_selected_name(control))
    }

    fn has_selected_name(&mut self, control: Option<FileControl>) -> Option<FileControl> {
        self.current = None;
        self.left_application = control.is_none();
        if let Some(identifier) = control.as_ref().and_then(|control| control.identifier) {
            self.current = Path::parse(&[[0x3F, 0x00], identifier].concat());
        }
        control
    }

    /// Selects a directory, unless it is current already.
    ///
    /// # Errors
    /// The link's failure.
    pub(super) async fn select_directory(&mut self, path: &Path) -> Result<Option<FileControl>, CardError> {
        if self.current.as_ref() == Some(path) {
            return Ok(Some(FileControl::default()));
        }
        let control = self.select_path(path).await?;
        self.current = control.is_some().then(|| path.clone());
        Ok(control)
    }

    /// Selects an elementary file. Its directory becomes current with it.
    ///
    /// # Errors
    /// The link's failure.
    pub(super) async fn select_file(&mut self, path: &Path) -> Result<Option<FileControl>, CardError> {
        let control = self.select_path(path).await?;
        if path.is_absolute() {
            self.current = control.is_some().then(|| path.parent()).flatten();
        }
        Ok(control)
    }

    /// Says that the directory called `path` is current, where the card's own files told so.
    pub(super) fn is_in(&mut self, path: Option<&Path>) {
        self.current = path.cloned();
    }

    /// Whether the application that was selected by its name may no longer be current.
    pub(super) fn has_left_application(&self) -> bool {
        self.left_application
    }

    /// Whether the directory called `path` is known to be current.
    pub(super) fn is_current(&self, path: &Path) -> bool {
        self.current.as_ref() == Some(path)
    }

    /// Whether the card selects only where no file control information is asked for.
    pub(super) fn selects_silently(&self) -> bool {
        self.tells_nothing
    }

    /// Says that the card is known to select only where no file control information is asked for.
    pub(super) fn ask_for_nothing(&mut self) {
        self.tells_nothing = true;
    }

    /// Says that the card has these files. Two in one directory that share a short identifier are never read by it.
    pub(super) fn learn<'p>(&mut self, paths: impl IntoIterator<Item = &'p Path>) {
        for path in paths {
            if self.named.len() < MOST_NAMED && !self.named.contains(path) {
                self.named.push(path.clone());
            }
        }
    }

    /// Reads a file: by short identifier in the current directory where that saves a SELECT, by path otherwise. A short
    /// identifier is a guess: what it gives has to please `judge`, or the file is selected. `None` where there is no such
    /// file or it may not be read.
    ///
    /// # Errors
    /// The link's failure, or [`CardError::Malformed`] for a file without end.
    pub(super) async fn read_file(
        &mut self,
        path: &Path,
        content: Content,
        judge: Judge<'_>,
    ) -> Result<Option<Vec<u8>>, CardError> {
        let here = path.parent().is_none() || (self.current.is_some() && path.parent() == self.current);
        self.learn([path]);
        if here
            && let Some(short) = self.short_identifier(path, content)
            && let Some(octets) = self.read_by_short_identifier(short, content, judge).await?
        {
            return Ok(Some(octets));
        }
        let Some(control) = self.select_to_read(path, here).await? else {
            return Ok(None);
        };
        if control.records {
            return self.read_records().await;
        }
        self.read_selected(Vec::new(), control.size, content).await
    }

    /// The short identifier of a file, where it may be read by one: the five last bits of its identifier, unless the card
    /// was told another (ISO/IEC 7816-4:2020, 7.4.3, tag 88). A certificate looks like any other one, so that none is read
    /// in this way once the card has given another file than was meant.
    fn short_identifier(&self, path: &Path, content: Content) -> Option<u8> {
        let short = path.short();
        let most_misses = match content {
            Content::Certificate | Content::Octets(_) => 1,
            Content::One | Content::Directory => MOST_MISSES,
        };
        let shared = |other: &Path| other != path && other.parent() == path.parent() && other.short() == short;
        let usable = self.short_identifiers && self.misses < most_misses && matches!(short, 1..=30);
        (usable && !self.named.iter().any(shared)).then_some(short)
    }

    /// Selects a file to read it: by its path, and by its identifier alone where its directory is current and the card
    /// goes one step at a time or does not find the path.
    async fn select_to_read(&mut self, path: &Path, here: bool) -> Result<Option<FileControl>, CardError> {
        if here && self.stepwise {
            return self.select_child(&path.last()).await;
        }
        let control = self.select_file(path).await?;
        if control.is_some() || !here || path.parent().is_none() {
            return Ok(control);
        }
        self.current = path.parent();
        self.select_child(&path.last()).await
    }

    /// Reads by short identifier; `None` where the card refuses, which ends the attempts, or gives another file.
    async fn read_by_short_identifier(
        &mut self,
        short: u8,
        content: Content,
        judge: Judge<'_>,
    ) -> Result<Option<Vec<u8>>, CardError> {
        let expected = self.framing.most_expected().min(SHORT_EXPECTED_LENGTH);
        let command = Command::new(instruction::READ_BINARY, 0x80 | short, 0).expecting(expected);
        let response = self.framing.exchange(&command).await?;
        if !matches!(response.status, Status::OK | Status::END_OF_FILE) {
            self.short_identifiers = false;
            return Ok(None);
        }
        let mut read = Some(response.data);
        if response.status == Status::OK
            && let Some(begun) = read.take_if(|begun| judge(begun) != Some(false))
        {
            read = self.read_selected(begun, None, content).await?;
        }
        let meant = read.filter(|read| judge(read) == Some(true));
        self.misses += u8::from(meant.is_none());
        Ok(meant)
    }

    /// Reads on in the selected file after the octets `read` so far, until the content is whole or the file ends. An answer
    /// shorter than what was asked for is not the end: a card may send no more at a time.
    async fn read_selected(
        &mut self,
        mut read: Vec<u8>,
        size: Option<usize>,
        content: Content,
    ) -> Result<Option<Vec<u8>>, CardError> {
        let end = size.filter(|size| *size > 0).unwrap_or(MOST_FILE).min(MOST_FILE);
        for _ in 0..MOST_READS {
            if read.len() >= end {
                break;
            }
            let wanted = if read.is_empty() {
                SHORT_EXPECTED_LENGTH
            } else {
                content.wanted(&read)
            };
            if wanted == 0 {
                break;
            }
            // Past the plain offsets, the object around the data takes up to four octets of the answer.
            let around = if read.len() < ODD_OFFSET { 0 } else { 4 };
            let count = wanted.min(end - read.len()).min(self.framing.most_expected() - around);
            let mut response = self.read_at(read.len(), count).await?;
            match response.status {
                Status::OK | Status::END_OF_FILE if !response.data.is_empty() => {
                    response.data.truncate(end - read.len());
                    read.append(&mut response.data);
                    if response.status == Status::END_OF_FILE {
                        break;
                    }
                }
                // A file of records, whose control information is not told.
                Status::INCOMPATIBLE_FILE if read.is_empty() => return self.read_records().await,
                _ if read.is_empty() => return Ok(None),
                _ => break,
            }
        }
        Ok(Some(read))
    }

    /// READ BINARY in the selected file, with the offset in the parameters or, past 32 767, in a data object 54 that is
    /// answered in a data object 53 (ISO/IEC 7816-4:2020, 11.3.3).
    async fn read_at(&mut self, offset: usize, count: usize) -> Result<Response, CardError> {
        let offset = u16::try_from(offset).map_err(|_| CardError::Malformed("a file without end"))?;
        let [high, low] = offset.to_be_bytes();
        if usize::from(offset) < ODD_OFFSET {
            let command = Command::new(instruction::READ_BINARY, high, low).expecting(count);
            return self.framing.exchange(&command).await;
        }
        let command = Command::new(instruction::READ_BINARY_ODD, 0, 0).with_data(&[0x54, 2, high, low]);
        let mut response = self.framing.exchange(&command.expecting(count + 4)).await?;
        let data = tlv::first(&response.data).ok().filter(|object| object.tag == 0x53);
        response.data = data.map(|object| object.value.to_vec()).unwrap_or_default();
        Ok(response)
    }

    /// Reads the records of the selected file, one after another.
    async fn read_records(&mut self) -> Result<Option<Vec<u8>>, CardError> {
        let mut read = Vec::new();
        for number in 1..=MOST_RECORDS {
            let command = Command::new(instruction::READ_RECORD, number, 0x04).expecting(SHORT_EXPECTED_LENGTH);
            let response = self.framing.exchange(&command).await?;
            if !matches!(response.status, Status::OK | Status::END_OF_FILE) {
                break;
            }
            read.extend(response.data);
        }
        Ok((!read.is_empty()).then_some(read))
    }

    async fn select_path(&mut self, path: &Path) -> Result<Option<FileControl>, CardError> {
        let below = path.below_master();
        self.left_application |= path.is_absolute();
        if below.is_empty() {
            return self.select(0, &[0x3F, 0x00]).await;
        }
        if !path.is_absolute() && below.len() == 2 {
            return self.select_child(below).await;
        }
        if !self.stepwise {
            let response = self
                .select_raw(if path.is_absolute() { 8 } else { 9 }, FIRST_OCCURRENCE, below)
                .await?;
            if !is_refusal_of_parameters(response.status) {
                return Ok(selected(&response));
            }
            self.stepwise = true;
        }
        if path.is_absolute() && self.select(0, &[0x3F, 0x00]).await?.is_none() {
            return Ok(None);
        }
        let mut control = None;
        for identifier in below.chunks(2) {
            control = self.select_child(identifier).await?;
            if control.is_none() {
                break;
            }
        }
        Ok(control)
    }

    /// Selects a file or directory below the current one: "any" first, then the forms of cards that tell an elementary
    /// file (02) from a directory (01).
    async fn select_child(&mut self, identifier: &[u8]) -> Result<Option<FileControl>, CardError> {
        let forms = if self.stepwise { [2, 1, 0] } else { [2, 0, 1] };
        for form in forms {
            if let Some(control) = self.select(form, identifier).await? {
                return Ok(Some(control));
            }
        }
        Ok(None)
    }

    async fn select(&mut self, p1: u8, data: &[u8]) -> Result<Option<FileControl>, CardError> {
        Ok(selected(&self.select_raw(p1, FIRST_OCCURRENCE, data).await?))
    }

    /// SELECT with file control information, or without where the card will not give any: it refuses the parameters or the
    /// length that asks for it.
    async fn select_raw(&mut self, p1: u8, occurrence: u8, data: &[u8]) -> Result<Response, CardError> {
        let select = |p2| Command::new(instruction::SELECT, p1, p2 | occurrence).with_data(data);
        if !self.tells_nothing {
            let asking = select(0x00).expecting(SHORT_EXPECTED_LENGTH);
            let response = self.framing.exchange(&asking).await?;
            if !matches!(response.status, Status::INCORRECT_PARAMETERS | Status::WRONG_LENGTH) {
                return Ok(response);
            }
        }
        let response = self.framing.exchange(&select(0x0C)).await?;
        self.tells_nothing |= selected(&response).is_some();
        Ok(response)
    }
}

fn selected(response: &Response) -> Option<FileControl> {
    // 62xx warns, of a deactivated file for one, and has selected all the same.
    (response.status == Status::OK || response.status.sw1() == 0x62).then(|| FileControl::parse(&response.data))
}

fn is_refusal_of_parameters(status: Status) -> bool {
    matches!(
        status,
        Status::INCORRECT_PARAMETERS
            | Status::FUNCTION_NOT_SUPPORTED
            | Status::WRONG_PARAMETERS
            | Status::INSTRUCTION_NOT_SUPPORTED
            | Status::WRONG_LENGTH
            | Status(0x6A80 | 0x6A87)
    )
}

/// The elements of a SEQUENCE at the beginning of `octets`, where there is one.
pub(super) fn sequence(octets: &[u8]) -> Option<tlv::Tlv<'_>> {
    tlv::first(octets).ok().filter(|object| object.tag == tag::SEQUENCE)
}
