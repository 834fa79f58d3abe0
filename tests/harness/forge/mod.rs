//! An organisation as three forges tell of it: strict stand-ins for GitHub, GitLab and Forgejo over the same data.

mod forgejo;
mod github;
mod gitlab;
mod made;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use callboard::config::SourceConfig;
use serde_json::Value;
use tempfile::TempDir;

use super::stand_in::{Answers, Asked, StandIn, Told};
pub use github::App;
pub use made::Made;

/// The token that is good, and must be seen nowhere.
pub const TOKEN: &str = "canary-0f63aa-token";

/// Which forge it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    GitHub,
    GitLab,
    Forgejo,
}

/// A forge with one organisation, `acme`.
pub struct ForgeServer {
    /// What is on the wire.
    pub server: StandIn,
    kind: Kind,
    acme: Arc<Mutex<Acme>>,
    home: TempDir,
}

/// What the forge has.
pub struct Acme {
    pub repositories: Vec<Repo>,
    pub teams: Vec<TeamData>,
    pub people: Vec<PersonData>,
    /// The most that a page has, whatever is asked for.
    pub most: usize,
    /// Whether the credentials may see people and teams.
    pub open: bool,
    /// The App that may sign in, in place of the token.
    pub app: Option<App>,
    /// What was asked in GraphQL.
    pub queries: BTreeSet<String>,
    /// The repositories that were made over the API.
    pub made: Vec<Made>,
    /// What was sent with the requests that write, and answered.
    pub written: Vec<(String, Value, Value)>,
    /// How often a repository that was just made is not shown yet.
    pub lag: usize,
    /// Where git serves the repositories from, if it does.
    pub served: Option<PathBuf>,
}

/// A repository.
#[derive(Debug, Clone)]
pub struct Repo {
    pub name: &'static str,
    pub topics: Vec<&'static str>,
    pub visibility: &'static str,
    pub archived: bool,
    pub fork: bool,
    pub empty: bool,
    pub pushed: String,
    /// Where it is cloned from, if that is not the forge itself.
    pub elsewhere: Option<String>,
}

/// A team, or a subgroup.
#[derive(Debug, Clone)]
pub struct TeamData {
    pub slug: &'static str,
    pub title: &'static str,
    pub parent: Option<&'static str>,
    pub members: Vec<&'static str>,
}

/// A member.
#[derive(Debug, Clone)]
pub struct PersonData {
    pub login: &'static str,
    pub name: &'static str,
    pub email: &'static str,
}

impl Repo {
    /// A repository to which something was pushed at noon of the first of January.
    pub fn named(name: &'static str) -> Self {
        Self {
            name,
            topics: Vec::new(),
            visibility: "public",
            archived: false,
            fork: false,
            empty: false,
            pushed: "2026-01-01T12:00:00Z".to_owned(),
            elsewhere: None,
        }
    }

    fn clone_url(&self, address: &str) -> String {
        let own = || format!("{address}/acme/{}.git", self.name);
        self.elsewhere.clone().unwrap_or_else(own)
    }
}

impl Acme {
    /// Two people in three teams, one of which is a part of another; no repository.
    fn new() -> Self {
        let team = |slug, title, parent, members: &[&'static str]| TeamData {
            slug,
            title,
            parent,
            members: members.to_vec(),
        };
        let person = |login, name, email| PersonData { login, name, email };
        Self {
            repositories: Vec::new(),
            teams: vec![
                team("payments", "Payments", None, &["ana"]),
                team(
                    "cards",
                    "Cards & Wallets",
                    Some("payments"),
                    &["ana", "Ravi"],
                ),
                team("quiet", "", None, &[]),
            ],
            people: vec![
                person("ana", "Ana Costa", "ana@acme.example"),
                person("Ravi", "", ""),
            ],
            most: 100,
            open: true,
            app: None,
            queries: BTreeSet::new(),
            made: Vec::new(),
            written: Vec::new(),
            lag: 0,
            served: None,
        }
    }
}

impl ForgeServer {
    /// A forge of this kind.
    pub fn start(kind: Kind) -> Self {
        let acme = Arc::new(Mutex::new(Acme::new()));
        let answers: Box<dyn Answers> = match kind {
            Kind::GitHub => Box::new(github::GitHub(acme.clone())),
            Kind::GitLab => Box::new(gitlab::GitLab(acme.clone())),
            Kind::Forgejo => Box::new(forgejo::Forgejo(acme.clone())),
        };
        let home = tempfile::tempdir().expect("a folder");
        std::fs::write(home.path().join("token"), TOKEN).expect("written");
        Self {
            server: StandIn::start(answers),
            kind,
            acme,
            home,
        }
    }

    /// What it has, to be changed.
    pub fn acme(&self) -> MutexGuard<'_, Acme> {
        self.acme.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The configuration of a source, with these keys beside the usual ones.
    pub fn configuration(&self, more: &str) -> String {
        let key = match self.kind {
            Kind::GitHub => "github",
            Kind::GitLab => "gitlab",
            Kind::Forgejo => "forgejo",
        };
        let token = if more.contains("app =") || more.contains("token =") {
            String::new()
        } else {
            format!("token = \"file:{}\"\n", self.path("token").display())
        };
        let url = self.server.url();
        format!("name = \"acme\"\n{key} = \"acme\"\nurl = \"{url}\"\n{token}{more}")
    }

    /// The source.
    pub fn source(&self, more: &str) -> SourceConfig {
        toml::from_str(&self.configuration(more)).expect("known keys")
    }

    /// A file in the folder of the server.
    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// A text with the server's address taken out, in which no token may stand.
    pub fn normal(&self, text: &str) -> String {
        assert!(!text.contains("canary"), "{text}");
        let address = self.server.url();
        let host = address.trim_start_matches("http://");
        text.replace(&address, "http://forge")
            .replace(host, "forge")
    }
}

/// Whether git signs in with this user name and the good token.
fn git_knows(asked: &Asked, username: &str, token: &str) -> bool {
    use base64::Engine as _;
    let pair = base64::engine::general_purpose::STANDARD.encode(format!("{username}:{token}"));
    asked.header("authorization") == Some(&format!("Basic {pair}"))
}

/// The pages of a connection in GraphQL, whose cursors are positions.
fn connection(all: &[Value], after: &Value, size: usize) -> Value {
    let start = after
        .as_str()
        .map_or(0, |cursor| cursor.parse().expect("a cursor of ours"));
    let rest = all.get(start..).unwrap_or_default();
    serde_json::json!({
        "pageInfo": {
            "hasNextPage": rest.len() > size,
            "endCursor": (start + rest.len().min(size)).to_string(),
        },
        "nodes": rest.iter().take(size).collect::<Vec<_>>(),
    })
}

/// A refusal for want of rights.
fn forbidden() -> Told {
    Told::refusal(403, "Must have read access to members")
}
