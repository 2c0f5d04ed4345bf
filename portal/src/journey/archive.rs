//! What was received, for the authority it was sent to: orders are listed and exported, and the end of each application is
//! told until it is acknowledged. Whoever reads is named, and every read is in the audit trail.

mod report;
mod told;

use std::io::Cursor;
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use basvuru::certificate::TrustAnchors;
use basvuru::portal::{ProblemKind, Receipt};
use basvuru::secret::SecretText;
use basvuru::signature::verify::Verifier;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::clock::Moment;
use crate::delivery::CompletionEvent;
use crate::failure::PortalError;
use crate::outbox::full_name;
use crate::records::applicant::{self, PersonRecord, StoredOrder};
use crate::records::audit::{self, Event};
use crate::records::listing::{self, Listed, Sought};
use crate::records::seal::random_octets;
use crate::records::store::Store;
use crate::records::work::Work;
use crate::records::{archive_client, completion, document, receipt};
use crate::refusal::Refusal;
use crate::settings::Settings;

pub use report::VerificationReport;
pub use told::{
    AuditTrail, ExportedApplicant, ExportedDocument, ExportedOrder, HistoryEntry, MOST_LISTED, OrderFilter, OrderPage,
    OrderSummary,
};

/// The longest name of a reader, in characters.
const LONGEST_NAME: usize = 64;

/// What a portal has received, read on its data folder: beside a running portal, or without one.
#[derive(Clone)]
pub struct Archive {
    store: Store,
    settings: Settings,
    trust: TrustAnchors,
}

impl From<completion::Completion> for CompletionEvent {
    fn from(kept: completion::Completion) -> Self {
        Self {
            id: kept.id,
            order: kept.order,
            completed_at: kept.completed_at.rfc3339(),
            acknowledged_at: kept.acknowledged_at.map(Moment::rfc3339),
        }
    }
}

impl Archive {
    /// Opens the archive of a portal's data folder. Of the settings it takes the folder, the clock and the holder trust that
    /// containers are verified by; without any, no report passes.
    ///
    /// # Errors
    /// [`PortalError::NoDataFolder`] where no portal has been on the folder, [`PortalError::HolderTrust`], and what the data
    /// folder says.
    pub async fn open(settings: Settings) -> Result<Self, PortalError> {
        let trust = match settings.holder_trust.as_slice() {
            [] => TrustAnchors::default(),
            pem => TrustAnchors::from_pem(pem).map_err(|error| PortalError::HolderTrust(error.to_string()))?,
        };
        if !Store::exists(&settings.data) {
            return Err(PortalError::NoDataFolder(settings.data));
        }
        let folder = settings.data.clone();
        let store = tokio::task::spawn_blocking(move || Store::open(&folder));
        let store = store.await.map_err(|_| PortalError::CutOff)??;
        Ok(Self::of(store, settings, trust))
    }

    pub(crate) const fn of(store: Store, settings: Settings, trust: TrustAnchors) -> Self {
        Self { store, settings, trust }
    }

    /// Lists orders. `reader` is who reads, for the audit trail: 1 to 64 printable characters.
    ///
    /// # Errors
    /// [`PortalError::ReaderName`]; [`PortalError::NoSuchOrder`] where `after` is none; what the data folder says.
    pub async fn orders(&self, filter: OrderFilter, reader: &str) -> Result<OrderPage, PortalError> {
        let reader = checked_name(reader)?;
        self.work(move |work| orders(work, &filter, &reader)).await
    }

    /// Gives everything that is kept of an order. The container is verified as of its receipt, by the holder trust.
    ///
    /// # Errors
    /// [`PortalError::ReaderName`], [`PortalError::NoSuchOrder`]; [`PortalError::Damaged`] where something of it was changed
    /// or moved; what the data folder says.
    pub async fn export(&self, order: &str, reader: &str) -> Result<ExportedOrder, PortalError> {
        let (reader, order) = (checked_name(reader)?, order.to_owned());
        let mut exported = self.work(move |work| everything(work, &order, &reader)).await?;
        if let (Some(container), Some(receipt)) = (&exported.container, &exported.receipt) {
            let (container, receipt, trust) = (container.clone(), receipt.clone(), self.trust.clone());
            let now = self.settings.clock.now();
            let judged = tokio::task::spawn_blocking(move || judge(&container, &receipt, &trust, now));
            exported.report = Some(judged.await.map_err(|_| PortalError::CutOff)?);
        }
        Ok(exported)
    }

    /// The completion events that nobody has acknowledged, the earliest first.
    ///
    /// # Errors
    /// [`PortalError::ReaderName`], what the data folder says.
    pub async fn waiting_events(&self, reader: &str) -> Result<Vec<CompletionEvent>, PortalError> {
        let reader = checked_name(reader)?;
        self.work(move |work| {
            let waiting = completion::waiting(work.transaction, MOST_LISTED)?;
            note(work, Event::EventsRead, None, &reader)?;
            Ok(waiting.into_iter().map(CompletionEvent::from).collect())
        })
        .await
    }

