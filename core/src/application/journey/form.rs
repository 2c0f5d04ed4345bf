//! The form: values are judged before they are sent, and its approval happens once.

use std::collections::{BTreeMap, HashMap};

use super::fresh_id;
use crate::application::field::{faults, kept};
use crate::application::stage::{CodeState, Stage};
use crate::application::{Activity, CertificateApplication};
use crate::failure::Failure;
use crate::portal::{Approval, ClientError, FaultyField, Field, FieldFault, Form, Order, OrderPhase, ProblemKind};

impl CertificateApplication {
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
        let draft = merged(&draft, editable(&form, values));
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
                let stage = Stage::ConfirmPhone {
                    order: Order {
                        phase: OrderPhase::Confirmation,
                        ..order
                    },
                    masked_phone: Some(approved.masked_phone),
                    code: CodeState::NotSent,
                };
                self.advance(stage, Vec::new())
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
                // The draft is found in the stage and kept.
                self.enter(Order {
                    phase: OrderPhase::Form,
                    ..order
                })
                .await?;
                Err(Failure::FormChanged)
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// The values of fields that exist and may be changed, as they are kept: nothing else enters the draft.
pub(super) fn editable(form: &Form, mut values: HashMap<String, String>) -> HashMap<String, String> {
    let open = form.fields.iter().filter(|field| !field.locked);
    open.filter_map(|field| {
        let (name, value) = values.remove_entry(&field.name)?;
        Some((name, kept(&field.kind, value)))
    })
    .collect()
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
