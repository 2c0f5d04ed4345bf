//! USB devices that mean no good: the core ends in a failure, in bounded time.

use std::sync::Arc;

use basvuru::card::Card;
use basvuru::reader::{LinkFailure, UsbControl, UsbReader, ccid};
use basvuru_test_card::{Profile, UsbLevel};
use proptest::prelude::*;

use crate::fixture::Stored;
use crate::usb::Bench;

async fn almost(timeout: u32) {
    assert_ne!(timeout, 0, "to some systems, no time is any time");
    tokio::time::sleep(std::time::Duration::from_millis(u64::from(timeout))).await;
}

/// A reader that sends a packet with nothing in it whenever it is about to be given up.
struct Dribbler {
    descriptors: Vec<u8>,
}

#[async_trait::async_trait]
impl UsbReader for Dribbler {
    async fn descriptors(&self) -> Result<Vec<u8>, LinkFailure> {
        Ok(self.descriptors.clone())
    }
    async fn claim(&self, _interface: u8) -> Result<(), LinkFailure> {
        Ok(())
    }
    async fn bulk_out(&self, _endpoint: u8, _data: Vec<u8>, timeout: u32) -> Result<(), LinkFailure> {
        almost(timeout).await;
        Ok(())
    }
    async fn bulk_in(&self, _endpoint: u8, _most: u32, timeout: u32) -> Result<Vec<u8>, LinkFailure> {
        almost(timeout).await;
        Ok(Vec::new())
    }
    async fn control(&self, _request: UsbControl) -> Result<Vec<u8>, LinkFailure> {
        Err(LinkFailure::Unsupported)
    }
    async fn pause(&self, _milliseconds: u32) -> Result<(), LinkFailure> {
        Ok(())
    }
    async fn release(&self, _interface: u8) -> Result<(), LinkFailure> {
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_dribbles_is_given_up_after_some_minutes() {
    let bench = Bench::new(UsbLevel::ShortApdu, &Profile::default(), Stored::P256);
    let descriptors = bench.usb.descriptors().await.unwrap();
    let dribbler = Arc::new(Dribbler { descriptors });
    let begun = tokio::time::Instant::now();
    let given_up = ccid::connect(dribbler).await.err();
    assert!(matches!(given_up, Some(LinkFailure::Timeout { .. })), "{given_up:?}");
    // Connecting, and giving the reader back.
    let taken = begun.elapsed().as_secs();
    assert!((180..=180 + 10).contains(&taken), "{taken} seconds");
}

/// A device that sends what it likes.
struct Hostile {
    descriptors: Vec<u8>,
    transfers: Vec<Vec<u8>>,
    next: std::sync::atomic::AtomicUsize,
}

#[async_trait::async_trait]
impl UsbReader for Hostile {
    async fn descriptors(&self) -> Result<Vec<u8>, LinkFailure> {
        Ok(self.descriptors.clone())
    }

    async fn claim(&self, _interface: u8) -> Result<(), LinkFailure> {
        Ok(())
    }

    async fn bulk_out(&self, _endpoint: u8, _data: Vec<u8>, _timeout: u32) -> Result<(), LinkFailure> {
        Ok(())
    }

    async fn bulk_in(&self, _endpoint: u8, _most: u32, _timeout: u32) -> Result<Vec<u8>, LinkFailure> {
        let next = self.next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Ok(self.transfers[next % self.transfers.len()].clone())
    }

    async fn control(&self, _request: UsbControl) -> Result<Vec<u8>, LinkFailure> {
        let next = self.next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Ok(self.transfers[next % self.transfers.len()].clone())
    }

    async fn pause(&self, _milliseconds: u32) -> Result<(), LinkFailure> {
        Ok(())
    }

    async fn release(&self, _interface: u8) -> Result<(), LinkFailure> {
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_hostile_device_ends_in_a_failure_in_bounded_time(
        level in proptest::sample::select(vec![UsbLevel::Tpdu, UsbLevel::ShortApdu, UsbLevel::ExtendedApdu]),
        transfers in proptest::collection::vec(
            prop_oneof![
                proptest::collection::vec(any::<u8>(), 0..80),
                (0u8..4, 0u8..4, proptest::collection::vec(any::<u8>(), 0..40)).prop_map(|(kind, sequence, data)| {
                    let length = u8::try_from(data.len()).unwrap();
                    [&[0x80 + kind, length, 0, 0, 0, 0, sequence, 0, 0, 0], data.as_slice()].concat()
                }),
                Just(vec![0x80, 0xFF, 0xFF, 0xFF, 0x7F, 0, 1, 0, 0, 0]),
                Just(vec![0x80, 0, 0, 0, 0, 0, 1, 0x80, 1, 0]),
                Just(Vec::new()),
            ],
            1..12,
        ),
    ) {
        let bench = Bench::new(level, &Profile::default(), Stored::P256);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let descriptors = runtime.block_on(bench.usb.descriptors()).unwrap();
        let hostile = Arc::new(Hostile { descriptors, transfers, next: Default::default() });
        runtime.block_on(async {
            if let Ok(channel) = ccid::connect(hostile.clone()).await {
                assert!(Card::open(channel, |_| String::new()).await.is_err());
            }
        });
        let taken = hostile.next.load(std::sync::atomic::Ordering::Relaxed);
        assert!(taken < 1_000_000, "{taken} transfers");
    }
}
