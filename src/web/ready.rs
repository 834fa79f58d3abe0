//! Whether the bot is ready: a latch that each starting part holds until it has started.

use std::sync::{Arc, Mutex, PoisonError};

/// Ready when nobody holds a latch; clones speak of the same.
#[derive(Debug, Clone, Default)]
pub struct Readiness {
    starting: Arc<Mutex<Vec<&'static str>>>,
}

/// Held while something starts, and dropped when it has started.
#[derive(Debug)]
#[must_use = "a latch that is dropped at once holds nothing up"]
pub struct Latch {
    what: &'static str,
    readiness: Readiness,
}

impl Readiness {
    /// Holds readiness back until the latch is dropped; `what` is told to those who ask meanwhile.
    pub fn latch(&self, what: &'static str) -> Latch {
        let mut starting = self.starting.lock().unwrap_or_else(PoisonError::into_inner);
        starting.push(what);
        Latch {
            what,
            readiness: self.clone(),
        }
    }

    /// What is still starting; nothing when all is ready.
    pub fn starting(&self) -> Vec<&'static str> {
        let starting = self.starting.lock().unwrap_or_else(PoisonError::into_inner);
        starting.clone()
    }
}

impl Drop for Latch {
    fn drop(&mut self) {
        let starting = &self.readiness.starting;
        let mut starting = starting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(position) = starting.iter().position(|what| *what == self.what) {
            starting.remove(position);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_is_ready_when_the_last_latch_is_dropped() {
        let readiness = Readiness::default();
        assert!(readiness.starting().is_empty());
        let store = readiness.latch("the store");
        let catalog = readiness.clone().latch("the catalog");
        drop(store);
        assert_eq!(readiness.starting(), ["the catalog"]);
        drop(catalog);
        assert!(readiness.starting().is_empty());
    }
}
