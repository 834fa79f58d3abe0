//! Calls of Slack's Web API over HTTP: one attempt each, with errors that hold no secrets.

use std::error::Error;
use std::net::IpAddr;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{RequestBuilder, Response, StatusCode};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use url::{Host, Url};

use super::error::ApiError;
use crate::config::ConfigError;

/// How long one call may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// How long the content of a file may take.
const UPLOADING: Duration = Duration::from_mins(2);

/// How long the connection may take.
const CONNECTING: Duration = Duration::from_secs(5);

/// No answer is longer.
const LONGEST_ANSWER: usize = 8 << 20;

/// The media type of what is sent; without the character set Slack warns.
pub const JSON: &str = "application/json; charset=utf-8";

/// The Web API at one address.
pub struct Api {
    base: Url,
    http: reqwest::Client,
}

/// An answer with what stands beside it.
pub struct Told {
    /// The answer.
    pub answer: Value,
    /// The scopes that the token has, with commas between them.
    pub scopes: Option<String>,
    /// What time it is at Slack.
    pub date: Option<String>,
}

impl Api {
    /// The API at an address. Nothing is sent yet.
    pub fn new(base: &str) -> Result<Self, ConfigError> {
        let refuse = |why: &dyn std::fmt::Display| {
            ConfigError::new(format!("Slack cannot be spoken to at {base}: {why}"))
        };
        let mut base = Url::parse(base).map_err(|error| refuse(&error))?;
        // What stands behind the last slash would be replaced.
        let path = format!("{}/", base.path().trim_end_matches('/'));
        base.set_path(&path);
        let mut http = reqwest::Client::builder()
            .user_agent(concat!("callboard/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECTING)
            // A token goes nowhere but where it is configured to go.
            .redirect(Policy::none())
            .referer(false);
        if is_here(&base) {
            // A proxy is for the world outside.
            http = http.no_proxy();
        }
        let http = http.build().map_err(|error| refuse(&error.without_url()))?;
        Ok(Self { base, http })
    }

    /// The address of a method.
    pub fn method(&self, method: &str) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push(method);
        }
        url
    }

    /// Calls a method that reads JSON.
    pub async fn post(
        &self,
        method: &str,
        token: &SecretString,
        body: &Value,
    ) -> Result<Value, ApiError> {
        let request = self
            .http
            .post(self.method(method))
            .bearer_auth(token.expose_secret())
            .header(CONTENT_TYPE, JSON)
            .body(body.to_string());
        self.exchange(request.timeout(PATIENCE), method).await
    }

    /// Calls a method that reads no JSON.
    pub async fn get(
        &self,
        method: &str,
        token: &SecretString,
        arguments: &[(&str, &str)],
    ) -> Result<Value, ApiError> {
        let request = self
            .http
            .get(self.method(method))
            .query(arguments)
            .bearer_auth(token.expose_secret());
        self.exchange(request.timeout(PATIENCE), method).await
    }

