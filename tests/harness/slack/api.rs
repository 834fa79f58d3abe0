//! The Web API: reads a call, checks token, scope and arguments, lets go wrong what shall go wrong, and answers.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, Method as Verb, Response};
use serde_json::{Map, Value, json};

use super::methods::{self, Method, Tokens};
use super::state::State;
use super::{APP_TOKEN, BOT_TOKEN, Shared, Trouble, posts, schema};

/// What a method answers.
pub type Answer = Result<Value, Refused>;

/// Why a method does not do it.
#[derive(Debug)]
pub struct Refused {
    /// The service's word for it.
    pub error: String,
    /// What stands beside it.
    pub more: Value,
}

impl From<&str> for Refused {
    fn from(error: &str) -> Self {
        Self {
            error: error.to_owned(),
            more: json!({}),
        }
    }
}

/// The arguments of a call.
pub struct Arguments(pub Map<String, Value>);

impl Arguments {
    /// A text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    }

    /// A yes or no.
    pub fn flag(&self, name: &str) -> bool {
        self.0
            .get(name)
            .and_then(Value::as_bool)
            .unwrap_or_default()
    }

    /// A number.
    pub fn number(&self, name: &str) -> Option<u64> {
        self.0.get(name).and_then(Value::as_u64)
    }

    /// A list or an object.
    pub fn json(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }
}

/// Answers one request.
pub async fn respond(shared: Arc<Shared>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 1 << 26).await.unwrap_or_default();
    let path = parts.uri.path().to_owned();
    if shared.lock().silent {
        let name = path.strip_prefix("/api/").unwrap_or("response_url");
        shared.lock().hanging.push(name.to_owned());
        shared.news();
    }
    while shared.lock().silent {
        let mut news = shared.watch();
        if shared.lock().silent {
            let _ = news.changed().await;
        }
    }
    let hangs = shared.lock().hangs(&path);
    if hangs {
        shared.news();
        std::future::pending::<()>().await;
    }
    let response = if let Some(method) = path.strip_prefix("/api/") {
        let query = parts.uri.query().unwrap_or_default();
        call(&shared, method, &parts.method, &parts.headers, query, &body)
    } else if let Some(id) = path.strip_prefix("/upload/v1/") {
        uploaded(&shared, id, &parts.headers, &body)
    } else if ["/commands/", "/actions/", "/app/"]
        .iter()
        .any(|at| path.starts_with(at))
    {
        let id = path.rsplit('/').next().unwrap_or_default();
        hooked(&shared, id, &body)
    } else {
        shared
            .lock()
            .complain(format!("unknown: {} {path}", parts.method));
        plain(404, "not found")
    };
    shared.send_outbox();
    shared.news();
    response
}

/// A call of a method.
fn call(
    shared: &Shared,
    name: &str,
    verb: &Verb,
    headers: &HeaderMap,
    query: &str,
    body: &[u8],
) -> Response<Body> {
    let mut state = shared.lock();
    let trouble = state.troubles.iter().position(|(method, _)| method == name);
    let trouble = trouble
        .and_then(|position| state.troubles.remove(position))
        .map(|(_, trouble)| trouble);
    match &trouble {
        Some(Trouble::Status(status)) => return plain(*status, "upstream trouble"),
        Some(Trouble::RateLimited(seconds)) => return limited(*seconds),
        Some(Trouble::Refused(error)) => return told(&json!({ "ok": false, "error": error })),
        Some(Trouble::CutBefore) => return cut(),
        Some(Trouble::CutAfter | Trouble::Hangs) | None => {}
    }
    let Some(method) = methods::METHODS.iter().find(|method| method.name == name) else {
        state.complain(format!("unknown method: {name}"));
        return told(&json!({ "ok": false, "error": "unknown_method", "req_method": name }));
    };
    let answer = read(&mut state, method, verb, headers, query, body).and_then(|arguments| {
        let token = authorised(&mut state, method, headers, &arguments)?;
        state
            .calls
            .push((name.to_owned(), Value::Object(arguments.0.clone())));
        methods::answer(&mut state, method, &arguments, &token)
    });
    match answer {
        _ if matches!(trouble, Some(Trouble::CutAfter)) => cut(),
        Ok(mut answer) => {
            answer["ok"] = json!(true);
            state.complaints.extend(schema::answer(name, &answer));
            let mut response = told(&answer);
            let scopes: Vec<&str> = state.scopes.iter().map(String::as_str).collect();
            let scopes = scopes.join(",").parse().expect("scopes are plain words");
            response.headers_mut().insert("x-oauth-scopes", scopes);
            response
        }
        Err(refused) if refused.error == "ratelimited" => limited(1),
        Err(refused) => {
            let mut answer = json!({ "ok": false, "error": refused.error });
            super::workspace::merge(&mut answer, refused.more);
            if methods::is_fault(&refused.error) {
                let given = String::from_utf8_lossy(body);
                state.complain(format!("{name} was refused: {answer}\n{query}{given}"));
            }
            told(&answer)
        }
    }
}

