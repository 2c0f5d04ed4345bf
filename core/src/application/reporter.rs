//! Tells whoever watches how things come along: once a stage, and again where a bad line makes it long, with how much has
//! come or gone.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::{Activity, Watcher, sentences};
use crate::bounds::Listener;
use crate::portal::Flow;
use crate::texts::{Argument, Language, catalogue};

/// How long a stage goes on before octets are told, and how far apart they are told.
pub(super) const PACE: Duration = Duration::from_secs(3);
/// A thousand octets, in which they are told.
const KILO: usize = 1000;

/// Tells a watcher, where there is one, on a thread of its own.
pub(crate) struct Reporter {
    watcher: Option<Listener<(Activity, String)>>,
    /// What was told last.
    last: Mutex<Option<Told>>,
}

#[derive(Clone, Copy)]
struct Told {
    activity: Activity,
    language: Language,
    at: Instant,
}

impl Reporter {
    pub(crate) fn new(watcher: Option<Arc<dyn Watcher>>) -> Arc<Self> {
        // Progress that could not be shown stops nothing.
        let listener = |watcher: Arc<dyn Watcher>| {
            Listener::new(move |(activity, sentence)| drop(watcher.progress(activity, sentence)))
        };
        Arc::new(Self {
            watcher: watcher.map(listener),
            last: Mutex::default(),
        })
    }

    /// Something has begun; gives the sentence that says it.
    pub(crate) fn tell(&self, activity: Activity, language: Language) -> String {
        let sentence = sentences::activity(activity, language);
        let at = Instant::now();
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(Told { activity, language, at });
        self.say(activity, sentence.clone());
        sentence
    }

    /// Octets have passed between the app and the portal.
    pub(crate) fn flows(&self, flow: Flow) {
        let told = {
            let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(told) = last.as_mut().filter(|told| told.at.elapsed() >= PACE) else {
                return;
            };
            told.at = Instant::now();
            *told
        };
        self.say(told.activity, sentence(told.activity, flow, told.language));
    }

    /// What was told last goes on, and the card has not answered yet.
    pub(crate) fn card_takes_long(&self) {
        let told = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Told { activity, language, .. }) = told {
            let begun = sentences::activity(activity, language);
            let arguments = [("activity", Argument::Text(&begun))];
            let sentence = catalogue(language).sentence("activity-card-takes-long", &arguments);
            self.say(activity, sentence);
        }
    }

    /// Waits until whoever watches has been told everything.
    pub(crate) async fn settle(&self) {
        if let Some(watcher) = &self.watcher {
            watcher.settle().await;
        }
    }

    fn say(&self, activity: Activity, sentence: String) {
        if let Some(watcher) = &self.watcher {
            watcher.tell((activity, sentence));
        }
    }
}

fn sentence(activity: Activity, flow: Flow, language: Language) -> String {
    let (done, total) = if flow.received > 0 || flow.to_send == 0 {
        (flow.received, flow.to_receive)
    } else {
        (flow.sent, Some(flow.to_send))
    };
    let begun = sentences::activity(activity, language);
    let count = |octets: usize| Argument::Count(octets.div_ceil(KILO) as u64);
    let mut arguments = vec![("activity", Argument::Text(&begun)), ("done", count(done))];
    let id = match total {
        Some(total) => {
            arguments.push(("total", count(total)));
            "activity-octets-of"
        }
        None => "activity-octets",
    };
    catalogue(language).sentence(id, &arguments)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    struct Heard(mpsc::Sender<String>);

    impl Watcher for Heard {
        fn progress(&self, _: Activity, sentence: String) -> Result<(), crate::application::PortFailure> {
            self.0.send(sentence).unwrap();
            Ok(())
        }
    }

    #[tokio::test(start_paused = true)]
    async fn octets_are_told_only_where_it_takes_long_and_not_too_often() {
        let (told, heard) = mpsc::channel();
        let reporter = Reporter::new(Some(Arc::new(Heard(told))));
        reporter.tell(Activity::AskingPortal, Language::English);
        let mut flow = Flow {
            to_receive: Some(127_573),
            ..Flow::default()
        };
        for _ in 0..70 {
            tokio::time::advance(Duration::from_millis(100)).await;
            flow.received += 200;
            reporter.flows(flow);
        }
        reporter.tell(Activity::Submitting, Language::Turkish);
        tokio::time::advance(PACE).await;
        reporter.flows(Flow {
            sent: 20_480,
            to_send: 61_900,
            ..Flow::default()
        });
        // Its thread ends when it has told everything; by the clock of this test no time is left to wait for it.
        drop(reporter);
        assert_eq!(
            heard.into_iter().collect::<Vec<_>>(),
            [
                "Asking the portal",
                "Asking the portal: 6 of 128 kB",
                "Asking the portal: 12 of 128 kB",
                "İmzalı başvuru gönderiliyor",
                "İmzalı başvuru gönderiliyor: 21/62 kB",
            ]
        );
    }

    #[test]
    fn an_answer_of_unknown_length_is_told_without_one() {
        let flow = Flow {
            received: 24_000,
            ..Flow::default()
        };
        let told = sentence(Activity::AskingPortal, flow, Language::Turkish);
        assert_eq!(told, "Portala soruluyor: 24 kB");
    }
}
