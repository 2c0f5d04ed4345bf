//! The way from a reader's id to the card in it. A reader on USB may have several places for a card: each has an id of its own,
//! the reader's with `#interface.slot` behind, and the reader's id alone means whichever holds a card that signs.

use std::sync::Arc;

use async_trait::async_trait;

use super::{Cards, Reporter, sentences};
use crate::application::Activity;
use crate::application::reporter::PACE;
use crate::card::CardError;
use crate::diagnosis;
use crate::failure::Failure;
use crate::reader::ccid::{self, ConnectFailure, Place, Wanted};
use crate::reader::{
    CardChannel, CardOutcome, CardStage, ChannelInfo, ConnectedCard, LinkFailure, ReaderDescription, UsbReader,
};
use crate::texts::{Argument, Language, catalogue};

/// A reader that is there, or one place in it.
pub(crate) struct ChosenReader {
    /// As the person knows it; its id is the one that was chosen.
    pub(crate) description: ReaderDescription,
    /// What the shell knows it by.
    device: String,
    place: Option<Place>,
}

impl Cards {
    /// The reader of an id, where it is there.
    pub(crate) async fn reader(&self, id: &str) -> Result<ChosenReader, Failure> {
        let readers = self.readers.list().await?;
        if let Some(reader) = readers.iter().find(|reader| reader.id == id) {
            return Ok(ChosenReader {
                description: reader.clone(),
                device: reader.id.clone(),
                place: None,
            });
        }
        let (device, place) = id.rsplit_once('#').ok_or(Failure::ReaderMissing)?;
        let place = Place::parse(place).ok_or(Failure::ReaderMissing)?;
        let reader = readers.into_iter().find(|reader| reader.id == device);
        let reader = reader.ok_or(Failure::ReaderMissing)?;
        // Its number among the others is not known before the reader has been opened: it is told as its id has it.
        let name = format!("{} · {place}", reader.name);
        Ok(ChosenReader {
            device: reader.id.clone(),
            description: ReaderDescription {
                id: id.to_owned(),
                name,
                ..reader
            },
            place: Some(place),
        })
    }

    /// What is there of a reader, where the shell has waited for the card or leaves that to the core.
    pub(crate) async fn open_reader(
        &self,
        reader: &ChosenReader,
        language: Language,
    ) -> Result<ConnectedCard, LinkFailure> {
        diagnosis::reader_chosen(&reader.description.name, reader.description.link);
        let prompt = sentences::card_prompt(reader.description.link, language);
        self.readers.connect(reader.device.clone(), prompt).await
    }

    /// Waits for the card in a reader.
    pub(crate) async fn connect(
        &self,
        reader: &ChosenReader,
        language: Language,
    ) -> Result<Arc<dyn CardChannel>, Failure> {
        self.tell(Activity::AwaitingCard, language);
        let connected = self.open_reader(reader, language).await?;
        Ok(self.channel(connected, reader, language).await?)
    }

    /// The channel to the card in a reader that was opened.
    pub(crate) async fn channel(
        &self,
        connected: ConnectedCard,
        reader: &ChosenReader,
        language: Language,
    ) -> Result<Arc<dyn CardChannel>, ConnectFailure> {
        let channel = match connected {
            // A service of the system has a name for every slot.
            ConnectedCard::Channel { .. } if reader.place.is_some() => return Err(LinkFailure::NoReader.into()),
            ConnectedCard::Channel { channel } => channel,
            ConnectedCard::Usb { usb } => self.channel_in(usb, reader.place, language).await?,
        };
        Ok(Arc::new(ToldChannel {
            channel,
            progress: Arc::clone(&self.progress),
        }))
    }

    /// The channel to the card in a place of a reader; where none is meant, to the first card that has something to sign with,
    /// or to the first one where none has.
    async fn channel_in(
        &self,
        usb: Arc<dyn UsbReader>,
        place: Option<Place>,
        language: Language,
    ) -> Result<Arc<dyn CardChannel>, ConnectFailure> {
        let mut wanted = Wanted {
            place,
            passed: Vec::new(),
        };
        loop {
            let connected = ccid::connect_to(Arc::clone(&usb), &wanted).await;
            let first = wanted.passed.first().copied();
            match (connected, first) {
                (Ok(connected), None) if !connected.others => return Ok(connected.channel),
                (Ok(connected), first) => {
                    let read = self.read(&connected.channel, language).await;
                    let is_another = matches!(
                        read,
                        Err(CardError::NotASignatureCard | CardError::NoSigningKey | CardError::UnknownKey)
                    );
                    if !is_another {
                        return Ok(connected.channel);
                    }
                    let sentence = sentences::activity(Activity::AwaitingCard, language);
                    let _ = connected.channel.close(CardOutcome::Succeeded { sentence }).await;
                    wanted.passed.push(connected.place);
                    if !connected.others {
                        wanted = Wanted {
                            place: Some(first.unwrap_or(connected.place)),
                            passed: Vec::new(),
                        };
                    }
                }
                (Err(_), Some(first)) => {
                    wanted = Wanted {
                        place: Some(first),
                        passed: Vec::new(),
                    };
                }
                (Err(failure), None) => return Err(failure),
            }
        }
    }
}

