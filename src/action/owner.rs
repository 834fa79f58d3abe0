//! Who owns an entity, how to reach them, where that stands, and what is doubtful about it.

use async_trait::async_trait;
use serde_json::{Value, json};

use super::{Action, Argument, Call, Context, Kind, Param, card, evidence, named};
use crate::catalog::{Catalog, EntityRef, Listed};
use crate::failure::Failure;

/// `catalog.owner`: takes `thing`, an entity or a team, or whatever points to one.
pub struct Owner;

#[async_trait]
impl Action for Owner {
    fn name(&self) -> &'static str {
        "catalog.owner"
    }

    fn takes(&self) -> &'static [Param] {
        &[Param {
            name: "thing",
            kind: Kind::EntityOrPath,
            required: true,
        }]
    }

    async fn run(&self, call: &Call, context: &Context) -> Result<Value, Failure> {
        let catalog = context.catalog();
        if let Some(Argument::Text(text)) = call.arguments.get("thing") {
            return named::owners(&catalog, text, context).await;
        }
        Ok(about(&catalog, call.entity("thing")?, context).await)
    }
}

/// What is to be told of an entity and its owner.
pub(super) async fn about(catalog: &Catalog, reference: &EntityRef, context: &Context) -> Value {
    let Some(listed) = catalog.get(reference) else {
        return absent(catalog, reference);
    };
    let is_owner = matches!(reference.kind(), "group" | "user");
    let owner = listed.entity.owner.as_ref();
    let namesakes: Vec<Value> = catalog
        .namesakes(listed.position)
        .iter()
        .map(|other| card::reference(catalog, &other.entity.reference))
        .collect();
    let history = if is_owner {
        Value::Null
    } else {
        let found = evidence::of(catalog, listed, context).await;
        evidence::told(catalog, listed, &found, context.clock.millis())
    };
    json!({
        "entity": card::entity(listed.entity),
        "is_owner": is_owner,
        "owner": owner.map(|owner| card::contact(catalog, owner)),
        "self": is_owner.then(|| card::contact(catalog, reference)),
        "history": history,
        "evidence": card::owner_evidence(listed, &context.clock),
        "warnings": warnings(catalog, listed, owner),
        "namesakes": namesakes,
    })
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
            Some(group) if owner.kind() == "group" && catalog.is_memberless(owner) => {
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
