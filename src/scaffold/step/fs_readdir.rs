//! `fs:readdir`: lists what is in folders.

use async_trait::async_trait;
use serde_json::{Map, Value, json};

use super::input::{Input, Kind};
use super::{Step, StepError, Work, is_true, texts};
use crate::scaffold::tree::{Node, Tree, TreeError, join, within};

/// The action.
pub struct ReadDir;

#[async_trait]
impl Step for ReadDir {
    fn name(&self) -> &'static str {
        "fs:readdir"
    }

    fn inputs(&self) -> &'static [Input] {
        const {
            &[
                Input::needed("paths", Kind::Texts),
                Input::optional("recursive", Kind::Boolean),
            ]
        }
    }

    fn outputs(&self) -> &'static [&'static str] {
        &["files", "folders"]
    }

    async fn run(
        &self,
        input: &Map<String, Value>,
        work: &mut Work<'_>,
    ) -> Result<Map<String, Value>, StepError> {
        let (mut files, mut folders) = (Vec::new(), Vec::new());
        for path in texts(input, "paths") {
            // The folder that was found last is looked into first, as by Node.
            let mut open = vec![within(&path)?];
            while let Some(folder) = open.pop() {
                work.go_on().await?;
                for (name, is_folder) in listed(work.tree, &folder)? {
                    let path = join(&folder, &name);
                    let element = json!({ "name": name, "path": path, "fullPath": path });
                    if is_folder {
                        folders.push(element);
                        open.push(path);
                    } else {
                        files.push(element);
                    }
                }
                if !is_true(input, "recursive") {
                    break;
                }
            }
        }
        Ok(Map::from_iter([
            ("files".to_owned(), files.into()),
            ("folders".to_owned(), folders.into()),
        ]))
    }
}

/// The names in a folder, and which of them are folders. Links are none.
fn listed(tree: &Tree, folder: &str) -> Result<Vec<(String, bool)>, TreeError> {
    let real = tree.followed(folder).unwrap_or_else(|| folder.to_owned());
    if tree.get(&real) != Some(&Node::Folder) {
        return Err(TreeError(format!("There is no folder {folder:?}.")));
    }
    let below = tree.nodes().filter_map(|(path, node)| {
        let rest = match real.as_str() {
            "" => path,
            real => path.strip_prefix(real)?.strip_prefix('/')?,
        };
        (!rest.contains('/')).then(|| (rest.to_owned(), *node == Node::Folder))
    });
    Ok(below.collect())
}
