//! Who somebody is: their teams, what they own, how to reach them.

use async_trait::async_trait;
use serde_json::{Value, json};

use super::{Action, Call, Context, Kind, Param, card};
use crate::catalog::RelationType;
use crate::failure::Failure;

/// `catalog.person`: takes `person`, a user.
pub struct ShowPerson;

#[async_trait]
impl Action for ShowPerson {
    fn name(&self) -> &'static str {
        "catalog.person"
    }

    fn takes(&self) -> &'static [Param] {
        &[Param {
            name: "person",
            kind: Kind::Person,
            required: true,
        }]
    }

    async fn run(&self, call: &Call, context: &Context) -> Result<Value, Failure> {
        let catalog = context.catalog();
        let person = call.entity("person")?;
        let listed = catalog.get(person);
        let teams: Vec<Value> = catalog
            .related(person, RelationType::MemberOf)
            .map(|related| card::contact(&catalog, related.target))
            .collect();
        Ok(json!({
            "person": listed.map_or_else(|| card::reference(&catalog, person), |listed| card::entity(listed.entity)),
            "exists": listed.is_some(),
            "slack": listed.and_then(|listed| listed.entity.annotation("slack.com/user-id")),
            "matrix": listed.and_then(|listed| listed.entity.annotation("matrix.org/user-id")),
            "teams": teams,
            "owns": card::references(&catalog, person, RelationType::OwnerOf),
            "evidence": listed.map(|listed| card::evidence(listed, listed.entity.line, &context.clock)),
        }))
    }
}
