//! Plays a recorded conversation against the engine: the card answers what it is recorded to have answered, for as long as
//! the engine asks what it is recorded to have been asked.

use std::sync::{Arc, Mutex};

use basvuru::card::{Card, CardError, KnownCards, PinConsent};
use basvuru::digest::{Digest, DigestAlgorithm};
use basvuru::secret::Pin;

use super::certificate::Kind;
use super::channel::{Replayed, Sent, State, locked};
use super::memory::{memories, memory_of_another};
use super::shape::Shape;
use super::stand_in::{Guessed, Guesses, Hints, StandIn, is_certificate};
use super::{CHAINING, Exchange, Trace, TracedAnswer, TracedCommand};

/// How often the conversation is played to find out what the card's values were, and how many octets are made up for it.
const MOST_RUNS: usize = 3_000;
const MOST_MADE: usize = 1 << 28;
/// PINs that suit most rules. They are sent nowhere.
const PIN: &[u8] = b"123456";
const OTHER_PIN: &[u8] = b"654321";

/// What came of playing a trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Played {
    /// How many commands the engine sent as they are recorded.
    pub agreed: usize,
    /// The command that comes after them.
    pub next: Place,
    /// How it ended.
    pub verdict: Verdict,
    /// The last command of those that the card refused.
    pub refused: Option<Refusal>,
}

/// Where in a trace a command is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Its number in its conversation, counted from 1.
    pub number: usize,
    /// Whether that is the earlier conversation, in which the card's files were read.
    pub in_reading: bool,
}

/// How playing a trace ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Engine and card agreed to the end, and did what was asked.
    Agreed,
    /// They agreed to the end, which is that the engine gives up.
    GivenUp(CardError),
    /// They agreed as far as the trace tells, or as far as it is played.
    Untold {
        /// How many commands were left out of the trace; none where what follows is not played.
        left_out: u64,
    },
    /// The engine sends another command than the one that is recorded, or one where none is.
    Parted {
        /// What the engine sends.
        engine: Sent,
        /// What is recorded.
        traced: Option<Told>,
        /// Whether the card was one that was remembered, and what was read of it is not in the trace.
        remembered: bool,
    },
    /// The engine ends where the trace goes on.
    Stopped {
        /// Why; `None` where it has done what was asked.
        because: Option<CardError>,
        /// What is recorded.
        traced: Told,
    },
}

/// A command that is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// CLA, INS, P1 and P2.
    pub header: [u8; 4],
    /// The status word; `None` where there was no answer.
    pub status: Option<u16>,
}

/// A command that the card refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Where it is.
    pub place: Place,
    /// What it is, and the answer.
    pub told: Told,
}

impl Trace {
    /// Plays the conversation against the engine. What the trace does not tell of the card's values is found out by playing
    /// it with others, for as long as the engine comes further by it.
    pub async fn play(&self) -> Played {
        let trace = Arc::new(self.clone());
        let hints = Arc::new(Hints::of(self));
        let memories = if self.is_of_a_remembered_card() {
            memories(self, self.last.link.info()).await
        } else if self.looks_for_another_card() {
            memory_of_another(self, self.last.link.info())
                .await
                .into_iter()
                .collect()
        } else {
            Vec::new()
        };
        let mut best = run(&trace, &hints, &memories, Guesses::default()).await;
        let (mut runs, mut made) = (1, best.made);
        while !best.is_whole(self) {
            let singles = best.alternatives();
            let pairs = pairs(&singles, MOST_RUNS);
            let changes = singles.iter().map(|change| vec![*change]).chain(pairs);
            let mut further: Option<Run> = None;
            for (number, change) in changes.enumerate() {
                // Two at once are tried where no other guess alone has helped; of those, the one that helps most is taken.
                let decided = further
                    .as_ref()
                    .is_some_and(|run| number >= singles.len() || run.is_whole(self));
                if decided || runs >= MOST_RUNS || made >= MOST_MADE {
                    break;
                }
                let mut guesses = best.guesses.clone();
                guesses.chosen.extend(change);
                let tried = run(&trace, &hints, &memories, guesses).await;
                runs += 1;
                made += tried.made;
                if tried.comes_further_than(further.as_ref().unwrap_or(&best)) {
                    further = Some(tried);
                }
            }
            let Some(further) = further else { break };
            best = further;
        }
        best.played(self)
    }

