//! What a portal has received, for the officer: lists, exports, the audit trail, and the tokens of programs.

use std::fs;
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::SystemTime;

use basvuru::portal::{InstitutionAnswer, Order, OrderPhase};
use basvuru::texts::Argument;
use basvuru::writing::shown;
use basvuru_portal::{Archive, ExportedOrder, HistoryEntry, OrderFilter, OrderSummary, PortalError, Settings};
use serde::Serialize;
use serde_json::json;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::arguments::{Audit, ExportOrders, ListOrders, Reading, State, Token};
use crate::portal::authority_of;
use crate::portal::table::{self, Column};
use crate::screen::Screen;
use crate::stop::Stop;

pub(crate) async fn list(options: &ListOrders, screen: &Screen) -> Result<(), Stop> {
    let (archive, reader) = read(&options.reading).await?;
    let filter = OrderFilter {
        phases: options.state.iter().map(|state| phase(*state)).collect(),
        institution: options.institution.clone(),
        made_since: options.since,
        made_until: options.until,
        completed_since: options.completed_since,
        after: options.after.clone(),
        at_most: Some(options.limit),
    };
    let page = archive.orders(filter, &reader).await.map_err(untold)?;
    for summary in &page.orders {
        let mut object = json(summary);
        object["event"] = "order".into();
        screen.object(&object);
    }
    for order in &page.damaged {
        screen.object(&json!({ "event": "damaged", "order": order }));
    }
    let count = page.orders.len() + page.damaged.len();
    screen.object(&json!({ "event": "page", "count": count, "next": page.next }));
    table(&page.orders, screen);
    for order in &page.damaged {
        screen.refused(&screen.sentence("order-damaged", &[("order", Argument::Text(order))]));
    }
    screen.line("");
    screen.line(&screen.sentence("orders-listed", &[("count", Argument::Count(count as u64))]));
    if let Some(next) = &page.next {
        screen.line(&screen.sentence("orders-more", &[("order", Argument::Text(next))]));
    }
    match page.damaged.is_empty() {
        true => Ok(()),
        false => Err(Stop::Refused),
    }
}

fn table(orders: &[OrderSummary], screen: &Screen) {
    let columns = [
        Column::fixed(screen.sentence("column-order", &[])),
        Column::fixed(screen.sentence("column-state", &[])),
        Column::flexible(screen.sentence("column-applicant", &[])),
        Column::flexible(screen.sentence("column-institution", &[])),
        Column::fixed(screen.sentence("column-made", &[])),
        Column::fixed(screen.sentence("column-receipt", &[])),
    ];
    let rows = orders.iter().map(|summary| {
        let name = format!("{} {}", summary.given_name, summary.family_name);
        vec![
            summary.order.id.clone(),
            screen.sentence(state_sentence(&summary.order), &[]),
            shown(name.trim()),
            shown(&summary.order.institution),
            day(&summary.order.created_at, screen),
            summary.receipt.clone().unwrap_or_default(),
        ]
    });
    table::show(&columns, &rows.collect::<Vec<_>>(), screen);
}

pub(crate) async fn export(options: &ExportOrders, screen: &Screen) -> Result<(), Stop> {
    let (archive, reader) = read(&options.reading).await?;
    let orders = match options.all {
        true => completed(&archive, options, &reader).await?,
        false => options.orders.clone(),
    };
    let (mut exported, mut missed) = (0, 0);
    for order in &orders {
        match archive.export(order, &reader).await {
            Ok(order) => {
                let folder = write(&order, &options.out)?;
                exported += 1;
                told(&order, &folder, screen);
            }
            // The others can still be had.
            Err(error @ (PortalError::Damaged(_) | PortalError::NoSuchOrder)) => {
                missed += 1;
                let sentence = if matches!(error, PortalError::NoSuchOrder) {
                    "order-missing"
                } else {
                    "order-damaged"
                };
                screen.object(&json!({ "event": sentence, "order": order }));
                screen.refused(&screen.sentence(sentence, &[("order", Argument::Text(&shown(order)))]));
            }
            Err(error) => return Err(untold(error)),
        }
    }
    screen.line(&screen.sentence("orders-exported", &[("count", Argument::Count(exported))]));
    match missed {
        0 => Ok(()),
        _ => Err(Stop::Refused),
    }
}

fn told(order: &ExportedOrder, folder: &Path, screen: &Screen) {
    let verdict = order.report.as_ref().map(|report| report.verdict.as_str());
    let path = screen.path(folder);
    screen.object(&json!({
        "event": "exported", "order": order.order.id, "phase": order.order.phase, "folder": path, "verdict": verdict,
    }));
    let state = screen.sentence(state_sentence(&order.order), &[]);
    screen.line(&format!("{}  {state}  {}", order.order.id, verdict.unwrap_or_default()));
    screen.line(&format!("  {path}"));
}

