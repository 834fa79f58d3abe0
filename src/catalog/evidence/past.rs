//! What the history says of an owner's line and folder, looked up once for each commit.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;

use super::folder;
use crate::catalog::Listed;
use crate::catalog::source::Configured;
use crate::clock::Clock;
use crate::git::{Commit, History};

/// How many answers are kept; they are small.
const KEPT: usize = 2_000;

/// For how long a history that could not be had is not asked for again, in milliseconds.
const PAUSE: u64 = 60_000;

/// What the history says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Past {
    /// The commit that changed the owner's line last, where one names it and that could be found out.
    pub changed: Option<Commit>,
    /// The newest commits to the folder, newest first.
    pub commits: Vec<Commit>,
    /// Whether nothing but the descriptor was ever changed there, so that its commits stand in for those of the code.
    pub descriptor_only: bool,
}

/// A source, a commit, a file with its line, and a folder.
type Key = (String, String, String, u32, String);

/// What was looked up before.
pub struct Pasts {
    /// How long somebody waits for it.
    deadline: Duration,
    known: Mutex<HashMap<Key, (u64, Arc<Past>)>>,
}

impl Pasts {
    /// Nothing yet; a look-up may take `deadline`.
    pub fn new(deadline: Duration) -> Self {
        Self {
            deadline,
            known: Mutex::default(),
        }
    }

    /// What the history says of an entity's owner. It is had in time or not at all, and a remote that cannot be
    /// reached is left alone for a while: then what could be found out is all there is.
    pub async fn of(
        &self,
        listed: Listed<'_>,
        source: &Configured,
        clock: &Clock,
    ) -> Option<Arc<Past>> {
        let facts = &listed.source.facts;
        // The last good version of a broken document has its lines elsewhere.
        let commit = facts.revision.as_ref().filter(|_| listed.stale.is_none())?;
        facts.committed?;
        let (path, line) = listed.owner_place().unwrap_or((&listed.file.path, 0));
        let folder = folder(listed);
        let key: Key = (
            facts.key.clone(),
            commit.0.clone(),
            path.to_owned(),
            line,
            folder.clone(),
        );
        let now = clock.millis();
        if let Some((until, past)) = self.known.lock().await.get(&key)
            && *until > now
        {
            return Some(past.clone());
        }
        let (mirror, remote) = source.source.history().await.ok()??;
        let history = History::new(mirror, remote, &commit.0, self.deadline);
        let (changed, commits) = tokio::join!(
            tokio::time::timeout(self.deadline, async {
                match line {
                    0 => Ok(None),
                    line => history.last_change(path, line).await,
                }
            }),
            tokio::time::timeout(self.deadline, commits(&history, &folder, &listed.file.path)),
        );
        let changed = changed.unwrap_or_else(|_| Err(self.late()));
        let commits = commits.unwrap_or_else(|_| Err(self.late()));
        let whole = changed.is_ok() && commits.is_ok();
        for error in [changed.as_ref().err(), commits.as_ref().err()]
            .into_iter()
            .flatten()
        {
            tracing::debug!(source = facts.name, %error, "the history of a source says nothing");
        }
        let (commits, descriptor_only) = commits.unwrap_or_default();
        let past = Arc::new(Past {
            changed: changed.unwrap_or_default(),
            commits,
            descriptor_only,
        });
        let until = if whole { u64::MAX } else { now + PAUSE };
        let mut known = self.known.lock().await;
        if known.len() >= KEPT {
            known.clear();
        }
        known.insert(key, (until, past.clone()));
        Some(past)
    }

    fn late(&self) -> crate::git::GitError {
        crate::git::GitError::TimedOut(self.deadline.as_secs())
    }
}

/// The newest commits to a folder beside those to the descriptor alone; those where there are no others.
async fn commits(
    history: &History,
    folder: &str,
    descriptor: &str,
) -> Result<(Vec<Commit>, bool), crate::git::GitError> {
    let commits = history.commits(folder, descriptor).await?;
    if !commits.is_empty() {
        return Ok((commits, false));
    }
    Ok((history.commits(descriptor, "").await?, true))
}
