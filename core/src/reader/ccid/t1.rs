//! The host's side of T=1 (ISO/IEC 7816-3:2006, 11): blocks in, blocks out, no I/O and no clock.
//!
//! A block that the card did not get is sent again, because its number tells the card the copies apart. Once both sides
//! have had to resynchronise, the numbers tell nothing any more: the command is given up and never sent again.
//!
//! What is invalid, or does not come, is answered by what was sent last (11.6.3.2, rule 7): after an R-block the same
//! R-block, since one with another error code would ask for something else; after an I-block an R-block, which asks the
//! card where it is.

use zeroize::Zeroizing;

use super::atr::ErrorDetection;

/// Faults in a row before the sides are resynchronised.
const MOST_FAULTS: u8 = 2;
/// How often one block of ours that the card did not get is sent again.
const MOST_REPEATS: u8 = 3;
/// Attempts to resynchronise.
const MOST_RESYNCHRONISATIONS: u8 = 3;
/// Waiting time extensions, and other requests of the card, in one exchange.
const MOST_REQUESTS: u16 = 100;
/// The longest answer, in octets: an extended one with its status word.
const MOST_ANSWER: usize = 65_538;
/// The longest information field.
pub(crate) const MOST_INFORMATION: u8 = 254;

const MORE: u8 = 0x20;
const SEQUENCE: u8 = 0x40;
const R_BLOCK: u8 = 0x80;
const R_SEQUENCE: u8 = 0x10;
const R_DAMAGED: u8 = 0x01;
const R_OTHER: u8 = 0x02;
const S_RESYNCHRONISE: u8 = 0xC0;
const S_INFORMATION_SIZE: u8 = 0xC1;
const S_ABORT: u8 = 0xC2;
const S_WAITING_TIME: u8 = 0xC3;
const S_RESPONSE: u8 = 0x20;

/// What the link did while an answer was awaited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Received<'a> {
    /// Octets came.
    Block(&'a [u8]),
    /// Octets came and the reader found them damaged.
    Damaged,
    /// Nothing came in time.
    Nothing,
}

/// What to do next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Send a block and wait for the answer, so many times as long as usual.
    Send { block: Zeroizing<Vec<u8>>, waiting: u8 },
    /// The exchange is over, with the card's answer.
    Done(Vec<u8>),
    /// The exchange has failed. What the card made of the command is unknown.
    Failed(Fault),
}

/// Why an exchange failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The card does not answer.
    Mute,
    /// The card's blocks make no sense.
    Protocol,
    /// The card gave the exchange up.
    Aborted,
}

/// One side of a T=1 connection, over many exchanges.
pub(crate) struct T1 {
    detection: ErrorDetection,
    /// The longest information field the card takes.
    information_size: usize,
    /// The number of the next I-block from here, and of the next one expected.
    sending: bool,
    expecting: bool,
    exchange: Exchange,
    faults: u8,
    repeats: u8,
    requests: u16,
    /// The R-block that was sent last, where no other block has been sent since.
    asked: Option<u8>,
    out_of_step: bool,
}

/// What is under way.
enum Exchange {
    Idle,
    /// The card is being told how long our information field is.
    TellingSize(u8),
    /// The part of the command from `start` to `end` has been sent and is not yet acknowledged.
    Sending {
        command: Zeroizing<Vec<u8>>,
        start: usize,
        end: usize,
    },
    /// Parts of the answer have come.
    Receiving(Vec<u8>),
    /// The card has asked for an abort and been granted it.
    Aborting,
    Resynchronising {
        attempts: u8,
        because: Fault,
    },
}

/// A block as it was read.
enum Block<'a> {
    Information {
        number: bool,
        more: bool,
        information: &'a [u8],
    },
    Receipt {
        number: bool,
    },
    Supervision {
        control: u8,
        information: &'a [u8],
    },
}

impl T1 {
    /// A connection to a card just reset, which takes information fields of `information_size` octets.
    pub(crate) fn new(detection: ErrorDetection, information_size: u8) -> Self {
        Self {
            detection,
            information_size: usize::from(information_size.clamp(1, MOST_INFORMATION)),
            sending: false,
            expecting: false,
            exchange: Exchange::Idle,
            faults: 0,
            repeats: 0,
            requests: 0,
            asked: None,
            out_of_step: false,
        }
    }

