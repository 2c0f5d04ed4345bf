//! What to show now, as a shell sees it.

use std::time::SystemTime;

use super::Unblocking;
use crate::failure::{Explanation, Failure};
use crate::portal::{Arriving, IdentityKind, Method, OrderPhase, PhoneNumberAsked, Product, Receipt, SignInMethod};

/// What to show now: a heading and a sentence in the person's language, and the screen with its data.
#[derive(Debug, Clone, uniffi::Record)]
pub struct Step {
    /// The heading.
    pub title: String,
    /// What the person is asked to do, in a sentence.
    pub hint: String,
    /// Something that happened on the way and must be told: the session was over, say.
    pub notice: Option<Explanation>,
    /// How far along the person is; none on `Outdated`.
    pub place: Option<Place>,
    /// That this device's clock is wrong, in a sentence, where it is by more than five minutes.
    pub clock: Option<String>,
    /// Where help is to be had, once it is known.
    pub support: Option<SupportContact>,
    /// What the portal says of personal data, before the person gives any: on `SignIn`, `ChooseOrder` and `FillForm`, once
    /// the portal was reached.
    pub privacy: Option<PrivacyNotice>,
    /// The screen.
    pub screen: Screen,
}

/// How far along the person is: "3/7 · Telefon onayı".
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Place {
    /// Which place it is, counted from 1.
    pub number: u8,
    /// Of how many.
    pub count: u8,
    /// Its name.
    pub name: String,
}

/// What the portal says of personal data (6698 sayılı Kanun, aydınlatma metni).
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PrivacyNotice {
    /// The heading.
    pub title: String,
    /// The text, in paragraphs with empty lines between them.
    pub text: String,
    /// An https page with the whole text, where there is one.
    pub address: Option<String>,
}

/// The screens. A shell is an exhaustive `when`/`switch` over them.
#[derive(Clone, uniffi::Enum)]
pub enum Screen {
    /// Identity number, access password and picture code.
    SignIn {
        /// The portal's name, once it was reached.
        portal_name: Option<String>,
        /// The host the person signs in at, to be shown as it is: with its port, where that is not 443.
        host: String,
        /// The ways to sign in, best first; none before the portal was reached.
        methods: Vec<SignInOffer>,
        /// The identity to fill in, where it is known.
        identity: Option<KnownIdentity>,
        /// The picture code; none before it was asked for, or after it was used. Ask with `RequestCaptcha`.
        captcha: Option<CaptchaFiles>,
        /// Whether the portal wants the picture code: not on a device that it knows, until it says otherwise. Where it does
        /// not, show none, ask for none, and send an empty answer.
        captcha_needed: bool,
    },
    /// The person's orders.
    ChooseOrder {
        /// The person's name, to greet them.
        applicant_name: String,
        /// The new ones before those that were begun; a group without orders is left out.
        groups: Vec<OrderGroup>,
    },
    /// The form.
    FillForm {
        /// What is applied for.
        product: Product,
        /// The same in words.
        product_name: String,
        /// The fields in their order, the draft filled in.
        fields: Vec<FormField>,
    },
    /// The telephone number.
    ConfirmPhone {
        /// The number with all but its last digits hidden, once it is known.
        masked_phone: Option<String>,
        /// The code on its way; none before it was asked for.
        code: Option<CodeStatus>,
        /// Whose word the number is: where the institution told another one than the applicant stated, a code for either is
        /// asked for, one after the other.
        number: PhoneNumberAsked,
        /// The institution that can confirm the stated number in place of a code to the told one. Offer `AskInstitution` where
        /// there is one.
        institution: Option<String>,
    },
    /// The institution was asked to confirm the number that the applicant has stated. `Continue` asks the portal whether it
    /// has; `Back` returns to the code for the told number.
    AwaitInstitution {
        /// The institution.
        institution: String,
        /// The stated number with all but its last digits hidden.
        masked_phone: String,
    },
    /// The signing method.
    ChooseMethod {
        /// Best first.
        methods: Vec<MethodOffer>,
    },
    /// What will be signed.
    ReviewDocuments {
        /// The documents; read one with `document`.
        documents: Vec<ReviewDocument>,
        /// The kind of signature, in words.
        signature: String,
    },
    /// Card and PIN.
    Sign {
        /// The card that was read, where one was.
        card: Option<CardSummary>,
        /// The portal's help where the card's PIN is blocked, where it offers that for this order. Offer it beside the PUK,
        /// which `CardDesk` takes.
        assisted: Option<AssistedUnblocking>,
    },
    /// Something was begun whose outcome only the portal knows. Answer `Continue`: at once when the app starts here, and
    /// by a button after a failure.
    Pending {
        /// What was begun.
        action: PendingAction,
    },
    /// The application is complete.
    Done {
        /// The receipt.
        receipt: Receipt,
        /// The receipt in words, ready to show and to share.
        summary: String,
        /// Where the invitation's link said the app returns to: an https address to offer the person, not to open unasked.
        return_to: Option<String>,
    },
    /// This version is too old for its portal. Where the person stands is kept; `Continue` asks the portal again.
    Outdated {
        /// The oldest version the portal works with.
        version: String,
    },
}

