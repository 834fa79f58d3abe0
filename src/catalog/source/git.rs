//! A git repository as a source: one fetch, one commit's tree, only the blobs that are wanted.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::Mutex;

use super::{BlobId, Configured, Content, Contents, Leaf, Revision, Selection, Snapshot, Source};
use crate::catalog::descriptor;
use crate::config::{ConfigError, SourceConfig};
use crate::git::{Blob, LeafKind, Login, Mirror, Objects, Remote, hex};

/// From so many files on it pays to fetch all of a commit's when they are most of them.
const MANY: usize = 5_000;

/// A repository by URL or path.
pub struct GitSource {
    remote: Remote,
    mirror: Mirror,
    selection: Selection,
    timeout: Duration,
    /// Whose credentials are used, of a repository that another source leads to.
    lender: Option<Arc<Configured>>,
    /// What was listed last, and of which commit.
    listed: Mutex<Option<(String, Vec<crate::git::Leaf>)>>,
}

impl GitSource {
    /// A repository that is mirrored in the given folder. The credentials are fetched from where they are kept
    /// at once, so that a missing one is told at the start.
    pub fn new(
        config: &SourceConfig,
        selection: Selection,
        mirror: PathBuf,
        timeout: Duration,
    ) -> Result<Self, ConfigError> {
        let login = match &config.password {
            Some(password) => Some(Login {
                username: config.username.clone().unwrap_or_else(|| "git".to_owned()),
                password: password.resolve()?,
            }),
            None => None,
        };
        let ssh_key = match &config.ssh_key {
            Some(key) => Some(key.path().map(ToOwned::to_owned).ok_or_else(|| {
                ConfigError::new(format!(
                    "the `ssh_key` of source {:?} must be written as file:PATH",
                    config.name
                ))
            })?),
            None => None,
        };
        if let Some(key) = ssh_key.as_deref().filter(|key| !key.exists()) {
            return Err(ConfigError::new(format!(
                "the `ssh_key` of source {:?} is not there: {}",
                config.name,
                key.display()
            )));
        }
        let remote = Remote {
            url: config.git.clone().unwrap_or_default(),
            branch: config.branch.clone(),
            login,
            ssh_key,
        };
        Ok(Self {
            remote,
            mirror: Mirror::at(mirror),
            selection,
            timeout,
            lender: None,
            listed: Mutex::default(),
        })
    }

    /// A repository that another source leads to.
    pub fn led(
        remote: Remote,
        lender: Option<Arc<Configured>>,
        selection: Selection,
        mirror: Mirror,
        timeout: Duration,
    ) -> Self {
        Self {
            remote,
            mirror,
            selection,
            timeout,
            lender,
            listed: Mutex::default(),
        }
    }

    /// The remote with the credentials that are good now.
    async fn remote(&self) -> anyhow::Result<Remote> {
        let mut remote = self.remote.clone();
        if let Some(lender) = &self.lender {
            remote.login = lender.source.login().await?;
            let lent = lender.source.history().await?;
            remote.ssh_key = lent.and_then(|(_, remote)| remote.ssh_key);
        }
        Ok(remote)
    }
}

#[async_trait]
impl Source for GitSource {
    async fn read(&self, since: Option<&Revision>) -> anyhow::Result<Option<Snapshot>> {
        let remote = self.remote().await?;
        let fetched = self.mirror.fetch(&remote, self.timeout).await?;
        if since.is_some_and(|since| since.0 == fetched.commit) {
            return Ok(None);
        }
        let mirror = self.mirror.clone();
        let selection = self.selection.clone();
        let commit = fetched.commit.clone();
        let before = self.listed.lock().await.take();
        let listing = tokio::task::spawn_blocking(move || {
            let objects = mirror.objects()?;
            let select = |path: &str| selection.lists(path);
            let since = before.and_then(|(other, leaves)| {
                objects.files_since((&other, &leaves), &commit, select).ok()
            });
            let leaves = since.map_or_else(|| objects.files(&commit, select), Ok)?;
            let committed = objects.committed(&commit);
            Ok::<_, crate::git::GitError>((objects, leaves, committed))
        });
        let (objects, leaves, committed) = match listing.await? {
            Ok(listing) => listing,
            Err(error) => {
                // A mirror that cannot be read is fetched anew at the next turn.
                self.mirror.forget()?;
                return Err(error.into());
            }
        };
        let files = leaves
            .iter()
            .map(|leaf| Leaf {
                path: leaf.path.clone(),
                blob: BlobId(leaf.blob),
                link: leaf.kind == LeafKind::Link,
            })
            .collect();
        *self.listed.lock().await = Some((fetched.commit.clone(), leaves));
        let contents = GitContents {
            objects,
            commit: fetched.commit.clone(),
            mirror: self.mirror.clone(),
            remote,
            timeout: self.timeout,
        };
        Ok(Some(Snapshot {
            revision: Revision(fetched.commit),
            committed,
            files,
            contents: Arc::new(contents),
            leads: Vec::new(),
            problems: Vec::new(),
        }))
    }

