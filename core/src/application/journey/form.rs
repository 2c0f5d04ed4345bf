//! The form: values are judged before they are sent, and its approval happens once.

use std::collections::{BTreeMap, HashMap};

use super::fresh_id;
use crate::application::field::{faults, kept};
use crate::application::journal::Change;
use crate::application::stage::{CodeState, Stage, Telephone};
use crate::application::{Activity, CertificateApplication, DOCUMENTS, DRAFTS, container_row};
use crate::failure::Failure;
use crate::portal::{Approval, ClientError, FaultyField, Field, FieldFault, Form, Order, OrderPhase, ProblemKind};

/// No form of an application has more fields.
const MOST_FIELDS: usize = 200;
/// No value has more octets: room for 4,000 characters of any script.
const LONGEST_VALUE: usize = 16 * 1024;
/// No draft has more octets: an approval of it fits into the 64 KiB that a portal takes.
const LARGEST_DRAFT: usize = 48 * 1024;

impl CertificateApplication {
    /// Goes back to an approved form. Its approval holds until the form is approved anew: who only looks has lost nothing.
    pub(super) async fn change_form(&self, order: Order) -> Result<(), Failure> {
        if !order.phase.form_changeable() {
            return Err(Failure::AnswerNotExpected);
        }
        self.open_form(order, None).await?;
        self.with_state(|state| state.passing.card = None);
        Ok(())
    }

    /// Shows the form of an order as the portal has it now, with a draft: the one given, or the one kept for this form.
    /// What this device has of an earlier approval is let go of: it is fetched again if it still holds.
    pub(super) async fn open_form(&self, order: Order, draft: Option<BTreeMap<String, String>>) -> Result<(), Failure> {
        let token = self.token()?;
        self.tell(Activity::AskingPortal);
        let form = checked_form(self.portal.with(&token).form(&order.id).await?)?;
        let draft = match draft {
            Some(draft) => draft,
            None => self.journal.read(&draft_row(&order, &form))?.unwrap_or_default(),
        };
        let changes = unsigned(&order);
        self.advance(
            Stage::FillForm {
                order,
                form,
                draft,
                faults: Vec::new(),
            },
            changes,
        )
    }

    pub(super) async fn approve(
        &self,
        order: Order,
        form: Form,
        draft: BTreeMap<String, String>,
        values: HashMap<String, String>,
    ) -> Result<(), Failure> {
        let changed: Vec<FaultyField> = form
            .fields
            .iter()
            .filter(|field| field.locked && values.get(&field.name).is_some_and(|value| is_changed(field, value)))
            .map(|field| FaultyField {
                name: field.name.clone(),
                fault: FieldFault::Locked,
            })
            .collect();
        let draft = drafted(&form, &draft, values)?;
        let found = if changed.is_empty() {
            faults(&form, &draft)
        } else {
            changed
        };
        if let Some(first) = found.first() {
            let failure = if first.fault == FieldFault::Locked {
                Failure::FormFieldLocked { fields: found.clone() }
            } else {
                Failure::FormInvalid { fields: found.clone() }
            };
            self.advance(
                Stage::FillForm {
                    order,
                    form,
                    draft,
                    faults: found,
                },
                Vec::new(),
            )?;
            return Err(failure);
        }
        let request_id = fresh_id()?;
        let stage = Stage::Approving {
            order: order.clone(),
            form: form.clone(),
            draft: draft.clone(),
            request_id: request_id.clone(),
        };
        self.advance(stage, Vec::new())?;
        self.finish_approval(order, form, draft, &request_id).await
    }

