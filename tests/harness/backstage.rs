//! A stand-in for a running Backstage: the part of its catalog's API that lists entities, as its OpenAPI description has it.
//! It is strict: an address or a parameter that the description does not name is a complaint.

use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use axum::Router;
use axum::extract::{Request, State as Shared};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

/// The token that it takes, which must be seen nowhere.
pub const TOKEN: &str = "canary-3c90ab-backstage-token";

/// The server, on a port of its own; stopped when it is dropped.
pub struct Backstage {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    stop: CancellationToken,
    serving: Option<JoinHandle<()>>,
}

/// What is not as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// Nothing.
    Good,
    /// It is too old for cursors.
    Old,
    /// After the first page it accepts no token any more.
    TokenExpires,
    /// After the first page it knows the cursor no more, once.
    CursorExpires,
    /// A proxy for signing in stands in front of it and answers with its own page.
    LoginPage,
    /// The same, by sending elsewhere.
    LoginElsewhere,
    /// Every page begins with the last entity of the page before.
    Overlapping,
}

struct State {
    entities: BTreeMap<String, Value>,
    mood: Mood,
    asked: Vec<String>,
    complaints: Vec<String>,
}

impl Backstage {
    /// Starts it with these entities.
    pub fn with(entities: impl IntoIterator<Item = Value>) -> Self {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let address = listener.local_addr().expect("an address");
        listener.set_nonblocking(true).expect("it can wait");
        let state = Arc::new(Mutex::new(State {
            entities: BTreeMap::new(),
            mood: Mood::Good,
            asked: Vec::new(),
            complaints: Vec::new(),
        }));
        let router = Router::new().fallback(answer).with_state(state.clone());
        let stop = CancellationToken::new();
        let stopped = stop.clone().cancelled_owned();
        let serving = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            runtime.expect("a runtime").block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).expect("it listens");
                let serving = axum::serve(listener, router).into_future();
                tokio::select! {
                    served = serving => served.expect("it serves"),
                    () = stopped => {}
                }
            });
        });
        let backstage = Self {
            address,
            state,
            stop,
            serving: Some(serving),
        };
        for entity in entities {
            backstage.has(entity);
        }
        backstage
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Has one more entity, or another version of one. It gets what Backstage adds by itself.
    pub fn has(&self, mut entity: Value) {
        let name = |entity: &Value| {
            let metadata = &entity["metadata"];
            let namespace = metadata["namespace"].as_str().unwrap_or("default");
            format!("{}:{namespace}/{}", entity["kind"], metadata["name"])
        };
        let uid = format!("{:016x}", hash(&name(&entity)));
        let etag = format!("{:016x}", hash(&entity.to_string()));
        let owner = entity["spec"]["owner"].clone();
        entity["metadata"]["uid"] = uid.clone().into();
        entity["metadata"]["etag"] = etag.into();
        entity["relations"] = json!([{ "type": "ownedBy", "targetRef": owner }]);
        self.lock().entities.insert(uid, entity);
    }

    /// Keeps this many of its entities.
    pub fn keeps(&self, count: usize) {
        let mut state = self.lock();
        while state.entities.len() > count {
            state.entities.pop_last();
        }
    }

    /// Is in another mood from now on.
    pub fn is(&self, mood: Mood) {
        self.lock().mood = mood;
    }

    /// How it was asked since the last time: address, status.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.lock().asked)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Backstage {
    fn drop(&mut self) {
        self.stop.cancel();
        if let Some(serving) = self.serving.take() {
            let _ = serving.join();
        }
        let complaints = &self.lock().complaints;
        if !std::thread::panicking() {
            assert!(complaints.is_empty(), "{}", complaints.join("\n"));
        }
    }
}

fn hash(text: &str) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(text)
}

/// An error as Backstage's own middleware writes it.
fn refusal(status: StatusCode, name: &str, message: &str) -> (StatusCode, String) {
    let body = json!({
        "error": { "name": name, "message": message },
        "response": { "statusCode": status.as_u16() },
    });
    (status, body.to_string())
}

