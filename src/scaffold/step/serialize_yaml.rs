//! `roadiehq:utils:serialize:yaml`: an object as the text of YAML.

use async_trait::async_trait;
use serde_json::{Map, Value};

use super::input::{Input, Kind};
use super::{Step, StepError, Work, options, output};
use crate::scaffold::document::Document;
use crate::scaffold::yaml;

/// The action.
pub struct SerializeYaml;

#[async_trait]
impl Step for SerializeYaml {
    fn name(&self) -> &'static str {
        "roadiehq:utils:serialize:yaml"
    }

    fn inputs(&self) -> &'static [Input] {
        const {
            &[
                Input::needed("data", Kind::Object),
                // Taken, and never looked at.
                Input::optional("replacer", Kind::Texts),
                Input::optional("options", Kind::Object),
            ]
        }
    }

    fn outputs(&self) -> &'static [&'static str] {
        &["serialized"]
    }

    async fn run(
        &self,
        input: &Map<String, Value>,
        _: &mut Work<'_>,
    ) -> Result<Map<String, Value>, StepError> {
        let data = Document::from(input.get("data").unwrap_or(&Value::Null));
        let serialized = yaml::write(&data, &options(input)?).map_err(StepError)?;
        Ok(output("serialized", serialized))
    }
}
