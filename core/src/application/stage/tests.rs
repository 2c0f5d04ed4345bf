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
        confirmation: None,
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
        assisted_unblocking: false,
        issuers: Vec::new(),
    }
}

/// The same at a portal that helps with a blocked PIN.
fn assisted() -> SigningRequest {
    SigningRequest {
        assisted_unblocking: true,
        ..request()
    }
}

fn sent_code(tries_left: u8) -> SentCode {
    SentCode {
        code_length: 6,
        expires_at: 1_800_000_300,
        resend_at: 1_800_000_060,
        tries_left,
    }
}

fn card() -> CardToUnblock {
    CardToUnblock {
        certificate_serial: "0a".to_owned(),
        card_serial: Some("0102030405060708".to_owned()),
    }
}

fn sent_assistance() -> SentAssistance {
    SentAssistance {
        card: card(),
        verification_code: "K7MP".to_owned(),
        code: sent_code(3),
        request_id: "00112233445566778899aabbccddeeff".to_owned(),
    }
}

fn asking(before: Option<SentAssistance>) -> Assistance {
    Assistance::Asking {
        request_id: "0123456789abcdef0123456789abcdef".to_owned(),
        card: card(),
        app_token: before.as_ref().map(|_| "FA+9qCX9VSu".to_owned()),
        before,
    }
}

fn sign(request: SigningRequest, assistance: Option<Assistance>) -> Stage {
    Stage::Sign {
        order: order(OrderPhase::Signature),
        request,
        assistance,
    }
}

/// One of each stage, and of each state within one.
fn samples() -> Vec<Stage> {
    let draft = BTreeMap::from([("email".to_owned(), "ad@example.com".to_owned())]);
    let request_id = "0123456789abcdef0123456789abcdef".to_owned();
    let confirm = |masked_phone: Option<&str>, code| Stage::ConfirmPhone {
        order: order(OrderPhase::Confirmation),
        telephone: Telephone {
            masked_phone: masked_phone.map(str::to_owned),
            ..Telephone::default()
        },
        code,
    };
    let told = || Telephone {
        masked_phone: Some("+90 5** *** ** 02".to_owned()),
        number: PhoneNumberAsked::Told,
        institution: Some("Örnek Kurum".to_owned()),
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
                before: Some(Box::new(CodeState::Sent(sent_code(2)))),
                app_token: Some("FA+9qCX9VSu".to_owned()),
            },
        ),
        confirm(Some("+90 5** *** ** 01"), CodeState::Sent(sent_code(3))),
        Stage::ConfirmPhone {
            order: order(OrderPhase::Confirmation),
            telephone: told(),
            code: CodeState::Sent(sent_code(3)),
        },
        Stage::AwaitInstitution {
            order: order(OrderPhase::Confirmation),
            institution: "Örnek Kurum".to_owned(),
            masked_phone: "+90 5** *** ** 01".to_owned(),
            instead: told(),
            code: CodeState::NotSent,
        },
        Stage::ChooseMethod {
            order: order(OrderPhase::Method),
            methods: vec![Method::Card, Method::Ink],
        },
        Stage::ReviewDocuments {
            order: signing(),
            request: request(),
        },
        sign(request(), None),
        sign(assisted(), None),
        sign(assisted(), Some(asking(None))),
        sign(assisted(), Some(asking(Some(sent_assistance())))),
        sign(assisted(), Some(Assistance::Sent(sent_assistance()))),
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
        time: serde_json::from_str(r#"{"portal":1800000000,"wall":1800000002,"steady":1000}"#).unwrap(),
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
