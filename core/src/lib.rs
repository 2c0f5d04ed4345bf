//! The journey of an application for a Turkish qualified electronic certificate (NES), from the phone.

pub mod card;
pub mod certificate;
mod der;
pub mod digest;
pub mod identity;
pub mod portal;
pub mod reader;
pub mod secret;
pub mod signature;
pub mod sms;
pub mod writing;

uniffi::setup_scaffolding!();
