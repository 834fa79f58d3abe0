//! The writing side of GitHub, over REST.

use async_trait::async_trait;
use secrecy::SecretString;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value, json};

use super::{Account, Github, SERVICE};
use crate::config::Visibility;
use crate::forge::publish::{
    Change, Created, Existing, Features, Grantee, NewChange, NewRepository, Protection,
    PublishError, Right, Works,
};
use crate::forge::{Forge, ForgeError, page};

const RIGHTS: &str = "the repository rights Administration, Contents, Pull requests and Workflows to write (for a classic token `repo`, `workflow` and `delete_repo`)";

#[derive(Debug, Clone, Deserialize)]
struct Row {
    id: u64,
    full_name: String,
    html_url: String,
    clone_url: Option<String>,
    description: Option<String>,
    default_branch: Option<String>,
    #[serde(default, rename = "open_issues_count")]
    open: u64,
    #[serde(default, rename = "forks_count")]
    forks: u64,
}

#[derive(Debug, Clone, Deserialize)]
struct Branch {
    name: String,
    commit: Tip,
}

#[derive(Debug, Clone, Deserialize)]
struct Tip {
    sha: String,
}

#[derive(Debug, Clone, Deserialize)]
struct Pull {
    number: u64,
    html_url: String,
    state: String,
    merged_at: Option<String>,
    head: End,
    base: End,
}

#[derive(Debug, Clone, Deserialize)]
struct End {
    #[serde(rename = "ref")]
    name: String,
    sha: String,
}

#[derive(Debug, Clone, Deserialize)]
struct User {
    login: String,
}

impl From<Row> for Existing {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            clone_url: row
                .clone_url
                .unwrap_or_else(|| format!("{}.git", row.html_url)),
            slug: row.full_name,
            page: row.html_url,
            description: row.description,
            default_branch: row.default_branch,
            open: row.open,
            forks: row.forks,
        }
    }
}

impl Github {
    /// Whether somebody is no organisation.
    async fn is_person(&self, owner: &str) -> Result<bool, ForgeError> {
        if owner.eq_ignore_ascii_case(&self.owner) {
            return self.is_user().await;
        }
        let path = self.api.path(&["users", owner]);
        let account: Result<Account, _> = self.client.get(&path, &[]).await;
        let account = account.map_err(|error| error.about(&page(&self.home, owner)))?;
        Ok(account.kind == "User")
    }

    fn has_app(&self) -> bool {
        self.client.credential().key() == "app"
    }

    async fn put_within(&self, slug: &str, rest: &[&str], body: &Value) -> Result<(), ForgeError> {
        self.client.put(&self.within(slug, rest), body).await
    }

    /// A path within a repository.
    fn within<'a>(&self, slug: &'a str, rest: &[&'a str]) -> Vec<&'a str> {
        let (owner, name) = slug.split_once('/').unwrap_or((slug, ""));
        let mut path = vec!["repos", owner, name];
        path.extend(rest);
        self.api.path(&path)
    }
}

/// The switches of a repository that were set.
fn switches(features: Features) -> Map<String, Value> {
    let switches = [
        ("has_issues", features.issues),
        ("has_wiki", features.wiki),
        ("has_projects", features.projects),
        ("delete_branch_on_merge", features.delete_merged_branches),
        ("allow_squash_merge", features.squash_merges),
        ("allow_rebase_merge", features.rebase_merges),
        ("allow_merge_commit", features.merge_commits),
        ("allow_auto_merge", features.auto_merge),
    ];
    let set = switches.into_iter();
    set.filter_map(|(name, value)| Some((name.to_owned(), value?.into())))
        .collect()
}

fn protected(protection: &Protection) -> Value {
    let checks = (!protection.checks.is_empty())
        .then(|| json!({ "strict": true, "contexts": protection.checks }));
    let reviews = (protection.approvals > 0 || protection.code_owners).then(|| {
        json!({
            "required_approving_review_count": protection.approvals,
            "require_code_owner_reviews": protection.code_owners,
        })
    });
    json!({
        "required_status_checks": checks,
        "enforce_admins": protection.for_admins,
        "required_pull_request_reviews": reviews,
        "restrictions": null,
    })
}

impl Pull {
    fn within(self, existing: &Existing) -> Change {
        let (owner, name) = existing
            .slug
            .split_once('/')
            .unwrap_or((&existing.slug, ""));
        Change {
            owner: owner.to_owned(),
            name: name.to_owned(),
            repository: existing.id,
            number: self.number,
            page: self.html_url,
            into: self.base.name,
            commit: Some(self.head.sha),
            merged: self.merged_at.is_some(),
        }
    }
}

#[async_trait]
impl Works for Github {
    fn service(&self) -> &'static str {
        SERVICE.name
    }

