//! Keeping the catalog in step with its sources: fetch, read, write to the store, swap in.

mod report;
mod stored;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use arc_swap::ArcSwap;
use futures_util::StreamExt;
use tokio::sync::{Mutex, watch};

use super::Catalog;
use super::file::SourceFile;
use super::read::read;
use super::source::{Configured, Revision, Snapshot};
use super::state::{Facts, Failing, HeldBack, SourceState};
use crate::clock::Clock;
use report::{Difference, report};
use stored::{Change, READER};

use crate::store::Store;
pub use report::Report;

/// How many sources are read side by side.
const SIDE_BY_SIDE: usize = 4;

/// The longest pause after failures in a row.
const LONGEST_PAUSE: Duration = Duration::from_mins(30);

/// Reads all sources and keeps the catalog that is made of them.
pub struct Syncer {
    store: Arc<dyn Store>,
    sources: Vec<Configured>,
    catalog: Arc<ArcSwap<Catalog>>,
    clock: Clock,
    every: Duration,
    /// Held while a sync runs, so that two never write at once.
    attempts: Mutex<Vec<Attempt>>,
    progress: watch::Sender<Stage>,
}

/// How the last reads of a source went.
#[derive(Debug, Clone, Copy, Default)]
struct Attempt {
    failures: u32,
    not_before: u64,
}

/// Where a sync is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Stage {
    /// No sync is running.
    #[default]
    Idle,
    /// Asking the remote of this source.
    Fetching(String),
    /// Reading and parsing this many files of this source.
    Reading(String, usize),
    /// Writing to the store and making the new catalog.
    Writing,
}

/// What a sync is asked to do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Request {
    /// Leave out sources whose turn has not come: failing ones are asked less and less often.
    pub due_only: bool,
    /// Take revisions that are held back because they drop too much.
    pub accept: bool,
}

impl Syncer {
    /// A syncer of these sources. The catalog stays empty until [`Syncer::load`] or [`Syncer::sync`].
    pub fn new(
        store: Arc<dyn Store>,
        sources: Vec<Configured>,
        clock: Clock,
        every: Duration,
    ) -> Self {
        let attempts = Mutex::new(vec![Attempt::default(); sources.len()]);
        Self {
            store,
            sources,
            catalog: Arc::default(),
            clock,
            every,
            attempts,
            progress: watch::Sender::default(),
        }
    }

    /// The catalog, always the newest.
    pub fn catalog(&self) -> Arc<ArcSwap<Catalog>> {
        self.catalog.clone()
    }

    /// Where the running sync is.
    pub fn progress(&self) -> watch::Receiver<Stage> {
        self.progress.subscribe()
    }

    /// Whether an answer needs a sync first: some source was never read, or costs no network, or its turn has come.
    pub fn is_due(&self) -> bool {
        let catalog = self.catalog.load();
        let now = self.clock.millis();
        let every = u64::try_from(self.every.as_millis()).unwrap_or(u64::MAX);
        self.sources
            .iter()
            .zip(catalog.sources())
            .any(|(source, state)| {
                source.local
                    || state
                        .facts
                        .read_at
                        .is_none_or(|read| now.saturating_sub(read) >= every)
            })
            || catalog.sources().len() < self.sources.len()
    }

    /// Brings back from the store what the last sync found. Entries that cannot be understood are left out and
    /// read again from their source.
    pub async fn load(&self) -> anyhow::Result<()> {
        let mut states = Vec::with_capacity(self.sources.len());
        for source in &self.sources {
            states.push(stored::load(&*self.store, source).await?);
        }
        let catalog = tokio::task::spawn_blocking(move || Catalog::new(states)).await?;
        self.catalog.store(Arc::new(catalog));
        Ok(())
    }

    /// Reads the sources once and swaps the new catalog in. Gives a report per source that was asked.
    pub async fn sync(&self, request: Request) -> anyhow::Result<Vec<Report>> {
        let mut attempts = self.attempts.lock().await;
        let before = self.catalog.load_full();
        let now = self.clock.millis();
        let due = |number: usize| !request.due_only || attempts[number].not_before <= now;
        let asked: Vec<usize> = (0..self.sources.len())
            .filter(|number| due(*number))
            .collect();
        let turns = asked.into_iter().map(|number| {
            let state = before.sources().get(number).cloned();
            async move {
                let turn = self
                    .turn(&self.sources[number], state.unwrap_or_default(), request)
                    .await;
                (number, turn)
            }
        });
        let mut turns: Vec<(usize, Turn)> = futures_util::stream::iter(turns)
            .buffer_unordered(SIDE_BY_SIDE)
            .collect()
            .await;
        turns.sort_by_key(|(number, _)| *number);

        let mut states: Vec<Arc<SourceState>> = before.sources().to_vec();
        states.resize_with(self.sources.len(), Arc::default);
        let mut changes = Vec::new();
        let mut reports = Vec::with_capacity(turns.len());
        let mut is_new = before.sources().len() != self.sources.len();
        for (number, turn) in turns {
            attempts[number] = self.next_attempt(attempts[number], &turn, now);
            is_new |= turn.is_new;
            states[number] = turn.state;
            changes.extend(turn.changes);
            reports.push(turn.report);
        }
        self.publish(&before, states, changes, is_new).await?;
        self.progress.send_replace(Stage::Idle);
        drop(attempts);
        Ok(reports)
    }

