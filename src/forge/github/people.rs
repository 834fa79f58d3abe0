//! Members and teams in GraphQL: a page of a hundred members is one request, and so are twenty-five teams with theirs.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::Github;
use crate::forge::{ForgeError, Person, Team, page, said};

/// No organisation has more pages of anything.
const MOST_PAGES: usize = 2_000;

const PERSONS: &str = "query($owner: String!, $email: Boolean!, $after: String) {
  organization(login: $owner) {
    membersWithRole(first: 100, after: $after) {
      pageInfo { hasNextPage endCursor }
      nodes { login name bio avatarUrl email @include(if: $email) }
    }
  }
}";

const TEAMS: &str = "query($owner: String!, $after: String) {
  organization(login: $owner) {
    teams(first: 25, after: $after) {
      pageInfo { hasNextPage endCursor }
      nodes {
        slug combinedSlug name description avatarUrl editTeamUrl
        parentTeam { slug }
        members(first: 100, membership: IMMEDIATE) {
          pageInfo { hasNextPage endCursor }
          nodes { login }
        }
      }
    }
  }
}";

const MEMBERS: &str = "query($owner: String!, $team: String!, $after: String) {
  organization(login: $owner) {
    team(slug: $team) {
      members(first: 100, after: $after, membership: IMMEDIATE) {
        pageInfo { hasNextPage endCursor }
        nodes { login }
      }
    }
  }
}";

#[derive(Debug, Deserialize)]
struct Answer<T> {
    data: Option<Data<T>>,
    #[serde(default)]
    errors: Vec<Error>,
}

#[derive(Debug, Deserialize)]
struct Data<T> {
    organization: Option<T>,
}

#[derive(Debug, Deserialize)]
struct Error {
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    message: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Connection<T> {
    page_info: PageInfo,
    /// What may not be seen is null.
    nodes: Vec<Option<T>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageInfo {
    has_next_page: bool,
    end_cursor: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Members {
    members_with_role: Option<Connection<Member>>,
}

#[derive(Debug, Deserialize)]
struct Teams {
    teams: Option<Connection<TeamRow>>,
}

#[derive(Debug, Deserialize)]
struct OneTeam {
    team: Option<TeamMembers>,
}

#[derive(Debug, Deserialize)]
struct TeamMembers {
    members: Connection<Login>,
}

#[derive(Debug, Deserialize)]
struct Login {
    login: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Member {
    login: String,
    name: Option<String>,
    bio: Option<String>,
    avatar_url: Option<String>,
    email: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TeamRow {
    slug: String,
    combined_slug: String,
    name: Option<String>,
    description: Option<String>,
    avatar_url: Option<String>,
    edit_team_url: Option<String>,
    parent_team: Option<Parent>,
    members: Connection<Login>,
}

#[derive(Debug, Deserialize)]
struct Parent {
    slug: String,
}

impl Github {
    pub(super) async fn persons(&self) -> Result<Vec<Person>, ForgeError> {
        let variables = json!({ "owner": self.owner, "email": self.emails });
        let what = "the members";
        let pick = |members: Members| members.members_with_role;
        let rows = self
            .every(what, PERSONS, variables, None, pick)
            .await?
            .into_iter();
        let person = |row: Member| Person {
            page: page(&self.home, &row.login),
            annotations: vec![("github.com/user-login".to_owned(), row.login.clone())],
            login: row.login,
            name: said(row.name),
            email: said(row.email),
            description: said(row.bio),
            picture: row.avatar_url,
        };
        Ok(rows.map(person).collect())
    }

    pub(super) async fn teams(&self) -> Result<Vec<Team>, ForgeError> {
        let variables = json!({ "owner": self.owner });
        let pick = |teams: Teams| teams.teams;
        let rows = self
            .every("the teams", TEAMS, variables, None, pick)
            .await?;
        let mut teams = Vec::with_capacity(rows.len());
        for row in rows {
            let mut annotations = vec![("github.com/team-slug".to_owned(), row.combined_slug)];
            if let Some(edit) = row.edit_team_url {
                annotations.push(("backstage.io/edit-url".to_owned(), edit));
            }
            let Connection { page_info, nodes } = row.members;
            let mut members: Vec<Login> = nodes.into_iter().flatten().collect();
            if page_info.has_next_page {
                members.extend(self.more_members(&row.slug, page_info.end_cursor).await?);
            }
            teams.push(Team {
                page: page(
                    &self.home,
                    &format!("orgs/{}/teams/{}", self.owner, row.slug),
                ),
                name: row.slug,
                title: said(row.name),
                description: said(row.description),
                picture: row.avatar_url,
                parent: row.parent_team.map(|parent| parent.slug),
                members: members.into_iter().map(|member| member.login).collect(),
                annotations,
            });
        }
        Ok(teams)
    }

    /// The members of a large team behind its first hundred.
    async fn more_members(
        &self,
        team: &str,
        after: Option<String>,
    ) -> Result<Vec<Login>, ForgeError> {
        let variables = json!({ "owner": self.owner, "team": team });
        let pick = |one: OneTeam| one.team.map(|team| team.members);
        let what = format!("the members of the team {team}");
        self.every(&what, MEMBERS, variables, after, pick).await
    }

    /// Every node of a connection, page after page.
    async fn every<T: DeserializeOwned, N>(
        &self,
        what: &str,
        query: &str,
        mut variables: Value,
        mut after: Option<String>,
        pick: impl Fn(T) -> Option<Connection<N>>,
    ) -> Result<Vec<N>, ForgeError> {
        let mut all = Vec::new();
        for _ in 0..MOST_PAGES {
            variables["after"] = json!(after);
            let body = json!({ "query": query, "variables": variables });
            let answer: Answer<T> = self.client.query(&["graphql"], &body).await?;
            let organization = answer.data.and_then(|data| data.organization);
            let Some(connection) = organization.and_then(&pick) else {
                return Err(self.refusal(what, answer.errors.first()));
            };
            all.extend(connection.nodes.into_iter().flatten());
            after = connection.page_info.end_cursor;
            if !connection.page_info.has_next_page || after.is_none() {
                break;
            }
        }
        Ok(all)
    }

    /// Why GraphQL did not give what was asked for.
    fn refusal(&self, what: &str, error: Option<&Error>) -> ForgeError {
        let service = self.client.service();
        let place = format!("{what} of {}", self.owner);
        let why = match error {
            Some(error) => format!("it says {:?}", crate::forge::http::line(&error.message)),
            None => "it says nothing about it".to_owned(),
        };
        // What it calls an error without a type is its own.
        let own = error.is_some_and(|error| error.kind.is_empty());
        if own {
            ForgeError::Failed {
                service,
                place,
                why,
            }
        } else {
            ForgeError::Forbidden {
                service,
                place,
                why,
            }
        }
    }
}
