//! The catalog's copy in the store: a cache, by which the next start answers before any network.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::value::RawValue;

use super::super::file::SourceFile;
use super::super::source::Lead;
use super::super::state::{Facts, SourceState};
use crate::store::{Entry, Space, Store, StoreError, Write, json};

/// The version of the reader. It grows when a new program makes something else of the same descriptor, so that
/// stored files are read again.
pub(super) const READER: u32 = 2;

/// How many entries are read from the store at once.
const LOADED_AT_ONCE: usize = 2_000;

/// So many files are rebuilt by one thread.
const REBUILT_AT_ONCE: usize = 16;

/// How many entries are written to the store at once.
const WRITTEN_AT_ONCE: usize = 100;

/// How many of the repositories that a source leads to are in one entry of the store.
const LEADS_IN_A_PART: usize = 100;

/// How many sources are brought back side by side.
pub(super) const SIDE_BY_SIDE: usize = 8;

/// One entry of the store that has to follow a change of the catalog.
pub(super) enum Change {
    /// A file that is new or read again.
    File(String, Arc<SourceFile>),
    /// A file that is gone.
    Gone(String),
    /// The facts about a source.
    Facts(Arc<SourceState>),
    /// A part of what a source leads to, by its number.
    Leads(Arc<SourceState>, usize),
    /// A source that is gone.
    Forgotten(String),
}

/// The newest of each change, the files before the facts.
pub(super) fn newest(changes: Vec<Change>) -> Vec<Change> {
    let placed = changes.into_iter().map(|change| (change.place(), change));
    placed.collect::<BTreeMap<_, _>>().into_values().collect()
}

/// What has to follow when a source is let go of.
pub(super) fn forgotten(state: &SourceState) -> Vec<Change> {
    let key = &state.facts.key;
    let files = state.files.iter();
    let mut changes: Vec<Change> = files
        .map(|file| Change::Gone(format!("{key}/{}", file.path)))
        .collect();
    let parts = state.facts.lead_count.div_ceil(LEADS_IN_A_PART);
    changes.extend((0..parts).map(|number| Change::Forgotten(part_key(key, number))));
    changes.push(Change::Forgotten(key.clone()));
    changes
}

/// What has to follow when a source leads elsewhere than the store says.
pub(super) fn leads(before: &Facts, after: &Arc<SourceState>) -> Vec<Change> {
    let old = before.leads.get(..before.lead_count).unwrap_or_default();
    let mut old = old.chunks(LEADS_IN_A_PART);
    let new = after.facts.leads.chunks(LEADS_IN_A_PART).enumerate();
    let mut changes: Vec<Change> = new
        .filter(|(_, part)| old.next() != Some(part))
        .map(|(number, _)| Change::Leads(after.clone(), number))
        .collect();
    let count = after.facts.leads.len().div_ceil(LEADS_IN_A_PART);
    let gone = (count..).zip(old);
    changes.extend(gone.map(|(number, _)| Change::Forgotten(part_key(&after.facts.key, number))));
    changes
}

/// The key of a part of what a source leads to.
fn part_key(key: &str, number: usize) -> String {
    format!("{key}/{number:06}")
}

impl Change {
    /// Where in the store it is written.
    fn place(&self) -> (Space, String) {
        match self {
            Self::File(key, _) | Self::Gone(key) => (Space::Catalog, key.clone()),
            Self::Forgotten(key) => (Space::Source, key.clone()),
            Self::Facts(state) => (Space::Source, state.facts.key.clone()),
            Self::Leads(state, number) => (Space::Source, part_key(&state.facts.key, *number)),
        }
    }

    /// The facts without their revision, so that a next start reads the source again.
    fn unsure(&self) -> Option<Result<Write, StoreError>> {
        let Self::Facts(state) = self else {
            return None;
        };
        let facts = Facts {
            revision: None,
            ..state.facts.clone()
        };
        let value = json(&facts.key, &facts);
        Some(value.map(|value| put(Space::Source, &facts.key, value)))
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
            Self::Leads(state, number) => {
                let parts = &mut state.facts.leads.chunks(LEADS_IN_A_PART);
                let part = parts.nth(*number).unwrap_or_default();
                let key = &part_key(&state.facts.key, *number);
                let value = json(key, part)?;
                return Ok(put(Space::Source, key, value));
            }
        };
        Ok(put(space, key, value))
    }
}

