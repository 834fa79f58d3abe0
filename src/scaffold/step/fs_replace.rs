//! `roadiehq:utils:fs:replace`: puts other text in the place of some in files.

use async_trait::async_trait;
use serde_json::{Map, Value};

use super::input::{Input, Kind};
use super::{Step, StepError, Work, is_true, path, text};
use crate::scaffold::expression::replace_all;
use crate::scaffold::pattern::Patterns;
use crate::scaffold::tree::PLAIN;

/// The action.
pub struct Replace;

const FILE: &[Input] = &[
    Input::needed("file", Kind::Text),
    Input::needed("find", Kind::Text),
    Input::needed("replaceWith", Kind::Text),
    Input::optional("matchRegex", Kind::Boolean),
    Input::optional("includeDotFiles", Kind::Boolean),
];

#[async_trait]
impl Step for Replace {
    fn name(&self) -> &'static str {
        "roadiehq:utils:fs:replace"
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[Input::needed("files", Kind::Objects(FILE))] }
    }

    async fn run(
        &self,
        input: &Map<String, Value>,
        work: &mut Work<'_>,
    ) -> Result<Map<String, Value>, StepError> {
        let files = input.get("files").and_then(Value::as_array);
        for file in files.into_iter().flatten().filter_map(Value::as_object) {
            let find = text(file, "find").unwrap_or_default();
            let replacement = text(file, "replaceWith").unwrap_or_default();
            if find.is_empty() || replacement.is_empty() {
                return Err(StepError(
                    "Each of `files` needs `find` and `replaceWith`, and neither may be empty."
                        .to_owned(),
                ));
            }
            let pattern = path(file, "file")?;
            let patterns = Patterns::read(&[pattern], work.tree);
            let with_dots = is_true(file, "includeDotFiles");
            let found: Vec<String> = work
                .tree
                .files()
                .filter(|(path, ..)| patterns.match_path(path) && (with_dots || !has_dot(path)))
                .map(|(path, ..)| path.to_owned())
                .collect();
            for path in found {
                work.go_on().await?;
                let before = work.tree.text(&path)?;
                let limits = work.surroundings.limits;
                let is_expression = is_true(file, "matchRegex");
                let after = replace_all(&before, find, is_expression, replacement, limits);
                work.tree
                    .write(&path, after.map_err(StepError)?.into_bytes(), PLAIN)?;
            }
        }
        Ok(Map::new())
    }
}

/// Whether a part of a path begins with a dot.
fn has_dot(path: &str) -> bool {
    path.split('/').any(|part| part.starts_with('.'))
}
