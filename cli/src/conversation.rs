//! The one loop between a person, or a script, and the core: show the step, take the answer, show why it was not taken.

use std::sync::Arc;

use basvuru::application::{Answer, CertificateApplication, Screen as View, Step};
use basvuru::failure::Failure;
use basvuru::portal::Receipt;
use basvuru::texts::Argument;

use crate::screen::Screen;
use crate::stop::Stop;

/// Who answers.
pub(crate) trait Respondent {
    /// Whether an answer that was not taken is given anew. Otherwise it ends the command, which says why.
    const TRIES_AGAIN: bool;

    /// Answers a step. `failure` is why the last answer was not taken.
    async fn respond(
        &mut self,
        application: &CertificateApplication,
        step: &Step,
        failure: Option<&Failure>,
    ) -> Result<Answer, Stop>;
}

/// Walks the journey to its receipt.
pub(crate) async fn converse<R: Respondent>(
    application: &Arc<CertificateApplication>,
    respondent: &mut R,
    screen: &Screen,
) -> Result<Receipt, Stop> {
    let mut failure: Option<Failure> = None;
    let mut shown = None;
    loop {
        let step = application.step();
        if shown != Some(step.screen.name()) || step.notice.is_some() {
            screen.step(&step);
            shown = Some(step.screen.name());
        }
        if let View::Done {
            receipt,
            summary,
            return_to,
        } = &step.screen
        {
            screen.object(&serde_json::json!({ "event": "done", "receipt": receipt, "return_to": return_to }));
            screen.line(&format!("  {summary}"));
            if let Some(address) = return_to {
                let sentence = screen.sentence("return-to", &[("address", Argument::Text(address))]);
                screen.line(&format!("  {sentence}"));
            }
            return Ok(receipt.clone());
        }
        if let Some(failure) = failure.as_ref().filter(|_| R::TRIES_AGAIN) {
            screen.failure(&failure.explain(screen.language()));
        }
        let answer = respondent.respond(application, &step, failure.as_ref()).await?;
        failure = Arc::clone(application).answer(answer).await.err();
        screen.quiet();
    }
}
