//! The writing side of Forgejo and Gitea.

use async_trait::async_trait;
use secrecy::SecretString;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value, json};

use super::{Forgejo, LIMIT, SERVICE};
use crate::config::Visibility;
use crate::forge::publish::{
    Change, Created, Existing, Features, Grantee, NewChange, NewRepository, Protection,
    PublishError, Right, Works,
};
use crate::forge::{Forge, ForgeError};

const RIGHTS: &str = "the scopes `write:repository` and `write:organization` (`write:user` for a user's own repositories), and their user the right to create and delete repositories there";

#[derive(Debug, Clone, Deserialize)]
struct Row {
    id: u64,
    full_name: String,
    html_url: String,
    clone_url: String,
    description: Option<String>,
    default_branch: Option<String>,
    #[serde(default)]
    open_issues_count: u64,
    #[serde(default)]
    open_pr_counter: u64,
    #[serde(default)]
    forks_count: u64,
}

#[derive(Debug, Clone, Deserialize)]
struct Branch {
    name: String,
    commit: Tip,
}

#[derive(Debug, Clone, Deserialize)]
struct Tip {
    id: String,
}

#[derive(Debug, Clone, Deserialize)]
struct Pull {
    number: u64,
    html_url: String,
    state: String,
    #[serde(default)]
    merged: bool,
    head: End,
    base: End,
}

#[derive(Debug, Clone, Deserialize)]
struct End {
    #[serde(rename = "ref")]
    name: String,
    #[serde(default)]
    sha: String,
    repo_id: Option<u64>,
}

#[derive(Debug, Clone, Deserialize)]
struct Login {
    login: String,
}

impl From<Row> for Existing {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            slug: row.full_name,
            page: row.html_url,
            clone_url: row.clone_url,
            description: row.description,
            default_branch: row.default_branch,
            open: row.open_issues_count + row.open_pr_counter,
            forks: row.forks_count,
        }
    }
}

impl Pull {
    fn within(self, existing: &Existing) -> Change {
        let (owner, name) = parts(&existing.slug);
        Change {
            owner: owner.to_owned(),
            name: name.to_owned(),
            repository: existing.id,
            number: self.number,
            page: self.html_url,
            into: self.base.name,
            commit: Some(self.head.sha).filter(|commit| !commit.is_empty()),
            merged: self.merged,
        }
    }
}

fn parts(slug: &str) -> (&str, &str) {
    slug.split_once('/').unwrap_or((slug, ""))
}

