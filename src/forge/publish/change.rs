//! Change requests: what GitHub and Gitea call pull requests, and GitLab merge requests.

use serde::{Deserialize, Serialize};

/// A change request that is to be opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewChange {
    /// The owner of the repository; for GitLab a group's full path.
    pub owner: String,
    /// Its name.
    pub name: String,
    /// The branch that was pushed.
    pub branch: String,
    /// The commit that was pushed, by which the request is known again.
    pub commit: String,
    /// The branch that it is to go into; `None` is the default branch.
    #[serde(default)]
    pub into: Option<String>,
    /// Its title.
    pub title: String,
    /// What it says of itself, in Markdown.
    #[serde(default)]
    pub description: String,
    /// Whether it is not to be merged yet.
    #[serde(default)]
    pub draft: bool,
    /// Whether the branch is deleted once it was merged; GitHub and Gitea decide that for a whole repository.
    #[serde(default)]
    pub remove_branch: bool,
    /// The logins of those who are asked to look at it.
    #[serde(default)]
    pub reviewers: Vec<String>,
    /// The teams that are asked; GitLab knows none.
    #[serde(default)]
    pub team_reviewers: Vec<String>,
}

/// A change request that is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The owner of the repository.
    pub owner: String,
    /// Its name.
    pub name: String,
    /// The repository's number.
    pub repository: u64,
    /// The request's number within the repository.
    pub number: u64,
    /// Its page: what templates know as `remoteUrl`, or for GitLab as `mergeRequestUrl`.
    pub page: String,
    /// The branch that it is to go into: what templates know as `targetBranchName`.
    pub into: String,
    /// The commit that is to be taken over, once the forge knows it.
    pub commit: Option<String>,
    /// Whether it was taken over.
    #[serde(default)]
    pub merged: bool,
}

impl NewChange {
    /// The title, behind the word by which a forge knows a draft.
    pub(in crate::forge) fn title_with(&self, draft: &str) -> String {
        if self.draft {
            format!("{draft}: {}", self.title)
        } else {
            self.title.clone()
        }
    }
}
