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
use super::source::Configured;
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

/// Sources that end within this time of each other come into the catalog together.
const GATHERED: Duration = Duration::from_millis(200);

/// Reads all sources and keeps the catalog that is made of them.
pub struct Syncer {
    store: Arc<dyn Store>,
    sources: Vec<Arc<Configured>>,
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
    /// Reading and parsing: the source, how many files so far, and how many there may be.
    Reading(String, usize, usize),
    /// Writing to the store and making the new catalog.
    Writing,
}

/// What a sync is asked to do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Request {
    /// Leave out sources whose turn has not come: failing ones are asked less and less often.
    pub due_only: bool,
    /// Take the revisions that are held back because they drop too much; only those, nothing newer.
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
            sources: sources.into_iter().map(Arc::new).collect(),
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

    /// The source of this key, as a catalog's [`Facts`] name it.
    pub fn source(&self, key: &str) -> Option<Arc<Configured>> {
        self.sources
            .iter()
            .find(|source| source.key == key)
            .cloned()
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

    /// Reads the sources once and swaps the new catalog in, again whenever some have ended: a source that is slow holds
    /// up none of the others. Gives a report per source that was asked.
    pub async fn sync(&self, request: Request) -> anyhow::Result<Vec<Report>> {
        let mut attempts = self.attempts.lock().await;
        let now = self.clock.millis();
        let before = self.catalog.load_full();
        let due = |number: &usize| !request.due_only || attempts[*number].not_before <= now;
        let asked: Vec<usize> = (0..self.sources.len()).filter(due).collect();
        let turns = asked.into_iter().map(|number| {
            let state = before.sources().get(number).cloned();
            async move {
                let source = &self.sources[number];
                let turn = self.turn(source, state.unwrap_or_default(), request);
                (number, turn.await)
            }
        });
        let mut turns = futures_util::stream::iter(turns).buffer_unordered(SIDE_BY_SIDE);
        let mut reports: Vec<(usize, Report)> = Vec::new();
        while let Some(first) = turns.next().await {
            let mut ended = vec![first];
            let until = tokio::time::Instant::now() + GATHERED;
            while let Ok(Some(next)) = tokio::time::timeout_at(until, turns.next()).await {
                ended.push(next);
            }
            for (number, turn) in &ended {
                attempts[*number] = self.next_attempt(attempts[*number], turn, now);
            }
            reports.extend(self.publish(ended).await?);
        }
        self.progress.send_replace(Stage::Idle);
        reports.sort_by_key(|(number, _)| *number);
        let catalog = self.catalog.load();
        let reports = reports.into_iter().map(|(number, mut report)| {
            report.add(catalog.conflicts(number));
            report
        });
        Ok(reports.collect())
    }

    /// Writes to the store while the new catalog is made, then swaps it in.
    async fn publish(&self, ended: Vec<(usize, Turn)>) -> anyhow::Result<Vec<(usize, Report)>> {
        self.progress.send_replace(Stage::Writing);
        let before = self.catalog.load_full();
        let mut states: Vec<Arc<SourceState>> = before.sources().to_vec();
        let mut is_new = states.len() != self.sources.len();
        states.resize_with(self.sources.len(), Arc::default);
        let mut changes = Vec::new();
        let mut reports = Vec::with_capacity(ended.len());
        for (number, turn) in ended {
            is_new |= turn.is_new;
            states[number] = turn.state;
            changes.extend(turn.changes);
            reports.push((number, turn.report));
        }
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
        Ok(reports)
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
        // A revision that is held back is known, unless it is to be taken.
        let held = before.facts.held.as_ref().map(|held| &held.revision);
        let known = before.facts.revision.as_ref();
        let known = if request.accept {
            known
        } else {
            held.or(known)
        };
        let Some(snapshot) = source.source.read(known).await? else {
            let mut facts = Facts {
                failing: None,
                ..before.facts.clone()
            };
            // What is in the catalog is as old as it was while something newer is held back.
            if held.is_none() || request.accept {
                facts.read_at = Some(now);
            }
            return Ok(Turn::unchanged(source, before, facts));
        };
        let total = snapshot.files.len();
        let told = |done: usize| {
            let stage = Stage::Reading(source.name.clone(), done, total);
            self.progress.send_replace(stage);
        };
        told(0);
        let reading = read(&snapshot, source, before, now, &told).await?;
        let revision = snapshot.revision;
        let mut facts = Facts {
            key: source.key.clone(),
            name: source.name.clone(),
            reader: READER,
            file_count: reading.files.len(),
            place: source.place.clone(),
            branch: source.branch.clone(),
            revision: Some(revision.clone()),
            committed: snapshot.committed,
            read_at: Some(now),
            failing: None,
            held: None,
            problems: reading.problems,
            codeowners: reading.codeowners,
        };
        facts.problems.shrink_to_fit();
        let after = SourceState {
            facts,
            files: reading.files,
        };
        let difference = Difference::between(before, &after);
        let of = before.entity_count();
        // Only what was held back and told of is taken; what came since is held back in its turn.
        let accepted = request.accept && held == Some(&revision);
        if !accepted && difference.removed >= 2 && difference.removed * 5 > of {
            let dropped = difference.removed;
            if held != Some(&revision) {
                tracing::warn!(
                    source = source.name,
                    dropped,
                    of,
                    "a sync is held back because it would drop too much"
                );
            }
            let since = before.facts.held.as_ref().map_or(now, |held| held.since);
            let facts = Facts {
                failing: None,
                held: Some(HeldBack {
                    revision,
                    dropped,
                    of,
                    since,
                }),
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
