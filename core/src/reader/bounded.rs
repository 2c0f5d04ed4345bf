//! The shell's readers with a bound on every call, see [`crate::bounds`]: whatever a port does, the core goes on, and knows
//! as much of a PIN as there is to know.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;

use super::{
    CardChannel, CardOutcome, CardStage, ChannelInfo, ConnectedCard, Delivery, LinkFailure, ReaderDescription, Readers,
    UsbControl, UsbReader,
};
use crate::bounds::{self, Miss, Patience, within};

/// Readers whose every call comes back.
pub(crate) struct BoundedReaders {
    readers: Arc<dyn Readers>,
    patience: Patience,
}

impl BoundedReaders {
    /// Bounds readers, and what is connected to through them. Waits for a card end with the person's patience.
    pub(crate) fn new(readers: Arc<dyn Readers>, patience: Patience) -> Self {
        Self { readers, patience }
    }
}

#[async_trait]
impl Readers for BoundedReaders {
    async fn list(&self) -> Result<Vec<ReaderDescription>, LinkFailure> {
        let failed = unreturned(Delivery::NotSent);
        bounded(bounds::LIST, failed, self.readers.list()).await
    }

    async fn connect(&self, reader: String, prompt: String) -> Result<ConnectedCard, LinkFailure> {
        let connecting = within(bounds::CONNECT, self.readers.connect(reader, prompt));
        let connected = tokio::select! {
            biased;
            () = self.patience.has_ended() => return Err(CANCELLED),
            connected = connecting => connected,
        };
        match connected {
            Ok(Ok(ConnectedCard::Channel { channel })) => Ok(ConnectedCard::Channel {
                channel: Arc::new(BoundedChannel {
                    channel,
                    given_up: AtomicBool::new(false),
                }),
            }),
            Ok(Ok(ConnectedCard::Usb { usb })) => Ok(ConnectedCard::Usb {
                usb: Arc::new(BoundedUsb {
                    usb,
                    patience: self.patience.clone(),
                }),
            }),
            Ok(Err(failure)) => Err(failure),
            Err(Miss::Late) => Err(LinkFailure::NoCard),
            Err(Miss::Panicked) => Err(unreturned(Delivery::NotSent)),
        }
    }
}

struct BoundedChannel {
    channel: Arc<dyn CardChannel>,
    /// Whether a command has not come back: what the card is at, nobody knows.
    given_up: AtomicBool,
}

#[async_trait]
impl CardChannel for BoundedChannel {
    async fn info(&self) -> Result<ChannelInfo, LinkFailure> {
        bounded(bounds::INFO, unreturned(Delivery::NotSent), self.channel.info()).await
    }

    async fn transmit(&self, command: Vec<u8>) -> Result<Vec<u8>, LinkFailure> {
        if self.given_up.load(Ordering::Relaxed) {
            return Err(LinkFailure::Timeout {
                delivery: Delivery::NotSent,
            });
        }
        // A call that is dropped on the way has not come back, either.
        self.given_up.store(true, Ordering::Relaxed);
        let outcome = within(bounds::TRANSMIT, self.channel.transmit(command)).await;
        self.given_up.store(outcome == Err(Miss::Late), Ordering::Relaxed);
        outcome.unwrap_or_else(|miss| Err(missed(miss)))
    }

    async fn tell(&self, stage: CardStage, sentence: String) -> Result<(), LinkFailure> {
        let telling = self.channel.tell(stage, sentence);
        bounded(bounds::TELL, unreturned(Delivery::NotSent), telling).await
    }

    async fn close(&self, outcome: CardOutcome) -> Result<(), LinkFailure> {
        let closing = self.channel.close(outcome);
        bounded(bounds::CLOSE, unreturned(Delivery::NotSent), closing).await
    }
}

struct BoundedUsb {
    usb: Arc<dyn UsbReader>,
    patience: Patience,
}

#[async_trait]
impl UsbReader for BoundedUsb {
    async fn descriptors(&self) -> Result<Vec<u8>, LinkFailure> {
        let failed = unreturned(Delivery::NotSent);
        bounded(bounds::USB_BEGIN, failed, self.usb.descriptors()).await
    }

    async fn claim(&self, interface: u8) -> Result<(), LinkFailure> {
        let failed = unreturned(Delivery::NotSent);
        bounded(bounds::USB_BEGIN, failed, self.usb.claim(interface)).await
    }

    async fn bulk_out(&self, endpoint: u8, data: Vec<u8>, timeout_milliseconds: u32) -> Result<(), LinkFailure> {
        let sending = self.usb.bulk_out(endpoint, data, timeout_milliseconds);
        transferred(timeout_milliseconds, sending).await
    }

    async fn bulk_in(&self, endpoint: u8, most: u32, timeout_milliseconds: u32) -> Result<Vec<u8>, LinkFailure> {
        let receiving = self.usb.bulk_in(endpoint, most, timeout_milliseconds);
        transferred(timeout_milliseconds, receiving).await
    }

    async fn control(&self, request: UsbControl) -> Result<Vec<u8>, LinkFailure> {
        transferred(request.timeout_milliseconds, self.usb.control(request)).await
    }

    async fn pause(&self, milliseconds: u32) -> Result<(), LinkFailure> {
        let paused = within(bounds::usb(milliseconds), self.usb.pause(milliseconds));
        tokio::select! {
            biased;
            () = self.patience.has_ended() => Err(CANCELLED),
            // A pause that does not end is over all the same.
            paused = paused => paused.unwrap_or(Ok(())),
        }
    }

    async fn release(&self, interface: u8) -> Result<(), LinkFailure> {
        let releasing = self.usb.release(interface);
        bounded(bounds::USB_RELEASE, unreturned(Delivery::NotSent), releasing).await
    }
}

const CANCELLED: LinkFailure = LinkFailure::CancelledByPerson {
    delivery: Delivery::NotSent,
};

/// A call that is over when its bound is, as `failed`.
async fn bounded<T>(
    bound: Duration,
    failed: LinkFailure,
    call: impl Future<Output = Result<T, LinkFailure>>,
) -> Result<T, LinkFailure> {
    within(bound, call).await.unwrap_or(Err(failed))
}

/// A transfer, which may have happened where it does not come back.
async fn transferred<T>(
    milliseconds: u32,
    call: impl Future<Output = Result<T, LinkFailure>>,
) -> Result<T, LinkFailure> {
    let outcome = within(bounds::usb(milliseconds), call).await;
    outcome.unwrap_or_else(|miss| Err(missed(miss)))
}

/// What a call comes to that may have reached the card.
fn missed(miss: Miss) -> LinkFailure {
    let delivery = Delivery::Unknown;
    match miss {
        Miss::Late => LinkFailure::Timeout { delivery },
        Miss::Panicked => unreturned(delivery),
    }
}

fn unreturned(delivery: Delivery) -> LinkFailure {
    LinkFailure::Unexpected {
        delivery,
        detail: "the shell did not return".to_owned(),
    }
}
