//! `roadiehq:utils:json:merge`: puts values into a file of JSON.

use async_trait::async_trait;
use serde_json::{Map, Value};

use super::fs_parse::json;
use super::input::{Input, Kind};
use super::merge::{content, put};
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
        let mut document = json(&format!("{path:?}"), &there)?;
        let content = content(input, json)?;
        put(
            &path,
            &mut document,
            &content,
            is_true(input, "mergeArrays"),
        )?;
        let indent = if is_true(input, "matchFileIndent") {
            indent(&there)
        } else {
            2
        };
        let written = document.json(&" ".repeat(indent));
        work.tree.write(&path, written.into_bytes(), PLAIN)?;
        Ok(output("path", path))
    }
}

/// By how many spaces the first indented line of a file is.
fn indent(text: &str) -> usize {
    let widths = text
        .lines()
        .map(|line| line.len() - line.trim_start_matches(' ').len());
    widths.into_iter().find(|width| *width > 0).unwrap_or(2)
}
