//! Socket Mode: connections that the bot opens, so that no port has to be open to the internet.
//!
//! At least two are open side by side. One that is about to end is replaced before it does; one that is lost or silent is
//! replaced at once, and after longer and longer pauses when that fails. Everything that comes over any of them goes one way,
//! and is acknowledged over the one that it came by, when the dispatcher has noted it.

mod connection;
mod proxy;

use std::sync::Arc;
use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBuilder};
use secrecy::SecretString;
use slack_morphism::SlackClient;
use slack_morphism::api::SlackApiAppsConnectionOpenRequest;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::calls::Calls;
use super::connector::{self, Connector};
use super::error::ApiError;
use super::intake::{Delivered, Intake};
use connection::{Connection, Letter, SocketError};

/// How many envelopes may wait to be handed over. What comes beyond is not acknowledged, so Slack sends it again.
const MOST_LETTERS: usize = 2_000;

/// How long acknowledgements that are due may take when the bot stops.
const GRACE: Duration = Duration::from_millis(500);

/// A connection that lives shorter than this has failed.
const SHORT: Duration = Duration::from_secs(10);

/// The first and the longest pause before a connection is tried again.
const PAUSES: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(30));

/// How patient the connections are.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// After so long without a word a connection is taken for lost. Slack sends a ping every few seconds.
    pub silence: Duration,
    /// How long the greeting may take.
    pub greeting: Duration,
    /// How long a connection that was replaced is still listened to.
    pub farewell: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            silence: Duration::from_secs(30),
            greeting: Duration::from_secs(10),
            farewell: Duration::from_secs(30),
        }
    }
}

/// All connections.
pub struct Sockets {
    /// The Web API, which tells where to connect.
    pub calls: Arc<Calls>,
    /// The app's token.
    pub token: SecretString,
    /// How many are open side by side.
    pub count: usize,
    /// How patient they are.
    pub patience: Patience,
}

/// Where a connection belongs.
#[derive(Clone)]
struct Ends {
    mail: mpsc::Sender<Letter>,
    running: TaskTracker,
    hangup: CancellationToken,
}

impl Sockets {
    /// Keeps the connections open and hands over what comes, until it is told to stop. An error is one that no further
    /// attempt mends.
    pub async fn run(self, intake: Intake, stop: CancellationToken) -> anyhow::Result<()> {
        let (mail, letters) = mpsc::channel(MOST_LETTERS);
        let ends = Ends {
            mail,
            running: TaskTracker::new(),
            hangup: CancellationToken::new(),
        };
        let sockets = Arc::new(self);
        let mut keeping = JoinSet::new();
        for _ in 0..sockets.count {
            let (sockets, ends) = (sockets.clone(), ends.clone());
            keeping.spawn(async move { sockets.keep(ends).await });
        }
        let answering = TaskTracker::new();
        let ended = tokio::select! {
            () = stop.cancelled() => Ok(()),
            () = hand_over(letters, intake, answering.clone()) => Ok(()),
            Some(ended) = keeping.join_next() => ended.map_err(anyhow::Error::from).and_then(|ended| Err(ended.into())),
        };
        keeping.shutdown().await;
        answering.close();
        // What is noted by now is acknowledged; what is not comes again.
        let _ = timeout(GRACE, answering.wait()).await;
        ends.hangup.cancel();
        ends.running.close();
        let _ = timeout(GRACE, ends.running.wait()).await;
        ended
    }

    /// Keeps one connection open; ends only with an error that no further attempt mends.
    async fn keep(&self, ends: Ends) -> ApiError {
        let pauses = || {
            ExponentialBuilder::default()
                .with_min_delay(PAUSES.0)
                .with_max_delay(PAUSES.1)
                .without_max_times()
                .with_jitter()
                .build()
        };
        let mut pause = pauses();
        let mut failed = false;
        loop {
            let started = Instant::now();
            match self.open().await {
                Ok(connection) => {
                    let (replace, replaced) = oneshot::channel();
                    let running = connection.run(ends.mail.clone(), replace, ends.hangup.clone());
                    ends.running.spawn(running);
                    // Whether it asks for a successor or has ended, it is time for one.
                    let _ = replaced.await;
                }
                Err(SocketError::Refused(error)) if error.is_about_token() => return error,
                Err(error) => {
                    tracing::warn!(%error, "a connection to Slack could not be opened");
                }
            }
            if started.elapsed() > SHORT {
                (pause, failed) = (pauses(), false);
            } else if failed {
                tokio::time::sleep(pause.next().unwrap_or(PAUSES.1)).await;
            } else {
                failed = true;
            }
        }
    }

    /// Opens a connection and waits for its greeting.
    async fn open(&self) -> Result<Connection, SocketError> {
        let client: SlackClient<Connector> = connector::client(self.calls.api().clone());
        let token = connector::token(&self.token);
        let ask = || async {
            let request = SlackApiAppsConnectionOpenRequest::new();
            let session = client.open_session(&token);
            Ok(session.apps_connections_open(&request).await?)
        };
        let opened = self.calls.typed("apps.connections.open", ask).await;
        let address = opened.map_err(SocketError::Refused)?.url.0;
        Connection::open(address.as_str(), self.patience).await
    }
}

/// Hands over what comes, in order, and acknowledges side by side.
async fn hand_over(mut letters: mpsc::Receiver<Letter>, intake: Intake, answering: TaskTracker) {
    while let Some(letter) = letters.recv().await {
        match intake.take(letter.kind, &letter.payload).await {
            Delivered::Done => letter.acknowledge(None).await,
            Delivered::Handed(handed) => {
                answering.spawn(async move {
                    if let Some(answer) = handed.answer().await {
                        letter.acknowledge(answer).await;
                    }
                });
            }
            Delivered::Refused => {}
        }
    }
}
