//! Carries commands over a channel: short and extended length, command chaining, `61xx` and `6Cxx`, all in one place.
//!
//! A command that carries reference data is sent exactly once, whatever comes back.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::reader::{CardChannel, ChannelInfo, Delivery, LinkFailure};

use super::CardError;
use super::apdu::{
    ApduError, CHAINING, Command, EXTENDED_EXPECTED_LENGTH, Response, SHORT_DATA_LENGTH, SHORT_EXPECTED_LENGTH, Status,
    carries_reference_data, instruction,
};
use super::trace::Trace;

/// The most data one command's answer may have over all its parts, in octets. Nothing on a signature card is longer.
const MOST_DATA: usize = EXTENDED_EXPECTED_LENGTH;
/// The most GET RESPONSE commands for one answer: enough for [`MOST_DATA`] in full short parts.
const MOST_PARTS: usize = 256;
/// The most commands of one operation: reading a card, or signing with it. Ours take some 15, the slowest cards some 60.
const MOST_COMMANDS: usize = 600;
/// The shortest command a link must carry: a short one with a few octets of data.
const LEAST_COMMAND_LENGTH: usize = 32;

/// The limits of link and card, and the channel to send over.
pub(super) struct Framing {
    channel: Arc<dyn CardChannel>,
    trace: Trace,
    most_command: usize,
    most_response: usize,
    extended: bool,
    commands_left: AtomicUsize,
}

impl Framing {
    /// Frames for what the link carries; extended length is used where link and card both know it.
    pub(super) fn new(channel: Arc<dyn CardChannel>, info: &ChannelInfo, card_knows_extended_length: bool) -> Self {
        let octets = |length: u32| usize::try_from(length).unwrap_or(usize::MAX);
        Self {
            channel,
            trace: Trace::begin(info),
            most_command: octets(info.max_command_length).max(LEAST_COMMAND_LENGTH),
            most_response: octets(info.max_response_length).max(LEAST_COMMAND_LENGTH),
            extended: info.extended_length && card_knows_extended_length,
            commands_left: AtomicUsize::new(MOST_COMMANDS),
        }
    }

    /// Begins an operation, with as many commands as one may take.
    pub(super) fn begin(&self) {
        self.commands_left.store(MOST_COMMANDS, Ordering::Relaxed);
    }

    /// Notes for support that the card's files are going to be read.
    pub(super) fn reads_files(&self) {
        self.trace.reads_files();
    }

    /// The channel underneath.
    pub(super) fn channel(&self) -> &Arc<dyn CardChannel> {
        &self.channel
    }

    /// The most octets of data one answer carries.
    pub(super) fn most_expected(&self) -> usize {
        let all = if self.extended {
            EXTENDED_EXPECTED_LENGTH
        } else {
            SHORT_EXPECTED_LENGTH
        };
        all.min(self.most_response - 2)
    }

    /// Sends a command and gathers its whole answer.
    ///
    /// # Errors
    /// The link's failure; [`CardError::Malformed`] for an answer without status word or without end;
    /// [`CardError::Unsupported`] for a command with reference data, which goes through [`Self::send_once`].
    pub(super) async fn exchange(&self, command: &Command) -> Result<Response, CardError> {
        if carries_reference_data(command.instruction) {
            return Err(CardError::Unsupported("a command with reference data is sent once"));
        }
        let mut response = self.send_adapted(command).await?;
        if response.status.sw1() == 0x6C {
            let exact = command.clone().expecting(short_count(response.status.sw2()));
            response = self.send_adapted(&exact).await?;
        }
        self.gather(command.class, response).await
    }

