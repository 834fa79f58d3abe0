//! One connection: its greeting, its pings, its envelopes, its end.

use futures_util::{SinkExt as _, StreamExt as _};
use hyper_util::client::proxy::matcher::Matcher;
use serde::Deserialize;
use serde_json::{Value, json};
use thiserror::Error;
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, interval, timeout};
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, client_async_tls_with_config, connect_async_tls_with_config,
};
use tokio_util::sync::CancellationToken;
use url::Url;

use super::Patience;
use super::proxy::tunnel;
use crate::chat::slack::api::is_here;
use crate::chat::slack::error::ApiError;
use crate::chat::slack::payload::Kind;

/// How many acknowledgements may wait to be written.
const MOST_ACKNOWLEDGED: usize = 256;

/// Why a connection could not be opened. The address holds a ticket, so it is never told.
#[derive(Debug, Error)]
pub enum SocketError {
    /// Slack gives no address to connect to.
    #[error(transparent)]
    Refused(ApiError),
    /// There is no connection to where Slack said.
    #[error("{0}")]
    Broken(String),
}

/// A connection that has been greeted.
pub struct Connection {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    patience: Patience,
}

/// An envelope that came over a connection.
pub struct Letter {
    /// What is in it.
    pub kind: Kind,
    /// What it says.
    pub payload: Value,
    id: String,
    came: Instant,
    back: mpsc::Sender<String>,
}

/// What Slack says on a connection.
#[derive(Deserialize)]
struct Frame {
    r#type: String,
    envelope_id: Option<String>,
    payload: Option<Value>,
    reason: Option<String>,
    retry_attempt: Option<u64>,
}

/// Whether to go on after a frame.
enum Next {
    Listen,
    /// Slack will end the connection: a successor is needed.
    Farewell,
}

impl Letter {
    /// Acknowledges it. When its connection is gone, it comes again over another one.
    pub async fn acknowledge(self, payload: Option<Value>) {
        let mut told = json!({"envelope_id": self.id});
        if let Some(payload) = payload {
            told["payload"] = payload;
        }
        metrics::histogram!("callboard_slack_acknowledge_seconds")
            .record(self.came.elapsed().as_secs_f64());
        if self.back.send(told.to_string()).await.is_err() {
            tracing::debug!("an acknowledgement has no connection any more");
        }
    }
}

impl Connection {
    /// Connects and waits for the greeting.
    pub async fn open(address: &str, patience: Patience) -> Result<Self, SocketError> {
        let url = Url::parse(address).ok();
        let safe = url.filter(|url| url.scheme() == "wss" || is_here(url));
        let Some(url) = safe else {
            return Err(broken("Slack names an address that is not encrypted"));
        };
        let opening = async {
            // A proxy is for the world outside.
            let proxies = (!is_here(&url)).then(Matcher::from_env);
            let tunnel = match &proxies {
                Some(proxies) => tunnel(proxies, &url).await,
                None => None,
            };
            let connected = match tunnel {
                Some(stream) => {
                    let stream = stream.map_err(broken)?;
                    client_async_tls_with_config(address, stream, None, None).await
                }
                None => connect_async_tls_with_config(address, None, true, None).await,
            };
            let (mut socket, _) = connected.map_err(|error| broken(reason(&error)))?;
            loop {
                match socket.next().await {
                    Some(Ok(Message::Text(text))) => {
                        greeted(&text)?;
                        return Ok(socket);
                    }
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                    Some(Err(error)) => return Err(broken(reason(&error))),
                    Some(Ok(_)) | None => return Err(broken("Slack ends it before its greeting")),
                }
            }
        };
        let opened = timeout(patience.greeting, opening).await;
        let socket = opened.map_err(|_| broken("Slack does not greet in time"))??;
        Ok(Self { socket, patience })
    }

    /// Listens until the connection ends. `replace` is used or dropped when it is time for a successor.
    pub async fn run(
        mut self,
        mail: mpsc::Sender<Letter>,
        replace: oneshot::Sender<()>,
        hangup: CancellationToken,
    ) {
        metrics::gauge!("callboard_slack_connections").increment(1.0);
        let why = self.listen(&mail, replace, &hangup).await;
        metrics::gauge!("callboard_slack_connections").decrement(1.0);
        tracing::debug!(why, "a connection to Slack has ended");
    }

