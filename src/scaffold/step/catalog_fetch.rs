//! `catalog:fetch`: reads entities from the catalog.

use async_trait::async_trait;
use serde_json::{Map, Value};

use super::input::{Input, Kind};
use super::{Step, StepError, Work, is_true, text, texts};
use crate::catalog::EntityRef;

/// The action.
pub struct Fetch;

#[async_trait]
impl Step for Fetch {
    fn name(&self) -> &'static str {
        "catalog:fetch"
    }

    fn inputs(&self) -> &'static [Input] {
        const {
            &[
                Input::optional("entityRef", Kind::Text),
                Input::optional("entityRefs", Kind::Texts),
                Input::optional("optional", Kind::Boolean),
                Input::optional("defaultKind", Kind::Text),
                Input::optional("defaultNamespace", Kind::Text),
            ]
        }
    }

    fn asks_catalog(&self) -> bool {
        true
    }

    fn outputs(&self) -> &'static [&'static str] {
        &["entity", "entities"]
    }

    async fn run(
        &self,
        input: &Map<String, Value>,
        work: &mut Work<'_>,
    ) -> Result<Map<String, Value>, StepError> {
        let is_optional = is_true(input, "optional");
        let namespace = text(input, "defaultNamespace").unwrap_or("default");
        let find = |written: &str| {
            let reference = EntityRef::parse(written, text(input, "defaultKind"), namespace)
                .map_err(|error| StepError(format!("{error}.")))?;
            let entities = work.entities;
            match entities.and_then(|entities| entities.entity(&reference)) {
                None if !is_optional => Err(StepError(format!(
                    "The catalog has no {reference}: correct the reference, or write `optional: true`."
                ))),
                found => Ok(found.unwrap_or_default()),
            }
        };
        let mut outputs = Map::new();
        if let Some(reference) = text(input, "entityRef") {
            outputs.insert("entity".to_owned(), find(reference)?);
        }
        if input.contains_key("entityRefs") {
            let references = texts(input, "entityRefs");
            let found: Result<Vec<Value>, StepError> =
                references.iter().map(|reference| find(reference)).collect();
            outputs.insert("entities".to_owned(), found?.into());
        }
        if outputs.is_empty() && !is_optional {
            return Err(StepError(
                "catalog:fetch needs the input `entityRef` or `entityRefs`.".to_owned(),
            ));
        }
        Ok(outputs)
    }
}
