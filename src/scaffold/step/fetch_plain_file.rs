//! `fetch:plain:file`: one file as it is.

use async_trait::async_trait;
use serde_json::{Map, Value};

use super::input::{Input, Kind};
use super::{Step, StepError, Work, path, text};
use crate::scaffold::tree::{Node, PLAIN};

/// The action.
pub struct PlainFile;

#[async_trait]
impl Step for PlainFile {
    fn name(&self) -> &'static str {
        "fetch:plain:file"
    }

    fn inputs(&self) -> &'static [Input] {
        const {
            &[
                Input::needed("url", Kind::Text),
                Input::needed("targetPath", Kind::Text),
                Input::optional("token", Kind::Text),
            ]
        }
    }

    async fn run(
        &self,
        input: &Map<String, Value>,
        work: &mut Work<'_>,
    ) -> Result<Map<String, Value>, StepError> {
        let target = path(input, "targetPath")?;
        let fetched = work
            .fetch
            .file(text(input, "url").unwrap_or_default())
            .await?;
        let mode = fetched.mode.unwrap_or(PLAIN);
        let content = fetched.content;
        work.tree.put(&target, Node::File { content, mode })?;
        Ok(Map::new())
    }
}
