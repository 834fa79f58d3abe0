//! A template whose repository is in memory, as those that ship are.

use async_trait::async_trait;

use super::{Fetch, Fetched, beside, no_folder, nothing};
use crate::scaffold::tree::{Node, Tree, TreeError};

/// A template in a folder of files that are held in memory.
#[derive(Debug, Clone)]
pub struct Held {
    files: Tree,
    folder: String,
}

impl Held {
    /// The template in a folder, from the root of the files, like `rust-service`.
    pub fn new(files: Tree, folder: &str) -> Self {
        Self {
            files,
            folder: folder.to_owned(),
        }
    }
}

#[async_trait]
impl Fetch for Held {
    async fn folder(&self, url: &str) -> Result<Tree, TreeError> {
        let path = beside(&self.folder, url)?;
        match self.files.get(&path) {
            Some(Node::Folder) => Ok(self.files.below(&path)),
            Some(Node::File { .. } | Node::Link { .. }) => Err(no_folder(url)),
            None => Err(nothing(url)),
        }
    }

    async fn file(&self, url: &str) -> Result<Fetched, TreeError> {
        match self.files.get(&beside(&self.folder, url)?) {
            Some(Node::File { content, .. }) => Ok(Fetched {
                content: content.clone(),
                mode: None,
            }),
            _ => Err(nothing(url)),
        }
    }
}
