//! Where an application stands: the one enum that is written to the journal. What a person sees is derived from it, so a
//! restart shows what was shown before. Its stored form is versioned and snapshot-tested.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::portal::{
    FaultyField, Form, IdentityKind, Method, Order, OrderPhase, PortalInfo, Receipt, SigningRequest, version,
};

/// What the journal's row `application` holds.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Record {
    /// What the portal said of itself, once it was asked.
    pub(crate) portal: Option<PortalInfo>,
    /// Who applies, once they have signed in.
    pub(crate) applicant: Option<Applicant>,
    /// Where the application stands.
    pub(crate) stage: Stage,
    /// The oldest version the portal works with, when it refused this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) outdated: Option<String>,
    /// Where the app returns to when the application is complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) return_to: Option<ReturnTo>,
}

/// Where the app returns to.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ReturnTo {
    /// After which order; after any where the link named none.
    pub(crate) order: Option<String>,
    /// An https address.
    pub(crate) address: String,
}

impl Record {
    pub(crate) fn new() -> Self {
        Self {
            portal: None,
            applicant: None,
            stage: Stage::SignIn { resume: None },
            outdated: None,
            return_to: None,
        }
    }

    /// Where the app returns to after an order.
    pub(crate) fn return_to(&self, order: &str) -> Option<&str> {
        let asked = self.return_to.as_ref()?;
        let is_meant = asked.order.as_ref().is_none_or(|meant| meant == order);
        is_meant.then_some(asked.address.as_str())
    }

    /// The oldest version the portal works with, where this one is older: an update of the app ends it.
    pub(crate) fn outdated(&self) -> Option<&str> {
        self.outdated
            .as_deref()
            .filter(|oldest| version::is_older(version::CORE, oldest))
    }
}

/// Who applies.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Applicant {
    pub(crate) identity_kind: IdentityKind,
    /// The number as signed in with, normalised.
    pub(crate) identity: String,
    pub(crate) given_name: String,
    pub(crate) family_name: String,
}

/// Where an application stands. Named by what it waits for; the two *intent* stages, `Approving` and `Submitting`, and a
/// code being sent, carry the request id under which an effect that must not happen twice was begun.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "stage", rename_all = "kebab-case")]
pub(crate) enum Stage {
    /// Credentials. `resume` is where the application goes on afterwards, when a session ended on the way.
    SignIn { resume: Option<Box<Self>> },
    /// The order to go on with.
    ChooseOrder { orders: Vec<Order> },
    /// The form's values and approval. The order's phase is `Form` at first, and a later one where an approved form is
    /// being changed.
    FillForm {
        order: Order,
        form: Form,
        draft: BTreeMap<String, String>,
        faults: Vec<FaultyField>,
    },
    /// The portal's answer to an approval under way.
    Approving {
        order: Order,
        form: Form,
        draft: BTreeMap<String, String>,
        request_id: String,
    },
    /// The code from the text message.
    ConfirmPhone {
        order: Order,
        masked_phone: Option<String>,
        code: CodeState,
    },
    /// The signing method.
    ChooseMethod { order: Order, methods: Vec<Method> },
    /// The person's look at what will be signed. The documents are in rows of their own.
    ReviewDocuments { order: Order, request: SigningRequest },
    /// The card and the PIN.
    Sign { order: Order, request: SigningRequest },
    /// The portal's answer to the signed application, which is in a row of its own.
    Submitting {
        order: Order,
        request: SigningRequest,
        request_id: String,
    },
    /// Nothing more.
    Done { order: Order, receipt: Receipt },
}

/// How far the text message has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub(crate) enum CodeState {
    /// None was asked for, or the last one is used up.
    NotSent,
    /// One is being asked for under this request id. `before` is the one that was sent earlier, which is still good where
    /// the portal refuses to send another.
    Sending {
        request_id: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<Box<Self>>,
        /// What the message is to carry for the app: the same whenever the request is repeated.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        app_token: Option<String>,
    },
    /// One was sent. Times are seconds since 1970-01-01T00:00:00Z by this device's clock.
    Sent {
        code_length: u8,
        expires_at: u64,
        resend_at: u64,
        tries_left: u8,
    },
}

impl Stage {
    /// The order that the stage is about.
    pub(crate) fn order(&self) -> Option<&Order> {
        match self {
            Self::SignIn { resume } => resume.as_ref().and_then(|stage| stage.order()),
            Self::ChooseOrder { .. } => None,
            Self::FillForm { order, .. }
            | Self::Approving { order, .. }
            | Self::ConfirmPhone { order, .. }
            | Self::ChooseMethod { order, .. }
            | Self::ReviewDocuments { order, .. }
            | Self::Sign { order, .. }
            | Self::Submitting { order, .. }
            | Self::Done { order, .. } => Some(order),
        }
    }

    /// The draft of an order's form, where the stage has one.
    pub(crate) fn into_draft(self, order_id: &str) -> Option<BTreeMap<String, String>> {
        if let Self::FillForm { order, draft, .. } | Self::Approving { order, draft, .. } = self
            && order.id == order_id
        {
            return Some(draft);
        }
        None
    }

