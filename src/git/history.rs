//! What a repository's history says: who changed a line last, and who works in a folder.
//!
//! The commits and trees of a mirror are all there, the older versions of files are not. Those of one file are found out
//! first and fetched together, so that one question costs one fetch at most; git itself may not use the network here.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use super::command::Git;
use super::tree::from_hex;
use super::{GitError, Mirror, Remote, hex};

/// How many versions of one file are looked at; what is older than that is not known.
const MOST_VERSIONS: &str = "--max-count=100";

/// How many times a file may have been moved.
const MOST_MOVES: usize = 5;

/// How many files may have been deleted by the commit that moved one; more of them are no move.
const MOST_DELETED: usize = 200;

/// How many commits to a folder are looked at.
const MOST_COMMITS: &str = "--max-count=300";

/// The history of a mirror up to a commit.
pub struct History {
    mirror: Mirror,
    remote: Remote,
    commit: String,
    deadline: Duration,
}

/// Who wrote a commit.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Author {
    /// The name, which may be anything.
    pub name: String,
    /// The e-mail address, by which people are told apart; it is never shown.
    pub mail: String,
}

impl fmt::Debug for Author {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Author").finish_non_exhaustive()
    }
}

/// A commit, as far as evidence needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Its id, 40 hexadecimal digits.
    pub id: String,
    /// Who wrote it.
    pub author: Author,
    /// When, in milliseconds since the Unix epoch.
    pub time: u64,
}

impl History {
    /// The history up to this commit; every call of git has to end within the deadline.
    pub fn new(mirror: Mirror, remote: Remote, commit: &str, deadline: Duration) -> Self {
        Self {
            mirror,
            remote,
            commit: commit.to_owned(),
            deadline,
        }
    }

    /// The commit that changed a line last, wherever its file was then; `None` when that is beyond what the remote has.
    pub async fn last_change(&self, path: &str, line: u32) -> Result<Option<Commit>, GitError> {
        let versions = self.versions(path).await?;
        let mirror = self.mirror.clone();
        let absent = tokio::task::spawn_blocking(move || {
            let ids: Vec<[u8; 20]> = versions.iter().filter_map(|id| from_hex(id)).collect();
            Ok::<_, GitError>(mirror.objects()?.absent(&ids))
        });
        let absent = absent
            .await
            .map_err(|error| GitError::Failed(error.to_string()))??;
        let absent: Vec<String> = absent.iter().map(hex).collect();
        self.mirror
            .fetch_older(&self.remote, &absent, self.deadline)
            .await?;
        let range = format!("{line},{line}");
        let arguments = [
            "blame",
            "--porcelain",
            "-L",
            &range,
            &self.commit,
            "--",
            path,
        ];
        let printed = self.git(arguments).run().await?;
        let found = blamed(&String::from_utf8_lossy(&printed));
        Ok(found.filter(|commit| !self.mirror.shallow().contains(&commit.id)))
    }

    /// The newest commits to a folder, newest first and merges left out; an empty path is the whole repository. Commits
    /// that touch nothing there but `except` do not count.
    pub async fn commits(&self, folder: &str, except: &str) -> Result<Vec<Commit>, GitError> {
        let within = format!(":(top,literal){folder}");
        let without = format!(":(top,exclude,literal){except}");
        let mut arguments = vec![
            "log",
            "--no-merges",
            "--no-mailmap",
            MOST_COMMITS,
            "-z",
            "--format=tformat:%H%x1f%an%x1f%ae%x1f%at",
            &self.commit,
            "--",
            &within,
        ];
        if !except.is_empty() {
            arguments.push(&without);
        }
        let printed = self.git(arguments).run().await?;
        let text = String::from_utf8_lossy(&printed);
        Ok(text.split_terminator('\0').filter_map(commit).collect())
    }

    /// The blobs that a file has had, also under the names that it had before.
    async fn versions(&self, path: &str) -> Result<BTreeSet<String>, GitError> {
        let mut blobs = BTreeSet::new();
        let (mut from, mut path) = (self.commit.clone(), path.to_owned());
        for _ in 0..MOST_MOVES {
            let within = format!(":(top,literal){path}");
            let arguments = [
                "log",
                "-m",
                "--raw",
                "-z",
                "--no-abbrev",
                "--no-renames",
                MOST_VERSIONS,
                "--format=tformat:%x1e%H",
                &from,
                "--",
                &within,
            ];
            let printed = self.git(arguments).run().await?;
            let changes = changes(&String::from_utf8_lossy(&printed));
            blobs.extend(changes.iter().flat_map(Change::blobs));
            let Some(added) = changes.last().filter(|change| change.status == 'A') else {
                break;
            };
            let Some(before) = self.moved_from(added, &path, &mut blobs).await? else {
                break;
            };
            from = format!("{}^@", added.commit);
            path = before;
        }
        Ok(blobs)
    }

