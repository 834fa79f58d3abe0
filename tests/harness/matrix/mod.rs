//! Matrix as it is: a home server, and people with a client that is not ours.
//!
//! Both come from PyPI, for which `tests/run` makes a virtual environment in `target/matrix`.

pub mod message;
pub mod person;
pub mod synapse;

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

pub use message::{Invitation, Message, Timeline};
pub use person::Person;
pub use synapse::{Account, PASSWORD, SHORT_LIVED, STRICT, Synapse};

/// What the server says when it does not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The status of HTTP.
    pub status: u16,
    /// Matrix' code, like `M_FORBIDDEN`.
    pub code: String,
    /// What it says.
    pub error: String,
    /// When to come again.
    pub retry_after: Option<Duration>,
    /// Whether the device may come again with a new token, and keeps its keys.
    pub soft: bool,
}

impl Refused {
    fn of(status: u16, body: &Value) -> Self {
        let text = |key: &str| body[key].as_str().unwrap_or_default().to_owned();
        Self {
            status,
            code: text("errcode"),
            error: text("error"),
            retry_after: body["retry_after_ms"].as_u64().map(Duration::from_millis),
            soft: body["soft_logout"] == true,
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.status, self.code, self.error)
    }
}

/// A request of the client-server API, in JSON.
pub async fn request(
    method: &str,
    url: &str,
    token: &str,
    body: Option<Value>,
) -> Result<Value, Refused> {
    let method = method.parse().expect("a method");
    let mut request = reqwest::Client::new().request(method, url);
    if !token.is_empty() {
        request = request.bearer_auth(token);
    }
    if let Some(body) = body {
        request = request.json(&body);
    }
    let answer = request.send().await.expect("the server answers");
    let status = answer.status();
    let body = answer.json().await.unwrap_or_default();
    if status.is_success() {
        Ok(body)
    } else {
        Err(Refused::of(status.as_u16(), &body))
    }
}

/// A program of the virtual environment.
fn installed(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("target/matrix/venv/bin")
        .join(name);
    assert!(
        path.exists(),
        "{name} is not installed: run tests/run, which does"
    );
    path
}
