//! One source's turn in a sync: asked, read, compared with before, and held back where too much would go.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Instant;

use super::super::Catalog;
use super::super::change;
use super::super::file::SourceFile;
use super::super::problem::{Problem, Severity, rule};
use super::super::read::{Reading, read};
use super::super::source::{Configured, Lead, Snapshot};
use super::super::state::{Facts, Failing, HeldBack, SourceState};
use super::plan::Planned;
use super::record;
use super::report::{Difference, Report, report};
use super::stored::{self, Change, READER};
use super::{Request, Stage, Syncer};
use crate::clock::millis;

/// What one source's turn comes to.
pub(super) struct Turn {
    pub(super) state: Arc<SourceState>,
    pub(super) changes: Vec<Change>,
    /// What changed in the catalog by it, for people to be told.
    pub(super) recorded: Vec<change::Change>,
    /// Whether the files are others than before.
    pub(super) is_new: bool,
    /// Whether it is to be told that the source cannot be read: of one that is led to, only the first time.
    pub(super) is_news: bool,
    pub(super) report: Report,
}

impl Syncer {
    /// One source's turn: never fails, the report says what happened.
    pub(super) async fn turn(&self, planned: Planned, request: Request) -> (Planned, Turn) {
        let started = Instant::now();
        let source = &planned.source;
        self.progress
            .send_replace(Stage::Fetching(source.name.clone()));
        let now = self.clock.millis();
        let catalog = self.catalog.load_full();
        let known = catalog.source(planned.key()).cloned();
        let before = known.unwrap_or_else(|| {
            Arc::new(SourceState {
                facts: planned.fresh(),
                files: Vec::new(),
            })
        });
        let read = self.read_source(&planned, &before, &catalog, request, now);
        let mut turn = match read.await {
            Ok(turn) => turn,
            Err(error) => {
                let reason = format!("{error:#}");
                let known = before.facts.failing.is_some();
                let mut facts = before.facts.clone();
                let since = facts.failing.map_or(now, |failing| failing.since);
                facts.failing = Some(Failing {
                    since,
                    reason: reason.clone(),
                });
                let mut turn = Turn::unchanged(&before, facts);
                turn.report.error = Some(reason);
                turn.is_news = planned.origin.is_none() || !known;
                turn
            }
        };
        turn.report.milliseconds = millis(started.elapsed());
        (planned, turn)
    }

    async fn read_source(
        &self,
        planned: &Planned,
        before: &Arc<SourceState>,
        catalog: &Catalog,
        request: Request,
        now: u64,
    ) -> anyhow::Result<Turn> {
        crate::telemetry::reached("fetch");
        let source = &planned.source;
        // A revision that is held back is known, unless it is to be taken.
        let held = before.facts.held.as_ref().map(|held| &held.revision);
        let known = before.facts.revision.as_ref();
        let known = if planned.reads_other_files(&before.facts) {
            None
        } else if request.accept {
            known
        } else {
            held.or(known)
        };
        let Some(snapshot) = source.source.read(known).await? else {
            let mut facts = Facts {
                failing: None,
                origin: planned.origin.clone(),
                marker: planned.marker.clone(),
                ..before.facts.clone()
            };
            // What is in the catalog is as old as it was while something newer is held back.
            if held.is_none() || request.accept {
                facts.read_at = Some(now);
            }
            return Ok(Turn::unchanged(before, facts));
        };
        let total = snapshot.files.len();
        let told = |done: usize| {
            let stage = Stage::Reading(source.name.clone(), done, total);
            self.progress.send_replace(stage);
        };
        told(0);
        let mut reading = read(&snapshot, source, Some(&self.reach), before, now, &told).await?;
        reading.problems.extend(snapshot.problems.iter().cloned());
        let leads = self.leads(&snapshot, &mut reading);
        let revision = snapshot.revision;
        let mut facts = Facts {
            file_count: reading.files.len(),
            reader: READER,
            revision: Some(revision.clone()),
            marker: planned.marker.clone(),
            include: source.include.clone(),
            targets: source.targets.clone(),
            only_targets: source.only_targets,
            lead_count: leads.len(),
            leads,
            committed: snapshot.committed,
            read_at: Some(now),
            problems: reading.problems,
            codeowners: reading.codeowners,
            ..planned.fresh()
        };
        facts.problems.shrink_to_fit();
        let after = SourceState {
            facts,
            files: reading.files,
        };
        let difference = Difference::between(before, &after);
        let (lost, led) = lost_by_leads(before, &after, catalog);
        let dropped = difference.removed + lost;
        let of = before.entity_count() + led;
        // Only what was held back and told of is taken; what came since is held back in its turn.
        // A listing has another revision with every push, so there the same loss is the same.
        let is_listing = !snapshot.leads.is_empty() || !before.facts.leads.is_empty();
        let same_loss = before
            .facts
            .held
            .as_ref()
            .is_some_and(|held| held.dropped == dropped);
        let accepted = request.accept && (held == Some(&revision) || is_listing && same_loss);
        if !accepted && dropped >= 2 && dropped * 5 > of {
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
            return Ok(Turn::unchanged(before, facts));
        }
        let recorded = record::changed(source, before, &after, now).await;
        let turn = Turn::changed(before, after, &difference, reading.parsed);
        Ok(Turn { recorded, ..turn })
    }

