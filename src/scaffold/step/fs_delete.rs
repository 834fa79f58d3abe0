//! `fs:delete`: files of the workspace, by patterns.

use async_trait::async_trait;
use serde_json::{Map, Value};

use super::input::{Input, Kind};
use super::{Step, StepError, Work, texts};
use crate::scaffold::pattern::Patterns;
use crate::scaffold::tree::{Node, within};

/// The action.
pub struct Delete;

#[async_trait]
impl Step for Delete {
    fn name(&self) -> &'static str {
        "fs:delete"
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[Input::needed("files", Kind::Texts)] }
    }

    /// Files alone are taken away: the folders that they stood in stay, as they do with Backstage.
    async fn run(
        &self,
        input: &Map<String, Value>,
        work: &mut Work<'_>,
    ) -> Result<Map<String, Value>, StepError> {
        for file in texts(input, "files") {
            work.go_on().await?;
            let pattern = within(&file.replace('\\', "/"))?;
            let pattern = if pattern.is_empty() {
                "**".to_owned()
            } else {
                pattern
            };
            // A pattern that takes away means a file of that name here.
            let pattern = pattern
                .strip_prefix('!')
                .map_or(pattern.clone(), |rest| format!("\\!{rest}"));
            let patterns = Patterns::read(&[pattern], work.tree);
            let gone: Vec<String> = work
                .tree
                .nodes()
                .filter(|(path, node)| **node != Node::Folder && patterns.match_path(path))
                .map(|(path, _)| path.to_owned())
                .collect();
            for path in gone {
                work.tree.remove(&path);
            }
        }
        Ok(Map::new())
    }
}