/// The ids of all complete orders that are sought, page by page.
async fn completed(archive: &Archive, options: &ExportOrders, reader: &str) -> Result<Vec<String>, Stop> {
    let mut filter = OrderFilter {
        phases: vec![OrderPhase::Complete],
        institution: options.institution.clone(),
        completed_since: options.since,
        ..OrderFilter::default()
    };
    let mut orders = Vec::new();
    loop {
        let page = archive.orders(filter.clone(), reader).await.map_err(untold)?;
        orders.extend(page.orders.into_iter().map(|summary| summary.order.id));
        orders.extend(page.damaged);
        filter.after = page.next;
        if filter.after.is_none() {
            return Ok(orders);
        }
    }
}

/// Writes what is kept of an order into a folder of its own, for its owner alone. Each file appears whole, and `order.json`
/// last: where it is, the others are.
pub(crate) fn write(order: &ExportedOrder, out: &Path) -> Result<std::path::PathBuf, Stop> {
    let folder = out.join(&order.order.id);
    let documents = folder.join("documents");
    for folder in [&folder, &documents] {
        private_folder(folder).map_err(Stop::at(folder))?;
    }
    let put = |file: &Path, content: &[u8]| replace(file, content).map_err(Stop::at(file));
    let put_json = |name: &str, value: &serde_json::Value| {
        let text = serde_json::to_string_pretty(value).unwrap_or_default() + "\n";
        put(&folder.join(name), text.as_bytes())
    };
    for document in &order.documents {
        // The portal named it; a name that leads elsewhere is none of its names.
        if let Some(name) = Path::new(&document.file_name).file_name() {
            put(&documents.join(name), &document.content)?;
        }
    }
    if let Some(container) = &order.container {
        put(&folder.join("application.asice"), container)?;
    }
    if let Some(receipt) = &order.receipt {
        put_json("receipt.json", &json(receipt))?;
    }
    if let Some(report) = &order.report {
        put_json("report.json", &json(report))?;
        put(&folder.join("report.txt"), report.text.as_bytes())?;
    }
    let mut value = json(order);
    // It has files of its own.
    if let Some(object) = value.as_object_mut() {
        object.remove("report");
    }
    put_json("order.json", &value)?;
    Ok(folder)
}

fn json(value: &impl Serialize) -> serde_json::Value {
    serde_json::to_value(value).unwrap_or_default()
}

#[cfg(unix)]
fn private_folder(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn private_folder(folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)
}

/// Puts a file in place of the one before, whole or not at all; it is its owner's alone.
fn replace(file: &Path, content: &[u8]) -> std::io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    // On Unix a temporary file is its owner's alone from the beginning.
    let mut draft = tempfile::NamedTempFile::new_in(folder)?;
    draft.write_all(content)?;
    draft.as_file().sync_all()?;
    draft.persist(file).map(drop).map_err(|error| error.error)
}

pub(crate) async fn audit(options: &Audit, screen: &Screen) -> Result<(), Stop> {
    let (archive, reader) = read(&options.reading).await?;
    let trail = archive
        .audit_trail(options.order.as_deref(), options.limit, &reader)
        .await;
    let trail = trail.map_err(untold)?;
    for entry in &trail.entries {
        let mut object = json(entry);
        // What happened is `event` in the trail.
        object["happened"] = object["event"].take();
        object["event"] = "audit".into();
        screen.object(&object);
    }
    screen.object(&json!({ "event": "audit-checked", "first_broken": trail.first_broken }));
    happened(&trail.entries, screen);
    screen.line("");
    match trail.first_broken {
        None => {
            screen.line(&screen.sentence("audit-whole", &[]));
            Ok(())
        }
        Some(number) => {
            let number = number.to_string();
            screen.refused(&screen.sentence("audit-broken", &[("number", Argument::Text(&number))]));
            Err(Stop::Refused)
        }
    }
}

fn happened(entries: &[HistoryEntry], screen: &Screen) {
    let columns = [
        Column::fixed(screen.sentence("column-moment", &[])),
        Column::fixed(screen.sentence("column-order", &[])),
        Column::flexible(screen.sentence("column-happened", &[])),
        Column::flexible(screen.sentence("column-outcome", &[])),
    ];
    let rows = entries.iter().map(|entry| {
        let id = format!("audit-{}", entry.event);
        let sentence = screen.sentence(&id, &[]);
        vec![
            second(&entry.at, screen),
            entry.order.clone().unwrap_or_default(),
            // One of a later version is told by its own name.
            if sentence == id { entry.event.clone() } else { sentence },
            match &entry.person {
                Some(person) => shown(&format!("{person}: {}", entry.outcome)),
                None => shown(&entry.outcome),
            },
        ]
    });
    table::show(&columns, &rows.collect::<Vec<_>>(), screen);
}

