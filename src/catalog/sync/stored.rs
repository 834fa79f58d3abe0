//! The catalog's copy in the store: a cache, by which the next start answers before any network.

use std::sync::Arc;

use super::super::file::SourceFile;
use super::super::state::{Facts, SourceState};
use crate::store::{Entry, Space, Store, StoreError, Write, json};

/// The version of the reader. It grows when a new program makes something else of the same descriptor, so that
/// stored files are read again.
pub(super) const READER: u32 = 2;

/// How many entries are read from the store at once.
const LOADED_AT_ONCE: usize = 2_000;

/// How many entries are written to the store at once.
const WRITTEN_AT_ONCE: usize = 100;

/// One entry of the store that has to follow a change of the catalog.
pub(super) enum Change {
    /// A file that is new or read again.
    File(String, Arc<SourceFile>),
    /// A file that is gone.
    Gone(String),
    /// The facts about a source.
    Facts(Arc<SourceState>),
    /// A source that is gone.
    Forgotten(String),
}

/// What has to follow when a source is let go of.
pub(super) fn forgotten(state: &SourceState) -> Vec<Change> {
    let key = &state.facts.key;
    let files = state.files.iter();
    let mut changes: Vec<Change> = files
        .map(|file| Change::Gone(format!("{key}/{}", file.path)))
        .collect();
    changes.push(Change::Forgotten(key.clone()));
    changes
}

impl Change {
    /// The facts without their revision, so that a next start reads the source again.
    fn unsure(&self) -> Option<Result<Write, StoreError>> {
        let Self::Facts(state) = self else {
            return None;
        };
        let mut facts = state.facts.clone();
        facts.revision = None;
        let write = json(&facts.key, &facts).map(|value| Write::Put {
            space: Space::Source,
            key: facts.key.clone(),
            value,
            expires: None,
        });
        Some(write)
    }

    fn write(&self) -> Result<Write, StoreError> {
        let gone = |space, key: &String| Write::Delete {
            space,
            key: key.clone(),
        };
        let (space, key, value) = match self {
            Self::Gone(key) => return Ok(gone(Space::Catalog, key)),
            Self::Forgotten(key) => return Ok(gone(Space::Source, key)),
            Self::File(key, file) => {
                let value = file.store().map_err(|error| StoreError::Shape {
                    key: key.clone(),
                    cause: error.to_string(),
                })?;
                (Space::Catalog, key, value)
            }
            Self::Facts(state) => {
                let key = &state.facts.key;
                (Space::Source, key, json(key, &state.facts)?)
            }
        };
        Ok(Write::Put {
            space,
            key: key.clone(),
            value,
            expires: None,
        })
    }
}

/// Brings back a source as it was stored; `fresh` is what is known of it without that. What cannot be understood is left out, and the revision is forgotten, so that
/// the next sync reads everything again.
pub async fn load(store: &dyn Store, fresh: Facts) -> anyhow::Result<Arc<SourceState>> {
    let stored = store.get(Space::Source, &fresh.key).await?;
    let Some(mut facts) =
        stored.and_then(|entry| serde_json::from_str::<Facts>(entry.value.get()).ok())
    else {
        return Ok(Arc::new(SourceState {
            facts: fresh,
            files: Vec::new(),
        }));
    };
    let prefix = format!("{}/", fresh.key);
    let mut files: Vec<Arc<SourceFile>> = Vec::with_capacity(facts.file_count);
    let mut after: Option<String> = None;
    // In parts, so that the entries and what is made of them are not in memory together.
    loop {
        let entries = store
            .scan(Space::Catalog, &prefix, after.as_deref(), LOADED_AT_ONCE)
            .await?;
        let Some(last) = entries.last() else { break };
        after = Some(last.key.clone());
        let prefix = prefix.clone();
        files.extend(tokio::task::spawn_blocking(move || rebuilt(&entries, &prefix)).await?);
    }
    let whole = files.len() == facts.file_count;
    if !whole || facts.reader != READER {
        // Asking with no revision reads everything again.
        facts.revision = None;
        facts.reader = READER;
        files = files
            .into_iter()
            .map(|file| Arc::new(file.unread()))
            .collect();
    }
    Ok(Arc::new(SourceState { facts, files }))
}

/// Writes in parts, so that little of it is in memory at once. The facts of a source come before its files
/// without their revision and after them with it: after a write that is cut short the source is read again.
pub async fn write(store: &dyn Store, changes: &[Change], is_new: bool) -> Result<(), StoreError> {
    if is_new {
        // Until the files are all written, nothing in the store may claim that they are.
        let unsure: Vec<Write> = changes
            .iter()
            .filter_map(Change::unsure)
            .collect::<Result<_, _>>()?;
        store.apply(&unsure).await?;
    }
    for (number, part) in changes.chunks(WRITTEN_AT_ONCE).enumerate() {
        let writes: Vec<Write> = part.iter().map(Change::write).collect::<Result<_, _>>()?;
        store.apply(&writes).await?;
        if is_new && number == 0 {
            crate::telemetry::reached("write");
        }
    }
    Ok(())
}

/// Rebuilds files from their entries, side by side; those that cannot be understood are left out.
fn rebuilt(entries: &[Entry], prefix: &str) -> Vec<Arc<SourceFile>> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let size = entries.len().div_ceil(threads).max(16);
    let load = |entry: &Entry| {
        let path = entry.key.strip_prefix(prefix)?;
        SourceFile::load(path, &entry.value).ok().map(Arc::new)
    };
    std::thread::scope(|scope| {
        let parts: Vec<_> = entries
            .chunks(size)
            .map(|part| scope.spawn(move || part.iter().filter_map(load).collect::<Vec<_>>()))
            .collect();
        parts
            .into_iter()
            .flat_map(|part| part.join().unwrap_or_default())
            .collect()
    })
}