    /// Calls a method that takes no token, with the arguments of a form.
    pub async fn form(&self, method: &str, arguments: &[(&str, &str)]) -> Result<Value, ApiError> {
        let form = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(arguments)
            .finish();
        let request = self
            .http
            .post(self.method(method))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form);
        self.exchange(request.timeout(PATIENCE), method).await
    }

    /// Calls a method that takes no arguments, and gives what stands beside its answer, too.
    pub async fn probe(&self, method: &str, token: &SecretString) -> Result<Told, ApiError> {
        let request = self
            .http
            .post(self.method(method))
            .bearer_auth(token.expose_secret())
            .timeout(PATIENCE);
        let response = request.send().await.map_err(lost)?;
        let header = |name: &str| {
            let value = response.headers().get(name)?;
            value.to_str().ok().map(ToOwned::to_owned)
        };
        let (scopes, date) = (header("x-oauth-scopes"), header("date"));
        let status = response.status();
        let answer = understand(body(response).await.map(|body| (status, body)))?;
        Ok(Told {
            answer,
            scopes,
            date,
        })
    }

    /// The address of a page of Slack's that is not part of the API.
    pub fn beside(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(path);
        url
    }

    /// Says something at a response address (`response_url`). Whoever holds the address may, so it takes no token.
    pub async fn respond(&self, address: &str, body: &Value) -> Result<(), ApiError> {
        let address = self.trusted(address)?;
        let request = self
            .http
            .post(address)
            .header(CONTENT_TYPE, JSON)
            .body(body.to_string());
        let (status, told) = read(request.timeout(PATIENCE)).await?;
        let word = String::from_utf8_lossy(&told);
        if status.is_success() {
            return Ok(());
        }
        // The word may stand in JSON or alone.
        let code = serde_json::from_slice::<Value>(&told)
            .ok()
            .and_then(|told| told.get("error")?.as_str().map(ToOwned::to_owned))
            .unwrap_or_else(|| word.trim().to_owned());
        Err(if status.is_server_error() {
            ApiError::Unanswered(format!("it answers {}", status.as_u16()))
        } else {
            ApiError::refused(&code)
        })
    }

    /// Sends the content of a file to the address that Slack has given for it.
    pub async fn upload(
        &self,
        address: &str,
        kind: &str,
        content: Vec<u8>,
    ) -> Result<(), ApiError> {
        let address = self.trusted(address)?;
        let request = self
            .http
            .post(address)
            .header(CONTENT_TYPE, kind)
            .body(content);
        let (status, _) = read(request.timeout(UPLOADING)).await?;
        if status.is_success() {
            Ok(())
        } else {
            Err(ApiError::Unanswered(format!(
                "it answers {}",
                status.as_u16()
            )))
        }
    }

    /// Makes a request that is ready but for its deadline. The method's name is for the metrics.
    pub async fn exchange(&self, request: RequestBuilder, method: &str) -> Result<Value, ApiError> {
        let result = understand(read(request).await);
        let outcome = match &result {
            Ok(_) => "done",
            Err(ApiError::Unreachable(_)) => "unreachable",
            Err(ApiError::Unanswered(_)) => "unanswered",
            Err(ApiError::Limited(_)) => "limited",
            Err(ApiError::Refused { .. }) => "refused",
        };
        metrics::counter!("callboard_slack_calls_total", "method" => method.to_owned(), "outcome" => outcome)
            .increment(1);
        result
    }

    /// A request with the client's own settings.
    pub fn request(&self, method: reqwest::Method, url: Url) -> RequestBuilder {
        self.http.request(method, url).timeout(PATIENCE)
    }

    /// An address that came in from outside: it is spoken to over TLS, or on this machine when the API is there, too.
    fn trusted(&self, address: &str) -> Result<Url, ApiError> {
        let url = Url::parse(address).ok();
        let good = |url: &Url| {
            url.scheme() == "https"
                || (url.scheme() == "http" && is_here(url) && is_here(&self.base))
        };
        url.filter(good)
            .ok_or_else(|| ApiError::refused("not_an_address_of_slack"))
    }
}

/// Sends a request and reads the answer to its end.
async fn read(request: RequestBuilder) -> Result<(StatusCode, Vec<u8>), ApiError> {
    let response = request.send().await.map_err(lost)?;
    let status = response.status();
    if status == StatusCode::TOO_MANY_REQUESTS {
        return Err(ApiError::Limited(wait(&response)));
    }
    let body = body(response).await?;
    Ok((status, body))
}

/// What it means that no answer came.
fn lost(error: reqwest::Error) -> ApiError {
    let (why, never) = cause(error);
    if never {
        ApiError::Unreachable(why)
    } else {
        // All else may have got there.
        ApiError::Unanswered(why)
    }
}

