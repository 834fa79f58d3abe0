//! A group of GitLab with all of its subgroups, which are its teams.

mod publish;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::header::HeaderName;
use secrecy::SecretString;
use serde::Deserialize;
use serde::de::IgnoredAny;
use url::Url;

use super::http::{Client, Service, Token};
use super::{Forge, ForgeError, People, Person, Repository, Team, home, host, marker, page, said};
use crate::config::{ConfigError, SourceConfig, Visibility};

/// GitLab, spoken to.
const SERVICE: Service = Service {
    name: "GitLab",
    accept: "application/json",
    headers: &[],
    remembers: true,
};

/// GitLab notes the time of a project's last activity once an hour at most; a little more, for its queues.
const HIDDEN: Duration = Duration::from_mins(70);

/// A group.
pub struct Gitlab {
    client: Client,
    group: String,
    home: Url,
}

#[derive(Debug, Clone, Deserialize)]
struct Project {
    path_with_namespace: String,
    http_url_to_repo: String,
    default_branch: Option<String>,
    #[serde(default)]
    topics: Vec<String>,
    visibility: Option<Visibility>,
    #[serde(default)]
    archived: bool,
    #[serde(rename = "forked_from_project")]
    forked_from: Option<IgnoredAny>,
    #[serde(default)]
    empty_repo: bool,
    last_activity_at: Option<String>,
    repository_access_level: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
struct Group {
    id: u64,
    full_path: String,
    name: Option<String>,
    description: Option<String>,
    avatar_url: Option<String>,
    parent_id: Option<u64>,
}

#[derive(Debug, Clone, Deserialize)]
struct Member {
    username: String,
    name: Option<String>,
    state: Option<String>,
    avatar_url: Option<String>,
    web_url: Option<String>,
    email: Option<String>,
    public_email: Option<String>,
}

impl Gitlab {
    /// The group of this path.
    pub fn new(config: &SourceConfig, group: &str) -> Result<Self, ConfigError> {
        let home = home(config, "https://gitlab.com")?;
        let header = HeaderName::from_static("private-token");
        let token = Token::within(header, "", config.token.as_ref())?;
        Ok(Self {
            client: Client::new(SERVICE, &page(&home, "api/v4"), Arc::new(token))?,
            group: group.to_owned(),
            home,
        })
    }

    /// The group itself and all below it.
    async fn groups(&self) -> Result<Vec<Group>, ForgeError> {
        let path = ["groups", &self.group];
        let own: Group = self
            .client
            .get(&path, &[("with_projects", "false")])
            .await?;
        let path = ["groups", &self.group, "descendant_groups"];
        let below: Vec<Group> = self.client.list(&path, &[("per_page", "100")]).await?;
        Ok([own].into_iter().chain(below).collect())
    }

    async fn members(&self, path: &[&str]) -> Result<Vec<Member>, ForgeError> {
        let members: Vec<Member> = self.client.list(path, &[("per_page", "100")]).await?;
        Ok(members.into_iter().filter(Member::is_person).collect())
    }

    /// The name of a group as a team: its path below the configured group.
    fn team_name(&self, path: &str) -> String {
        let below = path
            .strip_prefix(&self.group)
            .and_then(|rest| rest.strip_prefix('/'));
        below.unwrap_or(path).replace('/', "-")
    }

    fn team(&self, group: Group, parent: Option<&String>, members: Vec<String>) -> Team {
        let mark = format!("{}/team-path", host(&self.home));
        Team {
            name: self.team_name(&group.full_path),
            title: said(group.name),
            description: said(group.description),
            picture: group.avatar_url,
            parent: parent.map(|path| self.team_name(path)),
            members,
            page: page(&self.home, &group.full_path),
            annotations: vec![(mark, group.full_path)],
        }
    }

    fn person(&self, member: Member) -> Person {
        let page = page(&self.home, &member.username);
        let mark = format!("{}/user-login", host(&self.home));
        Person {
            annotations: vec![(mark, member.web_url.unwrap_or_else(|| page.clone()))],
            login: member.username,
            name: said(member.name),
            email: said(member.email).or_else(|| said(member.public_email)),
            description: None,
            picture: member.avatar_url,
            page,
        }
    }
}

impl Member {
    /// Whether it is somebody who can sign in, and not the bot that stands behind a token.
    fn is_person(&self) -> bool {
        let active = self.state.as_deref().is_none_or(|state| state == "active");
        let of_token = ["project_", "group_"].iter().any(|kind| {
            let rest = self.username.strip_prefix(kind).unwrap_or_default();
            rest.starts_with(|c: char| c.is_ascii_digit()) && rest.contains("_bot")
        });
        active && !of_token
    }
}

#[async_trait]
impl Forge for Gitlab {
    async fn repositories(&self) -> Result<Vec<Repository>, ForgeError> {
        let path = ["groups", &self.group, "projects"];
        let query = [
            ("include_subgroups", "true"),
            ("with_shared", "false"),
            ("order_by", "id"),
            ("sort", "asc"),
            ("per_page", "100"),
        ];
        let projects = self.client.list::<Project>(&path, &query).await;
        let projects = projects.map_err(|error| error.about(&page(&self.home, &self.group)))?;
        let projects = projects.into_iter();
        // A project may do without a repository.
        let with_code = projects
            .filter(|project| project.repository_access_level.as_deref() != Some("disabled"));
        Ok(with_code.map(Repository::from).collect())
    }

    async fn people(&self) -> Result<People, ForgeError> {
        let mut people = People::default();
        let groups = self.groups().await;
        let groups = people.unless_refused(groups)?;
        let paths: BTreeMap<u64, String> = groups
            .iter()
            .map(|group| (group.id, group.full_path.clone()))
            .collect();
        let all = self
            .members(&["groups", &self.group, "members", "all"])
            .await;
        let mut persons: BTreeMap<String, Person> = BTreeMap::new();
        for member in people.unless_refused(all)? {
            persons.insert(member.username.clone(), self.person(member));
        }
        for group in groups {
            let id = group.id.to_string();
            let members = self.members(&["groups", &id, "members"]).await;
            let members = people.unless_refused(members)?;
            let logins = members.iter().map(|member| member.username.clone());
            let logins = logins.collect();
            for member in members {
                let login = member.username.clone();
                persons.entry(login).or_insert_with(|| self.person(member));
            }
            let parent = group.parent_id.and_then(|id| paths.get(&id));
            people.teams.push(self.team(group, parent, logins));
        }
        people.persons = persons.into_values().collect();
        Ok(people)
    }

    async fn login(&self) -> Result<Option<(&'static str, SecretString)>, ForgeError> {
        let password = self.client.credential().password().await?;
        Ok(password.map(|password| ("oauth2", password)))
    }

    fn asked(&self) -> u64 {
        self.client.asked()
    }
}

impl From<Project> for Repository {
    fn from(project: Project) -> Self {
        let branch = project.default_branch.as_deref();
        Self {
            marker: marker(project.last_activity_at.as_deref(), branch, HIDDEN),
            slug: project.path_with_namespace,
            clone_url: project.http_url_to_repo,
            default_branch: project.default_branch,
            topics: project.topics,
            visibility: project.visibility.unwrap_or(Visibility::Private),
            archived: project.archived,
            fork: project.forked_from.is_some(),
            empty: project.empty_repo,
        }
    }
}
