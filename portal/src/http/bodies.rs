//! How much of requests' bodies is held at a time: of one person, of one network, and of all together. What is held counts until
//! nobody has it any more.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;

use crate::network::Network;
use crate::records::person::Person;
use crate::refusal::Refusal;

/// How many bodies one person may have sent at a time. A telephone sends one after the other, and may repeat one in between.
const OF_PERSON: usize = 16;
/// How many bodies may come from one network at a time.
const OF_NETWORK: usize = 256;

/// What is held of bodies.
pub(crate) struct Bodies {
    most: usize,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    octets: usize,
    persons: HashMap<i64, Share>,
    networks: HashMap<Network, Share>,
}

/// How many bodies somebody has, and how many octets.
#[derive(Default, Clone, Copy)]
struct Share {
    bodies: usize,
    octets: usize,
}

/// One body, held until it is dropped.
pub(crate) struct Claim {
    bodies: Arc<Bodies>,
    person: Option<i64>,
    network: Network,
    octets: usize,
}

impl Bodies {
    /// Holds at most so many octets, a half of them from one network and a quarter of one person.
    pub(crate) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self {
            most,
            held: Mutex::default(),
        })
    }

    /// A claim for a body of a person, or of somebody not yet known. It is empty, and grows.
    ///
    /// # Errors
    /// 503 where too many are on their way.
    pub(crate) fn claim(self: &Arc<Self>, person: Option<Person>, network: Network) -> Result<Claim, Refusal> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let person = person.map(|Person(number)| number);
        let of_person = person
            .and_then(|person| held.persons.get(&person))
            .copied()
            .unwrap_or_default();
        let of_network = held.networks.get(&network).copied().unwrap_or_default();
        if of_person.bodies >= OF_PERSON || of_network.bodies >= OF_NETWORK {
            return Err(Refusal::busy());
        }
        if let Some(person) = person {
            held.persons.entry(person).or_default().bodies += 1;
        }
        held.networks.entry(network).or_default().bodies += 1;
        Ok(Claim {
            bodies: Arc::clone(self),
            person,
            network,
            octets: 0,
        })
    }
}

impl Claim {
    /// Lets the body grow by so many octets.
    ///
    /// # Errors
    /// 503 where too much is held.
    pub(crate) fn grow(&mut self, octets: usize) -> Result<(), Refusal> {
        let most = self.bodies.most;
        let mut held = self.bodies.held.lock().unwrap_or_else(PoisonError::into_inner);
        let of_person = self
            .person
            .and_then(|person| held.persons.get(&person))
            .copied()
            .unwrap_or_default();
        let of_network = held.networks.get(&self.network).copied().unwrap_or_default();
        let fits = |held: usize, most: usize| held.saturating_add(octets) <= most;
        if !fits(held.octets, most) || !fits(of_network.octets, most / 2) || !fits(of_person.octets, most / 4) {
            return Err(Refusal::busy());
        }
        held.octets += octets;
        self.octets += octets;
        if let Some(person) = self.person {
            held.persons.entry(person).or_default().octets += octets;
        }
        held.networks.entry(self.network).or_default().octets += octets;
        Ok(())
    }

    /// The body, which counts as long as anybody has a part of it.
    pub(crate) fn hold(self, octets: Vec<u8>) -> Bytes {
        Bytes::from_owner(HeldBody { octets, _claim: self })
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        let mut held = self.bodies.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.octets = held.octets.saturating_sub(self.octets);
        if let Some(person) = self.person {
            give_back(&mut held.persons, person, self.octets);
        }
        give_back(&mut held.networks, self.network, self.octets);
    }
}

fn give_back<K: Eq + Hash>(shares: &mut HashMap<K, Share>, whose: K, octets: usize) {
    if let Some(share) = shares.get_mut(&whose) {
        share.bodies = share.bodies.saturating_sub(1);
        share.octets = share.octets.saturating_sub(octets);
        if share.bodies == 0 {
            shares.remove(&whose);
        }
    }
}

/// A body and its claim.
struct HeldBody {
    octets: Vec<u8>,
    _claim: Claim,
}

impl AsRef<[u8]> for HeldBody {
    fn as_ref(&self) -> &[u8] {
        &self.octets
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(last: u8) -> Network {
        Network::from(std::net::IpAddr::from([192, 0, 2, last]))
    }

    #[test]
    fn a_person_a_network_and_all_together_have_bounds_of_their_own() {
        let bodies = Bodies::new(1000);
        let claim = |person, from| bodies.claim(person, network(from)).unwrap();
        let mut one = claim(Some(Person(1)), 1);
        one.grow(250).unwrap();
        let mut again = claim(Some(Person(1)), 9);
        again.grow(1).unwrap_err();
        let mut neighbour = claim(Some(Person(2)), 1);
        neighbour.grow(250).unwrap();
        claim(None, 1).grow(1).unwrap_err();
        let mut others = [claim(Some(Person(3)), 2), claim(None, 2)];
        for other in &mut others {
            other.grow(250).unwrap();
        }
        claim(None, 3).grow(1).unwrap_err();
        let part = one.hold(vec![0; 250]).split_to(1);
        claim(None, 3).grow(1).unwrap_err();
        drop(part);
        again.grow(250).unwrap();
        drop((again, neighbour, others));
        let held = bodies.held.lock().unwrap();
        assert!(held.octets == 0 && held.persons.is_empty() && held.networks.is_empty());
    }

    #[test]
    fn bodies_on_their_way_are_counted_too() {
        let bodies = Bodies::new(usize::MAX);
        let claim = |person| bodies.claim(person, network(1));
        let of_person: Vec<_> = (0..OF_PERSON).map(|_| claim(Some(Person(1))).unwrap()).collect();
        assert!(claim(Some(Person(1))).is_err());
        let of_network: Vec<_> = (OF_PERSON..OF_NETWORK).map(|_| claim(None).unwrap()).collect();
        assert!(claim(None).is_err() && bodies.claim(Some(Person(2)), network(2)).is_ok());
        drop((of_person, of_network));
        assert!(claim(Some(Person(1))).is_ok());
    }
}
