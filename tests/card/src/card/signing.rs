//! The PIN with its counter, the security environment, and signatures (ISO/IEC 7816-4:2020, 11.5; ISO/IEC 7816-8:2021).

use basvuru::card::apdu::{Command, Status};
use basvuru::card::tlv::Reader;
use basvuru::reader::Link;

use super::{Answer, INCORRECT_DATA, MEMORY_FAILURE, VirtualCard, WRONG_LENGTH};
use crate::der::{object, octet_string, sequence};
use crate::files::{PADDED_PIN_LENGTH, algorithm_numbers};
use crate::image::{CardImage, DigestForm, EnvironmentForm, EnvironmentOrder, Layout, PinForm, Profile};
use crate::key::PrivateKey;

impl VirtualCard {
    pub(super) fn verify(&mut self, command: &Command) -> Status {
        if command.p1 != 0 || command.p2 != self.image.profile.pin_reference() || self.state.directory != 1 {
            return Status::REFERENCE_DATA_NOT_FOUND;
        }
        if self.link == Link::Nfc && self.image.profile.no_pin_over_nfc {
            return Status::SECURITY_STATUS_NOT_SATISFIED;
        }
        if command.data().is_empty() {
            return if self.state.verified {
                Status::OK
            } else {
                self.tries_status()
            };
        }
        self.compare(command.data())
    }

    /// Takes a try, compares, and gives the tries back where the PIN is right.
    fn compare(&mut self, block: &[u8]) -> Status {
        self.state.verified = false;
        if !self.take_try() {
            return Status::AUTHENTICATION_BLOCKED;
        }
        if self.save().is_err() {
            return MEMORY_FAILURE;
        }
        if block != self.pin_block() {
            return self.tries_status();
        }
        self.image.pin.tries_left = self.image.pin.most_tries;
        if self.save().is_err() {
            return MEMORY_FAILURE;
        }
        self.state.verified = true;
        if self.image.profile.environment_order == EnvironmentOrder::LostByPin {
            self.state.environment = None;
        }
        Status::OK
    }

    pub(super) fn take_try(&mut self) -> bool {
        let Some(left) = self.image.pin.tries_left.checked_sub(1) else {
            return false;
        };
        self.image.pin.tries_left = left;
        true
    }

    fn tries_status(&self) -> Status {
        match self.image.pin.tries_left {
            0 => Status::AUTHENTICATION_BLOCKED,
            left => Status(0x63C0 | u16::from(left.min(15))),
        }
    }

    fn pin_block(&self) -> Vec<u8> {
        block_of(&self.image.pin.value, self.image.profile.pin_form)
    }

    /// CHANGE REFERENCE DATA: the old PIN and the new one behind it. An unpadded PIN is told from the next by its length.
    pub(super) fn change_pin(&mut self, command: &Command) -> Status {
        if !self.change_is_addressed(command) || self.state.directory != 1 {
            return Status::REFERENCE_DATA_NOT_FOUND;
        }
        let parts = if self.image.profile.layout == Layout::AkisFirst {
            behind_lengths(command.data())
        } else {
            command.data().split_at_checked(self.pin_block().len())
        };
        let Some((old, new)) = parts else {
            return WRONG_LENGTH;
        };
        let Some(digits) = self.digits_of(new) else {
            return INCORRECT_DATA;
        };
        let status = self.compare(old);
        if status != Status::OK {
            return status;
        }
        self.image.pin.value = digits;
        if self.save().is_err() {
            MEMORY_FAILURE
        } else {
            Status::OK
        }
    }

    /// Whether a CHANGE REFERENCE DATA has the parameters for the PIN.
    pub(super) fn change_is_addressed(&self, command: &Command) -> bool {
        let reference = self.image.profile.pin_reference();
        let expected = if self.image.profile.layout == Layout::AkisFirst {
            (2, reference & 0x7F)
        } else {
            (0, reference)
        };
        (command.p1, command.p2) == expected
    }

