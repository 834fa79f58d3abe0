//! What changed is written down: mirrors move on, so it cannot be found out again.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use super::super::change::{Change, Version, What, between};
use super::super::descriptor::{self, Scope};
use super::super::location::ForgeRepository;
use super::super::source::Configured;
use super::super::state::SourceState;
use super::Syncer;
use crate::clock::millis;
use crate::git::{Blob, Mirror, Touch};
use crate::store::{Space, Store, StoreError, Write, json};

/// How long a change is kept, and how many are.
const KEPT: Duration = Duration::from_hours(180 * 24);
pub(super) const MOST: usize = 10_000;

/// How many changes of one sync of a source are kept one by one.
const MOST_AT_ONCE: usize = 500;

/// How long git may look for the commits.
const DEADLINE: Duration = Duration::from_secs(20);

/// The largest version of a file that is read to find a commit.
const LARGEST: u64 = 256 * 1024;

/// How many versions of files are held in memory for that.
const MOST_VERSIONS: usize = 200;

/// The keys of changes begin so; then comes the time, so that they stand in its order.
const PREFIX: &str = "change/";

/// The entry that says since when changes are written down.
const BEGAN: &str = "changes-began";

/// The changes of some time.
#[derive(Debug, Default)]
pub struct Changes {
    /// Since when they are written down at all.
    pub began: Option<u64>,
    /// The changes, oldest first.
    pub changes: Vec<Change>,
}

impl Syncer {
    /// The changes since a time.
    pub async fn changes(&self, since: u64) -> anyhow::Result<Changes> {
        let began = self.store.get(Space::Record, BEGAN).await?;
        let after = key_at(since.saturating_sub(1)) + "~";
        let entries = self
            .store
            .scan(Space::Record, PREFIX, Some(&after), MOST)
            .await?;
        // One that this version cannot read says nothing about the others.
        let changes = entries.iter().filter_map(|entry| entry.read().ok());
        // After a stop in the middle of a sync the same change may have been found twice.
        let mut seen = HashSet::new();
        let changes = changes.filter(|change: &Change| {
            let Change {
                to,
                entity,
                what,
                before,
                after,
                ..
            } = change;
            let revision = to.as_ref().map(|to| to.0.clone());
            seen.insert((
                revision,
                entity.clone(),
                *what,
                before.clone(),
                after.clone(),
            ))
        });
        Ok(Changes {
            began: began.and_then(|entry| entry.read().ok()),
            changes: changes.collect(),
        })
    }
}

/// What a turn changed, with who did it. Of a source that is read for the first time, or again at the same revision,
/// nothing is told.
pub(super) async fn changed(
    source: &Configured,
    before: &SourceState,
    after: &SourceState,
    now: u64,
) -> Vec<Change> {
    let (Some(from), Some(to)) = (&before.facts.revision, &after.facts.revision) else {
        return Vec::new();
    };
    if from == to {
        return Vec::new();
    }
    let mut changes = between(before, after, now);
    if changes.is_empty() {
        return changes;
    }
    shorten(&mut changes);
    let files: BTreeSet<&str> = changes.iter().map(|change| change.file.as_str()).collect();
    let files: Vec<&str> = files.into_iter().collect();
    let history = match after.facts.committed {
        Some(_) => source.source.history().await.unwrap_or_default(),
        None => None,
    };
    if let Some((mirror, _)) = history {
        match mirror.touches(&from.0, &to.0, &files, DEADLINE).await {
            Ok(touches) => changes = attributed(changes, touches, mirror).await,
            // After a mirror was made anew the older commit may be gone: then nobody is named.
            Err(error) => {
                tracing::warn!(source = source.name, %error, "who changed the catalog cannot be told");
            }
        }
    }
    let forge = ForgeRepository::of(&after.facts.place, after.facts.forge);
    for change in &mut changes {
        change.url = forge.as_ref().map(|forge| match &change.commit {
            Some(commit) => forge.commit(&commit.id),
            None => forge.view(&to.0, &change.file, None),
        });
    }
    changes
}

/// What a source that is let go of takes with it.
pub(super) fn gone(state: &SourceState, now: u64) -> Vec<Change> {
    let mut changes = between(state, &SourceState::default(), now);
    shorten(&mut changes);
    changes
}

/// Leaves out what is more than is kept, and says how much.
fn shorten(changes: &mut Vec<Change>) {
    if changes.len() <= MOST_AT_ONCE {
        return;
    }
    let more = changes.len() - MOST_AT_ONCE;
    changes.truncate(MOST_AT_ONCE);
    if let Some(last) = changes.last() {
        let told = Change {
            what: What::More,
            before: None,
            after: Some(more.to_string()),
            ..last.clone()
        };
        changes.push(told);
    }
}

async fn attributed(changes: Vec<Change>, touches: Vec<Touch>, mirror: Mirror) -> Vec<Change> {
    let unnamed = changes.clone();
    let found = tokio::task::spawn_blocking(move || {
        let mut reader = mirror.objects().ok().map(|objects| objects.reader(LARGEST));
        // One file may hold a whole catalog: each version of it is read once.
        let mut known: HashMap<[u8; 20], Option<Version>> = HashMap::new();
        let mut read = |path: &str, blob: &[u8; 20]| {
            if known.len() > MOST_VERSIONS {
                known.clear();
            }
            let entities = known
                .entry(*blob)
                .or_insert_with(|| match reader.as_mut()?(blob) {
                    Blob::Bytes(bytes) => {
                        let read = descriptor::read(path, &bytes, Scope::Looked);
                        Some(Arc::new(read.entities))
                    }
                    Blob::TooLarge(_) | Blob::Absent => None,
                });
            entities.clone()
        };
        let mut changes = changes;
        for change in &mut changes {
            if change.what != What::More {
                change.find_commit(&touches, &mut read);
            }
        }
        changes
    });
    found.await.unwrap_or(unnamed)
}

/// Writes changes down, and lets go of the oldest.
pub(super) async fn write(
    store: &dyn Store,
    changes: &[Change],
    now: u64,
) -> Result<(), StoreError> {
    let began = Write::PutNew {
        space: Space::Record,
        key: BEGAN.to_owned(),
        value: json(BEGAN, &now)?,
        expires: None,
    };
    match store.apply(&[began]).await {
        Ok(()) | Err(StoreError::Conflict { .. }) => {}
        Err(error) => return Err(error),
    }
    if changes.is_empty() {
        return Ok(());
    }
    let kept = millis(KEPT);
    let mut writes = Vec::with_capacity(changes.len());
    for change in changes {
        let to = change.to.as_ref().map_or("gone", |to| to.short());
        let (was, is) = (change.before.as_deref(), change.after.as_deref());
        let key = format!(
            "{}/{}/{to}/{}/{:?}/{}/{}",
            key_at(change.at),
            change.source,
            change.entity,
            change.what,
            was.unwrap_or_default(),
            is.unwrap_or_default()
        );
        writes.push(Write::Put {
            space: Space::Record,
            value: json(&key, change)?,
            key,
            expires: Some(now.max(change.at) + kept),
        });
    }
    store.apply(&writes).await?;
    let all = store.scan(Space::Record, PREFIX, None, MOST * 2).await?;
    let oldest = all.iter().take(all.len().saturating_sub(MOST));
    let deletes: Vec<Write> = oldest
        .map(|entry| Write::Delete {
            space: Space::Record,
            key: entry.key.clone(),
        })
        .collect();
    if !deletes.is_empty() {
        store.apply(&deletes).await?;
    }
    store.flush().await
}

fn key_at(millis: u64) -> String {
    format!("{PREFIX}{millis:015}")
}
