//! Forges: where repositories live, and the people and teams who work on them.
//!
//! Each forge is asked for one organisation: [`github`], [`gitlab`], [`forgejo`] (and Gitea, which is its elder). All of
//! them speak through the one client of [`http`]. [`publish`] is how they are written to.

mod error;
pub mod forgejo;
pub mod github;
pub mod gitlab;
pub mod http;
pub mod publish;

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use secrecy::SecretString;
use url::{Host, Url};

use crate::config::{ConfigError, Origin, SourceConfig, Visibility};
pub use error::ForgeError;

/// A repository, as a listing tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// How people name it: `acme/payments`.
    pub slug: String,
    /// The address to clone it from over HTTP.
    pub clone_url: String,
    /// The branch that its `HEAD` points to.
    pub default_branch: Option<String>,
    /// Its topics.
    pub topics: Vec<String>,
    /// Who may see it.
    pub visibility: Visibility,
    /// Whether nobody may push any more.
    pub archived: bool,
    /// Whether it began as a copy of another.
    pub fork: bool,
    /// Whether nothing was ever pushed.
    pub empty: bool,
    /// What stays the same only while nothing is pushed; `None` when the listing cannot tell.
    pub marker: Option<String>,
}

/// A team, or what is one by another name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Team {
    /// Its short name, unique within the organisation.
    pub name: String,
    /// Its name for people.
    pub title: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// The address of its picture.
    pub picture: Option<String>,
    /// The short name of the team that it is a part of.
    pub parent: Option<String>,
    /// The logins of its own members, without those of its parts.
    pub members: Vec<String>,
    /// Its page at the forge.
    pub page: String,
    /// The annotations by which others know it again.
    pub annotations: Vec<(String, String)>,
}

/// A member of an organisation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person {
    /// The name to sign in with.
    pub login: String,
    /// The name for people.
    pub name: Option<String>,
    /// The address, if it may be known.
    pub email: Option<String>,
    /// What they say of themselves.
    pub description: Option<String>,
    /// The address of the picture.
    pub picture: Option<String>,
    /// Their page at the forge.
    pub page: String,
    /// The annotations by which others know them again.
    pub annotations: Vec<(String, String)>,
}

/// The people of an organisation, as far as the credentials may see them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct People {
    /// The members.
    pub persons: Vec<Person>,
    /// The teams.
    pub teams: Vec<Team>,
    /// What may not be seen, each a sentence.
    pub missing: Vec<String>,
}

/// One organisation of a forge.
#[async_trait]
pub trait Forge: Send + Sync {
    /// All repositories.
    async fn repositories(&self) -> Result<Vec<Repository>, ForgeError>;

    /// Members and teams. What the credentials may not see is left out and told in [`People::missing`].
    async fn people(&self) -> Result<People, ForgeError>;

    /// The user name and the password for git over HTTP. It may have to be renewed, so it is asked for before each use.
    async fn login(&self) -> Result<Option<(&'static str, SecretString)>, ForgeError>;

    /// How many requests were made so far.
    fn asked(&self) -> u64;
}

/// The organisation that a source is; `None` when it is no organisation. Nothing is sent yet.
pub fn of(config: &SourceConfig) -> Result<Option<Box<dyn Forge>>, ConfigError> {
    Ok(Some(match config.origin()? {
        Origin::Github(owner) => Box::new(github::Github::new(config, owner)?),
        Origin::Gitlab(group) => Box::new(gitlab::Gitlab::new(config, group)?),
        Origin::Forgejo(owner) => Box::new(forgejo::Forgejo::new(config, owner)?),
        Origin::Git(_) | Origin::Folder(_) | Origin::Backstage(_) => return Ok(None),
    }))
}

impl People {
    /// Goes on without what may not be seen; any other error is one.
    fn unless_refused<T: Default>(
        &mut self,
        result: Result<T, ForgeError>,
    ) -> Result<T, ForgeError> {
        result.or_else(|error| {
            if error.is_refusal() {
                self.missing.push(error.to_string());
                Ok(T::default())
            } else {
                Err(error)
            }
        })
    }
}

/// The address of a forge for people: the configured one, or the public one.
fn home(config: &SourceConfig, public: &str) -> Result<Url, ConfigError> {
    let address = config.url.as_deref().unwrap_or(public);
    let mut url = Url::parse(address)
        .map_err(|error| ConfigError::new(format!("{address:?} is not an address: {error}")))?;
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    Ok(url)
}

/// A page at a forge.
fn page(home: &Url, path: &str) -> String {
    format!("{}/{path}", home.as_str().trim_end_matches('/'))
}

/// What annotations of a forge of one's own begin with: its host, as an annotation may have it.
fn host(home: &Url) -> String {
    match home.host() {
        Some(Host::Ipv6(_)) | None => "localhost".to_owned(),
        Some(host) => host.to_string(),
    }
}

/// What names the newest state of a repository by the time of its last change. Within `hidden` after a change, a forge may
/// show a further one by the same time: then nothing names it, and the repository itself has to be asked.
fn marker(changed: Option<&str>, branch: Option<&str>, hidden: Duration) -> Option<String> {
    let changed: Timestamp = changed?.parse().ok()?;
    let shown = changed.saturating_add(hidden).ok()?;
    if shown > Timestamp::now() {
        return None;
    }
    Some(format!("{changed} {}", branch.unwrap_or_default()))
}

/// Nothing, where a forge says nothing by saying "".
fn said(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_is_given_only_when_no_later_push_can_hide_behind_it() {
        let minute = Duration::from_mins(1);
        let long_ago = marker(Some("2026-01-05T09:00:00Z"), Some("main"), minute);
        assert_eq!(long_ago.as_deref(), Some("2026-01-05T09:00:00Z main"));
        let now = Timestamp::now().to_string();
        assert_eq!(marker(Some(&now), Some("main"), minute), None);
        assert_eq!(marker(Some("yesterday"), None, minute), None);
        assert_eq!(marker(None, None, minute), None);
    }
}
