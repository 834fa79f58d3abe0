//! Files that are in memory become a commit, which is pushed to a branch of a remote.
//!
//! The same files, author, date and message make the same commit, so a push that was perhaps made is made again without
//! harm. A branch that somebody else has put commits on is left as it is: the remote is told what it must have for the push
//! to be taken. Credentials go the way they go when something is fetched, by the environment alone.

mod files;

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use tempfile::TempDir;
use thiserror::Error;

use super::command::Git;
use super::{GitError, Remote, is_commit, without_credentials};
pub use files::File;
use files::changes;

/// Where the branch that a commit is built upon is kept.
const BASE: &str = "refs/callboard/base";

/// Where the branch is kept that stands in the way.
const THEIRS: &str = "refs/callboard/theirs";

/// Who a commit is by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    name: String,
    mail: String,
}

/// A commit that is to be made.
#[derive(Debug, Clone)]
pub struct NewCommit<'a> {
    /// The branch that it is pushed to.
    pub branch: &'a str,
    /// The branch of the remote that it is built upon; `None` begins a history.
    pub onto: Option<&'a str>,
    /// Who it is by.
    pub author: Signature,
    /// When it was made. Whoever may have to push again keeps the time of the first push.
    pub at: Timestamp,
    /// What it says of itself.
    pub message: &'a str,
    /// Paths of files and folders that are taken away from what it is built upon.
    pub gone: &'a [String],
}

/// Why nothing was pushed: a sentence with a remedy and without secrets.
#[derive(Debug, Error)]
pub enum PushError {
    /// Somebody else's commits are there.
    #[error(
        "the branch {branch} of {url} has commits that were not made here, and it was left as it is; choose another name"
    )]
    #[allow(missing_docs)] // as told above, here and below
    Taken { url: String, branch: String },
    /// The branch cannot have this name.
    #[error(
        "{0:?} cannot be the name of a branch; use letters, digits, `-`, `_`, `.` and single `/`"
    )]
    Branch(String),
    /// No repository may hold such a path.
    #[error(
        "{0:?} cannot be the path of a file in a repository; write one that goes down only and is not within `.git`"
    )]
    Path(String),
    /// The branch that it should be built upon is not there.
    #[error("{url} has no branch {branch} to build upon; name one that is there")]
    #[allow(missing_docs)]
    NoBase { url: String, branch: String },
    /// The credentials are not known, or do not suffice.
    #[error(
        "{url} does not take a push with these credentials; they need the right to write what the repository holds"
    )]
    #[allow(missing_docs)]
    Denied { url: String },
    /// There is no such repository, or it is not shown.
    #[error("there is no repository at {url}, or it is not shown to these credentials")]
    #[allow(missing_docs)]
    NotFound { url: String },
    /// The remote has rules of its own.
    #[error("{url} refuses the push to {branch}: {why}")]
    #[allow(missing_docs)]
    Rejected {
        url: String,
        branch: String,
        why: String,
    },
    /// Anything else.
    #[error(transparent)]
    Git(#[from] GitError),
}

impl Signature {
    /// Who has this name and this address. What git takes for marks of its own is left out.
    pub fn new(name: &str, mail: &str) -> Self {
        let clean = |text: &str| -> String {
            let plain = text
                .chars()
                .filter(|c| !c.is_control() && !matches!(c, '<' | '>'));
            plain.collect::<String>().trim().to_owned()
        };
        let (name, mail) = (clean(name), clean(mail));
        Self {
            name: if name.is_empty() { mail.clone() } else { name },
            mail,
        }
    }
}

/// Commits these files and pushes them to the remote's branch; gives the commit's id. The branch of `remote` is not looked at.
///
/// A branch that has this very commit is fine. One that has any other is refused.
pub async fn push<'a>(
    remote: &Remote,
    commit: &NewCommit<'_>,
    files: impl IntoIterator<Item = File<'a>>,
    deadline: Duration,
) -> Result<String, PushError> {
    let reference = reference(commit.branch)?;
    let work = Workshop::open(remote, deadline).await?;
    let changes = changes(commit.gone, files)?;
    let base = match commit.onto {
        Some(branch) => Some(work.fetch_base(branch).await?),
        None => None,
    };
    let id = work.make(commit, &changes, base.as_deref()).await?;
    let error = match work.send(&reference, None, Some(&id)).await {
        Ok(()) => return Ok(id),
        Err(error) => error,
    };
    // Perhaps it went well and only the answer was lost; perhaps somebody was here before, and that may have been us.
    match work.find(&reference).await {
        Ok(Some(there)) if there == id => Ok(id),
        Ok(Some(there)) => {
            if base.is_some() && work.is_ours(&reference, commit, &changes, &there).await? {
                return Ok(there);
            }
            Err(PushError::Taken {
                url: work.url(),
                branch: commit.branch.to_owned(),
            })
        }
        Ok(None) | Err(_) => Err(work.told(error, commit.branch)),
    }
}