/// Reads the arguments, from wherever they stand, and holds them against what the method takes.
fn read(
    state: &mut State,
    method: &Method,
    verb: &Verb,
    headers: &HeaderMap,
    query: &str,
    body: &[u8],
) -> Result<Arguments, Refused> {
    let mut given: Map<String, Value> = pairs(query.as_bytes());
    let kind = headers
        .get("content-type")
        .and_then(|kind| kind.to_str().ok());
    let kind = kind
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default();
    let is_json = kind == "application/json";
    if verb == Verb::POST && !body.is_empty() {
        if is_json {
            if !method.json {
                state.complain(format!("{} reads no JSON body", method.name));
                return Err("invalid_arguments".into());
            }
            match serde_json::from_slice(body) {
                Ok(Value::Object(fields)) => given.extend(fields),
                _ => return Err("invalid_json".into()),
            }
        } else if kind == "application/x-www-form-urlencoded" {
            given.extend(pairs(body));
        } else {
            state.complain(format!("{}: a body of the kind {kind:?}", method.name));
            return Err("invalid_post_type".into());
        }
    } else if verb != Verb::GET && verb != Verb::POST {
        state.complain(format!("{} by {verb}", method.name));
    }
    // Every method takes the workspace, for tokens of a whole organisation, and the token in a form.
    if !method.takes.contains("team_id") {
        given.shift_remove("team_id");
    }
    if !is_json && verb == Verb::POST {
        given.shift_remove("token");
    }
    let mut arguments = Map::new();
    for (name, value) in given {
        let takes = method.takes.split(' ').find_map(|argument| {
            let argument = argument.trim_end_matches('!');
            let (known, kind) = argument.split_once(':').unwrap_or((argument, "text"));
            (known == name).then_some(kind)
        });
        let Some(kind) = takes else {
            state.complain(format!("{} takes no {name}", method.name));
            continue;
        };
        let written = if is_json { None } else { value.as_str() };
        let value = match (kind, written) {
            ("text", _) => Some(value.clone()).filter(Value::is_string),
            ("flag", Some("true" | "1")) => Some(json!(true)),
            ("flag", Some("false" | "0")) => Some(json!(false)),
            ("flag", None) => Some(value.clone()).filter(Value::is_boolean),
            ("number", Some(number)) => number.parse::<u64>().ok().map(Value::from),
            ("number", None) => Some(value.clone()).filter(Value::is_u64),
            ("json", Some(text)) => serde_json::from_str(text).ok(),
            // A JSON text is taken in the place of what it stands for.
            ("json", None) => match &value {
                Value::Array(_) | Value::Object(_) => Some(value.clone()),
                Value::String(text) => serde_json::from_str(text).ok(),
                _ => None,
            },
            _ => None,
        };
        let Some(value) = value else {
            state.complain(format!("{}: {name} is not a {kind}", method.name));
            return Err("invalid_arguments".into());
        };
        arguments.insert(name, value);
    }
    let needed = method
        .takes
        .split(' ')
        .filter_map(|argument| argument.strip_suffix('!'));
    for argument in needed {
        let name = argument.split(':').next().unwrap_or_default();
        if !arguments.contains_key(name) {
            state.complain(format!("{} without {name}", method.name));
            return Err("invalid_arguments".into());
        }
    }
    let arguments = Value::Object(arguments);
    for complaint in schema::arguments(method.name, &arguments) {
        state.complain(complaint);
    }
    let Value::Object(arguments) = arguments else {
        unreachable!("it was made one");
    };
    Ok(Arguments(arguments))
}

fn pairs(form: &[u8]) -> Map<String, Value> {
    url::form_urlencoded::parse(form)
        .map(|(name, value)| (name.into_owned(), Value::from(value.into_owned())))
        .collect()
}

