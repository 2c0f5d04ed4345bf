//! A card reader on USB, one transfer a message, so that a phone has a port of its own to implement in front of it.
//!
//! | message | call | answer |
//! |---|---|---|
//! | 0 | `descriptors` | octets |
//! | 1, interface | `claim` | |
//! | 2, endpoint, octets… | `bulk_out` | |
//! | 3, endpoint, most (two octets, big-endian) | `bulk_in` | octets |
//! | 4, interface | `release` | |
//! | 5, request type, request, value, index, length (two octets each, big-endian), octets… | `control` | octets |
//!
//! The answer begins with 0, or is one octet for a failure: 1 no such reader, 2 busy, 3 nothing came in time, 4 another.

use basvuru::reader::{LinkFailure, UsbControl, UsbReader as _};
use basvuru_test_card::{SharedCard, UsbLevel, VirtualUsbReader};

/// How long a transfer may take; the reader in memory has no clock and takes no notice.
const TIMEOUT: u32 = 1_000;

/// A reader with the card in it, newly plugged in.
pub(crate) struct UsbSession(VirtualUsbReader);

impl UsbSession {
    /// A reader that leaves the card's protocol to the host, which is the most a host can be asked for.
    pub(crate) fn new(card: &SharedCard) -> Self {
        Self(VirtualUsbReader::new(UsbLevel::Tpdu, SharedCard::clone(card)))
    }

    /// The answer to a message.
    pub(crate) async fn answer(&self, message: &[u8]) -> Vec<u8> {
        let done = match message {
            [0] => self.0.descriptors().await,
            [1, interface] => self.0.claim(*interface).await.map(|()| Vec::new()),
            [2, endpoint, data @ ..] => {
                let sent = self.0.bulk_out(*endpoint, data.to_vec(), TIMEOUT).await;
                sent.map(|()| Vec::new())
            }
            [3, endpoint, high, low] => {
                let most = u32::from(u16::from_be_bytes([*high, *low]));
                self.0.bulk_in(*endpoint, most, TIMEOUT).await
            }
            [4, interface] => self.0.release(*interface).await.map(|()| Vec::new()),
            [
                5,
                request_type,
                request,
                value,
                value_low,
                index,
                index_low,
                length,
                length_low,
                data @ ..,
            ] => {
                let request = UsbControl {
                    request_type: *request_type,
                    request: *request,
                    value: u16::from_be_bytes([*value, *value_low]),
                    index: u16::from_be_bytes([*index, *index_low]),
                    data: data.to_vec(),
                    length: u16::from_be_bytes([*length, *length_low]),
                    timeout_milliseconds: TIMEOUT,
                };
                self.0.control(request).await
            }
            _ => Err(LinkFailure::Unsupported),
        };
        match done {
            Ok(mut answer) => {
                answer.insert(0, 0);
                answer
            }
            Err(LinkFailure::NoReader) => vec![1],
            Err(LinkFailure::Busy) => vec![2],
            Err(LinkFailure::Timeout { .. }) => vec![3],
            Err(_) => vec![4],
        }
    }
}
