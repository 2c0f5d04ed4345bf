//! What a step shows, as text to be compared: `Debug` of the core's own types keeps personal data to itself.

use std::fmt::Write as _;

use basvuru::application::{FormField, Screen, Step};

/// What must be the same after a failure and after a restart: the screen and everything the portal or the person has put
/// into it. Not the picture code, the card that was read, the tries of a code, and the sentences at faulty fields.
#[must_use]
pub fn kept(step: &Step) -> String {
    describe(step, false)
}

/// All of it, to the last octet.
#[must_use]
pub fn all_shown(step: &Step) -> String {
    format!(
        "{}\n{}\n{:?}\n{:?} {:?} {:?} {:?}\n{}",
        step.title,
        step.hint,
        step.notice,
        step.place,
        step.clock,
        step.support,
        step.privacy,
        describe(step, true)
    )
}

fn describe(step: &Step, all: bool) -> String {
    let mut text = String::new();
    match &step.screen {
        Screen::SignIn {
            portal_name,
            host,
            methods,
            identity,
            captcha,
            captcha_needed,
        } => {
            text.push_str("sign-in");
            if let Some(identity) = identity {
                let _ = write!(text, " {:?} {} {}", identity.kind, identity.number, identity.editable);
            }
            if all {
                let captcha = captcha.as_ref().map(|files| (&files.id, &files.picture, &files.sound));
                let _ = write!(text, " {portal_name:?} {host} {methods:?} {captcha:?} {captcha_needed}");
            }
        }
        Screen::ChooseOrder { applicant_name, groups } => {
            let _ = write!(text, "choose-order {applicant_name} {groups:?}");
        }
        Screen::FillForm {
            product,
            product_name,
            fields,
        } => {
            let _ = write!(text, "fill-form {product:?} {product_name}");
            for field in fields {
                let _ = write!(text, "\n{}", describe_field(field, all));
            }
        }
        Screen::ConfirmPhone {
            masked_phone,
            number,
            institution,
            code,
        } => {
            let sent = code.is_some();
            let _ = write!(text, "confirm-phone {masked_phone:?} {number:?} {institution:?} {sent}");
            if all {
                let _ = write!(text, " {code:?}");
            }
        }
        Screen::AwaitInstitution {
            institution,
            masked_phone,
        } => {
            let _ = write!(text, "await-institution {institution} {masked_phone}");
        }
        Screen::ChooseMethod { methods } => {
            let _ = write!(text, "choose-method {methods:?}");
        }
        Screen::ReviewDocuments { documents, signature } => {
            let _ = write!(text, "review-documents {documents:?} {signature}");
        }
        Screen::Sign { card, assisted } => {
            text.push_str("sign");
            if let Some(assisted) = assisted {
                let _ = write!(text, " {:?} {}", assisted.verification_code, assisted.code.is_some());
            }
            if let Some(assisted) = assisted.as_ref().filter(|_| all) {
                let _ = write!(text, " {:?}", assisted.code);
            }
            if let Some(card) = card.as_ref().filter(|_| all) {
                let _ = write!(
                    text,
                    " {} {} {} {:?} {:?}",
                    card.reader,
                    card.label,
                    card.certificates.len(),
                    card.tries_left,
                    card.tries_sentence
                );
            }
        }
        Screen::Pending { action } => {
            let _ = write!(text, "pending {action:?}");
        }
        Screen::Done {
            receipt,
            summary,
            return_to,
        } => {
            let _ = write!(text, "done {receipt:?} {summary} {return_to:?}");
        }
        Screen::Outdated { version } => {
            let _ = write!(text, "outdated {version}");
        }
    }
    text
}

fn describe_field(field: &FormField, all: bool) -> String {
    let FormField {
        name,
        label,
        help,
        entry,
        required,
        locked,
        value,
        fault,
    } = field;
    let fault = fault.as_ref().filter(|_| all);
    format!("{name} {label} {help:?} {entry:?} {required} {locked} {value:?} {fault:?}")
}
