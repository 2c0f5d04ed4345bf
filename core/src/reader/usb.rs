//! A USB device as a byte pipe: the port a shell implements where the operating system gives raw USB and no card service.

use std::fmt;

use async_trait::async_trait;

use super::LinkFailure;

/// A control transfer (USB 2.0, 9.3).
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct UsbControl {
    /// bmRequestType: direction, kind and recipient. The highest bit is set where the device sends.
    pub request_type: u8,
    /// bRequest.
    pub request: u8,
    /// wValue.
    pub value: u16,
    /// wIndex.
    pub index: u16,
    /// What is sent in the data stage; empty where the device sends.
    pub data: Vec<u8>,
    /// wLength: the most octets the device may send, or how many are sent.
    pub length: u16,
    /// How long the transfer may take.
    pub timeout_milliseconds: u32,
}

impl fmt::Debug for UsbControl {
    /// Without the data, which may be a command to the card.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("UsbControl")
            .field("request_type", &self.request_type)
            .field("request", &self.request)
            .field("value", &self.value)
            .field("index", &self.index)
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}

/// An open USB device that may be a card reader. Implemented by the shell; one call is one transfer, and nothing is ever
/// sent twice.
#[uniffi::export(foreign)]
#[async_trait]
pub trait UsbReader: Send + Sync {
    /// The active configuration's descriptor with everything behind it, as the device sends it (USB 2.0, 9.6.3).
    ///
    /// # Errors
    /// [`LinkFailure::NoReader`] or [`LinkFailure::NoPermission`].
    async fn descriptors(&self) -> Result<Vec<u8>, LinkFailure>;

    /// Takes the interface with this number for itself, away from the system's own driver if need be.
    ///
    /// # Errors
    /// [`LinkFailure::Busy`] where another program has it.
    async fn claim(&self, interface: u8) -> Result<(), LinkFailure>;

    /// Sends one bulk transfer to the endpoint with this address. Empty data is a packet of no length.
    ///
    /// # Errors
    /// The link's failure, which says whether any of it may have left.
    async fn bulk_out(&self, endpoint: u8, data: Vec<u8>, timeout_milliseconds: u32) -> Result<(), LinkFailure>;

    /// Receives one bulk transfer of at most `most` octets from the endpoint with this address.
    ///
    /// # Errors
    /// [`LinkFailure::Timeout`] where nothing came in time.
    async fn bulk_in(&self, endpoint: u8, most: u32, timeout_milliseconds: u32) -> Result<Vec<u8>, LinkFailure>;

    /// Makes one control transfer and returns what came in its data stage; nothing for one that sends.
    ///
    /// # Errors
    /// [`LinkFailure::Unsupported`] where the platform gives no control transfers; the link's failure otherwise, among them
    /// that the device refused the request.
    async fn control(&self, request: UsbControl) -> Result<Vec<u8>, LinkFailure>;

    /// Waits. The core has no clock of its own.
    ///
    /// # Errors
    /// [`LinkFailure::CancelledByPerson`] where the person no longer wants to wait.
    async fn pause(&self, milliseconds: u32) -> Result<(), LinkFailure>;

    /// Gives the interface back.
    ///
    /// # Errors
    /// None that matter: the operation is over.
    async fn release(&self, interface: u8) -> Result<(), LinkFailure>;
}