    /// Whether the card would not resynchronise: what it makes of the next block is anybody's guess.
    pub(crate) fn is_out_of_step(&self) -> bool {
        self.out_of_step
    }

    /// Tells the card how long an information field it may send.
    pub(crate) fn tell_size(&mut self, size: u8) -> Step {
        self.begin(Exchange::TellingSize(size));
        self.supervision(S_INFORMATION_SIZE, &[size])
    }

    /// Sends a command APDU.
    pub(crate) fn transmit(&mut self, command: Zeroizing<Vec<u8>>) -> Step {
        let end = command.len().min(self.information_size);
        self.begin(Exchange::Sending { command, start: 0, end });
        self.information()
    }

    /// Takes what came.
    pub(crate) fn receive(&mut self, received: Received<'_>) -> Step {
        let block = match received {
            Received::Block(octets) => self.parse(octets),
            Received::Damaged => Err(R_DAMAGED),
            Received::Nothing => Err(R_OTHER),
        };
        let fault = if received == Received::Nothing {
            Fault::Mute
        } else {
            Fault::Protocol
        };
        if matches!(self.exchange, Exchange::Aborting) {
            self.exchange = Exchange::Idle;
            return Step::Failed(Fault::Aborted);
        }
        if let Exchange::Resynchronising { attempts, because } = self.exchange {
            let resynchronised = matches!(
                block,
                Ok(Block::Supervision { control, .. }) if control == S_RESYNCHRONISE | S_RESPONSE
            );
            return self.resynchronising(attempts, because, resynchronised);
        }
        match block {
            Err(error) => self.fault(error, fault),
            Ok(Block::Information {
                number,
                more,
                information,
            }) => self.on_information(number, more, information),
            Ok(Block::Receipt { number }) => self.on_receipt(number),
            Ok(Block::Supervision { control, information }) => self.on_supervision(control, information),
        }
    }

    fn begin(&mut self, exchange: Exchange) {
        self.exchange = exchange;
        self.requests = 0;
        self.progress();
    }

    /// The exchange is one block nearer to its end.
    fn progress(&mut self) {
        self.faults = 0;
        self.repeats = 0;
        self.asked = None;
    }

    fn on_information(&mut self, number: bool, more: bool, information: &[u8]) -> Step {
        let mut answer = match std::mem::replace(&mut self.exchange, Exchange::Idle) {
            // The answer acknowledges the last part of the command, and only that.
            Exchange::Sending { command, end, .. } if end == command.len() && number == self.expecting => {
                self.sending = !self.sending;
                Vec::new()
            }
            Exchange::Receiving(answer) if number == self.expecting => answer,
            // Asked for its answer, a card that has not got the command may repeat the answer to the one before.
            other @ Exchange::Sending { start: 0, .. } if number != self.expecting && self.asked.is_some() => {
                self.exchange = other;
                return self.repeat();
            }
            other @ (Exchange::Idle
            | Exchange::TellingSize(_)
            | Exchange::Sending { .. }
            | Exchange::Receiving(_)
            | Exchange::Aborting
            | Exchange::Resynchronising { .. }) => {
                self.exchange = other;
                return self.fault(R_OTHER, Fault::Protocol);
            }
        };
        self.expecting = !self.expecting;
        self.progress();
        answer.extend_from_slice(information);
        // A part with nothing in it brings the exchange no nearer to its end.
        self.requests += u16::from(information.is_empty());
        if answer.len() > MOST_ANSWER || self.requests > MOST_REQUESTS {
            return self.resynchronise(Fault::Protocol);
        }
        if !more {
            return Step::Done(answer);
        }
        self.exchange = Exchange::Receiving(answer);
        self.receipt(0)
    }

    fn on_receipt(&mut self, number: bool) -> Step {
        let acknowledged = number != self.sending;
        match &mut self.exchange {
            Exchange::Sending { command, start, end } if acknowledged && *end < command.len() => {
                *start = *end;
                *end = command.len().min(*start + self.information_size);
                self.sending = !self.sending;
                self.progress();
                self.information()
            }
            Exchange::Sending { .. } if !acknowledged => self.repeat(),
            Exchange::Idle
            | Exchange::TellingSize(_)
            | Exchange::Sending { .. }
            | Exchange::Receiving(_)
            | Exchange::Aborting
            | Exchange::Resynchronising { .. } => self.fault(R_OTHER, Fault::Protocol),
        }
    }

