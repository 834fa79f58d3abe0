//! Events on their way to the bot: over a socket or over HTTP, again when they are not acknowledged.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use aws_lc_rs::hmac;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::super::PATIENCE;
use super::state::{Envelope, Order};
use super::{Moment, SIGNING_SECRET, Shared, SlackStandIn, schema};

/// How often an event is delivered that nobody acknowledges.
const ATTEMPTS: u32 = 4;

/// Something to tell the bot.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// In which kind of envelope.
    pub kind: Envelopes,
    /// What is in it.
    pub payload: Value,
    /// Whether the acknowledgement may carry an answer.
    pub accepts: bool,
    /// Whether it is a fault of the bot not to take it.
    pub matters: bool,
}

/// The kinds of envelopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Envelopes {
    /// Of the Events API.
    Event,
    /// A slash command.
    Command,
    /// Buttons, selects, shortcuts, views.
    Interactive,
}

/// What became of a delivery.
#[derive(Debug, Clone)]
pub struct Delivered {
    /// What was delivered.
    pub delivery: Delivery,
    /// What came with the acknowledgement.
    pub answer: Option<Value>,
    /// Whether it was acknowledged at all.
    pub acknowledged: bool,
    /// How often it was sent.
    pub attempts: u32,
    /// From the last time it was sent to the acknowledgement.
    pub took: Duration,
}

/// Delivers until it is acknowledged, four times at most.
pub async fn deliver(shared: Arc<Shared>, delivery: Delivery, before: u32) -> Delivered {
    let mut delivered = Delivered {
        delivery,
        answer: None,
        acknowledged: false,
        attempts: 0,
        took: Duration::ZERO,
    };
    if delivered.delivery.kind != Envelopes::Event {
        let complaints = schema::payload(&delivered.delivery.payload);
        shared.lock().complaints.extend(complaints);
    }
    let mut last = None;
    for attempt in before..before + ATTEMPTS {
        let started = Instant::now();
        delivered.attempts += 1;
        let over = shared.lock().deliver_to.clone();
        let answer = match over {
            None => over_socket(&shared, &delivered.delivery, attempt, &mut last).await,
            Some(url) => over_http(&shared, &url, &delivered.delivery, attempt).await,
        };
        if let Some(answer) = answer {
            delivered.took = started.elapsed();
            delivered.answer = answer;
            delivered.acknowledged = true;
            return delivered;
        }
    }
    if delivered.delivery.matters {
        let complaint = format!("never acknowledged: {}", delivered.delivery.payload);
        shared.lock().complain(complaint);
    }
    delivered
}

/// Sends it on the next socket in turn; `None` when no acknowledgement came.
async fn over_socket(
    shared: &Arc<Shared>,
    delivery: &Delivery,
    attempt: u32,
    last: &mut Option<u64>,
) -> Option<Option<Value>> {
    let until = tokio::time::Instant::now() + PATIENCE;
    let acknowledged = loop {
        let mut news = shared.watch();
        if let Some(sent) = send(shared, delivery, attempt, last) {
            break sent;
        }
        // Whoever sends the news lives as long as the state.
        let _ = tokio::time::timeout_at(until, news.changed()).await.ok()?;
    };
    let patience = shared.lock().patience;
    tokio::time::timeout(patience, acknowledged)
        .await
        .ok()?
        .ok()
}

/// Puts it on the next open socket in turn, another than the last one if there is one.
fn send(
    shared: &Shared,
    delivery: &Delivery,
    attempt: u32,
    last: &mut Option<u64>,
) -> Option<oneshot::Receiver<Option<Value>>> {
    let mut state = shared.lock();
    if state.silent {
        return None;
    }
    let open: Vec<u64> = state
        .sockets
        .iter()
        .filter(|socket| socket.open)
        .map(|socket| socket.id)
        .collect();
    let others: Vec<u64> = open
        .iter()
        .copied()
        .filter(|id| Some(*id) != *last)
        .collect();
    let open = if others.is_empty() { open } else { others };
    if open.is_empty() {
        return None;
    }
    let turn = usize::try_from(state.number()).expect("it fits") % open.len();
    let socket = open[turn];
    *last = Some(socket);
    let id = format!("{:08x}-0000-4000-8000-{:012x}", state.number(), socket);
    let mut envelope = json!({
        "envelope_id": id,
        "payload": delivery.payload,
        "type": match delivery.kind {
            Envelopes::Event => "events_api",
            Envelopes::Command => "slash_commands",
            Envelopes::Interactive => "interactive",
        },
        "accepts_response_payload": delivery.accepts,
    });
    if delivery.kind == Envelopes::Event || attempt > 0 {
        envelope["retry_attempt"] = json!(attempt);
        envelope["retry_reason"] = json!(if attempt == 0 { "" } else { "timeout" });
    }
    let moment = state.cuts.pop_front();
    let (sender, acknowledged) = oneshot::channel();
    state.envelopes.insert(
        id,
        Envelope {
            socket,
            accepts: delivery.accepts,
            waiting: Some(sender),
            cut_after: moment == Some(Moment::AfterAcknowledgement),
        },
    );
    let chosen = state.sockets.iter_mut().find(|open| open.id == socket)?;
    // A connection that has just ended leaves the envelope unacknowledged.
    let _ = chosen.orders.send(Order::Send(envelope.to_string()));
    if moment == Some(Moment::BeforeAcknowledgement) {
        chosen.open = false;
        let _ = chosen.orders.send(Order::Cut);
    }
    Some(acknowledged)
}