/// Takes a branch of the remote away, if it is still at this commit. One that is not there is fine.
pub async fn remove(
    remote: &Remote,
    branch: &str,
    commit: &str,
    deadline: Duration,
) -> Result<(), PushError> {
    let reference = reference(branch)?;
    let work = Workshop::open(remote, deadline).await?;
    let Err(error) = work.send(&reference, Some(commit), None).await else {
        return Ok(());
    };
    match work.find(&reference).await {
        Ok(None) => Ok(()),
        Ok(Some(there)) if there != commit => Err(PushError::Taken {
            url: work.url(),
            branch: branch.to_owned(),
        }),
        Ok(Some(_)) | Err(_) => Err(work.told(error, branch)),
    }
}

/// The commit that a branch of the remote is at; `None` where there is no such branch.
pub async fn head(
    remote: &Remote,
    branch: &str,
    deadline: Duration,
) -> Result<Option<String>, PushError> {
    let reference = reference(branch)?;
    let work = Workshop::open(remote, deadline).await?;
    let found = work.find(&reference).await;
    found.map_err(|error| work.told(error, branch))
}

/// An empty repository of one push, and the remote that it is for.
struct Workshop<'a> {
    folder: TempDir,
    remote: &'a Remote,
    deadline: Duration,
}

impl<'a> Workshop<'a> {
    async fn open(remote: &'a Remote, deadline: Duration) -> Result<Self, PushError> {
        let folder = TempDir::new().map_err(|error| {
            GitError::Failed(format!("no folder can be made for the push: {error}"))
        })?;
        let work = Self {
            folder,
            remote,
            deadline,
        };
        let arguments = [
            "init",
            "--quiet",
            "--bare",
            "--template=",
            "--object-format=sha1",
            ".",
        ];
        work.git(arguments).run().await?;
        Ok(work)
    }

