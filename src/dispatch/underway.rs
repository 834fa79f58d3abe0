//! Handled once: an event is noted before it is acknowledged, and what was acknowledged is answered, even after a crash.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::dialogue::Subject;
use crate::clock::Clock;
use crate::message::form::Answers;
use crate::message::{Event, EventId, PersonId, Place};
use crate::store::{Space, Store, StoreError, Write, json};

/// How long it is remembered that an event was handled.
const REMEMBERED: Duration = Duration::from_hours(24);

/// An answer that comes later than this answers nobody; platforms forget the way back by then, too.
const LATEST: Duration = Duration::from_mins(30);

/// How many unfinished events are looked for when the bot starts; far more than are ever handled at once.
const MOST: usize = 10_000;

/// The events that are being answered.
pub struct Underway {
    store: Arc<dyn Store>,
    clock: Clock,
}

/// An event that is being answered, as it stands in the store.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Work {
    /// Where it happened.
    pub place: Place,
    /// Whose doing it was.
    pub sender: PersonId,
    /// What is to be done.
    pub task: Task,
}

/// What is to be done about an event.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Task {
    /// To answer what was said or pressed.
    Answer(Event),
    /// To go on with a form that was filled in.
    Filled {
        /// What the answers are for.
        subject: Subject,
        /// The answers; secrets are not among them once they were stored.
        answers: Answers,
        /// Whether there were secrets.
        secret: bool,
    },
}

/// What came of noting an event.
pub enum Noted {
    /// It is new.
    New,
    /// It was noted before.
    Again,
}

impl Underway {
    /// Keeps them in this store.
    pub fn new(store: Arc<dyn Store>, clock: Clock) -> Self {
        Self { store, clock }
    }

    /// Notes durably that an event is being handled, and what is left to do about it.
    pub async fn note(
        &self,
        platform: &str,
        id: &EventId,
        work: Option<&Work>,
    ) -> Result<Noted, StoreError> {
        let key = key(platform, id);
        let mut writes = vec![Write::PutNew {
            space: Space::Handled,
            value: json(&key, &true)?,
            key: key.clone(),
            expires: Some(self.clock.after(REMEMBERED)),
        }];
        if let Some(work) = work {
            writes.push(Write::Put {
                space: Space::Underway,
                value: json(&key, work)?,
                key,
                expires: Some(self.clock.after(LATEST)),
            });
        }
        match self.store.apply(&writes).await {
            Ok(()) => self.store.flush().await.map(|()| Noted::New),
            Err(StoreError::Conflict { .. }) => Ok(Noted::Again),
            Err(error) => Err(error),
        }
    }

    /// Notes durably that an event was answered.
    pub async fn finish(&self, platform: &str, id: &EventId) -> Result<(), StoreError> {
        let done = Write::Delete {
            space: Space::Underway,
            key: key(platform, id),
        };
        self.store.apply(&[done]).await?;
        self.store.flush().await
    }

    /// What an earlier run of the bot acknowledged on a platform and did not finish.
    pub async fn unfinished(&self, platform: &str) -> Result<Vec<(EventId, Work)>, StoreError> {
        let prefix = format!("{platform}/");
        let entries = self
            .store
            .scan(Space::Underway, &prefix, None, MOST)
            .await?;
        let works = entries.into_iter().filter_map(|entry| {
            let id = EventId(entry.key.strip_prefix(&prefix)?.to_owned());
            // Of another version of the program: nobody could go on with it.
            let work = entry
                .read()
                .inspect_err(|error| tracing::warn!(%error, "an unfinished event is given up"))
                .ok()?;
            Some((id, work))
        });
        Ok(works.collect())
    }
}

fn key(platform: &str, id: &EventId) -> String {
    format!("{platform}/{}", id.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::memory::MemoryStore;

    fn underway(clock: &Clock) -> Underway {
        Underway::new(Arc::new(MemoryStore::new(clock.clone())), clock.clone())
    }

    fn work() -> Work {
        Work {
            place: Place {
                platform: "slack".to_owned(),
                ..Place::default()
            },
            sender: PersonId {
                platform: "slack".to_owned(),
                id: "U1".to_owned(),
            },
            task: Task::Answer(Event::Said("who-owns payments".to_owned())),
        }
    }

    async fn lines(underway: &Underway) -> Vec<String> {
        let unfinished = underway.unfinished("slack").await.expect("read");
        let line = |(id, work): (EventId, Work)| match work.task {
            Task::Answer(Event::Said(line)) => format!("{}: {line}", id.0),
            other => panic!("{other:?}"),
        };
        unfinished.into_iter().map(line).collect()
    }

    #[tokio::test]
    async fn what_was_noted_is_left_to_do_until_it_is_finished() {
        let clock = Clock::fixed(1_000);
        let underway = underway(&clock);
        let id = EventId("e1".to_owned());
        let noted = underway.note("slack", &id, Some(&work())).await;
        assert!(matches!(noted, Ok(Noted::New)));
        let noted = underway.note("slack", &id, Some(&work())).await;
        assert!(matches!(noted, Ok(Noted::Again)));
        assert_eq!(lines(&underway).await, ["e1: who-owns payments"]);
        assert!(
            underway
                .unfinished("matrix")
                .await
                .expect("read")
                .is_empty()
        );
        underway.finish("slack", &id).await.expect("finished");
        assert!(lines(&underway).await.is_empty());
        let noted = underway.note("slack", &id, None).await;
        assert!(matches!(noted, Ok(Noted::Again)));
    }

    #[tokio::test]
    async fn what_comes_too_late_is_not_answered() {
        let clock = Clock::fixed(1_000);
        let underway = underway(&clock);
        let id = EventId("e1".to_owned());
        let noted = underway.note("slack", &id, Some(&work())).await;
        assert!(matches!(noted, Ok(Noted::New)));
        clock.advance(LATEST);
        assert!(lines(&underway).await.is_empty());
    }
}
