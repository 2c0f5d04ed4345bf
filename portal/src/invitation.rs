//! Inviting an applicant: registers the person and an order, makes an access password, and writes the e-mail. Works on the
//! data folder itself, so that it can be done beside a running portal or before its first start.

use std::path::Path;

use basvuru::portal::{IdentityKind, OrderPhase, Product};
use basvuru::secret::SecretText;

use crate::applicant::{self, OrderRecord, PersonRecord};
use crate::audit::{self, Event};
use crate::clock::{Clock, Moment};
use crate::failure::PortalError;
use crate::form;
use crate::notice::Notices;
use crate::outbox::{self, InvitationLetter, Message, Outbox, PortalFacts};
use crate::seal::random_plain_text;
use crate::sign_in;
use crate::store::{self, Store};

/// What an institution tells of a person it invites.
#[derive(Clone, PartialEq, Eq)]
pub struct Invitation {
    /// What kind of number `identity` is.
    pub identity_kind: IdentityKind,
    /// The identity number.
    pub identity: String,
    /// The mobile number, in any form people write it.
    pub phone: String,
    /// The e-mail address the invitation goes to.
    pub email: String,
    /// The given name.
    pub given_name: String,
    /// The family name.
    pub family_name: String,
    /// What is applied for.
    pub product: Product,
    /// The institution that invites.
    pub institution: String,
}

/// What an invitation led to.
#[derive(Debug, Clone)]
pub struct Invited {
    /// The order's id.
    pub order: String,
    /// The access password, which the e-mail tells the person.
    pub access_password: SecretText,
}

/// Registers an applicant with a new order and sends the e-mail. An access password given earlier is replaced.
///
/// The e-mail goes out at once where the portal of this data folder has been started before and writes mails to files; otherwise
/// the portal sends it as soon as it runs.
///
/// # Errors
/// [`PortalError::Invitation`] names what is not well-formed; the others tell what the data folder said.
pub async fn invite(data: &Path, invitation: Invitation, clock: &dyn Clock) -> Result<Invited, PortalError> {
    let invitation = checked(invitation)?;
    let now = Moment::of(clock.now());
    let folder = data.to_owned();
    let registered = tokio::task::spawn_blocking(move || {
        let store = Store::open(&folder)?;
        let invited = register(&store, &invitation, now)?;
        let facts = files_of_known_portal(&store)?;
        Ok::<_, PortalError>((store, invited, facts))
    });
    let (store, invited, facts) = registered.await.map_err(|_| PortalError::Random)??;
    if let Some(facts) = facts {
        let outbox = Outbox::new(data, None, None, Notices::default())?;
        outbox.deliver_due(&store, &facts, now, Some("mail")).await;
    }
    Ok(invited)
}

/// Withdraws an order that is not complete: nothing can be done with it any more.
///
/// # Errors
/// [`PortalError::OrderUnknown`] where there is no such open order; the others tell what the data folder said.
pub async fn withdraw(data: &Path, order: &str, clock: &dyn Clock) -> Result<(), PortalError> {
    let now = Moment::of(clock.now());
    let (folder, order) = (data.to_owned(), order.to_owned());
    let withdrawn = tokio::task::spawn_blocking(move || {
        Store::open(&folder)?.write_now(|transaction, key| {
            let statement = "UPDATE application SET phase = 'withdrawn' WHERE id = ?1
                             AND phase NOT IN ('withdrawn', 'complete')";
            if transaction.execute(statement, [&order])? == 0 {
                return Err(PortalError::OrderUnknown);
            }
            Ok(audit::record(
                transaction,
                key,
                now,
                Event::Withdrawn,
                Some(&order),
                "ok",
            )?)
        })
    });
    withdrawn.await.map_err(|_| PortalError::Random)?
}

/// Brings an invitation into one form, or names what is wrong with it.
fn checked(invitation: Invitation) -> Result<Invitation, PortalError> {
    let text = |text: &str, name| {
        let trimmed = text.trim();
        let fits = !trimmed.is_empty() && trimmed.chars().count() <= 200 && form::is_printable(trimmed);
        if fits {
            Ok(trimmed.to_owned())
        } else {
            Err(PortalError::Invitation(name))
        }
    };
    let identity = applicant::folded_identity(&invitation.identity);
    let well_formed = match invitation.identity_kind {
        IdentityKind::NationalId => is_national_id(&identity),
        IdentityKind::Passport => {
            (5..=9).contains(&identity.len()) && identity.bytes().all(|octet| octet.is_ascii_alphanumeric())
        }
    };
    if !well_formed {
        return Err(PortalError::Invitation("identity number"));
    }
    let email = invitation.email.trim().to_owned();
    if !form::is_email(&email) {
        return Err(PortalError::Invitation("e-mail address"));
    }
    Ok(Invitation {
        identity_kind: invitation.identity_kind,
        identity,
        phone: form::mobile_number(&invitation.phone).ok_or(PortalError::Invitation("mobile number"))?,
        email,
        given_name: text(&invitation.given_name, "given name")?,
        family_name: text(&invitation.family_name, "family name")?,
        product: invitation.product,
        institution: text(&invitation.institution, "institution")?,
    })
}

