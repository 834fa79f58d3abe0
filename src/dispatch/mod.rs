//! From an event to its answer: handled once? who is it? what does the line mean? allowed? then act, with a deadline.

mod answer;
mod confirm;
pub mod dialogue;
mod identity;
mod paste;
mod question;

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use tracing::Instrument;

use crate::action::{Action, Context};
use crate::chat::adapter::Adapter;
use crate::message::{Event, EventId, Incoming, Outcome, PersonId, Place, Reply, Sent};
use crate::store::{Space, Store, StoreError, Write, json};
use confirm::Confirm;
use dialogue::Dialogue;
use question::Questions;

pub use answer::{Answer, Told};

/// How long it is remembered that an event was handled.
const REMEMBERED: Duration = Duration::from_hours(24);

/// Work that takes longer than this says so.
const PATIENCE: Duration = Duration::from_secs(2);

/// Turns events into answers.
pub struct Dispatch {
    actions: HashMap<&'static str, &'static dyn Action>,
    context: Context,
    store: Arc<dyn Store>,
    dialogue: Dialogue,
    confirm: Confirm,
    questions: Questions,
    limiter: DefaultKeyedRateLimiter<PersonId>,
}

impl Dispatch {
    /// A dispatcher of these actions.
    pub fn new(actions: &[&'static dyn Action], context: Context, store: Arc<dyn Store>) -> Self {
        let per_minute =
            NonZeroU32::new(context.config.limits.per_minute).unwrap_or(NonZeroU32::MIN);
        let clock = context.clock.clone();
        Self {
            actions: actions
                .iter()
                .map(|action| (action.name(), *action))
                .collect(),
            dialogue: Dialogue::new(store.clone(), clock.clone()),
            confirm: Confirm::new(
                store.clone(),
                clock.clone(),
                context.config.limits.confirm.0,
            ),
            questions: Questions::new(store.clone(), clock, context.config.limits.confirm.0),
            limiter: RateLimiter::keyed(Quota::per_minute(per_minute)),
            store,
            context,
        }
    }

    /// Handles one event to its end: answers it through the adapter it came by.
    pub async fn handle(&self, mut incoming: Incoming, adapter: &dyn Adapter) {
        let span = tracing::info_span!(
            "message",
            platform = adapter.name(),
            event = incoming.id.0,
            command = tracing::field::Empty,
            outcome = tracing::field::Empty,
            milliseconds = tracing::field::Empty,
            reference = tracing::field::Empty,
        );
        let work = async {
            match self.note(adapter.name(), &incoming.id).await {
                Ok(true) => incoming.taken.note(Outcome::Noted),
                Ok(false) => {
                    incoming.taken.note(Outcome::Again);
                    count(adapter.name(), "none", "again");
                    return;
                }
                Err(error) => {
                    // Answers that only read are worth more than the memory of having given them.
                    tracing::error!(%error, "an event could not be noted in the store");
                    incoming.taken.note(Outcome::Noted);
                }
            }
            let line = match &incoming.event {
                Event::Said(line) => line.clone(),
                Event::Pressed(choice) => choice.line.clone(),
                // Nothing sends these before there are platforms with forms, pages and previews.
                Event::Overheard(_)
                | Event::Submitted(_)
                | Event::Options(_)
                | Event::Opened
                | Event::Links(_) => return,
            };
            self.reply(&line, &incoming.place, &incoming.sender, adapter)
                .await;
        };
        work.instrument(span).await;
        // `incoming.taken` is dropped here: handling has ended.
    }

    /// Notes durably that the event is being handled. `false`: it was noted before.
    async fn note(&self, platform: &str, id: &EventId) -> Result<bool, StoreError> {
        let expires =
            self.context.clock.millis() + u64::try_from(REMEMBERED.as_millis()).unwrap_or(u64::MAX);
        let key = format!("{platform}/{}", id.0);
        let write = Write::PutNew {
            space: Space::Handled,
            value: json(&key, &true)?,
            key,
            expires: Some(expires),
        };
        match self.store.apply(&[write]).await {
            Ok(()) => self.store.flush().await.map(|()| true),
            Err(StoreError::Conflict { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn reply(&self, line: &str, place: &Place, sender: &PersonId, adapter: &dyn Adapter) {
        let started = Instant::now();
        if let Some(refusal) = self.too_often(sender) {
            count(adapter.name(), "none", "limited");
            self.send(adapter, place, None, &refusal).await;
            return;
        }
        let answering = self.answer(line, place, sender);
        tokio::pin!(answering);
        let mut working = None;
        let answer = tokio::select! {
            answer = &mut answering => answer,
            () = tokio::time::sleep(PATIENCE) => {
                working = adapter.send(place, &Reply::text("Working on it …")).await.ok();
                answering.await
            }
        };
        let elapsed = started.elapsed();
        record(adapter.name(), &answer, elapsed);
        if let Some(reply) = &answer.reply {
            self.send(adapter, place, working.as_ref(), reply).await;
        }
    }

    fn too_often(&self, sender: &PersonId) -> Option<Reply> {
        // Who sits at the terminal has the machine.
        if sender.platform == "console" {
            return None;
        }
        self.limiter.check_key(sender).err()?;
        let limit = self.context.config.limits.per_minute;
        Some(Reply::text(format!(
            "That was more than {limit} lines in a minute. Please wait a moment, then ask again."
        )))
    }

    async fn send(&self, adapter: &dyn Adapter, place: &Place, sent: Option<&Sent>, reply: &Reply) {
        let result = match sent {
            Some(sent) => adapter.edit(sent, reply).await,
            None => adapter.send(place, reply).await.map(|_| ()),
        };
        if let Err(error) = result {
            tracing::error!(%error, platform = adapter.name(), "an answer could not be sent");
        }
    }
}

/// One line in the log and one set of metrics for each message.
fn record(platform: &'static str, answer: &Answer, elapsed: Duration) {
    let command = answer.command.clone().unwrap_or_else(|| "none".to_owned());
    let outcome = match &answer.failure {
        None => "answered",
        Some(told) if told.internal => "failed",
        Some(_) => "refused",
    };
    let milliseconds = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    let span = tracing::Span::current();
    span.record("command", command.as_str());
    span.record("outcome", outcome);
    span.record("milliseconds", milliseconds);
    if let Some(reference) = answer
        .failure
        .as_ref()
        .and_then(|told| told.reference.as_deref())
    {
        span.record("reference", reference);
    }
    tracing::info!("handled");
    count(platform, &command, outcome);
    metrics::histogram!("callboard_answer_seconds", "platform" => platform, "command" => command)
        .record(elapsed.as_secs_f64());
}

/// Counts a message. The outcomes are `answered`, `refused`, `failed`, `limited` and `again`.
fn count(platform: &'static str, command: &str, outcome: &'static str) {
    let command = command.to_owned();
    metrics::counter!("callboard_messages_total", "platform" => platform, "command" => command, "outcome" => outcome).increment(1);
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use metrics::{
        Counter, CounterFn, Gauge, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder,
        SharedString, Unit,
    };

    use super::*;

    /// Writes down what is measured.
    #[derive(Default)]
    struct Notes(Arc<Mutex<Vec<String>>>);

    struct Note(Arc<Mutex<Vec<String>>>, String);

    impl Note {
        fn note(&self, value: &str) {
            let mut notes = self.0.lock().expect("nobody panicked with it");
            notes.push(format!("{} {value}", self.1));
        }
    }

    impl CounterFn for Note {
        fn increment(&self, value: u64) {
            self.note(&value.to_string());
        }

        fn absolute(&self, value: u64) {
            self.note(&value.to_string());
        }
    }

    impl HistogramFn for Note {
        fn record(&self, value: f64) {
            self.note(&value.to_string());
        }
    }

    impl Notes {
        fn under(&self, key: &Key) -> Arc<Note> {
            let labels: Vec<String> = key
                .labels()
                .map(|label| format!("{}={}", label.key(), label.value()))
                .collect();
            let name = format!("{}{{{}}}", key.name(), labels.join(","));
            Arc::new(Note(self.0.clone(), name))
        }
    }

    impl Recorder for Notes {
        fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
        fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
        fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

        fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
            Counter::from_arc(self.under(key))
        }

        fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
            Gauge::noop()
        }

        fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
            Histogram::from_arc(self.under(key))
        }
    }

    #[test]
    fn every_message_is_counted_and_timed_once() {
        let notes = Notes::default();
        let answer = Answer {
            command: Some("who-owns".to_owned()),
            ..Answer::default()
        };
        metrics::with_local_recorder(&notes, || {
            record("slack", &answer, Duration::from_millis(250));
            count("slack", "none", "limited");
        });
        let notes = notes.0.lock().expect("nobody panicked with it");
        insta::assert_snapshot!(notes.join("\n"), @"
        callboard_messages_total{platform=slack,command=who-owns,outcome=answered} 1
        callboard_answer_seconds{platform=slack,command=who-owns} 0.25
        callboard_messages_total{platform=slack,command=none,outcome=limited} 1
        ");
    }
}