/// What was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum PendingAction {
    /// The approval of the form.
    Approval,
    /// The sending of a code.
    Code,
    /// The submission of the signed application.
    Submission,
}

/// Where help is to be had.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SupportContact {
    /// A telephone number in E.164 form.
    pub phone: String,
    /// An e-mail address.
    pub email: String,
}

/// A way to sign in.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SignInOffer {
    /// Which it is.
    pub method: SignInMethod,
    /// Its name.
    pub name: String,
    /// Whether this version can do it.
    pub available: bool,
    /// Why not, and what to do, where it cannot.
    pub note: Option<String>,
}

/// An identity that is known before the person types it.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct KnownIdentity {
    /// What kind of number it is.
    pub kind: IdentityKind,
    /// The number; empty where only the kind is known.
    pub number: String,
    /// Whether it may be changed: not while an application of this person waits to go on.
    pub editable: bool,
}

impl std::fmt::Debug for KnownIdentity {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("KnownIdentity")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// A picture code as files.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct CaptchaFiles {
    /// Names the captcha: another one has another name.
    pub id: String,
    /// A PNG picture.
    pub picture: Vec<u8>,
    /// The same code spoken, a WAV file, once it was asked for with `RequestSpokenCaptcha`.
    pub sound: Option<Vec<u8>>,
}

impl std::fmt::Debug for CaptchaFiles {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("CaptchaFiles")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// Orders that belong together.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct OrderGroup {
    /// What they are called together: "Yeni başvuru", "Önceki başvurular".
    pub name: String,
    /// Newest first.
    pub orders: Vec<OrderSummary>,
}

/// An order to choose.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct OrderSummary {
    /// What `ChooseOrder` is answered with.
    pub id: String,
    /// What is applied for.
    pub product: Product,
    /// The same in words.
    pub product_name: String,
    /// The institution that invited the person.
    pub institution: String,
    /// When the order was made, RFC 3339 in UTC.
    pub created_at: String,
    /// How far it has come.
    pub phase: OrderPhase,
    /// The same in words.
    pub phase_name: String,
    /// Whether its form was approved and can still be changed, with `ChangeForm`.
    pub form_changeable: bool,
}

/// A field of the form.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct FormField {
    /// Names the field in answers.
    pub name: String,
    /// The label.
    pub label: String,
    /// A sentence of help, where there is one.
    pub help: Option<String>,
    /// What may be entered.
    pub entry: FieldEntry,
    /// Whether it must be filled in.
    pub required: bool,
    /// Whether it is told by the institution and cannot be changed.
    pub locked: bool,
    /// The value, the draft's where there is one.
    pub value: String,
    /// What is wrong with the value, in a sentence to show at the field.
    pub fault: Option<String>,
}

impl std::fmt::Debug for FormField {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("FormField")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// What may be entered into a field.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum FieldEntry {
    /// One line of text.
    Text {
        /// The fewest characters, where it is not left empty.
        min_length: u32,
        /// The most characters.
        max_length: u32,
    },
    /// Several lines of text.
    Lines {
        /// The most characters.
        max_length: u32,
    },
    /// A Turkish mobile number.
    Mobile,
    /// An e-mail address.
    Email,
    /// A day. Taken as `7.3.1985`, `07/03/1985` and `1985-03-07`; shown as `07.03.1985`.
    Date {
        /// The first day that can be meant, `YYYY-MM-DD`.
        first: String,
        /// The last day that can be meant, `YYYY-MM-DD`.
        last: String,
    },
    /// One of several choices: value to label.
    Choice {
        /// In the order to show.
        choices: Vec<FieldChoice>,
    },
}

/// One choice of a field.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct FieldChoice {
    /// The value to answer with.
    pub value: String,
    /// The label.
    pub label: String,
}

/// A code on its way. Seconds count from the moment the step was made: a shell counts them down by a clock of its own that
/// does not jump.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct CodeStatus {
    /// How many digits it has.
    pub length: u8,
    /// Seconds until it is no longer taken.
    pub expires_in: u32,
    /// Seconds until another one may be asked for.
    pub resend_in: u32,
    /// How many times it may be tried.
    pub tries_left: u8,
}

/// The portal's help with a blocked PIN: ask for a text message with `RequestUnblocking`, have its verification code compared,
/// and send its code with `Unblock`.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct AssistedUnblocking {
    /// What the text message names; none before it was asked for. Have the person compare: a message that names another one
    /// is not for this card.
    pub verification_code: Option<String>,
    /// The code on its way; none before it was asked for, or after it was used.
    pub code: Option<CodeStatus>,
}

