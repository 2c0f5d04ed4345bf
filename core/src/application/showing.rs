//! What is shown, derived from the stage alone, besides the picture code and the card just read, which live as long as the
//! app does.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::field;
use super::stage::{Applicant, Assistance, CodeState, Record, SentCode, Stage};
use super::step::{
    AssistedUnblocking, CodeStatus, FieldChoice, FieldEntry, FormField, KnownIdentity, MethodOffer, OrderGroup,
    OrderSummary, Passing, PendingAction, Place, PrivacyNotice, ReviewDocument, Screen, SignInOffer, Step,
    SupportContact,
};
use crate::clock::{Disagreement, PortalClock, since_1970};
use crate::day::Days;
use crate::portal::{
    ContainerFormat, Field, FieldFault, FieldKind, IdentityKind, LocalizedText, Method, Order, OrderPhase,
    PhoneNumberAsked, PortalInfo, Product, Receipt, SignInMethod, SignatureLevel,
};
use crate::texts::{Argument, Catalogue, Language, catalogue};

/// What a step is made from, besides the stage.
pub(super) struct Setting<'a> {
    pub(super) language: Language,
    /// The host of the portal the app was opened for, as it is shown.
    pub(super) host: &'a str,
    /// The identity kind the invitation's link told.
    pub(super) invited: Option<IdentityKind>,
    /// Where help is to be had before the portal was reached.
    pub(super) support: Option<&'a SupportContact>,
    /// Whether the portal knows this device for the person whose the folder is.
    pub(super) device_is_known: bool,
    /// What time it is here and at the portal.
    pub(super) clock: &'a PortalClock,
}

/// Derives the step.
pub(super) fn step(record: &Record, passing: &Passing, setting: &Setting<'_>) -> Step {
    let texts = catalogue(setting.language);
    let screen = match record.outdated() {
        Some(version) => Screen::Outdated {
            version: version.to_owned(),
        },
        None => screen(record, passing, texts, setting),
    };
    let id = heading(&screen);
    let hint = if let Screen::Outdated { version } = &screen {
        texts.attribute(&id, "hint", &[("version", Argument::Text(version))])
    } else if let Screen::AwaitInstitution {
        institution,
        masked_phone,
    } = &screen
    {
        let arguments = [
            ("institution", Argument::Text(institution)),
            ("phone", Argument::Text(masked_phone)),
        ];
        texts.attribute(&id, "hint", &arguments)
    } else {
        texts.attribute(&id, "hint", &[])
    };
    let before_the_form = matches!(
        screen,
        Screen::SignIn { .. } | Screen::ChooseOrder { .. } | Screen::FillForm { .. }
    );
    Step {
        title: texts.sentence(&id, &[]),
        hint,
        notice: passing.notice.as_ref().map(|failure| failure.explain(setting.language)),
        place: place(&screen, &record.stage, texts),
        clock: setting
            .clock
            .disagreement()
            .map(|disagreement| clock_sentence(disagreement, texts)),
        support: support(record.portal.as_ref(), setting.support),
        privacy: record
            .portal
            .as_ref()
            .filter(|_| before_the_form)
            .and_then(|portal| privacy(portal, texts)),
        screen,
    }
}

/// The message that has a screen's heading and hint: of the told number another one than of the stated, and without the picture
/// code another one than with it.
fn heading(screen: &Screen) -> String {
    let told = matches!(
        screen,
        Screen::ConfirmPhone {
            number: PhoneNumberAsked::Told,
            ..
        }
    );
    let known = matches!(
        screen,
        Screen::SignIn {
            captcha_needed: false,
            ..
        }
    );
    let name = screen.name();
    if told {
        format!("step-told-{name}")
    } else if known {
        format!("step-known-{name}")
    } else {
        format!("step-{name}")
    }
}

fn clock_sentence(Disagreement { device, portal }: Disagreement, texts: &Catalogue) -> String {
    let arguments = [
        ("device", Argument::Moment(device)),
        ("portal", Argument::Moment(portal)),
    ];
    texts.sentence("device-clock", &arguments)
}

/// How many places a journey has.
const PLACES: u8 = 7;

fn place(screen: &Screen, stage: &Stage, texts: &Catalogue) -> Option<Place> {
    let (number, id) = match screen {
        // The code that unblocks the card's PIN.
        Screen::Pending {
            action: PendingAction::Code,
        } if matches!(stage, Stage::Sign { .. }) => (6, "place-signature"),
        Screen::SignIn { .. } => (1, "place-sign-in"),
        Screen::ChooseOrder { .. } => (2, "place-order"),
        Screen::FillForm { .. }
        | Screen::Pending {
            action: PendingAction::Approval,
        } => (2, "place-form"),
        Screen::ConfirmPhone { .. }
        | Screen::AwaitInstitution { .. }
        | Screen::Pending {
            action: PendingAction::Code,
        } => (3, "place-phone"),
        Screen::ChooseMethod { .. } => (4, "place-method"),
        Screen::ReviewDocuments { .. } => (5, "place-documents"),
        Screen::Sign { .. }
        | Screen::Pending {
            action: PendingAction::Submission,
        } => (6, "place-signature"),
        Screen::Done { .. } => (PLACES, "place-done"),
        Screen::Outdated { .. } => return None,
    };
    Some(Place {
        number,
        count: PLACES,
        name: texts.sentence(id, &[]),
    })
}

