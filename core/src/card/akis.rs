//! What is known of AKİS, the operating system of Turkish signature cards, beyond ISO/IEC 7816: a few names and habits.
//!
//! Everything here is a hint. A card is recognised by its historical bytes and believed by its answer to SELECT; what it
//! can do is read from its own PKCS#15 files, as on any card.
//!
//! Known from public sources:
//! - Historical bytes begin with `80 67 "UEKAE"` (AKİS 1.x) or `80 65 "TC"` (AKİS 2.x, also the identity card with a
//!   certificate loaded). Those of 2.x end in card capabilities `F6 21 80` or similar: short file identifiers and command
//!   chaining, no extended length.
//! - The signature application answers to the bare name "PKCS-15", without a registered identifier before it.
//! - SELECT tells directories (`3Dxx`, P1 01) from elementary files (`2Fxx`, P1 02) and may refuse a whole path.
//! - Certificates are readable without a PIN. Keys are RSA-2048, from version 2.6 on also P-384, and certificates may
//!   spell the curve's parameters out.
//! - AKİS 1.0 set the security environment by `22 C3` and the key reference alone, and signed the whole padded block.
//!   Where a later card refuses the standard's way, that one is tried last.
//! - VERIFY is plain ISO/IEC 7816-4. Whether an empty VERIFY spends a try is not known, so it is never sent.
//! - AKİS 1.0 took a change of the PIN with P1 02 for a local and 01 for a global reference, each PIN behind its length.
//!   That form is sent to the cards whose historical bytes are "UEKAE V…" and to no other.
//! - AKİS 1.0 sent no more than 244 octets at a time, and may say 9000 all the same: a short answer is never taken for the
//!   end of a file.
//!
//! Assumed, until a card says otherwise: that AKİS since 1.0 takes a change of the PIN, and a PUK where its files tell one, as
//! the standard has it, while no PUK is sent to AKİS 1.0; that a file's
//! short identifier is the five last bits of its name. The latter cannot hold for all of them: 5031 and 2F11 share one, as do
//! 5032 and 2F12. What is read by it is judged, and files are selected by name where it was another one.
//!
//! # What only a card can settle
//! To be answered with a card at hand, in this order; nothing below costs a PIN try before step 5:
//! 1. Answer to reset; SELECT `50 4B 43 53 2D 31 35`: is there file control information, with 83 (identifier)?
//! 2. EF.DIR, 5031, 5032 and what they name: present, transparent? By path (P1 08)? Which short identifier has each: tag 88
//!    of its control information, and does READ BINARY `80|short` give that file, or the one of the same five last bits?
//!    How many octets does READ BINARY with Le 00 give of a certificate: all 256, or fewer, 244 for one, and with which
//!    status word?
//! 3. AODF: reference, type, lengths, padding and path of the signature PIN. Does the directory's control information
//!    carry a security octet (tag 90), and does it show tries left?
//! 4. PrKDF and TokenInfo: key reference, algReference, and the card's own numbers for RSA and ECDSA.
//! 5. One VERIFY with the right PIN, then MANAGE SECURITY ENVIRONMENT `41 B6` with 80/84: accepted? Without 80? Is `C3`
//!    with the key reference alone wanted instead?
//! 6. COMPUTE DIGITAL SIGNATURE over DigestInfo (RSA) and over a 48-octet digest (P-384): accepted, or is the padded block
//!    wanted? Is the EC answer r‖s or a SEQUENCE? Does the PIN have to be verified again for a second signature, and for one
//!    after a refused COMPUTE DIGITAL SIGNATURE or MANAGE SECURITY ENVIRONMENT (6982)?
//! 7. Is a pause after power-on needed before the first command (one public reader waits 150 ms)? Is READ BINARY with an
//!    extended length field answered?
//! 8. With all tries left, and the issuer's own program to see the counter: does a VERIFY without data tell the tries left,
//!    and does it spend one? Does CHANGE REFERENCE DATA take the old PIN and the new one behind it (`24 00` and the
//!    reference, which is what we send), or each behind its length with P1 02 or 01 as AKİS 1.0 did, and does the wrong form
//!    spend a try? Which command and which length has the PUK, does the AODF tell it, and how many tries has it?
//!
//! `basvuru card show --reader NAME` answers 1 to 4 and asks for nothing; `basvuru sign FILE --out DIR --reader NAME` is 5
//! and 6. With `pcscd --foreground --apdu`, the commands of the issuer's own program can be seen beside ours.

use super::pin::ChangeForm;

/// The name of the PKCS#15 application on AKİS cards: "PKCS-15" alone.
pub(super) const BARE_NAME: &[u8] = b"PKCS-15";

/// The directory of the signature application on AKİS cards that have no EF.DIR to tell it.
pub(super) const SIGNATURE_DIRECTORY: [u8; 4] = [0x3F, 0x00, 0x3D, 0x01];

/// The historical bytes of AKİS 1.x and 2.x begin with one of these.
const PREFIXES: [&[u8]; 2] = [b"\x80\x67UEKAE", b"\x80\x65TC"];
/// Those of AKİS 1.0 begin with this.
const FIRST_PREFIX: &[u8] = b"UEKAE V";

/// A family of cards whose habits differ from the standard's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Profile {
    /// AKİS 1.0, whose historical bytes are its name.
    FirstAkis,
    /// AKİS since.
    Akis,
    /// Any other card.
    Standard,
}

impl Profile {
    /// The family that these historical bytes hint at.
    pub(super) fn of(historical_bytes: &[u8]) -> Self {
        if historical_bytes.starts_with(FIRST_PREFIX) {
            return Self::FirstAkis;
        }
        let akis = PREFIXES.iter().any(|prefix| historical_bytes.starts_with(prefix));
        if akis { Self::Akis } else { Self::Standard }
    }

    /// Application names to try before the standard's.
    pub(super) fn names(self) -> &'static [&'static [u8]] {
        match self {
            Self::FirstAkis | Self::Akis => &[BARE_NAME],
            Self::Standard => &[],
        }
    }

    /// Whether the security environment may have to be set by the key's reference alone.
    pub(super) fn may_restore_by_key(self) -> bool {
        self != Self::Standard
    }

    /// How a change of the PIN is sent. What AKİS wants since its first version is not known: the standard's form is.
    pub(super) fn change_form(self) -> ChangeForm {
        match self {
            Self::FirstAkis => ChangeForm::WithLengths,
            Self::Akis | Self::Standard => ChangeForm::Standard,
        }
    }

    /// Whether a PIN is unblocked as the standard has it, as far as is known. Of AKİS 1.0, which wants a change of the PIN
    /// otherwise, nothing is known, and a wrong form may cost a try of the PUK.
    pub(super) fn unblocks_by_standard(self) -> bool {
        self != Self::FirstAkis
    }

    /// Whether the card selects one directory at a time and tells files from directories.
    pub(super) fn selects_stepwise(self) -> bool {
        self != Self::Standard
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn akis_is_hinted_at_by_its_historical_bytes() {
        assert_eq!(
            Profile::of(b"\x80\x65TC\x12\x21\x08\x31\xC0\x73\xF6\x21\x80\x81\x05"),
            Profile::Akis
        );
        assert_eq!(
            Profile::of(b"\x80\x67UEKAE\x12\x12\x31\x80\x73\xB3\xA1\x80"),
            Profile::Akis
        );
        assert_eq!(Profile::of(b"UEKAE V1.0"), Profile::FirstAkis);
        assert_eq!(Profile::of(b"\x80\x73\xF6\x21\x80"), Profile::Standard);
        assert_eq!(Profile::of(&[]), Profile::Standard);
    }
}
