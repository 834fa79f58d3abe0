//! What is asked for, what is there, and what was made.

use serde::{Deserialize, Serialize};

use super::PublishError;
use crate::config::Visibility;

/// No name is longer; GitHub allows the least.
const LONGEST_NAME: usize = 100;

/// A repository that is to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewRepository {
    /// The organisation or user; for GitLab a group's full path.
    pub owner: String,
    /// Its name.
    pub name: String,
    /// Who may see it. Where a forge has no [`Visibility::Internal`], it is private.
    pub visibility: Visibility,
    /// What it is for.
    #[serde(default)]
    pub description: String,
    /// The address of its page elsewhere. GitLab has none.
    #[serde(default)]
    pub homepage: Option<String>,
    /// Its topics; forges want them in lower case, and get them so.
    #[serde(default)]
    pub topics: Vec<String>,
    /// The branch that is pushed first.
    pub default_branch: String,
    /// Who may do what there, beside those who may anyway.
    #[serde(default)]
    pub grants: Vec<(Grantee, Right)>,
    /// What its page offers.
    #[serde(default)]
    pub features: Features,
    /// How its default branch is protected; `None` leaves it to the forge.
    #[serde(default)]
    pub protection: Option<Protection>,
}

/// Who is given a right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Grantee {
    /// A user, by login.
    User(String),
    /// A team of the organisation, by its short name; for GitLab a group, by its full path.
    Team(String),
}

/// What somebody may do in a repository, from the least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Right {
    /// Read it.
    Read,
    /// Sort issues and change requests; where there is no such right, read it.
    Triage,
    /// Push to it.
    Write,
    /// Change most settings; where there is no such right, push to it.
    Maintain,
    /// Everything.
    Admin,
}

/// What the page of a repository offers; what is `None` is left to the forge.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Features {
    /// Issues.
    #[serde(default)]
    pub issues: Option<bool>,
    /// A wiki.
    #[serde(default)]
    pub wiki: Option<bool>,
    /// Project boards; GitLab has none to be switched.
    #[serde(default)]
    pub projects: Option<bool>,
    /// Whether a branch is deleted once it was merged.
    #[serde(default)]
    pub delete_merged_branches: Option<bool>,
    /// Whether a change may become one commit.
    #[serde(default)]
    pub squash_merges: Option<bool>,
    /// Whether a change may be put on top commit by commit.
    #[serde(default)]
    pub rebase_merges: Option<bool>,
    /// Whether a change may be joined by a commit of two parents.
    #[serde(default)]
    pub merge_commits: Option<bool>,
    /// Whether a change may be merged by itself once all is well.
    #[serde(default)]
    pub auto_merge: Option<bool>,
}

/// How a branch is protected.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Protection {
    /// How many people must approve a change.
    #[serde(default)]
    pub approvals: u8,
    /// Whether those who own the code must.
    #[serde(default)]
    pub code_owners: bool,
    /// The checks that must pass, by name.
    #[serde(default)]
    pub checks: Vec<String>,
    /// Whether administrators are bound as well.
    #[serde(default)]
    pub for_admins: bool,
}

/// A repository that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Existing {
    /// Its number, which no other ever has.
    pub id: u64,
    /// Its owner and name, as the forge writes them: `acme/payments`.
    pub slug: String,
    /// Its page.
    pub page: String,
    /// The address of git over HTTP.
    pub clone_url: String,
    /// What it says of itself.
    pub description: Option<String>,
    /// The branch that its `HEAD` points to.
    pub default_branch: Option<String>,
    /// How many issues and change requests are open.
    pub open: u64,
    /// How many copies there are.
    pub forks: u64,
}

/// A repository that was made here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Created {
    /// The organisation or user; for GitLab a group's full path.
    pub owner: String,
    /// Its name.
    pub name: String,
    /// Its number, which no other ever has.
    pub id: u64,
    /// Its page.
    pub page: String,
    /// The address to push to over HTTP.
    pub clone_url: String,
    /// What templates know as `remoteUrl`.
    pub remote_url: String,
    /// What templates know as `repoContentsUrl`: where its files are shown.
    pub contents_url: String,
}

/// What became of something that was to be undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Undone {
    /// It is undone by this.
    Now,
    /// There was nothing left to undo.
    Before,
}

impl NewRepository {
    /// Like `acme/payments`.
    pub fn slug(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }

    /// The topics as forges take them.
    pub(in crate::forge) fn lower_topics(&self) -> Vec<String> {
        self.topics
            .iter()
            .map(|topic| topic.to_lowercase())
            .collect()
    }
}

impl Created {
    /// Like `acme/payments`.
    pub fn slug(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }
}

/// Refuses names that one of the forges would take for something else, or would change.
pub(super) fn check_names(owner: &str, name: &str) -> Result<(), PublishError> {
    let plain = |text: &str| {
        text.len() <= LONGEST_NAME
            && text.starts_with(|c: char| c.is_ascii_alphanumeric() || "._".contains(c))
            && text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
            && !text.chars().all(|c| c == '.')
    };
    if !owner.split('/').all(plain) {
        return Err(PublishError::Owner(owner.to_owned()));
    }
    let lower = name.to_lowercase();
    let reserved = [".git", ".wiki", ".atom", ".rss", "."]
        .iter()
        .any(|end| lower.ends_with(end));
    if !plain(name) || (reserved && lower != ".github") {
        return Err(PublishError::Name(name.to_owned()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain() {
        for name in ["payments", "Pay_ments.v2", "7", ".github", "a.git.b"] {
            assert_eq!(check_names("acme/platform", name), Ok(()), "{name}");
        }
        let long = "a".repeat(101);
        let odd = [
            "", ".", "..", "-x", "a b", "a/b", "$(id)", "a;b", "ä", "a.git", "A.GIT", "x.wiki",
            "x.", &long,
        ];
        for name in odd {
            let refused = check_names("acme", name);
            assert_eq!(refused, Err(PublishError::Name(name.to_owned())));
        }
        for owner in ["", "a//b", "../x", "/acme", "acme/", "a b"] {
            let refused = check_names(owner, "x");
            assert_eq!(refused, Err(PublishError::Owner(owner.to_owned())));
        }
    }
}
