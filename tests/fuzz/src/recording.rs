//! Honest conversations between the core and a virtual reader, in the form in which the targets read their inputs.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use basvuru::reader::{Link, LinkFailure, UsbControl, UsbReader};
use basvuru_test_card::{SmartCard, UsbLevel, VirtualCard, VirtualUsbReader};

use crate::{finish, use_reader};

/// Transfers that a reader's earlier user may have left behind, which the core reads before anything else.
const DRAINED: usize = 10;

/// What a conversation over USB was.
pub struct Conversation {
    descriptors: Vec<u8>,
    transfers: Vec<Vec<u8>>,
    messages: Vec<(u8, Vec<u8>)>,
}

impl Conversation {
    /// Signs with a card in a virtual reader; nothing where that did not come about.
    #[must_use]
    pub fn over(level: UsbLevel, card: impl SmartCard + 'static) -> Option<Self> {
        let reader = Arc::new(Recorder {
            reader: VirtualUsbReader::new(level, Arc::new(Mutex::new(card))),
            heard: Mutex::default(),
        });
        let descriptors = finish(reader.descriptors()).ok()?;
        if !use_reader(reader.clone()) {
            return None;
        }
        let heard = std::mem::take(&mut *locked(&reader.heard));
        Some(Self {
            descriptors,
            transfers: heard.transfers,
            messages: heard.messages,
        })
    }

    /// As a device that nothing holds for.
    #[must_use]
    pub fn for_ccid(&self) -> Vec<u8> {
        let mut input = vec![1];
        piece(&mut input, &self.descriptors);
        input.extend([0; DRAINED]);
        for transfer in &self.transfers {
            piece(&mut input, transfer);
        }
        input
    }

    /// As the blocks of a card behind an honest reader, with a CRC or without.
    #[must_use]
    pub fn for_t1(&self, crc: bool) -> Vec<u8> {
        let check = if crc { 2 } else { 1 };
        let mut input = vec![u8::from(crc)];
        for (asked, data) in &self.messages {
            match (asked, data.as_slice()) {
                (0x61, data) => piece(&mut input, data),
                (0x6F, [_, control, _, rest @ ..]) => {
                    // Length and check are added to what has an odd octet before it.
                    input.push(1);
                    let information = rest.get(..rest.len().saturating_sub(check)).unwrap_or_default();
                    piece(&mut input, &[&[*control], information].concat());
                }
                _ => {}
            }
        }
        input
    }

    /// As everything a card says behind an honest reader.
    #[must_use]
    pub fn for_atr(&self) -> Vec<u8> {
        let mut input = Vec::new();
        for (_, data) in self
            .messages
            .iter()
            .filter(|(asked, _)| matches!(asked, 0x61 | 0x62 | 0x6F))
        {
            piece(&mut input, data);
        }
        input
    }
}

fn piece(input: &mut Vec<u8>, octets: &[u8]) {
    // Nothing longer passes: a reader sends packets of 64 octets, and blocks have fields as short.
    input.push(u8::try_from(octets.len()).unwrap_or(u8::MAX));
    input.extend(octets.iter().take(usize::from(u8::MAX)));
}

/// A virtual card with another answer to reset.
pub struct WithAnswer {
    /// The card.
    pub card: VirtualCard,
    /// Its answer to reset.
    pub answer: &'static [u8],
}

impl SmartCard for WithAnswer {
    fn respond(&mut self, command: &[u8]) -> Vec<u8> {
        self.card.respond(command)
    }

    fn lose_power_during(&mut self, command: &[u8]) {
        self.card.lose_power_during(command);
    }

    fn reset(&mut self, link: Link) {
        self.card.reset(link);
    }

    fn answer_to_reset(&self) -> Vec<u8> {
        self.answer.to_vec()
    }

    fn historical_bytes(&self) -> Vec<u8> {
        Vec::new()
    }

    fn knows_extended_length(&self) -> bool {
        false
    }
}

/// A reader that remembers what it sent.
struct Recorder {
    reader: VirtualUsbReader,
    heard: Mutex<Heard>,
}

#[derive(Default)]
struct Heard {
    asked: u8,
    transfers: Vec<Vec<u8>>,
    /// The octets of a message that is not whole yet.
    begun: Vec<u8>,
    /// What was asked for, and the data of the answer where there was no failure.
    messages: Vec<(u8, Vec<u8>)>,
}

#[async_trait]
impl UsbReader for Recorder {
    async fn descriptors(&self) -> Result<Vec<u8>, LinkFailure> {
        self.reader.descriptors().await
    }

    async fn claim(&self, interface: u8) -> Result<(), LinkFailure> {
        self.reader.claim(interface).await
    }

    async fn bulk_out(&self, endpoint: u8, data: Vec<u8>, timeout: u32) -> Result<(), LinkFailure> {
        if let Some(asked) = data.first() {
            locked(&self.heard).asked = *asked;
        }
        self.reader.bulk_out(endpoint, data, timeout).await
    }

    async fn bulk_in(&self, endpoint: u8, most: u32, timeout: u32) -> Result<Vec<u8>, LinkFailure> {
        let transfer = self.reader.bulk_in(endpoint, most, timeout).await?;
        let mut heard = locked(&self.heard);
        heard.transfers.push(transfer.clone());
        heard.begun.extend_from_slice(&transfer);
        if let [_, length, _, _, _, _, _, status, _, _, data @ ..] = heard.begun.as_slice()
            && data.len() >= usize::from(*length)
        {
            let (asked, done, data) = (heard.asked, status & 0xC0 == 0, data.to_vec());
            heard.begun.clear();
            if done {
                heard.messages.push((asked, data));
            }
        }
        Ok(transfer)
    }

    async fn control(&self, request: UsbControl) -> Result<Vec<u8>, LinkFailure> {
        self.reader.control(request).await
    }

    async fn pause(&self, milliseconds: u32) -> Result<(), LinkFailure> {
        self.reader.pause(milliseconds).await
    }

    async fn release(&self, interface: u8) -> Result<(), LinkFailure> {
        self.reader.release(interface).await
    }
}

/// Nothing that was heard is half written.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
