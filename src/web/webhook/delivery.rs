//! Which deliveries came before: forges repeat what they are not sure of, and people press "Redeliver".

use std::collections::{HashSet, VecDeque};
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Mutex, PoisonError};

use super::event::Forge;

/// How many are remembered.
const REMEMBERED: usize = 4096;

/// The last deliveries that were well signed, by their ids.
#[derive(Default)]
pub struct Deliveries {
    state: RandomState,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    known: HashSet<u64>,
    order: VecDeque<u64>,
}

impl Deliveries {
    /// Whether this delivery came before.
    pub fn has(&self, forge: Forge, id: &[u8]) -> bool {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.known.contains(&self.state.hash_one((forge, id)))
    }

    /// Remembers a delivery, and forgets the oldest where there are too many.
    pub fn note(&self, forge: Forge, id: &[u8]) {
        let hash = self.state.hash_one((forge, id));
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if !seen.known.insert(hash) {
            return;
        }
        seen.order.push_back(hash);
        if seen.order.len() > REMEMBERED
            && let Some(oldest) = seen.order.pop_front()
        {
            seen.known.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_are_remembered() {
        let deliveries = Deliveries::default();
        for number in 0..=REMEMBERED {
            deliveries.note(Forge::GitHub, number.to_string().as_bytes());
        }
        assert!(!deliveries.has(Forge::GitHub, b"0"));
        assert!(deliveries.has(Forge::GitHub, b"1"));
        assert!(!deliveries.has(Forge::GitLab, b"1"));
    }
}
