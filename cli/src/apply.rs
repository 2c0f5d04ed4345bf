//! The journey at a terminal, with prompts or a file of answers. What was reached is in the home folder; run again after
//! any interruption it goes on there.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use basvuru::application::{Answer, CertificateApplication, Configuration, Ports};
use basvuru::link::read_link;
use basvuru::portal::Receipt;
use basvuru::reader::Link;

use crate::arguments::{Apply, CardLink};
use crate::conversation::converse;
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
    let mut configuration = Configuration::new(
        options.portal.clone(),
        fs::read(&options.trust)?,
        folder(&options.home)?,
        screen.language(),
    );
    if let Some(link) = &options.invitation {
        let invitation = read_link(link.clone(), vec![options.portal.clone()])?;
        configuration.identity_kind = invitation.identity_kind;
        configuration.order = invitation.order;
        configuration.return_to = invitation.return_to;
    }
    let ports = Ports {
        readers: Arc::clone(&readers),
        vault: Arc::new(FileVault::new(options.home.join("journal.key"))),
        watcher: Some(screen.watcher()),
        monitor: None,
    };
    let application = CertificateApplication::open(configuration, ports)?;
    if options.new {
        Arc::clone(&application).answer(Answer::Leave).await?;
    }
    let receipt = match &options.answers {
        Some(file) => converse(&application, &mut Script::read(file, readers)?, screen).await?,
        None => {
            let folder = options.home.join("documents");
            converse(
                &application,
                &mut Person {
                    screen,
                    readers,
                    folder,
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
    fs::write(
        receipt_file,
        serde_json::to_vec_pretty(receipt).map_err(std::io::Error::from)?,
    )?;
    // An order that was signed on another device has no container here.
    if let Ok(container) = application.signed_container(receipt.order.clone()) {
        fs::write(home.join(format!("application-{}.asice", receipt.order)), container)?;
    }
    Ok(())
}

fn folder(home: &Path) -> Result<String, Stop> {
    fs::create_dir_all(home)?;
    home.to_str()
        .map(str::to_owned)
        .ok_or_else(|| Stop::own("stop-file", home.display()))
}
