//! Hearing that something changed, as a forge's webhook tells it, so that it is read at once.

use std::collections::BTreeSet;
use std::sync::Mutex;

use tokio::sync::Notify;

use super::super::location::identity;
use super::plan::Planned;

/// How many nudges may wait; more of them are one nudge for everything.
const MOST_WAITING: usize = 1_000;

/// A hint that something changed. Hints may come in any number and from anybody who is believed; they only bring
/// forward what would be read anyway.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Nudge {
    /// A repository, by its slug like `acme/payments` or by any address of it.
    Repository(String),
    /// An organisation or group, by its name: repositories, teams or members of it.
    Organisation(String),
}

/// The nudges that wait.
#[derive(Default)]
pub(super) struct Nudges {
    waiting: Mutex<BTreeSet<Nudge>>,
    came: Notify,
}

impl Nudges {
    pub(super) fn add(&self, nudge: Nudge) {
        let mut waiting = self.lock();
        if waiting.len() < MOST_WAITING {
            waiting.insert(nudge);
        }
        drop(waiting);
        self.came.notify_one();
    }

    /// Waits until there is one.
    pub(super) async fn wait(&self) {
        while self.lock().is_empty() {
            self.came.notified().await;
        }
    }

    pub(super) fn take(&self) -> BTreeSet<Nudge> {
        std::mem::take(&mut *self.lock())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeSet<Nudge>> {
        self.waiting
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// The keys of the sources that the nudges mean. A repository that nobody knows may be a new one of its organisation.
pub(super) fn meant(nudges: &BTreeSet<Nudge>, planned: &[Planned]) -> BTreeSet<String> {
    if nudges.len() >= MOST_WAITING {
        return planned
            .iter()
            .map(|planned| planned.key().to_owned())
            .collect();
    }
    let places: Vec<(String, &Planned)> = planned
        .iter()
        .map(|planned| (identity(&planned.source.place), planned))
        .collect();
    let mut keys = BTreeSet::new();
    for nudge in nudges {
        let (Nudge::Repository(name) | Nudge::Organisation(name)) = nudge;
        let wanted = identity(name).to_lowercase();
        let is = |place: &str| {
            place
                .strip_suffix(&*wanted)
                .is_some_and(|before| before.is_empty() || before.ends_with('/'))
        };
        let mut found = places.iter().filter(|(place, _)| is(place)).peekable();
        if found.peek().is_some() {
            keys.extend(found.map(|(_, planned)| planned.key().to_owned()));
            continue;
        }
        // The host's name, where there is one, is a part of neither.
        let owner = wanted.rsplit_once('/').map_or("", |(owner, _)| owner);
        let holds = |place: &str| {
            !owner.is_empty() && (place.ends_with(&format!("/{owner}")) || place == owner)
        };
        let roots = places
            .iter()
            .filter(|(place, planned)| planned.origin.is_none() && holds(place));
        keys.extend(roots.map(|(_, planned)| planned.key().to_owned()));
    }
    keys
}
