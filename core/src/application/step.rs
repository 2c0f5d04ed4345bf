//! What to show now. Derived from the stage alone, besides the picture code and the card just read, which live as long
//! as the app does.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, SystemTime};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::stage::{Applicant, CodeState, Record, Stage};
use crate::failure::{Explanation, Failure};
use crate::portal::{
    ContainerFormat, Field, FieldFault, FieldKind, IdentityKind, LocalizedText, Method, Order, OrderPhase, Product,
    Receipt, SignatureLevel,
};
use crate::texts::{Argument, Catalogue, Language, catalogue};

/// What to show now: a heading and a sentence in the person's language, and the screen with its data.
#[derive(Debug, Clone, uniffi::Record)]
pub struct Step {
    /// The heading.
    pub title: String,
    /// What the person is asked to do, in a sentence.
    pub hint: String,
    /// Something that happened on the way and must be told: the session was over, say.
    pub notice: Option<Explanation>,
    /// The screen.
    pub screen: Screen,
}

/// The screens. A shell is an exhaustive `when`/`switch` over them.
#[derive(Clone, uniffi::Enum)]
pub enum Screen {
    /// Identity number, access password and picture code.
    SignIn {
        /// The portal's name, once it was reached.
        portal_name: Option<String>,
        /// Where help is to be had, once the portal was reached.
        support: Option<SupportContact>,
        /// The identity to fill in, where it is known.
        identity: Option<KnownIdentity>,
        /// The picture code; none before it was asked for, or after it was used. Ask with `RequestCaptcha`.
        captcha: Option<CaptchaFiles>,
    },
    /// The person's orders.
    ChooseOrder {
        /// The person's name, to greet them.
        applicant_name: String,
        /// Newest first.
        orders: Vec<OrderSummary>,
    },
    /// The form.
    FillForm {
        /// What is applied for.
        product: Product,
        /// The fields in their order, the draft filled in.
        fields: Vec<FormField>,
    },
    /// The telephone number.
    ConfirmPhone {
        /// The number with all but its last digits hidden, once it is known.
        masked_phone: Option<String>,
        /// The code on its way; none before it was asked for.
        code: Option<CodeStatus>,
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
    /// The same code spoken, a WAV file.
    pub sound: Vec<u8>,
}

impl std::fmt::Debug for CaptchaFiles {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("CaptchaFiles")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
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
    /// A day, `YYYY-MM-DD`.
    Date,
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

/// A code on its way.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct CodeStatus {
    /// How many digits it has.
    pub length: u8,
    /// When it is no longer taken, by this device's clock.
    pub expires_at: SystemTime,
    /// When another one may be asked for, by this device's clock.
    pub resend_at: SystemTime,
    /// How many times it may be tried.
    pub tries_left: u8,
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
}

/// A document to look at.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
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
    /// The serial number, lower-case hexadecimal: what `Sign` is answered with.
    pub serial: String,
    /// The holder's name.
    pub holder: String,
    /// The issuer's name.
    pub issuer: String,
    /// When it ends.
    pub valid_until: SystemTime,
}

/// What lives as long as the app does.
#[derive(Default, Clone)]
pub(super) struct Passing {
    pub(super) captcha: Option<CaptchaFiles>,
    pub(super) card: Option<CardSummary>,
    pub(super) notice: Option<Failure>,
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
            Self::ChooseMethod { .. } => "choose-method",
            Self::ReviewDocuments { .. } => "review-documents",
            Self::Sign { card: None } => "sign",
            Self::Sign { card: Some(_) } => "sign-pin",
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
        }
    }
}

/// Derives the step.
pub(super) fn step(record: &Record, passing: &Passing, language: Language, invited: Option<IdentityKind>) -> Step {
    let texts = catalogue(language);
    let screen = screen(record, passing, texts, invited);
    let id = format!("step-{}", screen.name());
    Step {
        title: texts.sentence(&id, &[]),
        hint: texts.attribute(&id, "hint", &[]),
        notice: passing.notice.as_ref().map(|failure| failure.explain(language)),
        screen,
    }
}

