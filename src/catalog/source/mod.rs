//! Where descriptors come from: a source lists the files of one revision and hands out their contents.

pub mod backstage;
pub mod folder;
pub mod git;
mod lead;
pub mod organisation;
mod reach;
mod selection;

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;

use super::location::Forge;
use super::problem::Problem;
use crate::config::{ConfigError, Origin, SourceConfig};
use crate::git::{Login, Mirror, Remote};
pub use lead::{Gathered, Lead, Pointed};
pub use reach::Reach;
pub use selection::{Selection, glob};

/// What names one state of a source: a commit's id, or a digest of a folder's files.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Revision(pub String);

impl Revision {
    /// The first eight digits, as people quote commits.
    pub fn short(&self) -> &str {
        self.0.get(..8).unwrap_or(&self.0)
    }
}

/// A blob's id as git computes it, whatever the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BlobId(pub [u8; 20]);

impl BlobId {
    /// The id of no content at all.
    pub const UNREAD: Self = Self([0; 20]);
}

/// One file of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    /// The path from the root of the source, with `/`.
    pub path: Arc<str>,
    /// The id of its content.
    pub blob: BlobId,
    /// A symbolic link, which is never followed.
    pub link: bool,
}

/// The content of a file, if it may be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// The bytes.
    Bytes(Vec<u8>),
    /// The size in bytes of a file that is over the limit.
    TooLarge(u64),
    /// The content could not be read.
    Unreadable(String),
}

/// One revision of a source.
pub struct Snapshot {
    /// Which one.
    pub revision: Revision,
    /// When it was committed, in milliseconds since the Unix epoch, where there are commits.
    pub committed: Option<u64>,
    /// The files that may be descriptors, sorted by path.
    pub files: Vec<Leaf>,
    /// Their contents.
    pub contents: Arc<dyn Contents>,
    /// The repositories that this source leads to: those of an organisation. Each becomes a source of its own.
    pub leads: Vec<Lead>,
    /// What is wrong beyond its files: what an organisation does not show.
    pub problems: Vec<Problem>,
}

/// The contents of a snapshot's files.
#[async_trait]
pub trait Contents: Send + Sync {
    /// Makes sure that the files can be read without the network, in one batch.
    async fn want(&self, files: &[&Leaf]) -> anyhow::Result<()>;

    /// A reader for one thread.
    fn reader(&self) -> Box<dyn FnMut(&Leaf) -> Content + Send>;

    /// The file of this path, whether the snapshot lists it or not; none where there is no such file, or where files
    /// stand beside no others.
    fn find(&self, _path: &str) -> Option<Leaf> {
        None
    }
}

/// A source of descriptors.
#[async_trait]
pub trait Source: Send + Sync {
    /// Reads the newest revision; `None` when it is the one given.
    async fn read(&self, since: Option<&Revision>) -> anyhow::Result<Option<Snapshot>>;

    /// Whether its entities were processed by a Backstage already: Locations are followed, and what was refused is not here.
    fn is_processed(&self) -> bool {
        false
    }

    /// The credentials for the repositories on its host, as they are good now; none where it has none.
    async fn login(&self) -> anyhow::Result<Option<Login>> {
        Ok(None)
    }

    /// The repository behind it with its whole history, for evidence, and the remote with the credentials that are good
    /// now; `None` where there is none.
    async fn history(&self) -> anyhow::Result<Option<(Mirror, Remote)>> {
        Ok(None)
    }

    /// Throws away what it keeps on disk: nothing leads to it any longer.
    fn forget(&self) {}
}

/// A source and how to reach it: one of the configuration, or one that another leads to.
#[derive(Clone)]
pub struct Configured {
    /// Its name in answers.
    pub name: String,
    /// The key of its entries in the store: the name and a digest of where it points and what it includes, so that a
    /// source which is pointed elsewhere starts afresh.
    pub key: String,
    /// Where it points, without credentials: a URL or a path.
    pub place: String,
    /// The branch that is named in links.
    pub branch: Option<String>,
    /// The software of its forge, where that is known better than its host's name tells.
    pub forge: Option<Forge>,
    /// Whether reading it crosses no network.
    pub local: bool,
    /// Which files are read first.
    pub selection: Selection,
    /// The globs that chose the files; none is the default discovery.
    pub include: Vec<String>,
    /// What Locations of other sources point to in it.
    pub targets: Vec<Pointed>,
    /// Whether nothing else of it is read.
    pub only_targets: bool,
    /// What reads it.
    pub source: Arc<dyn Source>,
}

