//! The PUK with its counter (ISO/IEC 7816-4:2020, 11.5.10).

use basvuru::card::apdu::{Command, Status, instruction};
use basvuru::reader::Link;

use super::signing::block_of;
use super::{INCORRECT_DATA, MEMORY_FAILURE, VirtualCard, WRONG_LENGTH};
use crate::image::{CardImage, PukState, Reset};

impl CardImage {
    /// RESET RETRY COUNTER with a PUK as this card takes it, without the new PIN: what a card management knows of it. `None`
    /// where it has no PUK.
    #[must_use]
    pub fn reset_command(&self, puk: &str) -> Option<Vec<u8>> {
        let habits = &self.puk.as_ref()?.habits;
        let block = block_of(puk, habits.form);
        let length = u8::try_from(block.len()).ok()?;
        let header = [
            0,
            instruction::RESET_RETRY_COUNTER,
            habits.reset.p1(),
            self.profile.pin_reference(),
            length,
        ];
        Some([header.as_slice(), &block].concat())
    }
}

impl VirtualCard {
    /// The tries its PUK has left, where it has one.
    #[must_use]
    pub fn puk_tries_left(&self) -> Option<u8> {
        self.image.puk_tries_left()
    }

    /// RESET RETRY COUNTER. A try of the PUK is taken off its counter, and written down, before the PUK is compared; the PIN's
    /// counter is touched by a right one alone.
    pub(super) fn reset_retry_counter(&mut self, command: &Command) -> Status {
        let Some(puk) = &self.image.puk else {
            return Status::INSTRUCTION_NOT_SUPPORTED;
        };
        if let Some(refusal) = puk.habits.refusal {
            return Status(refusal);
        }
        if command.p1 != puk.habits.reset.p1() {
            return Status::INCORRECT_PARAMETERS;
        }
        if command.p2 != self.image.profile.pin_reference() || self.state.directory != 1 {
            return Status::REFERENCE_DATA_NOT_FOUND;
        }
        if self.link == Link::Nfc && self.image.profile.no_pin_over_nfc {
            return Status::SECURITY_STATUS_NOT_SATISFIED;
        }
        let length = block_of(&puk.value, puk.habits.form).len();
        let Some((given, new)) = command.data().split_at_checked(length) else {
            return WRONG_LENGTH;
        };
        let new = match puk.habits.reset {
            Reset::WithNewPin => self.digits_of(new),
            Reset::PukAlone if new.is_empty() => Some(self.image.pin.value.clone()),
            Reset::PukAlone => return WRONG_LENGTH,
            Reset::NewPinAlone | Reset::Nothing => return Status::SECURITY_STATUS_NOT_SATISFIED,
        };
        let Some(new) = new else { return INCORRECT_DATA };
        let given = given.to_vec();
        if !self.take_puk_try() {
            return Status::AUTHENTICATION_BLOCKED;
        }
        if self.save().is_err() {
            return MEMORY_FAILURE;
        }
        let Some(puk) = &mut self.image.puk else {
            return Status::INSTRUCTION_NOT_SUPPORTED;
        };
        if given != block_of(&puk.value, puk.habits.form) {
            return wrong(puk);
        }
        puk.tries_left = puk.most_tries;
        self.image.pin.value = new;
        self.image.pin.tries_left = self.image.pin.most_tries;
        self.state.verified = false;
        if self.save().is_err() {
            MEMORY_FAILURE
        } else {
            Status::OK
        }
    }

    /// Whether a command is one whose PUK the card would compare.
    pub(super) fn takes_puk(&self, command: &Command) -> bool {
        let addressed = |puk: &PukState| {
            puk.habits.refusal.is_none()
                && (command.p1, command.p2) == (puk.habits.reset.p1(), self.image.profile.pin_reference())
        };
        command.instruction == instruction::RESET_RETRY_COUNTER
            && !command.data().is_empty()
            && self.state.directory == 1
            && self.image.puk.as_ref().is_some_and(addressed)
    }

    pub(super) fn take_puk_try(&mut self) -> bool {
        let Some(puk) = &mut self.image.puk else { return false };
        let Some(left) = puk.tries_left.checked_sub(1) else {
            return false;
        };
        puk.tries_left = left;
        true
    }
}

fn wrong(puk: &PukState) -> Status {
    match puk.tries_left {
        _ if puk.habits.tells_no_number => Status(0x6300),
        0 => Status::AUTHENTICATION_BLOCKED,
        left => Status(0x63C0 | u16::from(left.min(15))),
    }
}
