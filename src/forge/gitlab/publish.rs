//! The writing side of GitLab, where a repository is a project and a change request a merge request.

use async_trait::async_trait;
use secrecy::SecretString;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value, json};

use super::{Gitlab, SERVICE};
use crate::config::Visibility;
use crate::forge::publish::{
    Change, Created, Existing, Features, Grantee, NewChange, NewRepository, Protection,
    PublishError, Right, Works,
};
use crate::forge::{Forge, ForgeError};

const RIGHTS: &str = "the scope `api` and a role in the group that may create projects (Maintainer, as a rule; Owner, to delete them)";

#[derive(Debug, Clone, Deserialize)]
struct Row {
    id: u64,
    path_with_namespace: String,
    web_url: String,
    http_url_to_repo: String,
    description: Option<String>,
    default_branch: Option<String>,
    #[serde(default)]
    open_issues_count: u64,
    #[serde(default)]
    forks_count: u64,
    /// When a project is deleted, it is first put aside for some days.
    marked_for_deletion_on: Option<String>,
    marked_for_deletion_at: Option<String>,
}

/// Whatever has a number.
#[derive(Debug, Clone, Deserialize)]
struct Numbered {
    id: u64,
}

#[derive(Debug, Clone, Deserialize)]
struct Branch {
    name: String,
    commit: Numberless,
}

#[derive(Debug, Clone, Deserialize)]
struct Numberless {
    id: String,
}

#[derive(Debug, Clone, Deserialize)]
struct Merge {
    iid: u64,
    web_url: String,
    state: String,
    sha: Option<String>,
    source_branch: String,
    target_branch: String,
    source_project_id: Option<u64>,
}

impl From<Row> for Existing {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            slug: row.path_with_namespace,
            page: row.web_url,
            clone_url: row.http_url_to_repo,
            description: row.description,
            default_branch: row.default_branch,
            open: row.open_issues_count,
            forks: row.forks_count,
        }
    }
}

impl Row {
    fn is_going(&self) -> bool {
        self.marked_for_deletion_on.is_some() || self.marked_for_deletion_at.is_some()
    }
}

impl Merge {
    fn within(self, existing: &Existing) -> Change {
        let (owner, name) = parts(&existing.slug);
        Change {
            owner: owner.to_owned(),
            name: name.to_owned(),
            repository: existing.id,
            number: self.iid,
            page: self.web_url,
            into: self.target_branch,
            commit: self.sha,
            merged: self.state == "merged",
        }
    }
}

/// The group and the name: the group may have slashes itself.
fn parts(slug: &str) -> (&str, &str) {
    slug.rsplit_once('/').unwrap_or((slug, ""))
}

fn visibility(visibility: Visibility) -> &'static str {
    match visibility {
        Visibility::Public => "public",
        Visibility::Internal => "internal",
        Visibility::Private => "private",
    }
}

/// The switches of a project that were set.
fn switches(features: Features) -> Map<String, Value> {
    let access = |on: Option<bool>| Some(if on? { "enabled" } else { "disabled" });
    let mut set = Map::new();
    if let Some(access) = access(features.issues) {
        set.insert("issues_access_level".into(), access.into());
    }
    if let Some(access) = access(features.wiki) {
        set.insert("wiki_access_level".into(), access.into());
    }
    if let Some(delete) = features.delete_merged_branches {
        let name = "remove_source_branch_after_merge";
        set.insert(name.into(), delete.into());
    }
    if let Some(squash) = features.squash_merges {
        let option = if squash { "default_off" } else { "never" };
        set.insert("squash_option".into(), option.into());
    }
    if let Some(commits) = features.merge_commits {
        let method = if commits { "merge" } else { "ff" };
        set.insert("merge_method".into(), method.into());
    }
    set
}

/// What was to be made is there already: a first try whose answer was lost, or somebody's own doing.
fn unless_there(result: Result<IgnoredAny, ForgeError>) -> Result<(), ForgeError> {
    match result {
        Err(error) if PublishError::is_taken(&error) => Ok(()),
        result => result.map(|_| ()),
    }
}

