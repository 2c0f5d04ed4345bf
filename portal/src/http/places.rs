//! Who holds a connection, and who has to give one up. Connections are counted by the network they come from; whoever holds
//! fewer than another always finds a place. What is held of answers that nobody takes is bounded for all of them together.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::http::activity::Activity;
use crate::network::Network;

/// How many octets of answers are held that have not been taken, for all connections together.
const UNREAD: usize = 64 * 1024 * 1024;

/// The connections there are.
pub(crate) struct Places {
    most: usize,
    most_of_network: usize,
    next: AtomicU64,
    unread: AtomicUsize,
    held: Mutex<HashMap<u64, Holder>>,
}

/// A connection. What a configured proxy passes on belongs to no network: the people behind it are many.
struct Holder {
    network: Option<Network>,
    activity: Arc<Activity>,
}

/// A place, held until it is dropped.
pub(crate) struct Place {
    places: Arc<Places>,
    number: u64,
    activity: Arc<Activity>,
}

impl Places {
    pub(crate) fn new(most: usize, most_of_network: usize) -> Arc<Self> {
        Arc::new(Self {
            most: most.max(1),
            most_of_network: most_of_network.max(1),
            next: AtomicU64::new(0),
            unread: AtomicUsize::new(0),
            held: Mutex::default(),
        })
    }

    /// A place for a connection from a network, or from a proxy; none where everything is taken by who has as good a right to
    /// it.
    pub(crate) fn take(self: &Arc<Self>, network: Option<Network>) -> Option<Place> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        self.make_room(&mut held, network)?;
        let place = Place {
            places: Arc::clone(self),
            number: self.next.fetch_add(1, Ordering::Relaxed),
            activity: Arc::new(Activity::new()),
        };
        let activity = Arc::clone(&place.activity);
        held.insert(place.number, Holder { network, activity });
        Some(place)
    }

    /// Has the connection leave that is missed least: the system has none left.
    pub(crate) fn relieve(&self) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let (largest, _) = largest(&held);
        let _ = dismiss(&mut held, |network| largest.contains(&network), true);
    }

    fn make_room(&self, held: &mut HashMap<u64, Holder>, network: Option<Network>) -> Option<()> {
        let own = held.values().filter(|holder| holder.network == network).count();
        if network.is_some() && own >= self.most_of_network {
            return dismiss(held, |other| other == network, false);
        }
        if held.len() < self.most {
            return Some(());
        }
        let (largest, most) = largest(held);
        match network.is_some() && own >= most {
            true => dismiss(held, |other| other == network, false),
            false => dismiss(held, |other| largest.contains(&other), true),
        }
    }
}

/// The networks that hold the most connections, and how many.
fn largest(held: &HashMap<u64, Holder>) -> (Vec<Option<Network>>, usize) {
    let mut counts: HashMap<Network, usize> = HashMap::new();
    for network in held.values().filter_map(|holder| holder.network) {
        *counts.entry(network).or_default() += 1;
    }
    let most = counts.values().copied().max().unwrap_or(0);
    let largest = counts.into_iter().filter(|(_, count)| *count == most);
    (largest.map(|(network, _)| Some(network)).collect(), most)
}

/// Has the connection leave, of some networks, that is missed least: one that never asked for anything before one that did, one
/// that lies idle before one that is busy, and of equals the one that has been silent the longest.
fn dismiss(held: &mut HashMap<u64, Holder>, of: impl Fn(Option<Network>) -> bool, also_busy: bool) -> Option<()> {
    let candidates = held.iter().filter(|(_, holder)| of(holder.network));
    let candidates = candidates.filter(|(_, holder)| also_busy || !holder.activity.is_busy());
    let least = candidates
        .min_by_key(|(_, Holder { activity, .. })| (activity.is_busy(), activity.has_asked(), activity.last()));
    let number = *least?.0;
    held.remove(&number)?.activity.dismiss();
    Some(())
}

impl Place {
    pub(crate) fn activity(&self) -> &Arc<Activity> {
        &self.activity
    }

    /// Counts the place for another network: the one a proxy told. `None` where there is none for it.
    pub(crate) fn belongs_to(&self, network: Option<Network>) -> Option<()> {
        let mut held = self.places.held.lock().unwrap_or_else(PoisonError::into_inner);
        let holder = held.remove(&self.number)?;
        self.places.make_room(&mut held, network)?;
        held.insert(self.number, Holder { network, ..holder });
        Some(())
    }

    /// Counts octets of an answer that is held until somebody takes it. Where there are too many, the connection with the most
    /// of them leaves.
    pub(crate) fn hold(&self, octets: usize) {
        self.activity.hold(octets);
        let unread = self
            .places
            .unread
            .fetch_add(octets, Ordering::Relaxed)
            .saturating_add(octets);
        if unread > UNREAD {
            let mut held = self.places.held.lock().unwrap_or_else(PoisonError::into_inner);
            let most = held.iter().max_by_key(|(_, holder)| holder.activity.unread());
            if let Some(number) = most.map(|(number, _)| *number)
                && let Some(holder) = held.remove(&number)
            {
                holder.activity.dismiss();
            }
        }
    }