    pub(super) async fn finish_approval(
        &self,
        order: Order,
        form: Form,
        draft: BTreeMap<String, String>,
        request_id: &str,
    ) -> Result<(), Failure> {
        let token = self.token()?;
        self.tell(Activity::AskingPortal);
        let mut values = draft.clone();
        for field in form.fields.iter().filter(|field| !field.locked) {
            values.entry(field.name.clone()).or_insert_with(|| field.value.clone());
        }
        let approved = self
            .portal
            .with(&token)
            .approve(&order.id, &form.version, &Approval { values }, request_id)
            .await;
        match approved {
            Ok(approved) => {
                let mut changes = unsigned(&order);
                changes.extend(without_drafts(&order.id));
                let stage = Stage::ConfirmPhone {
                    order: Order {
                        phase: OrderPhase::Confirmation,
                        ..order
                    },
                    telephone: Telephone::stated(approved.masked_phone),
                    code: CodeState::NotSent,
                };
                self.advance(stage, changes)
            }
            Err(ClientError::Problem(problem)) if problem.kind == ProblemKind::FormInvalid => {
                let stage = Stage::FillForm {
                    order,
                    form,
                    draft,
                    faults: problem.fields.clone(),
                };
                self.advance(stage, Vec::new())?;
                Err(ClientError::Problem(problem).into())
            }
            Err(ClientError::Problem(problem)) if problem.kind == ProblemKind::FormChanged => {
                self.open_form(order, Some(draft)).await?;
                Err(Failure::FormChanged)
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// The changes after which nothing is left of what was to be signed for an order, or was signed and is void.
pub(super) fn unsigned(order: &Order) -> Vec<Change> {
    vec![Change::delete_all(DOCUMENTS), Change::delete(container_row(&order.id))]
}

/// The changes after which no draft of an order's form is left.
pub(super) fn without_drafts(order: &str) -> [Change; 2] {
    let first = format!("{DRAFTS}{order}");
    [Change::delete_all(format!("{first}/")), Change::delete(first)]
}

/// The row of a draft. One of an approved form belongs to the approval it was begun after: with another one, what was
/// approved is what is shown.
pub(super) fn draft_row(order: &Order, form: &Form) -> String {
    match order.phase {
        OrderPhase::Form => format!("{DRAFTS}{}", order.id),
        OrderPhase::Confirmation
        | OrderPhase::Method
        | OrderPhase::Signature
        | OrderPhase::Complete
        | OrderPhase::Withdrawn => format!("{DRAFTS}{}/{}", order.id, form.version),
    }
}

/// A form that can be shown: of bounded length, its names unique.
fn checked_form(form: Form) -> Result<Form, Failure> {
    if form.fields.len() > MOST_FIELDS {
        return Err(Failure::PortalGarbled);
    }
    let mut names: Vec<&str> = form.fields.iter().map(|field| field.name.as_str()).collect();
    names.sort_unstable();
    if names.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(Failure::PortalGarbled);
    }
    Ok(form)
}

/// The values of fields that exist and may be changed, as they are kept.
fn editable(form: &Form, mut values: HashMap<String, String>) -> HashMap<String, String> {
    let open = form.fields.iter().filter(|field| !field.locked);
    open.filter_map(|field| {
        let (name, value) = values.remove_entry(&field.name)?;
        Some((name, kept(&field.kind, value)))
    })
    .collect()
}

/// A draft with new values over it. Values of fields that do not exist or may not be changed do not enter it, nor does more
/// than a form can need: it is kept and shown at every step.
pub(super) fn drafted(
    form: &Form,
    draft: &BTreeMap<String, String>,
    values: HashMap<String, String>,
) -> Result<BTreeMap<String, String>, Failure> {
    let draft = merged(draft, editable(form, values));
    let whole: usize = draft.values().map(String::len).sum();
    if whole > LARGEST_DRAFT || draft.values().any(|value| value.len() > LONGEST_VALUE) {
        return Err(Failure::DraftTooLarge);
    }
    Ok(draft)
}

/// Whether a value is another one than the field has, however it is written.
fn is_changed(field: &Field, value: &str) -> bool {
    value != field.value && kept(&field.kind, value.to_owned()) != kept(&field.kind, field.value.clone())
}

/// Values by field name, as the portal wants them.
pub(super) fn merged(draft: &BTreeMap<String, String>, values: HashMap<String, String>) -> BTreeMap<String, String> {
    let mut merged = draft.clone();
    merged.extend(values);
    merged
}
