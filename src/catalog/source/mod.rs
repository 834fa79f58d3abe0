//! Where descriptors come from: a source lists the files of one revision and hands out their contents.

pub mod backstage;
pub mod folder;
pub mod git;

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use globset::{Glob, GlobSet, GlobSetBuilder};

use super::codeowners;
use crate::config::{ConfigError, Origin, SourceConfig};
use crate::git::{Mirror, Remote};

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
    pub path: Box<str>,
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
}

/// A repository that a source leads to: an organisation lists it, or a Location points into it.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct Lead {
    /// How answers name it: the slug, like `acme/payments`.
    pub name: String,
    /// The URL to fetch it from, without credentials.
    pub place: String,
    /// The branch; `None` is the remote's HEAD.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// Globs of the files to read; none means the default discovery.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<String>,
    /// What the listing says of its newest state, like the time of the last push: while it stays the same, the
    /// repository need not be asked. `None`: the listing does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marker: Option<String>,
}

/// The contents of a snapshot's files.
#[async_trait]
pub trait Contents: Send + Sync {
    /// Makes sure that the files can be read without the network, in one batch.
    async fn want(&self, files: &[&Leaf]) -> anyhow::Result<()>;

    /// A reader for one thread.
    fn reader(&self) -> Box<dyn FnMut(&Leaf) -> Content + Send>;
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

    /// The repository behind it with its whole history, for evidence; `None` where there is none.
    fn history(&self) -> Option<(Mirror, Remote)> {
        None
    }
}

/// A configured source and how to reach it.
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
    /// Whether reading it crosses no network.
    pub local: bool,
    /// Which files are read first.
    pub selection: Selection,
    /// What reads it.
    pub source: Box<dyn Source>,
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
            Origin::Github(_) | Origin::Gitlab(_) | Origin::Forgejo(_) => String::new(),
        };
        let branch = config.branch.as_deref().unwrap_or("");
        let include = config.include.join("\n");
        let key = format!(
            "{}-{}",
            config.name,
            digest(&format!("{place}\n{branch}\n{include}"))
        );
        let selection = match origin {
            // Every generated file is an entity.
            Origin::Backstage(_) if config.include.is_empty() => {
                Selection::new(&["**".to_owned()])?
            }
            _ => Selection::new(&config.include)?,
        };
        let source: Box<dyn Source> = match origin {
            Origin::Folder(folder) => {
                let folder = folder.to_owned();
                Box::new(folder::FolderSource::new(folder, selection.clone()))
            }
            Origin::Git(_) => {
                let mirror = data.join("git").join(&key);
                let selection = selection.clone();
                Box::new(git::GitSource::new(config, selection, mirror, timeout)?)
            }
            Origin::Backstage(_) => Box::new(backstage::BackstageSource::new(config)?),
            Origin::Github(_) | Origin::Gitlab(_) | Origin::Forgejo(_) => {
                return Err(ConfigError::new(format!(
                    "the source {:?} cannot be read by this version: it has no `{}` yet",
                    config.name,
                    origin.key()
                )));
            }
        };
        Ok(Self {
            name: config.name.clone(),
            key,
            local: matches!(origin, Origin::Folder(_))
                || Path::new(&place).exists()
                || place.starts_with("file:"),
            place,
            branch: config.branch.clone(),
            selection,
            source,
        })
    }
}

/// Which files of a source are read first.
#[derive(Debug, Clone)]
pub struct Selection {
    named: GlobSet,
    looked: GlobSet,
    /// Whether this is the default discovery and not the configuration's globs.
    pub default: bool,
}

/// Files named as descriptors: every document in them must be an entity.
const DESCRIPTORS: [&str; 1] = ["**/{,.}catalog-info.{yaml,yml}"];

/// Files that public repositories use for Backstage's documents, and others for other things: only documents
/// that say they are Backstage's are taken from them.
const LOOKED: [&str; 5] = [
    "**/{template,*-template}.{yaml,yml}",
    "**/catalog-info-*.{yaml,yml}",
    "**/{,.}{backstage,backstage-catalog}.{yaml,yml}",
    "**/{all,all-templates,catalog,entities,org,organization}.{yaml,yml}",
    "**/{component,api,resource,system,domain,group,team,user}{,s}.{yaml,yml}",
];

impl Selection {
    /// The configured globs, or the default discovery where there are none.
    pub fn new(include: &[String]) -> Result<Self, ConfigError> {
        let default = include.is_empty();
        let own: Vec<&str> = include
            .iter()
            .map(|glob| glob.trim_start_matches("./").trim_start_matches('/'))
            .collect();
        let named = if default {
            set(&DESCRIPTORS)?
        } else {
            set(&own)?
        };
        let looked = if default { set(&LOOKED)? } else { set(&[])? };
        Ok(Self {
            named,
            looked,
            default,
        })
    }

    /// Whether every document of a file of this path must be an entity.
    pub fn names(&self, path: &str) -> bool {
        self.named.is_match(path)
    }

    /// Whether a file of this path is looked into for Backstage's documents.
    pub fn looks_into(&self, path: &str) -> bool {
        self.looked.is_match(path)
    }

    /// Whether a file of this path may become interesting: YAML by its name, or named by a glob, or CODEOWNERS.
    pub fn lists(&self, path: &str) -> bool {
        let ending = path.rsplit_once('.').map(|(_, ending)| ending);
        let yaml = |ending: &str| {
            ending.eq_ignore_ascii_case("yaml") || ending.eq_ignore_ascii_case("yml")
        };
        ending.is_some_and(yaml) || self.names(path) || codeowners::is_place(path)
    }
}

fn set(patterns: &[&str]) -> Result<GlobSet, ConfigError> {
    let mut builder = GlobSetBuilder::new();
    for pattern in patterns {
        builder.add(glob(pattern)?);
    }
    builder
        .build()
        .map_err(|error| ConfigError::new(error.to_string()))
}

/// A glob over paths, in which `*` stops at `/`.
pub fn glob(pattern: &str) -> Result<Glob, ConfigError> {
    globset::GlobBuilder::new(pattern)
        .literal_separator(true)
        .empty_alternates(true)
        .build()
        .map_err(|error| ConfigError::new(format!("{pattern:?} is not a glob: {}", error.kind())))
}

fn digest(text: &str) -> String {
    let id = crate::git::blob_id(text.as_bytes());
    crate::git::hex(&id)[..8].to_owned()
}
