//! What nobody looks after: no owner, an owner that nobody knows, a team without members.

use std::collections::{BTreeMap, HashMap};

use async_trait::async_trait;
use serde_json::{Value, json};

use super::{Action, Call, Context, Kind, Param, card};
use crate::catalog::{Catalog, Entity, EntityRef, RelationType};
use crate::failure::Failure;

/// `catalog.unowned`: takes `system`, any entity with parts, to ask for what is in it alone; `from`, the number of the first
/// one to name.
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
        &[
            Param {
                name: "system",
                kind: Kind::Entity,
                required: false,
            },
            Param {
                name: "from",
                kind: Kind::Number,
                required: false,
            },
        ]
    }

    async fn run(&self, call: &Call, context: &Context) -> Result<Value, Failure> {
        let catalog = context.catalog();
        let within = call.entity("system").ok();
        let mut memberless = HashMap::new();
        let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
        let mut systems: BTreeMap<(bool, Option<&EntityRef>), Vec<(&Entity, &str)>> =
            BTreeMap::new();
        let mut total: usize = 0;
        for entity in catalog.entities() {
            let system = system(&catalog, entity);
            if !OWNED.contains(&entity.reference.kind())
                || within.is_some_and(|within| system != Some(within))
            {
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
        let before = call.number("from").unwrap_or(1).saturating_sub(1);
        let (mut skip, mut left) = (before, NAMED);
        let systems: Vec<Value> = systems
            .into_iter()
            .filter_map(|((_, system), found)| {
                let skipped = skip.min(found.len());
                skip -= skipped;
                let named: Vec<Value> = found[skipped..]
                    .iter()
                    .take(left)
                    .map(|(entity, reason)| line(&catalog, entity, reason))
                    .collect();
                left -= named.len();
                // Systems of which nothing is named are left out: a big catalog has thousands.
                (!named.is_empty()).then(|| {
                    json!({
                        "system": system.map(|system| card::reference(&catalog, system)),
                        "count": found.len(),
                        "more": found.len() - skipped - named.len(),
                        "entities": named,
                    })
                })
            })
            .collect();
        Ok(json!({
            "within": within.map(|within| card::reference(&catalog, within)),
            "total": total,
            "reasons": reasons,
            "systems": systems,
            "more": total.saturating_sub(before.saturating_add(NAMED)),
            "next": (total > before.saturating_add(NAMED)).then_some(before.saturating_add(NAMED + 1)),
        }))
    }
}

/// The system or domain that an entity is a part of.
fn system<'a>(catalog: &'a Catalog, entity: &Entity) -> Option<&'a EntityRef> {
    catalog
        .related(&entity.reference, RelationType::PartOf)
        .map(|related| related.target)
        .find(|target| matches!(target.kind(), "system" | "domain"))
}

/// Why nobody looks after an entity; none where somebody does. Each team is asked for its members once.
fn reason<'a>(
    catalog: &Catalog,
    entity: &'a Entity,
    memberless: &mut HashMap<&'a EntityRef, bool>,
) -> Option<&'static str> {
    let Some(owner) = &entity.owner else {
        return Some("no-owner");
    };
    if catalog.get(owner).is_none() {
        return Some("unknown-owner");
    }
    let empty = owner.kind() == "group"
        && *memberless
            .entry(owner)
            .or_insert_with(|| catalog.is_memberless(owner));
    empty.then_some("empty-owner")
}

/// One entity in the list: what [`card::reference`] gives, `owner` and `reason`.
fn line(catalog: &Catalog, entity: &Entity, reason: &str) -> Value {
    let mut card = card::reference(catalog, &entity.reference);
    card["reason"] = json!(reason);
    card["owner"] = json!(
        entity
            .owner
            .as_ref()
            .map(|owner| card::reference(catalog, owner))
    );
    card
}
