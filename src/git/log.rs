//! Who changed files between two commits.

use std::time::Duration;

use super::command::Git;
use super::tree::from_hex;
use super::{GitError, Mirror};

/// How many commits are looked at, and how many files may be named to git.
const MOST_COMMITS: &str = "--max-count=1000";
const MOST_FILES: usize = 200;

/// A commit that changed some of the files that were asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touch {
    /// Its id, 40 hexadecimal digits.
    pub commit: String,
    /// The name of who wrote it, which may be anything.
    pub author: String,
    /// When it was written, in milliseconds since the Unix epoch.
    pub time: u64,
    /// The files, each with its content after the commit; `None` where it was removed.
    pub files: Vec<(String, Option<[u8; 20]>)>,
}

impl Mirror {
    /// The commits of `to` that `from` has not, newest first and merges left out, with what they did to these files.
    /// Nothing is fetched.
    pub async fn touches(
        &self,
        from: &str,
        to: &str,
        files: &[&str],
        deadline: Duration,
    ) -> Result<Vec<Touch>, GitError> {
        let range = format!("{from}..{to}");
        let mut arguments = vec![
            "log",
            "--no-merges",
            "--no-mailmap",
            "--no-renames",
            "--raw",
            "--no-abbrev",
            "-z",
            MOST_COMMITS,
            "--format=tformat:%x1e%H%x1f%an%x1f%at",
            &range,
            "--",
        ];
        let literal: Vec<String> = files
            .iter()
            .map(|file| format!(":(top,literal){file}"))
            .collect();
        // The arguments of a program have an end; without files git tells of all.
        if files.len() <= MOST_FILES {
            arguments.extend(literal.iter().map(String::as_str));
        }
        let printed = Git::new(arguments, deadline)
            .within(self.folder())
            .environment("GIT_NO_LAZY_FETCH", "1")
            // For a git that does not know the variable above.
            .environment("GIT_ALLOW_PROTOCOL", "")
            .run()
            .await?;
        let text = String::from_utf8_lossy(&printed);
        Ok(text.split('\u{1e}').filter_map(touch).collect())
    }
}

/// Reads one commit: a head of three parts, then for each file its modes, contents and kind of change, and its path.
fn touch(printed: &str) -> Option<Touch> {
    let (head, rest) = printed.split_once('\0')?;
    let mut head = head.split('\u{1f}');
    let (commit, author, seconds) = (head.next()?, head.next()?, head.next()?);
    let mut files = Vec::new();
    let mut parts = rest.trim_start_matches('\n').split('\0');
    while let (Some(change), Some(path)) = (parts.next(), parts.next()) {
        let content = change.split(' ').nth(3)?;
        let removed = content.bytes().all(|digit| digit == b'0');
        let content = if removed { None } else { from_hex(content) };
        files.push((path.to_owned(), content));
    }
    Some(Touch {
        commit: commit.to_owned(),
        author: author.to_owned(),
        time: seconds.trim().parse::<u64>().ok()? * 1000,
        files,
    })
}
