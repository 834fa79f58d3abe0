//! What the tests talk with: a bot in a conversation, a chat platform in memory, git repositories made on the fly,
//! and the real program in a home of its own. Nothing here sleeps but to look again, and nothing reads the machine's own
//! settings.

pub mod backstage;
pub mod bot;
pub mod forge;
pub mod git_http;
pub mod listener;
pub mod log;
pub mod many;
#[cfg(feature = "matrix")]
pub mod matrix;
pub mod platform;
pub mod program;
pub mod repository;
pub mod running;
#[cfg(feature = "slack")]
pub mod slack;
pub mod ssh;
pub mod stand_in;
pub mod web;

use std::time::Duration;

#[cfg(feature = "slack")]
pub use bot::Plan;
pub use bot::{Speaker, TestBot};
pub use git_http::GitHttp;
pub use listener::{Listener, Wire};
pub use log::Log;
pub use platform::Platform;
pub use program::{Finished, Program};
pub use repository::Repository;
pub use running::Running;
pub use ssh::SshServer;

/// What the fixed clock shows when a test begins: 2026-01-05T12:00:00Z, three hours after the first commit of
/// [`Repository`] and of the bundled organisation.
pub const NOON: u64 = 1_767_614_400_000;

/// Longer than anything takes that is waited for; only a test that fails waits so long.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The time between two looks at something that gives no notice.
pub const GLANCE: Duration = Duration::from_millis(5);

/// Waits until something is so that gives no notice when it becomes so, like the end of a stranger's process.
pub fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let started = std::time::Instant::now();
    while !is_so() {
        assert!(started.elapsed() < PATIENCE, "it never came about: {what}");
        std::thread::sleep(GLANCE);
    }
}

/// Like [`eventually`], while the bot goes on with its work on the same thread.
pub async fn in_time(what: &str, mut is_so: impl FnMut() -> bool) {
    let mut glances = tokio::time::interval(GLANCE);
    let waiting = async {
        while !is_so() {
            glances.tick().await;
        }
    };
    let waited = tokio::time::timeout(PATIENCE, waiting).await;
    assert!(waited.is_ok(), "it never came about: {what}");
}

/// A text without what differs from run to run: temporary folders are `⌂`, how long something
/// took is `? ms`, lines of the log have no time, and the bundled organisation's commit is `…`, for it changes whenever
/// somebody mends a word in `examples/`.
pub fn normal(text: &str) -> String {
    let root = std::env::temp_dir().join(".tmp");
    let root = root.to_string_lossy();
    let mut normal = String::new();
    for (number, part) in text.split(&*root).enumerate() {
        if number == 0 {
            normal.push_str(part);
            continue;
        }
        let end = part
            .find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(part.len());
        normal.push('⌂');
        normal.push_str(&part[end..]);
    }
    while let Some((start, end)) = milliseconds(&normal) {
        normal.replace_range(start..end, "?");
    }
    while let Some((start, end)) = log_time(&normal) {
        normal.replace_range(start..end, "");
    }
    while let Some((start, end)) = bundled_commit(&normal) {
        normal.replace_range(start..end, "…");
    }
    while let Some((start, end)) = long_ago(&normal) {
        normal.replace_range(start..end, "long ago");
    }
    normal
}

/// Where the next line has its age, in units that grow from month to month: by the system's clock the commits of the
/// tests are months old.
fn long_ago(text: &str) -> Option<(usize, usize)> {
    let mark = "Line last changed ";
    text.match_indices(mark).find_map(|(at, _)| {
        let start = at + mark.len();
        let end = start + text[start..].find(" ago")? + " ago".len();
        let age = &text[start..end];
        let long = ["week", "month", "year"]
            .iter()
            .any(|unit| age.contains(unit));
        (long && age.len() < 20).then_some((start, end))
    })
}

/// Where the next commit of the bundled organisation is named.
fn bundled_commit(text: &str) -> Option<(usize, usize)> {
    let named = |(at, before): (usize, &str)| {
        let line = text[..at].rsplit('\n').next().unwrap_or_default();
        let start = at + before.len();
        let commit = text.get(start..start + 8)?;
        let hex = commit.bytes().all(|byte| byte.is_ascii_hexdigit());
        let bundled = before.starts_with("acme")
            || before.ends_with('(')
            || line.trim_start().starts_with("• acme ");
        (hex && bundled).then_some((start, start + 8))
    };
    let mut places = text
        .match_indices("acme at ")
        .chain(text.match_indices(" files at "))
        .chain(text.match_indices("by Callboard ("));
    places.find_map(named)
}

/// Where the next line of the log has its time, with the blanks behind it.
fn log_time(text: &str) -> Option<(usize, usize)> {
    ["ERROR", "WARN", "INFO", "DEBUG", "TRACE"]
        .iter()
        .find_map(|level| {
            text.match_indices(&format!("Z {level:>5} "))
                .find_map(|(end, found)| {
                    let start =
                        text[..end].rfind(|c: char| !c.is_ascii_digit() && !"-T:.".contains(c));
                    let start = start.map_or(0, |before| {
                        before + text[before..].chars().next().map_or(0, char::len_utf8)
                    });
                    let blanks = found.trim_end().len() - level.len();
                    text[start..end]
                        .contains('T')
                        .then_some((start, end + blanks))
                })
        })
}

/// Where the next number stands that says how many milliseconds something took.
fn milliseconds(text: &str) -> Option<(usize, usize)> {
    text.match_indices(" ms").find_map(|(end, _)| {
        let number = text[..end].trim_end_matches(|c: char| c.is_ascii_digit());
        let took = number.ends_with('(') || number.ends_with("; ");
        (number.len() < end && took).then_some((number.len(), end))
    })
}

#[test]
fn what_differs_from_run_to_run_is_taken_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = format!(
        "{}/data within 50 ms (12 ms); 3 ms\n2026-11-22T23:19:15.818833Z  WARN a source",
        folder.path().display()
    );
    assert_eq!(
        normal(&text),
        "⌂/data within 50 ms (? ms); ? ms\nWARN a source"
    );
}
