//! `roadiehq:utils:serialize:json`: an object as the text of JSON.

use async_trait::async_trait;
use serde::Serialize as _;
use serde_json::ser::{PrettyFormatter, Serializer};
use serde_json::{Map, Value};

use super::input::{Input, Kind};
use super::{Step, StepError, Work, output, text, texts};

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
        Ok(output("serialized", serialized(&data, &space)))
    }
}

/// JSON as JavaScript writes it, indented by this text; in one line where it is empty.
pub(super) fn serialized(value: &Value, indent: &str) -> String {
    if indent.is_empty() {
        return value.to_string();
    }
    let mut bytes = Vec::new();
    let formatter = PrettyFormatter::with_indent(indent.as_bytes());
    let mut serializer = Serializer::with_formatter(&mut bytes, formatter);
    // Writing values into memory cannot fail.
    let _ = value.serialize(&mut serializer);
    String::from_utf8_lossy(&bytes).into_owned()
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
