//! Holds what is sent against the schemas of Slack's own type declarations, which `tests/run` makes; without them, as in
//! a plain `cargo test`, nothing is held against them.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use jsonschema::Validator;
use serde_json::{Value, json};

/// Fields of events that Slack sends and does not declare: they tell of people from another workspace, and what an app
/// has noted on its message.
const UNDECLARED: [&str; 3] = ["user_team", "source_team", "metadata"];

static SCHEMAS: LazyLock<Option<Schemas>> = LazyLock::new(Schemas::read);

struct Schemas {
    /// By `blocks`, `view`, `event`, `manifest`, `answers/METHOD` and `arguments/METHOD`.
    all: Value,
    /// Those that were needed so far, by the same and the name of a definition.
    built: Mutex<HashMap<(String, String), Arc<Validator>>>,
}

/// Whether there are schemas to hold anything against.
pub fn installed() -> bool {
    SCHEMAS.is_some()
}

/// What is wrong with the blocks of a message.
pub fn blocks(blocks: &Value) -> Vec<String> {
    let list = blocks.as_array().into_iter().flatten().enumerate();
    list.flat_map(|(number, block)| {
        let problems = by_type("blocks", block);
        problems
            .into_iter()
            .map(move |problem| format!("block {number}: {problem}"))
    })
    .collect()
}

/// What is wrong with a view.
pub fn view(view: &Value) -> Vec<String> {
    let mut problems = by_type("view", view);
    problems.extend(blocks(&view["blocks"]));
    problems
}

/// What is wrong with an event of the stand-in's own.
pub fn event(event: &Value) -> Vec<String> {
    let mut declared = event.clone();
    if let Value::Object(fields) = &mut declared {
        fields.retain(|name, _| !UNDECLARED.contains(&&**name));
    }
    // The message in an event about it is declared to be an event of its own.
    for name in ["message", "previous_message"] {
        if let Some(Value::Object(fields)) = declared.get_mut(name) {
            fields.retain(|name, _| !UNDECLARED.contains(&&**name));
            for field in ["channel", "channel_type", "event_ts"] {
                fields.insert(field.to_owned(), event[field].clone());
            }
        }
    }
    let problems = by_type("event", &declared).into_iter();
    problems
        .map(|problem| format!("an event as Slack sends none: {problem}\n{event}"))
        .collect()
}

/// What is wrong with an app's manifest.
pub fn manifest(manifest: &Value) -> Vec<String> {
    hold("manifest", "", &json!({ "manifest": manifest }))
}

/// What is wrong with the arguments of a call.
pub fn arguments(method: &str, arguments: &Value) -> Vec<String> {
    let mut declared = arguments.clone();
    // Documented by the one name and declared by the other.
    if method == "files.getUploadURLExternal"
        && let Some(text) = declared
            .as_object_mut()
            .and_then(|all| all.remove("alt_txt"))
    {
        declared["alt_text"] = text;
    }
    let problems = hold(&format!("arguments/{}", escaped(method)), "", &declared).into_iter();
    problems
        .map(|problem| {
            format!("arguments as Slack declares none of {method}: {problem}\n{arguments}")
        })
        .collect()
}

/// What is wrong with a payload of the stand-in's own that is no event.
pub fn payload(payload: &Value) -> Vec<String> {
    let kind = if payload["command"].is_string() {
        "command"
    } else {
        payload["type"].as_str().unwrap_or_default()
    };
    let mut declared = payload.clone();
    // It is declared to be left out where there is none, and is null.
    if let Value::Object(fields) = &mut declared {
        fields.retain(|name, value| name != "enterprise" || !value.is_null());
    }
    // It is declared for what is pressed anywhere, and there is none for a view.
    if kind == "block_actions" && payload["container"]["type"] == "view" {
        declared["response_url"] = json!("");
    }
    let problems = hold(&format!("payloads/{kind}"), "", &declared).into_iter();
    problems
        .map(|problem| format!("a payload as Slack sends none: {problem}\n{payload}"))
        .collect()
}

