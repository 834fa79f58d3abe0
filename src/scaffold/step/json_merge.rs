//! `roadiehq:utils:json:merge`: puts values into a file of JSON.

use async_trait::async_trait;
use serde_json::{Map, Value};

use super::input::{Input, Kind};
use super::serialize_json::serialized;
use super::{Step, StepError, Work, is_true, output, path};
use crate::scaffold::tree::PLAIN;

/// The action.
pub struct JsonMerge;

#[async_trait]
impl Step for JsonMerge {
    fn name(&self) -> &'static str {
        "roadiehq:utils:json:merge"
    }

    fn inputs(&self) -> &'static [Input] {
        const {
            &[
                Input::needed("path", Kind::Text),
                Input::needed("content", Kind::TextOrObject),
                Input::optional("mergeArrays", Kind::Boolean),
                Input::optional("matchFileIndent", Kind::Boolean),
            ]
        }
    }

    fn outputs(&self) -> &'static [&'static str] {
        &["path"]
    }

    async fn run(
        &self,
        input: &Map<String, Value>,
        work: &mut Work<'_>,
    ) -> Result<Map<String, Value>, StepError> {
        let path = path(input, "path")?;
        let there = if work.tree.exists(&path) {
            work.tree.text(&path)?
        } else {
            "{}".to_owned()
        };
        let read = |what: &str, text: &str| {
            serde_json::from_str::<Value>(text)
                .map_err(|error| StepError(format!("{what} is no JSON: {error}.")))
        };
        let mut merged = read(&format!("{path:?}"), &there)?;
        let content = match input.get("content") {
            Some(Value::String(text)) => read("The input `content`", text)?,
            Some(content) => content.clone(),
            None => Value::Null,
        };
        merge(&mut merged, content, is_true(input, "mergeArrays"));
        let indent = if is_true(input, "matchFileIndent") {
            indent(&there)
        } else {
            2
        };
        let written = serialized(&merged, &" ".repeat(indent));
        work.tree.write(&path, written.into_bytes(), PLAIN)?;
        Ok(output("path", path))
    }
}

/// Objects are merged at every depth; anything else takes the place of what was there.
fn merge(into: &mut Value, from: Value, joins_lists: bool) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                match into.get_mut(&key) {
                    Some(there) => merge(there, value, joins_lists),
                    None => {
                        into.insert(key, value);
                    }
                }
            }
        }
        (Value::Array(into), Value::Array(from)) if joins_lists => {
            for value in from {
                // Objects are never the same as others, whatever stands in them.
                let is_there = !value.is_object() && !value.is_array() && into.contains(&value);
                if !is_there {
                    into.push(value);
                }
            }
        }
        (into, from) => *into = from,
    }
}

/// By how many spaces the first indented line of a file is.
fn indent(text: &str) -> usize {
    let widths = text
        .lines()
        .map(|line| line.len() - line.trim_start_matches(' ').len());
    widths.into_iter().find(|width| *width > 0).unwrap_or(2)
}