fn screen(record: &Record, passing: &Passing, texts: &Catalogue, invited: Option<IdentityKind>) -> Screen {
    match &record.stage {
        Stage::SignIn { resume } => Screen::SignIn {
            portal_name: record.portal.as_ref().map(|portal| local(&portal.name, texts)),
            support: record.portal.as_ref().map(|portal| SupportContact {
                phone: portal.support.phone.clone(),
                email: portal.support.email.clone(),
            }),
            identity: known_identity(record.applicant.as_ref(), resume.is_some(), invited),
            captcha: passing.captcha.clone(),
        },
        Stage::ChooseOrder { orders } => Screen::ChooseOrder {
            applicant_name: record.applicant.as_ref().map_or_else(String::new, name),
            orders: orders.iter().map(|order| order_summary(order, texts)).collect(),
        },
        Stage::FillForm {
            order,
            form,
            draft,
            faults,
        } => Screen::FillForm {
            product: order.product,
            fields: form
                .fields
                .iter()
                .map(|field| {
                    let fault = faults
                        .iter()
                        .find(|fault| fault.name == field.name)
                        .map(|fault| fault.fault);
                    form_field(field, draft.get(&field.name), fault, texts)
                })
                .collect(),
        },
        Stage::Approving { .. } => Screen::Pending {
            action: PendingAction::Approval,
        },
        Stage::ConfirmPhone {
            code: CodeState::Sending { .. },
            ..
        } => Screen::Pending {
            action: PendingAction::Code,
        },
        Stage::ConfirmPhone { masked_phone, code, .. } => Screen::ConfirmPhone {
            masked_phone: masked_phone.clone(),
            code: code_status(code),
        },
        Stage::ChooseMethod { methods, .. } => Screen::ChooseMethod {
            methods: methods
                .iter()
                .filter_map(|method| method_offer(*method, texts))
                .collect(),
        },
        Stage::ReviewDocuments { request, .. } => Screen::ReviewDocuments {
            documents: request
                .documents
                .iter()
                .map(|document| ReviewDocument {
                    id: document.id.clone(),
                    title: local(&document.title, texts),
                    file_name: document.file_name.clone(),
                    media_type: document.media_type.clone(),
                    size: document.size,
                    sha256: document.sha256.clone(),
                })
                .collect(),
            signature: match (request.signature.format, request.signature.level) {
                (ContainerFormat::AsicE, SignatureLevel::BB) => texts.sentence("signature-asic-e-b-b", &[]),
                (ContainerFormat::AsicE, SignatureLevel::BT) => texts.sentence("signature-asic-e-b-t", &[]),
                (ContainerFormat::Unknown, _) | (_, SignatureLevel::Unknown) => String::new(),
            },
        },
        Stage::Sign { .. } => Screen::Sign {
            card: passing.card.clone(),
        },
        Stage::Submitting { .. } => Screen::Pending {
            action: PendingAction::Submission,
        },
        Stage::Done { receipt, .. } => Screen::Done {
            receipt: receipt.clone(),
            summary: receipt_summary(receipt, texts),
        },
    }
}

/// The receipt in words. A time the portal wrote in another form is shown as it is.
fn receipt_summary(receipt: &Receipt, texts: &Catalogue) -> String {
    let received = match OffsetDateTime::parse(&receipt.received_at, &Rfc3339) {
        Ok(moment) => Argument::Moment(moment.into()),
        Err(_) => Argument::Text(&receipt.received_at),
    };
    let number = Argument::Text(&receipt.number);
    let digest = Argument::Text(&receipt.container_sha256);
    texts.sentence(
        "receipt-summary",
        &[("number", number), ("received", received), ("digest", digest)],
    )
}

fn known_identity(
    applicant: Option<&Applicant>,
    resuming: bool,
    invited: Option<IdentityKind>,
) -> Option<KnownIdentity> {
    match applicant {
        Some(applicant) => Some(KnownIdentity {
            kind: applicant.identity_kind,
            number: applicant.identity.clone(),
            editable: !resuming,
        }),
        None => invited.map(|kind| KnownIdentity {
            kind,
            number: String::new(),
            editable: true,
        }),
    }
}

fn name(applicant: &Applicant) -> String {
    format!("{} {}", applicant.given_name, applicant.family_name)
}

