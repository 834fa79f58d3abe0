//! A strict stand-in for a service that is spoken to over HTTP: what it does not know, or who does not sign in as told, fails
//! the test when the stand-in is dropped.

use std::collections::VecDeque;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::GitHttp;
use super::git_http::{PASSWORD, USER};

/// The time that every answer says it is: noon of the sixth of January.
pub const DATE: &str = "Tue, 06 Jan 2026 12:00:00 GMT";

/// The service, on a port of its own; stopped when it is dropped.
pub struct StandIn {
    port: u16,
    inner: Arc<Mutex<Inner>>,
    stop: Option<oneshot::Sender<()>>,
    serving: Option<JoinHandle<()>>,
}

struct Inner {
    answers: Box<dyn Answers>,
    /// What goes wrong with the next requests whose line holds the words.
    troubles: VecDeque<(String, Told)>,
    /// Where paths of git lead, and the credentials that are good there.
    git: Option<(String, String)>,
    requests: Vec<String>,
    faults: Vec<String>,
    /// How many requests are still answered before the answer of one is lost.
    losing: Option<usize>,
}

/// What a service answers.
pub trait Answers: Send {
    /// The answer to a request; `None` when there is no such thing, which fails the test.
    fn answer(&mut self, asked: &Asked) -> Option<Told>;

    /// Whether the request is signed in as it must be.
    fn knows(&self, asked: &Asked) -> bool;
}

/// A request.
pub struct Asked {
    /// Like `GET /api/v3/orgs/acme`, without the query.
    pub line: String,
    /// What stands behind the question mark, unescaped.
    pub query: Vec<(String, String)>,
    /// The headers.
    pub headers: HeaderMap,
    /// The body; null when there is none.
    pub body: Value,
    /// The address of the stand-in.
    pub address: String,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Told {
    /// The status.
    pub status: u16,
    /// Headers beside the usual ones.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Value,
}

impl Answers for Box<dyn Answers> {
    fn answer(&mut self, asked: &Asked) -> Option<Told> {
        (**self).answer(asked)
    }

    fn knows(&self, asked: &Asked) -> bool {
        (**self).knows(asked)
    }
}

impl Asked {
    /// A value of the query.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// One page of a list, with the address of the next; the size is what `per_page` or `limit` says, but no more than `most`.
    pub fn page(&self, all: &[Value], most: usize) -> Told {
        let number = |name| self.parameter(name)?.parse::<usize>().ok();
        let size = number("per_page").or_else(|| number("limit"));
        let size = size.unwrap_or(30).min(most);
        let page = number("page").unwrap_or(1);
        let rest = all.get((page - 1) * size..).unwrap_or_default();
        let mut told = Told::json(Value::Array(rest.iter().take(size).cloned().collect()));
        if rest.len() > size {
            let mut next = url::form_urlencoded::Serializer::new(String::new());
            next.extend_pairs(self.query.iter().filter(|(name, _)| name != "page"));
            next.append_pair("page", &(page + 1).to_string());
            let (_, path) = self.line.split_once(' ').expect("a method and a path");
            let link = format!(
                "<{}{path}?{}>; rel=\"next\", <{}{path}>; rel=\"first\"",
                self.address,
                next.finish(),
                self.address
            );
            told.headers.push(("link", link));
        }
        told
    }
}

impl Told {
    /// What was asked for.
    pub fn json(body: Value) -> Self {
        Self {
            status: 200,
            headers: Vec::new(),
            body,
        }
    }

    /// A refusal with these words.
    pub fn refusal(status: u16, message: &str) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: json!({ "message": message }),
        }
    }

    /// The same with a header more.
    #[allow(clippy::needless_pass_by_value)] // so that a number or a text may be written as it is
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }
}

