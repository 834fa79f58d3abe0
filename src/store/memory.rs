//! A store in memory, for tests and for a bot that need not remember.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{PoisonError, RwLock};

use async_trait::async_trait;

use super::{Entry, Space, Store, StoreError, Write};
use crate::clock::Clock;

/// The entries, and how many batches were written.
#[derive(Debug, Default)]
struct Entries {
    map: BTreeMap<(Space, String), Entry>,
    batches: u64,
}

/// A store in memory; it forgets everything when it is dropped.
#[derive(Debug)]
pub struct MemoryStore {
    clock: Clock,
    entries: RwLock<Entries>,
}

impl MemoryStore {
    /// An empty store; `clock` decides what has expired.
    pub fn new(clock: Clock) -> Self {
        Self {
            clock,
            entries: RwLock::default(),
        }
    }

    fn is_live(&self, entry: &Entry) -> bool {
        entry
            .expires
            .is_none_or(|expires| expires > self.clock.millis())
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn get(&self, space: Space, key: &str) -> Result<Option<Entry>, StoreError> {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        let entry = entries.map.get(&(space, key.to_owned()));
        Ok(entry.filter(|entry| self.is_live(entry)).cloned())
    }

    async fn scan(
        &self,
        space: Space,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        let start = match after {
            Some(after) if after >= prefix => Bound::Excluded((space, after.to_owned())),
            _ => Bound::Included((space, prefix.to_owned())),
        };
        let found = entries
            .map
            .range((start, Bound::Unbounded))
            .take_while(|((of, key), _)| *of == space && key.starts_with(prefix))
            .map(|(_, entry)| entry)
            .filter(|entry| self.is_live(entry))
            .take(limit)
            .cloned()
            .collect();
        Ok(found)
    }

    async fn apply(&self, writes: &[Write]) -> Result<(), StoreError> {
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        let batch = entries.batches + 1;
        // First decide everything, then write: a conflict must leave nothing behind.
        let mut planned: BTreeMap<(Space, String), Option<Entry>> = BTreeMap::new();
        for write in writes {
            let place = (write.space(), write.key().to_owned());
            let live = match planned.get(&place) {
                Some(planned) => planned.as_ref(),
                None => entries.map.get(&place),
            };
            let live = live
                .filter(|entry| self.is_live(entry))
                .map(|entry| entry.version);
            let made = write.makes(batch, live)?;
            let entry = match (made, write.clone().into_value()) {
                (Some(version), Some((value, expires))) => Some(Entry {
                    key: place.1.clone(),
                    version,
                    value,
                    expires,
                }),
                _ => None,
            };
            planned.insert(place, entry);
        }
        for (place, entry) in planned {
            match entry {
                Some(entry) => entries.map.insert(place, entry),
                None => entries.map.remove(&place),
            };
        }
        entries.batches = batch;
        Ok(())
    }

    async fn flush(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
