//! Where an application stands: the one enum that is written to the journal. What a person sees is derived from it, so a
//! restart shows what was shown before. Its stored form is versioned and snapshot-tested.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::clock::PortalTime;
use crate::portal::{
    CardToUnblock, CodeSent, FaultyField, Form, IdentityKind, Method, NumberConfirmation, Order, OrderPhase,
    PhoneNumberAsked, PortalInfo, Receipt, SigningRequest, version,
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
    /// What time it was at the portal when it last answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) time: Option<PortalTime>,
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
            time: None,
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
        #[serde(flatten)]
        telephone: Telephone,
        code: CodeState,
    },
    /// The institution's word on the stated number.
    AwaitInstitution {
        order: Order,
        institution: String,
        /// The stated number.
        masked_phone: String,
        /// What the person goes back to: the code for the number that the institution told.
        #[serde(default)]
        instead: Telephone,
        code: CodeState,
    },
    /// The signing method.
    ChooseMethod { order: Order, methods: Vec<Method> },
    /// The person's look at what will be signed. The documents are in rows of their own.
    ReviewDocuments { order: Order, request: SigningRequest },
    /// The card and the PIN.
    Sign {
        order: Order,
        request: SigningRequest,
        /// How far the portal's help with a blocked PIN has come, where it was asked for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        assistance: Option<Assistance>,
    },
    /// The portal's answer to the signed application, which is in a row of its own.
    Submitting {
        order: Order,
        request: SigningRequest,
        request_id: String,
    },
    /// Nothing more.
    Done { order: Order, receipt: Receipt },
}

/// A telephone number that is being confirmed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Telephone {
    /// With all but its last digits hidden, once it is known.
    pub(crate) masked_phone: Option<String>,
    /// Whose word it is. Earlier versions knew the stated number alone.
    #[serde(default, skip_serializing_if = "PhoneNumberAsked::is_stated")]
    pub(crate) number: PhoneNumberAsked,
    /// The institution that can confirm the stated number instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) institution: Option<String>,
}

impl Telephone {
    /// The number in an approved form.
    pub(crate) fn stated(masked_phone: String) -> Self {
        Self {
            masked_phone: Some(masked_phone),
            ..Self::default()
        }
    }

    /// The number that a code was sent to.
    pub(crate) fn of_code(sent: &CodeSent) -> Self {
        Self {
            masked_phone: Some(sent.masked_phone.clone()),
            number: sent.number,
            institution: sent.institution.clone(),
        }
    }
}

/// What the next code is for.
impl From<NumberConfirmation> for Telephone {
    fn from(confirmation: NumberConfirmation) -> Self {
        Self {
            masked_phone: Some(confirmation.masked_phone),
            number: confirmation.number,
            institution: confirmation.institution,
        }
    }
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
    /// One was sent.
    Sent(SentCode),
}

/// A code that was sent. Times are seconds since 1970-01-01T00:00:00Z by the portal's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SentCode {
    pub(crate) code_length: u8,
    pub(crate) expires_at: u64,
    pub(crate) resend_at: u64,
    pub(crate) tries_left: u8,
}

impl SentCode {
    /// What the portal has told at a moment of its time.
    pub(crate) fn told(sent: &CodeSent, now: u64) -> Self {
        Self {
            code_length: sent.code_length,
            expires_at: now + u64::from(sent.expires_in),
            resend_at: now + u64::from(sent.resend_in),
            tries_left: sent.tries_left,
        }
    }

    /// The same after a wrong try: `None` where it is used up.
    pub(crate) fn with_tries_left(self, left: u8) -> Option<Self> {
        (left > 0).then_some(Self {
            tries_left: left,
            ..self
        })
    }
}

/// How far the portal's help with a blocked PIN has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub(crate) enum Assistance {
    /// A code is being asked for under this request id. `before` is what was sent earlier, which is still good where the
    /// portal refuses to send another.
    Asking {
        request_id: String,
        card: CardToUnblock,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        app_token: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<SentAssistance>,
    },
    /// One was sent.
    Sent(SentAssistance),
}

/// A code that was sent for a card's PIN.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SentAssistance {
    /// The card it is for.
    pub(crate) card: CardToUnblock,
    /// What the text message names.
    pub(crate) verification_code: String,
    pub(crate) code: SentCode,
    /// The request id under which the code is given for the command: the same code gets the same command again, so that
    /// neither a card that was not there nor a restart uses the code up.
    pub(crate) request_id: String,
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
            | Self::AwaitInstitution { order, .. }
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
                | Self::Sign {
                    assistance: Some(Assistance::Asking { .. }),
                    ..
                }
        )
    }

    /// Whether the institution's answer is waited for, also while the person has to sign in again for it.
    pub(crate) fn awaits_institution(&self) -> bool {
        if let Self::SignIn { resume: Some(stage) } = self {
            return stage.awaits_institution();
        }
        matches!(self, Self::AwaitInstitution { .. })
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
            | Self::AwaitInstitution { .. }
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
            Self::ConfirmPhone { .. } | Self::AwaitInstitution { .. } => phase == OrderPhase::Confirmation,
            Self::ChooseMethod { .. } => matches!(phase, OrderPhase::Method | OrderPhase::Signature),
            Self::ReviewDocuments { .. } | Self::Sign { .. } | Self::Submitting { .. } => {
                phase == OrderPhase::Signature
            }
            Self::Done { .. } => phase == OrderPhase::Complete,
        }
    }
}

#[cfg(test)]
mod tests;