    /// The digits in a block, where they would make a PIN of this card.
    pub(super) fn digits_of(&self, block: &[u8]) -> Option<String> {
        let nibbles = |octets: &[u8]| -> String {
            octets
                .iter()
                .flat_map(|octet| [octet >> 4, octet & 0x0F])
                .take_while(|digit| *digit < 10)
                .map(digit)
                .collect()
        };
        fn digit(value: u8) -> char {
            char::from(b'0' + value)
        }
        let text: String = match self.image.profile.pin_form {
            PinForm::Ascii => String::from_utf8(block.to_vec()).ok()?,
            PinForm::AsciiPadded => block
                .iter()
                .take_while(|octet| **octet != 0xFF)
                .map(|octet| char::from(*octet))
                .collect(),
            PinForm::BcdPadded => nibbles(block),
            PinForm::Iso9564 => nibbles(block.get(1..)?),
        };
        let length = u8::try_from(text.len()).ok()?;
        let good = (CardImage::MIN_PIN..=CardImage::MAX_PIN).contains(&length)
            && text.bytes().all(|digit| digit.is_ascii_digit());
        good.then_some(text)
    }

    /// MANAGE SECURITY ENVIRONMENT, SET, digital signature template.
    pub(super) fn set_environment(&mut self, command: &Command) -> Status {
        if self.image.profile.layout == Layout::AkisFirst {
            return self.set_environment_by_key(command);
        }
        let template = if self.image.profile.by_authentication {
            0xA4
        } else {
            0xB6
        };
        if (command.p1, command.p2) != (0x41, template) {
            return Status::INCORRECT_PARAMETERS;
        }
        self.state.environment = None;
        if self.state.directory != 1 {
            return Status::REFERENCE_DATA_NOT_FOUND;
        }
        match self.image.profile.environment_order {
            EnvironmentOrder::AfterPin if !self.state.verified => return Status::SECURITY_STATUS_NOT_SATISFIED,
            EnvironmentOrder::LosesPin => self.state.verified = false,
            EnvironmentOrder::Any | EnvironmentOrder::AfterPin | EnvironmentOrder::LostByPin => {}
        }
        let find = |tag| Reader::new(command.data()).find(tag);
        let told = |tag| find(tag).and_then(|object| object.value.last().copied());
        let form = self.image.profile.environment;
        if form != EnvironmentForm::Usual {
            let names = (told(0x80), told(0x81), told(0x84));
            return self.set_environment_of_form(form, names);
        }
        let Profile {
            key_files,
            passes_for_oseid,
            ..
        } = self.image.profile;
        let name = if key_files { 0x81 } else { 0x84 };
        let mut number = find(name).and_then(|object| object.value.last().copied());
        if passes_for_oseid && !key_files && self.keys.len() == 1 {
            number = Some(1);
        }
        let Some(key) = number
            .and_then(|number| usize::from(number).checked_sub(1))
            .filter(|key| *key < self.keys.len())
        else {
            return Status::REFERENCE_DATA_NOT_FOUND;
        };
        let algorithm = find(0x80).and_then(|object| object.value.last().copied());
        let (rsa, ec) = algorithm_numbers(&self.image.profile);
        let own = if self.keys[key].is_elliptic() { ec } else { rsa };
        if algorithm.is_some_and(|algorithm| algorithm != own) {
            return INCORRECT_DATA;
        }
        self.state.environment = Some(key);
        self.state.algorithm = algorithm;
        Status::OK
    }