async fn body(mut response: Response) -> Result<Vec<u8>, ApiError> {
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() <= LONGEST_ANSWER => {
                body.extend_from_slice(&chunk);
            }
            Ok(Some(_)) => return Err(ApiError::Unanswered("it is too long".to_owned())),
            Ok(None) => return Ok(body),
            Err(error) => return Err(ApiError::Unanswered(cause(error).0)),
        }
    }
}

fn understand(answer: Result<(StatusCode, Vec<u8>), ApiError>) -> Result<Value, ApiError> {
    let (status, body) = answer?;
    let answer: Option<Value> = serde_json::from_slice(&body).ok();
    let text = |name: &str| {
        let answer = answer.as_ref()?;
        answer.get(name)?.as_str().map(ToOwned::to_owned)
    };
    match answer
        .as_ref()
        .and_then(|answer| answer.get("ok")?.as_bool())
    {
        Some(true) => Ok(answer.unwrap_or_default()),
        Some(false) => {
            let code = text("error").unwrap_or_default();
            Err(ApiError::of_answer(&code, text("needed").as_deref()))
        }
        None if status.is_success() => Err(ApiError::Unanswered(
            "it is not what its documentation says".to_owned(),
        )),
        None => Err(ApiError::Unanswered(format!(
            "it answers {}",
            status.as_u16()
        ))),
    }
}

/// How long Slack wants to be left alone.
fn wait(response: &Response) -> Duration {
    let header = response.headers().get(RETRY_AFTER);
    let seconds = header.and_then(|value| value.to_str().ok()?.trim().parse().ok());
    Duration::from_secs(seconds.unwrap_or(30))
}

/// The innermost reason, which is the one that says something and names no address; and whether the request never got
/// there.
fn cause(error: reqwest::Error) -> (String, bool) {
    let error = error.without_url();
    let never = error.is_connect() || error.is_builder();
    if error.is_timeout() {
        return ("it does not answer in time".to_owned(), never);
    }
    let mut reason: &dyn Error = &error;
    while let Some(inner) = reason.source() {
        reason = inner;
    }
    (reason.to_string(), never)
}

/// Whether an address is on this machine.
pub fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::from(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::from(address).is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_stand_below_the_base() {
        let api = Api::new("https://slack-gov.com/api/").expect("an address");
        assert_eq!(
            api.method("chat.postMessage").as_str(),
            "https://slack-gov.com/api/chat.postMessage"
        );
    }

    #[test]
    fn response_addresses_are_spoken_to_over_tls() {
        let api = Api::new("https://slack.com/api").expect("an address");
        assert!(
            api.trusted("https://hooks.slack.com/commands/T1/2/3")
                .is_ok()
        );
        assert!(api.trusted("http://127.0.0.1:1/commands/T1/2/3").is_err());
        assert!(
            api.trusted("http://hooks.slack.com/commands/T1/2/3")
                .is_err()
        );
        let error = api.trusted("ftp://x/secret").expect_err("refused");
        assert!(!error.to_string().contains("secret"));
    }

    #[test]
    fn an_answer_says_whether_it_was_done() {
        let told = |status: u16, body: &str| {
            let status = StatusCode::from_u16(status).expect("a status");
            match understand(Ok((status, body.as_bytes().to_vec()))) {
                Ok(answer) => answer.to_string(),
                Err(error) => error.to_string(),
            }
        };
        assert_eq!(
            told(200, r#"{"ok":true,"ts":"1"}"#),
            r#"{"ok":true,"ts":"1"}"#
        );
        assert_eq!(
            told(200, r#"{"ok":false,"error":"no_text"}"#),
            "Slack refuses it: no_text"
        );
        assert_eq!(
            told(503, "<html>xoxb-1"),
            "Slack gave no useful answer: it answers 503"
        );
        assert_eq!(
            told(200, r#"{"ok":false,"error":"internal_error"}"#),
            "Slack gave no useful answer: internal_error"
        );
    }
}
