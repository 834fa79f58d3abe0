//! `fs:rename`: files and folders of the workspace get other names.

use async_trait::async_trait;
use serde_json::{Map, Value};

use super::input::{Input, Kind};
use super::{Step, StepError, Work, is_true, path};
use crate::scaffold::tree::Node;

/// The action.
pub struct Rename;

const FILE: &[Input] = &[
    Input::needed("from", Kind::Text),
    Input::needed("to", Kind::Text),
    Input::optional("overwrite", Kind::Boolean),
];

#[async_trait]
impl Step for Rename {
    fn name(&self) -> &'static str {
        "fs:rename"
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
            work.go_on().await?;
            let from = path(file, "from")?;
            let to = path(file, "to")?;
            let Some(node) = work.tree.get(&from).cloned() else {
                return Err(StepError(format!(
                    "There is nothing at {from:?} in the workspace to be renamed."
                )));
            };
            if from == to {
                continue;
            }
            if to.starts_with(&format!("{from}/")) || from.is_empty() {
                return Err(StepError(format!(
                    "{from:?} cannot be moved into itself, to {to:?}."
                )));
            }
            if work.tree.get(&to).is_some() {
                if !is_true(file, "overwrite") {
                    return Err(StepError(format!(
                        "{to:?} is there already: write `overwrite: true` to have it replaced by {from:?}."
                    )));
                }
                work.tree.remove(&to);
            }
            let below = work.tree.below(&from);
            work.tree.remove(&from);
            if node == Node::Folder {
                work.tree.graft(&to, &below)?;
            } else {
                work.tree.place(&to, node)?;
            }
        }
        Ok(Map::new())
    }
}
