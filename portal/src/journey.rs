//! What a request does, from the sign-in to the receipt: who may do it, what has to hold before, and what is kept and answered.
//! How a request comes in is no matter here.

pub(crate) mod access_password;
pub(crate) mod archive;
pub(crate) mod codes;
pub(crate) mod completion;
pub(crate) mod computing;
#[cfg(test)]
pub(crate) mod description;
pub(crate) mod devices;
pub(crate) mod documents;
pub(crate) mod exchange;
pub(crate) mod form;
pub(crate) mod hashing;
pub(crate) mod if_match;
pub(crate) mod institution;
pub(crate) mod invitation;
pub(crate) mod judge;
pub(crate) mod methods;
pub(crate) mod orders;
pub(crate) mod picture_code;
pub(crate) mod refused;
pub(crate) mod shared;
pub(crate) mod sign_in;
pub(crate) mod signature;
pub(crate) mod timestamping;
pub(crate) mod unblocking;
pub(crate) mod under_way;
pub(crate) mod upkeep;
pub(crate) mod upload;
pub(crate) mod waits;
