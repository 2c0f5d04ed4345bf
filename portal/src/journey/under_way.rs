//! Requests that are worked on outside of transactions, by their keys: a repeat of one waits until the first has its answer.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, Weak};

use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::records::seal::Tag;

/// The requests under way. As many are remembered as there are.
#[derive(Default)]
pub(crate) struct UnderWay(std::sync::Mutex<HashMap<[u8; 32], Weak<Mutex<()>>>>);

impl UnderWay {
    /// Waits until no other request with a key is under way. What is dropped lets the next begin.
    pub(crate) async fn alone(&self, Tag(key): &Tag) -> OwnedMutexGuard<()> {
        let turn = {
            let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            turns.retain(|_, turn| turn.strong_count() > 0);
            let turn = turns.get(key).and_then(Weak::upgrade).unwrap_or_default();
            turns.insert(*key, Arc::downgrade(&turn));
            turn
        };
        turn.lock_owned().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_repeat_waits_for_the_first_and_nothing_is_left_behind() {
        let under_way = Arc::new(UnderWay::default());
        let first = under_way.alone(&Tag([1; 32])).await;
        drop(under_way.alone(&Tag([2; 32])).await);
        let repeated = Arc::clone(&under_way);
        let repeat = tokio::spawn(async move { drop(repeated.alone(&Tag([1; 32])).await) });
        tokio::task::yield_now().await;
        assert!(!repeat.is_finished());
        drop(first);
        repeat.await.unwrap();
        drop(under_way.alone(&Tag([3; 32])).await);
        assert_eq!(under_way.0.lock().unwrap().len(), 1);
    }
}
