//! The journey at a terminal, with prompts or a file of answers. What was reached is in the home folder; run again after
//! any interruption it goes on there.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use basvuru::application::{Answer, CertificateApplication, Configuration, Ports};
use basvuru::desk::CardDesk;
use basvuru::failure::Failure;
use basvuru::link::read_link;
use basvuru::portal::Receipt;
use basvuru::reader::Link;

use crate::arguments::{Apply, CardLink};
use crate::conversation::converse;
use crate::proxy;
use crate::readers;
use crate::respondent::{Person, Script};
use crate::screen::Screen;
use crate::stop::Stop;
use crate::vault::FileVault;

pub(crate) async fn run(options: &Apply, screen: &Screen) -> Result<(), Stop> {
    let link = match options.link {
        CardLink::Contact => Link::Contact,
        CardLink::Nfc => Link::Nfc,
    };
    let readers = readers::chosen(&options.card, link, screen)?;
    let card = &options.card;
    let mut configuration = Configuration::new(
        options.portal.clone(),
        fs::read(&options.trust).map_err(Stop::at(&options.trust))?,
        folder(&options.home)?,
        screen.language(),
    );
    configuration.proxy = proxy::of_environment(&options.portal)?;
    configuration.device_name = Some(device_name(screen));
    if let Some(link) = &options.invitation {
        let invitation = read_link(link.clone(), vec![options.portal.clone()])?;
        configuration.identity_kind = invitation.identity_kind;
        configuration.order = invitation.order;
        configuration.return_to = invitation.return_to;
    }
    let ports = || Ports {
        readers: Arc::clone(&readers),
        vault: Arc::new(FileVault::new(options.home.join("journal.key"))),
        watcher: Some(screen.watcher()),
        monitor: None,
    };
    let application = CertificateApplication::open(configuration, ports())?;
    if options.new {
        Arc::clone(&application).answer(Answer::Leave).await?;
    }
    let receipt = match &options.answers {
        Some(file) => {
            converse(
                &application,
                &mut Script::read(file, Arc::clone(&readers), card)?,
                screen,
            )
            .await?
        }
        None => {
            let folder = options.home.join("documents");
            let desk = CardDesk::open(self::folder(&options.home)?, ports(), screen.language())?;
            converse(
                &application,
                &mut Person {
                    screen,
                    readers: Arc::clone(&readers),
                    card,
                    folder,
                    desk,
                },
                screen,
            )
            .await?
        }
    };
    keep(&application, &receipt, &options.home)
}

/// Leaves the receipt and the signed container where the person finds them.
fn keep(application: &CertificateApplication, receipt: &Receipt, home: &Path) -> Result<(), Stop> {
    let receipt_file = home.join(format!("receipt-{}.json", receipt.order));
    let written = serde_json::to_vec_pretty(receipt).map_err(|error| Failure::Internal {
        detail: error.to_string(),
    })?;
    fs::write(&receipt_file, written).map_err(Stop::at(&receipt_file))?;
    // An order that was signed on another device has no container here.
    if let Ok(container) = application.signed_container(receipt.order.clone()) {
        let file = home.join(format!("application-{}.asice", receipt.order));
        fs::write(&file, container).map_err(Stop::at(&file))?;
    }
    Ok(())
}

/// What the person knows this computer by.
fn device_name(screen: &Screen) -> String {
    let told = std::env::var("COMPUTERNAME").ok();
    let name = told.or_else(|| fs::read_to_string("/etc/hostname").ok());
    let name = name.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
    name.unwrap_or_else(|| screen.sentence("this-computer", &[]))
}

fn folder(home: &Path) -> Result<String, Stop> {
    fs::create_dir_all(home).map_err(Stop::at(home))?;
    home.to_str()
        .map(str::to_owned)
        .ok_or_else(|| Stop::own("stop-file", home.display()))
}
