//! What the fuzz targets share: cards and readers that answer with whatever the fuzzer likes.
//!
//! Every target runs the core as a shell would, so that what it finds can happen to a person.

mod pins;
pub mod recording;
mod world;

use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use async_trait::async_trait;
use basvuru::reader::{
    CardChannel, CardOutcome, CardStage, ChannelInfo, Delivery, Link, LinkFailure, UsbControl, UsbReader,
};

pub use pins::{image, unblock_by};
pub use world::World;

/// Runs a future that waits for nothing but the pieces of the input.
pub fn finish<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
    }
}

/// The input, cut into pieces: a length, then as many octets, until there is nothing left.
#[derive(Clone)]
pub struct Pieces(Arc<Mutex<Vec<u8>>>);

impl Pieces {
    /// Pieces of an input.
    #[must_use]
    pub fn of(input: &[u8]) -> Self {
        Self(Arc::new(Mutex::new(input.iter().rev().copied().collect())))
    }

    /// The next octet.
    #[must_use]
    pub fn octet(&self) -> Option<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    /// The next piece; shorter than announced where the input ends.
    #[must_use]
    pub fn next(&self) -> Option<Vec<u8>> {
        let length = usize::from(self.octet()?);
        Some((0..length).map_while(|_| self.octet()).collect())
    }
}

/// A card that answers with pieces of the input. An odd octet before a piece adds 9000, without which few answers would
/// ever be looked at.
pub struct HostileCard {
    pieces: Pieces,
    link: Link,
}

impl HostileCard {
    /// A card that lives on an input.
    #[must_use]
    pub fn on(input: &[u8]) -> Arc<Self> {
        let pieces = Pieces::of(input);
        let link = if pieces.octet().unwrap_or(0) & 1 == 0 {
            Link::Contact
        } else {
            Link::Nfc
        };
        Arc::new(Self { pieces, link })
    }
}

#[async_trait]
impl CardChannel for HostileCard {
    async fn info(&self) -> Result<ChannelInfo, LinkFailure> {
        let atr = self.pieces.next();
        Ok(ChannelInfo {
            link: self.link,
            historical_bytes: self.pieces.next().unwrap_or_default(),
            max_command_length: 261,
            max_response_length: 258,
            extended_length: atr.as_ref().is_some_and(|atr| atr.len() % 2 == 1),
            atr,
        })
    }

    async fn transmit(&self, _: Vec<u8>) -> Result<Vec<u8>, LinkFailure> {
        let lost = LinkFailure::CardLost {
            delivery: Delivery::Unknown,
        };
        let kind = self.pieces.octet().ok_or_else(|| lost.clone())?;
        let mut answer = self.pieces.next().ok_or(lost)?;
        if kind & 1 == 1 {
            answer.extend_from_slice(&[0x90, 0x00]);
        }
        Ok(answer)
    }

    async fn tell(&self, _: CardStage, _: String) -> Result<(), LinkFailure> {
        Ok(())
    }

    async fn close(&self, _: CardOutcome) -> Result<(), LinkFailure> {
        Ok(())
    }
}

/// How much of a reader is left to the fuzzer.
pub enum Honesty {
    /// Nothing holds: descriptors and transfers are pieces of the input.
    None,
    /// Descriptors and CCID messages are a reader's, at the level of T=1 blocks; the ATR and the blocks are pieces.
    Framing {
        /// The answer to reset; a piece where there is none.
        atr: Option<&'static [u8]>,
    },
}

/// T=1, IFSC 254, BWI 4, CWI 5: the answer to reset of a card whose blocks end in the exclusive-or of their octets.
pub const ATR: &[u8] = &[0x3B, 0x80, 0x81, 0x31, 0xFE, 0x45, 0x8B];
/// The same with blocks that end in a CRC.
pub const ATR_WITH_CRC: &[u8] = &[0x3B, 0x80, 0x81, 0x71, 0xFE, 0x45, 0x01, 0xCA];

/// The reader of the target `t1`: the first octet chooses the card.
#[must_use]
pub fn reader_of_blocks(input: &[u8], descriptors: Vec<u8>) -> Arc<HostileReader> {
    let (choice, blocks) = input.split_first().unwrap_or((&0, &[]));
    let atr = if choice & 1 == 1 { ATR_WITH_CRC } else { ATR };
    HostileReader::on(blocks, Honesty::Framing { atr: Some(atr) }, descriptors)
}

/// A USB reader on an input.
pub struct HostileReader {
    pieces: Pieces,
    honesty: Honesty,
    descriptors: Vec<u8>,
    /// The message that waits for its answer.
    asked: Mutex<Option<Vec<u8>>>,
}

impl HostileReader {
    /// A reader that lives on an input. `descriptors` are an honest one's.
    #[must_use]
    pub fn on(input: &[u8], honesty: Honesty, descriptors: Vec<u8>) -> Arc<Self> {
        Arc::new(Self {
            pieces: Pieces::of(input),
            honesty,
            descriptors,
            asked: Mutex::new(None),
        })
    }

