//! What the adapter notes for itself, across restarts.

use async_trait::async_trait;
use serde_json::Value;

/// Where notes are kept.
#[async_trait]
pub trait Notes: Send + Sync {
    /// The note of this name.
    async fn read(&self, name: &str) -> anyhow::Result<Option<Value>>;
    /// Writes a note, in the place of an older one.
    async fn keep(&self, name: &str, note: Value) -> anyhow::Result<()>;
    /// Drops a note.
    async fn forget(&self, name: &str) -> anyhow::Result<()>;
}