/// What is wrong with an answer of the stand-in's own.
pub fn answer(method: &str, answer: &Value) -> Vec<String> {
    let mut declared = answer.clone();
    // What is not there is null in some answers, and the state of a view is declared to be empty.
    without_null(&mut declared);
    if let Some(Value::Object(view)) = declared.get_mut("view") {
        view.remove("state");
    }
    // Blocks and what an app has noted come back as they were sent, and were held against their own schemas then; in answers
    // they are declared by the samples that somebody had.
    let view = declared.get_mut("view").and_then(Value::as_object_mut);
    view.into_iter().for_each(without_sent);
    let message = declared.get_mut("message").and_then(Value::as_object_mut);
    message.into_iter().for_each(without_sent);
    let messages = declared.get_mut("messages").and_then(Value::as_array_mut);
    let messages = messages.into_iter().flatten();
    messages
        .filter_map(Value::as_object_mut)
        .for_each(without_sent);
    let problems = hold(&format!("answers/{}", escaped(method)), "", &declared).into_iter();
    problems
        .map(|problem| format!("an answer as Slack gives none to {method}: {problem}\n{answer}"))
        .collect()
}

/// Holds something against the definition for its type, so that the complaint names the field and not all the types that
/// it could have been.
fn by_type(group: &str, value: &Value) -> Vec<String> {
    let Some(schemas) = &*SCHEMAS else {
        return Vec::new();
    };
    let definitions = schemas.all[group]["definitions"]
        .as_object()
        .into_iter()
        .flatten();
    let mut fitting = definitions.filter(|(name, definition)| {
        let properties = &definition["properties"];
        let is_block = group != "blocks" || name.ends_with("Block");
        let subtype = &properties["subtype"]["const"];
        // What there are several forms of has its type in each of them.
        let forms = definition["anyOf"].as_array().into_iter().flatten();
        let mut types = forms.map(|form| &form["properties"]["type"]["const"]);
        let is_type = properties["type"]["const"] == value["type"]
            || (group == "blocks"
                && types.any(|kind| *kind == value["type"])
                && *name != "KnownBlock");
        is_block
            && is_type
            && (subtype.is_null() || *subtype == value["subtype"])
            && (value["subtype"].is_null() || !subtype.is_null())
    });
    match fitting.next() {
        Some((name, _)) => hold(group, name, value),
        None => vec![format!("no {group} may have the type {}", value["type"])],
    }
}

/// Holds something against a schema, or one definition in it.
fn hold(group: &str, definition: &str, value: &Value) -> Vec<String> {
    let Some(schemas) = &*SCHEMAS else {
        return Vec::new();
    };
    let Some(validator) = schemas.validator(group, definition) else {
        return Vec::new();
    };
    let errors = validator.iter_errors(value);
    errors
        .map(|error| format!("{} at {}", error, error.instance_path()))
        .collect()
}

impl Schemas {
    fn read() -> Option<Self> {
        let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/slack/schemas.json");
        let text = std::fs::read_to_string(file).ok()?;
        Some(Self {
            all: serde_json::from_str(&text).expect("JSON"),
            built: Mutex::default(),
        })
    }

    /// The validator for a definition; nothing where Slack declares nothing.
    fn validator(&self, group: &str, definition: &str) -> Option<Arc<Validator>> {
        let mut built = self.built.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (group.to_owned(), definition.to_owned());
        if let Some(validator) = built.get(&key) {
            return Some(validator.clone());
        }
        let mut schema = self.all.pointer(&format!("/{group}"))?.clone();
        if !definition.is_empty() {
            let definitions = schema["definitions"].take();
            schema = json!({
                "$schema": schema["$schema"], "$ref": format!("#/definitions/{definition}"), "definitions": definitions,
            });
        }
        let validator = Arc::new(jsonschema::validator_for(&schema).expect("a schema"));
        built.insert(key, validator.clone());
        Some(validator)
    }
}

/// Leaves out what an app has sent.
fn without_sent(fields: &mut serde_json::Map<String, Value>) {
    fields.remove("blocks");
    fields.remove("metadata");
}

fn without_null(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, value| !value.is_null());
            fields.values_mut().for_each(without_null);
        }
        Value::Array(list) => list.iter_mut().for_each(without_null),
        _ => {}
    }
}

fn escaped(method: &str) -> String {
    method.replace('~', "~0").replace('/', "~1")
}