    async fn listen(
        &mut self,
        mail: &mpsc::Sender<Letter>,
        replace: oneshot::Sender<()>,
        hangup: &CancellationToken,
    ) -> &'static str {
        let (back, mut acknowledged) = mpsc::channel::<String>(MOST_ACKNOWLEDGED);
        let mut replace = Some(replace);
        let mut until: Option<Instant> = None;
        let mut heard = Instant::now();
        let mut glances = interval(self.patience.silence / 3);
        loop {
            tokio::select! {
                () = hangup.cancelled() => {
                    while let Ok(text) = acknowledged.try_recv() {
                        if !self.write(Message::text(text)).await {
                            break;
                        }
                    }
                    let _ = timeout(self.patience.greeting, self.socket.close(None)).await;
                    return "the bot stops";
                }
                Some(text) = acknowledged.recv() => {
                    if !self.write(Message::text(text)).await {
                        return "it cannot be written to";
                    }
                }
                frame = self.socket.next() => {
                    // What answers our own pings says nothing of whether events still come this way.
                    if !matches!(frame, Some(Ok(Message::Pong(_)))) {
                        heard = Instant::now();
                    }
                    match frame {
                        Some(Ok(Message::Text(text))) => {
                            if matches!(take(&text, mail, &back), Next::Farewell)
                                && let Some(replace) = replace.take()
                            {
                                // Nobody waits any more when the bot stops.
                                let _ = replace.send(());
                                until = Some(heard + self.patience.farewell);
                            }
                        }
                        Some(Ok(Message::Close(_)) | Err(_)) | None => return "Slack ended it",
                        Some(Ok(_)) => {}
                    }
                }
                _ = glances.tick() => {
                    if until.is_some_and(|until| until < Instant::now()) {
                        let _ = timeout(self.patience.greeting, self.socket.close(None)).await;
                        return "it was replaced";
                    }
                    if heard.elapsed() >= self.patience.silence {
                        return "it is silent";
                    }
                    // It keeps what is in between, like a firewall, from forgetting the connection, and fails when that is gone.
                    if heard.elapsed() >= self.patience.silence / 3
                        && !self.write(Message::Ping("callboard".into())).await
                    {
                        return "it cannot be written to";
                    }
                }
            }
        }
    }

    async fn write(&mut self, message: Message) -> bool {
        let written = timeout(self.patience.silence, self.socket.send(message)).await;
        matches!(written, Ok(Ok(())))
    }
}

/// Takes what was said on a connection.
fn take(text: &str, mail: &mpsc::Sender<Letter>, back: &mpsc::Sender<String>) -> Next {
    let Ok(frame) = serde_json::from_str::<Frame>(text) else {
        tracing::warn!("Slack said something on a connection that cannot be read");
        return Next::Listen;
    };
    let kind = match frame.r#type.as_str() {
        "events_api" => Kind::Event,
        "slash_commands" => Kind::Command,
        "interactive" => Kind::Interactive,
        "disconnect" => {
            let reason = frame.reason.unwrap_or_default();
            if reason == "link_disabled" {
                tracing::error!(
                    "Socket Mode is turned off in the app's settings; turn it on, or set delivery = \"http\" under [slack]"
                );
            }
            return Next::Farewell;
        }
        _ => Kind::Unknown,
    };
    let Some(id) = frame.envelope_id else {
        return Next::Listen;
    };
    if let Some(attempt) = frame.retry_attempt.filter(|attempt| *attempt > 0) {
        tracing::debug!(attempt, "an envelope comes again");
    }
    let letter = Letter {
        kind,
        payload: frame.payload.unwrap_or_default(),
        id,
        came: Instant::now(),
        back: back.clone(),
    };
    if mail.try_send(letter).is_err() {
        metrics::counter!("callboard_slack_overflows_total").increment(1);
        tracing::warn!("more comes from Slack than can be taken; it will come again");
    }
    Next::Listen
}

/// Whether the first thing that is said is the greeting.
fn greeted(text: &str) -> Result<(), SocketError> {
    let frame: Option<Frame> = serde_json::from_str(text).ok();
    match frame {
        Some(frame) if frame.r#type == "hello" => Ok(()),
        Some(frame) if frame.r#type == "disconnect" => Err(broken(match frame.reason.as_deref() {
            Some("link_disabled") => {
                "Socket Mode is turned off in the app's settings; turn it on, or set delivery = \"http\" under [slack]"
            }
            Some("too_many_websockets") => {
                "the app has as many connections as Slack allows; is the bot running elsewhere?"
            }
            _ => "Slack ends it at once",
        })),
        _ => Err(broken("Slack's greeting cannot be read")),
    }
}

fn broken(why: impl Into<String>) -> SocketError {
    SocketError::Broken(why.into())
}

/// Why there is no connection, in words that hold no address.
fn reason(error: &tungstenite::Error) -> String {
    match error {
        tungstenite::Error::Io(error) => format!("no connection: {}", error.kind()),
        tungstenite::Error::Http(response) => {
            format!("no connection: it answers {}", response.status().as_u16())
        }
        tungstenite::Error::Tls(_) => "no encrypted connection".to_owned(),
        tungstenite::Error::ConnectionClosed | tungstenite::Error::AlreadyClosed => {
            "the connection was closed".to_owned()
        }
        _ => "no connection: the other side does not keep to the protocol".to_owned(),
    }
}
