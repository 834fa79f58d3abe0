//! `roadiehq:utils:fs:append`: adds to the end of a file.

use async_trait::async_trait;
use serde_json::{Map, Value};

use super::input::{Input, Kind};
use super::{Step, StepError, Work, output, path, text};
use crate::scaffold::tree::{Node, PLAIN};

/// The action.
pub struct Append;

#[async_trait]
impl Step for Append {
    fn name(&self) -> &'static str {
        "roadiehq:utils:fs:append"
    }

    fn inputs(&self) -> &'static [Input] {
        const {
            &[
                Input::needed("path", Kind::Text),
                Input::needed("content", Kind::Text),
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
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        if work.tree.get(folder).is_none() {
            return Err(StepError(format!(
                "There is no folder {folder:?} to put a file into."
            )));
        }
        let mut content = match work.tree.get(&path) {
            Some(Node::File { content, .. }) => content.clone(),
            _ => Vec::new(),
        };
        content.extend_from_slice(text(input, "content").unwrap_or_default().as_bytes());
        work.tree.write(&path, content, PLAIN)?;
        Ok(output("path", path))
    }
}
