//! Requests whose body is a part of something larger.

/// A part of something that is sent in parts, in octets.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    /// What the portal has of it already.
    pub(super) from: usize,
    /// How long the part is.
    pub(super) length: usize,
    /// How long the whole is.
    pub(super) total: usize,
}