fn within<'a>(slug: &'a str, rest: &[&'a str]) -> Vec<&'a str> {
    let (owner, name) = parts(slug);
    let mut path = vec!["repos", owner, name];
    path.extend(rest);
    path
}

/// The switches of a repository that were set.
fn switches(features: Features) -> Map<String, Value> {
    let switches = [
        ("has_issues", features.issues),
        ("has_wiki", features.wiki),
        ("has_projects", features.projects),
        (
            "default_delete_branch_after_merge",
            features.delete_merged_branches,
        ),
        ("allow_squash_merge", features.squash_merges),
        ("allow_rebase", features.rebase_merges),
        ("allow_merge_commits", features.merge_commits),
    ];
    let set = switches.into_iter();
    set.filter_map(|(name, value)| Some((name.to_owned(), value?.into())))
        .collect()
}

#[async_trait]
impl Works for Forgejo {
    fn service(&self) -> &'static str {
        SERVICE.name
    }

    fn rights(&self) -> &'static str {
        RIGHTS
    }

    async fn look(&self, owner: &str, name: &str) -> Result<Option<Existing>, ForgeError> {
        match self.client.get::<Row>(&["repos", owner, name], &[]).await {
            Ok(row) => Ok(Some(row.into())),
            Err(ForgeError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn make(&self, new: &NewRepository, description: &str) -> Result<Existing, PublishError> {
        let of_making = |error| PublishError::of_making(error, &new.owner, &new.name, RIGHTS);
        let body = json!({
            "name": new.name,
            "description": description,
            "private": new.visibility != Visibility::Public,
            "default_branch": new.default_branch,
            "auto_init": false,
        });
        let own = match self.client.get::<Login>(&["user"], &[]).await {
            Ok(user) => user.login.eq_ignore_ascii_case(&new.owner),
            // Whose token does not tell can work in organisations all the same.
            Err(ForgeError::Forbidden { .. }) => false,
            Err(error) => return Err(error.into()),
        };
        let path = if own {
            vec!["user", "repos"]
        } else {
            vec!["orgs", &new.owner, "repos"]
        };
        let made: Result<Row, _> = self.client.post(&path, &body).await;
        Ok(made.map_err(of_making)?.into())
    }

    async fn settle(
        &self,
        existing: &Existing,
        new: &NewRepository,
    ) -> Result<Vec<String>, ForgeError> {
        let slug = existing.slug.as_str();
        let mut body = switches(new.features);
        body.insert("description".into(), new.description.as_str().into());
        body.insert("default_branch".into(), new.default_branch.as_str().into());
        if let Some(homepage) = &new.homepage {
            body.insert("website".into(), homepage.as_str().into());
        }
        let path = within(slug, &[]);
        self.client.patch(&path, &body).await?;
        let topics = new.lower_topics();
        if !topics.is_empty() {
            let path = within(slug, &["topics"]);
            let body = json!({ "topics": topics });
            self.client.put(&path, &body).await?;
        }
        Ok(Vec::new())
    }

    async fn grant(
        &self,
        existing: &Existing,
        to: &Grantee,
        right: Right,
    ) -> Result<(), ForgeError> {
        let slug = &existing.slug;
        match to {
            Grantee::User(login) => {
                let permission = match right {
                    Right::Read | Right::Triage => "read",
                    Right::Write | Right::Maintain => "write",
                    Right::Admin => "admin",
                };
                let path = within(slug, &["collaborators", login]);
                let body = json!({ "permission": permission });
                self.client.put(&path, &body).await
            }
            // What a team may do, it may do in all of its repositories.
            Grantee::Team(team) => {
                let path = within(slug, &["teams", team]);
                self.client.put(&path, &json!({})).await
            }
        }
    }

    async fn protect(
        &self,
        existing: &Existing,
        branch: &str,
        protection: &Protection,
    ) -> Result<Vec<String>, ForgeError> {
        let path = within(&existing.slug, &["branch_protections"]);
        let there: Vec<Value> = self.client.list(&path, &[]).await?;
        let is_it = |rule: &Value| rule["branch_name"] == branch || rule["rule_name"] == branch;
        let body = json!({
            "branch_name": branch,
            "rule_name": branch,
            "enable_push": false,
            "required_approvals": protection.approvals,
            "enable_status_check": !protection.checks.is_empty(),
            "status_check_contexts": protection.checks,
        });
        if !there.iter().any(is_it) {
            self.client.post::<IgnoredAny>(&path, &body).await?;
        }
        let mut missing = Vec::new();
        if protection.code_owners {
            missing.push(format!(
                "Forgejo asks the owners of the code for their view, but does not wait for them before a change goes into {branch}."
            ));
        }
        Ok(missing)
    }

    async fn branches(&self, existing: &Existing) -> Result<Vec<(String, String)>, ForgeError> {
        let path = within(&existing.slug, &["branches"]);
        let branches: Vec<Branch> = self.client.list(&path, &[LIMIT]).await?;
        let branches = branches.into_iter();
        Ok(branches
            .map(|branch| (branch.name, branch.commit.id))
            .collect())
    }

    async fn remove(&self, existing: &Existing) -> Result<(), ForgeError> {
        self.client.delete(&within(&existing.slug, &[])).await
    }

    async fn open_changes(
        &self,
        existing: &Existing,
        branch: &str,
    ) -> Result<Vec<Change>, ForgeError> {
        let path = within(&existing.slug, &["pulls"]);
        let pulls: Vec<Pull> = self.client.list(&path, &[("state", "open"), LIMIT]).await?;
        let here = |pull: &Pull| pull.head.repo_id.is_none_or(|id| id == existing.id);
        let of_branch = pulls
            .into_iter()
            .filter(|pull| pull.head.name == branch && here(pull));
        Ok(of_branch.map(|pull| pull.within(existing)).collect())
    }

    async fn open(
        &self,
        existing: &Existing,
        new: &NewChange,
        into: &str,
    ) -> Result<Change, ForgeError> {
        let body = json!({
            "title": new.title_with("WIP"),
            "body": new.description,
            "head": new.branch,
            "base": into,
        });
        let path = within(&existing.slug, &["pulls"]);
        let pull: Pull = self.client.post(&path, &body).await?;
        Ok(pull.within(existing))
    }

    async fn ask_reviewers(
        &self,
        existing: &Existing,
        change: &Change,
        new: &NewChange,
    ) -> Result<(), ForgeError> {
        let number = change.number.to_string();
        let body = json!({ "reviewers": new.reviewers, "team_reviewers": new.team_reviewers });
        let path = within(&existing.slug, &["pulls", &number, "requested_reviewers"]);
        // Who is asked already is not asked again.
        self.client
            .query::<IgnoredAny>(&path, &body)
            .await
            .map(|_| ())
    }

    async fn state(&self, existing: &Existing, number: u64) -> Result<(Change, bool), ForgeError> {
        let number = number.to_string();
        let path = within(&existing.slug, &["pulls", &number]);
        let pull: Pull = self.client.get(&path, &[]).await?;
        let open = pull.state == "open";
        Ok((pull.within(existing), open))
    }

    async fn close(&self, existing: &Existing, number: u64) -> Result<(), ForgeError> {
        let number = number.to_string();
        let path = within(&existing.slug, &["pulls", &number]);
        self.client
            .patch(&path, &json!({ "state": "closed" }))
            .await
    }

    fn created(&self, existing: Existing, branch: &str) -> Created {
        let (owner, name) = parts(&existing.slug);
        Created {
            owner: owner.to_owned(),
            name: name.to_owned(),
            id: existing.id,
            remote_url: existing.clone_url.clone(),
            contents_url: format!("{}/src/branch/{branch}/", existing.page),
            page: existing.page,
            clone_url: existing.clone_url,
        }
    }

    async fn login(&self) -> Result<Option<(&'static str, SecretString)>, ForgeError> {
        Forge::login(self).await
    }
}