/// Whether a number has the form and the check digits of a T.C. kimlik no or a foreigner's number.
fn is_national_id(text: &str) -> bool {
    let digits: Vec<u32> = text.chars().filter_map(|digit| digit.to_digit(10)).collect();
    if digits.len() != 11 || text.len() != 11 || digits[0] == 0 {
        return false;
    }
    let odd: u32 = digits[..9].iter().step_by(2).sum();
    let even: u32 = digits[1..8].iter().step_by(2).sum();
    let tenth = (odd * 7 + 100 - even) % 10;
    let eleventh = digits[..10].iter().sum::<u32>() % 10;
    digits[9] == tenth && digits[10] == eleventh
}

fn register(store: &Store, invitation: &Invitation, now: Moment) -> Result<Invited, PortalError> {
    let access_password = sign_in::new_access_password();
    let password_hash = sign_in::hash(&access_password);
    let person = PersonRecord {
        identity_kind: invitation.identity_kind,
        identity: invitation.identity.clone(),
        given_name: invitation.given_name.clone(),
        family_name: invitation.family_name.clone(),
    };
    let order = OrderRecord {
        told_phone: invitation.phone.clone(),
        told_email: invitation.email.clone(),
        values: std::collections::BTreeMap::new(),
    };
    let year = now.date_time().year();
    let id = format!("{year}-{}", *random_plain_text(8));
    let letter = InvitationLetter {
        recipient: invitation.email.clone(),
        given_name: invitation.given_name.clone(),
        family_name: invitation.family_name.clone(),
        institution: invitation.institution.clone(),
        identity_kind: invitation.identity_kind,
        order: id.clone(),
        access_password: access_password.expose().to_owned(),
    };
    store.write_now(|transaction, key| {
        let tag = applicant::identity_tag(key, invitation.identity_kind, &invitation.identity);
        transaction.execute(
            "INSERT INTO person (identity_tag, password_hash, sealed) VALUES (?1, ?2, ?3)
             ON CONFLICT (identity_tag) DO UPDATE SET password_hash = ?2, sealed = ?3",
            (&tag, &password_hash, key.seal_record("person", &person)),
        )?;
        let statement = "SELECT id FROM person WHERE identity_tag = ?1";
        let owner: i64 = transaction.query_row(statement, [&tag], |row| row.get(0))?;
        transaction.execute(
            "INSERT INTO application
                 (id, person, product, institution, created_at, sequence, phase, revision, sealed)
             VALUES (?1, ?2, ?3, ?4, ?5, (SELECT coalesce(max(sequence), 0) + 1 FROM application), ?6, 1, ?7)",
            (
                &id,
                owner,
                applicant::product_name(invitation.product),
                &invitation.institution,
                now.0,
                applicant::phase_name(OrderPhase::Form),
                key.seal_record("order", &order),
            ),
        )?;
        outbox::put(transaction, key, now, &Message::Invitation(letter), None)?;
        audit::record(transaction, key, now, Event::Invited, Some(&id), "ok")?;
        Ok::<_, PortalError>(())
    })?;
    Ok(Invited {
        order: id,
        access_password,
    })
}

/// What the portal of this data folder has left of itself, where its mails become files.
fn files_of_known_portal(store: &Store) -> Result<Option<PortalFacts>, PortalError> {
    store.write_now(|transaction, _| {
        if store::remembered(transaction, "mail")?.as_deref() != Some("files") {
            return Ok(None);
        }
        let facts = store::remembered(transaction, "facts")?;
        Ok(facts.and_then(|facts| serde_json::from_str(&facts).ok()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn national_ids_are_judged_by_their_check_digits() {
        for good in ["10000000146", "12345678950", "21221221272"] {
            assert!(is_national_id(good), "{good}");
        }
        for wrong in [
            "10000000147",
            "11111111111",
            "01234567890",
            "1234567895",
            "1234567895a",
            "١٢٣٤٥٦٧٨٩٥٠",
        ] {
            assert!(!is_national_id(wrong), "{wrong}");
        }
    }
}
