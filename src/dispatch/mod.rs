//! From an event to its answer: handled once? who is it? what does the line mean? allowed? then act, with a deadline.

mod act;
mod admission;
mod answer;
mod confirm;
mod converse;
pub mod dialogue;
mod door;
mod event;
mod identity;
mod missed;
mod offer;
mod paste;
mod picked;
mod preview;
mod question;
mod secret;
mod share;
mod thread;
mod underway;

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use tokio::sync::Semaphore;

use crate::action::{Action, Asker, Context};
use crate::chat::adapter::{Adapter, SendError};
use crate::clock::millis;
use crate::message::form::Screen;
use crate::message::{Audience, EventId, PersonId, Place, Reply, Sent, Ticket, Trigger};
use crate::store::Store;
use confirm::Confirm;
use dialogue::Dialogue;
use identity::Identities;
use preview::Previews;
use question::Questions;
use thread::Threads;
use underway::Underway;

pub use answer::{Answer, Told};

/// Work that takes longer than this says so.
const PATIENCE: Duration = Duration::from_secs(2);

/// How many events are answered at once. Others are noted and acknowledged meanwhile: platforms do not wait long.
const AT_ONCE: usize = 64;

/// Turns events into answers.
pub struct Dispatch {
    actions: HashMap<&'static str, &'static dyn Action>,
    context: Context,
    underway: Underway,
    identities: Identities,
    dialogue: Dialogue,
    confirm: Confirm,
    questions: Questions,
    threads: Threads,
    previews: Previews,
    limiter: DefaultKeyedRateLimiter<PersonId>,
    turns: Semaphore,
}

/// Who asks, where, by which event, and how a form can be shown to them.
#[derive(Clone, Copy)]
struct Asked<'a> {
    place: &'a Place,
    asker: &'a Asker,
    /// `None`: by none of a platform.
    heard: Option<Heard<'a>>,
    screens: Option<Screens<'a>>,
}

/// What was heard by which platform.
#[derive(Clone, Copy)]
struct Heard<'a> {
    adapter: &'a dyn Adapter,
    event: &'a EventId,
}

impl<'a> Asked<'a> {
    fn person(&self) -> &'a PersonId {
        &self.asker.person
    }
}

/// The platform's own forms.
#[derive(Clone, Copy)]
struct Screens<'a> {
    adapter: &'a dyn Adapter,
    trigger: &'a Trigger,
}

impl Screens<'_> {
    /// Shows a screen; `false` where the platform cannot, or not any longer.
    async fn show(&self, screen: &Screen) -> bool {
        match self.adapter.form(self.trigger, screen).await {
            Ok(()) => true,
            Err(SendError::Unsupported) => false,
            Err(error) => {
                tracing::warn!(%error, platform = self.adapter.name(), "a form could not be shown");
                false
            }
        }
    }
}

impl Dispatch {
    /// A dispatcher of these actions.
    pub fn new(actions: &[&'static dyn Action], context: Context, store: Arc<dyn Store>) -> Self {
        let per_minute =
            NonZeroU32::new(context.config.limits.per_minute).unwrap_or(NonZeroU32::MIN);
        let clock = || context.clock.clone();
        let limit = context.config.limits.confirm.0;
        Self {
            actions: actions
                .iter()
                .map(|action| (action.name(), *action))
                .collect(),
            underway: Underway::new(store.clone(), clock()),
            identities: Identities::new(clock()),
            dialogue: Dialogue::new(store.clone(), clock()),
            confirm: Confirm::new(store.clone(), clock(), limit),
            questions: Questions::new(store.clone(), clock(), limit),
            threads: Threads::new(store.clone(), clock()),
            previews: Previews::new(store, clock()),
            limiter: RateLimiter::keyed(Quota::per_minute(per_minute)),
            turns: Semaphore::new(AT_ONCE),
            context,
        }
    }

    /// Answers through the adapter, and shows meanwhile that it works on it.
    async fn reply(
        &self,
        place: &Place,
        sender: &PersonId,
        adapter: &dyn Adapter,
        answering: impl Future<Output = Answer>,
    ) -> Answer {
        let started = Instant::now();
        tokio::pin!(answering);
        let mut working = None;
        let answer = tokio::select! {
            answer = &mut answering => answer,
            () = tokio::time::sleep(PATIENCE) => {
                working = adapter.send(place, &Reply::text("Working on it …")).await.ok();
                answering.await
            }
        };
        record(adapter.name(), &answer, started.elapsed());
        if let Some(reply) = &answer.reply {
            self.send(adapter, place, sender, working.as_ref(), reply)
                .await;
        }
        answer
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

    /// Says something in a place, or puts it where `sent` stands.
    async fn send(
        &self,
        adapter: &dyn Adapter,
        place: &Place,
        sender: &PersonId,
        sent: Option<&Sent>,
        reply: &Reply,
    ) {
        let aside = reply.audience == Audience::Asker && !place.direct && place.whisper.is_none();
        let result = match sent {
            Some(sent) if !aside => adapter.edit(sent, reply).await,
            None if !aside => adapter.send(place, reply).await.map(|_| ()),
            sent => {
                let told = match adapter.aside(place, sender).await {
                    Ok(there) => adapter.send(&there, reply).await.map(|_| ()),
                    Err(error) => Err(error),
                };
                if let Some(sent) = sent {
                    let done = match told {
                        Ok(()) => "Done; the answer is for the asker alone.",
                        Err(_) => {
                            "Done, but I could not give the answer to the asker alone, so I keep it."
                        }
                    };
                    // The answer itself matters more.
                    let _ = adapter.edit(sent, &Reply::text(done)).await;
                }
                told
            }
        };
        match result {
            Ok(()) => {}
            // Whoever or whatever it was for is not there any more, or not to be spoken to.
            Err(SendError::Gone) => {
                tracing::info!(platform = adapter.name(), "an answer reached nobody");
            }
            Err(error) => {
                tracing::error!(%error, platform = adapter.name(), "an answer could not be sent");
            }
        }
    }
}

/// What a form can be opened with.
fn trigger(place: &Place, sender: &PersonId, ticket: Option<&Ticket>) -> Option<Trigger> {
    Some(Trigger {
        place: place.clone(),
        person: sender.clone(),
        ticket: ticket?.clone(),
    })
}

/// One line in the log and one set of metrics for each message.
fn record(platform: &'static str, answer: &Answer, elapsed: Duration) {
    let command = answer.command.clone().unwrap_or_else(|| "none".to_owned());
    let outcome = match &answer.failure {
        None => "answered",
        Some(told) if told.internal => "failed",
        Some(_) => "refused",
    };
    let milliseconds = millis(elapsed);
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