    /// MANAGE SECURITY ENVIRONMENT of a card that wants a form of its own: the numbers told of algorithm, file and key.
    fn set_environment_of_form(
        &mut self,
        form: EnvironmentForm,
        (algorithm, file, reference): (Option<u8>, Option<u8>, Option<u8>),
    ) -> Status {
        let number = match form {
            EnvironmentForm::MyEid if reference.is_some_and(|reference| reference != 0) && file.is_some() => {
                return Status::FUNCTION_NOT_SUPPORTED;
            }
            EnvironmentForm::Exactly {
                file: by_file,
                reference: by_reference,
                ..
            } if (by_file, by_reference) != (file.is_some(), reference.is_some()) => {
                return Status::REFERENCE_DATA_NOT_FOUND;
            }
            EnvironmentForm::Usual | EnvironmentForm::MyEid => file,
            EnvironmentForm::IsoApplet => reference,
            EnvironmentForm::Exactly { .. } => file.or(reference),
        };
        let key = number.and_then(|number| usize::from(number).checked_sub(1));
        let Some(key) = key.filter(|key| *key < self.keys.len()) else {
            return Status::REFERENCE_DATA_NOT_FOUND;
        };
        let elliptic = self.keys[key].is_elliptic();
        let good = match form {
            EnvironmentForm::Usual => true,
            EnvironmentForm::MyEid if elliptic => matches!(algorithm, None | Some(0x04)),
            EnvironmentForm::MyEid => matches!(algorithm, None | Some(0x00 | 0x02)),
            EnvironmentForm::IsoApplet => algorithm == Some(if elliptic { 0x21 } else { 0x11 }),
            EnvironmentForm::Exactly { number, .. } => algorithm == number,
        };
        if !good {
            let unheard_of = form == EnvironmentForm::IsoApplet && algorithm.is_some();
            return if unheard_of {
                Status::FUNCTION_NOT_SUPPORTED
            } else {
                Status::REFERENCE_DATA_NOT_USABLE
            };
        }
        self.state.environment = Some(key);
        self.state.algorithm = algorithm;
        Status::OK
    }

    /// MANAGE SECURITY ENVIRONMENT as AKİS 1.0 had it: P1 C3, the key's reference, no data.
    fn set_environment_by_key(&mut self, command: &Command) -> Status {
        if command.p1 != 0xC3 || !command.data().is_empty() {
            return Status::INCORRECT_PARAMETERS;
        }
        let key = usize::from(command.p2).checked_sub(1);
        self.state.environment = key.filter(|key| self.state.directory == 1 && *key < self.keys.len());
        if self.state.environment.is_some() {
            Status::OK
        } else {
            Status::REFERENCE_DATA_NOT_FOUND
        }
    }

    pub(super) fn sign(&mut self, command: &Command) -> Answer {
        let digest_form = self.image.profile.digest_form;
        match (command.p1, command.p2) {
            _ if self.image.profile.by_authentication => return (Vec::new(), Status::CONDITIONS_NOT_SATISFIED),
            (0x9E, 0x9A) => {}
            (0x90, 0xA0) if digest_form == DigestForm::HashFirst => return (Vec::new(), self.take_digest(command)),
            _ => return (Vec::new(), Status::INCORRECT_PARAMETERS),
        }
        self.compute(command)
    }

    /// INTERNAL AUTHENTICATE: the challenge is what is signed.
    pub(super) fn authenticate(&mut self, command: &Command) -> Answer {
        if !self.image.profile.by_authentication {
            return (Vec::new(), Status::INSTRUCTION_NOT_SUPPORTED);
        }
        if (command.p1, command.p2) != (0, 0) {
            return (Vec::new(), Status::INCORRECT_PARAMETERS);
        }
        self.compute(command)
    }

