//! Entities that go with some words.

use async_trait::async_trait;
use serde_json::{Value, json};

use super::{Action, Call, Context, Kind, Param, card, resolve};
use crate::clock::ago;
use crate::failure::Failure;

/// `catalog.search`: takes `words`.
pub struct Search;

/// How many are shown.
const SHOWN: usize = 10;

#[async_trait]
impl Action for Search {
    fn name(&self) -> &'static str {
        "catalog.search"
    }

    fn takes(&self) -> &'static [Param] {
        &[Param {
            name: "words",
            kind: Kind::Text,
            required: true,
        }]
    }

    async fn run(&self, call: &Call, context: &Context) -> Result<Value, Failure> {
        let catalog = context.catalog();
        let words = call.text("words").unwrap_or_default();
        let found = resolve::asking(&call.asker, Kind::Entity, |asking| {
            catalog.search(words, asking, usize::MAX)
        });
        let results: Vec<Value> = found
            .iter()
            .take(SHOWN)
            .filter_map(|found| {
                let listed = catalog.at(found.position)?;
                let mut card = card::entity(listed.entity);
                card["why"] = json!(found.why.words());
                card["owner"] = json!(
                    listed
                        .entity
                        .owner
                        .as_ref()
                        .map(|owner| card::reference(&catalog, owner))
                );
                Some(card)
            })
            .collect();
        let mut sources: Vec<Value> = Vec::new();
        for found in found.iter().take(SHOWN) {
            let Some(listed) = catalog.at(found.position) else {
                continue;
            };
            let facts = &listed.source.facts;
            if sources
                .iter()
                .all(|source| source["name"] != json!(facts.name))
            {
                let now = context.clock.millis();
                sources.push(json!({
                    "name": facts.name,
                    "age": facts.read_at.map(|read| ago(now, read)),
                }));
            }
        }
        Ok(json!({
            "words": words,
            "count": found.len(),
            "more": found.len().saturating_sub(SHOWN),
            "results": results,
            "sources": sources,
            "total": catalog.len(),
        }))
    }
}