/// Whether the token is good for the method, and has the scope.
fn authorised(
    state: &mut State,
    method: &Method,
    headers: &HeaderMap,
    arguments: &Arguments,
) -> Result<String, Refused> {
    let header = headers
        .get("authorization")
        .and_then(|header| header.to_str().ok());
    let token = header.and_then(|header| header.strip_prefix("Bearer "));
    if method.token == Tokens::None {
        return Ok(String::new());
    }
    let token = token.ok_or("not_authed")?.to_owned();
    let is_bot = token == BOT_TOKEN || state.installed.contains_key(&token);
    if !is_bot && token != APP_TOKEN {
        return Err("invalid_auth".into());
    }
    if state.revoked.contains(&token) {
        return Err("token_revoked".into());
    }
    if is_bot != (method.token == Tokens::Bot) && method.token != Tokens::Any {
        return Err("not_allowed_token_type".into());
    }
    let team = state
        .installed
        .get(&token)
        .map_or(super::TEAM, String::as_str);
    if is_bot && team != state.team && !method.name.starts_with("auth.") {
        state.complain(format!("{}: the token of another workspace", method.name));
    }
    if is_bot {
        for scope in methods::scopes_of(state, method, arguments) {
            needs(state, scope)?;
        }
    }
    Ok(token)
}

/// Fails when the scope was not granted; one of several, where they stand with a bar between them.
pub fn needs(state: &mut State, scope: &'static str) -> Result<(), Refused> {
    let granted = scope.split('|').find(|scope| state.scopes.contains(*scope));
    if let Some(granted) = granted {
        state.used_scopes.insert(granted);
        return Ok(());
    }
    let provided: Vec<&str> = state.scopes.iter().map(String::as_str).collect();
    Err(Refused {
        error: "missing_scope".to_owned(),
        more: json!({ "needed": scope.replace('|', ","), "provided": provided.join(",") }),
    })
}

/// The content of a file that was announced.
fn uploaded(shared: &Shared, id: &str, headers: &HeaderMap, body: &[u8]) -> Response<Body> {
    let mut state = shared.lock();
    let kind = headers
        .get("content-type")
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default();
    if kind.starts_with("multipart/") {
        state.complain("the stand-in takes uploads as raw bytes only");
    }
    let Some(file) = state.files.iter_mut().find(|file| file.id == id) else {
        state.complain(format!("nobody announced the file {id}"));
        return plain(404, "not found");
    };
    if file.length != body.len() as u64 {
        let complaint = format!(
            "{}: {} bytes announced, {} came",
            file.name,
            file.length,
            body.len()
        );
        state.complain(complaint);
        return plain(400, "size mismatch");
    }
    file.content = Some(body.to_vec());
    plain(200, &format!("OK - {}", body.len()))
}

/// A message to a response address.
fn hooked(shared: &Shared, id: &str, body: &[u8]) -> Response<Body> {
    let mut state = shared.lock();
    let trouble = state
        .troubles
        .iter()
        .position(|(method, _)| method == "response_url");
    let trouble = trouble
        .and_then(|position| state.troubles.remove(position))
        .map(|(_, trouble)| trouble);
    match &trouble {
        Some(Trouble::Status(status)) => return plain(*status, "upstream trouble"),
        Some(Trouble::RateLimited(seconds)) => return limited(*seconds),
        Some(Trouble::Refused(error)) => return plain(404, error),
        Some(Trouble::CutBefore) => return cut(),
        Some(Trouble::CutAfter | Trouble::Hangs) | None => {}
    }
    let answer = posts::respond(&mut state, id, body);
    match answer {
        _ if trouble.is_some() => cut(),
        Ok(()) => plain(200, "ok"),
        Err(refused) => {
            if methods::is_fault(&refused.error) {
                let given = String::from_utf8_lossy(body);
                state.complain(format!(
                    "response_url was refused: {} {}\n{given}",
                    refused.error, refused.more
                ));
            }
            plain(
                if refused.error == "invalid_blocks" {
                    400
                } else {
                    404
                },
                &refused.error,
            )
        }
    }
}

fn told(answer: &Value) -> Response<Body> {
    Response::builder()
        .header("content-type", "application/json; charset=utf-8")
        .body(Body::from(answer.to_string()))
        .expect("a response")
}

fn limited(seconds: u64) -> Response<Body> {
    Response::builder()
        .status(429)
        .header("retry-after", seconds.to_string())
        .header("content-type", "application/json; charset=utf-8")
        .body(Body::from(r#"{"ok":false,"error":"ratelimited"}"#))
        .expect("a response")
}

fn plain(status: u16, words: &str) -> Response<Body> {
    let response = Response::builder().status(status);
    response
        .body(Body::from(words.to_owned()))
        .expect("a response")
}

/// Breaks the connection off in the middle of the answer.
fn cut() -> Response<Body> {
    let broken = futures_util::stream::iter([Err::<String, _>(std::io::Error::other("cut"))]);
    let response = Response::builder().header("content-length", "1000");
    response
        .body(Body::from_stream(broken))
        .expect("a response")
}
