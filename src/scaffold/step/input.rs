//! What an action takes, and in words what is wrong with what it is given.

use serde_json::{Map, Value};

/// One input of an action.
#[derive(Debug, Clone, Copy)]
pub struct Input {
    /// Its name.
    pub name: &'static str,
    /// What it may be.
    pub kind: Kind,
    /// Whether it must be given.
    pub required: bool,
}

/// What an input may be.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// A text.
    Text,
    /// True or false.
    Boolean,
    /// A number.
    Number,
    /// A text, or true or false.
    TextOrBoolean,
    /// An object of whatever.
    Object,
    /// A text or an object.
    TextOrObject,
    /// A list of texts.
    Texts,
    /// A list of objects with these inputs.
    Objects(&'static [Input]),
    /// Whatever.
    Any,
}

impl Input {
    /// An input that must be given.
    pub const fn needed(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            kind,
            required: true,
        }
    }

    /// An input that may be left out.
    pub const fn optional(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            kind,
            required: false,
        }
    }
}

/// What is wrong with an input: sentences, in the order of its parts.
pub fn judge(action: &str, inputs: &[Input], given: &Map<String, Value>) -> Vec<String> {
    let mut faults = Vec::new();
    look(action, "", inputs, given, &mut faults);
    faults
}

fn look(
    action: &str,
    at: &str,
    inputs: &[Input],
    given: &Map<String, Value>,
    faults: &mut Vec<String>,
) {
    for input in inputs.iter().filter(|input| input.required) {
        if !given.contains_key(input.name) {
            faults.push(format!("{action} needs the input `{at}{}`.", input.name));
        }
    }
    for (name, value) in given {
        let Some(input) = inputs.iter().find(|input| input.name == name) else {
            let known: Vec<String> = inputs
                .iter()
                .map(|input| format!("`{}`", input.name))
                .collect();
            faults.push(format!(
                "{action} has no input `{at}{name}`; it takes {}.",
                known.join(", ")
            ));
            continue;
        };
        let at = format!("{at}{name}");
        match (input.kind, value) {
            (Kind::Text | Kind::TextOrBoolean | Kind::TextOrObject, Value::String(_))
            | (Kind::Boolean | Kind::TextOrBoolean, Value::Bool(_))
            | (Kind::Number, Value::Number(_))
            | (Kind::Object | Kind::TextOrObject, Value::Object(_))
            | (Kind::Any, _) => {}
            (Kind::Texts, Value::Array(items)) => {
                for (number, item) in items.iter().enumerate() {
                    if !item.is_string() {
                        faults.push(format!(
                            "The input `{at}[{number}]` of {action} must be a text, not {}.",
                            shown(item)
                        ));
                    }
                }
            }
            (Kind::Objects(inner), Value::Array(items)) => {
                for (number, item) in items.iter().enumerate() {
                    match item {
                        Value::Object(item) => {
                            look(action, &format!("{at}[{number}]."), inner, item, faults);
                        }
                        item => faults.push(format!(
                            "The input `{at}[{number}]` of {action} must be an object, not {}.",
                            shown(item)
                        )),
                    }
                }
            }
            (kind, value) => faults.push(format!(
                "The input `{at}` of {action} must be {}, not {}.",
                wanted(kind),
                shown(value)
            )),
        }
    }
}

fn wanted(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "a text",
        Kind::Boolean => "true or false",
        Kind::Number => "a number",
        Kind::TextOrBoolean => "a text, or true or false",
        Kind::Object => "an object",
        Kind::TextOrObject => "a text or an object",
        Kind::Texts => "a list of texts",
        Kind::Objects(_) => "a list of objects",
        Kind::Any => "a value",
    }
}

fn shown(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
