//! A plain folder as a source. Links are listed, never followed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use async_trait::async_trait;

use super::{BlobId, Content, Contents, Leaf, Revision, Selection, Snapshot, Source};
use crate::catalog::descriptor;
use crate::git::{blob_id, hex};

/// Folders that hold no descriptors of one's own and may be huge.
const SKIPPED: [&str; 3] = [".git", "node_modules", "target"];

/// A folder on disk.
pub struct FolderSource {
    root: PathBuf,
    selection: Selection,
}

impl FolderSource {
    /// The folder at `root`.
    pub fn new(root: PathBuf, selection: Selection) -> Self {
        Self { root, selection }
    }
}

#[async_trait]
impl Source for FolderSource {
    async fn read(&self, since: Option<&Revision>) -> anyhow::Result<Option<Snapshot>> {
        let root = self.root.clone();
        let selection = self.selection.clone();
        let files = tokio::task::spawn_blocking(move || list(&root, &selection)).await??;
        let mut all = Vec::with_capacity(files.len() * 64);
        for file in &files {
            all.extend_from_slice(file.path.as_bytes());
            all.push(0);
            all.extend_from_slice(&file.blob.0);
        }
        let revision = Revision(hex(&blob_id(&all)));
        if since == Some(&revision) {
            return Ok(None);
        }
        let contents = Arc::new(FolderContents {
            root: self.root.clone(),
        });
        Ok(Some(Snapshot {
            revision,
            committed: None,
            files,
            contents,
            leads: Vec::new(),
            problems: Vec::new(),
        }))
    }
}

fn list(root: &Path, selection: &Selection) -> anyhow::Result<Vec<Leaf>> {
    let mut files = Vec::new();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        let here = root.join(&folder);
        let entries = match fs::read_dir(&here) {
            Ok(entries) => entries,
            // A folder that vanished or is closed to us, below the root, hides nothing else.
            Err(_) if !folder.is_empty() => continue,
            Err(error) => {
                return Err(error)
                    .with_context(|| format!("the folder {} cannot be read", here.display()));
            }
        };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let (Some(name), Ok(kind)) = (name.to_str(), entry.file_type()) else {
                continue;
            };
            let path = format!("{folder}{name}");
            if kind.is_dir() {
                if !SKIPPED.contains(&name) {
                    folders.push(path + "/");
                }
            } else if selection.lists(&path) {
                let blob = if kind.is_symlink() {
                    BlobId([0; 20])
                } else {
                    identify(&entry.path())
                };
                files.push(Leaf {
                    path: path.into(),
                    blob,
                    link: kind.is_symlink(),
                });
            }
        }
    }
    files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

/// The id of a file's content; a file that is too large or cannot be read is told apart by its size alone.
fn identify(path: &Path) -> BlobId {
    match read(path) {
        Content::Bytes(bytes) => BlobId(blob_id(&bytes)),
        Content::TooLarge(size) => BlobId(blob_id(&size.to_le_bytes())),
        Content::Unreadable(_) => BlobId([0xff; 20]),
    }
}

fn read(path: &Path) -> Content {
    let read = || -> io::Result<Content> {
        let metadata = fs::symlink_metadata(path)?;
        if !metadata.is_file() {
            return Ok(Content::Unreadable("it is not a regular file".to_owned()));
        }
        if metadata.len() > descriptor::MAX_FILE_SIZE as u64 {
            return Ok(Content::TooLarge(metadata.len()));
        }
        fs::read(path).map(Content::Bytes)
    };
    read().unwrap_or_else(|error| Content::Unreadable(error.to_string()))
}

struct FolderContents {
    root: PathBuf,
}

#[async_trait]
impl Contents for FolderContents {
    async fn want(&self, _files: &[&Leaf]) -> anyhow::Result<()> {
        Ok(())
    }

    fn reader(&self) -> Box<dyn FnMut(&Leaf) -> Content + Send> {
        let root = self.root.clone();
        Box::new(move |leaf| read(&root.join(&*leaf.path)))
    }

    fn find(&self, path: &str) -> Option<Leaf> {
        let full = self.root.join(path);
        let kind = fs::symlink_metadata(&full).ok()?.file_type();
        // A folder on the way may be a link as well, and lead out.
        let inside = fs::canonicalize(&full)
            .ok()?
            .starts_with(fs::canonicalize(&self.root).ok()?);
        (kind.is_file() && inside).then(|| Leaf {
            path: path.into(),
            blob: identify(&full),
            link: false,
        })
    }
}
