//! What a posted link shows: what stands behind it, and whose it is, in short.

use async_trait::async_trait;
use serde_json::{Value, json};

use super::{Action, Argument, Call, Context, Kind, Param, card, named};
use crate::failure::Failure;

/// `catalog.preview`: takes `thing`, an entity, or whatever points to one.
pub struct Preview;

#[async_trait]
impl Action for Preview {
    fn name(&self) -> &'static str {
        "catalog.preview"
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
        let reference = call.entity("thing")?;
        let Some(listed) = catalog.get(reference) else {
            return Ok(json!({ "entity": card::reference(&catalog, reference) }));
        };
        let owner = listed.entity.owner.as_ref();
        Ok(json!({
            "entity": card::entity(listed.entity),
            "is_owner": matches!(reference.kind(), "group" | "user"),
            "owner": owner.map(|owner| card::contact(&catalog, owner)),
            "evidence": card::owner_evidence(listed, &context.clock),
        }))
    }
}