/// A method that is offered.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct MethodOffer {
    /// What `ChooseMethod` is answered with.
    pub method: Method,
    /// Its name.
    pub name: String,
    /// Whether this version can do it.
    pub available: bool,
    /// Why not, and what to do, where it cannot.
    pub note: Option<String>,
}

/// A document to look at.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct ReviewDocument {
    /// What `document` is called with.
    pub id: String,
    /// The title.
    pub title: String,
    /// The name of its file in the signed container.
    pub file_name: String,
    /// The media type.
    pub media_type: String,
    /// Octets.
    pub size: u64,
    /// SHA-256 of exactly the octets that will be signed, lower-case hexadecimal.
    pub sha256: String,
    /// What stands on each page as the portal told it, a line a paragraph: to be read aloud beside the page. Empty where
    /// it did not tell.
    pub pages: Vec<String>,
}

impl std::fmt::Debug for ReviewDocument {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("ReviewDocument")
            .field("id", &self.id)
            .field("title", &self.title)
            .field("size", &self.size)
            .field("sha256", &self.sha256)
            .field("pages", &self.pages.len())
            .finish_non_exhaustive()
    }
}

/// A card that was read.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct CardSummary {
    /// The reader it was read in.
    pub reader: String,
    /// The card's own name.
    pub label: String,
    /// The certificates that could sign, best first. More than one: ask which.
    pub certificates: Vec<CardCertificate>,
    /// Those beside them that cannot, to be shown with the reason and not to be chosen.
    pub unusable: Vec<UnusableCertificate>,
    /// The least characters of the PIN.
    pub pin_min_length: u8,
    /// The most characters of the PIN.
    pub pin_max_length: u8,
    /// Whether the PIN has digits only.
    pub pin_numeric: bool,
    /// Tries left, where the card tells it without spending one.
    pub tries_left: Option<u8>,
    /// The tries left in words, where they are known: to be shown, and spoken, before the PIN is typed.
    pub tries_sentence: Option<String>,
    /// How the PIN is unblocked; none where the card's files tell of no PUK that resets it.
    pub unblocking: Option<Unblocking>,
}

impl std::fmt::Debug for CardSummary {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("CardSummary")
            .field("tries_left", &self.tries_left)
            .finish_non_exhaustive()
    }
}

/// A certificate on a card.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct CardCertificate {
    /// What `Sign` is answered with: the serial number, lower-case hexadecimal; behind a colon the PIN's identifier, where the
    /// card does not tell which of several is the key's.
    pub serial: String,
    /// The holder's name; where the card does not tell which of several PINs is the key's, with the PIN's name.
    pub holder: String,
    /// The issuer's name.
    pub issuer: String,
    /// When it ends.
    pub valid_until: SystemTime,
}

/// A certificate on a card that cannot sign this application.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct UnusableCertificate {
    /// The serial number, lower-case hexadecimal; empty where the certificate cannot be read.
    pub serial: String,
    /// The holder's name; the card's name of the key where the certificate cannot be read.
    pub holder: String,
    /// The issuer's name.
    pub issuer: String,
    /// Why not, in a sentence.
    pub reason: String,
}

/// What lives as long as the app does.
#[derive(Default, Clone)]
pub(super) struct Passing {
    pub(super) captcha: Option<CaptchaFiles>,
    /// Whether a picture code is wanted although the portal knows the device: for somebody else.
    pub(super) captcha_wanted: bool,
    pub(super) card: Option<CardSummary>,
    pub(super) notice: Option<Failure>,
    /// Documents that were cut on their way, and whose they are.
    pub(super) documents: Option<(String, Arriving)>,
}

impl std::fmt::Debug for Screen {
    /// The name alone: the data are the person's.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name())
    }
}

impl Screen {
    /// The screen's stable name, for timelines and scripts; never shown to a person.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::SignIn { .. } => "sign-in",
            Self::ChooseOrder { .. } => "choose-order",
            Self::FillForm { .. } => "fill-form",
            Self::ConfirmPhone { code: None, .. } => "confirm-phone",
            Self::ConfirmPhone { code: Some(_), .. } => "confirm-phone-sent",
            Self::AwaitInstitution { .. } => "await-institution",
            Self::ChooseMethod { .. } => "choose-method",
            Self::ReviewDocuments { .. } => "review-documents",
            Self::Sign { card: None, .. } => "sign",
            Self::Sign { card: Some(_), .. } => "sign-pin",
            Self::Pending {
                action: PendingAction::Approval,
            } => "pending-approval",
            Self::Pending {
                action: PendingAction::Code,
            } => "pending-code",
            Self::Pending {
                action: PendingAction::Submission,
            } => "pending-submission",
            Self::Done { .. } => "done",
            Self::Outdated { .. } => "outdated",
        }
    }
}
