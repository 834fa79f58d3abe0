//! Who owns an entity, how to reach them, where that stands, and what is doubtful about it.

use async_trait::async_trait;
use serde_json::{Value, json};

use super::{Action, Call, Context, Kind, Param, card};
use crate::catalog::{Catalog, EntityRef, Listed, RelationType};
use crate::failure::Failure;

/// `catalog.owner`: takes `thing`, an entity or a team.
pub struct Owner;

#[async_trait]
impl Action for Owner {
    fn name(&self) -> &'static str {
        "catalog.owner"
    }

    fn takes(&self) -> &'static [Param] {
        &[Param {
            name: "thing",
            kind: Kind::Entity,
            required: true,
        }]
    }

    async fn run(&self, call: &Call, context: &Context) -> Result<Value, Failure> {
        let catalog = context.catalog();
        let reference = call.entity("thing")?;
        let Some(listed) = catalog.get(reference) else {
            return Ok(absent(&catalog, reference));
        };
        let is_owner = matches!(reference.kind(), "group" | "user");
        let owner = listed.entity.owner.as_ref();
        let namesakes: Vec<Value> = catalog
            .namesakes(listed.position)
            .iter()
            .map(|other| card::reference(&catalog, &other.entity.reference))
            .collect();
        Ok(json!({
            "entity": card::entity(listed.entity),
            "is_owner": is_owner,
            "owner": owner.map(|owner| card::contact(&catalog, owner)),
            "self": is_owner.then(|| card::contact(&catalog, reference)),
            "evidence": card::owner_evidence(listed, &context.clock),
            "warnings": warnings(&catalog, listed, owner),
            "namesakes": namesakes,
        }))
    }
}

/// A group or user that others refer to, but that has no entity.
fn absent(catalog: &Catalog, reference: &EntityRef) -> Value {
    json!({
        "entity": card::reference(catalog, reference),
        "is_owner": true,
        "owner": Value::Null,
        "self": card::reference(catalog, reference),
        "evidence": Value::Null,
        "warnings": [{ "rule": "no-entity" }],
        "namesakes": [],
    })
}

/// What a person should know before relying on the answer; each has a `rule` that the body puts into words.
fn warnings(catalog: &Catalog, listed: Listed<'_>, owner: Option<&EntityRef>) -> Vec<Value> {
    let mut warnings = Vec::new();
    if let Some(owner) = owner {
        match catalog.get(owner) {
            None => warnings
                .push(json!({ "rule": "unknown-owner", "owner": owner, "kind": owner.kind() })),
            Some(group) if owner.kind() == "group" && nobody_in(catalog, owner) => {
                warnings
                    .push(json!({ "rule": "empty-owner", "owner": group.entity.display_name() }));
            }
            Some(_) => {}
        }
    }
    if listed.entity.lifecycle.as_deref() == Some("deprecated") {
        let successor = listed.entity.annotation("callboard/successor");
        let successor =
            successor.and_then(|text| EntityRef::parse(&text, Some("component"), "default").ok());
        let successor = successor.map(|reference| card::reference(catalog, &reference));
        warnings.push(json!({ "rule": "deprecated", "successor": successor }));
    }
    if let Some(why) = &listed.entity.refused {
        warnings.push(json!({ "rule": "refused", "why": why }));
    }
    if listed.stale.is_some() {
        warnings.push(json!({ "rule": "stale" }));
    }
    warnings
}

/// Whether neither the group nor any group below it has a member.
fn nobody_in(catalog: &Catalog, group: &EntityRef) -> bool {
    let mut groups = vec![group.clone()];
    let mut next = 0;
    while let Some(group) = groups.get(next).cloned() {
        if catalog
            .related(&group, RelationType::HasMember)
            .next()
            .is_some()
        {
            return false;
        }
        for child in catalog.related(&group, RelationType::ParentOf) {
            if !groups.contains(child.target) {
                groups.push(child.target.clone());
            }
        }
        next += 1;
    }
    true
}