    fn git<'b>(&self, arguments: impl IntoIterator<Item = &'b str>) -> Git {
        Git::new(arguments, self.deadline)
            .within(self.path())
            // Hooks of the machine's own user are for what that user pushes.
            .setting("core.hooksPath", "/dev/null")
            .setting("http.lowSpeedLimit", "1")
            .setting("http.lowSpeedTime", "60")
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The address of the remote, for sentences.
    fn url(&self) -> String {
        without_credentials(&self.remote.url)
    }

    /// Fetches the newest commit of a branch, without its files.
    async fn fetch(&self, reference: &str, to: &str, depth: &str) -> Result<String, GitError> {
        let wanted = format!("+{reference}:{to}");
        let arguments = [
            "fetch",
            "--quiet",
            "--no-tags",
            "--no-write-fetch-head",
            "--no-auto-maintenance",
            "--recurse-submodules=no",
            "--filter=blob:none",
            depth,
            &self.remote.url,
            &wanted,
        ];
        self.git(arguments).toward(self.remote).run().await?;
        self.resolve(to).await
    }

    async fn fetch_base(&self, branch: &str) -> Result<String, PushError> {
        let fetched = self.fetch(&reference(branch)?, BASE, "--depth=1").await;
        fetched.map_err(|error| match error {
            GitError::NoBranch(_) | GitError::Empty => PushError::NoBase {
                url: self.url(),
                branch: branch.to_owned(),
            },
            error => self.told(error, branch),
        })
    }

    async fn resolve(&self, name: &str) -> Result<String, GitError> {
        let printed = self.git(["rev-parse", "--verify", name]).run().await?;
        Ok(String::from_utf8_lossy(&printed).trim().to_owned())
    }

    /// Makes the commit and gives its id.
    async fn make(
        &self,
        commit: &NewCommit<'_>,
        changes: &[u8],
        parent: Option<&str>,
    ) -> Result<String, GitError> {
        let Signature { name, mail } = &commit.author;
        let seconds = commit.at.as_second();
        let message = commit.message.trim_end();
        let mut stream = format!(
            "reset refs/callboard/made\ncommit refs/callboard/made\nmark :1\nauthor {name} <{mail}> {seconds} +0000\n\
             committer {name} <{mail}> {seconds} +0000\ndata {}\n{message}\n\n",
            message.len() + 1
        )
        .into_bytes();
        if let Some(parent) = parent {
            stream.extend_from_slice(format!("from {parent}\n").as_bytes());
        }
        stream.extend_from_slice(changes);
        stream.extend_from_slice(b"\nget-mark :1\n");
        let arguments = ["fast-import", "--quiet", "--force", "--date-format=raw"];
        let printed = self.git(arguments).input(stream).run().await?;
        let id = String::from_utf8_lossy(&printed).trim().to_owned();
        if is_commit(&id) {
            Ok(id)
        } else {
            Err(GitError::Failed("git made no commit".to_owned()))
        }
    }

    /// Asks the remote to move the reference from where it is expected (nowhere) to where it should be (nowhere).
    async fn send(
        &self,
        reference: &str,
        from: Option<&str>,
        to: Option<&str>,
    ) -> Result<(), GitError> {
        let lease = format!(
            "--force-with-lease={reference}:{}",
            from.unwrap_or_default()
        );
        let wanted = format!("{}:{reference}", to.unwrap_or_default());
        let arguments = [
            "push",
            "--quiet",
            // The files of what it is built upon are not here to be compared with.
            "--no-thin",
            "--no-follow-tags",
            "--no-signed",
            "--recurse-submodules=no",
            &lease,
            &self.remote.url,
            &wanted,
        ];
        let pushed = self.git(arguments).toward(self.remote).run().await;
        pushed.map(|_| ())
    }

    /// Where the remote's reference is.
    async fn find(&self, reference: &str) -> Result<Option<String>, GitError> {
        let arguments = ["ls-remote", "--quiet", &self.remote.url, reference];
        let printed = self.git(arguments).toward(self.remote).run().await?;
        let printed = String::from_utf8_lossy(&printed);
        let found = printed.lines().find_map(|line| {
            let (id, name) = line.split_once('\t')?;
            (name == reference && is_commit(id)).then(|| id.to_owned())
        });
        Ok(found)
    }

    /// Whether what is at the reference is this commit upon an older state of its base: made again there, it is the same.
    async fn is_ours(
        &self,
        reference: &str,
        commit: &NewCommit<'_>,
        changes: &[u8],
        there: &str,
    ) -> Result<bool, PushError> {
        self.fetch(reference, THEIRS, "--depth=2").await?;
        let Ok(parent) = self.resolve(&format!("{THEIRS}^1")).await else {
            return Ok(false);
        };
        let again = self.make(commit, changes, Some(&parent)).await?;
        Ok(again == there)
    }

    /// What went wrong, told as a push that failed.
    fn told(&self, error: GitError, branch: &str) -> PushError {
        let url = self.url();
        match error {
            GitError::Denied(_) => PushError::Denied { url },
            GitError::Failed(why) if why.to_lowercase().contains("not found") => {
                PushError::NotFound { url }
            }
            GitError::Rejected(why) => PushError::Rejected {
                url,
                branch: branch.to_owned(),
                why,
            },
            error => PushError::Git(error),
        }
    }
}

