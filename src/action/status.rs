//! The state of the bot: sources, commits, ages, counts, problems.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::{Action, Call, Context, Param, card};
use crate::catalog::Catalog;
use crate::catalog::problem::Severity;
use crate::catalog::source::Revision;
use crate::catalog::state::SourceState;
use crate::catalog::sync::alike;
use crate::clock::ago;
use crate::failure::Failure;

/// `bot.status`: takes nothing.
pub struct Status;

/// How many problems are named; all are counted.
const NAMED: usize = 5;

/// How many repositories are named that fail for the same reason as one that is told of.
const LIKEWISE: usize = 3;

/// The repositories that a source leads to: how many, how many of them were never read, those that fail by their
/// reasons, and the first of those that are held back.
fn led(catalog: &Catalog, root: &str, now: u64) -> Value {
    let led = || {
        let all = catalog.sources().iter();
        all.filter(|state| state.facts.origin.as_deref() == Some(root))
    };
    let failing =
        led().filter_map(|state| Some((&*state.facts.name, state.facts.failing.as_ref()?)));
    let groups = alike(failing, |(_, failing)| &failing.reason);
    let failing_count: usize = groups.iter().map(Vec::len).sum();
    let failing: Vec<Value> = groups
        .iter()
        .take(NAMED)
        .filter_map(|group| {
            let ((name, failing), others) = group.split_first()?;
            let mut failing = json!({
                "name": name, "since": ago(now, failing.since), "reason": failing.reason,
            });
            let others: Vec<&str> = others.iter().map(|(name, _)| *name).collect();
            failing["others"] = likewise(&others);
            Some(failing)
        })
        .collect();
    let told: usize = groups.iter().take(NAMED).map(Vec::len).sum();
    let held: Vec<Value> = led()
        .filter_map(|state| {
            let held = state.facts.held.as_ref()?;
            Some(json!({
                "name": state.facts.name, "since": ago(now, held.since), "revision": held.revision.short(),
                "dropped": held.dropped, "of": held.of,
            }))
        })
        .collect();
    let unread = |state: &&Arc<SourceState>| state.is_unread();
    json!({
        "count": led().count(),
        "entities": led().map(|state| state.entity_count()).sum::<usize>(),
        "unread": led().filter(unread).count(),
        "failing_count": failing_count,
        "failing": failing,
        "failing_more": failing_count - told,
        "held_count": held.len(),
        "held": held.into_iter().take(NAMED).collect::<Vec<_>>(),
    })
}

/// The first of those that are in the same case as one that is told of, and how many more there are.
pub(super) fn likewise(names: &[&str]) -> Value {
    let first = &names[..names.len().min(LIKEWISE)];
    json!({ "named": first, "more": names.len() - first.len() })
}

#[async_trait]
impl Action for Status {
    fn name(&self) -> &'static str {
        "bot.status"
    }

    fn takes(&self) -> &'static [Param] {
        &[]
    }

    async fn run(&self, _call: &Call, context: &Context) -> Result<Value, Failure> {
        let catalog = context.catalog();
        let now = context.clock.millis();
        let sources: Vec<Value> = catalog
            .sources()
            .iter()
            .filter(|source| source.facts.origin.is_none())
            .map(|source| {
                let facts = &source.facts;
                json!({
                    "name": facts.name,
                    "place": facts.place,
                    "commit": facts.committed.and(facts.revision.as_ref()).map(Revision::short),
                    "committed": facts.committed.map(|time| ago(now, time)),
                    "read_at": facts.read_at.map(card::timestamp),
                    "age": facts.read_at.map(|time| ago(now, time)),
                    "files": source.files.len(),
                    "entities": source.entity_count(),
                    "led": led(&catalog, &facts.name, now),
                    "failing": facts.failing.as_ref().map(|failing| json!({
                        "since": ago(now, failing.since), "reason": failing.reason,
                    })),
                    "held": facts.held.as_ref().map(|held| json!({
                        "revision": held.revision.short(), "dropped": held.dropped, "of": held.of, "since": ago(now, held.since),
                    })),
                })
            })
            .collect();
        let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
        for entity in catalog.entities() {
            *kinds.entry(&entity.kind).or_default() += 1;
        }
        let mut counts: Vec<(&str, usize)> = kinds.into_iter().collect();
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let kinds: Vec<Value> = counts
            .into_iter()
            .map(|(kind, count)| json!({ "kind": kind, "count": count }))
            .collect();
        let (mut errors, mut warnings, mut named) = (0_usize, 0_usize, Vec::new());
        for (source, problem) in catalog.problems() {
            match problem.severity {
                Severity::Error => errors += 1,
                Severity::Warning => warnings += 1,
            }
            if named.len() < NAMED {
                named.push(json!({
                    "source": source.facts.name, "file": problem.file, "line": problem.line,
                    "rule": problem.rule, "message": problem.message, "severity": problem.severity,
                }));
            }
        }
        let more = (errors + warnings).saturating_sub(named.len());
        Ok(json!({
            "version": env!("CARGO_PKG_VERSION"),
            "store_failure": context.syncer.store_failure().map(|error| error.to_string()),
            "entities": catalog.len(),
            "kinds": kinds,
            "sources": sources,
            "problems": { "errors": errors, "warnings": warnings, "named": named, "more": more },
        }))
    }
}
