//! What nobody looks after: no owner, an owner that nobody knows, a team without members.

use std::collections::{BTreeMap, HashMap};

use async_trait::async_trait;
use serde_json::{Value, json};

use super::{Action, Call, Context, Kind, Param, card};
use crate::catalog::{Catalog, Entity, EntityRef, RelationType};
use crate::failure::Failure;

/// `catalog.unowned`: takes `system`, any entity with parts, to ask for what is in it alone.
pub struct Unowned;

/// The kinds that need an owner.
const OWNED: [&str; 6] = [
    "api",
    "component",
    "domain",
    "resource",
    "system",
    "template",
];

/// How many are named.
const NAMED: usize = 25;

#[async_trait]
impl Action for Unowned {
    fn name(&self) -> &'static str {
        "catalog.unowned"
    }

    fn takes(&self) -> &'static [Param] {
        &[Param {
            name: "system",
            kind: Kind::Entity,
            required: false,
        }]
    }

    async fn run(&self, call: &Call, context: &Context) -> Result<Value, Failure> {
        let catalog = context.catalog();
        let within = call.entity("system").ok();
        let mut memberless = HashMap::new();
        let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
        let mut systems: BTreeMap<(bool, Option<&EntityRef>), Vec<(&Entity, &str)>> =
            BTreeMap::new();
        let mut total = 0;
        for entity in catalog.entities() {
            let system = system(&catalog, entity);
            if !OWNED.contains(&entity.reference.kind()) || within.is_some_and(|within| system != Some(within)) {
                continue;
            }
            let Some(reason) = reason(&catalog, entity, &mut memberless) else {
                continue;
            };
            total += 1;
            *reasons.entry(reason).or_default() += 1;
            // What is in no system comes last.
            systems
                .entry((system.is_none(), system))
                .or_default()
                .push((entity, reason));
        }
        let mut left = NAMED;
        let systems: Vec<Value> = systems
            .into_iter()
            .map(|((_, system), found)| {
                let named: Vec<Value> = found
                    .iter()
                    .take(left)
                    .map(|(entity, reason)| line(&catalog, entity, reason))
                    .collect();
                left -= named.len();
                json!({
                    "system": system.map(|system| card::reference(&catalog, system)),
                    "count": found.len(),
                    "more": found.len() - named.len(),
                    "entities": named,
                })
            })
            .collect();
        Ok(json!({
            "within": within.map(|within| card::reference(&catalog, within)),
            "total": total,
            "reasons": reasons,
            "systems": systems,
        }))
    }
}
