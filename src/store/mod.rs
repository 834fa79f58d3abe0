//! Where Callboard keeps what it knows: one trait, several stores.

mod folder;
mod layout;
pub mod lines;
pub mod memory;
pub mod migration;
mod quiet;
pub mod seal;
pub mod sled;

use async_trait::async_trait;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use thiserror::Error;

/// What an entry is about. Entries of different spaces never meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Space {
    /// The schema version and other facts of the store itself.
    Meta,
    /// Files of the catalog, by `source/path`: a cache, rebuilt from git when lost.
    Catalog,
    /// What is known of each source: commit, times, problems: a cache too.
    Source,
    /// Events that were handled, by platform and event id.
    Handled,
    /// Events that were acknowledged and are not answered yet, with the platform's way back; gone within half an hour.
    Underway,
    /// What is open with people for a while: changes that wait for a yes, questions, threads.
    Pending,
    /// Forms that are being filled in.
    Draft,
    /// The bot's own records that cannot be rebuilt from git.
    Record,
}

impl Space {
    /// Every space, in the order in which exports list them.
    pub const ALL: [Self; 8] = [
        Self::Meta,
        Self::Catalog,
        Self::Source,
        Self::Handled,
        Self::Underway,
        Self::Pending,
        Self::Draft,
        Self::Record,
    ];

    /// The name under which stores and exports keep the space; it never changes.
    pub fn name(self) -> &'static str {
        match self {
            Self::Meta => "meta",
            Self::Catalog => "catalog",
            Self::Source => "source",
            Self::Handled => "handled",
            Self::Underway => "underway",
            Self::Pending => "pending",
            Self::Draft => "draft",
            Self::Record => "record",
        }
    }

    /// The space of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|space| space.name() == name)
    }

    /// Whether the space can be rebuilt from git.
    pub fn is_cache(self) -> bool {
        matches!(self, Self::Catalog | Self::Source)
    }

    /// Whether exports carry it: neither what git has, nor what lets its holder answer in somebody's place.
    pub fn is_exported(self) -> bool {
        !self.is_cache() && self != Self::Underway
    }
}

/// One entry as it stands in the store.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The key within its space.
    pub key: String,
    /// The number of the batch that wrote it, counted over the whole store: it grows with every write, and no version of
    /// a key ever comes again, not even after the entry was deleted or expired.
    pub version: u64,
    /// JSON that an operator can read.
    pub value: Box<RawValue>,
    /// Milliseconds since the Unix epoch; at that moment the entry is as good as gone.
    pub expires: Option<u64>,
}

impl Entry {
    /// Reads the value as `T`; a value of another shape is [`StoreError::Shape`].
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, StoreError> {
        serde_json::from_str(self.value.get()).map_err(|error| StoreError::Shape {
            key: self.key.clone(),
            cause: error.to_string(),
        })
    }
}

/// One write. `expires` is in milliseconds since the Unix epoch.
#[derive(Debug, Clone)]
pub enum Write {
    /// Writes whatever stood there before.
    Put {
        /// Where the entry lives.
        space: Space,
        /// The key within the space.
        key: String,
        /// What to keep.
        value: Box<RawValue>,
        /// When the entry is as good as gone; `None`: never.
        expires: Option<u64>,
    },
    /// Writes only where nothing (or something expired) stands; else the whole batch is a conflict.
    PutNew {
        /// Where the entry lives.
        space: Space,
        /// The key within the space.
        key: String,
        /// What to keep.
        value: Box<RawValue>,
        /// When the entry is as good as gone; `None`: never.
        expires: Option<u64>,
    },
    /// Writes only over the given version; else the whole batch is a conflict.
    Swap {
        /// Where the entry lives.
        space: Space,
        /// The key within the space.
        key: String,
        /// The version that must stand there.
        at: u64,
        /// What to keep.
        value: Box<RawValue>,
        /// When the entry is as good as gone; `None`: never.
        expires: Option<u64>,
    },
    /// Removes the entry; no error where there is none.
    Delete {
        /// Where the entry lives.
        space: Space,
        /// The key within the space.
        key: String,
    },
}

