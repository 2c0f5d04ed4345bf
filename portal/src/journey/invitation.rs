//! Inviting an applicant: registers the person and an order, makes an access password, and writes the e-mail. Works on the
//! data folder itself, so that it can be done beside a running portal or before its first start.

use std::path::Path;

use basvuru::identity::{EmailAddress, MobileNumber};
use basvuru::portal::{IdentityKind, Product};
use basvuru::secret::SecretText;
use basvuru::writing::{composed, is_disguised};

use crate::clock::{Clock, Moment};
use crate::failure::{InvitationPart, PortalError};
use crate::journey::access_password;
use crate::journey::form;
use crate::notice::Notices;
use crate::outbox::{self, InvitationLetter, Message, Outbox, PortalFacts};
use crate::records::applicant::{self, NewOrder, OrderRecord, PersonRecord};
use crate::records::audit::{self, About, Event};
use crate::records::invitation as made;
use crate::records::password;
use crate::records::seal::{PortalKey, Tag, random_plain_text};
use crate::records::session;
use crate::records::store::{self, Store};
use crate::records::telephone::Progress;

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

/// Registers an applicant with a new order and sends the e-mail. An access password given earlier is replaced, and the sessions
/// begun with it are over.
///
/// The e-mail goes out at once where the portal of this data folder has been started before and writes mails to files; otherwise
/// the portal sends it as soon as it runs.
///
/// # Errors
/// [`PortalError::Invitation`] names what is not well-formed; the others tell what the data folder said.
pub async fn invite(data: &Path, invitation: Invitation, clock: &dyn Clock) -> Result<Invited, PortalError> {
    match invite_as(data, invitation, false, clock).await? {
        InvitedOnce::Now(invited) => Ok(invited),
        InvitedOnce::Before { .. } => Err(PortalError::CutOff),
    }
}

/// What an invitation led to that is made once.
#[derive(Debug, Clone)]
pub enum InvitedOnce {
    /// The person is invited.
    Now(Invited),
    /// The same invitation was made before; nothing was done.
    Before {
        /// The order it led to.
        order: String,
    },
}

/// Does what [`invite`] does, unless the very same invitation was made by this function before and its order was not withdrawn:
/// a list that was cut can be gone through again from its beginning.
///
/// # Errors
/// Those of [`invite`].
pub async fn invite_once(data: &Path, invitation: Invitation, clock: &dyn Clock) -> Result<InvitedOnce, PortalError> {
    invite_as(data, invitation, true, clock).await
}

