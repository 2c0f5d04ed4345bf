//! The card readers a command can use: those of the operating system, or the one a virtual card is in.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use basvuru::failure::Failure;
use basvuru::reader::{ConnectedCard, Link, LinkFailure, ReaderDescription, Readers};
use basvuru_test_card::{VirtualCard, VirtualReaders};
use console::Style;
use serde_json::json;

use crate::arguments::CardChoice;
use crate::screen::Screen;
use crate::stop::Stop;

/// Lists the readers of this machine.
pub(crate) async fn run(screen: &Screen) -> Result<(), Stop> {
    let readers = of_this_machine(screen).ok_or_else(|| Stop::own("stop-no-pcsc", ""))?;
    let listed = readers.list().await.map_err(Failure::from)?;
    for reader in &listed {
        screen.object(&json!({ "event": "reader", "name": reader.name }));
    }
    if listed.is_empty() {
        return Err(Failure::ReaderMissing.into());
    }
    screen.line("");
    let title = screen.sentence("readers", &[]);
    screen.line(&format!("  {}", Style::new().bold().apply_to(title)));
    for reader in &listed {
        screen.line(&format!("    {}", reader.name));
    }
    screen.line("");
    Ok(())
}

/// The readers that were chosen. A virtual card is reached by `link`.
pub(crate) fn chosen(choice: &CardChoice, link: Link, screen: &Screen) -> Result<Arc<dyn Readers>, Stop> {
    if let Some(card) = &choice.card {
        let file = card
            .strip_prefix("virtual:")
            .ok_or_else(|| Stop::own("stop-card", card))?;
        let card = VirtualCard::of_file(Path::new(file));
        let card = card.map_err(|error| Stop::own("stop-card", file).because(error))?;
        return Ok(Arc::new(VirtualReaders::with_card(link, card)));
    }
    match (of_this_machine(screen), &choice.reader) {
        (None, Some(_)) => Err(Stop::own("stop-no-pcsc", "")),
        (None, None) => Ok(Arc::new(VirtualReaders::new())),
        (Some(readers), None) => Ok(readers),
        (Some(readers), Some(name)) => Ok(Arc::new(Named {
            readers,
            name: name.clone(),
        })),
    }
}

/// Has one of the readers chosen. At a terminal the person is asked until there is one; otherwise it must be plain.
pub(crate) async fn choose(readers: &dyn Readers, screen: &Screen) -> Result<ReaderDescription, Stop> {
    let asks = screen.asks();
    loop {
        let mut listed = readers.list().await.map_err(Failure::from)?;
        match listed.len() {
            0 if asks => drop(screen.ask(&screen.sentence("connect-reader", &[]))?),
            0 => return Err(Failure::ReaderMissing.into()),
            1 => return Ok(listed.remove(0)),
            count if asks => {
                for (number, reader) in (1..).zip(&listed) {
                    screen.line(&format!("  {number}  {}", reader.name));
                }
                return Ok(listed.remove(screen.ask_number(count)?));
            }
            _ => {
                let names: Vec<&str> = listed.iter().map(|reader| reader.name.as_str()).collect();
                return Err(Stop::own("stop-readers", names.join(" · ")));
            }
        }
    }
}

/// The operating system's readers, where this build reaches them.
#[cfg(feature = "pcsc")]
fn of_this_machine(screen: &Screen) -> Option<Arc<dyn Readers>> {
    use basvuru::application::Activity;

    let watcher = screen.watcher();
    let readers = basvuru::reader::pcsc::PcscReaders::new().prompting(move |prompt| {
        // What cannot be shown does not stop the wait.
        let _ = watcher.progress(Activity::AwaitingCard, prompt.to_owned());
    });
    Some(Arc::new(readers))
}

#[cfg(not(feature = "pcsc"))]
fn of_this_machine(_: &Screen) -> Option<Arc<dyn Readers>> {
    None
}

/// The readers whose name is, or else has in it, what was typed.
struct Named {
    readers: Arc<dyn Readers>,
    name: String,
}

#[async_trait]
impl Readers for Named {
    async fn list(&self) -> Result<Vec<ReaderDescription>, LinkFailure> {
        Ok(matching(self.readers.list().await?, &self.name))
    }

    async fn connect(&self, reader: String, prompt: String) -> Result<ConnectedCard, LinkFailure> {
        self.readers.connect(reader, prompt).await
    }
}

/// Exact names go before parts of names; case makes no difference to a part.
fn matching(readers: Vec<ReaderDescription>, name: &str) -> Vec<ReaderDescription> {
    let exact: Vec<_> = readers.iter().filter(|reader| reader.name == name).cloned().collect();
    if !exact.is_empty() {
        return exact;
    }
    let part = name.to_lowercase();
    let has_part = |reader: &ReaderDescription| reader.name.to_lowercase().contains(&part);
    readers.into_iter().filter(has_part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(names: &[&str]) -> Vec<ReaderDescription> {
        let describe = |name: &&str| ReaderDescription {
            id: (*name).to_owned(),
            name: (*name).to_owned(),
            link: Link::Contact,
        };
        names.iter().map(describe).collect()
    }

    #[test]
    fn a_reader_is_found_by_its_name_or_a_part_of_it() {
        let readers = || named(&["ACS ACR39U 00 00", "Virtual PCD 00 00", "Virtual PCD 00 01", "Virtual"]);
        assert_eq!(matching(readers(), "Virtual PCD 00 01"), named(&["Virtual PCD 00 01"]));
        assert_eq!(matching(readers(), "acr39"), named(&["ACS ACR39U 00 00"]));
        assert_eq!(matching(readers(), "PCD").len(), 2);
        assert_eq!(matching(readers(), "Virtual"), named(&["Virtual"]));
        assert!(matching(readers(), "Omnikey").is_empty());
    }
}
