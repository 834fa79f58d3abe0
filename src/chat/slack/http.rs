//! Events as requests to the web server: nothing is believed before its signature was checked over the bytes as they came.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_lc_rs::hmac;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value};
use tokio::time::timeout;

use super::intake::{Delivered, Intake};
use super::payload::{Kind, text_at};
use crate::clock::Clock;

/// How old a request may be, and how far ahead its clock: an older one may be a copy of somebody else's.
const WINDOW: Duration = Duration::from_mins(5);

/// The largest body. Slack's own are far smaller.
const LARGEST: usize = 1 << 20;

/// How long a body may take to arrive; Slack waits three seconds in all.
const PATIENCE: Duration = Duration::from_secs(3);

/// Where Slack's requests come in.
pub struct Door {
    key: hmac::Key,
    clock: Clock,
    /// There is none while the bot starts and stops.
    intake: Mutex<Option<Intake>>,
}

impl Door {
    /// A door for requests that are signed with this secret.
    pub fn new(secret: &SecretString, clock: Clock) -> Self {
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret().as_bytes()),
            clock,
            intake: Mutex::default(),
        }
    }

    /// Lets requests in, or no longer.
    pub fn open(&self, intake: Option<Intake>) {
        *self.intake.lock().unwrap_or_else(PoisonError::into_inner) = intake;
    }

    /// The routes.
    pub fn routes(self: Arc<Self>) -> Router {
        // What comes is told by the body, so an app may name one address for all of it.
        let receive = post(
            |State(door): State<Arc<Self>>, headers: HeaderMap, body: Body| async move {
                door.receive(&headers, body).await
            },
        );
        Router::new()
            .route("/events", receive.clone())
            .route("/commands", receive.clone())
            .route("/interactive", receive)
            .with_state(self)
    }

    async fn receive(&self, headers: &HeaderMap, body: Body) -> Response {
        let Some(proof) = self.proof(headers) else {
            return told(
                StatusCode::UNAUTHORIZED,
                "this is not signed by Slack, or it is too old",
            );
        };
        let body = match timeout(PATIENCE, to_bytes(body, LARGEST)).await {
            Ok(Ok(body)) => body,
            Ok(Err(_)) => return told(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large"),
            Err(_) => {
                return told(
                    StatusCode::REQUEST_TIMEOUT,
                    "the body did not arrive in time",
                );
            }
        };
        if !proof.holds(&self.key, &body) {
            return told(
                StatusCode::UNAUTHORIZED,
                "this is not signed by Slack, or it is too old",
            );
        }
        let Some((kind, payload)) = read(&body) else {
            return told(StatusCode::BAD_REQUEST, "the body cannot be read");
        };
        if text_at(&payload, "/type") == Some("url_verification") {
            let challenge = text_at(&payload, "/challenge").unwrap_or_default();
            return told(StatusCode::OK, challenge);
        }
        let intake = self
            .intake
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let busy = || {
            told(
                StatusCode::SERVICE_UNAVAILABLE,
                "the bot does not take events now",
            )
        };
        let Some(intake) = intake else { return busy() };
        match intake.take(kind, &payload).await {
            Delivered::Done => StatusCode::OK.into_response(),
            Delivered::Refused => busy(),
            Delivered::Handed(handed) => match handed.answer().await {
                None => busy(),
                Some(None) => StatusCode::OK.into_response(),
                Some(Some(answer)) => {
                    let kind = [(header::CONTENT_TYPE, "application/json")];
                    (kind, answer.to_string()).into_response()
                }
            },
        }
    }

    /// What a request shows as proof, when it is of these minutes.
    fn proof(&self, headers: &HeaderMap) -> Option<Proof> {
        let text = |name: &str| headers.get(name)?.to_str().ok();
        let time = text("x-slack-request-timestamp")?;
        let made: u64 = time.parse().ok()?;
        let now = self.clock.millis() / 1_000;
        if now.abs_diff(made) > WINDOW.as_secs() {
            return None;
        }
        let digest = hex::decode(text("x-slack-signature")?.strip_prefix("v0=")?).ok()?;
        Some(Proof {
            time: time.to_owned(),
            digest,
        })
    }
}

/// The proof that a request comes from Slack.
struct Proof {
    time: String,
    digest: Vec<u8>,
}

impl Proof {
    /// Whether it fits the body. How long that takes does not tell how much of it was right.
    fn holds(&self, key: &hmac::Key, body: &[u8]) -> bool {
        let mut signed = format!("v0:{}:", self.time).into_bytes();
        signed.extend_from_slice(body);
        hmac::verify(key, &signed, &self.digest).is_ok()
    }
}

/// What is in a body: JSON is an event, and a form is a command or holds something that a person did.
fn read(body: &[u8]) -> Option<(Kind, Value)> {
    if body.trim_ascii_start().starts_with(b"{") {
        return Some((Kind::Event, serde_json::from_slice(body).ok()?));
    }
    let fields: Map<String, Value> = url::form_urlencoded::parse(body)
        .map(|(name, value)| (name.into_owned(), Value::from(value.into_owned())))
        .collect();
    match fields.get("payload").and_then(Value::as_str) {
        Some(payload) => Some((Kind::Interactive, serde_json::from_str(payload).ok()?)),
        None if fields.contains_key("command") => Some((Kind::Command, Value::Object(fields))),
        None => None,
    }
}

fn told(status: StatusCode, sentence: &str) -> Response {
    (status, sentence.to_owned()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_fits_its_body_and_its_minutes() {
        // The example of Slack's documentation.
        let secret = SecretString::from("8f742231b10e8888abcd99yyyzzz85a5");
        let body = b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
        let clock = Clock::fixed(1_531_420_618_000);
        let door = Door::new(&secret, clock.clone());
        let headers = |time: &str, signature: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("x-slack-request-timestamp", time.parse().expect("a value"));
            headers.insert("x-slack-signature", signature.parse().expect("a value"));
            headers
        };
        let good = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";
        let holds = |headers: &HeaderMap, body: &[u8]| {
            door.proof(headers)
                .is_some_and(|proof| proof.holds(&door.key, body))
        };
        assert!(holds(&headers("1531420618", good), body));
        assert!(!holds(&headers("1531420618", good), b"token=other"));
        assert!(!holds(&headers("1531420619", good), body));
        assert!(!holds(&headers("1531420618", "v0="), body));
        assert!(!holds(&headers("1531420618", "v0=zz"), body));
        assert!(!holds(&HeaderMap::new(), body));
        clock.advance(Duration::from_secs(301));
        assert!(!holds(&headers("1531420618", good), body));
    }
}
