//! What a team or person owns.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::{Action, Call, Context, Kind, Param, card};
use crate::catalog::{Catalog, EntityRef, RelationType};
use crate::failure::Failure;

/// `catalog.owns`: takes `owner`, a group or user.
pub struct Owns;

/// How many entities of one kind are named.
const NAMED: usize = 25;

#[async_trait]
impl Action for Owns {
    fn name(&self) -> &'static str {
        "catalog.owns"
    }

    fn takes(&self) -> &'static [Param] {
        &[Param {
            name: "owner",
            kind: Kind::Owner,
            required: true,
        }]
    }

    async fn run(&self, call: &Call, context: &Context) -> Result<Value, Failure> {
        let catalog = context.catalog();
        let owner = call.entity("owner")?;
        let mut kinds: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
        let mut total = 0;
        for related in catalog.related(owner, RelationType::OwnerOf) {
            let Some(entity) = related.entity else {
                continue;
            };
            total += 1;
            kinds
                .entry(&entity.kind)
                .or_default()
                .push(card::entity(entity));
        }
        let kinds: Vec<Value> = kinds
            .into_iter()
            .map(|(kind, mut entities)| {
                let count = entities.len();
                entities.truncate(NAMED);
                json!({ "kind": kind, "count": count, "entities": entities, "more": count.saturating_sub(NAMED) })
            })
            .collect();
        let children: Vec<Value> = catalog
            .related(owner, RelationType::ParentOf)
            .map(|child| counted(&catalog, child.target))
            .collect();
        let teams: Vec<Value> = catalog
            .related(owner, RelationType::MemberOf)
            .map(|team| counted(&catalog, team.target))
            .collect();
        let listed = catalog.get(owner);
        Ok(json!({
            "owner": card::contact(&catalog, owner),
            "total": total,
            "kinds": kinds,
            "children": children,
            "teams": teams,
            "evidence": listed.map(|listed| card::evidence(listed, listed.entity.line, &context.clock)),
        }))
    }
}

/// A group with the number of things it owns: what [`card::reference`] gives, and `owns`.
fn counted(catalog: &Catalog, group: &EntityRef) -> Value {
    let mut card = card::reference(catalog, group);
    card["owns"] = json!(catalog.related(group, RelationType::OwnerOf).count());
    card
}
