//! Who is in a team, how to reach it, and what it owns with the teams below it.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use serde_json::{Value, json};

use super::{Action, Call, Context, Kind, Param, card};
use crate::catalog::{Catalog, EntityRef, RelationType};
use crate::failure::Failure;

/// `catalog.team`: takes `team`, a group.
pub struct ShowTeam;

/// How many members and how many teams below are named.
const NAMED: usize = 25;

#[async_trait]
impl Action for ShowTeam {
    fn name(&self) -> &'static str {
        "catalog.team"
    }

    fn takes(&self) -> &'static [Param] {
        &[Param {
            name: "team",
            kind: Kind::Group,
            required: true,
        }]
    }

    async fn run(&self, call: &Call, context: &Context) -> Result<Value, Failure> {
        let catalog = context.catalog();
        let group = call.entity("team")?;
        let mut team = card::contact(&catalog, group);
        let (mut unknown, mut more) = (0, 0);
        if let Some(members) = team["members"].as_array_mut() {
            unknown = members
                .iter()
                .filter(|member| member["exists"] == false)
                .count();
            more = members.len().saturating_sub(NAMED);
            members.truncate(NAMED);
        }
        let children: Vec<&EntityRef> = catalog
            .related(group, RelationType::ParentOf)
            .map(|child| child.target)
            .collect();
        let below: Vec<Value> = children
            .iter()
            .take(NAMED)
            .map(|child| {
                let mut card = card::reference(&catalog, child);
                card["owns"] = owned(&catalog, &catalog.groups_from(child));
                card
            })
            .collect();
        let listed = catalog.get(group);
        Ok(json!({
            "team": team,
            "more_members": more,
            "unknown_members": unknown,
            "owns": owned(&catalog, std::slice::from_ref(group)),
            "owns_with_below": owned(&catalog, &catalog.groups_from(group)),
            "below": below,
            "more_below": children.len().saturating_sub(NAMED),
            "evidence": listed.map(|listed| card::evidence(listed, listed.entity.line, &context.clock)),
        }))
    }
}

/// How much these groups own together: `total`, and `kinds` with the `count` of each.
fn owned(catalog: &Catalog, groups: &[EntityRef]) -> Value {
    let entities: BTreeSet<&EntityRef> = groups
        .iter()
        .flat_map(|group| catalog.related(group, RelationType::OwnerOf))
        .filter_map(|related| related.entity.map(|_| related.target))
        .collect();
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for entity in &entities {
        if let Some(listed) = catalog.get(entity) {
            *kinds.entry(&listed.entity.kind).or_default() += 1;
        }
    }
    let kinds: Vec<Value> = kinds
        .into_iter()
        .map(|(kind, count)| json!({ "kind": kind, "count": count }))
        .collect();
    json!({ "total": entities.len(), "kinds": kinds })
}
