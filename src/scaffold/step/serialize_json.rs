//! `roadiehq:utils:serialize:json`: an object as the text of JSON.

use async_trait::async_trait;
use serde_json::{Map, Value};

use super::input::{Input, Kind};
use super::{Step, StepError, Work, output, text, texts};
use crate::scaffold::document::Document;

/// The action.
pub struct SerializeJson;

#[async_trait]
impl Step for SerializeJson {
    fn name(&self) -> &'static str {
        "roadiehq:utils:serialize:json"
    }

    fn inputs(&self) -> &'static [Input] {
        const {
            &[
                Input::needed("data", Kind::Object),
                Input::optional("replacer", Kind::Texts),
                Input::optional("space", Kind::Text),
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
        let mut data = input.get("data").cloned().unwrap_or_default();
        if input.contains_key("replacer") {
            keep(&mut data, &texts(input, "replacer"));
        }
        // JavaScript takes no more of it.
        let space: String = text(input, "space")
            .unwrap_or_default()
            .chars()
            .take(10)
            .collect();
        Ok(output("serialized", Document::from(&data).json(&space)))
    }
}

/// Leaves these keys alone, in their order, at every depth.
fn keep(value: &mut Value, keys: &[String]) {
    match value {
        Value::Object(entries) => {
            let mut kept = Map::new();
            for key in keys {
                if let Some(mut value) = entries.shift_remove(key) {
                    keep(&mut value, keys);
                    kept.insert(key.clone(), value);
                }
            }
            *entries = kept;
        }
        Value::Array(items) => items.iter_mut().for_each(|item| keep(item, keys)),
        _ => {}
    }
}
