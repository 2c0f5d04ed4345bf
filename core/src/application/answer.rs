//! What a person can say to a step.

use std::collections::HashMap;
use std::sync::Arc;

use crate::portal::{IdentityKind, Method};
use crate::secret::{Password, Pin};

/// What the person said. An answer that does not belong to the current step is refused and changes nothing.
#[derive(uniffi::Enum)]
pub enum Answer {
    /// A picture code, the first or another one. Belongs to `SignIn`.
    RequestCaptcha,
    /// The picture code that is shown, spoken. Belongs to `SignIn` with a picture code.
    RequestSpokenCaptcha,
    /// Credentials. Belongs to `SignIn`.
    SignIn {
        /// What kind of number `identity` is.
        identity_kind: IdentityKind,
        /// T.C. kimlik no or passport number, as typed.
        identity: String,
        /// The access password from the e-mail.
        access_password: Arc<Password>,
        /// What the person read in the picture, or heard.
        captcha: String,
    },
    /// The list of orders anew. Belongs to `ChooseOrder` and `Done`.
    RefreshOrders,
    /// The order to go on with. Belongs to `ChooseOrder`.
    ChooseOrder {
        /// The order's id.
        order: String,
    },
    /// Values to keep without approving; fields left out keep what they have. Belongs to `FillForm`.
    SaveDraft {
        /// Values by field name.
        values: HashMap<String, String>,
    },
    /// Values, and the approval of the form ("Formu Onayla"). Belongs to `FillForm`.
    ApproveForm {
        /// Values by field name; fields left out keep what they have.
        values: HashMap<String, String>,
    },
    /// Back to a form that was approved, to change it and approve it anew; its fields have the values approved before. What
    /// was approved holds until then, and is void with the new approval: the code, the confirmed number, the chosen method
    /// and the documents. Belongs to `ChooseOrder` with an order, and to `ConfirmPhone`, `AwaitInstitution`, `ChooseMethod`,
    /// `ReviewDocuments` and `Sign` without.
    ChangeForm {
        /// An order whose [`super::step::OrderSummary::form_changeable`] is set; none for the one under way.
        #[uniffi(default = None)]
        order: Option<String>,
    },
    /// A code by text message, the first or another one. Belongs to `ConfirmPhone`.
    SendCode {
        /// On Android, the 11-character hash by which the system hands this one message to the app without asking. A
        /// message that is under way keeps the one it was begun with.
        #[uniffi(default = None)]
        app_token: Option<String>,
    },
    /// The code from the text message. Belongs to `ConfirmPhone`.
    ConfirmCode {
        /// The digits.
        code: Arc<Password>,
    },
    /// The will to have the institution confirm the stated number, in place of a code to the told one. Belongs to
    /// `ConfirmPhone` with an institution.
    AskInstitution,
    /// The signing method. Belongs to `ChooseMethod`.
    ChooseMethod {
        /// One of those offered.
        method: Method,
    },
    /// The documents were looked at and shall be signed. Belongs to `ReviewDocuments`.
    AcceptDocuments,
    /// Reads the card before the PIN is asked, to show its holder and the tries left. Belongs to `Sign`, for a reader
    /// with contacts.
    ReadCard {
        /// [`crate::reader::ReaderDescription::id`].
        reader: String,
    },
    /// The PIN, and the will to sign with it: consent to exactly one use of the PIN. Belongs to `Sign`.
    Sign {
        /// [`crate::reader::ReaderDescription::id`].
        reader: String,
        /// The PIN.
        pin: Arc<Pin>,
        /// Whether the person has confirmed, by a question of its own, that the last try may be spent.
        last_try_confirmed: bool,
        /// [`super::step::CardCertificate::serial`] of the certificate to sign with, where there are several.
        certificate: Option<String>,
    },
    /// The portal's help with the blocked PIN of the card in a reader: the card is read, and a text message sent. Belongs to
    /// `Sign` where [`super::step::Screen::Sign`] offers it, also for another message.
    RequestUnblocking {
        /// [`crate::reader::ReaderDescription::id`].
        reader: String,
        /// As with `SendCode`.
        #[uniffi(default = None)]
        app_token: Option<String>,
    },
    /// The code from that text message, and the will to have the card's PIN unblocked with it: consent to one use of the card's
    /// PUK, which the portal knows, also where the PUK has one try left ([`super::step::CardSummary::unblocking`] tells).
    /// Belongs to `Sign` with a code on its way.
    Unblock {
        /// [`crate::reader::ReaderDescription::id`].
        reader: String,
        /// The digits.
        code: Arc<Password>,
        /// The PIN that the card is to have. It goes to the card and nowhere else.
        new_pin: Arc<Pin>,
    },
    /// Goes on with what was begun. Belongs to `Pending`, to `AwaitInstitution`, and to `Outdated`, where it asks the portal
    /// again.
    Continue,
    /// One step back, where that is possible: from the form to the orders, from the institution's answer to the code, from
    /// the documents to the methods, from the card to the documents.
    Back,
    /// Leaves this application on this device and signs out, at the portal too where it can be reached. What the portal has
    /// stays there. Not possible while a signed application is on its way.
    Leave,
}