async fn answer(Shared(state): Shared<Arc<Mutex<State>>>, request: Request) -> Response {
    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
    let path = request.uri().path().to_owned();
    let query = request.uri().query().unwrap_or_default();
    let query: BTreeMap<String, String> = url::form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect();
    let response = state.answer(&path, &query, request.headers());
    let last = path.rsplit('/').next().unwrap_or_default().to_owned();
    let status = response.status().as_u16();
    let way = query
        .keys()
        .filter(|key| !matches!(key.as_str(), "fields" | "limit"));
    let way: Vec<&str> = way.map(String::as_str).collect();
    state
        .asked
        .push(format!("{last} {} {status}", way.join("+")).replace("  ", " "));
    response
}

impl State {
    fn answer(
        &mut self,
        path: &str,
        query: &BTreeMap<String, String>,
        headers: &HeaderMap,
    ) -> Response {
        if self.mood == Mood::LoginPage {
            let page = "<!DOCTYPE html><html><title>Sign in</title></html>";
            return ([(header::CONTENT_TYPE, "text/html")], page).into_response();
        }
        if self.mood == Mood::LoginElsewhere {
            let to = [(header::LOCATION, "https://login.acme.example/")];
            return (StatusCode::FOUND, to).into_response();
        }
        let later =
            query.contains_key("cursor") || query.get("offset").is_some_and(|offset| offset != "0");
        let authorization = headers.get(header::AUTHORIZATION);
        let right = format!("Bearer {TOKEN}");
        if authorization.is_none_or(|given| given != right.as_str())
            || (later && self.mood == Mood::TokenExpires)
        {
            return refusal(
                StatusCode::UNAUTHORIZED,
                "AuthenticationError",
                "Illegal token",
            )
            .into_response();
        }
        if later && self.mood == Mood::CursorExpires {
            self.mood = Mood::Good;
            let message = "Malformed cursor, could not be parsed";
            return refusal(StatusCode::BAD_REQUEST, "InputError", message).into_response();
        }
        let known: &[&str] = match path {
            "/api/catalog/entities/by-query" if self.mood != Mood::Old => &[
                "fields",
                "limit",
                "offset",
                "orderField",
                "cursor",
                "filter",
            ],
            "/api/catalog/entities" => &["fields", "limit", "filter", "offset", "after", "order"],
            "/api/catalog/entities/by-query" => {
                return refusal(StatusCode::NOT_FOUND, "NotFoundError", "Not found")
                    .into_response();
            }
            other => {
                self.complaints.push(format!("there is no address {other}"));
                return StatusCode::NOT_FOUND.into_response();
            }
        };
        for name in query.keys().filter(|name| !known.contains(&name.as_str())) {
            self.complaints
                .push(format!("{path} has no parameter {name}"));
        }
        let body = self.page(path.ends_with("by-query"), query).to_string();
        // As express adds it by itself.
        let etag = format!("W/\"{:x}-{:x}\"", body.len(), hash(&body));
        if headers
            .get(header::IF_NONE_MATCH)
            .is_some_and(|known| known == etag.as_str())
        {
            return (StatusCode::NOT_MODIFIED, [(header::ETAG, etag)]).into_response();
        }
        let form = "application/json; charset=utf-8".to_owned();
        ([(header::CONTENT_TYPE, form), (header::ETAG, etag)], body).into_response()
    }

    fn page(&self, with_cursor: bool, query: &BTreeMap<String, String>) -> Value {
        let number = |name: &str| {
            query
                .get(name)
                .and_then(|number| number.parse::<usize>().ok())
        };
        let limit = number("limit").unwrap_or(20);
        let start = number("cursor").or(number("offset")).unwrap_or(0);
        let fields = query
            .get("fields")
            .map(|fields| fields.split(',').collect::<Vec<_>>());
        let shown = |entity: &Value| {
            let mut entity = entity.clone();
            if let (Some(fields), Some(object)) = (&fields, entity.as_object_mut()) {
                object.retain(|key, _| fields.contains(&key.as_str()));
            }
            entity
        };
        let page = self.entities.values().skip(start).take(limit).map(shown);
        let items: Vec<Value> = page.collect();
        if !with_cursor {
            return items.into();
        }
        let back = usize::from(self.mood == Mood::Overlapping);
        let next = start + items.len();
        let mut info = json!({});
        if next < self.entities.len() {
            info["nextCursor"] = (next - back).to_string().into();
        }
        if start > 0 {
            info["prevCursor"] = "0".into();
        }
        json!({ "items": items, "totalItems": self.entities.len(), "pageInfo": info })
    }
}