impl Configured {
    /// Prepares a source. Mirrors of repositories are kept below `data`; `timeout` bounds one read.
    pub fn new(
        config: &SourceConfig,
        data: &Path,
        timeout: std::time::Duration,
    ) -> Result<Self, ConfigError> {
        let origin = config.origin()?;
        let place = match origin {
            Origin::Folder(folder) => folder.display().to_string(),
            Origin::Git(url) | Origin::Backstage(url) => url.to_owned(),
            Origin::Github(_) | Origin::Gitlab(_) | Origin::Forgejo(_) => {
                organisation::OrganisationSource::place(config)
            }
        };
        let branch = config.branch.as_deref();
        let key = key(&config.name, &place, branch, &config.include);
        let forge = match origin {
            Origin::Github(_) => Some(Forge::GitHub),
            Origin::Gitlab(_) => Some(Forge::GitLab),
            Origin::Forgejo(_) => Some(Forge::Gitea),
            Origin::Git(_) | Origin::Folder(_) | Origin::Backstage(_) => None,
        };
        // What is included of an organisation is for its repositories.
        let include = if forge.is_some() {
            Vec::new()
        } else {
            config.include.clone()
        };
        let selection = match origin {
            Origin::Github(_) | Origin::Gitlab(_) | Origin::Forgejo(_) => {
                organisation::OrganisationSource::selection()?
            }
            // Every generated file is an entity.
            Origin::Backstage(_) if config.include.is_empty() => {
                Selection::new(&["**".to_owned()])?
            }
            _ => Selection::new(&config.include)?,
        };
        let source: Arc<dyn Source> = match origin {
            Origin::Folder(folder) => {
                let folder = folder.to_owned();
                Arc::new(folder::FolderSource::new(folder, selection.clone()))
            }
            Origin::Git(_) => {
                let mirror = data.join("git").join(&key);
                let selection = selection.clone();
                Arc::new(git::GitSource::new(config, selection, mirror, timeout)?)
            }
            Origin::Backstage(_) => Arc::new(backstage::BackstageSource::new(config)?),
            Origin::Github(_) | Origin::Gitlab(_) | Origin::Forgejo(_) => Arc::new(
                organisation::OrganisationSource::new(config, forge, timeout)?,
            ),
        };
        Ok(Self {
            name: config.name.clone(),
            key,
            local: matches!(origin, Origin::Folder(_))
                || Path::new(&place).exists()
                || place.starts_with("file:"),
            place,
            branch: config.branch.clone(),
            forge,
            selection,
            include,
            targets: Vec::new(),
            only_targets: false,
            source,
        })
    }

    /// Prepares the repository that a source leads to; `lender` is whose credentials are good for it.
    pub fn led(
        lead: &Lead,
        lender: Option<Arc<Self>>,
        data: &Path,
        timeout: std::time::Duration,
    ) -> Result<Self, ConfigError> {
        let key = Self::key_of(lead);
        let selection = if lead.listed {
            Selection::new(&lead.include)?
        } else {
            Selection::none()
        };
        let remote = Remote {
            url: lead.place.clone(),
            branch: lead.branch.clone(),
            login: None,
            ssh_key: None,
        };
        let mirror = Mirror::at(data.join("git").join(&key));
        let source = git::GitSource::led(remote, lender, selection.clone(), mirror, timeout);
        Ok(Self {
            name: lead.name.clone(),
            key,
            place: lead.place.clone(),
            branch: lead.branch.clone(),
            forge: lead.forge,
            local: false,
            selection,
            include: lead.include.clone(),
            targets: lead.targets.clone(),
            only_targets: !lead.listed,
            source: Arc::new(source),
        })
    }

    /// The key of the source that a lead becomes. What is included may change with every Location, and the rest of it
    /// stays good: it is no part of the key.
    pub fn key_of(lead: &Lead) -> String {
        let (repository, branch) = lead.repository();
        key(&lead.name, &repository, branch, &[])
    }
}

/// The key of a source; its slashes are no folders.
fn key(name: &str, place: &str, branch: Option<&str>, include: &[String]) -> String {
    let branch = branch.unwrap_or("");
    let include = include.join("\n");
    let digest = digest(&format!("{place}\n{branch}\n{include}"));
    format!("{}-{digest}", name.replace('/', "."))
}

fn digest(text: &str) -> String {
    let id = crate::git::blob_id(text.as_bytes());
    crate::git::hex(&id)[..8].to_owned()
}
