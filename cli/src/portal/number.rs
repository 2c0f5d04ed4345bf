//! The institution's word on the number that an applicant stated, where that is not the one it told.

use basvuru::texts::Argument;
use basvuru_portal::{PortalError, SystemClock, answer_number, number_request};
use serde_json::json;

use crate::arguments::ConfirmNumber;
use crate::screen::Screen;
use crate::stop::Stop;

/// Shows what the institution is asked to confirm, and confirms or refuses it where that was said.
pub(crate) async fn confirm(options: &ConfirmNumber, screen: &Screen) -> Result<(), Stop> {
    let request = number_request(&options.data, &options.order, &SystemClock)
        .await
        .map_err(unasked)?;
    let arguments = [
        ("order", Argument::Text(&request.order)),
        ("stated", Argument::Text(&request.stated)),
        ("told", Argument::Text(&request.told)),
    ];
    let mut object = json!({
        "event": "number-to-confirm", "order": request.order, "stated": request.stated, "told": request.told,
    });
    let sentence = if options.accept || options.refuse {
        answer_number(&options.data, &request, options.accept, &SystemClock)
            .await
            .map_err(unasked)?;
        object["event"] = if options.accept {
            "number-confirmed"
        } else {
            "number-refused"
        }
        .into();
        if options.accept {
            "number-confirmed"
        } else {
            "number-refused"
        }
    } else {
        "number-to-confirm"
    };
    screen.object(&object);
    screen.line(&screen.sentence(sentence, &arguments));
    Ok(())
}

fn unasked(error: PortalError) -> Stop {
    if matches!(error, PortalError::OrderUnknown) {
        Stop::own("stop-order-unknown", "")
    } else if matches!(error, PortalError::NumberNotAsked) {
        Stop::own("stop-number-not-asked", "")
    } else {
        Stop::own("stop-portal", "").because(error)
    }
}