    /// The path from which a commit moved a file, where it did. All that the commit deleted is wanted, because git
    /// compares the file with it.
    async fn moved_from(
        &self,
        added: &Change,
        path: &str,
        blobs: &mut BTreeSet<String>,
    ) -> Result<Option<String>, GitError> {
        let arguments = [
            "log",
            "-1",
            "-m",
            "--raw",
            "-z",
            "--no-abbrev",
            "--no-renames",
            "--diff-filter=D",
            "--format=tformat:%x1e%H",
            &added.commit,
        ];
        let printed = self.git(arguments).run().await?;
        let deleted = changes(&String::from_utf8_lossy(&printed));
        if deleted.is_empty() || deleted.len() > MOST_DELETED {
            return Ok(None);
        }
        blobs.extend(deleted.iter().flat_map(Change::blobs));
        let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
        let only = |fits: &dyn Fn(&&Change) -> bool| {
            let mut those = deleted.iter().filter(fits);
            let first = those.next();
            first.filter(|_| those.next().is_none())
        };
        let found = only(&|change| change.old == added.new)
            .or_else(|| only(&|change| name(&change.path) == name(path)))
            .or_else(|| only(&|_| true));
        Ok(found.map(|change| change.path.clone()))
    }

    /// A call of git that may read the mirror and nothing else.
    fn git<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Git {
        Git::new(arguments, self.deadline)
            .within(self.mirror.folder())
            // For a git that does not know GIT_NO_LAZY_FETCH.
            .environment("GIT_ALLOW_PROTOCOL", "")
    }
}

/// One file in one commit of a raw log.
#[derive(Debug, PartialEq, Eq)]
struct Change {
    commit: String,
    old: String,
    new: String,
    status: char,
    path: String,
}

impl Change {
    fn blobs(&self) -> impl Iterator<Item = String> + use<> {
        let there = |id: &String| id.bytes().any(|digit| digit != b'0');
        [self.old.clone(), self.new.clone()]
            .into_iter()
            .filter(there)
    }
}

/// Reads `git log --raw -z` with the format of [`History::versions`].
fn changes(printed: &str) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut commit = String::new();
    let mut parts = printed.split('\0');
    while let Some(part) = parts.next() {
        let mut part = part.trim_start_matches('\n');
        if let Some(rest) = part.strip_prefix('\u{1e}') {
            let end = rest.find(|c: char| !c.is_ascii_hexdigit());
            let (id, rest) = rest.split_at(end.unwrap_or(rest.len()));
            id.clone_into(&mut commit);
            part = rest.trim_start_matches('\n');
        }
        let Some(raw) = part.strip_prefix(':') else {
            continue;
        };
        let mut fields = raw.split(' ').skip(2);
        if let (Some(old), Some(new), Some(status), Some(path)) =
            (fields.next(), fields.next(), fields.next(), parts.next())
        {
            changes.push(Change {
                commit: commit.clone(),
                old: old.to_owned(),
                new: new.to_owned(),
                status: status.chars().next().unwrap_or('?'),
                path: path.to_owned(),
            });
        }
    }
    changes
}

fn commit(line: &str) -> Option<Commit> {
    let mut fields = line.trim_start_matches('\n').split('\u{1f}');
    let id = fields.next()?.to_owned();
    let author = Author {
        name: fields.next()?.to_owned(),
        mail: fields.next()?.to_owned(),
    };
    let seconds: u64 = fields.next()?.trim().parse().ok()?;
    Some(Commit {
        id,
        author,
        time: seconds.saturating_mul(1000),
    })
}

/// Reads the first line of `git blame --porcelain`.
fn blamed(printed: &str) -> Option<Commit> {
    let id = printed.split_whitespace().next()?.to_owned();
    let field = |name: &str| {
        let mut lines = printed.lines().take_while(|line| !line.starts_with('\t'));
        lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))
    };
    let seconds: u64 = field("author-time")?.parse().ok()?;
    let mail = field("author-mail").unwrap_or_default();
    Some(Commit {
        id,
        author: Author {
            name: field("author")?.to_owned(),
            mail: mail.trim_matches(['<', '>']).to_owned(),
        },
        time: seconds.saturating_mul(1000),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_logs_are_read() {
        let zero = "0".repeat(40);
        let one = "1".repeat(40);
        let printed = format!(
            "\u{1e}aa\0\n:100644 100644 {one} {one} M\0a b.yaml\0\u{1e}bb\n\0:000000 100644 {zero} {one} A\0c\0"
        );
        let changes = changes(&printed);
        let told: Vec<(&str, char, &str)> = changes
            .iter()
            .map(|change| (&*change.commit, change.status, &*change.path))
            .collect();
        assert_eq!(told, [("aa", 'M', "a b.yaml"), ("bb", 'A', "c")]);
        assert_eq!(changes[1].blobs().collect::<Vec<_>>(), [one]);
    }

    #[test]
    fn blame_is_read_and_addresses_are_not_shown() {
        let printed = "abc 1 1 1\nauthor Ana Lima\nauthor-mail <ana@acme.example>\nauthor-time 5\nsummary author Bo\n\tauthor x\n";
        let commit = blamed(printed).expect("a commit");
        assert_eq!((&*commit.id, commit.time), ("abc", 5000));
        assert_eq!(commit.author.name, "Ana Lima");
        assert_eq!(commit.author.mail, "ana@acme.example");
        assert!(!format!("{commit:?}").contains("acme"), "{commit:?}");
    }
}