fn order_summary(order: &Order, texts: &Catalogue) -> OrderSummary {
    let product = match order.product {
        Product::Nes => "product-nes",
        Product::MobilNes => "product-mobil-nes",
    };
    let phase = match order.phase {
        OrderPhase::Form => "phase-form",
        OrderPhase::Confirmation => "phase-confirmation",
        OrderPhase::Method => "phase-method",
        OrderPhase::Signature => "phase-signature",
        OrderPhase::Complete => "phase-complete",
        OrderPhase::Withdrawn => "phase-withdrawn",
    };
    OrderSummary {
        id: order.id.clone(),
        product: order.product,
        product_name: texts.sentence(product, &[]),
        institution: order.institution.clone(),
        created_at: order.created_at.clone(),
        phase: order.phase,
        phase_name: texts.sentence(phase, &[]),
    }
}

fn form_field(field: &Field, draft: Option<&String>, fault: Option<FieldFault>, texts: &Catalogue) -> FormField {
    let entry = match &field.kind {
        FieldKind::Text { max_length } => FieldEntry::Text {
            max_length: *max_length,
        },
        FieldKind::Lines { max_length } => FieldEntry::Lines {
            max_length: *max_length,
        },
        FieldKind::Mobile => FieldEntry::Mobile,
        FieldKind::Email => FieldEntry::Email,
        FieldKind::Date => FieldEntry::Date,
        FieldKind::Choice { choices } => FieldEntry::Choice {
            choices: choices
                .iter()
                .map(|choice| FieldChoice {
                    value: choice.value.clone(),
                    label: local(&choice.label, texts),
                })
                .collect(),
        },
    };
    FormField {
        name: field.name.clone(),
        label: local(&field.label, texts),
        help: field.help.as_ref().map(|help| local(help, texts)),
        entry,
        required: field.required,
        locked: field.locked,
        value: draft.filter(|_| !field.locked).unwrap_or(&field.value).clone(),
        fault: fault.map(|fault| fault_sentence(fault, &field.kind, texts)),
    }
}

fn fault_sentence(fault: FieldFault, kind: &FieldKind, texts: &Catalogue) -> String {
    let id = match (fault, kind) {
        (FieldFault::Missing, _) => "field-missing",
        (FieldFault::TooLong, _) => "field-too-long",
        (FieldFault::Malformed, FieldKind::Mobile) => "field-malformed-mobile",
        (FieldFault::Malformed, FieldKind::Email) => "field-malformed-email",
        (FieldFault::Malformed, FieldKind::Date) => "field-malformed-date",
        (FieldFault::Malformed, _) => "field-malformed",
        (FieldFault::NotAChoice, _) => "field-not-a-choice",
        (FieldFault::Locked, _) => "field-locked",
        (FieldFault::Unknown, _) => "field-unknown",
    };
    texts.sentence(id, &[])
}

fn code_status(code: &CodeState) -> Option<CodeStatus> {
    match code {
        CodeState::NotSent | CodeState::Sending { .. } => None,
        CodeState::Sent {
            code_length,
            expires_at,
            resend_at,
            tries_left,
        } => Some(CodeStatus {
            length: *code_length,
            expires_at: SystemTime::UNIX_EPOCH + Duration::from_secs(*expires_at),
            resend_at: SystemTime::UNIX_EPOCH + Duration::from_secs(*resend_at),
            tries_left: *tries_left,
        }),
    }
}

/// A method this version has a name for. One it does not know is not shown: the portal lists it for newer versions.
fn method_offer(method: Method, texts: &Catalogue) -> Option<MethodOffer> {
    let (id, available) = match method {
        Method::Card => ("method-card", true),
        Method::MobileSignature => ("method-mobile-signature", false),
        Method::Ink => ("method-ink", false),
        Method::Unknown => return None,
    };
    Some(MethodOffer {
        method,
        name: texts.sentence(id, &[]),
        available,
    })
}

fn local(text: &LocalizedText, texts: &Catalogue) -> String {
    match texts.language() {
        Language::Turkish => text.tr.clone(),
        Language::English => text.en.clone(),
    }
}

/// Values by field name, as the portal wants them.
pub(super) fn merged(draft: &BTreeMap<String, String>, values: HashMap<String, String>) -> BTreeMap<String, String> {
    let mut merged = draft.clone();
    merged.extend(values);
    merged
}