impl StandIn {
    /// Starts a service that gives these answers.
    pub fn start(answers: impl Answers + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        listener.set_nonblocking(true).expect("it is so");
        let port = listener.local_addr().expect("it has an address").port();
        let inner = Arc::new(Mutex::new(Inner {
            answers: Box::new(answers),
            troubles: VecDeque::new(),
            git: None,
            requests: Vec::new(),
            faults: Vec::new(),
            losing: None,
        }));
        let (stop, stopped) = oneshot::channel::<()>();
        let shared = inner.clone();
        // A thread of its own: the program is waited for by the test's.
        let serving = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            runtime.expect("a runtime").block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
                let handle = move |request: Request| {
                    let shared = shared.clone();
                    async move { respond(&shared, request, port).await }
                };
                let serve = axum::serve(listener, axum::Router::new().fallback(handle));
                tokio::select! {
                    ended = serve => ended.expect("it serves"),
                    _ = stopped => {}
                }
            });
        });
        Self {
            port,
            inner,
            stop: Some(stop),
            serving: Some(serving),
        }
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Gives this answer once to a request whose line holds the words, in place of the right one.
    pub fn trouble(&self, words: &str, told: Told) {
        let trouble = (words.to_owned(), told);
        self.lock().troubles.push_back(trouble);
    }

    /// Loses one answer after the work was done: that to the request which comes after so many others.
    pub fn loses(&self, after: usize) {
        self.lock().losing = Some(after);
    }

    /// Whether the answer that was to be lost is lost.
    pub fn has_lost(&self) -> bool {
        self.lock().losing.is_none()
    }

    /// Serves git as well: whoever signs in as told is led to this server, where the stand-in has credentials of its own.
    pub fn serves_git(&self, server: &GitHttp) {
        let pair = BASE64.encode(format!("{USER}:{PASSWORD}"));
        let root = server.url("").trim_end_matches("/.git").to_owned();
        self.lock().git = Some((root, format!("Basic {pair}")));
    }

    /// What was asked since the last look, with the status of each answer.
    pub fn requests(&self) -> Vec<String> {
        std::mem::take(&mut self.lock().requests)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn respond(inner: &Mutex<Inner>, request: Request, port: u16) -> Response<Body> {
    let lost = {
        let mut inner = inner.lock().unwrap_or_else(PoisonError::into_inner);
        let lost = inner.losing == Some(0);
        inner.losing = inner.losing.and_then(|left| left.checked_sub(1));
        lost
    };
    let response = serve(inner, request, port).await;
    if lost {
        // The connection ends in the middle of the answer.
        let broken =
            futures_util::stream::once(async { Err::<Vec<u8>, _>(std::io::Error::other("lost")) });
        return Response::new(Body::from_stream(broken));
    }
    response
}

async fn serve(inner: &Mutex<Inner>, request: Request, port: u16) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 1 << 24).await.unwrap_or_default();
    let query = parts.uri.query().unwrap_or_default();
    let asked = Asked {
        line: format!("{} {}", parts.method, parts.uri.path()),
        query: url::form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect(),
        headers: parts.headers,
        body: serde_json::from_slice(&body).unwrap_or_default(),
        address: format!("http://127.0.0.1:{port}"),
    };
    let shown = match query {
        "" => asked.line.clone(),
        query => format!("{}?{query}", asked.line),
    };
    let git = {
        let mut inner = inner.lock().unwrap_or_else(PoisonError::into_inner);
        match inner.git.clone() {
            Some(git) if asked.line.contains(".git/") && inner.answers.knows(&asked) => git,
            _ => return inner.respond(&asked, &shown),
        }
    };
    let (root, credentials) = git;
    let url = format!("{root}{}", parts.uri);
    let mut onward = reqwest::Client::new()
        .request(parts.method, url)
        .body(body)
        .header("authorization", credentials);
    for name in ["content-type", "git-protocol", "accept", "content-encoding"] {
        if let Some(value) = asked.header(name) {
            onward = onward.header(name, value);
        }
    }
    let onward = onward.send().await.expect("git is served");
    let mut response = Response::builder().status(onward.status());
    if let Some(kind) = onward.headers().get("content-type") {
        response = response.header("content-type", kind);
    }
    let body = onward.bytes().await.expect("git answers");
    response.body(Body::from(body)).expect("a response")
}

impl Inner {
    fn respond(&mut self, asked: &Asked, shown: &str) -> Response<Body> {
        let expected = self
            .troubles
            .iter()
            .position(|(words, _)| shown.contains(words));
        let told = if let Some(position) = expected {
            self.troubles.remove(position).expect("it is there").1
        } else if !self.answers.knows(asked) {
            self.faults.push(format!("not signed in: {shown}"));
            Told::refusal(401, "Bad credentials")
        } else if let Some(told) = self.answers.answer(asked) {
            told
        } else {
            self.faults.push(format!("unknown: {shown} {}", asked.body));
            Told::refusal(404, "Not Found")
        };
        let body = told.body.to_string();
        let mut response = Response::builder().status(told.status);
        response = response.header("content-type", "application/json");
        response = response.header("date", DATE);
        for (name, value) in &told.headers {
            response = response.header(*name, value);
        }
        let etag = format!(
            "\"{}\"",
            callboard::git::hex(&callboard::git::blob_id(body.as_bytes()))
        );
        let is_get = asked.line.starts_with("GET ") && told.status == 200;
        if is_get && asked.header("if-none-match") == Some(&etag) {
            self.requests.push(format!("{shown} 304"));
            return response
                .status(304)
                .body(Body::empty())
                .expect("a response");
        }
        self.requests.push(format!("{shown} {}", told.status));
        if is_get {
            response = response.header("etag", etag);
        }
        response.body(Body::from(body)).expect("a response")
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(serving) = self.serving.take() {
            let ended = serving.join();
            if !std::thread::panicking() {
                ended.expect("the stand-in ends well");
            }
        }
        if !std::thread::panicking() {
            let inner = self.lock();
            assert!(inner.faults.is_empty(), "{}", inner.faults.join("\n"));
            let unused: Vec<&String> = inner.troubles.iter().map(|(words, _)| words).collect();
            assert!(unused.is_empty(), "troubles that never came: {unused:?}");
        }
    }
}
