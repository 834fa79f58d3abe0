//! The state of the bot: sources, commits, ages, counts, problems.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::{Action, Call, Context, Param, card};
use crate::catalog::problem::Severity;
use crate::catalog::source::Revision;
use crate::clock::ago;
use crate::failure::Failure;

/// `bot.status`: takes nothing.
pub struct Status;

/// How many problems are named; all are counted.
const NAMED: usize = 5;

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
            "entities": catalog.len(),
            "kinds": kinds,
            "sources": sources,
            "problems": { "errors": errors, "warnings": warnings, "named": named, "more": more },
        }))
    }
}