    fn on_supervision(&mut self, control: u8, information: &[u8]) -> Step {
        if let (Exchange::TellingSize(size), [told]) = (&self.exchange, information)
            && control == S_INFORMATION_SIZE | S_RESPONSE
            && told == size
        {
            self.exchange = Exchange::Idle;
            return Step::Done(Vec::new());
        }
        self.requests += 1;
        if self.requests > MOST_REQUESTS {
            return self.resynchronise(Fault::Protocol);
        }
        match (control, information) {
            (S_WAITING_TIME, [multiplier]) => {
                self.faults = 0;
                self.asked = None;
                let block = self.block(S_WAITING_TIME | S_RESPONSE, &[*multiplier]);
                Step::Send {
                    block,
                    waiting: (*multiplier).max(1),
                }
            }
            (S_INFORMATION_SIZE, [size @ 1..=MOST_INFORMATION]) => {
                self.information_size = usize::from(*size);
                self.supervision(S_INFORMATION_SIZE | S_RESPONSE, &[*size])
            }
            (S_ABORT, []) => {
                self.exchange = Exchange::Aborting;
                self.supervision(S_ABORT | S_RESPONSE, &[])
            }
            _ => self.fault(R_OTHER, Fault::Protocol),
        }
    }

    /// Sends the part of the command again that the card has said it has not got, under its number.
    fn repeat(&mut self) -> Step {
        self.faults = 0;
        self.repeats += 1;
        if self.repeats > MOST_REPEATS {
            return self.resynchronise(Fault::Protocol);
        }
        self.information()
    }

    /// Asks for what did not come, or resynchronises where asking has not helped.
    fn fault(&mut self, error: u8, because: Fault) -> Step {
        if let Some(step) = self.count_fault(because) {
            return step;
        }
        if let Exchange::TellingSize(size) = self.exchange {
            return self.supervision(S_INFORMATION_SIZE, &[size]);
        }
        self.receipt(error)
    }

    fn count_fault(&mut self, because: Fault) -> Option<Step> {
        self.faults += 1;
        (self.faults > MOST_FAULTS).then(|| self.resynchronise(because))
    }

    fn resynchronise(&mut self, because: Fault) -> Step {
        self.exchange = Exchange::Resynchronising { attempts: 1, because };
        self.supervision(S_RESYNCHRONISE, &[])
    }

    /// The command is not sent again: the card may have carried it out, and the numbers that would tell are gone.
    fn resynchronising(&mut self, attempts: u8, because: Fault, resynchronised: bool) -> Step {
        if !resynchronised && attempts < MOST_RESYNCHRONISATIONS {
            self.exchange = Exchange::Resynchronising {
                attempts: attempts + 1,
                because,
            };
            return self.supervision(S_RESYNCHRONISE, &[]);
        }
        self.exchange = Exchange::Idle;
        self.out_of_step |= !resynchronised;
        (self.sending, self.expecting) = (false, false);
        Step::Failed(because)
    }

    /// The part of the command that is to be acknowledged, as an I-block.
    fn information(&mut self) -> Step {
        self.asked = None;
        let Exchange::Sending { command, start, end } = &self.exchange else {
            return Step::Failed(Fault::Protocol);
        };
        let number = if self.sending { SEQUENCE } else { 0 };
        let more = if *end < command.len() { MORE } else { 0 };
        Step::Send {
            block: self.block(number | more, command.get(*start..*end).unwrap_or_default()),
            waiting: 1,
        }
    }

    /// An R-block; the same as before where one was sent last.
    fn receipt(&mut self, error: u8) -> Step {
        let number = if self.expecting { R_SEQUENCE } else { 0 };
        let control = *self.asked.get_or_insert(R_BLOCK | number | error);
        Step::Send {
            block: self.block(control, &[]),
            waiting: 1,
        }
    }

    fn supervision(&mut self, control: u8, information: &[u8]) -> Step {
        self.asked = None;
        Step::Send {
            block: self.block(control, information),
            waiting: 1,
        }
    }

