//! What an adapter notes for itself, in the store.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;

use crate::chat::matrix::Notes;
use crate::store::{Space, Store, Write, json};

/// Notes as entries of the store.
pub struct StoredNotes {
    store: Arc<dyn Store>,
}

impl StoredNotes {
    /// Keeps them in this store.
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store }
    }
}

#[async_trait]
impl Notes for StoredNotes {
    async fn read(&self, name: &str) -> anyhow::Result<Option<Value>> {
        let entry = self.store.get(Space::Record, &key(name)).await?;
        Ok(entry.map(|entry| entry.read()).transpose()?)
    }

    async fn keep(&self, name: &str, note: Value) -> anyhow::Result<()> {
        let key = key(name);
        let write = Write::Put {
            space: Space::Record,
            value: json(&key, &note)?,
            key,
            expires: None,
        };
        // What is lost with the machine is paged back to, and known to be handled.
        Ok(self.store.apply(&[write]).await?)
    }

    async fn forget(&self, name: &str) -> anyhow::Result<()> {
        let delete = Write::Delete {
            space: Space::Record,
            key: key(name),
        };
        Ok(self.store.apply(&[delete]).await?)
    }
}

fn key(name: &str) -> String {
    format!("matrix/{name}")
}
