//! Whether a person still wants to wait for a card.

use std::sync::Arc;

use tokio::sync::watch;

/// How long a person wants to wait for a card: until they say that they no longer do. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct Patience(Arc<watch::Sender<bool>>);

impl Patience {
    /// An operation begins, for which the person has patience again.
    pub(crate) fn begin(&self) {
        self.0.send_replace(false);
    }

    /// The person no longer wants to wait: any wait of the operation under way ends, this one or one to come.
    pub(crate) fn end(&self) {
        self.0.send_replace(true);
    }

    /// Whether the person no longer wants to wait.
    pub(crate) fn is_over(&self) -> bool {
        *self.0.borrow()
    }

    /// Returns when the person no longer wants to wait.
    pub(crate) async fn has_ended(&self) {
        let mut ended = self.0.subscribe();
        if ended.wait_for(|ended| *ended).await.is_err() {
            // Who could say so is gone.
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_wait_ends_when_the_person_says_so_and_the_next_operation_waits_again() {
        let patience = Patience::default();
        patience.end();
        patience.has_ended().await;
        patience.begin();
        let ended = tokio::spawn({
            let patience = patience.clone();
            async move { patience.has_ended().await }
        });
        tokio::task::yield_now().await;
        assert!(!ended.is_finished());
        patience.end();
        ended.await.unwrap();
    }
}