    fn block(&self, control: u8, information: &[u8]) -> Zeroizing<Vec<u8>> {
        let length = u8::try_from(information.len()).expect("an information field has at most 254 octets");
        let mut block = Zeroizing::new(Vec::with_capacity(information.len() + 5));
        block.extend_from_slice(&[0, control, length]);
        block.extend_from_slice(information);
        let check = self.check(&block);
        block.extend_from_slice(&check);
        block
    }

    /// Reads a block, or says which error to report.
    fn parse<'a>(&self, octets: &'a [u8]) -> Result<Block<'a>, u8> {
        let check_length = match self.detection {
            ErrorDetection::Lrc => 1,
            ErrorDetection::Crc => 2,
        };
        let (protected, check) = octets
            .split_at_checked(octets.len().wrapping_sub(check_length))
            .ok_or(R_DAMAGED)?;
        if self.check(protected) != check {
            return Err(R_DAMAGED);
        }
        let [0, control, length, information @ ..] = protected else {
            return Err(R_OTHER);
        };
        if usize::from(*length) != information.len() || *length > MOST_INFORMATION {
            return Err(R_OTHER);
        }
        let control = *control;
        match control & 0xC0 {
            0xC0 => Ok(Block::Supervision { control, information }),
            R_BLOCK if information.is_empty() => Ok(Block::Receipt {
                number: control & R_SEQUENCE != 0,
            }),
            R_BLOCK => Err(R_OTHER),
            _ => Ok(Block::Information {
                number: control & SEQUENCE != 0,
                more: control & MORE != 0,
                information,
            }),
        }
    }

    fn check(&self, octets: &[u8]) -> Vec<u8> {
        match self.detection {
            ErrorDetection::Lrc => vec![octets.iter().fold(0, |check, octet| check ^ octet)],
            // ISO/IEC 13239: x^16 + x^12 + x^5 + 1, reflected, preset to ones.
            ErrorDetection::Crc => {
                let step = |check: u16, octet: &u8| {
                    (0..8).fold(check ^ u16::from(*octet), |check, _| {
                        check >> 1 ^ if check & 1 == 1 { 0x8408 } else { 0 }
                    })
                };
                octets.iter().fold(0xFFFF, step).to_be_bytes().to_vec()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sent(step: Step) -> Vec<u8> {
        let Step::Send { block, .. } = step else {
            panic!("{step:?}")
        };
        block.to_vec()
    }

    fn with_lrc(octets: &[u8]) -> Vec<u8> {
        [octets, &[octets.iter().fold(0, |check, octet| check ^ octet)]].concat()
    }

    fn connection() -> T1 {
        T1::new(ErrorDetection::Lrc, 32)
    }

    fn begun() -> T1 {
        let mut t1 = connection();
        let block = sent(t1.transmit(Zeroizing::new(vec![0, 0xA4, 0, 0])));
        assert_eq!(block, with_lrc(&[0, 0, 4, 0, 0xA4, 0, 0]));
        t1
    }

    #[test]
    fn commands_and_answers_are_numbered_alternately() {
        let mut t1 = begun();
        assert_eq!(
            t1.receive(Received::Block(&with_lrc(&[0, 0, 2, 0x90, 0]))),
            Step::Done(vec![0x90, 0])
        );
        let block = sent(t1.transmit(Zeroizing::new(vec![0, 0xB0, 0, 0, 0])));
        assert_eq!(block[1], SEQUENCE);
        assert_eq!(
            t1.receive(Received::Block(&with_lrc(&[0, SEQUENCE, 2, 0x90, 0]))),
            Step::Done(vec![0x90, 0])
        );
    }

    #[test]
    fn long_commands_and_answers_are_chained() {
        let mut t1 = connection();
        let first = sent(t1.transmit(Zeroizing::new(vec![7; 40])));
        assert_eq!((first[1], first[2]), (MORE, 32));
        let second = sent(t1.receive(Received::Block(&with_lrc(&[0, R_BLOCK | R_SEQUENCE, 0]))));
        assert_eq!((second[1], second[2]), (SEQUENCE, 8));
        let receipt = sent(t1.receive(Received::Block(&with_lrc(&[0, MORE, 2, 1, 2]))));
        assert_eq!(receipt, with_lrc(&[0, R_BLOCK | R_SEQUENCE, 0]));
        let done = t1.receive(Received::Block(&with_lrc(&[0, SEQUENCE, 3, 3, 0x90, 0])));
        assert_eq!(done, Step::Done(vec![1, 2, 3, 0x90, 0]));
    }

    #[test]
    fn a_damaged_answer_is_asked_for_again_and_the_command_is_not_repeated() {
        let mut t1 = begun();
        let asked = sent(t1.receive(Received::Block(&[0, 0, 2, 0x90, 0, 0])));
        assert_eq!(asked, with_lrc(&[0, R_BLOCK | R_DAMAGED, 0]));
        assert_eq!(
            t1.receive(Received::Block(&with_lrc(&[0, 0, 2, 0x90, 0]))),
            Step::Done(vec![0x90, 0])
        );
    }

    #[test]
    fn a_command_that_the_card_did_not_get_is_sent_again_under_its_number() {
        let mut t1 = begun();
        let again = sent(t1.receive(Received::Block(&with_lrc(&[0, R_BLOCK | R_DAMAGED, 0]))));
        assert_eq!(again, with_lrc(&[0, 0, 4, 0, 0xA4, 0, 0]));
    }

    #[test]
    fn after_an_r_block_the_same_r_block_is_sent_whatever_went_wrong_with_its_answer() {
        let mut t1 = begun();
        let first = with_lrc(&[0, MORE, 2, 1, 2]);
        let receipt = with_lrc(&[0, R_BLOCK | R_SEQUENCE, 0]);
        assert_eq!(sent(t1.receive(Received::Block(&first))), receipt);
        assert_eq!(sent(t1.receive(Received::Damaged)), receipt);
        assert_eq!(sent(t1.receive(Received::Nothing)), receipt);
        let next = t1.receive(Received::Block(&with_lrc(&[0, SEQUENCE, 2, 0x90, 0])));
        assert_eq!(next, Step::Done(vec![1, 2, 0x90, 0]));

        let mut t1 = begun();
        let receipt = with_lrc(&[0, R_BLOCK | R_OTHER, 0]);
        assert_eq!(sent(t1.receive(Received::Nothing)), receipt);
        assert_eq!(
            sent(t1.receive(Received::Block(&with_lrc(&[0, R_BLOCK | R_SEQUENCE | R_DAMAGED, 0])))),
            receipt,
            "the card has got the command and not the question"
        );
    }

    #[test]
    fn a_command_that_got_lost_is_sent_again_under_its_number_whether_the_card_asks_for_it_or_repeats_itself() {
        let answer = with_lrc(&[0, 0, 2, 0x90, 0]);
        for reply in [with_lrc(&[0, R_BLOCK | R_SEQUENCE, 0]), answer.clone()] {
            let mut t1 = begun();
            assert!(matches!(t1.receive(Received::Block(&answer)), Step::Done(_)));
            let command = sent(t1.transmit(Zeroizing::new(vec![0, 0x20, 0, 0])));
            assert_eq!(sent(t1.receive(Received::Nothing))[1], R_BLOCK | R_SEQUENCE | R_OTHER);
            let again = sent(t1.receive(Received::Block(&reply)));
            assert_eq!(again, command);
        }
    }

    #[test]
    fn a_card_that_never_gets_a_block_is_given_up() {
        let mut t1 = begun();
        let asks = with_lrc(&[0, R_BLOCK | R_DAMAGED, 0]);
        let blocks: Vec<u8> = (0..20)
            .map_while(|_| match t1.receive(Received::Block(&asks)) {
                Step::Send { block, .. } => Some(block[1]),
                Step::Done(_) | Step::Failed(_) => None,
            })
            .collect();
        assert_eq!(blocks, [0, 0, 0, 0xC0, 0xC0, 0xC0]);
    }

    #[test]
    fn more_time_is_granted_and_waited_for() {
        let mut t1 = begun();
        let step = t1.receive(Received::Block(&with_lrc(&[0, S_WAITING_TIME, 1, 5])));
        assert_eq!(
            step,
            Step::Send {
                block: Zeroizing::new(with_lrc(&[0, 0xE3, 1, 5])),
                waiting: 5
            }
        );
        assert_eq!(
            t1.receive(Received::Block(&with_lrc(&[0, 0, 2, 0x90, 0]))),
            Step::Done(vec![0x90, 0])
        );
    }

    #[test]
    fn endless_requests_end() {
        let mut t1 = begun();
        let request = with_lrc(&[0, S_WAITING_TIME, 1, 1]);
        let blocks = (0..300)
            .take_while(|_| !matches!(t1.receive(Received::Block(&request)), Step::Failed(_)))
            .count();
        assert!(blocks < 110, "{blocks}");
    }

    #[test]
    fn sizes_are_told_both_ways() {
        let mut t1 = connection();
        assert_eq!(sent(t1.tell_size(254)), with_lrc(&[0, S_INFORMATION_SIZE, 1, 254]));
        assert_eq!(
            sent(t1.receive(Received::Damaged)),
            with_lrc(&[0, S_INFORMATION_SIZE, 1, 254]),
            "asked again"
        );
        assert_eq!(
            t1.receive(Received::Block(&with_lrc(&[0, 0xE1, 1, 254]))),
            Step::Done(Vec::new())
        );
        sent(t1.transmit(Zeroizing::new(vec![7; 40])));
        assert_eq!(
            sent(t1.receive(Received::Block(&with_lrc(&[0, S_INFORMATION_SIZE, 1, 4])))),
            with_lrc(&[0, 0xE1, 1, 4])
        );
        let next = sent(t1.receive(Received::Block(&with_lrc(&[0, R_BLOCK | R_SEQUENCE, 0]))));
        assert_eq!(next[2], 4);
    }

    #[test]
    fn a_card_that_stays_silent_is_resynchronised_and_the_command_given_up() {
        let mut t1 = begun();
        let mut blocks = Vec::new();
        let fault = loop {
            match t1.receive(Received::Nothing) {
                Step::Send { block, .. } => blocks.push(block[1]),
                Step::Done(_) => panic!(),
                Step::Failed(fault) => break fault,
            }
        };
        assert_eq!(fault, Fault::Mute);
        assert_eq!(
            blocks,
            [0x82, 0x82, 0xC0, 0xC0, 0xC0],
            "no I-block: the command goes out once"
        );
        assert!(t1.is_out_of_step(), "and no other one after it");
    }

    #[test]
    fn after_resynchronising_the_numbers_begin_anew_and_the_command_is_not_sent_again() {
        let mut t1 = begun();
        for _ in 0..3 {
            sent(t1.receive(Received::Damaged));
        }
        assert_eq!(
            t1.receive(Received::Block(&with_lrc(&[0, 0xE0, 0]))),
            Step::Failed(Fault::Protocol)
        );
        assert_eq!(sent(t1.transmit(Zeroizing::new(vec![0])))[1], 0);
        assert!(!t1.is_out_of_step());
    }

    #[test]
    fn an_abort_of_the_card_is_granted() {
        let mut t1 = begun();
        assert_eq!(
            sent(t1.receive(Received::Block(&with_lrc(&[0, S_ABORT, 0])))),
            with_lrc(&[0, 0xE2, 0])
        );
        assert_eq!(
            t1.receive(Received::Block(&with_lrc(&[0, 0x80, 0]))),
            Step::Failed(Fault::Aborted)
        );
    }

    #[test]
    fn the_cyclic_check_is_the_one_of_iso_13239() {
        // The check value of this code over "123456789", before it is complemented, is 6F91.
        let t1 = T1::new(ErrorDetection::Crc, 254);
        assert_eq!(t1.check(b"123456789"), [0x6F, 0x91]);
    }

    proptest! {
        #[test]
        fn any_blocks_end_in_bounded_steps_and_never_panic(
            blocks in proptest::collection::vec(
                prop_oneof![
                    proptest::collection::vec(any::<u8>(), 0..20).prop_map(Some),
                    (any::<u8>(), proptest::collection::vec(any::<u8>(), 0..8)).prop_map(|(control, information)| {
                        let length = u8::try_from(information.len()).unwrap();
                        Some(with_lrc(&[&[0, control, length], information.as_slice()].concat()))
                    }),
                    Just(None),
                ],
                1..40,
            ),
        ) {
            let mut t1 = connection();
            let mut step = t1.transmit(Zeroizing::new(vec![7; 70]));
            let mut count = 0;
            for block in blocks.iter().cycle().take(100_000) {
                if !matches!(step, Step::Send { .. }) {
                    break;
                }
                count += 1;
                step = t1.receive(block.as_deref().map_or(Received::Nothing, Received::Block));
            }
            prop_assert!(count < 100_000);
        }
    }
}
