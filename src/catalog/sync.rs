//! Keeping the catalog in step with its sources: fetch, read, write to the store, swap in.

mod failures;
mod nudge;
mod plan;
mod record;
mod report;
mod round;
mod stored;
mod turn;

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use arc_swap::{ArcSwap, ArcSwapOption};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::sync::{Mutex, watch};

use super::Catalog;
use super::source::{Configured, Reach};
use super::state::{Facts, SourceState};
use crate::clock::{Clock, millis};
use crate::store::{Store, StoreError};
use failures::Complaints;
use nudge::Nudges;
use plan::{Planned, plan};
use round::Round;
use turn::Turn;

pub use failures::alike;
pub use nudge::Nudge;
pub use record::Changes;
pub use report::Report;

/// How many sources are read side by side.
const SIDE_BY_SIDE: usize = 6;

/// The longest pause after failures in a row.
const LONGEST_PAUSE: Duration = Duration::from_mins(30);

/// Sources that end within this time of each other come into the catalog together; more when making a catalog takes
/// longer, so that most of the time goes into reading.
const GATHERED: Duration = Duration::from_millis(200);
const LONGEST_GATHERED: Duration = Duration::from_secs(10);

/// Reads all sources and keeps the catalog that is made of them.
pub struct Syncer {
    store: Arc<dyn Store>,
    /// The configured sources.
    roots: Vec<Arc<Configured>>,
    reach: Reach,
    /// The configured sources and all that they lead to.
    planned: ArcSwap<Vec<Planned>>,
    catalog: Arc<ArcSwap<Catalog>>,
    clock: Clock,
    every: Duration,
    /// How the last reads went, by the key of the source. Held while a sync runs, so that two never write at once.
    attempts: Mutex<HashMap<String, Attempt>>,
    nudges: Nudges,
    /// What the store did not take; held while something is written.
    unwritten: Mutex<Unwritten>,
    /// Why it did not take it.
    store_failure: ArcSwapOption<StoreError>,
    progress: watch::Sender<Stage>,
}

/// What the store did not take and gets with the next sync.
#[derive(Default)]
struct Unwritten {
    changes: Vec<stored::Change>,
    recorded: Vec<super::change::Change>,
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
    /// A syncer of these sources and of what they lead to within `reach`. The catalog stays empty until
    /// [`Syncer::load`] or [`Syncer::sync`].
    pub fn new(
        store: Arc<dyn Store>,
        sources: Vec<Arc<Configured>>,
        reach: Reach,
        clock: Clock,
        every: Duration,
    ) -> Self {
        let planned = sources.iter().cloned().map(Planned::root).collect();
        Self {
            store,
            roots: sources,
            reach,
            planned: ArcSwap::from_pointee(planned),
            catalog: Arc::default(),
            clock,
            every,
            attempts: Mutex::default(),
            nudges: Nudges::default(),
            unwritten: Mutex::default(),
            store_failure: ArcSwapOption::empty(),
            progress: watch::Sender::default(),
        }
    }

    /// The catalog, always the newest.
    pub fn catalog(&self) -> Arc<ArcSwap<Catalog>> {
        self.catalog.clone()
    }

    /// The source of this key, as a catalog's [`Facts`] name it.
    pub fn source(&self, key: &str) -> Option<Arc<Configured>> {
        let planned = self.planned.load();
        let found = planned.iter().find(|planned| planned.key() == key);
        found.map(|planned| planned.source.clone())
    }

    /// The configured sources.
    pub fn roots(&self) -> &[Arc<Configured>] {
        &self.roots
    }

    /// Where the running sync is.
    pub fn progress(&self) -> watch::Receiver<Stage> {
        self.progress.subscribe()
    }

    /// Why nothing can be remembered, where the store did not take what was last written.
    pub fn store_failure(&self) -> Option<Arc<StoreError>> {
        self.store_failure.load_full()
    }

    /// Whether an answer needs a sync first: some source was never read, or costs no network, or its turn has come.
    pub fn is_due(&self) -> bool {
        let catalog = self.catalog.load();
        let now = self.clock.millis();
        let every = millis(self.every);
        self.planned.load().iter().any(|planned| {
            let facts = catalog.source(planned.key()).map(|state| &state.facts);
            let read = facts.and_then(|facts| facts.read_at);
            if planned.origin.is_some() {
                // One that failed is tried again in its turn; no answer waits for it.
                let failing = facts.is_some_and(|facts| facts.failing.is_some());
                return read.is_none() && !failing;
            }
            planned.source.local || read.is_none_or(|read| now.saturating_sub(read) >= every)
        })
    }

    /// Hears that something changed; it is read as soon as [`Syncer::sync_nudged`] is called.
    pub fn nudge(&self, nudge: Nudge) {
        self.nudges.add(nudge);
    }

    /// Waits until a nudge has come.
    pub async fn nudged(&self) {
        self.nudges.wait().await;
    }