    /// All commands, those of the earlier conversation first.
    pub(super) fn exchanges(&self) -> impl Iterator<Item = &Exchange> {
        let reading = self.reading.iter().flat_map(|reading| &reading.exchanges);
        reading.chain(&self.last.exchanges)
    }

    pub(super) fn exchange(&self, index: usize) -> Option<&Exchange> {
        match index.checked_sub(self.read_before()) {
            Some(index) => self.last.exchanges.get(index),
            None => self.reading.as_ref()?.exchanges.get(index),
        }
    }

    /// How many commands the earlier conversation has.
    pub(super) fn read_before(&self) -> usize {
        self.reading.as_ref().map_or(0, |reading| reading.exchanges.len())
    }

    fn length(&self) -> usize {
        self.read_before() + self.last.exchanges.len()
    }

    fn place(&self, index: usize) -> Place {
        let before = index.checked_sub(self.read_before());
        Place {
            number: before.unwrap_or(index) + 1,
            in_reading: before.is_none(),
        }
    }

    /// What is to be signed, where the trace tells it.
    fn digest(&self) -> Option<Digest> {
        let mut gathered = Vec::new();
        self.exchanges().find_map(|exchange| {
            let TracedCommand::Whole(command) = &exchange.command else {
                return None;
            };
            match [command.instruction, command.p1, command.p2] {
                [0x2A, 0x90, 0xA0] => of_signed(command.data().get(2..)?),
                [0x2A, 0x9E, 0x9A] | [0x88, ..] => {
                    gathered.extend_from_slice(command.data());
                    of_signed(&gathered).filter(|_| command.class & CHAINING == 0)
                }
                _ => None,
            }
        })
    }

    /// What is recorded under this number, counted from 0.
    fn told(&self, index: usize) -> Option<Told> {
        let exchange = self.exchange(index)?;
        let status = match exchange.answer {
            TracedAnswer::Whole { status, .. } | TracedAnswer::Redacted { status, .. } => Some(status),
            TracedAnswer::Failed { .. } => None,
        };
        Some(Told {
            header: exchange.command.header(),
            status,
        })
    }

    /// Whether the PIN comes before any file of the application could have been read.
    fn is_of_a_remembered_card(&self) -> bool {
        let mut instructions = self.exchanges().map(|exchange| exchange.command.instruction());
        let with_pin = instructions.position(|instruction| matches!(instruction, 0x20 | 0x22 | 0x24));
        // Selecting the application and reading its TokenInfo take no more, unless a certificate proves it.
        let soon = with_pin.is_some_and(|place| place <= 6) || self.length() <= 4 || self.proof().is_some();
        self.reading.is_none() && soon
    }

    /// The certificate that proves a card to be the remembered one, and the file it is in: it is read before anything else is but
    /// TokenInfo.
    pub(super) fn proof(&self) -> Option<(Vec<u8>, &Shape)> {
        let mut file = Vec::new();
        for exchange in &self.last.exchanges {
            if let TracedCommand::Redacted {
                selects: Some(selects), ..
            } = &exchange.command
            {
                file.clone_from(selects);
            }
            let [_, instruction, p1, _] = exchange.command.header();
            // Of a short identifier's file, the last bits of its name are known, and no more is asked for.
            if instruction == 0xB0 && p1 & 0x80 != 0 {
                file = vec![0x43, p1 & 0x1F];
            }
            let is_directory = file.ends_with(&[0x50, 0x31]) || (instruction, p1) == (0xB0, 0x91);
            let certificate = match &exchange.answer {
                TracedAnswer::Redacted { objects, .. } => objects.first().filter(|first| is_certificate(first)),
                TracedAnswer::Whole { .. } | TracedAnswer::Failed { .. } => None,
            };
            match certificate {
                _ if is_directory => return None,
                Some(certificate) => return Some((file, certificate)),
                None => {}
            }
        }
        None
    }

