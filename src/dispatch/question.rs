//! A missing argument is asked for; the next line may be its answer.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::Clock;
use crate::message::{PersonId, Place};
use crate::store::{Space, Store, StoreError, Write, json};

/// The questions that are open between the bot and people.
pub struct Questions {
    store: Arc<dyn Store>,
    clock: Clock,
    limit: Duration,
}

/// A command that waits for one of its arguments.
#[derive(Debug, Serialize, Deserialize)]
pub struct Open {
    /// The command.
    pub command: String,
    /// The argument that was asked for.
    pub param: String,
    /// The arguments that were given.
    pub so_far: BTreeMap<String, String>,
}

impl Questions {
    /// Questions stay open at most this long.
    pub fn new(store: Arc<dyn Store>, clock: Clock, limit: Duration) -> Self {
        Self {
            store,
            clock,
            limit,
        }
    }

    /// Opens a question.
    pub async fn ask(
        &self,
        place: &Place,
        person: &PersonId,
        command: &str,
        param: &str,
        so_far: BTreeMap<String, String>,
    ) -> Result<(), StoreError> {
        let open = Open {
            command: command.to_owned(),
            param: param.to_owned(),
            so_far,
        };
        let key = key(place, person);
        let value = json(&key, &open)?;
        let expires = Some(self.clock.after(self.limit));
        self.store
            .apply(&[Write::Put {
                space: Space::Pending,
                key,
                value,
                expires,
            }])
            .await
    }

    /// Takes the open question, if there is one: the line that follows closes it either way.
    pub async fn take(&self, place: &Place, person: &PersonId) -> Result<Option<Open>, StoreError> {
        let key = key(place, person);
        let Some(entry) = self.store.get(Space::Pending, &key).await? else {
            return Ok(None);
        };
        self.store
            .apply(&[Write::Delete {
                space: Space::Pending,
                key,
            }])
            .await?;
        Ok(serde_json::from_str(entry.value.get()).ok())
    }
}

/// Whether a line says that the question need not be answered.
pub fn is_dropped_by(line: &str) -> bool {
    let line = line.trim().trim_end_matches(['.', '!']).to_lowercase();
    matches!(
        line.as_str(),
        "cancel" | "stop" | "never mind" | "nevermind" | "forget it"
    )
}

fn key(place: &Place, person: &PersonId) -> String {
    format!("question/{}/{}", person.key(), place.key())
}
