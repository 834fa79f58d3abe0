//! What placeholders of descriptors point to, read before the descriptors are read for good.

use std::collections::HashMap;
use std::sync::Arc;

use super::super::descriptor::Scope;
use super::super::file::SourceFile;
use super::super::placeholder::Unfilled;
use super::super::source::{BlobId, Leaf};
use super::follow::Written;
use super::{Progress, blocking};

/// What placeholders lead to, by the file that they stand in and the target as it is written.
pub(super) type Targets = HashMap<(Arc<str>, Box<str>), Result<Leaf, Unfilled>>;

impl<'a> Progress<'a> {
    /// Whether the placeholders of a file still stand for what they stood for when it was read.
    pub(super) fn is_filled_the_same(&self, file: &SourceFile) -> bool {
        file.placeholders.iter().all(|placeholder| {
            let target = self.target(&file.path, &placeholder.target);
            let blob = target.map_or(BlobId::UNREAD, |leaf| leaf.blob);
            blob == placeholder.blob
        })
    }

    /// Reads files again whose placeholders point to others, when the contents of these are there.
    pub(super) async fn fill(&mut self, unfilled: &[(&'a Leaf, Scope)]) -> anyhow::Result<()> {
        let mut targets: Targets = HashMap::new();
        for (leaf, _) in unfilled {
            let Some(file) = self.files.get(&*leaf.path) else {
                continue;
            };
            for placeholder in &file.placeholders {
                let target = self.target(&leaf.path, &placeholder.target);
                targets.insert((leaf.path.clone(), placeholder.target.clone()), target);
            }
        }
        let leaves: Vec<&Leaf> = targets.values().flatten().collect();
        self.snapshot.contents.want(&leaves).await?;
        let filled = blocking(|| self.parse(unfilled, Some(&targets)));
        for ((leaf, _), mut file) in unfilled.iter().zip(filled) {
            for placeholder in &mut file.placeholders {
                let key = (leaf.path.clone(), placeholder.target.clone());
                let target = targets.get(&key).and_then(|target| target.as_ref().ok());
                placeholder.blob = target.map_or(BlobId::UNREAD, |leaf| leaf.blob);
            }
            self.files.insert(&leaf.path, Arc::new(file));
        }
        Ok(())
    }

    /// The file that a placeholder in the file at `path` points to.
    fn target(&self, path: &str, target: &str) -> Result<Leaf, Unfilled> {
        let Written::Path(full) = self.written(path, target) else {
            return Err(Unfilled::Elsewhere);
        };
        let full = full.ok_or("that leads out of the repository; write a path within it")?;
        let leaf = self.snapshot.contents.find(&full);
        leaf.filter(|leaf| !leaf.link)
            .ok_or_else(|| "there is no such file; correct the path".into())
    }
}