fn put(space: Space, key: &str, value: Box<RawValue>) -> Write {
    Write::Put {
        space,
        key: key.to_owned(),
        value,
        expires: None,
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
    let led = load_leads(store, &mut facts, &prefix).await?;
    let mut files: Vec<Arc<SourceFile>> = Vec::with_capacity(facts.file_count);
    let mut after: Option<String> = None;
    // In parts, so that the entries and what is made of them are not in memory together.
    loop {
        let entries = store
            .scan(Space::Catalog, &prefix, after.as_deref(), LOADED_AT_ONCE)
            .await?;
        let Some(last) = entries.last() else { break };
        after = Some(last.key.clone());
        let is_last = entries.len() < LOADED_AT_ONCE;
        // Of most sources that others lead to there is little, and it needs no thread.
        if entries.len() <= REBUILT_AT_ONCE {
            files.extend(entries.iter().filter_map(|entry| rebuilt(entry, &prefix)));
        } else {
            let prefix = prefix.clone();
            let all = tokio::task::spawn_blocking(move || all_rebuilt(&entries, &prefix));
            files.extend(all.await?);
        }
        if is_last {
            break;
        }
    }
    let whole = led && files.len() == facts.file_count;
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

/// Brings back what a source leads to, and says whether nothing of it is missing.
async fn load_leads(store: &dyn Store, facts: &mut Facts, prefix: &str) -> anyhow::Result<bool> {
    if facts.lead_count == 0 {
        return Ok(true);
    }
    let most = facts.lead_count.div_ceil(LEADS_IN_A_PART);
    let parts = store.scan(Space::Source, prefix, None, most).await?;
    let parts = parts
        .iter()
        .filter_map(|part| part.read::<Vec<Lead>>().ok());
    facts.leads = parts.flatten().collect();
    let whole = facts.leads.len() == facts.lead_count;
    // What is missing is written again with the next turn.
    if !whole {
        facts.lead_count = 0;
    }
    Ok(whole)
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

/// Rebuilds a file from its entry; none that cannot be understood.
fn rebuilt(entry: &Entry, prefix: &str) -> Option<Arc<SourceFile>> {
    let path = entry.key.strip_prefix(prefix)?;
    SourceFile::load(path, &entry.value).ok().map(Arc::new)
}

/// Rebuilds many files, side by side.
fn all_rebuilt(entries: &[Entry], prefix: &str) -> Vec<Arc<SourceFile>> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let size = entries.len().div_ceil(threads).max(REBUILT_AT_ONCE);
    let load = |entry: &Entry| rebuilt(entry, prefix);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_parts_are_written_in_which_a_lead_is_another() {
        let facts = |names: &mut dyn Iterator<Item = usize>| {
            let lead = |number| Lead {
                name: format!("acme/service-{number}"),
                ..Lead::default()
            };
            let leads: Vec<Lead> = names.map(lead).collect();
            Facts {
                key: "catalog".to_owned(),
                lead_count: leads.len(),
                leads,
                ..Facts::default()
            }
        };
        let before = facts(&mut (0..250));
        let after = |facts: Facts| {
            let state = Arc::new(SourceState {
                facts,
                files: Vec::new(),
            });
            let written = leads(&before, &state)
                .into_iter()
                .map(|change| match change {
                    Change::Leads(_, number) => format!("write {number}"),
                    Change::Forgotten(key) => format!("delete {key}"),
                    _ => "something else".to_owned(),
                });
            written.collect::<Vec<_>>()
        };
        assert_eq!(after(before.clone()), [""; 0]);
        let other = facts(&mut (0..150).chain([1_000]));
        assert_eq!(after(other), ["write 1", "delete catalog/000002"]);
        assert_eq!(after(facts(&mut (0..301))), ["write 2", "write 3"]);
        // A store that lost some of them gets them all again.
        let lost = Facts {
            lead_count: 0,
            ..before.clone()
        };
        let state = Arc::new(SourceState {
            facts: before.clone(),
            files: Vec::new(),
        });
        assert_eq!(leads(&lost, &state).len(), 3);
    }
}