    fn rights(&self) -> &'static str {
        RIGHTS
    }

    fn only_owner(&self) -> Option<&str> {
        self.has_app().then_some(self.owner.as_str())
    }

    async fn look(&self, owner: &str, name: &str) -> Result<Option<Existing>, ForgeError> {
        let path = self.api.path(&["repos", owner, name]);
        match self.client.get::<Row>(&path, &[]).await {
            Ok(row) => Ok(Some(row.into())),
            Err(ForgeError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn make(&self, new: &NewRepository, description: &str) -> Result<Existing, PublishError> {
        let of_making = |error| PublishError::of_making(error, &new.owner, &new.name, RIGHTS);
        let is_person = self.is_person(&new.owner).await.map_err(of_making)?;
        let mut body = json!({
            "name": new.name,
            "description": description,
            "private": new.visibility != Visibility::Public,
            "auto_init": false,
        });
        let path = if is_person {
            if !self.has_app() {
                let path = self.api.path(&["user"]);
                let user: User = self.client.get(&path, &[]).await?;
                if !user.login.eq_ignore_ascii_case(&new.owner) {
                    return Err(PublishError::NotAllowed {
                        service: SERVICE.name,
                        what: format!("make a repository in {}", new.owner),
                        why: format!(
                            "they are {}'s, and only {}'s own can",
                            user.login, new.owner
                        ),
                        rights: "an organisation as the owner, or use a token of that user",
                    });
                }
            }
            self.api.path(&["user", "repos"])
        } else {
            if new.visibility == Visibility::Internal {
                body["visibility"] = "internal".into();
            }
            self.api.path(&["orgs", &new.owner, "repos"])
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
            body.insert("homepage".into(), homepage.as_str().into());
        }
        let path = self.within(slug, &[]);
        self.client.patch(&path, &body).await?;
        let topics = new.lower_topics();
        if !topics.is_empty() {
            let body = json!({ "names": topics });
            self.put_within(slug, &["topics"], &body).await?;
        }
        Ok(Vec::new())
    }

    async fn grant(
        &self,
        existing: &Existing,
        to: &Grantee,
        right: Right,
    ) -> Result<(), ForgeError> {
        let slug = existing.slug.as_str();
        let permission = match right {
            Right::Read => "pull",
            Right::Triage => "triage",
            Right::Write => "push",
            Right::Maintain => "maintain",
            Right::Admin => "admin",
        };
        let body = json!({ "permission": permission });
        match to {
            Grantee::User(login) => {
                self.put_within(slug, &["collaborators", login], &body)
                    .await
            }
            Grantee::Team(team) => {
                let (owner, name) = slug.split_once('/').unwrap_or((slug, ""));
                let path = ["orgs", owner, "teams", team, "repos", owner, name];
                self.client.put(&self.api.path(&path), &body).await
            }
        }
    }

    async fn protect(
        &self,
        existing: &Existing,
        branch: &str,
        protection: &Protection,
    ) -> Result<Vec<String>, ForgeError> {
        let path = ["branches", branch, "protection"];
        let body = protected(protection);
        match self.put_within(&existing.slug, &path, &body).await {
            Err(ForgeError::Forbidden { why, .. } | ForgeError::Refused { why, .. }) => {
                let why = why.trim_start_matches("it ");
                Ok(vec![format!(
                    "The branch {branch} is not protected: GitHub {why}"
                )])
            }
            done => done.map(|()| Vec::new()),
        }
    }

    async fn branches(&self, existing: &Existing) -> Result<Vec<(String, String)>, ForgeError> {
        let path = self.within(&existing.slug, &["branches"]);
        let branches: Vec<Branch> = self.client.list(&path, &[("per_page", "100")]).await?;
        let branches = branches.into_iter();
        Ok(branches
            .map(|branch| (branch.name, branch.commit.sha))
            .collect())
    }

    async fn remove(&self, existing: &Existing) -> Result<(), ForgeError> {
        self.client.delete(&self.within(&existing.slug, &[])).await
    }

    async fn open_changes(
        &self,
        existing: &Existing,
        branch: &str,
    ) -> Result<Vec<Change>, ForgeError> {
        let (owner, _) = existing
            .slug
            .split_once('/')
            .unwrap_or((&existing.slug, ""));
        let head = format!("{owner}:{branch}");
        let query = [
            ("state", "open"),
            ("head", head.as_str()),
            ("per_page", "100"),
        ];
        let path = self.within(&existing.slug, &["pulls"]);
        let pulls: Vec<Pull> = self.client.list(&path, &query).await?;
        let of_branch = pulls.into_iter().filter(|pull| pull.head.name == branch);
        Ok(of_branch.map(|pull| pull.within(existing)).collect())
    }

    async fn open(
        &self,
        existing: &Existing,
        new: &NewChange,
        into: &str,
    ) -> Result<Change, ForgeError> {
        let body = json!({
            "title": new.title,
            "body": new.description,
            "head": new.branch,
            "base": into,
            "draft": new.draft,
        });
        let path = self.within(&existing.slug, &["pulls"]);
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
        let path = self.within(&existing.slug, &["pulls", &number, "requested_reviewers"]);
        // Who is asked already is not asked again.
        self.client
            .query::<IgnoredAny>(&path, &body)
            .await
            .map(|_| ())
    }

    async fn state(&self, existing: &Existing, number: u64) -> Result<(Change, bool), ForgeError> {
        let number = number.to_string();
        let path = self.within(&existing.slug, &["pulls", &number]);
        let pull: Pull = self.client.get(&path, &[]).await?;
        let open = pull.state == "open";
        Ok((pull.within(existing), open))
    }

    async fn close(&self, existing: &Existing, number: u64) -> Result<(), ForgeError> {
        let number = number.to_string();
        let path = self.within(&existing.slug, &["pulls", &number]);
        self.client
            .patch(&path, &json!({ "state": "closed" }))
            .await
    }

    fn created(&self, existing: Existing, branch: &str) -> Created {
        let (owner, name) = existing
            .slug
            .split_once('/')
            .unwrap_or((&existing.slug, ""));
        Created {
            owner: owner.to_owned(),
            name: name.to_owned(),
            id: existing.id,
            remote_url: existing.clone_url.clone(),
            contents_url: format!("{}/blob/{branch}", existing.page),
            page: existing.page,
            clone_url: existing.clone_url,
        }
    }

    async fn login(&self) -> Result<Option<(&'static str, SecretString)>, ForgeError> {
        Forge::login(self).await
    }
}
