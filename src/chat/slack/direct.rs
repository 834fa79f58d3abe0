//! Which channel the direct conversation with a person is.
//!
//! Outside, such a conversation is named by its person, so that it is the same place for a line, a button of the Home tab
//! and a shortcut, of which only the first knows the channel. Slack takes the person in its place, but not everywhere.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How many are remembered.
const MOST: usize = 20_000;

/// The channels that were heard of: by workspace and person.
#[derive(Default)]
pub struct Directs(Mutex<HashMap<(String, String), String>>);

impl Directs {
    /// Remembers one.
    pub fn note(&self, team: &str, person: &str, channel: &str) {
        if !channel.starts_with('D') {
            return;
        }
        let mut known = self.lock();
        if known.len() >= MOST {
            known.clear();
        }
        known.insert((team.to_owned(), person.to_owned()), channel.to_owned());
    }

    /// The channel, or the person where it is not known.
    pub fn of(&self, team: &str, person: &str) -> String {
        let known = self.lock();
        let found = known.get(&(team.to_owned(), person.to_owned()));
        found.cloned().unwrap_or_else(|| person.to_owned())
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(String, String), String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