    fn compute(&mut self, command: &Command) -> Answer {
        let digest_form = self.image.profile.digest_form;
        let Some(key) = self.state.environment else {
            return (Vec::new(), Status::CONDITIONS_NOT_SATISFIED);
        };
        if !self.state.verified {
            return (Vec::new(), Status::SECURITY_STATUS_NOT_SATISFIED);
        }
        if self.image.profile.environment == EnvironmentForm::MyEid && self.state.algorithm.is_none() {
            return (Vec::new(), Status::CONDITIONS_NOT_SATISFIED);
        }
        let key = &self.keys[key];
        let padded = match self.state.algorithm {
            Some(0x00) => true,
            Some(0x11) => false,
            _ => self.image.profile.wants_padded_block(),
        };
        let wrapped = match digest_form {
            DigestForm::Usual => None,
            DigestForm::HashFirst => Some(self.state.digest.take().filter(|_| command.data().is_empty())),
            DigestForm::Included => Some(Some(command.data().to_vec())),
            DigestForm::Pss if key.is_elliptic() => None,
            DigestForm::Pss => {
                let Some(signature) = key.sign_pss(command.data()) else {
                    return (Vec::new(), INCORRECT_DATA);
                };
                return self.signed(signature);
            }
        };
        let wrapped = wrapped.map(|digest| {
            let digest = digest.filter(|digest| matches!(digest.len(), 32 | 48 | 64))?;
            Some(if key.is_elliptic() {
                digest
            } else {
                digest_info(&digest)
            })
        });
        let input = match (key, padded) {
            _ if wrapped.is_some() => wrapped.as_ref().and_then(|wrapped| wrapped.as_deref()),
            (PrivateKey::Rsa(_), true) => key.unpadded(command.data()),
            // What is no DigestInfo is no business of a card that pads by itself.
            (PrivateKey::Rsa(_), false) => Some(command.data()).filter(|data| data.first() == Some(&0x30)),
            (PrivateKey::P256(_) | PrivateKey::P384(_), _) => Some(command.data()),
        };
        let signature = input.and_then(|input| key.sign(input, self.image.profile.signature_form));
        let Some(signature) = signature else {
            self.state.verified &= !self.image.profile.refusal_spends_consent;
            return (Vec::new(), INCORRECT_DATA);
        };
        self.signed(signature)
    }

    fn signed(&mut self, signature: Vec<u8>) -> Answer {
        self.state.verified &= !self.image.profile.consent_each_time;
        (signature, Status::OK)
    }
}

impl VirtualCard {
    /// PERFORM SECURITY OPERATION, HASH: a digest that was computed outside.
    fn take_digest(&mut self, command: &Command) -> Status {
        let digest = Reader::new(command.data())
            .find(0x90)
            .map(|object| object.value.to_vec());
        self.state.digest = digest.filter(|digest| matches!(digest.len(), 32 | 48 | 64));
        if self.state.digest.is_some() {
            Status::OK
        } else {
            INCORRECT_DATA
        }
    }
}

/// The DigestInfo of a digest of the SHA-2 family, which its length tells.
fn digest_info(digest: &[u8]) -> Vec<u8> {
    let last = match digest.len() {
        32 => 1,
        48 => 2,
        _ => 3,
    };
    sequence(&[
        &sequence(&[
            &object(0x06, &[&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, last]]),
            &object(0x05, &[]),
        ]),
        &octet_string(digest),
    ])
}

/// What a PIN or a PUK is compared with.
pub(super) fn block_of(value: &str, form: PinForm) -> Vec<u8> {
    let digits = value.as_bytes();
    let mut packed: Vec<u8> = digits
        .chunks(2)
        .map(|pair| (pair[0] & 0x0F) << 4 | pair.get(1).map_or(0x0F, |digit| digit & 0x0F))
        .collect();
    let mut block = match form {
        PinForm::Ascii => return digits.to_vec(),
        PinForm::AsciiPadded => digits.to_vec(),
        PinForm::BcdPadded => packed,
        PinForm::Iso9564 => {
            packed.insert(0, 0x20 | u8::try_from(digits.len()).unwrap_or(0));
            packed
        }
    };
    block.resize(usize::from(PADDED_PIN_LENGTH), 0xFF);
    block
}

/// Two fields, each behind its length.
fn behind_lengths(data: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = data.split_first()?;
    let (old, rest) = rest.split_at_checked(usize::from(*length))?;
    let (length, new) = rest.split_first()?;
    (new.len() == usize::from(*length)).then_some((old, new))
}
