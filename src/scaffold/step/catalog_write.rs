//! `catalog:write`: writes an entity, with the mark of the template that made it.

use async_trait::async_trait;
use serde_json::{Map, Value};

use super::input::{Input, Kind};
use super::{Step, StepError, Work, text};
use crate::scaffold::document::Document;
use crate::scaffold::tree::{PLAIN, within};
use crate::scaffold::yaml::{self, Style};

/// The action.
pub struct Write;

/// Which template made an entity.
const MARK: &str = "backstage.io/source-template";

#[async_trait]
impl Step for Write {
    fn name(&self) -> &'static str {
        "catalog:write"
    }

    fn inputs(&self) -> &'static [Input] {
        const {
            &[
                Input::needed("entity", Kind::Object),
                Input::optional("filePath", Kind::Text),
            ]
        }
    }

    async fn run(
        &self,
        input: &Map<String, Value>,
        work: &mut Work<'_>,
    ) -> Result<Map<String, Value>, StepError> {
        let path = within(text(input, "filePath").unwrap_or("catalog-info.yaml"))?;
        let mut entity = input.get("entity").cloned().unwrap_or_default();
        let Some(metadata) = entity.get_mut("metadata").and_then(Value::as_object_mut) else {
            return Err(StepError(
                "The entity of catalog:write needs `metadata`, an object with its name.".to_owned(),
            ));
        };
        let annotations = metadata
            .entry("annotations")
            .or_insert_with(|| Map::new().into());
        if annotations.is_null() {
            *annotations = Map::new().into();
        }
        let Some(annotations) = annotations.as_object_mut() else {
            return Err(StepError(
                "The `metadata.annotations` of the entity must be an object.".to_owned(),
            ));
        };
        annotations.insert(MARK.to_owned(), work.template.as_str().into());
        let written =
            yaml::write(&Document::from(&entity), &Style::default()).map_err(StepError)?;
        work.tree.write(&path, written.into_bytes(), PLAIN)?;
        Ok(Map::new())
    }
}
