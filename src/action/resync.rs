//! Reading all sources now, and accepting what was held back.

use anyhow::Context as _;
use async_trait::async_trait;
use serde_json::{Value, json};

use super::status::likewise;
use super::{Action, Call, Context, Effect, Kind, Param};
use crate::catalog::sync::{Report, Request, alike};
use crate::failure::Failure;
use crate::message::markdown;
use crate::policy::{Deed, Weight};

/// `catalog.resync`: takes `what`, which may be `accept`.
pub struct Resync;

/// How many of the repositories that a source leads to are named when they cannot be read or are held back.
const NAMED: usize = 5;

/// The word that takes what was held back.
const ACCEPT: &str = "accept";

#[async_trait]
impl Action for Resync {
    fn name(&self) -> &'static str {
        "catalog.resync"
    }

    fn takes(&self) -> &'static [Param] {
        &[Param {
            name: "what",
            kind: Kind::Word,
            required: false,
        }]
    }

    fn effect(&self) -> Effect {
        Effect::Record
    }

    fn deed(&self, call: &Call, _context: &Context) -> Deed {
        if call.text("what").is_some_and(is_accept) {
            return Deed::new(&call.command, self.name(), Weight::Change).detail(ACCEPT);
        }
        Deed::new(&call.command, self.name(), Weight::Light)
    }

    async fn run(&self, call: &Call, context: &Context) -> Result<Value, Failure> {
        let accept = match call.text("what") {
            None => false,
            Some(word) if is_accept(word) => true,
            Some(other) => {
                let says = format!(
                    "`resync` reads all sources, and `resync accept` takes what was held back; I do not know what {} means there.",
                    markdown::code(other)
                );
                return Err(Failure::user(says));
            }
        };
        let catalog = context.catalog();
        let held = catalog
            .sources()
            .iter()
            .any(|source| source.facts.held.is_some());
        if accept && !held {
            return Err(
                Failure::user("Nothing is held back, so there is nothing to accept.")
                    .hint("`resync` alone reads all sources."),
            );
        }
        let request = Request {
            due_only: false,
            accept,
        };
        // In a task of its own, so that a slow source is read to its end even when the answer cannot wait for it.
        let syncer = context.syncer.clone();
        let task = tokio::spawn(async move { syncer.sync(request).await });
        let patience = context.config.limits.deadline.0.mul_f64(0.7);
        let Ok(ended) = tokio::time::timeout(patience, task).await else {
            return Ok(
                json!({ "running": true, "sources": [], "entities": context.catalog().len() }),
            );
        };
        let reports = ended.context("the sync ended in a panic")??;
        let sources: Vec<Value> = reports
            .iter()
            .filter(|report| report.origin.is_none())
            .map(|report| {
                let mut source = told(report);
                let led: Vec<&Report> = reports
                    .iter()
                    .filter(|led| led.origin.as_ref() == Some(&report.source))
                    .collect();
                let sum =
                    |count: fn(&Report) -> usize| led.iter().map(|led| count(led)).sum::<usize>();
                let failing = led
                    .iter()
                    .filter_map(|led| Some((&*led.source, led.error.as_deref()?)));
                let groups = alike(failing, |(_, error)| error);
                let held: Vec<&&Report> =
                    led.iter().filter(|led| led.held_back.is_some()).collect();
                let failing: Vec<Value> = groups.iter().take(NAMED).filter_map(failed).collect();
                let left = groups.iter().skip(NAMED).map(Vec::len).sum::<usize>();
                source["led"] = json!({
                    "count": led.len(),
                    "added": sum(|led| led.added),
                    "changed": sum(|led| led.changed),
                    "removed": sum(|led| led.removed),
                    "failing": failing,
                    "held": held.iter().take(NAMED).map(|led| told(led)).collect::<Vec<_>>(),
                    "more": left + held.len().saturating_sub(NAMED),
                });
                source
            })
            .collect();
        Ok(json!({ "running": false, "sources": sources, "entities": context.catalog().len() }))
    }
}

fn is_accept(word: &str) -> bool {
    word.eq_ignore_ascii_case(ACCEPT)
}

/// What cannot be read for one reason.
fn failed(group: &Vec<(&str, &str)>) -> Option<Value> {
    let ((name, error), others) = group.split_first()?;
    let others: Vec<&str> = others.iter().map(|(name, _)| *name).collect();
    Some(json!({ "name": name, "error": error, "others": likewise(&others) }))
}

/// What came of reading one source.
fn told(report: &Report) -> Value {
    json!({
        "name": report.source,
        "commit": report.commit.as_deref().map(|commit| commit.get(..8).unwrap_or(commit)),
        "files": report.files,
        "entities": report.entities,
        "added": report.added,
        "changed": report.changed,
        "removed": report.removed,
        "problems": report.problems,
        "held": report.held_back.as_ref().map(|held| json!({ "dropped": held.dropped, "of": held.of })),
        "error": report.error,
        "milliseconds": report.milliseconds,
    })
}
