//! What can happen to the transfers of a virtual reader.

use crate::readers::CutPlace;

/// What happens to one transfer to the card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UsbFault {
    /// The card gets the block damaged (T=1).
    DamagedCommand,
    /// The host gets the block with a wrong check (T=1).
    DamagedAnswer,
    /// The reader finds the answer damaged.
    ParityError,
    /// The card gets nothing, and so says nothing (T=1).
    LostCommand,
    /// The card's block gets lost (T=1).
    LostAnswer,
    /// The card asks for more time first (T=1).
    MoreTime,
    /// The card announces a smaller information field first (T=1).
    SmallerField,
    /// The reader says several times that the card needs longer.
    TimeExtensions,
    /// Answers to earlier messages come first.
    StaleAnswers,
    /// The card never says anything again.
    Mute,
    /// The reader answers nothing, and is busy until it is told to give up.
    Hangs,
    /// The card has been out and in again since the transfer before.
    Reinserted,
    /// The card is taken out, or the cable is cut.
    Removal(CutPlace),
}

/// A line on which the same fault happens again and again, to one block in twelve.
pub(super) struct BadLine {
    fault: UsbFault,
    /// The state of the chance, which a seed determines.
    chance: u64,
    /// How many there have been.
    pub(super) faults: usize,
}

impl BadLine {
    pub(super) fn new(fault: UsbFault, seed: u64) -> Self {
        Self {
            fault,
            chance: seed,
            faults: 0,
        }
    }

    /// The fault that happens to the next block, if one does.
    pub(super) fn next(&mut self) -> Option<UsbFault> {
        // Knuth's MMIX generator; its upper half is fair enough.
        self.chance = self
            .chance
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let fault = (self.chance >> 32).is_multiple_of(12).then_some(self.fault);
        self.faults += usize::from(fault.is_some());
        fault
    }
}