async fn invite_as(
    data: &Path,
    invitation: Invitation,
    once: bool,
    clock: &dyn Clock,
) -> Result<InvitedOnce, PortalError> {
    let invitation = checked(invitation)?;
    let now = Moment::of(clock.now());
    let folder = data.to_owned();
    let registered = tokio::task::spawn_blocking(move || {
        let store = Store::open(&folder)?;
        let content = once.then(|| content_tag(store.key(), &invitation));
        let before = match &content {
            Some(content) => {
                store.write_now(|transaction, _| Ok::<_, PortalError>(made::find(transaction, content)?))?
            }
            None => None,
        };
        let invited = match before {
            Some(order) => InvitedOnce::Before { order },
            None => register(&store, &invitation, content, now)?,
        };
        let facts = files_of_known_portal(&store)?;
        Ok::<_, PortalError>((store, invited, facts))
    });
    let (store, invited, facts) = registered.await.map_err(|_| PortalError::CutOff)??;
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
            if !applicant::withdraw(transaction, &order)? {
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
    withdrawn.await.map_err(|_| PortalError::CutOff)?
}

/// Forgives what strangers and known devices tried wrongly with an identity: whoever waits for it waits no more.
///
/// # Errors
/// [`PortalError::PersonUnknown`] where nobody has it; the others tell what the data folder said.
pub async fn unlock(
    data: &Path,
    identity_kind: IdentityKind,
    identity: &str,
    clock: &dyn Clock,
) -> Result<(), PortalError> {
    let now = Moment::of(clock.now());
    let (folder, identity) = (data.to_owned(), identity.to_owned());
    let unlocked = tokio::task::spawn_blocking(move || {
        Store::open(&folder)?.write_now(|transaction, key| {
            let identity = applicant::identity_tag(key, identity_kind, &identity);
            let Some(person) = password::lift(transaction, &identity)? else {
                return Err(PortalError::PersonUnknown);
            };
            let about = About::new(person, None);
            Ok(audit::record_about(
                transaction,
                key,
                now,
                Event::Unlocked,
                Some(&about),
                "ok",
            )?)
        })
    });
    unlocked.await.map_err(|_| PortalError::CutOff)?
}

/// Brings an invitation into one form, or names what is wrong with it.
fn checked(invitation: Invitation) -> Result<Invitation, PortalError> {
    let text = |text: &str, part| {
        let written = composed(text);
        if written.chars().count() <= 200 && form::is_printable(&written) && !is_disguised(&written) {
            Ok(written)
        } else {
            Err(PortalError::Invitation(part))
        }
    };
    let name = |name: &str| {
        if name.chars().any(is_of_another_script) {
            return Err(PortalError::Invitation(InvitationPart::Script));
        }
        if is_disguised(&composed(name)) {
            return Err(PortalError::Invitation(InvitationPart::Marks));
        }
        text(name, InvitationPart::Name)
    };
    let (given_name, family_name) = (name(&invitation.given_name)?, name(&invitation.family_name)?);
    // Who has a single name has it as the one or the other.
    if given_name.is_empty() && family_name.is_empty() {
        return Err(PortalError::Invitation(InvitationPart::Name));
    }
    let institution = text(&invitation.institution, InvitationPart::Institution)?;
    if institution.is_empty() {
        return Err(PortalError::Invitation(InvitationPart::Institution));
    }
    let identity = applicant::parse_identity(invitation.identity_kind, &invitation.identity);
    let phone = MobileNumber::parse(&invitation.phone).map_err(|_| PortalError::Invitation(InvitationPart::Phone))?;
    let email = EmailAddress::parse(&invitation.email).map_err(|_| PortalError::Invitation(InvitationPart::Email))?;
    Ok(Invitation {
        identity_kind: invitation.identity_kind,
        identity: identity
            .ok_or(PortalError::Invitation(InvitationPart::Identity))?
            .as_str()
            .to_owned(),
        phone: phone.as_e164().to_owned(),
        email: email.as_str().to_owned(),
        given_name,
        family_name,
        product: invitation.product,
        institution,
    })
}

/// Whether a letter is none of the Latin script, in which passports and certificates have names, whatever else they have.
fn is_of_another_script(letter: char) -> bool {
    let is_latin = matches!(letter, '\0'..='\u{024F}' | '\u{0300}'..='\u{036F}' | '\u{1E00}'..='\u{1EFF}' | '\u{FB00}'..='\u{FB06}');
    letter.is_alphabetic() && !is_latin
}

/// The tag of everything an invitation says.
fn content_tag(key: &PortalKey, invitation: &Invitation) -> Tag {
    let identity = applicant::identity_tag(key, invitation.identity_kind, &invitation.identity);
    key.tag(
        "invitation",
        &[
            &identity.0,
            invitation.phone.as_bytes(),
            invitation.email.as_bytes(),
            invitation.given_name.as_bytes(),
            invitation.family_name.as_bytes(),
            applicant::product_name(invitation.product).as_bytes(),
            invitation.institution.as_bytes(),
        ],
    )
}

/// Registers a person and an order, unless another process has done so since it was looked for.
fn register(
    store: &Store,
    invitation: &Invitation,
    content: Option<Tag>,
    now: Moment,
) -> Result<InvitedOnce, PortalError> {
    let access_password = access_password::new_access_password();
    let password_hash = access_password::hash(&access_password);
    let person = PersonRecord {
        identity_kind: invitation.identity_kind,
        identity: invitation.identity.clone(),
        given_name: invitation.given_name.clone(),
        family_name: invitation.family_name.clone(),
    };
    let record = OrderRecord {
        institution: invitation.institution.clone(),
        told_phone: invitation.phone.clone(),
        told_email: invitation.email.clone(),
        values: std::collections::BTreeMap::new(),
        confirmed: Progress::default(),
    };
    let year = now.date_time().year();
    let id = format!("{year}-{}", *random_plain_text(8));
    let letter = InvitationLetter {
        recipient: invitation.email.clone(),
        given_name: invitation.given_name.clone(),
        family_name: invitation.family_name.clone(),
        institution: invitation.institution.clone(),
        identity_kind: invitation.identity_kind,
        product: invitation.product,
        order: id.clone(),
        access_password: access_password.expose().to_owned(),
    };
    let before = store.write_now(|transaction, key| {
        if let Some(content) = &content
            && let Some(order) = made::find(transaction, content)?
        {
            return Ok(Some(order));
        }
        let owner = applicant::register(transaction, key, &person, &password_hash)?;
        session::end_all(transaction, owner)?;
        let order = NewOrder {
            id: &id,
            product: invitation.product,
            created_at: now,
            record: &record,
        };
        applicant::add_order(transaction, key, owner, &order)?;
        outbox::put(transaction, key, now, &Message::Invitation(letter), None)?;
        if let Some(content) = &content {
            made::keep(transaction, content, &id)?;
        }
        audit::record(transaction, key, now, Event::Invited, Some(&id), "ok")?;
        Ok::<_, PortalError>(None)
    })?;
    Ok(match before {
        Some(order) => InvitedOnce::Before { order },
        None => InvitedOnce::Now(Invited {
            order: id,
            access_password,
        }),
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

    fn invitation() -> Invitation {
        Invitation {
            identity_kind: IdentityKind::NationalId,
            identity: "10000000146".to_owned(),
            phone: "0532 123 45 67".to_owned(),
            email: "ayse@example.com".to_owned(),
            given_name: " Ayşe ".to_owned(),
            family_name: "Çalışkan".to_owned(),
            product: Product::Nes,
            institution: "T.C. Örnek".to_owned(),
        }
    }

    #[test]
    fn an_invitation_is_brought_into_one_form() {
        let checked = checked(invitation()).unwrap();
        assert_eq!(
            (checked.phone.as_str(), checked.given_name.as_str()),
            ("+905321234567", "Ayşe")
        );
    }

    #[test]
    fn a_name_is_kept_composed_and_its_words_one_blank_apart() {
        let typed = Invitation {
            given_name: "Ays\u{327}e \u{A0} Gu\u{308}l".to_owned(),
            ..invitation()
        };
        assert_eq!(checked(typed).unwrap().given_name, "Ayşe Gül");
    }

    #[test]
    fn a_single_name_is_enough_and_its_letters_may_be_of_any_latin_alphabet() {
        let single = |given_name: &str, family_name: &str| Invitation {
            given_name: given_name.to_owned(),
            family_name: family_name.to_owned(),
            ..invitation()
        };
        for (given_name, family_name) in [
            ("Tek", ""),
            ("", "Tek"),
            ("Željko Ñandú", "O’Łącki-Peřina"),
            ("Nguyễn", "Ānanda"),
        ] {
            let checked = checked(single(given_name, family_name)).unwrap();
            assert_eq!(
                (checked.given_name.as_str(), checked.family_name.as_str()),
                (given_name, family_name)
            );
        }
    }

    #[test]
    fn what_is_wrong_with_an_invitation_is_named() {
        type Spoil = fn(&mut Invitation);
        let spoilt: [(InvitationPart, Spoil); 15] = [
            (InvitationPart::Identity, |invitation| {
                invitation.identity = "10000000147".to_owned()
            }),
            (InvitationPart::Phone, |invitation| {
                invitation.phone = "0212 123 45 67".to_owned()
            }),
            (InvitationPart::Email, |invitation| {
                invitation.email = "ayse@".to_owned()
            }),
            (InvitationPart::Name, |invitation| {
                invitation.family_name = " ".to_owned();
                invitation.given_name.clear();
            }),
            (InvitationPart::Script, |invitation| {
                invitation.given_name = "ნინო".to_owned()
            }),
            (InvitationPart::Script, |invitation| {
                invitation.family_name = "محمد".to_owned()
            }),
            (InvitationPart::Script, |invitation| {
                invitation.given_name = "李".to_owned()
            }),
            (InvitationPart::Script, |invitation| {
                // The first letter is a Cyrillic one.
                invitation.given_name = "\u{410}yşe".to_owned()
            }),
            (InvitationPart::Script, |invitation| {
                invitation.family_name = "Çalışk\u{3B1}n".to_owned()
            }),
            (InvitationPart::Marks, |invitation| {
                invitation.given_name = "Ay\u{200B}şe".to_owned()
            }),
            (InvitationPart::Marks, |invitation| {
                invitation.family_name = "Çalışkan\u{202E}".to_owned()
            }),
            (InvitationPart::Marks, |invitation| {
                invitation.given_name = format!("A{}yşe", "\u{301}".repeat(60))
            }),
            (InvitationPart::Marks, |invitation| {
                invitation.given_name = "\u{301}Ayşe".to_owned()
            }),
            (InvitationPart::Institution, |invitation| {
                invitation.institution = "Örnek\u{2060} Kurum".to_owned()
            }),
            (InvitationPart::Institution, |invitation| {
                invitation.institution = "Kurum \u{1F600}".to_owned()
            }),
        ];
        for (expected, spoil) in spoilt {
            let mut invitation = invitation();
            spoil(&mut invitation);
            assert!(matches!(checked(invitation), Err(PortalError::Invitation(named)) if named == expected));
        }
    }
}
