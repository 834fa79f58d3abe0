//! Slack's transport against the stand-in: what is acknowledged and when, what is said where, and what happens when
//! sockets break, Slack is silent, stumbles, or wants to be asked later.

mod faults;
mod http;
mod load;
mod replies;

use std::collections::HashSet;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use callboard::chat::adapter::Adapter;
use callboard::chat::slack::{Patience, Slack};
use callboard::config::{Secret, SlackConfig};
use callboard::message::{Event, Incoming, Outcome, Place, Reply, Whisper};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::harness::slack::{APP_TOKEN, BOT_TOKEN, SlackStandIn, TEAM};

/// The adapter in the workspace of the stand-in, with a dispatcher that handles every event once and repeats what it was
/// told.
pub struct Connected {
    pub slack: Arc<SlackStandIn>,
    pub adapter: Arc<Slack>,
    /// What the dispatcher has heard, each event once.
    pub heard: Arc<Mutex<Vec<Event>>>,
    stop: CancellationToken,
    running: Option<JoinHandle<anyhow::Result<()>>>,
    _secrets: tempfile::TempDir,
}

/// The configuration of an adapter that speaks to the stand-in; the tokens are in files, as an operator keeps them.
pub fn config(slack: &SlackStandIn, secrets: &Path) -> SlackConfig {
    let secret = |name: &str, text: &str| {
        let file = secrets.join(name);
        std::fs::write(&file, text).expect("written");
        Some(Secret::File(file))
    };
    SlackConfig {
        bot_token: secret("bot", BOT_TOKEN),
        app_token: secret("app", APP_TOKEN),
        api: slack.api(),
        ..SlackConfig::default()
    }
}

impl Connected {
    async fn start() -> Self {
        let slack = Arc::new(SlackStandIn::start());
        let secrets = tempfile::tempdir().expect("a folder");
        let adapter = Slack::new(&config(&slack, secrets.path()), None).expect("a configuration");
        let adapter = Arc::new(adapter.with_patience(Patience {
            silence: Duration::from_millis(1_500),
            greeting: Duration::from_secs(1),
            farewell: Duration::from_millis(500),
        }));
        let heard = Arc::<Mutex<Vec<Event>>>::default();
        let (inbox, events) = mpsc::channel(64);
        tokio::spawn(dispatch(adapter.clone(), heard.clone(), events));
        let stop = CancellationToken::new();
        let running = tokio::spawn({
            let (adapter, stop) = (adapter.clone(), stop.clone());
            async move { adapter.run(inbox, stop).await }
        });
        slack.connected(2).await;
        Self {
            slack,
            adapter,
            heard,
            stop,
            running: Some(running),
            _secrets: secrets,
        }
    }

    /// How often the dispatcher has heard a line.
    fn times(&self, line: &str) -> usize {
        let heard = self.heard.lock().expect("nobody panics");
        let said = Event::Said(line.to_owned());
        heard.iter().filter(|event| **event == said).count()
    }

    /// Stops the adapter, which ends well.
    async fn stop(mut self) {
        self.stop.cancel();
        let running = self.running.take().expect("it runs");
        let ended = running.await.expect("it does not panic");
        ended.expect("it ends well");
    }
}

/// Notes each event once, and answers it.
async fn dispatch(
    adapter: Arc<Slack>,
    heard: Arc<Mutex<Vec<Event>>>,
    mut events: mpsc::Receiver<Incoming>,
) {
    let mut known = HashSet::new();
    while let Some(mut incoming) = events.recv().await {
        if !known.insert(incoming.id.clone()) {
            incoming.taken.note(Outcome::Again);
            continue;
        }
        incoming.taken.note(Outcome::Noted);
        let event = incoming.event.clone();
        heard.lock().expect("nobody panics").push(event.clone());
        let adapter = adapter.clone();
        tokio::spawn(async move {
            if let Event::Said(line) = event {
                let reply = Reply::text(format!("You said: {line}"));
                // Whether it was said is for the test to see.
                let _ = adapter.send(&incoming.place, &reply).await;
            }
        });
    }
}

/// A channel of the workspace.
fn channel(id: &str) -> Place {
    Place {
        platform: "slack".to_owned(),
        channel: format!("{TEAM}/{id}"),
        ..Place::default()
    }
}

/// The same, where one person alone hears.
fn whispered(id: &str, person: &str) -> Place {
    Place {
        whisper: Some(Whisper {
            person: format!("{TEAM}/{person}"),
            ticket: None,
        }),
        ..channel(id)
    }
}