    /// Whether an effect is under way whose outcome only the portal knows.
    pub(crate) fn is_intent(&self) -> bool {
        matches!(
            self,
            Self::Approving { .. }
                | Self::Submitting { .. }
                | Self::ConfirmPhone {
                    code: CodeState::Sending { .. },
                    ..
                }
        )
    }

    /// Whether a signed application is on its way, also while the person has to sign in again for it.
    pub(crate) fn is_submitting(&self) -> bool {
        match self {
            Self::Submitting { .. } => true,
            Self::SignIn { resume } => resume.as_ref().is_some_and(|stage| stage.is_submitting()),
            Self::ChooseOrder { .. }
            | Self::FillForm { .. }
            | Self::Approving { .. }
            | Self::ConfirmPhone { .. }
            | Self::ChooseMethod { .. }
            | Self::ReviewDocuments { .. }
            | Self::Sign { .. }
            | Self::Done { .. } => false,
        }
    }

    /// Whether the stage is what an order in `phase` waits for.
    pub(crate) fn fits(&self, phase: OrderPhase) -> bool {
        match self {
            Self::SignIn { resume } => resume.as_ref().is_none_or(|stage| stage.fits(phase)),
            Self::ChooseOrder { .. } => true,
            Self::FillForm { order, .. } | Self::Approving { order, .. } => {
                phase == OrderPhase::Form || order.phase.form_changeable() && phase.form_changeable()
            }
            Self::ConfirmPhone { .. } => phase == OrderPhase::Confirmation,
            Self::ChooseMethod { .. } => matches!(phase, OrderPhase::Method | OrderPhase::Signature),
            Self::ReviewDocuments { .. } | Self::Sign { .. } | Self::Submitting { .. } => {
                phase == OrderPhase::Signature
            }
            Self::Done { .. } => phase == OrderPhase::Complete,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::portal::{
        Choice, ContainerFormat, DocumentDescription, Field, FieldFault, FieldKind, LocalizedText, Privacy, Product,
        SignInMethod, SignatureLevel, SignatureWish, Support,
    };

    fn text(tr: &str, en: &str) -> LocalizedText {
        LocalizedText {
            tr: tr.to_owned(),
            en: en.to_owned(),
        }
    }

    fn order(phase: OrderPhase) -> Order {
        Order {
            id: "order-1".to_owned(),
            product: Product::Nes,
            institution: "Örnek Kurum".to_owned(),
            created_at: "2026-11-22T10:00:00Z".to_owned(),
            phase,
        }
    }

    fn born() -> FieldKind {
        FieldKind::Date {
            first: "1900-01-01".to_owned(),
            last: "2026-11-21".to_owned(),
        }
    }

    fn form() -> Form {
        let field = |name: &str, kind, locked| Field {
            name: name.to_owned(),
            label: text("Etiket", "Label"),
            help: None,
            kind,
            required: true,
            locked,
            value: String::new(),
        };
        Form {
            version: "7".to_owned(),
            fields: vec![
                field(
                    "name",
                    FieldKind::Text {
                        min_length: 4,
                        max_length: 60,
                    },
                    true,
                ),
                field("address", FieldKind::Lines { max_length: 300 }, false),
                field("mobile", FieldKind::Mobile, false),
                field("email", FieldKind::Email, false),
                field("birth-date", born(), false),
                field(
                    "years",
                    FieldKind::Choice {
                        choices: vec![Choice {
                            value: "3".to_owned(),
                            label: text("3 yıl", "3 years"),
                        }],
                    },
                    false,
                ),
            ],
        }
    }

    fn request() -> SigningRequest {
        SigningRequest {
            documents: vec![DocumentDescription {
                id: "form".to_owned(),
                file_name: "basvuru-formu.pdf".to_owned(),
                title: text("Başvuru formu", "Application form"),
                media_type: "application/pdf".to_owned(),
                size: 12_345,
                sha256: "00".repeat(32),
                pages: Vec::new(),
            }],
            signature: SignatureWish {
                format: ContainerFormat::AsicE,
                level: SignatureLevel::BB,
            },
        }
    }

    /// One of each stage, and of each state within one.
    fn samples() -> Vec<Stage> {
        let draft = BTreeMap::from([("email".to_owned(), "ad@example.com".to_owned())]);
        let request_id = "0123456789abcdef0123456789abcdef".to_owned();
        let confirm = |masked_phone: Option<&str>, code| Stage::ConfirmPhone {
            order: order(OrderPhase::Confirmation),
            masked_phone: masked_phone.map(str::to_owned),
            code,
        };
        let signing = || order(OrderPhase::Signature);
        vec![
            Stage::SignIn { resume: None },
            Stage::SignIn {
                resume: Some(Box::new(confirm(None, CodeState::NotSent))),
            },
            Stage::ChooseOrder {
                orders: vec![order(OrderPhase::Form), order(OrderPhase::Complete)],
            },
            Stage::FillForm {
                order: order(OrderPhase::Form),
                form: form(),
                draft: draft.clone(),
                faults: vec![FaultyField {
                    name: "email".to_owned(),
                    fault: FieldFault::Malformed,
                }],
            },
            Stage::Approving {
                order: order(OrderPhase::Form),
                form: form(),
                draft: draft.clone(),
                request_id: request_id.clone(),
            },
            Stage::Approving {
                order: order(OrderPhase::Method),
                form: form(),
                draft,
                request_id: request_id.clone(),
            },
            confirm(
                Some("+90 5** *** ** 01"),
                CodeState::Sending {
                    request_id: request_id.clone(),
                    before: None,
                    app_token: None,
                },
            ),
            confirm(
                Some("+90 5** *** ** 01"),
                CodeState::Sending {
                    request_id: request_id.clone(),
                    before: Some(Box::new(CodeState::Sent {
                        code_length: 6,
                        expires_at: 1_800_000_300,
                        resend_at: 1_800_000_060,
                        tries_left: 2,
                    })),
                    app_token: Some("FA+9qCX9VSu".to_owned()),
                },
            ),
            confirm(
                Some("+90 5** *** ** 01"),
                CodeState::Sent {
                    code_length: 6,
                    expires_at: 1_800_000_300,
                    resend_at: 1_800_000_060,
                    tries_left: 3,
                },
            ),
            Stage::ChooseMethod {
                order: order(OrderPhase::Method),
                methods: vec![Method::Card, Method::Ink],
            },
            Stage::ReviewDocuments {
                order: signing(),
                request: request(),
            },
            Stage::Sign {
                order: signing(),
                request: request(),
            },
            Stage::Submitting {
                order: signing(),
                request: request(),
                request_id,
            },
            Stage::Done {
                order: order(OrderPhase::Complete),
                receipt: Receipt {
                    number: "2026-000001".to_owned(),
                    order: "order-1".to_owned(),
                    received_at: "2026-11-22T10:05:00Z".to_owned(),
                    container_sha256: "11".repeat(32),
                    certificate_serial: "0a".to_owned(),
                },
            },
        ]
    }

    #[test]
    fn the_stored_form_is_what_earlier_versions_wrote() {
        let portal = PortalInfo {
            name: text("Örnek Merkez", "Sample Centre"),
            host: "localhost".to_owned(),
            sms_senders: vec!["ORNEK".to_owned()],
            support: Support {
                phone: "+902620000000".to_owned(),
                email: "destek@example.com".to_owned(),
            },
            sign_in_methods: vec![SignInMethod::AccessPassword, SignInMethod::Unknown],
            privacy: Some(Privacy {
                title: text("Aydınlatma metni", "Privacy notice"),
                text: text("Verileriniz", "Your data"),
                address: Some("https://localhost/gizlilik".to_owned()),
            }),
        };
        let applicant = Applicant {
            identity_kind: IdentityKind::NationalId,
            identity: "10000000146".to_owned(),
            given_name: "Işıl".to_owned(),
            family_name: "ÖRNEK".to_owned(),
        };
        let record = Record {
            portal: Some(portal),
            applicant: Some(applicant),
            stage: Stage::SignIn { resume: None },
            outdated: Some("2.0.0".to_owned()),
            return_to: Some(ReturnTo {
                order: Some("order-1".to_owned()),
                address: "https://localhost/geri".to_owned(),
            }),
        };
        let stored = serde_json::json!({ "record": record, "stages": samples() });
        insta::assert_snapshot!(serde_json::to_string_pretty(&stored).unwrap());
    }

    #[test]
    fn what_was_stored_is_read_again() {
        for stage in samples() {
            let stored = serde_json::to_value(&stage).unwrap();
            let read: Stage = serde_json::from_value(stored.clone()).unwrap();
            assert_eq!(serde_json::to_value(read).unwrap(), stored);
        }
    }

    #[test]
    fn a_form_that_was_stored_before_dates_had_bounds_is_read() {
        for (stored, read) in [
            (
                r#"{"type":"date"}"#,
                FieldKind::Date {
                    first: String::new(),
                    last: String::new(),
                },
            ),
            (
                r#"{"type":"text","max_length":60}"#,
                FieldKind::Text {
                    min_length: 0,
                    max_length: 60,
                },
            ),
        ] {
            assert!(serde_json::from_str::<FieldKind>(stored).unwrap() == read, "{stored}");
        }
    }

    #[test]
    fn an_approved_form_that_is_being_changed_fits_until_something_is_signed() {
        let change = |phase| Stage::FillForm {
            order: order(phase),
            form: form(),
            draft: BTreeMap::new(),
            faults: Vec::new(),
        };
        for known in [OrderPhase::Confirmation, OrderPhase::Method, OrderPhase::Signature] {
            for now in [OrderPhase::Confirmation, OrderPhase::Method, OrderPhase::Signature] {
                assert!(change(known).fits(now));
                assert!(!change(OrderPhase::Form).fits(now), "somebody else has approved it");
            }
            assert!(!change(known).fits(OrderPhase::Complete));
        }
    }

    #[test]
    fn every_stage_fits_the_phase_it_waits_in() {
        for stage in samples() {
            if let Some(order) = stage.order() {
                assert!(stage.fits(order.phase));
                assert!(!stage.fits(OrderPhase::Withdrawn));
            }
        }
    }
}
