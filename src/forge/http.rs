//! One small HTTP client for every forge and for a running Backstage.
//!
//! It signs in, asks again when the service stumbles, keeps to rate limits, goes from page to page, and asks only for what
//! has changed since it last asked. It speaks to one host alone, and its errors hold neither queries nor credentials.

mod answer;
mod credential;
mod limit;

use std::any::Any;
use std::collections::HashMap;
use std::error::Error;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderValue, IF_NONE_MATCH};
use reqwest::redirect::Policy;
use reqwest::{Method, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::Instant;
use url::{Host, Url};

use super::ForgeError;
use crate::config::ConfigError;
use answer::Answer;
pub use answer::line;
pub use credential::{Credential, Token, value};

/// How long one request may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long the connection may take.
const CONNECTING: Duration = Duration::from_secs(10);

/// How often a request is made before a service that stumbles is given up.
const TRIES: u32 = 4;

/// The pause before the second try; each further one is twice as long.
const PAUSE: Duration = Duration::from_millis(250);

/// The longest wait for a rate limit that is sat out; a longer one is an error that says until when.
const SAT_OUT: Duration = Duration::from_secs(30);

/// No list has more pages.
const MOST_PAGES: usize = 2_000;

/// How many pages are remembered with their `ETag`.
const MOST_REMEMBERED: usize = 4_000;

/// How many redirects within the host are followed.
const MOST_REDIRECTS: usize = 5;

/// What kind of service is spoken to.
#[derive(Debug, Clone, Copy)]
pub struct Service {
    /// Its name in sentences for people.
    pub name: &'static str,
    /// The media type to ask for.
    pub accept: &'static str,
    /// Headers of every request.
    pub headers: &'static [(&'static str, &'static str)],
    /// Whether pages are remembered, so that one that is unchanged need not be sent again. What is remembered is the value
    /// that was made of the page.
    pub remembers: bool,
}

/// A client of one service at one address.
pub struct Client {
    service: Service,
    base: Url,
    http: reqwest::Client,
    credential: Arc<dyn Credential>,
    remembered: Mutex<HashMap<Url, Remembered>>,
    limited: Mutex<Option<Limited>>,
    asked: AtomicU64,
}

/// A page as it was when it was last sent.
#[derive(Clone)]
struct Remembered {
    etag: HeaderValue,
    next: Option<Url>,
    value: Arc<dyn Any + Send + Sync>,
}

/// Until when nothing is asked.
struct Limited {
    until: Instant,
    said: String,
}

struct Request<'a> {
    method: Method,
    url: &'a Url,
    body: Option<Vec<u8>>,
    known: Option<&'a HeaderValue>,
    /// Whether asking twice does no harm.
    repeatable: bool,
}

/// What to do about an answer, or about none.
enum Verdict {
    Good(Answer),
    /// Try again after a pause of one's own choice, or after the given one.
    Stumbled(ForgeError, Option<Duration>),
    /// The service wants to be left alone for so long, until the time that is said.
    Wait(Duration, String),
    Denied(ForgeError),
    Bad(ForgeError),
}

impl Client {
    /// A client of the service whose API is at `base`. Nothing is sent yet.
    pub fn new(
        service: Service,
        base: &str,
        credential: Arc<dyn Credential>,
    ) -> Result<Self, ConfigError> {
        let refuse = |why: &dyn std::fmt::Display| {
            ConfigError::new(format!(
                "{} cannot be spoken to at {base}: {why}",
                service.name
            ))
        };
        let mut base = Url::parse(base).map_err(|error| refuse(&error))?;
        // What stands behind the last slash would be replaced.
        let path = format!("{}/", base.path().trim_end_matches('/'));
        base.set_path(&path);
        let origin = base.origin();
        let redirect = Policy::custom(move |attempt| {
            if attempt.url().origin() != origin {
                attempt.error("it sends us to another host, which is not followed")
            } else if attempt.previous().len() > MOST_REDIRECTS {
                attempt.error("it sends us round in circles")
            } else {
                attempt.follow()
            }
        });
        let mut http = reqwest::Client::builder()
            .user_agent(concat!("callboard/", env!("CARGO_PKG_VERSION")))
            .timeout(PATIENCE)
            .connect_timeout(CONNECTING)
            .redirect(redirect)
            .referer(false);
        if is_here(&base) {
            // A proxy is for the world outside.
            http = http.no_proxy();
        }
        let http = http.build().map_err(|error| refuse(&error))?;
        Ok(Self {
            service,
            base,
            http,
            credential,
            remembered: Mutex::default(),
            limited: Mutex::default(),
            asked: AtomicU64::new(0),
        })
    }