    /// A T=1 block (ISO/IEC 7816-3:2006, 11.3): a piece, to which an odd octet before it gives length and checksum, without
    /// which few blocks would ever be looked into.
    fn block(&self, crc: bool) -> Option<Vec<u8>> {
        let kind = self.pieces.octet()?;
        let piece = self.pieces.next()?;
        let Some((control, information)) = piece.split_first().filter(|_| kind & 1 == 1) else {
            return Some(piece);
        };
        let mut block = vec![0, *control, u8::try_from(information.len()).unwrap_or(u8::MAX)];
        block.extend_from_slice(information);
        if crc {
            // ISO/IEC 13239, by the bit.
            let bits = block.iter().flat_map(|octet| (0..8).map(move |bit| octet >> bit & 1));
            let check = bits.fold(0xFFFF_u16, |check, bit| {
                let carry = u16::from(bit) ^ check & 1;
                check >> 1 ^ if carry == 1 { 0x8408 } else { 0 }
            });
            block.extend(check.to_be_bytes());
        } else {
            block.push(block.iter().fold(0, |sum, octet| sum ^ octet));
        }
        Some(block)
    }

    /// An answer with the framing of CCID 1.1, 6.2, to what was asked.
    fn framed(&self, atr: Option<&'static [u8]>) -> Option<Vec<u8>> {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        let (kind, slot, sequence) = (*asked.first()?, *asked.get(5)?, *asked.get(6)?);
        let (answer, data) = match kind {
            0x62 => (0x80, atr.map_or_else(|| self.pieces.next(), |atr| Some(atr.to_vec()))?),
            0x6F if atr.is_some() => (0x80, self.block(atr == Some(ATR_WITH_CRC))?),
            0x6F => (0x80, self.pieces.next()?),
            0x61 | 0x6C | 0x6D => (0x82, self.pieces.next()?),
            _ => (0x81, Vec::new()),
        };
        let mut message = vec![answer];
        message.extend_from_slice(&u32::try_from(data.len()).unwrap_or(u32::MAX).to_le_bytes());
        message.extend_from_slice(&[slot, sequence, 0, 0, 0]);
        message.extend_from_slice(&data);
        Some(message)
    }
}

#[async_trait]
impl UsbReader for HostileReader {
    async fn descriptors(&self) -> Result<Vec<u8>, LinkFailure> {
        Ok(match self.honesty {
            Honesty::None if self.pieces.octet().unwrap_or(0) & 1 == 1 => self.pieces.next().unwrap_or_default(),
            Honesty::None | Honesty::Framing { .. } => self.descriptors.clone(),
        })
    }

    async fn claim(&self, _: u8) -> Result<(), LinkFailure> {
        Ok(())
    }

    async fn bulk_out(&self, _: u8, data: Vec<u8>, _: u32) -> Result<(), LinkFailure> {
        if !data.is_empty() {
            *self.asked.lock().unwrap_or_else(PoisonError::into_inner) = Some(data);
        }
        Ok(())
    }

    async fn bulk_in(&self, _: u8, most: u32, _: u32) -> Result<Vec<u8>, LinkFailure> {
        let answer = match self.honesty {
            Honesty::None => self.pieces.next(),
            Honesty::Framing { atr } => self.framed(atr),
        };
        let mut answer = answer.ok_or(LinkFailure::Timeout {
            delivery: Delivery::Unknown,
        })?;
        answer.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        Ok(answer)
    }

    async fn control(&self, _: UsbControl) -> Result<Vec<u8>, LinkFailure> {
        Err(LinkFailure::Unsupported)
    }

    async fn pause(&self, _: u32) -> Result<(), LinkFailure> {
        Ok(())
    }

    async fn release(&self, _: u8) -> Result<(), LinkFailure> {
        Ok(())
    }
}

/// Connects through a hostile reader, reads the card and tries to sign with it; whether that came about.
pub fn use_reader(reader: Arc<dyn UsbReader>) -> bool {
    finish(basvuru::reader::ccid::connect(reader)).is_ok_and(use_card)
}

/// Reads a card and tries to sign with its first key; whether that came about.
pub fn use_card(channel: Arc<dyn CardChannel>) -> bool {
    use basvuru::card::{Card, PinConsent};
    use basvuru::secret::Pin;
    let Ok(mut card) = finish(Card::open(channel, |_| String::new())) else {
        return false;
    };
    let Some(key) = card.signing_keys().first().cloned() else {
        return false;
    };
    let digest = key.algorithm.digest_algorithm().digest(b"fuzz");
    let consent = PinConsent::new(Arc::new(Pin::new(b"123456")));
    finish(card.sign(&key, consent, &digest)).is_ok()
}

/// The descriptors of the virtual reader at the level of T=1 blocks.
#[must_use]
pub fn honest_descriptors() -> Vec<u8> {
    use basvuru_test_card::{CardImage, UsbLevel, VirtualCard, VirtualUsbReader};
    let image = CardImage::without_keys("fuzz", "123456", b"01234567").expect("the PIN is a PIN");
    let card = VirtualCard::new(image).expect("a card without keys has no bad ones");
    let reader = VirtualUsbReader::new(UsbLevel::Tpdu, Arc::new(Mutex::new(card)));
    finish(reader.descriptors()).expect("the virtual reader has descriptors")
}