pub(crate) async fn token(options: &Token, screen: &Screen) -> Result<(), Stop> {
    let archive = open(&options.data, Vec::new()).await?;
    let name = ("name", Argument::Text(&options.name));
    if options.revoke {
        archive.forbid(&options.name).await.map_err(untold)?;
        screen.object(&json!({ "event": "token-revoked", "name": options.name }));
        screen.line(&screen.sentence("token-revoked", &[name]));
        return Ok(());
    }
    let token = archive.permit(&options.name).await.map_err(untold)?;
    screen.object(&json!({ "event": "token", "name": options.name, "token": token.expose() }));
    screen.line(&screen.sentence("token-made", &[name]));
    screen.line(token.expose());
    Ok(())
}

/// Opens the archive, and says who reads.
async fn read(reading: &Reading) -> Result<(Archive, String), Stop> {
    let trust = match &reading.trust {
        Some(file) => fs::read(file).map_err(Stop::at(file))?,
        None => authority_of(&reading.data)?,
    };
    let reader = reading.reader.clone().unwrap_or_else(account);
    Ok((open(&reading.data, trust).await?, reader))
}

/// Opens the archive of a data folder; its containers are verified by `trust`, PEM.
pub(crate) async fn open(data: &Path, trust: Vec<u8>) -> Result<Archive, Stop> {
    // Nothing listens: it is read what a portal with these settings has kept.
    let nowhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    Archive::open(Settings::new(data, nowhere, trust)).await.map_err(untold)
}

/// The account that reads: its name as the environment tells it, and its number, which it does not choose.
fn account() -> String {
    let name = ["LOGNAME", "USER", "USERNAME"]
        .iter()
        .find_map(|name| std::env::var(name).ok());
    let name: String = name
        .unwrap_or_default()
        .chars()
        .filter(|letter| !letter.is_control())
        .take(32)
        .collect();
    #[cfg(unix)]
    let number = format!("uid {}", rustix::process::getuid().as_raw());
    #[cfg(not(unix))]
    let number = "terminal".to_owned();
    match name.trim() {
        "" => number,
        name => format!("{name}, {number}"),
    }
}

fn untold(error: PortalError) -> Stop {
    if let PortalError::NoDataFolder(folder) = &error {
        Stop::own("stop-no-data-folder", folder.display())
    } else if matches!(error, PortalError::NoSuchOrder) {
        Stop::own("stop-no-order", "")
    } else if matches!(error, PortalError::NoSuchClient) {
        Stop::own("stop-no-client", "")
    } else if matches!(error, PortalError::ReaderName) {
        Stop::own("stop-reader-name", "")
    } else {
        Stop::own("stop-portal", "").because(error)
    }
}

const fn phase(state: State) -> OrderPhase {
    match state {
        State::Form => OrderPhase::Form,
        State::Confirmation => OrderPhase::Confirmation,
        State::Method => OrderPhase::Method,
        State::Signature => OrderPhase::Signature,
        State::Complete => OrderPhase::Complete,
        State::Withdrawn => OrderPhase::Withdrawn,
    }
}

fn state_sentence(order: &Order) -> &'static str {
    let confirmation = order.confirmation.as_ref();
    if confirmation.is_some_and(|confirmation| confirmation.asked == Some(InstitutionAnswer::Waiting)) {
        return "order-state-institution";
    }
    match order.phase {
        OrderPhase::Form => "order-state-form",
        OrderPhase::Confirmation => "order-state-confirmation",
        OrderPhase::Method => "order-state-method",
        OrderPhase::Signature => "order-state-signature",
        OrderPhase::Complete => "order-state-complete",
        OrderPhase::Withdrawn => "order-state-withdrawn",
    }
}

/// A moment of the portal's as its day in Türkiye.
fn day(text: &str, screen: &Screen) -> String {
    let moment = |moment| screen.sentence("table-day", &[("day", Argument::Day(moment))]);
    read_moment(text).map(moment).unwrap_or_default()
}

/// A moment of the portal's as people in Türkiye read it.
fn second(text: &str, screen: &Screen) -> String {
    let moment = |moment| screen.sentence("table-second", &[("moment", Argument::Second(moment))]);
    read_moment(text).map(moment).unwrap_or_default()
}

fn read_moment(text: &str) -> Option<SystemTime> {
    OffsetDateTime::parse(text, &Rfc3339).ok().map(SystemTime::from)
}