    /// Brings back from the store what the last sync found. Entries that cannot be understood are left out and
    /// read again from their source.
    pub async fn load(&self) -> anyhow::Result<()> {
        let mut states: HashMap<String, Arc<SourceState>> = HashMap::new();
        loop {
            let planned = self.plan(&states);
            let unread: Vec<&Planned> = planned
                .iter()
                .filter(|planned| !states.contains_key(planned.key()))
                .collect();
            if unread.is_empty() {
                let states = planned
                    .iter()
                    .filter_map(|planned| states.remove(planned.key()))
                    .collect();
                let catalog = tokio::task::spawn_blocking(move || Catalog::new(states)).await?;
                self.planned.store(Arc::new(planned));
                self.catalog.store(Arc::new(catalog));
                return Ok(());
            }
            let loading = unread.into_iter().map(Planned::fresh);
            let loading = loading.map(|fresh| stored::load(&*self.store, fresh));
            let mut loading = futures_util::stream::iter(loading).buffered(stored::SIDE_BY_SIDE);
            while let Some(state) = loading.next().await {
                let state = state?;
                states.insert(state.facts.key.clone(), state);
            }
        }
    }

    /// Reads the sources once and swaps the new catalog in, again whenever some have ended: a source that is slow holds
    /// up none of the others. Gives a report per source that was asked.
    pub async fn sync(&self, request: Request) -> anyhow::Result<Vec<Report>> {
        self.round(request, None).await
    }

    /// Reads only what the nudges since the last time mean.
    pub async fn sync_nudged(&self) -> anyhow::Result<Vec<Report>> {
        let nudges = self.nudges.take();
        let keys = nudge::meant(&nudges, &self.planned.load());
        self.round(Request::default(), Some(&keys)).await
    }

    async fn round(
        &self,
        request: Request,
        only: Option<&BTreeSet<String>>,
    ) -> anyhow::Result<Vec<Report>> {
        let mut attempts = self.attempts.lock().await;
        let now = self.clock.millis();
        let mut asked: HashMap<String, Arc<Configured>> = HashMap::new();
        let mut under_way: HashSet<String> = HashSet::new();
        let mut waiting: VecDeque<Planned> = VecDeque::new();
        let mut turns = FuturesUnordered::new();
        let mut reports: Vec<Report> = Vec::new();
        let mut gathered = GATHERED;
        let mut complaints = Complaints::default();
        loop {
            let round = Round {
                request,
                only,
                now,
                every: self.every,
                catalog: &self.catalog.load_full(),
                attempts: &attempts,
                planned: &self.planned.load_full(),
            };
            for planned in round.wanted() {
                let (key, source) = (planned.key(), &planned.source);
                // Once, unless others turned out to lead to more of it since.
                let same = |asked: &Arc<Configured>| Arc::ptr_eq(asked, source);
                if !asked.get(key).is_some_and(same) && under_way.insert(key.to_owned()) {
                    asked.insert(key.to_owned(), source.clone());
                    waiting.push_back(planned.clone());
                }
            }
            let mut ended: Vec<(Planned, Turn)> = Vec::new();
            let mut until = None;
            loop {
                while turns.len() < SIDE_BY_SIDE
                    && let Some(next) = waiting.pop_front()
                {
                    turns.push(self.turn(next, request));
                }
                let next = match until {
                    None => Ok(turns.next().await),
                    Some(until) => tokio::time::timeout_at(until, turns.next()).await,
                };
                let Ok(Some(turn)) = next else { break };
                until.get_or_insert_with(|| tokio::time::Instant::now() + gathered);
                ended.push(turn);
            }
            if ended.is_empty() {
                break;
            }
            for (planned, turn) in &ended {
                under_way.remove(planned.key());
                complaints.hear(planned, turn);
                let attempt = attempts.entry(planned.key().to_owned()).or_default();
                *attempt = self.next_attempt(*attempt, turn, now);
            }
            let publishing = tokio::time::Instant::now();
            reports.extend(self.publish(ended, now).await?);
            gathered = (publishing.elapsed() * 4).clamp(GATHERED, LONGEST_GATHERED);
        }
        complaints.end();
        self.progress.send_replace(Stage::Idle);
        let catalog = self.catalog.load();
        // Of a source that was let go of in the end there is nothing to tell.
        reports.retain(|report| catalog.place_of(&report.key).is_some());
        reports.sort_by_cached_key(|report| catalog.place_of(&report.key));
        reports.dedup_by(|later, earlier| {
            let same = later.key == earlier.key;
            if same {
                earlier.followed_by(later.clone());
            }
            same
        });
        for report in &mut reports {
            if let Some(place) = catalog.place_of(&report.key) {
                report.add(catalog.conflicts(place));
            }
        }
        Ok(reports)
    }

    fn plan(&self, states: &HashMap<String, Arc<SourceState>>) -> Vec<Planned> {
        plan(&self.roots, &self.reach, states, &self.planned.load())
    }