    /// Whether a card with the same answer to reset was remembered and looked for: the application is selected, its serial
    /// number read, and then the card is read as a new one, from the selection on.
    fn looks_for_another_card(&self) -> bool {
        let mut selections = self.exchanges().take(6).map(|exchange| &exchange.command);
        let first = selections.next();
        first.is_some_and(|first| first.instruction() == 0xA4 && selections.any(|later| later == first))
    }

    /// How much is read, one part after the other, from here on.
    pub(super) fn read_after(&self, index: usize) -> usize {
        let following = self.exchanges().skip(index + 1);
        let reads = following.take_while(|exchange| matches!(exchange.command.instruction(), 0xB0 | 0xB1 | 0xC0));
        let lengths = reads.map(|exchange| match &exchange.answer {
            TracedAnswer::Redacted { length, .. } => *length,
            TracedAnswer::Whole { .. } | TracedAnswer::Failed { .. } => 0,
        });
        lengths.sum()
    }
}

/// The digest in what is given to be signed: alone, or at the end of a DigestInfo.
fn of_signed(data: &[u8]) -> Option<Digest> {
    let is_at_the_end = |length: &usize| {
        let head = [0x05, 0x00, 0x04, u8::try_from(*length).unwrap_or(0)];
        let start = data.len().checked_sub(length + 4);
        start.and_then(|start| data.get(start..start + 4)) == Some(&head)
    };
    let length = [64, 48, 32].into_iter().find(is_at_the_end).unwrap_or(data.len());
    let algorithm = match length {
        32 => DigestAlgorithm::Sha256,
        48 => DigestAlgorithm::Sha384,
        64 => DigestAlgorithm::Sha512,
        _ => return None,
    };
    let value = data.get(data.len() - length..)?.to_vec();
    Some(Digest { algorithm, value })
}

/// Two guesses at once, of different values: no more than `most`.
fn pairs(singles: &[(Guessed, usize)], most: usize) -> Vec<Vec<(Guessed, usize)>> {
    let of_one = |(place, one): (usize, &(Guessed, usize))| {
        let one = *one;
        let later = singles.iter().skip(place + 1).filter(move |other| other.0 != one.0);
        later.map(move |other| vec![one, *other])
    };
    singles.iter().enumerate().flat_map(of_one).take(most).collect()
}

/// What came of one run.
struct Run {
    guesses: Guesses,
    met: Vec<(Guessed, usize)>,
    agreed: usize,
    /// What the engine would have sent that is not recorded.
    parted: Option<Sent>,
    ended: Result<(), CardError>,
    /// Whether there is something in the trace that is not played.
    unplayed: bool,
    made: usize,
}

impl Run {
    fn is_whole(&self, trace: &Trace) -> bool {
        self.unplayed || self.parted.is_none() && self.agreed == trace.length()
    }

    fn comes_further_than(&self, other: &Self) -> bool {
        let how_far = |run: &Self| (run.agreed, run.parted.is_none());
        how_far(self) > how_far(other)
    }

    /// Every other guess that could have been made. What was guessed last matters first.
    fn alternatives(&self) -> Vec<(Guessed, usize)> {
        let others = |(guessed, count): &(Guessed, usize)| {
            let (guessed, chosen) = (*guessed, self.guesses.chosen.get(guessed).copied().unwrap_or(0));
            (0..*count)
                .filter(move |other| *other != chosen)
                .map(move |other| (guessed, other))
        };
        self.met.iter().rev().flat_map(others).collect()
    }