    /// Sends a command with reference data: once, in one piece, and takes whatever comes back.
    ///
    /// # Errors
    /// The link's failure as it is, with what it says of delivery. An answer without status word is
    /// [`LinkFailure::Malformed`] after delivery.
    pub(super) async fn send_once(&self, command: &Command) -> Result<Status, LinkFailure> {
        let not_sent = |_: ApduError| LinkFailure::Malformed {
            delivery: Delivery::NotSent,
        };
        let octets = command.encode_short().map_err(not_sent)?;
        if octets.len() > self.most_command {
            return Err(not_sent(ApduError::TooLong));
        }
        let answer = self.carry(octets.to_vec()).await?;
        Response::parse(answer)
            .map(|response| response.status)
            .map_err(|_| LinkFailure::Malformed {
                delivery: Delivery::Unknown,
            })
    }

    /// Sends a command in the form that link and card carry: short, extended, or a chain of short ones.
    async fn send_adapted(&self, command: &Command) -> Result<Response, CardError> {
        if let Some(octets) = self.in_one_piece(command)? {
            return self.transmit(octets).await;
        }
        let most_data = SHORT_DATA_LENGTH.min(self.most_command - 6);
        let mut blocks = command.data().chunks(most_data).peekable();
        while let Some(block) = blocks.next() {
            let part = Command::new(command.instruction, command.p1, command.p2).with_data(block);
            if blocks.peek().is_none() {
                let expected = command.expected().unwrap_or(0).min(SHORT_EXPECTED_LENGTH);
                return self
                    .transmit_short(&part.with_class(command.class).expecting(expected))
                    .await;
            }
            let response = self.transmit_short(&part.with_class(command.class | CHAINING)).await?;
            if response.status != Status::OK {
                return Ok(response);
            }
        }
        Err(CardError::Unsupported("a command of this length on this link"))
    }

    /// The octets of a command that needs no chain: short where it fits, extended where both sides know it.
    fn in_one_piece(&self, command: &Command) -> Result<Option<Vec<u8>>, CardError> {
        if command.data().len() <= SHORT_DATA_LENGTH {
            let expected = command.expected().unwrap_or(0);
            if !self.extended || expected <= SHORT_EXPECTED_LENGTH {
                let octets = encoded(
                    command
                        .clone()
                        .expecting(expected.min(SHORT_EXPECTED_LENGTH))
                        .encode_short(),
                )?;
                return Ok((octets.len() <= self.most_command).then_some(octets));
            }
        }
        if !self.extended {
            return Ok(None);
        }
        let octets = encoded(command.encode_extended())?;
        Ok((octets.len() <= self.most_command).then_some(octets))
    }

    /// Follows `61xx` with GET RESPONSE until the answer is whole (ISO/IEC 7816-4:2020, 5.3.4).
    async fn gather(&self, class: u8, mut response: Response) -> Result<Response, CardError> {
        let mut data = std::mem::take(&mut response.data);
        for _ in 0..MOST_PARTS {
            if response.status.sw1() != 0x61 {
                return Ok(Response {
                    data,
                    status: response.status,
                });
            }
            let next = Command::new(instruction::GET_RESPONSE, 0, 0).with_class(class & !CHAINING);
            let count = short_count(response.status.sw2());
            response = self.transmit_short(&next.clone().expecting(count)).await?;
            if response.status.sw1() == 0x6C {
                response = self
                    .transmit_short(&next.expecting(short_count(response.status.sw2())))
                    .await?;
            }
            data.append(&mut response.data);
            if data.len() > MOST_DATA {
                break;
            }
        }
        Err(CardError::Malformed("an answer without end"))
    }

    async fn transmit_short(&self, command: &Command) -> Result<Response, CardError> {
        self.transmit(encoded(command.encode_short())?).await
    }

    async fn transmit(&self, octets: Vec<u8>) -> Result<Response, CardError> {
        let left = self.commands_left.load(Ordering::Relaxed);
        let left = left
            .checked_sub(1)
            .ok_or(CardError::Malformed("a card that is never done"))?;
        self.commands_left.store(left, Ordering::Relaxed);
        let answer = self.carry(octets).await?;
        Response::parse(answer).map_err(|_| CardError::Malformed("an answer without status word"))
    }

