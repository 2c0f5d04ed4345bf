//! A device may have several people, one after the other: what is kept of one is shown to nobody else, and comes back when
//! the same person signs in again.

use serde::{Deserialize, Serialize};

use super::journal::Change;
use super::stage::{Applicant, Record, Stage};
use super::{CertificateApplication, RECEIPTS, container_row, receipt_row};
use crate::failure::Failure;
use crate::portal::{IdentityKind, Order, Receipt};

/// Who something belongs to.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Owner {
    identity_kind: IdentityKind,
    identity: String,
}

impl From<&Applicant> for Owner {
    fn from(applicant: &Applicant) -> Self {
        Self {
            identity_kind: applicant.identity_kind,
            identity: applicant.identity.clone(),
        }
    }
}

/// A receipt as it is kept.
#[derive(Serialize, Deserialize)]
struct KeptReceipt {
    /// Whose it is; not known of what the first versions kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    owner: Option<Owner>,
    #[serde(flatten)]
    receipt: Receipt,
}

impl CertificateApplication {
    /// The change that keeps a receipt of the person whose application this is.
    pub(super) fn keeping(&self, receipt: &Receipt) -> Result<Change, Failure> {
        let kept = KeptReceipt {
            owner: self.record().applicant.as_ref().map(Owner::from),
            receipt: receipt.clone(),
        };
        Ok(Change::put(&receipt_row(&receipt.order), &kept)?)
    }

    /// The receipts of the person whose application this is; of nobody, where nobody has signed in.
    pub(super) fn own_receipts(&self) -> Result<Vec<Receipt>, Failure> {
        let owner = self.record().applicant.as_ref().map(Owner::from);
        if owner.is_none() {
            return Ok(Vec::new());
        }
        let mut receipts: Vec<KeptReceipt> = self.journal.read_all(RECEIPTS)?;
        receipts.retain(|kept| kept.owner == owner);
        Ok(receipts.into_iter().map(|kept| kept.receipt).collect())
    }

    /// The signed container of an order of the person whose application this is: complete, or on its way.
    pub(super) fn own_container(&self, order: &str) -> Result<Vec<u8>, Failure> {
        let record = self.record();
        let on_its_way = record.stage.is_submitting() && record.stage.order().is_some_and(|own| own.id == order);
        let is_own = on_its_way || self.own_receipts()?.iter().any(|receipt| receipt.order == order);
        if !is_own {
            return Err(Failure::DocumentUnknown);
        }
        let content = self.journal.read_bytes(&container_row(order))?;
        Ok(content.ok_or(Failure::DocumentUnknown)?.to_vec())
    }

    /// The changes that give a person the receipts which the first versions kept without an owner, for the orders that the
    /// portal says are theirs.
    pub(super) fn claiming(&self, applicant: &Applicant, orders: &[Order]) -> Result<Vec<Change>, Failure> {
        claimed(self.journal.read_all(RECEIPTS)?, applicant, orders)
            .map(|kept| Ok(Change::put(&receipt_row(&kept.receipt.order), &kept)?))
            .collect()
    }

    /// Claims what belongs to the person in the middle of whose application a newer version takes over.
    pub(super) fn claim_for(&self, record: &Record) -> Result<(), Failure> {
        let Some(applicant) = &record.applicant else {
            return Ok(());
        };
        let orders = if let Stage::ChooseOrder { orders } = &record.stage {
            orders.clone()
        } else {
            record.stage.order().cloned().into_iter().collect()
        };
        let claimed = self.claiming(applicant, &orders)?;
        if claimed.is_empty() {
            return Ok(());
        }
        Ok(self.journal.write(claimed)?)
    }

    /// Erases everything of everybody in this folder. What cards have told of their PINs' tries is kept, as digests that
    /// name nobody: without it a last try could be taken unknowingly.
    pub(super) fn erase_everything(&self) -> Result<(), Failure> {
        let before = self.record();
        if before.stage.is_submitting() {
            return Err(Failure::SubmissionUnderWay);
        }
        let record = Record {
            portal: before.portal,
            ..Record::new()
        };
        self.cards.forget()?;
        self.journal.replace_all(vec![Change::put("application", &record)?])?;
        self.with_state(|state| {
            state.record = record;
            state.forget();
        });
        // What has just been overwritten is gone already; this gives its room back.
        self.cards.shrink()?;
        Ok(self.journal.shrink()?)
    }
}

/// The receipts without an owner for a person's orders, now with that owner.
fn claimed(receipts: Vec<KeptReceipt>, applicant: &Applicant, orders: &[Order]) -> impl Iterator<Item = KeptReceipt> {
    let owner = Owner::from(applicant);
    receipts
        .into_iter()
        .filter(|kept| kept.owner.is_none() && orders.iter().any(|order| order.id == kept.receipt.order))
        .map(move |kept| KeptReceipt {
            owner: Some(owner.clone()),
            ..kept
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::portal::{OrderPhase, Product};

    fn applicant(identity: &str) -> Applicant {
        Applicant {
            identity_kind: IdentityKind::NationalId,
            identity: identity.to_owned(),
            given_name: "Işıl".to_owned(),
            family_name: "ÖRNEK".to_owned(),
        }
    }

    fn order(id: &str) -> Order {
        Order {
            id: id.to_owned(),
            product: Product::Nes,
            institution: "Örnek Kurum".to_owned(),
            created_at: "2026-11-22T10:00:00Z".to_owned(),
            phase: OrderPhase::Complete,
            confirmation: None,
        }
    }

    /// As the first versions wrote it.
    fn stored(order: &str) -> serde_json::Value {
        serde_json::json!({
            "number": "2026-000001-1", "order": order, "received_at": "2026-11-22T10:05:00Z",
            "container_sha256": "11".repeat(32), "certificate_serial": "0a",
        })
    }

    #[test]
    fn a_receipt_of_the_first_versions_goes_to_whom_the_portal_says_its_order_belongs() {
        let receipts = |orders: &[&str]| -> Vec<KeptReceipt> {
            let receipts = orders
                .iter()
                .map(|order| serde_json::from_value(stored(order)).unwrap());
            receipts.collect()
        };
        let first = applicant("10000000146");
        let claims: Vec<_> = claimed(receipts(&["order-1", "order-2"]), &first, &[order("order-2")]).collect();
        assert_eq!(claims.len(), 1);
        assert_eq!(claims[0].receipt.order, "order-2");
        assert!(claims[0].owner == Some(Owner::from(&first)));

        let second = applicant("12345678950");
        assert_eq!(claimed(claims, &second, &[order("order-2")]).count(), 0, "claimed once");
    }

    #[test]
    fn a_receipt_is_read_with_the_owner_it_was_kept_with() {
        let owner = Some(Owner::from(&applicant("10000000146")));
        let receipt: Receipt = serde_json::from_value(stored("order-1")).unwrap();
        let written = serde_json::to_value(KeptReceipt { owner, receipt }).unwrap();
        insta::assert_snapshot!(serde_json::to_string_pretty(&written).unwrap());
        let read: KeptReceipt = serde_json::from_value(written).unwrap();
        assert!(read.owner == Some(Owner::from(&applicant("10000000146"))));
        assert!(read.owner != Some(Owner::from(&applicant("12345678950"))));
    }
}
