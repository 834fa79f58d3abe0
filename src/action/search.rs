//! Entities that go with some words and pass some filters.

use async_trait::async_trait;
use serde_json::{Value, json};

use super::{Action, Call, Context, Kind, Param, card, resolve};
use crate::catalog::Catalog;
use crate::catalog::filter::{Field, Filter, FilterError, Query};
use crate::catalog::index::Why;
use crate::clock::ago;
use crate::failure::Failure;
use crate::message::markdown;

/// `catalog.search`: takes `words`, filters among them, and a `page`.
pub struct Search;

/// How many are shown on a page.
const SHOWN: usize = 10;

#[async_trait]
impl Action for Search {
    fn name(&self) -> &'static str {
        "catalog.search"
    }

    fn takes(&self) -> &'static [Param] {
        &[
            Param {
                name: "words",
                kind: Kind::Text,
                required: true,
            },
            Param {
                name: "page",
                kind: Kind::Number,
                required: false,
            },
        ]
    }

    async fn run(&self, call: &Call, context: &Context) -> Result<Value, Failure> {
        let catalog = context.catalog();
        let typed = call.text("words").unwrap_or_default();
        let query = Query::read(typed).map_err(|error| refused(&error))?;
        let found = found(&catalog, call, &query);
        let pages = found.len().div_ceil(SHOWN).max(1);
        let page = call.number("page").unwrap_or(1).clamp(1, pages);
        let first = (page - 1) * SHOWN;
        let shown = &found[first..found.len().min(first + SHOWN)];
        let results: Vec<Value> = shown
            .iter()
            .filter_map(|(position, why)| {
                let listed = catalog.at(*position)?;
                let mut card = card::entity(listed.entity);
                card["why"] = json!(why.map(Why::words));
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
        for (position, _) in shown {
            let Some(listed) = catalog.at(*position) else {
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
            "typed": typed,
            "words": query.words,
            "filters": query.filters.iter().map(Filter::to_string).collect::<Vec<_>>(),
            "count": found.len(),
            "more": found.len() - first - shown.len(),
            "first": first + 1,
            "last": first + shown.len(),
            "next": page + 1,
            "results": results,
            "sources": sources,
            "total": catalog.len(),
        }))
    }
}

/// The positions of what goes with the words and passes the filters, best first; without words in the order of the
/// catalog, and nothing in particular speaks for any of it.
fn found(catalog: &Catalog, call: &Call, query: &Query) -> Vec<(u32, Option<Why>)> {
    let passes = |position: u32| {
        let listed = catalog.at(position);
        listed.is_some_and(|listed| query.passes(catalog, listed.entity))
    };
    if query.words.is_empty() {
        let positions = (0..).zip(catalog.entities());
        return positions
            .map(|(position, _)| (position, None))
            .filter(|(position, _)| passes(*position))
            .collect();
    }
    let matches = resolve::asking(&call.asker, Kind::Entity, |asking| {
        catalog.search(&query.words, asking, usize::MAX)
    });
    matches
        .into_iter()
        .filter(|found| passes(found.position))
        .map(|found| (found.position, Some(found.why)))
        .collect()
}

fn refused(error: &FilterError) -> Failure {
    let filter = |name: &str| markdown::code(&format!("{name}:"));
    match error {
        FilterError::Unknown { written, near } => {
            let known = Field::ALL.map(|field| filter(field.name())).join(", ");
            Failure::user(format!("I know no filter {}.", filter(written))).hint(format!(
                "Did you mean {}? There are {known}.",
                filter(near.name())
            ))
        }
        FilterError::Empty(field) => {
            let example = match field {
                Field::Kind => "kind:api",
                Field::Owner => "owner:payments-team",
                Field::Tag => "tag:java",
                Field::Lifecycle => "lifecycle:deprecated",
                Field::System => "system:checkout",
                Field::Type => "type:service",
                Field::Namespace => "namespace:default",
            };
            Failure::user(format!("Nothing stands behind {}.", filter(field.name()))).hint(format!(
                "Say it without a space, like {}.",
                markdown::code(example)
            ))
        }
    }
}
