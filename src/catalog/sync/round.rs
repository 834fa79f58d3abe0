//! Which sources are asked in one round of a sync.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use super::super::Catalog;
use super::super::state::Facts;
use super::plan::Planned;
use super::{Attempt, Request};
use crate::clock::millis;

/// So many repositories that no listing speaks of are asked in one period; more of them are asked less often.
const ASKED_AT_ONCE: usize = 100;

/// What decides which sources are asked.
pub(super) struct Round<'a> {
    pub(super) request: Request,
    /// The keys of those that are asked whatever else; then no others are, but what they newly lead to.
    pub(super) only: Option<&'a BTreeSet<String>>,
    pub(super) now: u64,
    pub(super) every: Duration,
    pub(super) catalog: &'a Catalog,
    pub(super) attempts: &'a HashMap<String, Attempt>,
    pub(super) planned: &'a [Planned],
}

impl Round<'_> {
    /// The sources whose turn it is.
    pub(super) fn wanted(&self) -> impl Iterator<Item = &Planned> {
        let unlisted = self
            .planned
            .iter()
            .filter(|planned| planned.origin.is_some() && planned.marker.is_none());
        let parts = u32::try_from(unlisted.count() / ASKED_AT_ONCE).unwrap_or(u32::MAX);
        let pace = millis(self.every.saturating_mul(parts.max(1)));
        self.planned
            .iter()
            .filter(move |planned| self.wants(planned, pace))
    }

    fn wants(&self, planned: &Planned, pace: u64) -> bool {
        let Request { due_only, accept } = self.request;
        let waits = self
            .attempts
            .get(planned.key())
            .is_some_and(|attempt| attempt.not_before > self.now);
        let state = self.catalog.source(planned.key());
        let unread = |facts: &Facts| facts.revision.is_none() && facts.failing.is_none();
        let is_new = state
            .is_none_or(|state| unread(&state.facts) || planned.reads_other_files(&state.facts));
        if let Some(only) = self.only {
            return only.contains(planned.key()) || is_new && planned.origin.is_some() && !waits;
        }
        if due_only && waits {
            return false;
        }
        let Some(facts) = state.map(|state| &state.facts).filter(|_| !is_new) else {
            return true;
        };
        if planned.origin.is_none() || facts.failing.is_some() || accept && facts.held.is_some() {
            return true;
        }
        if planned.marker.is_some() {
            return planned.marker != facts.marker;
        }
        let age = self.now.saturating_sub(facts.read_at.unwrap_or(0));
        !due_only || age >= pace
    }
}
