//! The card readers a command can use: those of the operating system, or the one a virtual card is in.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use basvuru::failure::Failure;
use basvuru::reader::{ConnectedCard, Link, LinkFailure, ReaderDescription, Readers};
use basvuru::writing::shown;
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
        return Err(service_stopped().unwrap_or_else(|| Failure::ReaderMissing.into()));
    }
    screen.line("");
    let title = screen.sentence("readers", &[]);
    screen.line(&format!("  {}", Style::new().bold().apply_to(title)));
    for reader in &listed {
        screen.line(&format!("    {}", shown(&reader.name)));
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
pub(crate) async fn choose(
    readers: &dyn Readers,
    choice: &CardChoice,
    screen: &Screen,
) -> Result<ReaderDescription, Stop> {
    if !screen.asks() {
        return only(readers, choice).await;
    }
    loop {
        let mut fitting = fitting(readers).await?;
        match fitting.len() {
            0 => {
                // Whoever is to plug a reader in has to hear where that is not what is missing.
                screen.held_up(&missing(choice));
                screen.ask(&screen.sentence("again", &[]))?;
            }
            1 => return Ok(fitting.remove(0)),
            _ => {
                let names: Vec<String> = fitting.iter().map(|reader| shown(&reader.name)).collect();
                for (number, name) in (1..).zip(&names) {
                    screen.line(&format!("  {number}  {name}"));
                }
                let known: Vec<_> = names.iter().map(|name| ("", name.as_str())).collect();
                let question = format!("{}:", screen.sentence("ask-number", &[]));
                return Ok(fitting.remove(screen.ask_choice(&question, &known)?));
            }
        }
    }
}

/// The one reader that can be meant.
pub(crate) async fn only(readers: &dyn Readers, choice: &CardChoice) -> Result<ReaderDescription, Stop> {
    let mut fitting = fitting(readers).await?;
    match fitting.len() {
        0 => Err(missing(choice)),
        1 => Ok(fitting.remove(0)),
        _ => {
            let names: Vec<&str> = fitting.iter().map(|reader| reader.name.as_str()).collect();
            Err(Stop::own("stop-readers", names.join(" · ")))
        }
    }
}

/// The readers to choose from: of several, those that have a card, where one does.
async fn fitting(readers: &dyn Readers) -> Result<Vec<ReaderDescription>, Stop> {
    let listed = readers.list().await.map_err(Failure::from)?;
    if listed.len() < 2 {
        return Ok(listed);
    }
    let occupied = with_card();
    let (with_card, without): (Vec<_>, Vec<_>) = listed.into_iter().partition(|reader| occupied.contains(&reader.name));
    Ok(if with_card.is_empty() { without } else { with_card })
}

/// Why there is no reader: nobody looks for one, none has the name, or none is there.
fn missing(choice: &CardChoice) -> Stop {
    if choice.card.is_some() {
        return Failure::ReaderMissing.into();
    }
    if let Some(stopped) = service_stopped() {
        return stopped;
    }
    match &choice.reader {
        Some(name) => Stop::own("stop-no-such-reader", name),
        None => Failure::ReaderMissing.into(),
    }
}

/// That the operating system's card service does not run, where it does not.
#[cfg(feature = "pcsc")]
fn service_stopped() -> Option<Stop> {
    (!basvuru::reader::pcsc::PcscReaders::is_service_running()).then(|| Stop::own("stop-no-service", ""))
}

#[cfg(not(feature = "pcsc"))]
fn service_stopped() -> Option<Stop> {
    Some(Stop::own("stop-no-pcsc", ""))
}

/// The names of the readers that have a card now.
#[cfg(feature = "pcsc")]
fn with_card() -> Vec<String> {
    basvuru::reader::pcsc::PcscReaders::with_card()
}

#[cfg(not(feature = "pcsc"))]
fn with_card() -> Vec<String> {
    Vec::new()
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
    let part = plain(name);
    let has_part = |reader: &ReaderDescription| plain(&reader.name).contains(&part);
    readers.into_iter().filter(has_part).collect()
}

/// Small letters, with one blank where a name has several, which nobody sees and terminals do not paste.
fn plain(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
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
        let spaced = || named(&["Gemalto  PC Twin Reader (1A2B) 00 00"]);
        assert_eq!(matching(spaced(), "gemalto pc twin"), spaced());
        assert_eq!(matching(spaced(), "Gemalto  PC"), spaced());
    }
}