/// The portal's own word, or what the app was built with until there is one.
fn support(portal: Option<&PortalInfo>, built_with: Option<&SupportContact>) -> Option<SupportContact> {
    let told = portal.map(|portal| SupportContact {
        phone: portal.support.phone.clone(),
        email: portal.support.email.clone(),
    });
    told.or_else(|| built_with.cloned())
}

fn privacy(portal: &PortalInfo, texts: &Catalogue) -> Option<PrivacyNotice> {
    let privacy = portal.privacy.as_ref()?;
    Some(PrivacyNotice {
        title: local(&privacy.title, texts),
        text: local(&privacy.text, texts),
        address: privacy.address.clone(),
    })
}

fn screen(record: &Record, passing: &Passing, texts: &Catalogue, setting: &Setting<'_>) -> Screen {
    match &record.stage {
        Stage::SignIn { resume } => Screen::SignIn {
            portal_name: record.portal.as_ref().map(|portal| local(&portal.name, texts)),
            host: setting.host.to_owned(),
            methods: record.portal.as_ref().map_or_else(Vec::new, |portal| {
                once(&portal.sign_in_methods)
                    .map(|method| sign_in_offer(method, texts))
                    .collect()
            }),
            identity: known_identity(record.applicant.as_ref(), resume.is_some(), setting.invited),
            captcha: passing.captcha.clone(),
            captcha_needed: !setting.device_is_known || passing.captcha_wanted,
        },
        Stage::ChooseOrder { orders } => Screen::ChooseOrder {
            applicant_name: record.applicant.as_ref().map_or_else(String::new, name),
            groups: order_groups(orders, texts),
        },
        Stage::FillForm {
            order,
            form,
            draft,
            faults,
        } => Screen::FillForm {
            product: order.product,
            product_name: product_name(order.product, texts),
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
        Stage::ConfirmPhone { telephone, code, .. } => Screen::ConfirmPhone {
            masked_phone: telephone.masked_phone.clone(),
            number: telephone.number,
            institution: telephone.institution.clone(),
            code: match code {
                CodeState::NotSent | CodeState::Sending { .. } => None,
                CodeState::Sent(sent) => Some(code_status(*sent, setting.clock)),
            },
        },
        Stage::AwaitInstitution {
            institution,
            masked_phone,
            ..
        } => Screen::AwaitInstitution {
            institution: institution.clone(),
            masked_phone: masked_phone.clone(),
        },
        Stage::ChooseMethod { methods, .. } => Screen::ChooseMethod {
            methods: once(methods).map(|method| method_offer(method, texts)).collect(),
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
                    pages: document.pages.clone(),
                })
                .collect(),
            signature: match (request.signature.format, request.signature.level) {
                (ContainerFormat::AsicE, SignatureLevel::BB) => texts.sentence("signature-asic-e-b-b", &[]),
                (ContainerFormat::AsicE, SignatureLevel::BT) => texts.sentence("signature-asic-e-b-t", &[]),
                (ContainerFormat::Unknown, _) | (_, SignatureLevel::Unknown) => String::new(),
            },
        },
        Stage::Sign {
            assistance: Some(Assistance::Asking { .. }),
            ..
        } => Screen::Pending {
            action: PendingAction::Code,
        },
        Stage::Sign {
            request, assistance, ..
        } => Screen::Sign {
            card: passing.card.clone(),
            assisted: request
                .assisted_unblocking
                .then(|| assisted(assistance.as_ref(), setting.clock)),
        },
        Stage::Submitting { .. } => Screen::Pending {
            action: PendingAction::Submission,
        },
        Stage::Done { receipt, .. } => Screen::Done {
            receipt: receipt.clone(),
            summary: receipt_summary(receipt, texts),
            return_to: record.return_to(&receipt.order).map(str::to_owned),
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
    // Who has a single name has it as the one or the other.
    format!("{} {}", applicant.given_name, applicant.family_name)
        .trim()
        .to_owned()
}

/// Those whose form waits for its first approval, and those that were begun before.
fn order_groups(orders: &[Order], texts: &Catalogue) -> Vec<OrderGroup> {
    let (new, previous): (Vec<&Order>, Vec<&Order>) = orders.iter().partition(|order| order.phase == OrderPhase::Form);
    [("orders-new", new), ("orders-previous", previous)]
        .into_iter()
        .filter(|(_, orders)| !orders.is_empty())
        .map(|(name, orders)| OrderGroup {
            name: texts.sentence(name, &[]),
            orders: orders.into_iter().map(|order| order_summary(order, texts)).collect(),
        })
        .collect()
}

fn product_name(product: Product, texts: &Catalogue) -> String {
    let id = match product {
        Product::Nes => "product-nes",
        Product::MobilNes => "product-mobil-nes",
    };
    texts.sentence(id, &[])
}

fn order_summary(order: &Order, texts: &Catalogue) -> OrderSummary {
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
        product_name: product_name(order.product, texts),
        institution: order.institution.clone(),
        created_at: order.created_at.clone(),
        phase: order.phase,
        phase_name: texts.sentence(phase, &[]),
        form_changeable: order.phase.form_changeable(),
    }
}

