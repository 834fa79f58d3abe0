//! A template in a git repository, as one commit has it.

use std::time::Duration;

use async_trait::async_trait;

use super::{Fetch, Fetched, beside, no_folder};
use crate::git::{Blob, GitError, Leaf, LeafKind, Mirror, Objects, Remote, hex};
use crate::scaffold::tree::{MOST_BYTES, Node, PLAIN, Tree, TreeError};

/// The mode of a file that can be run.
const EXECUTABLE: u32 = 0o755;

/// A template in a folder of a repository.
#[derive(Debug, Clone)]
pub struct Repository {
    mirror: Mirror,
    remote: Remote,
    commit: String,
    folder: String,
    timeout: Duration,
}

impl Repository {
    /// The template in a folder of a repository, from its root, as a commit has it that was fetched into the mirror. Contents
    /// that the mirror does not have are asked of the remote, which must answer within `timeout`.
    pub fn new(
        mirror: Mirror,
        remote: Remote,
        commit: String,
        folder: String,
        timeout: Duration,
    ) -> Self {
        Self {
            mirror,
            remote,
            commit,
            folder,
            timeout,
        }
    }

    /// Lists what stands at a path and below it. Only what is listed is fetched.
    async fn leaves(&self, path: &str) -> Result<(Objects, Vec<Leaf>), TreeError> {
        let (mirror, commit, path) = (self.mirror.clone(), self.commit.clone(), path.to_owned());
        let prefix = if path.is_empty() {
            String::new()
        } else {
            format!("{path}/")
        };
        let listing = tokio::task::spawn_blocking(move || {
            let objects = mirror.objects()?;
            let leaves = objects.files(&commit, |at| at == path || at.starts_with(&prefix))?;
            let blobs: Vec<[u8; 20]> = leaves.iter().map(|leaf| leaf.blob).collect();
            let absent = objects.absent(&blobs);
            Ok::<_, GitError>((objects, leaves, absent))
        });
        let (objects, leaves, mut absent) = listing
            .await
            .map_err(|error| failed(&error))?
            .map_err(|error| failed(&error))?;
        absent.sort_unstable();
        absent.dedup();
        let ids: Vec<String> = absent.iter().map(hex).collect();
        if ids.is_empty() {
            return Ok((objects, leaves));
        }
        self.mirror
            .fetch_older(&self.remote, &ids, self.timeout)
            .await
            .map_err(|error| failed(&error))?;
        // Opened anew, so that what was fetched is seen.
        let objects = self.mirror.objects().map_err(|error| failed(&error))?;
        Ok((objects, leaves))
    }

    /// What stands at a path and below it, by paths behind it.
    async fn read(&self, url: &str, path: &str) -> Result<Vec<(String, Node)>, TreeError> {
        let (objects, leaves) = self.leaves(path).await?;
        let (path, url) = (path.to_owned(), url.to_owned());
        let reading = tokio::task::spawn_blocking(move || {
            let mut read = objects.reader(MOST_BYTES as u64);
            let mut bytes = 0;
            let mut nodes = Vec::with_capacity(leaves.len());
            for leaf in leaves {
                let content = match read(&leaf.blob) {
                    Blob::Bytes(content) => content,
                    Blob::TooLarge(_) => return Err(too_large(&url)),
                    Blob::Absent => {
                        return Err(TreeError(format!(
                            "The content of {:?} cannot be had from its repository.",
                            leaf.path
                        )));
                    }
                };
                bytes += content.len();
                if bytes > MOST_BYTES {
                    return Err(too_large(&url));
                }
                let rest = leaf.path.strip_prefix(&path).unwrap_or(&leaf.path);
                let rest = rest.trim_start_matches('/').to_owned();
                let node = match leaf.kind {
                    LeafKind::Link => Node::Link {
                        target: String::from_utf8_lossy(&content).into_owned(),
                    },
                    LeafKind::File => Node::File {
                        content,
                        mode: PLAIN,
                    },
                    LeafKind::Executable => Node::File {
                        content,
                        mode: EXECUTABLE,
                    },
                };
                nodes.push((rest, node));
            }
            Ok(nodes)
        });
        reading.await.map_err(|error| failed(&error))?
    }
}

#[async_trait]
impl Fetch for Repository {
    async fn folder(&self, url: &str) -> Result<Tree, TreeError> {
        let path = beside(&self.folder, url)?;
        let nodes = self.read(url, &path).await?;
        if nodes.is_empty() {
            return Err(nothing(url));
        }
        let mut tree = Tree::default();
        for (path, node) in nodes {
            if path.is_empty() {
                return Err(no_folder(url));
            }
            tree.put(&path, node)?;
        }
        Ok(tree)
    }

    async fn file(&self, url: &str) -> Result<Fetched, TreeError> {
        let path = beside(&self.folder, url)?;
        let found = self.read(url, &path).await?.into_iter().next();
        match found {
            Some((path, Node::File { content, .. })) if path.is_empty() => Ok(Fetched {
                content,
                mode: None,
            }),
            _ => Err(nothing(url)),
        }
    }
}

fn nothing(url: &str) -> TreeError {
    TreeError(format!("There is nothing at {url:?} in the repository."))
}

fn failed(error: &dyn std::fmt::Display) -> TreeError {
    TreeError(format!("The repository cannot be read: {error}."))
}

fn too_large(url: &str) -> TreeError {
    TreeError(format!(
        "{url:?} holds more than {} MiB.",
        MOST_BYTES / 1024 / 1024
    ))
}
