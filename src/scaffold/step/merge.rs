//! `roadiehq:utils:merge`: puts values into a file of JSON or YAML.

use async_trait::async_trait;
use serde_json::{Map, Value};

use super::fs_parse::{json, yaml, yamls};
use super::input::{Input, Kind};
use super::{Step, StepError, Work, is_true, options, output, path};
use crate::scaffold::document::{Document, Node};
use crate::scaffold::tree::{PLAIN, extension};
use crate::scaffold::yaml;

/// The action.
pub struct Merge;

/// What errors call the content by.
pub(super) const CONTENT: &str = "The input `content`";

/// What tells which document of several is meant.
const FIELD: &[Input] = &[
    Input::needed("key", Kind::Text),
    Input::needed("value", Kind::Text),
];

#[async_trait]
impl Step for Merge {
    fn name(&self) -> &'static str {
        "roadiehq:utils:merge"
    }

    fn inputs(&self) -> &'static [Input] {
        const {
            &[
                Input::needed("path", Kind::Text),
                Input::needed("content", Kind::TextOrObject),
                Input::optional("mergeArrays", Kind::Boolean),
                Input::optional("preserveYamlComments", Kind::Boolean),
                Input::optional("useDocumentIncludingField", Kind::Parts(FIELD)),
                Input::optional("options", Kind::Object),
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
        let style = options(input)?;
        let there = work.tree.text(&path)?;
        let joins_lists = is_true(input, "mergeArrays");
        let merged = match extension(&path) {
            ".json" => {
                let mut document = yaml(&path, &there)?;
                let content = content(input, json)?;
                put(&path, &mut document, &content, joins_lists)?;
                document.json("  ")
            }
            ".yml" | ".yaml" if is_true(input, "preserveYamlComments") => {
                return Err(StepError(format!(
                    "Comments cannot be kept here: leave `preserveYamlComments` out, and those of {path:?} are lost."
                )));
            }
            ".yml" | ".yaml" => {
                let content = content(input, yaml)?;
                let mut documents = yamls(&path, &there)?;
                let chosen = chosen(&path, &documents, input)?;
                for (document, is_chosen) in documents.iter_mut().zip(chosen) {
                    if is_chosen {
                        put(&path, document, &content, joins_lists)?;
                    }
                }
                let written: Result<Vec<String>, String> = documents
                    .iter()
                    .map(|document| yaml::write(document, &style))
                    .collect();
                written.map_err(StepError)?.join("---\n")
            }
            _ => {
                work.log.push(format!(
                    "{path:?} ends neither in .json nor in .yml or .yaml, so nothing is merged into it."
                ));
                return Ok(Map::new());
            }
        };
        work.tree.write(&path, merged.into_bytes(), PLAIN)?;
        Ok(output("path", path))
    }
}

/// What is to be merged.
pub(super) fn content(
    input: &Map<String, Value>,
    read: fn(&str, &str) -> Result<Document, StepError>,
) -> Result<Document, StepError> {
    match input.get("content") {
        Some(Value::String(text)) => read(CONTENT, text),
        content => Ok(Document::from(content.unwrap_or(&Value::Null))),
    }
}

/// Merges, or says what stands in the way.
pub(super) fn put(
    path: &str,
    document: &mut Document,
    content: &Document,
    joins_lists: bool,
) -> Result<(), StepError> {
    let done = document.merge(content, joins_lists);
    done.map_err(|why| StepError(format!("Nothing can be merged into {path:?}: {why}.")))
}

/// Which documents are meant: the only one, or those that a field tells.
fn chosen(
    path: &str,
    documents: &[Document],
    input: &Map<String, Value>,
) -> Result<Vec<bool>, StepError> {
    match documents.len() {
        0 => {
            return Err(StepError(format!(
                "{path:?} holds no document to merge anything into."
            )));
        }
        1 => return Ok(vec![true]),
        _ => {}
    }
    let Some(field) = input.get("useDocumentIncludingField") else {
        return Err(StepError(format!(
            "{path:?} holds {} documents: say by `useDocumentIncludingField` which is meant.",
            documents.len()
        )));
    };
    let (key, value) = (&field["key"], &field["value"]);
    let key = key.as_str().unwrap_or_default();
    let chosen = documents.iter().map(|document| match document.get(key) {
        Some(Node::Text(text)) => Ok(text.as_str() == value),
        Some(Node::Number(number)) => Ok(crate::catalog::number_text(*number).as_str() == value),
        _ => Err(StepError(format!(
            "Each document of {path:?} must hold a text or a number at {key:?}, the key of `useDocumentIncludingField`."
        ))),
    });
    chosen.collect()
}
