//! `roadiehq:utils:fs:parse`: reads a file, as text or as the data in it.

use async_trait::async_trait;
use serde_json::{Map, Value};

use super::input::{Input, Kind};
use super::{Step, StepError, Work, output, path, text};
use crate::scaffold::document::Document;

/// The action.
pub struct Parse;

#[async_trait]
impl Step for Parse {
    fn name(&self) -> &'static str {
        "roadiehq:utils:fs:parse"
    }

    fn inputs(&self) -> &'static [Input] {
        const {
            &[
                Input::needed("path", Kind::Text),
                Input::optional("parser", Kind::Text),
            ]
        }
    }

    fn outputs(&self) -> &'static [&'static str] {
        &["content"]
    }

    async fn run(
        &self,
        input: &Map<String, Value>,
        work: &mut Work<'_>,
    ) -> Result<Map<String, Value>, StepError> {
        let path = path(input, "path")?;
        let content = work.tree.text(&path)?;
        let content = match text(input, "parser") {
            None => content.into(),
            Some("yaml") => yaml(&path, &content)?.value(),
            Some("json") => json(&path, &content)?.value(),
            Some("multiyaml") => yamls(&path, &content)?
                .iter()
                .map(Document::value)
                .collect(),
            Some(parser) => {
                return Err(StepError(format!(
                    "`parser` must be `yaml`, `json` or `multiyaml`, not {parser:?}."
                )));
            }
        };
        Ok(output("content", content))
    }
}

/// The documents of a YAML stream; told is where it was read.
pub(super) fn yamls(place: &str, text: &str) -> Result<Vec<Document>, StepError> {
    Document::read_all(text).map_err(|fault| {
        StepError(format!(
            "{place}:{}:{}: {}",
            fault.line, fault.column, fault.message
        ))
    })
}

/// The one document of a YAML stream; where there is none, null.
pub(super) fn yaml(place: &str, text: &str) -> Result<Document, StepError> {
    let mut documents = yamls(place, text)?;
    match documents.len() {
        0 | 1 => Ok(documents
            .pop()
            .unwrap_or_else(|| Document::from(&Value::Null))),
        count => Err(StepError(format!(
            "{place} holds {count} documents, and one is wanted here."
        ))),
    }
}

/// JSON.
pub(super) fn json(place: &str, text: &str) -> Result<Document, StepError> {
    serde_json::from_str::<Value>(text)
        .map(|value| Document::from(&value))
        .map_err(|error| StepError(format!("{place} is no JSON: {error}.")))
}
