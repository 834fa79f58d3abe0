//! An organisation or a user of Forgejo, or of Gitea, whose API is the same.

mod publish;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::header::AUTHORIZATION;
use secrecy::SecretString;
use serde::Deserialize;
use url::Url;

use super::http::{Client, Service, Token};
use super::{Forge, ForgeError, People, Person, Repository, Team, home, host, marker, page, said};
use crate::config::{ConfigError, SourceConfig, Visibility};

/// Forgejo, spoken to.
const SERVICE: Service = Service {
    name: "Forgejo",
    accept: "application/json",
    headers: &[],
    remembers: true,
};

/// The time of the last change is told in whole seconds.
const HIDDEN: Duration = Duration::from_mins(1);

/// As many as a page has where nobody has set it otherwise.
const LIMIT: (&str, &str) = ("limit", "50");

/// An organisation or a user.
pub struct Forgejo {
    client: Client,
    owner: String,
    home: Url,
    known: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[allow(clippy::struct_excessive_bools)] // it is what the API says
struct Row {
    full_name: String,
    clone_url: String,
    default_branch: Option<String>,
    topics: Option<Vec<String>>,
    #[serde(default)]
    private: bool,
    #[serde(default)]
    internal: bool,
    #[serde(default)]
    archived: bool,
    #[serde(default)]
    fork: bool,
    #[serde(default)]
    empty: bool,
    updated_at: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
struct TeamRow {
    id: u64,
    name: String,
    description: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
struct User {
    login: String,
    full_name: Option<String>,
    email: Option<String>,
    description: Option<String>,
    avatar_url: Option<String>,
}

impl Forgejo {
    /// The organisation or user of this name.
    pub fn new(config: &SourceConfig, owner: &str) -> Result<Self, ConfigError> {
        let home = home(config, "https://codeberg.org")?;
        let token = Token::within(AUTHORIZATION, "token ", config.token.as_ref())?;
        Ok(Self {
            client: Client::new(SERVICE, &page(&home, "api/v1"), Arc::new(token))?,
            owner: owner.to_owned(),
            home,
            known: config.token.is_some(),
        })
    }

    async fn repositories_of(&self, whose: &str) -> Result<Vec<Row>, ForgeError> {
        let path = [whose, self.owner.as_str(), "repos"];
        self.client.list(&path, &[LIMIT]).await
    }

    fn person(&self, user: User) -> Person {
        let page = page(&self.home, &user.login);
        let mark = format!("{}/user-login", host(&self.home));
        // Who hides the address is given one that leads nowhere.
        let email = said(user.email).filter(|email| !email.contains("@noreply."));
        Person {
            annotations: vec![(mark, user.login.clone())],
            login: user.login,
            name: said(user.full_name),
            email,
            description: said(user.description),
            picture: said(user.avatar_url),
            page,
        }
    }

    fn team(&self, row: TeamRow, members: Vec<String>) -> Team {
        let mark = format!("{}/team-slug", host(&self.home));
        let path = format!("org/{}/teams/{}", self.owner, row.name.to_lowercase());
        Team {
            page: page(&self.home, &path),
            annotations: vec![(mark, format!("{}/{}", self.owner, row.name))],
            name: row.name,
            description: said(row.description),
            members,
            ..Team::default()
        }
    }
}

#[async_trait]
impl Forge for Forgejo {
    async fn repositories(&self) -> Result<Vec<Repository>, ForgeError> {
        let rows = match self.repositories_of("orgs").await {
            Err(ForgeError::NotFound { .. }) => self.repositories_of("users").await,
            rows => rows,
        };
        let rows = rows.map_err(|error| error.about(&page(&self.home, &self.owner)))?;
        Ok(rows.into_iter().map(Repository::from).collect())
    }

    async fn people(&self) -> Result<People, ForgeError> {
        let mut people = People::default();
        if !self.known {
            let missing = "Forgejo shows members and teams only with a `token`";
            people.missing.push(missing.to_owned());
            return Ok(people);
        }
        let mut persons: BTreeMap<String, Person> = BTreeMap::new();
        let path = ["orgs", &self.owner, "members"];
        let members = self.client.list::<User>(&path, &[LIMIT]).await;
        for user in people.unless_refused(members)? {
            persons.insert(user.login.clone(), self.person(user));
        }
        let path = ["orgs", &self.owner, "teams"];
        let teams = self.client.list::<TeamRow>(&path, &[LIMIT]).await;
        for row in people.unless_refused(teams)? {
            let id = row.id.to_string();
            let path = ["teams", &id, "members"];
            let members = self.client.list::<User>(&path, &[LIMIT]).await;
            let members = people.unless_refused(members)?;
            let logins = members.iter().map(|user| user.login.clone()).collect();
            for user in members {
                let login = user.login.clone();
                persons.entry(login).or_insert_with(|| self.person(user));
            }
            people.teams.push(self.team(row, logins));
        }
        people.persons = persons.into_values().collect();
        Ok(people)
    }

    async fn login(&self) -> Result<Option<(&'static str, SecretString)>, ForgeError> {
        let password = self.client.credential().password().await?;
        // With a token for a password, any user name will do.
        Ok(password.map(|password| ("callboard", password)))
    }

    fn asked(&self) -> u64 {
        self.client.asked()
    }
}

impl From<Row> for Repository {
    fn from(row: Row) -> Self {
        let branch = row.default_branch.as_deref();
        let visibility = match (row.private, row.internal) {
            (_, true) => Visibility::Internal,
            (true, false) => Visibility::Private,
            (false, false) => Visibility::Public,
        };
        Self {
            marker: marker(row.updated_at.as_deref(), branch, HIDDEN),
            slug: row.full_name,
            clone_url: row.clone_url,
            default_branch: row.default_branch,
            topics: row.topics.unwrap_or_default(),
            visibility,
            archived: row.archived,
            fork: row.fork,
            empty: row.empty,
        }
    }
}
