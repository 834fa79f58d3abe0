//! Git repositories made on the fly: the same files make the same commits on every machine.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use callboard::config::SourceConfig;
use tempfile::TempDir;

use super::NOON;

/// A git repository in a temporary folder, deleted when it is dropped.
///
/// ```ignore
/// let repository = Repository::new().file("catalog-info.yaml", "kind: …").commit("first");
/// let repository = repository.remove("catalog-info.yaml").commit("second");
/// ```
///
/// The first commit is of three hours before [`NOON`], each later one a minute younger than the one before it.
pub struct Repository {
    home: TempDir,
    name: String,
    commits: u32,
}

impl Repository {
    /// An empty repository named `catalog`, with the branch `main`.
    pub fn new() -> Self {
        Self::named("catalog")
    }

    /// An empty repository of this name, which is also the name of a source that reads it.
    pub fn named(name: &str) -> Self {
        let repository = Self {
            home: tempfile::tempdir().expect("a folder"),
            name: name.to_owned(),
            commits: 0,
        };
        fs::create_dir_all(repository.path()).expect("a folder");
        repository.git(&["init", "--quiet", "--initial-branch=main", "--template="]);
        repository
    }

    /// A repository whose only file is `catalog-info.yaml`, committed.
    pub fn of(descriptors: &str) -> Self {
        Self::new()
            .file("catalog-info.yaml", descriptors)
            .commit("first")
    }

    /// Writes a file; its folders are made.
    #[must_use]
    pub fn file(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.path().join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).expect("a folder");
        }
        fs::write(path, content).expect("the file is written");
        self
    }

    /// Removes a file.
    #[must_use]
    pub fn remove(self, path: &str) -> Self {
        fs::remove_file(self.path().join(path)).expect("the file is removed");
        self
    }

    /// Commits everything that was changed.
    #[must_use]
    pub fn commit(self, message: &str) -> Self {
        self.commit_by("Ana", message)
    }

    /// Commits everything that was changed, written by somebody of this name.
    #[must_use]
    pub fn commit_by(mut self, author: &str, message: &str) -> Self {
        self.git(&["add", "--all", "--force"]);
        let time = NOON / 1000 - 3 * 3600 + u64::from(self.commits) * 60;
        self.commits += 1;
        let date = format!("@{time} +0000");
        let committed = self
            .command(&[
                "commit",
                "--quiet",
                "--no-verify",
                "--allow-empty",
                "--message",
                message,
            ])
            .env("GIT_AUTHOR_DATE", &date)
            .env("GIT_COMMITTER_DATE", &date)
            .env("GIT_AUTHOR_NAME", author)
            .env(
                "GIT_AUTHOR_EMAIL",
                format!("{}@acme.example", author.to_lowercase()),
            )
            .output()
            .expect("git runs");
        assert!(committed.status.success(), "{committed:?}");
        self
    }

    /// Runs git in the repository and gives what it prints; whatever the arguments do, the machine's settings play
    /// no part in it.
    pub fn git(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().expect("git runs");
        assert!(output.status.success(), "git {arguments:?}: {output:?}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// The folder of the work tree.
    pub fn path(&self) -> PathBuf {
        self.home.path().join(&self.name)
    }

    /// The repository as a source, read by its path.
    pub fn source(&self) -> SourceConfig {
        SourceConfig::of(&self.path().to_string_lossy()).expect("a source")
    }

    /// Takes the repository away, as a forge does that is down or a repository that is deleted.
    pub fn vanish(&self) {
        fs::rename(self.path(), self.hidden()).expect("the repository is moved away");
    }

    /// Brings back what vanished.
    pub fn reappear(&self) {
        fs::rename(self.hidden(), self.path()).expect("the repository is moved back");
    }

    fn hidden(&self) -> PathBuf {
        self.home.path().join("vanished")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        git(&self.path(), self.home.path(), arguments)
    }
}

/// A call of git that sees nothing of the machine but its `PATH`; author and date are always the same.
pub fn git(folder: &Path, home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", home)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_AUTHOR_NAME", "Ana")
        .env("GIT_AUTHOR_EMAIL", "ana@acme.example")
        .env("GIT_AUTHOR_DATE", "2026-01-05T09:00:00Z")
        .env("GIT_COMMITTER_NAME", "Ana")
        .env("GIT_COMMITTER_EMAIL", "ana@acme.example")
        .env("GIT_COMMITTER_DATE", "2026-01-05T09:00:00Z");
    command
}

#[test]
fn the_same_files_make_the_same_commits() {
    let made = || {
        Repository::new()
            .file("a/b.txt", "one")
            .commit("first")
            .remove("a/b.txt")
            .commit("second")
            .git(&["log", "--format=%H %ct %an"])
    };
    insta::assert_snapshot!(made(), @"
    e746bae0ce5e5fa6c7f1dc00cc654a8dc58ebdc2 1767603660 Ana
    a4c9f2b2f19551ce79ab1d50820b4984558642cf 1767603600 Ana
    ");
    assert_eq!(made(), made());
}