/// Posts it with a signature; `None` when the answer is not a success or comes too late.
async fn over_http(
    shared: &Arc<Shared>,
    url: &str,
    delivery: &Delivery,
    attempt: u32,
) -> Option<Option<Value>> {
    let (patience, now) = (shared.lock().patience, SystemTime::now());
    let now = now
        .duration_since(UNIX_EPOCH)
        .expect("it is after 1970")
        .as_secs();
    let (kind, body) = body(delivery);
    let mut request = reqwest::Client::new()
        .post(url)
        .timeout(patience)
        .header("content-type", kind)
        .header("user-agent", "Slackbot 1.0 (+https://api.slack.com/robots)")
        .header("x-slack-request-timestamp", now.to_string())
        .header("x-slack-signature", signature(SIGNING_SECRET, now, &body));
    if attempt > 0 {
        request = request
            .header("x-slack-retry-num", attempt.to_string())
            .header("x-slack-retry-reason", "http_timeout");
    }
    let response = request.body(body).send().await.ok()?;
    if !response.status().is_success() {
        return None;
    }
    let body = response.text().await.ok()?;
    if body.is_empty() {
        return Some(None);
    }
    let answer = serde_json::from_str(&body).unwrap_or_else(|_| json!({ "text": body }));
    if !delivery.accepts {
        shared
            .lock()
            .complain(format!("the answer to a delivery is not accepted: {body}"));
    }
    Some(Some(answer))
}

impl SlackStandIn {
    /// Posts a delivery that is signed with another secret, or so many seconds ago; the status of the answer.
    pub async fn forges(&self, delivery: &Delivery, secret: &str, age: u64) -> u16 {
        let url = self
            .lock()
            .deliver_to
            .clone()
            .expect("deliveries over HTTP");
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .expect("it is after 1970");
        let time = now.as_secs() - age;
        let (kind, body) = body(delivery);
        let request = reqwest::Client::new()
            .post(url)
            .header("content-type", kind)
            .header("x-slack-request-timestamp", time.to_string())
            .header("x-slack-signature", signature(secret, time, &body));
        let response = request.body(body).send().await.expect("an answer");
        response.status().as_u16()
    }

    /// Asks whether the address where events go is the app's, as the service does when the address is entered.
    pub async fn challenges(&self) -> bool {
        let challenge = self.lock().id("challenge");
        let payload =
            json!({ "token": "verification", "challenge": challenge, "type": "url_verification" });
        let delivered = self
            .delivers(Delivery {
                kind: Envelopes::Event,
                payload,
                accepts: true,
                matters: true,
            })
            .await;
        let answer = delivered.answer.unwrap_or_default();
        answer["challenge"] == challenge || answer["text"] == challenge
    }
}

/// The body of a delivery over HTTP, with its kind.
pub fn body(delivery: &Delivery) -> (&'static str, String) {
    const FORM: &str = "application/x-www-form-urlencoded";
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    match (delivery.kind, &delivery.payload) {
        (Envelopes::Command, Value::Object(fields)) => {
            for (name, value) in fields {
                let text = value
                    .as_str()
                    .map_or_else(|| value.to_string(), ToOwned::to_owned);
                form.append_pair(name, &text);
            }
            (FORM, form.finish())
        }
        (Envelopes::Interactive, payload) => {
            form.append_pair("payload", &payload.to_string());
            (FORM, form.finish())
        }
        (_, payload) => ("application/json", payload.to_string()),
    }
}

/// How the service signs a body.
pub fn signature(secret: &str, time: u64, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let signed = hmac::sign(&key, format!("v0:{time}:{body}").as_bytes());
    let mut text = "v0=".to_owned();
    for byte in signed.as_ref() {
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
