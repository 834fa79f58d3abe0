//! Answers as a template's parameters: nested as its schemas are, references made whole, secrets apart.

use serde_json::{Map, Value};

use super::repository::{self, Part};
use crate::catalog::EntityRef;
use crate::catalog::yaml;
use crate::message::form::{Answers, Condition};

/// What is made of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Carries {
    /// The parameter itself.
    Value,
    /// Text that is read as YAML.
    Json,
    /// A reference, or several, which these complete.
    Entity {
        kind: Option<String>,
        namespace: Option<String>,
    },
    /// One part of a repository.
    Part(Part),
    /// A part of a repository that is not asked for.
    Fixed(Part, String),
    /// A secret, of which the parameter shows the length only.
    Secret,
    /// A secret that the template reads as a parameter.
    Password,
}

/// Where an answer goes.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// The answer's name.
    pub(super) name: String,
    /// The names that lead to the parameter.
    pub(super) path: Vec<String>,
    /// When it is asked like this.
    pub(super) when: Option<Condition>,
    /// What is made of it.
    pub(super) carries: Carries,
    /// What it is called towards people.
    pub(super) label: String,
}

/// The parts of a repository, and where it goes.
type Repository<'p> = (&'p [String], Vec<(Part, String)>);

/// The parameters and the secrets that answers come to.
pub(super) fn carried(
    places: &[Place],
    answers: &Answers,
) -> (Map<String, Value>, Map<String, Value>) {
    let mut parameters = Map::new();
    let mut secrets = Map::new();
    let mut taken: Vec<&str> = Vec::new();
    let mut repositories: Vec<Repository<'_>> = Vec::new();
    for place in places {
        let holds = place
            .when
            .as_ref()
            .is_none_or(|when| when.holds(&|name| seen(answers, name)));
        if !holds
            || (taken.contains(&place.name.as_str())
                && !matches!(place.carries, Carries::Fixed(..)))
        {
            continue;
        }
        taken.push(&place.name);
        let secret = answers
            .secret(&place.name)
            .map(|secret| Value::from(secret.expose()));
        let part = match &place.carries {
            Carries::Secret | Carries::Password => {
                let (Some(secret), Some(name)) = (secret, place.path.last()) else {
                    continue;
                };
                let shown = match place.carries {
                    Carries::Secret => Value::from(stars(&secret)),
                    _ => secret.clone(),
                };
                secrets.insert(name.clone(), secret);
                put(&mut parameters, &place.path, shown);
                continue;
            }
            Carries::Fixed(part, text) => Some((*part, text.clone())),
            Carries::Part(part) => {
                let text = answers.get(&place.name).and_then(Value::as_str);
                text.map(|text| (*part, text.trim().to_owned()))
            }
            carries => {
                if let Some(answer) = answers.get(&place.name) {
                    put(&mut parameters, &place.path, made(carries, answer));
                }
                continue;
            }
        };
        let Some(part) = part else { continue };
        match repositories
            .iter_mut()
            .find(|(path, _)| *path == place.path)
        {
            Some((_, parts)) => parts.push(part),
            None => repositories.push((&place.path, vec![part])),
        }
    }
    for (path, parts) in repositories {
        if let Some(text) = repository::written(&parts) {
            put(&mut parameters, path, Value::from(text));
        }
    }
    (parameters, secrets)
}

/// An answer as conditions see it.
fn seen<'a>(answers: &'a Answers, name: &str) -> Option<&'a Value> {
    static HIDDEN: Value = Value::Null;
    let hidden = || answers.secret(name).map(|_| &HIDDEN);
    answers.get(name).or_else(hidden)
}

/// What stands in the parameters in a secret's place, as in Backstage.
fn stars(secret: &Value) -> String {
    "*".repeat(secret.as_str().map_or(0, |text| text.chars().count()))
}

fn made(carries: &Carries, answer: &Value) -> Value {
    match (carries, answer) {
        (Carries::Entity { .. }, Value::Array(several)) => {
            several.iter().map(|one| made(carries, one)).collect()
        }
        (Carries::Entity { kind, namespace }, Value::String(text)) => {
            let namespace = namespace.as_deref().unwrap_or("default");
            match EntityRef::parse(text, kind.as_deref(), namespace) {
                Ok(reference) => Value::from(reference.as_str()),
                // Without a kind it is no reference; Backstage leaves what was typed.
                Err(_) => answer.clone(),
            }
        }
        (Carries::Json, Value::String(text)) => read(text).unwrap_or_else(|| answer.clone()),
        _ => answer.clone(),
    }
}

/// YAML, and so JSON.
fn read(text: &str) -> Option<Value> {
    let tree = yaml::parse(text, 0).ok()??;
    let mut json = String::new();
    tree.root().write_json(&mut json);
    serde_json::from_str(&json).ok()
}

/// Puts a value where the names lead to; objects on the way are made.
pub(super) fn put(values: &mut Map<String, Value>, path: &[String], value: Value) {
    match path {
        [] => {}
        [name] => {
            values.insert(name.clone(), value);
        }
        [name, rest @ ..] => {
            let within = values
                .entry(name.clone())
                .or_insert_with(|| Value::Object(Map::new()));
            if !within.is_object() {
                *within = Value::Object(Map::new());
            }
            if let Value::Object(within) = within {
                put(within, rest, value);
            }
        }
    }
}
