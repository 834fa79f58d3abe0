//! Threads in which the bot has answered: there a line needs no mention.

use std::sync::Arc;
use std::time::Duration;

use super::Dispatch;
use super::answer::forgotten;
use crate::clock::Clock;
use crate::message::{PersonId, Place};
use crate::store::{Space, Store, StoreError, Write, json};

/// How long a thread is followed after the bot spoke in it first.
const KEPT: Duration = Duration::from_hours(7 * 24);

/// The threads in which the bot takes part.
pub struct Threads {
    store: Arc<dyn Store>,
    clock: Clock,
}

impl Threads {
    /// Keeps them in this store.
    pub fn new(store: Arc<dyn Store>, clock: Clock) -> Self {
        Self { store, clock }
    }

    async fn joined(&self, place: &Place) -> Result<bool, StoreError> {
        let entry = self.store.get(Space::Pending, &key(place)).await?;
        Ok(entry.is_some())
    }

    async fn join(&self, place: &Place) -> Result<(), StoreError> {
        if self.joined(place).await? {
            return Ok(());
        }
        let key = key(place);
        let write = Write::Put {
            space: Space::Pending,
            value: json(&key, &true)?,
            key,
            expires: Some(self.clock.after(KEPT)),
        };
        self.store.apply(&[write]).await
    }
}

impl Dispatch {
    /// Whether a line that was overheard in a thread is meant for the bot: it has spoken there, or waits for an answer.
    pub(super) async fn takes_part(&self, place: &Place, person: &PersonId) -> bool {
        if place.thread.is_none() {
            return false;
        }
        let joined = async {
            Ok(self.threads.joined(place).await? || self.dialogue.waits(place, person).await?)
        };
        joined.await.unwrap_or_else(|error: StoreError| {
            forgotten(&error);
            false
        })
    }

    /// Notes that the bot has spoken in a thread that everybody sees.
    pub(super) async fn join(&self, place: &Place) {
        if place.thread.is_some()
            && place.whisper.is_none()
            && !place.direct
            && let Err(error) = self.threads.join(place).await
        {
            tracing::error!(%error, "it could not be noted that the bot takes part in a thread");
        }
    }
}

fn key(place: &Place) -> String {
    format!("thread/{}", place.key())
}
