//! What a sync did, told per source.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde::Serialize;

use super::super::EntityRef;
use super::super::entity::Json;
use super::super::file::SourceFile;
use super::super::problem::Problem;
use super::super::state::{HeldBack, SourceState};

/// How many problems a report names; it counts them all.
const PROBLEMS_NAMED: usize = 100;

/// What a sync did with one source.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)] // the fields are the contract of `callboard sync --format json`, described in the README
pub struct Report {
    pub source: String,
    /// The key of the source.
    #[serde(skip)]
    pub key: String,
    /// The configured source that leads to it; none of a configured one.
    pub origin: Option<String>,
    pub commit: Option<String>,
    pub files: usize,
    pub parsed: usize,
    pub entities: usize,
    pub added: usize,
    pub changed: usize,
    pub removed: usize,
    pub problems: usize,
    /// The first of the problems.
    pub details: Vec<Problem>,
    pub held_back: Option<HeldBack>,
    pub error: Option<String>,
    pub milliseconds: u64,
}

impl Report {
    /// Takes in what was done with the same source later in the same sync.
    pub(super) fn followed_by(&mut self, later: Self) {
        *self = Self {
            parsed: self.parsed + later.parsed,
            added: self.added + later.added,
            changed: self.changed + later.changed,
            removed: self.removed + later.removed,
            milliseconds: self.milliseconds + later.milliseconds,
            ..later
        };
    }

    /// Counts more problems, and names them as long as there is room.
    pub(super) fn add<'a>(&mut self, problems: impl Iterator<Item = &'a Problem>) {
        for problem in problems {
            self.problems += 1;
            if self.details.len() < PROBLEMS_NAMED {
                self.details.push(problem.clone());
            }
        }
    }
}

/// The report on a source in its new state.
pub(super) fn report(state: &SourceState, difference: &Difference, parsed: usize) -> Report {
    Report {
        source: state.facts.name.clone(),
        key: state.facts.key.clone(),
        origin: state.facts.origin.clone(),
        // A plain folder has a revision, but no commit.
        commit: state
            .facts
            .committed
            .and(state.facts.revision.as_ref())
            .map(|revision| revision.0.clone()),
        files: state.files.len(),
        parsed,
        entities: state.entity_count(),
        added: difference.added,
        changed: difference.changed,
        removed: difference.removed,
        problems: state.problems().count(),
        details: state.problems().take(PROBLEMS_NAMED).cloned().collect(),
        held_back: state.facts.held.clone(),
        error: None,
        milliseconds: 0,
    }
}

/// What a sync changes in the entities of one source.
#[derive(Debug, Default)]
pub(super) struct Difference {
    pub(super) added: usize,
    pub(super) changed: usize,
    pub(super) removed: usize,
}

impl Difference {
    /// Compares the entities of the files that are not the same in both.
    pub(super) fn between(before: &SourceState, after: &SourceState) -> Self {
        let untouched: HashSet<*const SourceFile> = before.files.iter().map(Arc::as_ptr).collect();
        let kept: HashSet<*const SourceFile> = after.files.iter().map(Arc::as_ptr).collect();
        let old = entities(&before.files, &kept);
        let new = entities(&after.files, &untouched);
        Self {
            added: new
                .keys()
                .filter(|reference| !old.contains_key(*reference))
                .count(),
            removed: old
                .keys()
                .filter(|reference| !new.contains_key(*reference))
                .count(),
            changed: new
                .iter()
                .filter(|(reference, document)| {
                    old.get(*reference).is_some_and(|old| old != *document)
                })
                .count(),
        }
    }
}

/// The documents by reference, of files other than those to leave.
fn entities<'a>(
    files: &'a [Arc<SourceFile>],
    leave: &HashSet<*const SourceFile>,
) -> HashMap<&'a EntityRef, &'a Json> {
    files
        .iter()
        .filter(|file| !leave.contains(&Arc::as_ptr(file)))
        .flat_map(|file| &file.entities)
        .map(|kept| (&kept.entity.reference, &kept.entity.document))
        .collect()
}
