//! Somebody who was invited, and their card.

use std::fmt;

use basvuru_test_card::VirtualCard;
use basvuru_test_pki::{IssueOptions, KeyKind};
use basvuru_world::{Applicant, Invited, PIN, PUK, World, WorldError};
use serde_json::{Value, json};

use crate::card_server::CardServer;

/// The first nine digits of the first applicant's number.
const FIRST_NUMBER: usize = 100_000_001;

/// Somebody who was invited, and their card.
pub(crate) struct Resident {
    applicant: Applicant,
    invited: Invited,
    card: CardServer,
}

impl Resident {
    /// Invites the applicant of an index, 0 the sample one, and gives them a card.
    pub(crate) async fn settle(world: &World, index: usize) -> Result<Self, WorldError> {
        let applicant = applicant(index);
        let invited = world.invite(&applicant).await?;
        let image = world.card(&applicant, KeyKind::P384, &IssueOptions::default())?;
        let card = CardServer::start(VirtualCard::new(image)?).await?;
        Ok(Self {
            applicant,
            invited,
            card,
        })
    }

    /// Invites them anew: with another order, and another access password in place of the one before.
    pub(crate) async fn invite_again(&mut self, world: &World) -> Result<(), WorldError> {
        self.invited = world.invite(&self.applicant).await?;
        Ok(())
    }

    pub(crate) fn identity(&self) -> &str {
        &self.applicant.identity
    }

    pub(crate) fn commands(&self) -> Value {
        self.card.commands()
    }

    /// Everything a phone needs to be theirs.
    pub(crate) fn description(&self) -> Value {
        json!({
            "identity": self.applicant.identity,
            "name": self.applicant.name(),
            "phone": self.applicant.phone,
            "email": self.applicant.email,
            "order": self.invited.order,
            "access_password": self.invited.access_password.expose(),
            "pin": PIN,
            "puk": PUK,
            "card": self.card.description(),
        })
    }
}

impl fmt::Display for Resident {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            formatter,
            "applicant  {} {}",
            self.applicant.identity,
            self.applicant.name()
        )?;
        writeln!(formatter, "password   {}", self.invited.access_password.expose())?;
        writeln!(formatter, "phone      {}", self.applicant.phone)?;
        writeln!(formatter, "PIN        {PIN}")?;
        writeln!(formatter, "PUK        {PUK}")?;
        write!(formatter, "card       {}", self.card)
    }
}

fn applicant(index: usize) -> Applicant {
    let sample = Applicant::sample();
    if index == 0 {
        return sample;
    }
    Applicant {
        identity: national_id(FIRST_NUMBER + index),
        phone: format!("+90532{:07}", index + 1),
        email: format!("basvuran{index}@example.com"),
        ..sample
    }
}

/// The T.C. kimlik no whose first nine digits are these.
fn national_id(first_nine: usize) -> String {
    let digits: Vec<usize> = first_nine
        .to_string()
        .bytes()
        .map(|digit| usize::from(digit - b'0'))
        .collect();
    let odd: usize = digits.iter().step_by(2).sum();
    let even: usize = digits.iter().skip(1).step_by(2).sum();
    // Ten times the largest sum of the even places keeps the difference positive.
    let tenth = (odd * 7 + 360 - even) % 10;
    let eleventh = (odd + even + tenth) % 10;
    format!("{first_nine}{tenth}{eleventh}")
}

#[cfg(test)]
mod tests {
    use basvuru::identity::NationalId;

    use super::*;

    #[test]
    fn everybody_has_a_number_that_checks() {
        for index in 0..200 {
            assert!(NationalId::parse(&applicant(index).identity).is_ok());
            assert!(NationalId::parse(&national_id(FIRST_NUMBER + index)).is_ok());
        }
        assert_eq!(national_id(FIRST_NUMBER), Applicant::sample().identity);
    }
}