/// The whole name of a branch, if it may be one.
fn reference(branch: &str) -> Result<String, PushError> {
    let reference = format!("refs/heads/{branch}");
    let good = !branch.starts_with('-')
        && branch != "HEAD"
        && gix::validate::reference::name(reference.as_str().into()).is_ok();
    if good {
        Ok(reference)
    } else {
        Err(PushError::Branch(branch.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;
    use crate::git::LeafKind;

    const MINUTE: Duration = Duration::from_mins(1);

    fn git(folder: &Path, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .args(arguments)
            .current_dir(folder)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .output()
            .expect("git runs");
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    fn served() -> (TempDir, Remote) {
        let folder = tempfile::tempdir().expect("a folder");
        git(folder.path(), &["init", "--quiet", "--bare", "."]);
        git(folder.path(), &["config", "uploadpack.allowFilter", "true"]);
        let remote = Remote {
            url: format!("file://{}", folder.path().display()),
            branch: None,
            login: None,
            ssh_key: None,
        };
        (folder, remote)
    }

    fn commit<'a>(branch: &'a str, onto: Option<&'a str>, gone: &'a [String]) -> NewCommit<'a> {
        NewCommit {
            branch,
            onto,
            author: Signature::new("Ana <Costa>\n", "ana@acme.example"),
            at: Timestamp::from_second(1_767_614_400).expect("a time"),
            message: "initial commit",
            gone,
        }
    }

    fn file<'a>(path: &'a str, content: &'a str) -> File<'a> {
        File {
            path,
            kind: LeafKind::File,
            content: content.as_bytes(),
        }
    }

    #[tokio::test]
    async fn the_same_files_make_the_same_commit_and_others_are_refused() {
        let (folder, remote) = served();
        let files = || {
            let run = File {
                kind: LeafKind::Executable,
                ..file("bin/run \"it\".sh", "#!/bin/sh\n")
            };
            let link = File {
                kind: LeafKind::Link,
                ..file("run", "bin/run")
            };
            [
                run,
                link,
                file("README.md", "# Payments\r\n\0"),
                file("ü\n", ""),
            ]
        };
        let first = commit("main", None, &[]);
        let id = push(&remote, &first, files(), MINUTE).await;
        let id = id.expect("pushed");
        // The one that `git add` and `git commit` make of the same files.
        assert_eq!(id, "e26f7a985310d1e7ac72f77f2e0f5f5d090f7645");
        let listed = git(
            folder.path(),
            &["ls-tree", "-r", "--format=%(objectmode) %(path)", "main"],
        );
        assert_eq!(
            listed,
            "100644 README.md\n100755 \"bin/run \\\"it\\\".sh\"\n120000 run\n100644 \"\\303\\274\\n\""
        );
        let by = git(
            folder.path(),
            &["log", "--format=%an|%ae|%cn|%cI|%B", "main"],
        );
        assert_eq!(
            by,
            "Ana Costa|ana@acme.example|Ana Costa|2026-01-05T12:00:00Z|initial commit"
        );
        let again = push(&remote, &first, files(), MINUTE).await;
        assert_eq!(again.expect("the same"), id);
        let other = push(&remote, &first, [file("a", "b")], MINUTE).await;
        assert!(matches!(other, Err(PushError::Taken { .. })), "{other:?}");
        assert_eq!(git(folder.path(), &["rev-parse", "main"]), id);
        git(folder.path(), &["fsck", "--strict"]);
    }

    #[tokio::test]
    async fn a_change_is_built_upon_a_branch_and_known_again_when_that_moves() {
        let (folder, remote) = served();
        let old = [file("docs/a", "a"), file("docs/b", "b"), file("c", "c")];
        let base = push(&remote, &commit("main", None, &[]), old, MINUTE).await;
        let base = base.expect("pushed");
        let gone = ["docs/b".to_owned(), "never/there".to_owned()];
        let change = commit("fix", Some("main"), &gone);
        let id = push(&remote, &change, [file("c", "C")], MINUTE).await;
        let id = id.expect("pushed");
        let listed = git(folder.path(), &["ls-tree", "-r", "--name-only", "fix"]);
        assert_eq!(listed, "c\ndocs/a");
        assert_eq!(git(folder.path(), &["rev-parse", "fix^"]), base);

        // Somebody goes on with `main`, and the push is made again.
        let next = commit("next", Some("main"), &[]);
        let next = push(&remote, &next, [file("d", "d")], MINUTE).await;
        git(
            folder.path(),
            &["update-ref", "refs/heads/main", &next.expect("pushed")],
        );
        let again = push(&remote, &change, [file("c", "C")], MINUTE).await;
        assert_eq!(again.expect("known again"), id);
        let other = push(&remote, &change, [file("c", "x")], MINUTE).await;
        assert!(matches!(other, Err(PushError::Taken { .. })), "{other:?}");

        // It is taken away, but not when somebody has gone on with it.
        let moved = remove(&remote, "fix", &base, MINUTE).await;
        assert!(matches!(moved, Err(PushError::Taken { .. })), "{moved:?}");
        for _ in 0..2 {
            remove(&remote, "fix", &id, MINUTE).await.expect("removed");
        }
        assert_eq!(head(&remote, "fix", MINUTE).await.expect("asked"), None);
        let nowhere = commit("fix", Some("gone"), &[]);
        let error = push(&remote, &nowhere, [], MINUTE).await;
        assert!(matches!(error, Err(PushError::NoBase { .. })), "{error:?}");
    }

    #[tokio::test]
    async fn names_that_lead_elsewhere_are_refused() {
        let (_folder, remote) = served();
        for branch in ["", "-f", "a..b", "a b", "$(id)", "x:y", "HEAD", "a/"] {
            let error = push(&remote, &commit(branch, None, &[]), [], MINUTE).await;
            let refused = matches!(error, Err(PushError::Branch(_)));
            assert_eq!(refused, branch != "$(id)", "{branch} {error:?}");
        }
        for path in [
            "",
            "/a",
            "a//b",
            "../a",
            "a/.",
            ".git/config",
            "x/.GIT./hooks",
            "GIT~1/a",
        ] {
            let error = push(&remote, &commit("b", None, &[]), [file(path, "")], MINUTE).await;
            assert!(matches!(error, Err(PushError::Path(_))), "{path} {error:?}");
        }
    }
}