    /// Everything that a source leads to. A listing must not lead to strange places.
    fn leads(&self, snapshot: &Snapshot, reading: &mut Reading) -> Vec<Lead> {
        let pointed = std::mem::take(&mut reading.leads).into_leads();
        let (mut leads, strange): (Vec<Lead>, Vec<Lead>) = snapshot
            .leads
            .iter()
            .cloned()
            .partition(|lead| self.reach.reaches(&lead.place));
        for lead in &strange {
            let message = format!(
                "The listing says that {} is fetched from {:?}, which is another host than its own, and it is not read; add that host to `locations.allow` if this is right.",
                lead.name, lead.place
            );
            let rule = rule::LOCATION_ELSEWHERE;
            let problem = Problem::at(".", 1, Severity::Warning, rule, message);
            reading.problems.push(problem);
        }
        for lead in &mut leads {
            lead.listed = true;
        }
        leads.extend(pointed);
        leads
    }
}

/// How many entities stand in repositories to which nothing would lead any longer, and how many in all that the source
/// leads to.
fn lost_by_leads(before: &SourceState, after: &SourceState, catalog: &Catalog) -> (usize, usize) {
    if before.facts.leads.is_empty() {
        return (0, 0);
    }
    let kept: HashSet<_> = after.facts.leads.iter().map(Lead::repository).collect();
    let (mut lost, mut all) = (0, 0);
    for lead in &before.facts.leads {
        let key = Configured::key_of(lead);
        let count = catalog.source(&key).map_or(0, |state| state.entity_count());
        all += count;
        if !kept.contains(&lead.repository()) {
            lost += count;
        }
    }
    (lost, all)
}

impl Turn {
    fn unchanged(before: &SourceState, facts: Facts) -> Self {
        let state = Arc::new(SourceState {
            facts: Facts {
                lead_count: facts.leads.len(),
                ..facts
            },
            files: before.files.clone(),
        });
        let mut changes = stored::leads(&before.facts, &state);
        changes.push(Change::Facts(state.clone()));
        Self {
            changes,
            recorded: Vec::new(),
            is_new: false,
            is_news: false,
            report: report(&state, &Difference::default(), 0),
            state,
        }
    }

    fn changed(
        before: &SourceState,
        after: SourceState,
        difference: &Difference,
        parsed: usize,
    ) -> Self {
        let key = |path: &str| format!("{}/{path}", after.facts.key);
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
        let is_new = !changes.is_empty();
        let state = Arc::new(after);
        changes.extend(stored::leads(&before.facts, &state));
        changes.push(Change::Facts(state.clone()));
        Self {
            changes,
            recorded: Vec::new(),
            is_new,
            is_news: false,
            report: report(&state, difference, parsed),
            state,
        }
    }
}