fn form_field(field: &Field, draft: Option<&String>, fault: Option<FieldFault>, texts: &Catalogue) -> FormField {
    let entry = match &field.kind {
        FieldKind::Text { min_length, max_length } => FieldEntry::Text {
            min_length: *min_length,
            max_length: *max_length,
        },
        FieldKind::Lines { max_length } => FieldEntry::Lines {
            max_length: *max_length,
        },
        FieldKind::Mobile => FieldEntry::Mobile,
        FieldKind::Email => FieldEntry::Email,
        FieldKind::Date { first, last } => {
            let days = Days::between(first, last);
            FieldEntry::Date {
                first: days.first.iso(),
                last: days.last.iso(),
            }
        }
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
        value: field::shown(&field.kind, draft.filter(|_| !field.locked).unwrap_or(&field.value)),
        fault: fault.map(|fault| field::fault_sentence(fault, &field.kind, texts)),
    }
}

fn assisted(assistance: Option<&Assistance>, clock: &PortalClock) -> AssistedUnblocking {
    let sent = match assistance {
        Some(Assistance::Sent(sent)) => Some(sent),
        Some(Assistance::Asking { .. }) | None => None,
    };
    AssistedUnblocking {
        verification_code: sent.map(|sent| sent.verification_code.clone()),
        code: sent.map(|sent| code_status(sent.code, clock)),
    }
}

fn code_status(sent: SentCode, clock: &PortalClock) -> CodeStatus {
    CodeStatus {
        length: sent.code_length,
        expires_in: seconds_until(sent.expires_at, clock).unwrap_or(UNSURE),
        resend_in: seconds_until(sent.resend_at, clock).unwrap_or(0),
        tries_left: sent.tries_left,
    }
}

/// How long a code is said to be good where nobody knows what time it is: the portal has the last word, and a person who
/// holds the message must not be told that it is too late.
const UNSURE: u32 = 60;

/// Seconds until a moment of the portal's time; none where that is not known: the device was started anew, or its clock
/// set, and the portal not asked since.
fn seconds_until(moment: u64, clock: &PortalClock) -> Option<u32> {
    let now = since_1970(clock.portal()?);
    Some(u32::try_from(moment.saturating_sub(now)).unwrap_or(u32::MAX))
}

/// Each of them once: several that this version does not know are one to it.
fn once<T: Copy + PartialEq>(methods: &[T]) -> impl Iterator<Item = T> + '_ {
    let known_before = |index: usize| methods[..index].contains(&methods[index]);
    (0..methods.len())
        .filter(move |index| !known_before(*index))
        .map(|index| methods[index])
}

fn sign_in_offer(method: SignInMethod, texts: &Catalogue) -> SignInOffer {
    let (id, available) = match method {
        SignInMethod::AccessPassword => ("sign-in-access-password", true),
        SignInMethod::Unknown => ("sign-in-unknown", false),
    };
    SignInOffer {
        method,
        name: texts.sentence(id, &[]),
        available,
        note: (!available).then(|| texts.attribute(id, "note", &[])),
    }
}

fn method_offer(method: Method, texts: &Catalogue) -> MethodOffer {
    let (id, available) = match method {
        Method::Card => ("method-card", true),
        Method::MobileSignature => ("method-mobile-signature", false),
        Method::Ink => ("method-ink", false),
        Method::Unknown => ("method-unknown", false),
    };
    MethodOffer {
        method,
        name: texts.sentence(id, &[]),
        available,
        note: (!available).then(|| texts.attribute(id, "note", &[])),
    }
}

fn local(text: &LocalizedText, texts: &Catalogue) -> String {
    match texts.language() {
        Language::Turkish => text.tr.clone(),
        Language::English => text.en.clone(),
    }
}
