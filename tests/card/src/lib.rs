//! A virtual signature card that answers APDUs and nothing else, and readers to reach it through.
//!
//! Card and readers live in one process and keep no clock: whatever happens on a link, happens because a test said so.

mod block;
mod card;
mod der;
mod files;
mod image;
mod key;
mod octets;
mod readers;
mod replay;
pub mod trace;
mod usb;
pub mod vpcd;

pub use self::card::{SmartCard, VirtualCard};
pub use self::image::{
    ApplicationName, CardImage, CertificatePlace, Collision, DigestForm, EnvironmentForm, EnvironmentOrder, ImageError,
    Layout, OtherPin, PinForm, Profile, Protocol, PukHabits, PukPlace, Reset, Selection, SignatureForm,
};
pub use self::key::Key;
pub use self::readers::{Cut, CutPlace, Exchange, Meter, SharedCard, VirtualReaders};
pub use self::replay::ReplayedCard;
pub use self::usb::{UsbFault, UsbLevel, VirtualUsbReader};