    /// Writes to the store while the new catalog is made, then swaps it in. Sources to which nothing leads any longer
    /// are let go of.
    async fn publish(&self, ended: Vec<(Planned, Turn)>, now: u64) -> anyhow::Result<Vec<Report>> {
        self.progress.send_replace(Stage::Writing);
        let before = self.catalog.load_full();
        let mut states: HashMap<String, Arc<SourceState>> = before
            .sources()
            .iter()
            .map(|state| (state.facts.key.clone(), state.clone()))
            .collect();
        let mut is_new = false;
        let mut changes = Vec::new();
        let mut recorded = Vec::new();
        let mut reports = Vec::with_capacity(ended.len());
        for (planned, turn) in ended {
            is_new |= turn.is_new;
            states.insert(planned.key().to_owned(), turn.state);
            changes.extend(turn.changes);
            recorded.extend(turn.recorded);
            reports.push(turn.report);
        }
        let planned = self.plan(&states);
        let vouched: HashMap<String, u64> = vouching(&states, now);
        let ordered: Vec<Arc<SourceState>> = planned
            .iter()
            .map(|planned| match states.remove(planned.key()) {
                Some(state) => vouched_for(state, planned, &vouched),
                None => Arc::new(SourceState {
                    facts: planned.fresh(),
                    files: Vec::new(),
                }),
            })
            .collect();
        let same_places = ordered.len() == before.sources().len()
            && ordered
                .iter()
                .zip(before.sources())
                .all(|(after, before)| after.facts.key == before.facts.key);
        is_new |= !same_places;
        let known = self.planned.load();
        let gone: Vec<Arc<Configured>> = known
            .iter()
            .filter(|planned| states.contains_key(planned.key()))
            .map(|planned| planned.source.clone())
            .collect();
        recorded.extend(states.values().flat_map(|state| record::gone(state, now)));
        changes.extend(
            states
                .into_values()
                .flat_map(|state| stored::forgotten(&state)),
        );
        self.planned.store(Arc::new(planned));
        let make = tokio::task::spawn_blocking(move || {
            for source in gone {
                source.source.forget();
            }
            if is_new {
                before.next(ordered)
            } else {
                before.with_facts(ordered)
            }
        });
        let write = self.write(changes, recorded, is_new, now);
        let (catalog, ()) = tokio::join!(make, write);
        let catalog = catalog.context("making the catalog failed")?;
        if is_new {
            crate::telemetry::reached("swap");
        }
        self.catalog.store(Arc::new(catalog));
        Ok(reports)
    }

    /// Writes to the store, what it did not take before included.
    async fn write(
        &self,
        mut changes: Vec<stored::Change>,
        mut recorded: Vec<super::change::Change>,
        is_new: bool,
        now: u64,
    ) {
        let mut unwritten = self.unwritten.lock().await;
        let is_behind = !unwritten.changes.is_empty();
        if is_behind {
            changes.splice(..0, unwritten.changes.drain(..));
            changes = stored::newest(changes);
        }
        recorded.splice(..0, unwritten.recorded.drain(..));
        let mut failure = None;
        // Before the copy of the catalog, which says up to where changes have been looked for.
        if let Err(error) = record::write(&*self.store, &recorded, now).await {
            tracing::error!(%error, "what changed could not be written down");
            let left_out = recorded.len().saturating_sub(record::MOST);
            unwritten.recorded.extend(recorded.drain(..).skip(left_out));
            failure = Some(error);
        }
        // The catalog in the store is a cache: a store that fails is logged and does not stop the answers.
        if let Err(error) = stored::write(&*self.store, &changes, is_new || is_behind).await {
            tracing::error!(%error, "the catalog could not be written to the store");
            unwritten.changes = changes;
            failure = Some(error);
        }
        self.store_failure.store(failure.map(Arc::new));
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
            not_before: now + millis(pause),
        }
    }
}

/// The sources that were read just now, and by that say of what they list that it is as it was.
fn vouching(states: &HashMap<String, Arc<SourceState>>, now: u64) -> HashMap<String, u64> {
    let read = states.values().filter_map(|state| {
        let facts = &state.facts;
        let read = facts.read_at.filter(|read| *read >= now)?;
        let good = !facts.leads.is_empty() && facts.origin.is_none() && facts.failing.is_none();
        good.then(|| (facts.name.clone(), read))
    });
    read.collect()
}

/// The state of a source that its listing vouches for: nothing was pushed since it was read.
fn vouched_for(
    state: Arc<SourceState>,
    planned: &Planned,
    vouched: &HashMap<String, u64>,
) -> Arc<SourceState> {
    let facts = &state.facts;
    let read = planned
        .origin
        .as_ref()
        .and_then(|origin| vouched.get(origin));
    let same = planned.marker.is_some() && planned.marker == facts.marker;
    let read = read.filter(|read| same && facts.failing.is_none() && facts.read_at < Some(**read));
    match read {
        Some(read) => Arc::new(SourceState {
            facts: Facts {
                read_at: Some(*read),
                ..facts.clone()
            },
            files: state.files.clone(),
        }),
        None => state,
    }
}