    fn played(self, trace: &Trace) -> Played {
        let refused = (0..self.agreed).rev().find_map(|index| {
            let told = trace.told(index)?;
            let done = |status| matches!(status, 0x9000 | 0x6282 | 0x6100..=0x61FF | 0x6C00..=0x6CFF);
            let place = trace.place(index);
            (!told.status.is_some_and(done)).then_some(Refusal { place, told })
        });
        let left_out = trace.last.left_out;
        let verdict = match (self.parted, trace.told(self.agreed)) {
            _ if self.unplayed => Verdict::Untold { left_out: 0 },
            (_, None) if left_out > 0 => Verdict::Untold { left_out },
            (Some(engine), traced) => Verdict::Parted {
                engine,
                traced,
                remembered: self.agreed <= 3 && trace.is_of_a_remembered_card(),
            },
            (None, Some(traced)) => Verdict::Stopped {
                because: self.ended.err(),
                traced,
            },
            (None, None) => match self.ended {
                Ok(()) => Verdict::Agreed,
                Err(error) => Verdict::GivenUp(error),
            },
        };
        Played {
            agreed: self.agreed,
            next: trace.place(self.agreed),
            verdict,
            refused,
        }
    }
}

async fn run(trace: &Arc<Trace>, hints: &Arc<Hints>, memories: &[Vec<u8>], guesses: Guesses) -> Run {
    let state = State::new(StandIn::new(Arc::clone(hints), guesses));
    let state = Arc::new(Mutex::new(state));
    let mut unplayed = false;
    let ended = drive(trace, &state, memories, &mut unplayed).await;
    let state = locked(&state);
    Run {
        guesses: state.card.guesses().clone(),
        met: state.card.met(),
        agreed: state.next,
        parted: state.parted.clone(),
        ended,
        unplayed,
        made: state.made,
    }
}

/// Has the engine do what was done, conversation by conversation.
async fn drive(
    trace: &Arc<Trace>,
    state: &Arc<Mutex<State>>,
    memories: &[Vec<u8>],
    unplayed: &mut bool,
) -> Result<(), CardError> {
    let mut known = KnownCards::default();
    if !memories.is_empty() {
        // The last guess is that there was none.
        let remembered = locked(state).card.remembered(memories.len() + 1);
        known = memories
            .get(remembered)
            .map_or(known, |memory| KnownCards::from_bytes(memory));
    }
    let begin = trace.read_before();
    if begin > 0 {
        let ended = converse(trace, state, begin, &known, unplayed).await;
        let state = locked(state);
        if state.next != begin || state.parted.is_some() {
            return ended;
        }
    }
    converse(trace, state, trace.length(), &known, unplayed).await
}

/// Reads the card, and signs or changes the PIN as often as that is recorded up to the exchange with this number.
async fn converse(
    trace: &Arc<Trace>,
    state: &Arc<Mutex<State>>,
    end: usize,
    known: &KnownCards,
    unplayed: &mut bool,
) -> Result<(), CardError> {
    let channel = Arc::new(Replayed {
        trace: Arc::clone(trace),
        state: Arc::clone(state),
        end,
    });
    let mut card = Card::open_known(channel, |_| String::new(), known).await?;
    loop {
        let before = locked(state).next;
        let rest = trace.exchanges().take(end).skip(before);
        let mut rest = rest.map(|exchange| exchange.command.instruction());
        let work = rest.find(|instruction| matches!(instruction, 0x20 | 0x22 | 0x24 | 0x2C));
        let Some(work) = work else { return Ok(()) };
        let chosen = locked(state).card.decide(before, card.signing_keys().len());
        let Some(key) = card.signing_keys().get(chosen).cloned() else {
            return Ok(());
        };
        let consent = PinConsent::new(Arc::new(Pin::new(PIN))).confirming_last_try();
        match work {
            0x24 => card.change_pin(&key, consent, Arc::new(Pin::new(OTHER_PIN))).await?,
            0x2C => {
                *unplayed = true;
                return Ok(());
            }
            _ => {
                locked(state).kind = Some(Kind::of(key.algorithm));
                let usual = || key.algorithm.digest_algorithm().digest(b"");
                let digest = trace.digest().unwrap_or_else(usual);
                card.sign(&key, consent, &digest).await?;
            }
        }
        if locked(state).next == before {
            return Ok(());
        }
    }
}