    /// The one place where a command goes out and its answer comes in, and where both are recorded without their values.
    async fn carry(&self, octets: Vec<u8>) -> Result<Vec<u8>, LinkFailure> {
        let under_way = self.trace.command(&octets);
        let answer = self.channel.transmit(octets).await;
        self.trace.answer(&under_way, &answer);
        answer
    }
}

/// How many octets SW2 of `61xx` and `6Cxx` stands for: zero means 256.
fn short_count(sw2: u8) -> usize {
    if sw2 == 0 {
        SHORT_EXPECTED_LENGTH
    } else {
        usize::from(sw2)
    }
}

fn encoded(octets: Result<zeroize::Zeroizing<Vec<u8>>, ApduError>) -> Result<Vec<u8>, CardError> {
    octets
        .map(|octets| octets.to_vec())
        .map_err(|_| CardError::Unsupported("a command of this length"))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use async_trait::async_trait;

    use super::*;
    use crate::reader::{CardOutcome, CardStage, Link};

    /// Answers with `answers` in turn, then with the last one for ever, and remembers what was sent.
    struct Script {
        answers: Vec<Vec<u8>>,
        sent: Mutex<Vec<Vec<u8>>>,
    }

    impl Script {
        fn new(answers: &[&[u8]]) -> Arc<Self> {
            let answers = answers.iter().map(|answer| answer.to_vec()).collect();
            Arc::new(Self {
                answers,
                sent: Mutex::new(Vec::new()),
            })
        }

        fn sent(&self) -> Vec<Vec<u8>> {
            self.sent.lock().unwrap().clone()
        }
    }

    #[async_trait]
    impl CardChannel for Script {
        async fn info(&self) -> Result<ChannelInfo, LinkFailure> {
            Ok(info(false))
        }

        async fn transmit(&self, command: Vec<u8>) -> Result<Vec<u8>, LinkFailure> {
            let mut sent = self.sent.lock().unwrap();
            sent.push(command);
            Ok(self
                .answers
                .get(sent.len() - 1)
                .or(self.answers.last())
                .unwrap()
                .clone())
        }

        async fn tell(&self, _: CardStage, _: String) -> Result<(), LinkFailure> {
            Ok(())
        }

        async fn close(&self, _: CardOutcome) -> Result<(), LinkFailure> {
            Ok(())
        }
    }

    fn info(extended_length: bool) -> ChannelInfo {
        ChannelInfo {
            link: Link::Contact,
            atr: None,
            historical_bytes: Vec::new(),
            max_command_length: if extended_length { 2048 } else { 261 },
            max_response_length: if extended_length { 2048 } else { 258 },
            extended_length,
        }
    }

    fn framing(script: &Arc<Script>, extended: bool) -> Framing {
        Framing::new(Arc::clone(script) as Arc<dyn CardChannel>, &info(extended), true)
    }

    #[tokio::test]
    async fn a_long_command_is_chained_where_extended_length_is_unknown() {
        let script = Script::new(&[&[0x90, 0x00]]);
        let command = Command::new(0x2A, 0x9E, 0x9A).with_data(&[7; 256]).expecting(256);
        framing(&script, false).exchange(&command).await.unwrap();
        let sent = script.sent();
        assert_eq!(
            (sent[0][..5].to_vec(), sent[0].len()),
            (vec![0x10, 0x2A, 0x9E, 0x9A, 0xFF], 260)
        );
        assert_eq!(sent[1], [0x00, 0x2A, 0x9E, 0x9A, 0x01, 0x07, 0x00]);
        assert_eq!(sent.len(), 2);
    }

    #[tokio::test]
    async fn a_long_command_goes_in_one_piece_where_extended_length_is_known() {
        let script = Script::new(&[&[0x90, 0x00]]);
        let command = Command::new(0x2A, 0x9E, 0x9A).with_data(&[7; 256]).expecting(256);
        framing(&script, true).exchange(&command).await.unwrap();
        assert_eq!(script.sent().len(), 1);
        assert_eq!(script.sent()[0][..7], [0x00, 0x2A, 0x9E, 0x9A, 0, 1, 0]);
    }

    #[tokio::test]
    async fn a_refused_link_of_a_chain_ends_the_chain() {
        let script = Script::new(&[&[0x68, 0x84]]);
        let command = Command::new(0x2A, 0x9E, 0x9A).with_data(&[7; 600]);
        assert_eq!(
            framing(&script, false).exchange(&command).await.unwrap().status,
            Status(0x6884)
        );
        assert_eq!(script.sent().len(), 1);
    }

    #[tokio::test]
    async fn an_answer_in_parts_is_gathered() {
        let script = Script::new(&[&[1, 0x61, 0x02], &[2, 0x61, 0x00], &[0x6C, 0x01], &[3, 0x90, 0x00]]);
        let response = framing(&script, false)
            .exchange(&Command::new(0xCA, 0, 0).expecting(256))
            .await
            .unwrap();
        assert_eq!(
            response,
            Response {
                data: vec![1, 2, 3],
                status: Status::OK
            }
        );
        let sent = script.sent();
        assert_eq!(
            sent[1..],
            [vec![0, 0xC0, 0, 0, 2], vec![0, 0xC0, 0, 0, 0], vec![0, 0xC0, 0, 0, 1]]
        );
    }

    #[tokio::test]
    async fn an_answer_without_end_is_given_up() {
        let script = Script::new(&[&[0x61, 0x00]]);
        let ended = framing(&script, false)
            .exchange(&Command::new(0xCA, 0, 0).expecting(256))
            .await;
        assert_eq!(ended, Err(CardError::Malformed("an answer without end")));
        assert_eq!(script.sent().len(), MOST_PARTS + 1);
    }

    #[tokio::test]
    async fn a_card_that_is_never_done_is_given_up_and_the_next_operation_begins_afresh() {
        let script = Script::new(&[&[0x90, 0x00]]);
        let framing = framing(&script, false);
        let read = Command::new(0xB0, 0, 0).expecting(256);
        for _ in 0..MOST_COMMANDS {
            framing.exchange(&read).await.unwrap();
        }
        assert_eq!(
            framing.exchange(&read).await,
            Err(CardError::Malformed("a card that is never done"))
        );
        assert_eq!(script.sent().len(), MOST_COMMANDS);
        framing.begin();
        assert!(framing.exchange(&read).await.is_ok());
    }

    #[tokio::test]
    async fn a_wrong_length_is_corrected_once() {
        let script = Script::new(&[&[0x6C, 0x10]]);
        let response = framing(&script, false)
            .exchange(&Command::new(0xB0, 0, 0).expecting(256))
            .await
            .unwrap();
        assert_eq!(response.status, Status(0x6C10));
        assert_eq!(script.sent(), [[0, 0xB0, 0, 0, 0], [0, 0xB0, 0, 0, 0x10]]);
    }

    #[tokio::test]
    async fn a_command_with_reference_data_is_sent_once_whatever_comes_back() {
        for answer in [[0x6C, 0x08], [0x61, 0x08], [0x63, 0xC2], [0x69, 0x82]] {
            let script = Script::new(&[&answer]);
            let verify = Command::new(0x20, 0, 0x81).with_data(b"486213");
            let status = framing(&script, false).send_once(&verify).await.unwrap();
            assert_eq!((status, script.sent().len()), (Status(u16::from_be_bytes(answer)), 1));
            assert!(framing(&script, false).exchange(&verify).await.is_err());
            assert_eq!(script.sent().len(), 1);
        }
    }

    #[tokio::test]
    async fn an_answer_without_status_word_is_malformed() {
        let script = Script::new(&[&[0x90]]);
        let framing = framing(&script, false);
        let ended = framing.exchange(&Command::new(0xB0, 0, 0).expecting(256)).await;
        assert_eq!(ended, Err(CardError::Malformed("an answer without status word")));
        let verify = Command::new(0x20, 0, 0x81).with_data(b"486213");
        assert_eq!(
            framing.send_once(&verify).await.unwrap_err().delivery(),
            Delivery::Unknown
        );
    }
}