impl Gitlab {
    async fn user(&self, login: &str) -> Result<u64, ForgeError> {
        let found: Vec<Numbered> = self.client.get(&["users"], &[("username", login)]).await?;
        found
            .first()
            .map(|user| user.id)
            .ok_or_else(|| ForgeError::NotFound {
                service: SERVICE.name,
                place: crate::forge::page(&self.home, login),
            })
    }
}

#[async_trait]
impl Works for Gitlab {
    fn service(&self) -> &'static str {
        SERVICE.name
    }

    fn rights(&self) -> &'static str {
        RIGHTS
    }

    async fn look(&self, owner: &str, name: &str) -> Result<Option<Existing>, ForgeError> {
        let path = format!("{owner}/{name}");
        match self.client.get::<Row>(&["projects", &path], &[]).await {
            Ok(row) if row.is_going() => Ok(None),
            Ok(row) => Ok(Some(row.into())),
            Err(ForgeError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn make(&self, new: &NewRepository, description: &str) -> Result<Existing, PublishError> {
        let of_making = |error| PublishError::of_making(error, &new.owner, &new.name, RIGHTS);
        let namespace: Result<Numbered, _> =
            self.client.get(&["namespaces", &new.owner], &[]).await;
        let body = json!({
            "name": new.name,
            "path": new.name,
            "namespace_id": namespace.map_err(of_making)?.id,
            "description": description,
            "visibility": visibility(new.visibility),
            "initialize_with_readme": false,
        });
        let made: Result<Row, _> = self.client.post(&["projects"], &body).await;
        Ok(made.map_err(of_making)?.into())
    }

    async fn settle(
        &self,
        existing: &Existing,
        new: &NewRepository,
    ) -> Result<Vec<String>, ForgeError> {
        let project = existing.id.to_string();
        let mut body = switches(new.features);
        body.insert("description".into(), new.description.as_str().into());
        body.insert("default_branch".into(), new.default_branch.as_str().into());
        let topics = new.lower_topics();
        if !topics.is_empty() {
            body.insert("topics".into(), topics.into());
        }
        let path = ["projects", &project];
        self.client.put(&path, &body).await?;
        let mut missing = Vec::new();
        if new.homepage.is_some() {
            missing.push("GitLab keeps no homepage of a project, so none was set.".to_owned());
        }
        Ok(missing)
    }

    async fn grant(
        &self,
        existing: &Existing,
        to: &Grantee,
        right: Right,
    ) -> Result<(), ForgeError> {
        let project = existing.id.to_string();
        let level = match right {
            Right::Read | Right::Triage => 20,
            Right::Write => 30,
            Right::Maintain | Right::Admin => 40,
        };
        let (place, body) = match to {
            Grantee::User(login) => {
                let id = self.user(login).await?;
                ("members", json!({ "user_id": id, "access_level": level }))
            }
            Grantee::Team(path) => {
                let query = [("with_projects", "false")];
                let group: Numbered = self.client.get(&["groups", path], &query).await?;
                (
                    "share",
                    json!({ "group_id": group.id, "group_access": level }),
                )
            }
        };
        unless_there(
            self.client
                .post(&["projects", &project, place], &body)
                .await,
        )
    }

    /// The default branch is protected by GitLab itself as a rule; this makes sure, and lets nobody push to it.
    async fn protect(
        &self,
        existing: &Existing,
        branch: &str,
        protection: &Protection,
    ) -> Result<Vec<String>, ForgeError> {
        let project = existing.id.to_string();
        let path = ["projects", &project, "protected_branches"];
        let mut body = json!({ "name": branch, "push_access_level": 0, "merge_access_level": 40 });
        if protection.for_admins {
            body["allow_force_push"] = false.into();
        }
        unless_there(self.client.post(&path, &body).await)?;
        let mut missing = Vec::new();
        if protection.approvals > 0 || protection.code_owners || !protection.checks.is_empty() {
            missing.push(
                "GitLab asks for approvals and checks by rules of the group, which were left as they are.".to_owned(),
            );
        }
        Ok(missing)
    }

    async fn branches(&self, existing: &Existing) -> Result<Vec<(String, String)>, ForgeError> {
        let project = existing.id.to_string();
        let path = ["projects", &project, "repository", "branches"];
        let branches: Vec<Branch> = self.client.list(&path, &[("per_page", "100")]).await?;
        let branches = branches.into_iter();
        Ok(branches
            .map(|branch| (branch.name, branch.commit.id))
            .collect())
    }

    async fn remove(&self, existing: &Existing) -> Result<(), ForgeError> {
        let project = existing.id.to_string();
        self.client.delete(&["projects", &project]).await
    }

    async fn open_changes(
        &self,
        existing: &Existing,
        branch: &str,
    ) -> Result<Vec<Change>, ForgeError> {
        let project = existing.id.to_string();
        let path = ["projects", &project, "merge_requests"];
        let query = [
            ("state", "opened"),
            ("source_branch", branch),
            ("per_page", "100"),
        ];
        let merges: Vec<Merge> = self.client.list(&path, &query).await?;
        let here = |merge: &Merge| merge.source_project_id.is_none_or(|id| id == existing.id);
        let of_branch = merges
            .into_iter()
            .filter(|merge| merge.source_branch == branch && here(merge));
        Ok(of_branch.map(|merge| merge.within(existing)).collect())
    }

    async fn open(
        &self,
        existing: &Existing,
        new: &NewChange,
        into: &str,
    ) -> Result<Change, ForgeError> {
        let project = existing.id.to_string();
        let body = json!({
            "title": new.title_with("Draft"),
            "description": new.description,
            "source_branch": new.branch,
            "target_branch": into,
            "remove_source_branch": new.remove_branch,
        });
        let path = ["projects", &project, "merge_requests"];
        let merge: Merge = self.client.post(&path, &body).await?;
        Ok(merge.within(existing))
    }

    async fn ask_reviewers(
        &self,
        existing: &Existing,
        change: &Change,
        new: &NewChange,
    ) -> Result<(), ForgeError> {
        let mut ids = Vec::new();
        for login in &new.reviewers {
            ids.push(self.user(login).await?);
        }
        if ids.is_empty() {
            return Ok(());
        }
        let (project, number) = (existing.id.to_string(), change.number.to_string());
        let path = ["projects", &project, "merge_requests", &number];
        self.client
            .put(&path, &json!({ "reviewer_ids": ids }))
            .await
    }

    async fn state(&self, existing: &Existing, number: u64) -> Result<(Change, bool), ForgeError> {
        let (project, number) = (existing.id.to_string(), number.to_string());
        let path = ["projects", &project, "merge_requests", &number];
        let merge: Merge = self.client.get(&path, &[]).await?;
        let open = merge.state == "opened";
        Ok((merge.within(existing), open))
    }

    async fn close(&self, existing: &Existing, number: u64) -> Result<(), ForgeError> {
        let (project, number) = (existing.id.to_string(), number.to_string());
        let path = ["projects", &project, "merge_requests", &number];
        self.client
            .put(&path, &json!({ "state_event": "close" }))
            .await
    }

    fn created(&self, existing: Existing, branch: &str) -> Created {
        let (owner, name) = parts(&existing.slug);
        let remote = existing.clone_url.trim_end_matches(".git");
        Created {
            owner: owner.to_owned(),
            name: name.to_owned(),
            id: existing.id,
            remote_url: remote.to_owned(),
            contents_url: format!("{remote}/-/blob/{branch}"),
            page: existing.page,
            clone_url: existing.clone_url,
        }
    }

    async fn login(&self) -> Result<Option<(&'static str, SecretString)>, ForgeError> {
        Forge::login(self).await
    }
}