    /// Acknowledges a completion event: it is told to nobody again. Acknowledging it once more changes nothing.
    ///
    /// # Errors
    /// [`PortalError::ReaderName`]; [`PortalError::NoSuchEvent`]; what the data folder says.
    pub async fn acknowledge(&self, event: &str, reader: &str) -> Result<(), PortalError> {
        let (reader, event) = (checked_name(reader)?, event.to_owned());
        let known = self.work(move |work| {
            let order = completion::acknowledge(work.transaction, &event, work.now)?;
            if let Some(order) = &order {
                note(work, Event::Acknowledged, Some(order), &reader)?;
            }
            Ok(order.is_some())
        });
        match known.await? {
            true => Ok(()),
            false => Err(PortalError::NoSuchEvent),
        }
    }

    /// Gives the audit trail: of one order, or of everything, the newest `at_most` entries; and says whether it is whole.
    ///
    /// # Errors
    /// [`PortalError::ReaderName`], what the data folder says.
    pub async fn audit_trail(
        &self,
        order: Option<&str>,
        at_most: u32,
        reader: &str,
    ) -> Result<AuditTrail, PortalError> {
        let (reader, order) = (checked_name(reader)?, order.map(str::to_owned));
        self.work(move |work| {
            let entries = history(work, order.as_deref(), at_most)?;
            let first_broken = audit::first_broken_entry(work.transaction, work.key)?;
            note(work, Event::AuditRead, order.as_deref(), &reader)?;
            Ok(AuditTrail { entries, first_broken })
        })
        .await
    }

    /// Lets a program read over HTTP, under a name for the audit trail, and gives its token, the only copy there is. The token
    /// given to that name before is good no longer.
    ///
    /// # Errors
    /// [`PortalError::ReaderName`], what the data folder says.
    pub async fn permit(&self, client: &str) -> Result<SecretText, PortalError> {
        let name = checked_name(client)?;
        let token = SecretText::new(URL_SAFE_NO_PAD.encode(random_octets::<32>()));
        let permitted = token.clone();
        self.work(move |work| {
            let tag = work.key.tag("archive-client", &[permitted.expose().as_bytes()]);
            archive_client::keep(work.transaction, &name, &tag, work.now)?;
            note(work, Event::ClientPermitted, None, &name)
        })
        .await?;
        Ok(token)
    }

    /// Lets a program read no longer.
    ///
    /// # Errors
    /// [`PortalError::NoSuchClient`], what the data folder says.
    pub async fn forbid(&self, client: &str) -> Result<(), PortalError> {
        let name = client.to_owned();
        let known = self.work(move |work| {
            let known = archive_client::forget(work.transaction, &name)?;
            if known {
                note(work, Event::ClientForbidden, None, &name)?;
            }
            Ok(known)
        });
        match known.await? {
            true => Ok(()),
            false => Err(PortalError::NoSuchClient),
        }
    }

    /// The name of the program whose token this is.
    pub(crate) async fn client(&self, token: SecretText) -> Result<Option<String>, PortalError> {
        self.work(move |work| {
            let tag = work.key.tag("archive-client", &[token.expose().as_bytes()]);
            Ok(archive_client::named_by(work.transaction, &tag)?)
        })
        .await
    }

    async fn work<T: Send + 'static>(
        &self,
        task: impl FnOnce(&Work<'_>) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, PortalError> {
        let settings = self.settings.clone();
        let done = self.store.write(move |transaction, key| {
            let now = Moment::of(settings.clock.now());
            task(&Work {
                transaction,
                key,
                settings: &settings,
                now,
                // Nothing expires by what is read here.
                steady: now,
            })
        });
        done.await.map_err(|refusal| unread(&refusal))
    }
}

fn checked_name(name: &str) -> Result<String, PortalError> {
    let plain = name.chars().all(|letter| !letter.is_control()) && !name.trim().is_empty();
    match plain && name.chars().count() <= LONGEST_NAME {
        true => Ok(name.trim().to_owned()),
        false => Err(PortalError::ReaderName),
    }
}

/// Why a record was not given. What of it does not open is said to be damaged; everything else may hold a moment later.
fn unread(refusal: &Refusal) -> PortalError {
    let problem = refusal.problem();
    if problem.kind == ProblemKind::OrderUnknown {
        PortalError::NoSuchOrder
    } else if problem.detail.is_some() {
        PortalError::Damaged("a record does not open at its place")
    } else {
        PortalError::Unavailable
    }
}

fn note(work: &Work<'_>, event: Event, order: Option<&str>, reader: &str) -> Result<(), Refusal> {
    audit::record(work.transaction, work.key, work.now, event, order, reader)?;
    Ok(())
}

