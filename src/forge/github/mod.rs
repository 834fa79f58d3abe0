//! An organisation or a user of GitHub, or of a GitHub Enterprise of one's own.
//!
//! Repositories are listed over REST, whose pages cost nothing while they stay the same. Members and teams are asked for in
//! GraphQL: REST would want a request for each member's name and for each team, and counts the members of child teams as
//! the parent's.

mod app;
mod people;
mod publish;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use secrecy::SecretString;
use serde::Deserialize;
use tokio::sync::OnceCell;
use url::Url;

use super::http::{Client, Credential, Service, Token};
use super::{Forge, ForgeError, People, Repository, home, marker, page};
use crate::config::{ConfigError, SourceConfig, Visibility};

/// GitHub, spoken to.
const SERVICE: Service = Service {
    name: "GitHub",
    accept: "application/vnd.github+json",
    headers: &[("x-github-api-version", "2022-11-28")],
    remembers: true,
};

/// The time of the last push is told in whole seconds.
const HIDDEN: Duration = Duration::from_mins(1);

/// An organisation or a user.
pub struct Github {
    client: Client,
    api: Api,
    owner: String,
    home: Url,
    /// Whether it is no organisation, which does not change.
    is_user: OnceCell<bool>,
    /// Whether to ask for e-mail addresses, which an App may not see.
    emails: bool,
    /// Whether there are credentials at all.
    known: bool,
}

/// Where the API of a GitHub is.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Api {
    base: String,
    /// What stands before every path of REST, but not of GraphQL.
    rest: &'static [&'static str],
}

#[derive(Debug, Clone, Deserialize)]
struct Account {
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Debug, Clone, Deserialize)]
#[allow(clippy::struct_excessive_bools)] // it is what the API says
struct Row {
    full_name: String,
    /// Not promised by the API's description, although it is always there.
    clone_url: Option<String>,
    default_branch: Option<String>,
    #[serde(default)]
    topics: Vec<String>,
    visibility: Option<Visibility>,
    #[serde(default)]
    private: bool,
    #[serde(default)]
    archived: bool,
    #[serde(default)]
    disabled: bool,
    #[serde(default)]
    fork: bool,
    #[serde(default)]
    size: u64,
    created_at: Option<String>,
    pushed_at: Option<String>,
}

impl Github {
    /// The organisation or user of this name.
    pub fn new(config: &SourceConfig, owner: &str) -> Result<Self, ConfigError> {
        let home = home(config, "https://github.com")?;
        let api = Api::of(&home);
        let credential: Arc<dyn Credential> = match &config.app {
            Some(app) => Arc::new(app::App::new(app, &api, owner)?),
            None => Arc::new(Token::bearer(config.token.as_ref())?),
        };
        Ok(Self {
            client: Client::new(SERVICE, &api.base, credential)?,
            api,
            owner: owner.to_owned(),
            home,
            is_user: OnceCell::new(),
            emails: config.app.is_none(),
            known: config.app.is_some() || config.token.is_some(),
        })
    }

    async fn is_user(&self) -> Result<bool, ForgeError> {
        let ask = async || {
            let path = self.api.path(&["users", &self.owner]);
            let account: Account = self.client.get(&path, &[]).await?;
            Ok(account.kind == "User")
        };
        let is_user = self.is_user.get_or_try_init(ask).await;
        is_user
            .copied()
            .map_err(|error: ForgeError| error.about(&page(&self.home, &self.owner)))
    }

    fn repository(&self, row: Row) -> Repository {
        let branch = row.default_branch.as_deref();
        let visibility = row.visibility.unwrap_or(if row.private {
            Visibility::Private
        } else {
            Visibility::Public
        });
        // GitHub does not say it outright. The size lags behind the first push, but the time of the push does not.
        let untouched = row.pushed_at.is_none() || row.pushed_at <= row.created_at;
        let page = page(&self.home, &row.full_name);
        Repository {
            marker: marker(row.pushed_at.as_deref(), branch, HIDDEN),
            slug: row.full_name,
            clone_url: row.clone_url.unwrap_or_else(|| format!("{page}.git")),
            default_branch: row.default_branch,
            topics: row.topics,
            visibility,
            archived: row.archived,
            fork: row.fork,
            empty: row.size == 0 && untouched,
        }
    }
}

impl Api {
    fn of(home: &Url) -> Self {
        let host = home.host_str().unwrap_or_default();
        if host == "github.com" || host.ends_with(".ghe.com") {
            Self {
                base: format!("https://api.{host}"),
                rest: &[],
            }
        } else {
            Self {
                base: page(home, "api"),
                rest: &["v3"],
            }
        }
    }

    /// A path of REST.
    fn path<'a>(&self, path: &[&'a str]) -> Vec<&'a str> {
        self.rest.iter().chain(path).copied().collect()
    }
}

#[async_trait]
impl Forge for Github {
    async fn repositories(&self) -> Result<Vec<Repository>, ForgeError> {
        let (whose, which) = if self.is_user().await? {
            ("users", "owner")
        } else {
            ("orgs", "all")
        };
        let path = self.api.path(&[whose, &self.owner, "repos"]);
        // By name, so that a repository which is made meanwhile moves no other to a page that was read.
        let query = [("type", which), ("sort", "full_name"), ("per_page", "100")];
        let rows: Vec<Row> = self.client.list(&path, &query).await?;
        let rows = rows.into_iter().filter(|row| !row.disabled);
        Ok(rows.map(|row| self.repository(row)).collect())
    }

    async fn people(&self) -> Result<People, ForgeError> {
        let mut people = People::default();
        if !self.known {
            let missing = "GitHub shows members and teams only with a `token` or an `app`";
            people.missing.push(missing.to_owned());
        } else if !self.is_user().await? {
            let persons = self.persons().await;
            people.persons = people.unless_refused(persons)?;
            let teams = self.teams().await;
            people.teams = people.unless_refused(teams)?;
        }
        Ok(people)
    }

    async fn login(&self) -> Result<Option<(&'static str, SecretString)>, ForgeError> {
        let password = self.client.credential().password().await?;
        // The user name that installation tokens want; personal ones take any.
        Ok(password.map(|password| ("x-access-token", password)))
    }

    fn asked(&self) -> u64 {
        self.client.asked()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_api_of_an_enterprise_is_below_its_own_address() {
        let api = |home: &str| Api::of(&home.parse().expect("an address"));
        assert_eq!(api("https://github.com").base, "https://api.github.com");
        assert_eq!(api("https://acme.ghe.com").base, "https://api.acme.ghe.com");
        let own = api("https://github.acme.example");
        assert_eq!(own.base, "https://github.acme.example/api");
        assert_eq!(own.path(&["orgs", "acme"]), ["v3", "orgs", "acme"]);
    }
}
