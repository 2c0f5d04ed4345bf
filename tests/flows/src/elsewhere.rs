//! What the same person does on another device meanwhile.

use std::collections::HashMap;
use std::sync::Arc;

use basvuru::application::{Answer, CertificateApplication, Screen};
use basvuru::portal::Receipt;
use basvuru_world::TestVault;
use tempfile::TempDir;

use crate::{Journey, filled};

impl Journey {
    /// Does all of it on another device of the same person, with the same card.
    pub async fn finish_elsewhere(&self) -> Receipt {
        let (_home, device) = self.another_device();
        for _ in 0..20 {
            let step = device.step();
            if let Screen::Done { receipt, .. } = step.screen {
                return receipt;
            }
            // The code was sent when the first device asked for it.
            let sent =
                matches!(step.screen, Screen::ConfirmPhone { code: None, .. }) && self.ledger().count("code-sent") > 0;
            let answer = if sent {
                self.code_on(&device).await
            } else {
                self.right_answer_on(&device).await
            };
            Arc::clone(&device).answer(answer).await.unwrap();
        }
        panic!("not done, but at {}", device.step().screen.name());
    }

    /// Changes the approved form on another device of the same person and approves it anew; goes on there as far as to the
    /// documents where `confirms` says so.
    pub async fn approve_anew_elsewhere(&self, changed: &HashMap<String, String>, confirms: bool) {
        let (_home, device) = self.another_device();
        while device.step().screen.name() != "choose-order" {
            let answer = self.right_answer_on(&device).await;
            Arc::clone(&device).answer(answer).await.unwrap();
        }
        let order = Some(self.invited.order.clone());
        let step = Arc::clone(&device).answer(Answer::ChangeForm { order }).await.unwrap();
        let Screen::FillForm { fields, .. } = step.screen else {
            panic!("the form expected, not {}", step.screen.name())
        };
        let mut values = filled(&fields);
        values.extend(changed.clone());
        Arc::clone(&device)
            .answer(Answer::ApproveForm { values })
            .await
            .unwrap();
        while confirms && device.step().screen.name() != "review-documents" {
            let answer = self.right_answer_on(&device).await;
            Arc::clone(&device).answer(answer).await.unwrap();
        }
    }

    fn another_device(&self) -> (TempDir, Arc<CertificateApplication>) {
        let home = tempfile::tempdir().unwrap();
        let device = self.try_open(home.path(), Arc::new(TestVault)).unwrap();
        (home, device)
    }
}