impl ChosenReader {
    /// The places for a card in a reader on USB that has several and sends these descriptors, each with an id and a name.
    pub(crate) fn slots(&self, descriptors: &[u8], language: Language) -> Vec<ReaderDescription> {
        let places = ccid::places(descriptors);
        if places.len() < 2 || self.place.is_some() {
            return Vec::new();
        }
        let Self {
            description, device, ..
        } = self;
        let describe = |(number, place): (usize, Place)| ReaderDescription {
            id: format!("{device}#{place}"),
            name: slot_name(&description.name, number, language),
            link: description.link,
        };
        places.into_iter().enumerate().map(describe).collect()
    }
}

/// `number` counts from 0.
fn slot_name(reader: &str, number: usize, language: Language) -> String {
    let number = u64::try_from(number).unwrap_or(u64::MAX).saturating_add(1);
    let arguments = [("reader", Argument::Text(reader)), ("number", Argument::Count(number))];
    catalogue(language).sentence("reader-slot", &arguments)
}

/// A channel that has the watcher told where a card takes long to answer: it computes, or has asked for more time.
struct ToldChannel {
    channel: Arc<dyn CardChannel>,
    progress: Arc<Reporter>,
}

#[async_trait]
impl CardChannel for ToldChannel {
    async fn info(&self) -> Result<ChannelInfo, LinkFailure> {
        self.channel.info().await
    }

    async fn transmit(&self, command: Vec<u8>) -> Result<Vec<u8>, LinkFailure> {
        let mut answer = self.channel.transmit(command);
        loop {
            tokio::select! {
                biased;
                answer = &mut answer => return answer,
                () = tokio::time::sleep(PACE) => self.progress.card_takes_long(),
            }
        }
    }

    async fn tell(&self, stage: CardStage, sentence: String) -> Result<(), LinkFailure> {
        self.channel.tell(stage, sentence).await
    }

    async fn close(&self, outcome: CardOutcome) -> Result<(), LinkFailure> {
        self.channel.close(outcome).await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;
    use crate::application::{PortFailure, Watcher};

    struct Heard(mpsc::Sender<String>);

    impl Watcher for Heard {
        fn progress(&self, _: Activity, sentence: String) -> Result<(), PortFailure> {
            self.0.send(sentence).unwrap();
            Ok(())
        }
    }

    /// A card that needs ten seconds for every command.
    struct Slow;

    #[async_trait]
    impl CardChannel for Slow {
        async fn info(&self) -> Result<ChannelInfo, LinkFailure> {
            Err(LinkFailure::NoCard)
        }
        async fn transmit(&self, _: Vec<u8>) -> Result<Vec<u8>, LinkFailure> {
            tokio::time::sleep(Duration::from_secs(10)).await;
            Ok(vec![0x90, 0x00])
        }
        async fn tell(&self, _: CardStage, _: String) -> Result<(), LinkFailure> {
            Ok(())
        }
        async fn close(&self, _: CardOutcome) -> Result<(), LinkFailure> {
            Ok(())
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_card_that_takes_long_is_told_of_every_few_seconds() {
        let (told, heard) = mpsc::channel();
        let progress = Reporter::new(Some(Arc::new(Heard(told))));
        progress.tell(Activity::Signing, Language::English);
        let channel = ToldChannel {
            channel: Arc::new(Slow),
            progress: Arc::clone(&progress),
        };
        assert_eq!(channel.transmit(Vec::new()).await, Ok(vec![0x90, 0x00]));
        progress.tell(Activity::CardDone, Language::English);
        let heard: Vec<String> = (0..5).map(|_| heard.recv().unwrap()).collect();
        let long = "The card is signing, keep it still. Its answer is still to come: it may still be computing";
        let expected = [
            "The card is signing, keep it still",
            long,
            long,
            long,
            "You may remove the card",
        ];
        assert_eq!(heard, expected);
    }

    #[test]
    fn only_a_reader_with_several_places_has_names_for_them() {
        let reader = ChosenReader {
            description: ReaderDescription {
                id: "usb".to_owned(),
                name: "ACR1281U".to_owned(),
                link: crate::reader::Link::Contact,
            },
            device: "usb".to_owned(),
            place: None,
        };
        let one = ccid::with_interfaces(&[(0, 0)]);
        assert_eq!(reader.slots(&one, Language::Turkish), []);
        let several = ccid::with_interfaces(&[(0, 0), (2, 1)]);
        let named = reader.slots(&several, Language::Turkish);
        let named: Vec<_> = named
            .iter()
            .map(|slot| (slot.id.as_str(), slot.name.as_str()))
            .collect();
        let expected = [
            ("usb#0.0", "ACR1281U · 1. yuva"),
            ("usb#2.0", "ACR1281U · 2. yuva"),
            ("usb#2.1", "ACR1281U · 3. yuva"),
        ];
        assert_eq!(named, expected);
    }
}