    /// Octets of an answer are held no longer.
    pub(crate) fn release(&self, octets: usize) {
        self.activity.release(octets);
        self.places.unread.fetch_sub(octets, Ordering::Relaxed);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut held = self.places.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::{advance, timeout};

    use super::*;

    fn network(last: u8) -> Option<Network> {
        Some(Network::from(std::net::IpAddr::from([192, 0, 2, last])))
    }

    async fn has_to_leave(place: &Place) -> bool {
        timeout(Duration::ZERO, place.activity.dismissed()).await.is_ok()
    }

    /// Places taken one second after the other.
    async fn taken(places: &Arc<Places>, network: Option<Network>, count: usize) -> Vec<Place> {
        let mut taken = Vec::new();
        for _ in 0..count {
            taken.push(places.take(network).unwrap());
            advance(Duration::from_secs(1)).await;
        }
        taken
    }

    #[tokio::test(start_paused = true)]
    async fn a_network_that_has_its_share_gives_up_its_oldest_idle_connection_or_gets_no_other() {
        let places = Places::new(100, 3);
        let others = taken(&places, network(2), 2).await;
        let own = taken(&places, network(1), 3).await;
        let busy = own[0].activity.begin();
        let fourth = places.take(network(1)).unwrap();
        assert!(!has_to_leave(&own[0]).await && has_to_leave(&own[1]).await && !has_to_leave(&own[2]).await);
        let all_busy = [busy, own[2].activity.begin(), fourth.activity.begin()];
        assert!(places.take(network(1)).is_none());
        drop(all_busy);
        assert!(places.take(network(1)).is_some());
        assert!(!has_to_leave(&others[0]).await && !has_to_leave(&others[1]).await);
    }

    #[tokio::test(start_paused = true)]
    async fn when_all_is_taken_whoever_holds_most_makes_room_for_whoever_holds_less() {
        let places = Places::new(6, 5);
        let few = taken(&places, network(1), 1).await;
        let many = taken(&places, network(2), 5).await;
        let mut busy = Vec::new();
        for place in &many {
            busy.push(place.activity.begin());
            advance(Duration::from_secs(1)).await;
        }
        // Whoever holds most takes no place of others, though some of those lie idle.
        assert!(places.take(network(2)).is_none());
        let newcomer = places.take(network(3)).unwrap();
        assert!(has_to_leave(&many[0]).await && !has_to_leave(&many[1]).await);
        assert!(!has_to_leave(&few[0]).await);
        drop((newcomer, busy));
    }

    #[tokio::test(start_paused = true)]
    async fn who_never_asked_leaves_before_who_did_and_who_lies_idle_before_who_is_busy() {
        let places = Places::new(3, 3);
        let held = taken(&places, network(1), 3).await;
        held[0].activity.ask();
        let busy = held[1].activity.begin();
        let mut newcomers = Vec::new();
        for leaves in [2, 0] {
            newcomers.push(places.take(network(2)).unwrap());
            newcomers.last().unwrap().activity.ask();
            assert!(has_to_leave(&held[leaves]).await, "{leaves}");
            assert!(!has_to_leave(&held[1]).await);
        }
        drop(busy);
    }

    #[tokio::test(start_paused = true)]
    async fn a_place_is_free_again_when_its_connection_ends() {
        let places = Places::new(10, 2);
        for _ in 0..100 {
            let held = taken(&places, network(1), 2).await;
            assert!(!has_to_leave(&held[0]).await && !has_to_leave(&held[1]).await);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_a_proxy_passes_on_is_bounded_by_the_whole_alone_and_is_counted_for_whom_it_tells() {
        let places = Places::new(4, 2);
        let passed_on = taken(&places, None, 4).await;
        assert!(places.take(None).is_none() && places.take(network(1)).is_none());
        assert!(passed_on[0].belongs_to(network(1)).is_some() && passed_on[1].belongs_to(network(1)).is_some());
        // It has its share now, and the oldest of them leaves.
        assert!(passed_on[2].belongs_to(network(1)).is_some());
        assert!(has_to_leave(&passed_on[0]).await);
    }

    #[tokio::test(start_paused = true)]
    async fn when_too_much_is_held_that_nobody_takes_the_connection_with_the_most_of_it_leaves() {
        let places = Places::new(10, 10);
        let held = taken(&places, network(1), 3).await;
        held[0].hold(UNREAD / 2);
        held[1].hold(UNREAD / 4);
        held[2].hold(UNREAD / 4);
        assert!(!has_to_leave(&held[0]).await);
        held[1].hold(1);
        assert!(has_to_leave(&held[0]).await && !has_to_leave(&held[1]).await);
        held[0].release(UNREAD / 2);
        held[2].hold(UNREAD / 4);
        assert!(!has_to_leave(&held[1]).await && !has_to_leave(&held[2]).await);
    }
}
