//! The PUK of a virtual card: how its files tell of it, and how the card takes it.

use serde::{Deserialize, Serialize};

use super::PinForm;

/// A PUK and its counter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PukState {
    pub(crate) value: String,
    pub(crate) tries_left: u8,
    pub(crate) most_tries: u8,
    #[serde(default)]
    pub(crate) habits: PukHabits,
}

/// How a card tells of its PUK and takes it. The default is what most cards do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PukHabits {
    /// Where the card's files tell of it.
    pub place: PukPlace,
    /// What RESET RETRY COUNTER carries.
    pub reset: Reset,
    /// How the PUK travels.
    pub form: PinForm,
    /// Whether it is told in a directory of PINs of its own.
    pub apart: bool,
    /// Whether the card keeps its tries to itself.
    pub hides_tries: bool,
    /// Whether a wrong one is told without a number: 6300.
    pub tells_no_number: bool,
    /// What every RESET RETRY COUNTER is refused with, without a look at the PUK.
    pub refusal: Option<u16>,
}

/// Where the files of a card tell of its PUK.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PukPlace {
    /// The PIN names it.
    #[default]
    Named,
    /// The access rules of the PIN name it.
    InRules,
    /// It is under the PIN itself.
    UnderPin,
    /// It has the PIN's identifier.
    Namesake,
    /// The PIN is under a security officer's, which names it.
    Further,
    /// Nothing names it, and it is the only one.
    Alone,
    /// Another PIN names it, and no other.
    OfAnother,
    /// The PIN names it, and it is a security officer's.
    OfOfficer,
    /// The PIN names it, and may not be unblocked.
    Forbidden,
}

/// What RESET RETRY COUNTER carries, as its P1 says (ISO/IEC 7816-4:2020, 11.5.10).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reset {
    /// 00: PUK and new PIN.
    #[default]
    WithNewPin,
    /// 01: the PUK alone.
    PukAlone,
    /// 02: the new PIN alone, for who has the right.
    NewPinAlone,
    /// 03: nothing, for who has the right.
    Nothing,
}

impl PukHabits {
    /// Whether the files of the card tell of a PUK that its holder can send.
    #[must_use]
    pub fn is_offered(&self) -> bool {
        let told = !matches!(
            self.place,
            PukPlace::OfAnother | PukPlace::OfOfficer | PukPlace::Forbidden
        );
        told && matches!(self.reset, Reset::WithNewPin | Reset::PukAlone)
    }
}

impl Reset {
    pub(crate) fn p1(self) -> u8 {
        match self {
            Self::WithNewPin => 0,
            Self::PukAlone => 1,
            Self::NewPinAlone => 2,
            Self::Nothing => 3,
        }
    }
}