impl Write {
    /// Where the write goes.
    pub fn space(&self) -> Space {
        match self {
            Self::Put { space, .. }
            | Self::PutNew { space, .. }
            | Self::Swap { space, .. }
            | Self::Delete { space, .. } => *space,
        }
    }

    /// The key within the space.
    pub fn key(&self) -> &str {
        match self {
            Self::Put { key, .. }
            | Self::PutNew { key, .. }
            | Self::Swap { key, .. }
            | Self::Delete { key, .. } => key,
        }
    }

    /// What is to be kept and until when; `None` for a deletion.
    fn into_value(self) -> Option<(Box<RawValue>, Option<u64>)> {
        match self {
            Self::Put { value, expires, .. }
            | Self::PutNew { value, expires, .. }
            | Self::Swap { value, expires, .. } => Some((value, expires)),
            Self::Delete { .. } => None,
        }
    }

    /// The version that the write makes in the given batch where an entry of version `live` stands, or `None` when it
    /// deletes.
    /// An unmet condition is [`StoreError::Conflict`]. Every store decides by this one function.
    fn makes(&self, batch: u64, live: Option<u64>) -> Result<Option<u64>, StoreError> {
        let met = match self {
            Self::Put { .. } => true,
            Self::PutNew { .. } => live.is_none(),
            Self::Swap { at, .. } => live == Some(*at),
            Self::Delete { .. } => return Ok(None),
        };
        if met {
            Ok(Some(batch))
        } else {
            Err(StoreError::Conflict {
                space: self.space(),
                key: self.key().to_owned(),
            })
        }
    }
}

/// Turns data into the JSON of an entry; data that JSON cannot hold is [`StoreError::Shape`].
pub fn json<T: Serialize + ?Sized>(key: &str, data: &T) -> Result<Box<RawValue>, StoreError> {
    serde_json::value::to_raw_value(data).map_err(|error| StoreError::Shape {
        key: key.to_owned(),
        cause: error.to_string(),
    })
}

/// Why the store did not do as told.
#[derive(Debug, Clone, Error)]
pub enum StoreError {
    /// A `PutNew` found an entry, or a `Swap` another version; nothing of the batch was written.
    #[error("somebody else wrote {key:?} ({}) first: read it again and retry", space.name())]
    Conflict {
        /// The space of the first write that did not fit.
        space: Space,
        /// Its key.
        key: String,
    },
    /// Another process has the data folder.
    #[error("another Callboard is running on {0}: stop it, or give this one its own --data folder")]
    Busy(String),
    /// The store cannot be read or written.
    #[error("the store at {place} failed: {cause}")]
    Broken {
        /// The folder, or what stands for it.
        place: String,
        /// What went wrong.
        cause: String,
    },
    /// A value has not the shape that this program expects.
    #[error("the entry {key:?} has a shape that this version of Callboard does not know: {cause}")]
    Shape {
        /// The entry's key.
        key: String,
        /// What does not fit.
        cause: String,
    },
    /// The store was written by a newer version of Callboard.
    #[error(
        "the store has schema {found} but this version of Callboard knows only up to {known}: \
         start the newer version again, or give this one its own --data folder"
    )]
    Newer {
        /// The schema version in the store.
        found: u64,
        /// The newest one that this program knows.
        known: u64,
    },
}

/// A store. Four methods carry everything; the contract test suite says what they mean.
#[async_trait]
pub trait Store: Send + Sync {
    /// Reads one entry; an expired one is not there.
    async fn get(&self, space: Space, key: &str) -> Result<Option<Entry>, StoreError>;
    /// Reads entries whose key begins with `prefix` in the order of their keys' bytes, those after the key `after`,
    /// at most `limit`. One scan sees a batch of writes whole or not at all.
    async fn scan(
        &self,
        space: Space,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError>;
    /// Writes all or nothing, in order: a later write of the batch sees the earlier ones.
    async fn apply(&self, writes: &[Write]) -> Result<(), StoreError>;
    /// Returns when all that was applied before is on disk; concurrent callers share one sync.
    async fn flush(&self) -> Result<(), StoreError>;
}