    async fn login(&self) -> anyhow::Result<Option<Login>> {
        Ok(self.remote.login.clone())
    }

    async fn history(&self) -> anyhow::Result<Option<(Mirror, Remote)>> {
        Ok(Some((self.mirror.clone(), self.remote().await?)))
    }

    fn forget(&self) {
        if let Err(error) = self.mirror.forget() {
            tracing::warn!(%error, "the copy of a repository that nothing leads to any longer cannot be deleted");
        }
    }
}

struct GitContents {
    objects: Objects,
    commit: String,
    mirror: Mirror,
    remote: Remote,
    timeout: Duration,
}

impl GitContents {
    /// Whether so many files are most of the commit's.
    async fn are_most(&self, files: usize) -> anyhow::Result<bool> {
        if files < MANY {
            return Ok(false);
        }
        let (objects, commit) = (self.objects.clone(), self.commit.clone());
        let count = move || {
            let all = AtomicUsize::new(0);
            let counted = objects.files(&commit, |_| {
                all.fetch_add(1, Ordering::Relaxed) == usize::MAX
            });
            counted.map(|_| all.into_inner())
        };
        let all = tokio::task::spawn_blocking(count).await??;
        Ok(files * 2 > all)
    }

    /// Those of the blobs that the mirror does not have, each once.
    async fn absent(&self, blobs: Vec<[u8; 20]>) -> anyhow::Result<Vec<[u8; 20]>> {
        // Opened anew, so that what was fetched in the meantime is seen.
        let objects = self.mirror.objects()?;
        let mut absent = tokio::task::spawn_blocking(move || objects.absent(&blobs)).await?;
        absent.sort_unstable();
        absent.dedup();
        Ok(absent)
    }
}

#[async_trait]
impl Contents for GitContents {
    async fn want(&self, files: &[&Leaf]) -> anyhow::Result<()> {
        let blobs: Vec<[u8; 20]> = files.iter().map(|leaf| leaf.blob.0).collect();
        let mut absent = self.absent(blobs).await?;
        if self.are_most(absent.len()).await? {
            // A remote that does not do this may still give the files one by one.
            if let Err(error) = self
                .mirror
                .fetch_files(&self.remote, &self.commit, self.timeout)
                .await
            {
                tracing::debug!(%error, "the files of a commit could not be fetched in one go");
            }
            absent = self.absent(absent).await?;
        }
        let ids: Vec<String> = absent.iter().map(hex).collect();
        self.mirror
            .fetch_blobs(&self.remote, &ids, self.timeout)
            .await?;
        Ok(())
    }

    fn reader(&self) -> Box<dyn FnMut(&Leaf) -> Content + Send> {
        let mut read = self.objects.reader(descriptor::MAX_FILE_SIZE as u64);
        Box::new(move |leaf| match read(&leaf.blob.0) {
            Blob::Bytes(bytes) => Content::Bytes(bytes),
            Blob::TooLarge(size) => Content::TooLarge(size),
            Blob::Absent => Content::Unreadable("git has no content for it".to_owned()),
        })
    }

    fn find(&self, path: &str) -> Option<Leaf> {
        let leaf = self.objects.file(&self.commit, path)?;
        Some(Leaf {
            path: leaf.path,
            blob: BlobId(leaf.blob),
            link: leaf.kind == LeafKind::Link,
        })
    }
}
