//! Everything the catalog says about one entity.

use async_trait::async_trait;
use serde_json::{Map, Value, json};

use super::{Action, Call, Context, Kind, Param, card};
use crate::failure::Failure;

/// `catalog.show`: takes `thing`, an entity.
pub struct Show;

/// How many targets of one type of relation are named.
const NAMED: usize = 12;

#[async_trait]
impl Action for Show {
    fn name(&self) -> &'static str {
        "catalog.show"
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
        let listed = catalog.get(reference);
        let mut relations: Vec<Value> = Vec::new();
        let mut last: Option<(&str, Vec<Value>)> = None;
        for related in catalog.relations(reference) {
            let name = related.relation.as_str();
            let target = card::reference(&catalog, related.target);
            match &mut last {
                Some((current, targets)) if *current == name => targets.push(target),
                _ => {
                    relations.extend(last.take().map(group));
                    last = Some((name, vec![target]));
                }
            }
        }
        relations.extend(last.take().map(group));
        let annotations = listed
            .map(|listed| listed.entity.descriptor()["metadata"]["annotations"].clone())
            .unwrap_or_default();
        let annotations = annotations.as_object().cloned().unwrap_or_else(Map::new);
        let annotations: Vec<Value> = annotations
            .into_iter()
            .map(|(key, value)| json!({ "key": key, "value": value.as_str().map(card::cut) }))
            .collect();
        Ok(json!({
            "entity": listed.map_or_else(|| card::reference(&catalog, reference), |listed| card::entity(listed.entity)),
            "relations": relations,
            "annotations": annotations,
            "refused": listed.and_then(|listed| listed.entity.refused.clone()),
            "exists": listed.is_some(),
            "evidence": listed.map(|listed| card::evidence(listed, listed.entity.line, &context.clock)),
        }))
    }
}

fn group((name, targets): (&str, Vec<Value>)) -> Value {
    let more = targets.len().saturating_sub(NAMED);
    json!({ "type": name, "targets": targets.into_iter().take(NAMED).collect::<Vec<_>>(), "more": more })
}
