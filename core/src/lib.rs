//! The journey of an application for a Turkish qualified electronic certificate (NES), from the phone.

pub mod application;
mod bounds;
pub mod card;
pub mod certificate;
pub mod clock;
pub mod day;
mod der;
pub mod desk;
mod diagnosis;
pub mod digest;
pub mod failure;
pub mod identity;
pub mod licences;
pub mod link;
pub mod portal;
pub mod reader;
pub mod secret;
pub mod signature;
pub mod sms;
pub mod texts;
pub mod verdict;
pub mod writing;

uniffi::setup_scaffolding!();