    /// Writes to the store while the new catalog is made, then swaps it in.
    async fn publish(
        &self,
        before: &Arc<Catalog>,
        states: Vec<Arc<SourceState>>,
        changes: Vec<Change>,
        is_new: bool,
    ) -> anyhow::Result<()> {
        self.progress.send_replace(Stage::Writing);
        let before = before.clone();
        let make = tokio::task::spawn_blocking(move || {
            if is_new {
                Catalog::new(states)
            } else {
                before.with_facts(states)
            }
        });
        let write = async {
            // The catalog in the store is a cache: a store that fails is logged and does not stop the answers.
            if let Err(error) = stored::write(&*self.store, &changes, is_new).await {
                tracing::error!(%error, "the catalog could not be written to the store");
            }
        };
        let (catalog, ()) = tokio::join!(make, write);
        let catalog = catalog.context("making the catalog failed")?;
        if is_new {
            crate::telemetry::reached("swap");
        }
        self.catalog.store(Arc::new(catalog));
        Ok(())
    }

    fn next_attempt(&self, last: Attempt, turn: &Turn, now: u64) -> Attempt {
        if turn.report.error.is_none() {
            return Attempt::default();
        }
        let failures = last.failures.saturating_add(1);
        let pause = self
            .every
            .saturating_mul(1 << failures.min(6))
            .min(LONGEST_PAUSE);
        Attempt {
            failures,
            not_before: now + u64::try_from(pause.as_millis()).unwrap_or(u64::MAX),
        }
    }

    /// One source's turn: never fails, the report says what happened.
    async fn turn(&self, source: &Configured, before: Arc<SourceState>, request: Request) -> Turn {
        let started = Instant::now();
        self.progress
            .send_replace(Stage::Fetching(source.name.clone()));
        let now = self.clock.millis();
        let mut turn = match self.read_source(source, &before, request, now).await {
            Ok(turn) => turn,
            Err(error) => {
                let reason = format!("{error:#}");
                tracing::warn!(source = source.name, reason, "a source cannot be read");
                let mut facts = before.facts.clone();
                let since = facts.failing.map_or(now, |failing| failing.since);
                facts.failing = Some(Failing {
                    since,
                    reason: reason.clone(),
                });
                let mut turn = Turn::unchanged(source, &before, facts);
                turn.report.error = Some(reason);
                turn
            }
        };
        turn.report.milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        turn
    }

    async fn read_source(
        &self,
        source: &Configured,
        before: &Arc<SourceState>,
        request: Request,
        now: u64,
    ) -> anyhow::Result<Turn> {
        crate::telemetry::reached("fetch");
        // A revision that is held back has to be read again to be taken.
        let known = before.facts.revision.as_ref();
        let known = if before.facts.held.is_some() {
            None
        } else {
            known
        };
        let Some(snapshot) = source.source.read(known).await? else {
            let facts = Facts {
                read_at: Some(now),
                failing: None,
                ..before.facts.clone()
            };
            return Ok(Turn::unchanged(source, before, facts));
        };
        self.progress
            .send_replace(Stage::Reading(source.name.clone(), snapshot.files.len()));
        let reading = read(&snapshot, &source.selection, before, now).await?;
        let (revision, committed) = revision_of(&snapshot);
        let mut facts = Facts {
            name: source.name.clone(),
            reader: READER,
            file_count: reading.files.len(),
            place: source.place.clone(),
            branch: source.branch.clone(),
            revision: Some(revision.clone()),
            committed,
            read_at: Some(now),
            failing: None,
            held: None,
            problems: reading.problems,
        };
        facts.problems.shrink_to_fit();
        let after = SourceState {
            facts,
            files: reading.files,
        };
        let difference = Difference::between(before, &after);
        let of = before.entity_count();
        if !request.accept && difference.removed >= 2 && difference.removed * 5 > of {
            let since = before.facts.held.as_ref().map_or(now, |held| held.since);
            let held = HeldBack {
                revision,
                dropped: difference.removed,
                of,
                since,
            };
            tracing::warn!(
                source = source.name,
                dropped = held.dropped,
                of,
                "a sync is held back because it would drop too much"
            );
            let facts = Facts {
                read_at: Some(now),
                failing: None,
                held: Some(held),
                ..before.facts.clone()
            };
            return Ok(Turn::unchanged(source, before, facts));
        }
        Ok(Turn::changed(
            source,
            before,
            after,
            &difference,
            reading.parsed,
        ))
    }
}

fn revision_of(snapshot: &Snapshot) -> (Revision, Option<u64>) {
    (snapshot.revision.clone(), snapshot.committed)
}

/// What one source's turn comes to.
struct Turn {
    state: Arc<SourceState>,
    changes: Vec<Change>,
    /// Whether the files are others than before.
    is_new: bool,
    report: Report,
}

impl Turn {
    fn unchanged(source: &Configured, before: &SourceState, facts: Facts) -> Self {
        let state = Arc::new(SourceState {
            facts,
            files: before.files.clone(),
        });
        Self {
            changes: vec![Change::Facts(source.key.clone(), state.clone())],
            is_new: false,
            report: report(&state, &Difference::default(), 0),
            state,
        }
    }

    fn changed(
        source: &Configured,
        before: &SourceState,
        after: SourceState,
        difference: &Difference,
        parsed: usize,
    ) -> Self {
        let key = |path: &str| format!("{}/{path}", source.key);
        let mut changes = Vec::new();
        let mut old: BTreeMap<&str, &Arc<SourceFile>> = before
            .files
            .iter()
            .map(|file| (&*file.path, file))
            .collect();
        for file in &after.files {
            let same = old
                .remove(&*file.path)
                .is_some_and(|old| Arc::ptr_eq(old, file));
            if !same {
                changes.push(Change::File(key(&file.path), file.clone()));
            }
        }
        changes.extend(old.into_keys().map(|path| Change::Gone(key(path))));
        let state = Arc::new(after);
        changes.push(Change::Facts(source.key.clone(), state.clone()));
        Self {
            changes,
            is_new: true,
            report: report(&state, difference, parsed),
            state,
        }
    }
}