    /// The service's name for people.
    pub fn service(&self) -> &'static str {
        self.service.name
    }

    /// What signs requests in.
    pub fn credential(&self) -> &dyn Credential {
        &*self.credential
    }

    /// How many requests were made so far.
    pub fn asked(&self) -> u64 {
        self.asked.load(Ordering::Relaxed)
    }

    /// The address of these parts of a path below the base, each escaped where it must be.
    pub fn url(&self, path: &[&str], query: &[(&str, &str)]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }

    /// Asks for one thing.
    pub async fn get<T>(&self, path: &[&str], query: &[(&str, &str)]) -> Result<T, ForgeError>
    where
        T: DeserializeOwned + Clone + Send + Sync + 'static,
    {
        let (value, _) = self.page(&self.url(path, query)).await?;
        Ok(value)
    }

    /// Asks for all pages of a list.
    pub async fn list<T>(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Vec<T>, ForgeError>
    where
        T: DeserializeOwned + Clone + Send + Sync + 'static,
    {
        let mut url = self.url(path, query);
        let mut all = Vec::new();
        for _ in 0..MOST_PAGES {
            let (page, next) = self.page::<Vec<T>>(&url).await?;
            all.extend(page);
            match next {
                Some(next) if next.origin() == self.base.origin() => url = next,
                Some(_) => return Err(self.failed(&url, "its next page is at another host")),
                None => return Ok(all),
            }
        }
        Err(self.failed(&url, &format!("there are more than {MOST_PAGES} pages")))
    }

    /// Sends a question that changes nothing, as GraphQL does.
    pub async fn query<T>(&self, path: &[&str], body: &impl Serialize) -> Result<T, ForgeError>
    where
        T: DeserializeOwned,
    {
        self.send_json(Method::POST, path, body, true).await
    }

    /// Sends something that is to be done once. It is not sent again, unless it never got there.
    pub async fn post<T>(&self, path: &[&str], body: &impl Serialize) -> Result<T, ForgeError>
    where
        T: DeserializeOwned,
    {
        self.send_json(Method::POST, path, body, false).await
    }

    /// Sets something, which comes to the same however often it is sent. What is answered does not matter.
    pub async fn put(&self, path: &[&str], body: &impl Serialize) -> Result<(), ForgeError> {
        let url = self.url(path, &[]);
        let sent = self.send_body(Method::PUT, &url, body, true).await;
        sent.map(|_| ())
    }

    /// Changes parts of something, which comes to the same however often it is sent. What is answered does not matter.
    pub async fn patch(&self, path: &[&str], body: &impl Serialize) -> Result<(), ForgeError> {
        let url = self.url(path, &[]);
        let sent = self.send_body(Method::PATCH, &url, body, true).await;
        sent.map(|_| ())
    }

    /// Deletes something. It is not sent again: by then something else may be there.
    pub async fn delete(&self, path: &[&str]) -> Result<(), ForgeError> {
        let request = Request {
            method: Method::DELETE,
            url: &self.url(path, &[]),
            body: None,
            known: None,
            repeatable: false,
        };
        self.exchange(&request).await.map(|_| ())
    }

    async fn send_json<T>(
        &self,
        method: Method,
        path: &[&str],
        body: &impl Serialize,
        repeatable: bool,
    ) -> Result<T, ForgeError>
    where
        T: DeserializeOwned,
    {
        let url = self.url(path, &[]);
        let answer = self.send_body(method, &url, body, repeatable).await?;
        self.understand(&url, &answer)
    }

    async fn send_body(
        &self,
        method: Method,
        url: &Url,
        body: &impl Serialize,
        repeatable: bool,
    ) -> Result<Answer, ForgeError> {
        let body = serde_json::to_vec(body).map_err(|error| self.failed(url, &error))?;
        let request = Request {
            method,
            url,
            body: Some(body),
            known: None,
            repeatable,
        };
        self.exchange(&request).await
    }

    /// One page and the address of the next.
    async fn page<T>(&self, url: &Url) -> Result<(T, Option<Url>), ForgeError>
    where
        T: DeserializeOwned + Clone + Send + Sync + 'static,
    {
        let known = self.lock_remembered().get(url).cloned();
        let request = Request {
            method: Method::GET,
            url,
            body: None,
            known: known.as_ref().map(|known| &known.etag),
            repeatable: true,
        };
        let answer = self.exchange(&request).await?;
        if answer.status == StatusCode::NOT_MODIFIED {
            let same = known.and_then(|known| {
                let value = known.value.downcast_ref::<T>()?.clone();
                Some((value, known.next))
            });
            return same.ok_or_else(|| self.failed(url, "it is unchanged, but was never asked"));
        }
        let value: T = self.understand(url, &answer)?;
        let next = answer.next();
        if let Some(etag) = answer.etag().filter(|_| self.service.remembers) {
            let mut remembered = self.lock_remembered();
            if remembered.len() >= MOST_REMEMBERED {
                remembered.clear();
            }
            let page = Remembered {
                etag,
                next: next.clone(),
                value: Arc::new(value.clone()),
            };
            remembered.insert(url.clone(), page);
        }
        Ok((value, next))
    }

    fn understand<T: DeserializeOwned>(&self, url: &Url, answer: &Answer) -> Result<T, ForgeError> {
        serde_json::from_slice(&answer.body).map_err(|error| {
            let why = if answer.is_page() {
                "it is a web page, as of something in front that wants people to sign in; let requests with a token pass there".to_owned()
            } else {
                format!("it is not what its documentation says ({error})")
            };
            self.failed(url, &line(&why))
        })
    }

    /// Sends a request until there is an answer worth having.
    async fn exchange(&self, request: &Request<'_>) -> Result<Answer, ForgeError> {
        let mut tries = 0;
        let mut renewed = false;
        loop {
            self.sit_out().await?;
            tries += 1;
            match self.send(request).await? {
                Verdict::Good(answer) => return Ok(answer),
                Verdict::Bad(error) => return Err(error),
                Verdict::Denied(error) => {
                    if renewed || !self.credential.refused().await {
                        return Err(error);
                    }
                    renewed = true;
                }
                Verdict::Wait(wait, said) => {
                    let until = Instant::now() + wait;
                    *self.lock_limited() = Some(Limited { until, said });
                    if tries >= TRIES {
                        return Err(self.limited(wait));
                    }
                }
                Verdict::Stumbled(error, pause) => {
                    let pause = pause.unwrap_or(PAUSE * (1 << tries.min(8)) / 2);
                    if tries >= TRIES || pause > SAT_OUT {
                        return Err(error);
                    }
                    tracing::debug!(%error, "asking again");
                    // A little is left to chance, so that many do not come back at the same moment.
                    tokio::time::sleep(pause.mul_f64(0.75 + fastrand::f64() * 0.5)).await;
                }
            }
        }
    }

    /// Waits for the end of a rate limit that is known; an error where that takes long.
    async fn sit_out(&self) -> Result<(), ForgeError> {
        let left = {
            let mut limited = self.lock_limited();
            let left = limited
                .as_ref()
                .map(|limit| limit.until.saturating_duration_since(Instant::now()));
            if left.is_some_and(|left| left.is_zero()) {
                *limited = None;
            }
            left.unwrap_or_default()
        };
        if left > SAT_OUT {
            return Err(self.limited(left));
        }
        if !left.is_zero() {
            let seconds = left.as_secs_f32();
            tracing::info!(
                service = self.service.name,
                seconds,
                "waiting for a rate limit to end"
            );
            tokio::time::sleep(left).await;
        }
        Ok(())
    }

    fn limited(&self, wait: Duration) -> ForgeError {
        let limited = self.lock_limited();
        let until = limited.as_ref().map(|limit| limit.said.clone());
        ForgeError::Limited {
            service: self.service.name,
            until: until.unwrap_or_default(),
            wait,
        }
    }

    /// Sends a request once.
    async fn send(&self, request: &Request<'_>) -> Result<Verdict, ForgeError> {
        let mut builder = self
            .http
            .request(request.method.clone(), request.url.clone())
            .header(ACCEPT, self.service.accept);
        for (name, value) in self.service.headers {
            builder = builder.header(*name, *value);
        }
        if let Some((name, value)) = self.credential.header().await? {
            builder = builder.header(name, value);
        }
        if let Some(etag) = request.known {
            builder = builder.header(IF_NONE_MATCH, etag);
        }
        if let Some(body) = &request.body {
            builder = builder.header(CONTENT_TYPE, "application/json");
            builder = builder.body(body.clone());
        }
        self.asked.fetch_add(1, Ordering::Relaxed);
        let received = match builder.send().await {
            Ok(response) => Answer::read(response).await,
            Err(error) => Err(error),
        };
        Ok(match received {
            Ok(Some(answer)) => self.judge(request, answer),
            Ok(None) => Verdict::Bad(self.failed(request.url, "its answer is too long")),
            Err(error) => {
                let again = request.repeatable || error.is_connect();
                let hopeless = error.is_redirect() || error.is_builder();
                let told = ForgeError::Unreachable {
                    service: self.service.name,
                    place: place(request.url),
                    why: cause(&error),
                };
                if again && !hopeless {
                    Verdict::Stumbled(told, None)
                } else {
                    Verdict::Bad(told)
                }
            }
        })
    }

    fn judge(&self, request: &Request<'_>, answer: Answer) -> Verdict {
        let (status, url) = (answer.status, request.url);
        let service = self.service.name;
        if request.body.is_some() && status.is_success() && answer.is_limited_graphql() {
            let wait = limit::wait(StatusCode::TOO_MANY_REQUESTS, &answer.headers, "");
            let wait = wait.unwrap_or_default();
            return Verdict::Wait(wait, limit::end(&answer.headers, wait));
        }
        if status.is_success() || (status == StatusCode::NOT_MODIFIED && request.known.is_some()) {
            return Verdict::Good(answer);
        }
        let message = answer.message();
        if let Some(wait) = limit::wait(status, &answer.headers, &message) {
            return Verdict::Wait(wait, limit::end(&answer.headers, wait));
        }
        let said = if message.is_empty() {
            format!("it answers {status}")
        } else {
            format!("it says {message:?}")
        };
        match status {
            StatusCode::UNAUTHORIZED => {
                let why = format!("{said}; check its `{}`", self.credential.key());
                Verdict::Denied(ForgeError::Denied { service, why })
            }
            StatusCode::FORBIDDEN => Verdict::Bad(ForgeError::Forbidden {
                service,
                place: place(url),
                why: said,
            }),
            StatusCode::NOT_FOUND | StatusCode::GONE => Verdict::Bad(ForgeError::NotFound {
                service,
                place: place(url),
            }),
            StatusCode::BAD_REQUEST
            | StatusCode::CONFLICT
            | StatusCode::PAYLOAD_TOO_LARGE
            | StatusCode::UNPROCESSABLE_ENTITY => Verdict::Bad(ForgeError::Refused {
                service,
                place: place(url),
                status: status.as_u16(),
                why: said,
            }),
            status if status.is_server_error() => {
                let error = self.failed(url, &said);
                if request.repeatable {
                    Verdict::Stumbled(error, limit::retry_after(&answer.headers))
                } else {
                    Verdict::Bad(error)
                }
            }
            _ => Verdict::Bad(self.failed(url, &said)),
        }
    }

    fn failed(&self, url: &Url, why: &(impl std::fmt::Display + ?Sized)) -> ForgeError {
        ForgeError::Failed {
            service: self.service.name,
            place: place(url),
            why: why.to_string(),
        }
    }

    fn lock_remembered(&self) -> std::sync::MutexGuard<'_, HashMap<Url, Remembered>> {
        self.remembered
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_limited(&self) -> std::sync::MutexGuard<'_, Option<Limited>> {
        self.limited.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An address for sentences: without credentials, query and fragment.
pub fn place(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    // Only addresses that cannot have them refuse.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.to_string()
}

/// Whether an address is on this machine.
fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => IpAddr::from(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::from(address).is_loopback(),
        None => false,
    }
}

/// The innermost reason, which is the one that says something.
fn cause(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "it does not answer in time".to_owned();
    }
    let mut reason: &dyn Error = error;
    while let Some(inner) = reason.source() {
        reason = inner;
    }
    line(&reason.to_string())
}