fn orders(work: &Work<'_>, filter: &OrderFilter, reader: &str) -> Result<OrderPage, Refusal> {
    if let Some(after) = &filter.after
        && !listing::exists(work, after)?
    {
        return Err(Refusal::new(ProblemKind::OrderUnknown));
    }
    let at_most = filter.at_most.unwrap_or(MOST_LISTED).clamp(1, MOST_LISTED);
    let institution = filter.institution.as_deref();
    let names: Vec<_> = filter
        .phases
        .iter()
        .map(|phase| applicant::phase_name(*phase))
        .collect();
    let sought = Sought {
        after: filter.after.as_deref(),
        institution: institution.map(|name| applicant::institution_tag(work.key, name)),
        phases: (!names.is_empty()).then(|| format!(",{},", names.join(","))),
        made: (filter.made_since.map(Moment::of), filter.made_until.map(Moment::of)),
        completed_since: filter.completed_since.map(Moment::of),
        // One more tells whether there is another page.
        at_most: at_most + 1,
    };
    let mut found = listing::find(work, &sought)?;
    let more = found.len() > at_most as usize;
    found.truncate(at_most as usize);
    note(work, Event::OrdersListed, None, reader)?;
    let mut page = OrderPage {
        next: found.last().filter(|_| more).map(|(id, _)| id.clone()),
        orders: Vec::new(),
        damaged: Vec::new(),
    };
    for (id, listed) in found {
        match listed {
            Some(listed) => page.orders.push(summary(listed)),
            None => page.damaged.push(id),
        }
    }
    Ok(page)
}

fn summary(listed: Listed) -> OrderSummary {
    let Listed {
        stored,
        person,
        receipt,
        acknowledged_at,
    } = listed;
    OrderSummary {
        order: stored.order,
        given_name: person.given_name,
        family_name: person.family_name,
        received_at: receipt.as_ref().map(|receipt| receipt.received_at.clone()),
        receipt: receipt.map(|receipt| receipt.number),
        acknowledged_at: acknowledged_at.map(Moment::rfc3339),
    }
}

/// What happened, oldest first: to one order, or to everything, the newest so many.
fn history(work: &Work<'_>, order: Option<&str>, at_most: u32) -> Result<Vec<HistoryEntry>, Refusal> {
    let entries = audit::entries(work.transaction, work.key, order, at_most)?;
    let entry = |entry: audit::Kept| HistoryEntry {
        at: entry.at.rfc3339(),
        event: entry.event,
        order: entry.order,
        // Whose record does not open has done what he did; his name is then not told.
        person: entry.person.and_then(|person| {
            let record = applicant::person(work, person).ok()?;
            Some(full_name(&record.given_name, &record.family_name))
        }),
        outcome: entry.outcome,
    };
    Ok(entries.into_iter().map(entry).collect())
}

fn everything(work: &Work<'_>, id: &str, reader: &str) -> Result<ExportedOrder, Refusal> {
    let (owner, StoredOrder { order, record, .. }) = applicant::order_of_anybody(work, id)?;
    let PersonRecord {
        identity_kind,
        identity,
        given_name,
        family_name,
    } = applicant::person(work, owner)?;
    let receipt = receipt::find(work, id)?;
    let container = match &receipt {
        Some(receipt) => Some(receipt::container(work, receipt)?.to_vec()),
        None => None,
    };
    let documents = document::contents(work, id)?
        .into_iter()
        .map(|document| ExportedDocument {
            id: document.description.id,
            file_name: document.description.file_name,
            sha256: document.description.sha256,
            content: document.content.to_vec(),
        });
    note(work, Event::OrderExported, Some(id), reader)?;
    Ok(ExportedOrder {
        order,
        applicant: ExportedApplicant {
            identity_kind,
            identity,
            given_name,
            family_name,
            told_phone: record.told_phone,
            told_email: record.told_email,
        },
        form: record.values,
        history: history(work, Some(id), u32::MAX)?,
        receipt,
        documents: documents.collect(),
        completion: completion::of_order(work.transaction, id)?.map(CompletionEvent::from),
        container,
        report: None,
    })
}

/// Verifies a container as of the moment it was received: that it existed then, the portal itself says. Nobody is asked; what
/// the container brings along may have been made until now.
fn judge(container: &[u8], receipt: &Receipt, trust: &TrustAnchors, now: SystemTime) -> VerificationReport {
    let received_at = OffsetDateTime::parse(&receipt.received_at, &Rfc3339).map_or(now, SystemTime::from);
    let verifier = Verifier {
        known_until: now.max(received_at),
        ..Verifier::new(trust, received_at)
    };
    VerificationReport::of(&verifier.container(Cursor::new(container)), receipt)
}
